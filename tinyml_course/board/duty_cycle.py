"""Measure on the virtual Uno what a sketch does with its time: inferences, and sleep in between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tinyml_course.battery import BatteryLife, battery_life, format_current
from tinyml_course.battery_tables import BatteryTable, battery_table
from tinyml_course.board.observed import Mark
from tinyml_course.board.simulator import UnoSimulator
from tinyml_course.boards import get_board
from tinyml_course.duty_cycles import DutyCycle
from tinyml_course.electricity import CIRCUITS, Battery, Circuit
from tinyml_course.errors import InputError, ProtocolError
from tinyml_course.export.arduino import export_arduino
from tinyml_course.export.duty_cycle import Alarm, duty_cycle_sketch, find_alarm
from tinyml_course.export.sketch import Sketch
from tinyml_course.graph import Graph
from tinyml_course.toolchain import Build, Toolchain, find
from tinyml_course.toolchain.elf import AvrElf
from tinyml_course.units import format_time

#: Marks of the duty cycle's program, and of one that listens.
_BEFORE, _AFTER, _RIGHT, _WRONG = 1, 2, 3, 4
_WINDOW_BEGINS, _WINDOW_ENDS = 3, 4
#: Samples in which a sketch that listens has filled its first windows: none is longer than 128.
_LISTENING_START_SAMPLES = 1024


@dataclass(frozen=True)
class DutyCycleRun:
    """What a sketch with sleep did on the virtual Uno.

    Parameters
    ----------
    sketch : Sketch
        The program: write it, and upload it.
    inferences : int
        How many periods were measured.
    cycles : mapping of str to int
        Clock cycles in all of them by mode, as :attr:`tinyml_course.board.UnoSimulator.sleep_cycles`.
    inference_cycles : tuple of int
        Clock cycles of each inference alone.
    alarm : Alarm or None
        How the watchdog keeps the period; None for a sketch that listens, which samples by a timer.
    toolchain : str
        Compiler and core with versions.
    """

    sketch: Sketch = field(repr=False)
    inferences: int
    cycles: Mapping[str, int]
    inference_cycles: tuple[int, ...] = field(repr=False)
    alarm: Alarm | None
    toolchain: str

    @property
    def duty_cycle(self) -> DutyCycle:
        """One period, the mean of those that were measured."""
        clock = float(get_board(self.sketch.board).clock_hz)
        return DutyCycle({mode: count / self.inferences for mode, count in self.cycles.items()}, clock, measured=True)

    @property
    def period_seconds(self) -> float:
        """Time from one inference to the next."""
        return self.duty_cycle.period_seconds

    @property
    def table(self) -> BatteryTable:
        """How long each battery lasts in each circuit, with this sleep and without sleep."""
        return battery_table(self.duty_cycle)

    def battery_life(
        self, circuit: str | Circuit = "uno", battery: str | Battery = "4xaa", *, usable_share: float | None = None
    ) -> BatteryLife:
        """Estimate how long one battery lasts; see :func:`tinyml_course.battery_life`."""
        return battery_life(self.duty_cycle, circuit=circuit, battery=battery, usable_share=usable_share)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures, ready for JSON."""
        return {
            "inferences": self.inferences,
            "period_seconds": self.period_seconds,
            "cycles": dict(self.cycles),
            "inference_cycles": sum(self.inference_cycles) / len(self.inference_cycles),
            "watchdog_seconds": self.alarm.watchdog_seconds if self.alarm else None,
            "wakes": self.alarm.wakes if self.alarm else None,
            "toolchain": self.toolchain,
            "batteries": self.table.to_dict(),
        }

    def summary(self) -> str:
        """Say in a few lines what was measured."""
        total, clock = sum(self.cycles.values()), get_board(self.sketch.board).clock_hz
        mean = sum(self.inference_cycles) / len(self.inference_cycles)
        rows = [
            ("measured", f"{self.inferences} inferences in {format_time(total / clock)} of the board's time"),
            ("period", format_time(self.period_seconds, digits=4) + self._wakes_text()),
            ("inference", f"{mean:,.0f} cycles"),
        ]
        rows += [
            (mode.replace("_", "-"), f"{count / self.inferences:,.0f} cycles of each period, {count / total:.3%}")
            for mode, count in self.cycles.items()
            if count
        ]
        average = [f"{format_current(self.battery_life(one).average_ma)} ({CIRCUITS[one].name})" for one in CIRCUITS]
        rows.append(("current", ", ".join(average)))
        return "\n".join(["Duty cycle (virtual Uno)", *(f"  {name:<11} {text}" for name, text in rows)])

    def _wakes_text(self) -> str:
        if self.alarm is None:
            return ""
        return f", {self.alarm.wakes} {'wake' if self.alarm.wakes == 1 else 'wakes'} by the watchdog"

    def __str__(self) -> str:
        return f"{self.summary()}\n\n{self.table}"

    def _repr_html_(self) -> str:
        return f"<pre>{self.summary()}</pre>{self.table._repr_html_()}"


def duty_cycle(
    model: Sketch | Graph,
    period_seconds: float = 8.0,
    *,
    inferences: int = 10,
    toolchain: Toolchain | None = None,
    optimization: str = "-Os",
) -> DutyCycleRun:
    """Export, compile and run a sketch that makes an inference in every period and sleeps in power-down in between.

    The watchdog wakes the chip. Cycles are measured for each mode on the virtual Uno; currents and batteries come
    from the registry of facts. Simulating sleep takes no time.

    Parameters
    ----------
    model : Sketch or Graph
        What :func:`tinyml_course.export_arduino` made, or a graph to export.
    period_seconds : float, default 8.0
        From one inference to the next. The watchdog's periods are 16 ms times powers of two, so 8 becomes 8.192.
    inferences : int, default 10
        How many periods to measure.
    toolchain : Toolchain, optional
        The compiler. Default: the first that works here.
    optimization : str
        Optimization level of the compiler; default ``"-Os"``.

    Returns
    -------
    DutyCycleRun
        Shows itself: cycles by mode, average currents, and days on several batteries.

    Raises
    ------
    InputError
        If the period is out of the watchdog's range, or too short for the inference.
    ProtocolError
        If the board gave another class than the model for a stored sample.
    ToolchainNotFoundError, CompileError, MemoryLimitError, SketchFaultError
        As :func:`tinyml_course.simulate`.
    """
    if inferences < 1:
        raise InputError(f"At least one inference is needed, got {inferences}.")
    sketch = model if isinstance(model, Sketch) else export_arduino(model)
    alarm = find_alarm(period_seconds)
    program = duty_cycle_sketch(sketch, alarm)
    build = _build(program, toolchain, optimization)
    period = round(alarm.period_seconds * get_board(sketch.board).clock_hz)
    with _start(program, build) as uno:
        uno.run(period)  # the start, and the first inference
        cycles, marks = _measure(uno, period * inferences)  # all repeats: whole periods, wherever they begin
    if not cycles["power_down"]:
        raise InputError(
            f"The chip never sleeps: an inference takes longer than the period of {alarm.period_seconds:g} s. Choose a "
            "longer period, or a faster model."
        )
    return DutyCycleRun(program, inferences, cycles, _inference_cycles(marks, inferences), alarm, build.toolchain)


def listening_cycle(
    sketch: Sketch,
    windows: int = 20,
    *,
    toolchain: Toolchain | None = None,
    optimization: str = "-Os",
) -> DutyCycleRun:
    """Compile and run a sketch that listens, and measure what it does with its time.

    Such a sketch samples all the time by a timer, so it can sleep in idle only, where the timers run. The ADC's own
    current is in none of the figures: the true life is somewhat shorter.

    Parameters
    ----------
    sketch : Sketch
        What :func:`tinyml_course.export_sensing` made.
    windows : int, default 20
        How many windows to measure. The analog input stays at 0 V; time and current do not depend on it by much.
    toolchain : Toolchain, optional
        The compiler. Default: the first that works here.
    optimization : str
        Optimization level of the compiler; default ``"-Os"``.

    Returns
    -------
    DutyCycleRun
        A period is the time from one window to the next.

    Raises
    ------
    InputError
        If the sketch does not listen.
    ProtocolError
        If it does not classify one window after the other.
    """
    if windows < 1 or not sketch.sampling_hz:
        raise InputError(
            "listening_cycle measures at least one window of a sketch that samples by itself; "
            f"got windows={windows} and the sketch {sketch.name!r} with sampling_hz={sketch.sampling_hz}. "
            "export_sensing(graph) makes one; for a sketch that answers, use duty_cycle(sketch, period_seconds=...)."
        )
    build = _build(sketch, toolchain, optimization)
    with _start(sketch, build) as uno:
        uno.run(round(_LISTENING_START_SAMPLES / sketch.sampling_hz * uno.clock_hz))
        begins = [mark.cycle for mark in uno.marks if mark.value == _WINDOW_BEGINS]
        if len(begins) < 2:
            raise ProtocolError(
                f"The sketch should classify a window at least every {_LISTENING_START_SAMPLES // 2} samples; it did "
                f"{len(begins)} in its first {uno.seconds:.3g} s. Export it again with export_sensing."
            )
        cycles, marks = _measure(uno, windows * (begins[-1] - begins[-2]))
    spans = _spans(marks, _WINDOW_BEGINS, _WINDOW_ENDS)
    return DutyCycleRun(sketch, windows, cycles, spans, None, build.toolchain)


def _build(sketch: Sketch, toolchain: Toolchain | None, optimization: str) -> Build:
    get_board(sketch.board).require_virtual()
    return (toolchain or find()).build(sketch, optimization)


def _start(sketch: Sketch, build: Build) -> UnoSimulator:
    clock_hz = get_board(sketch.board).clock_hz
    return UnoSimulator(build.hex, build.sram_static_end, clock_hz, symbols=AvrElf(build.elf).symbols)


def _measure(uno: UnoSimulator, cycles: int) -> tuple[dict[str, int], tuple[Mark, ...]]:
    """Run for so many cycles; return the cycles by mode, and the marks."""
    uno.clear_marks()
    before = uno.sleep_cycles
    uno.run(cycles)
    return {mode: count - before[mode] for mode, count in uno.sleep_cycles.items()}, uno.marks


def _spans(marks: Sequence[Mark], begin: int, end: int) -> tuple[int, ...]:
    """Cycles between each mark `begin` and the mark `end` that follows it."""
    return tuple(b.cycle - a.cycle for a, b in pairwise(marks) if (a.value, b.value) == (begin, end))


def _inference_cycles(marks: Sequence[Mark], expected: int) -> tuple[int, ...]:
    values = [mark.value for mark in marks]
    if _WRONG in values:
        raise ProtocolError(
            "The board gave another class for a stored sample than the model did when it was exported. Export the "
            "sketch again; if that does not help, tc.simulate(sketch, x) shows which samples differ."
        )
    pairs = _spans(marks, _BEFORE, _AFTER)
    if len(pairs) != expected or values.count(_RIGHT) != expected:
        raise ProtocolError(
            f"The sketch should make {expected} inferences with the marks {_BEFORE}, {_AFTER}, {_RIGHT}; it wrote "
            f"{values or 'nothing'}. The period may be too short for the inference: choose a longer one."
        )
    return pairs
