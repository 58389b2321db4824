"""A sketch that makes an inference now and then and sleeps in between, woken by the watchdog."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass

from tinyml_course.errors import ExportError, InputError
from tinyml_course.export.arduino import guarded, protocol_c
from tinyml_course.export.c_text import class_integer, defines, fixed_c
from tinyml_course.export.sketch import Sketch

#: Shortest period of the watchdog in seconds: 2,048 cycles of its 128 kHz (ATmega328P datasheet, table 11-2).
SHORTEST_SECONDS = 2048 / 128_000
_LAST_PRESCALER = 9
_MOST_WAKES = 2**16 - 1
_NEAR_ENOUGH = 0.05


@dataclass(frozen=True)
class Alarm:
    """How the watchdog keeps a period.

    Parameters
    ----------
    prescaler : int
        0 to 9: the watchdog wakes every 16 ms times two to this power.
    wakes : int
        How many times it wakes in a period.
    """

    prescaler: int
    wakes: int

    @property
    def watchdog_seconds(self) -> float:
        """Time between two wakes, with an exact oscillator."""
        return float(SHORTEST_SECONDS * 2**self.prescaler)

    @property
    def period_seconds(self) -> float:
        """The period, with an exact oscillator."""
        return self.wakes * self.watchdog_seconds


def find_alarm(period_seconds: float) -> Alarm:
    """Find how the watchdog comes near a period, with as few wakes as possible.

    Parameters
    ----------
    period_seconds : float
        0.016 seconds to six days. The period found is up to 5 % off; below half a second it may be more.

    Raises
    ------
    InputError
        If no setting comes near it.
    """
    longest = SHORTEST_SECONDS * 2**_LAST_PRESCALER * _MOST_WAKES
    if not SHORTEST_SECONDS * (1 - _NEAR_ENOUGH) <= period_seconds <= longest:
        raise InputError(
            f"The watchdog wakes every {SHORTEST_SECONDS * 1e3:g} ms at most often, and counts up to {longest:,.0f} s; "
            f"got period_seconds={period_seconds:g}."
        )
    found = [
        Alarm(p, max(1, round(period_seconds / (SHORTEST_SECONDS * 2**p)))) for p in range(_LAST_PRESCALER, -1, -1)
    ]
    fitting = [alarm for alarm in found if alarm.wakes <= _MOST_WAKES]
    errors = [abs(alarm.period_seconds / period_seconds - 1) for alarm in fitting]
    near = [alarm for alarm, error in zip(fitting, errors, strict=True) if error <= max(_NEAR_ENOUGH, min(errors))]
    return near[0]


def duty_cycle_sketch(sketch: Sketch, alarm: Alarm) -> Sketch:
    """Return a program around the same model that classifies a stored sample in every period and sleeps in between.

    Parameters
    ----------
    sketch : Sketch
        What :func:`tinyml_course.export_arduino` made.
    alarm : Alarm
        What :func:`find_alarm` found.

    Returns
    -------
    Sketch
        ``NAME.ino``, ``NAME_main.c``, ``NAME_duty_cycle.h``, and the model's two headers as they are.

    Raises
    ------
    ExportError
        If `sketch` has no stored samples.
    """
    name, kept = sketch.name, [f"{sketch.name}_model.h", f"{sketch.name}_protocol.h"]
    if any(file not in sketch.files for file in kept):
        raise ExportError(
            f"A duty cycle needs the files {' and '.join(kept)}, with the model and its stored samples; this sketch "
            f"has {', '.join(sketch.files)}. Make it with export_arduino(graph)."
        )
    values = [
        ("WATCHDOG_MS", round(alarm.watchdog_seconds * 1000), "milliseconds between two wakes"),
        ("WATCHDOG_BITS", f"{(alarm.prescaler & 8) << 2 | alarm.prescaler & 7:#04x}", "the same in WDTCSR"),
        ("WAKES", alarm.wakes, "wakes in a period"),
    ]
    length = re.search(rf"\b(uint\d+_t) {name}_digits;", sketch.files[kept[1]])
    if length is None:
        raise ExportError(f"{kept[1]} is not as export_arduino writes it. Export the sketch again.")
    text = protocol_c(name, class_integer(sketch.output_size), length[1], "duty_cycle.h")
    header = guarded(name, "duty_cycle", f"{defines(name, values)}\n{text}")
    files = {
        f"{name}.ino": fixed_c("duty_cycle.ino", name),
        f"{name}_main.c": fixed_c("duty_cycle_main.c", name),
        f"{name}_duty_cycle.h": header,
        **{file: sketch.files[file] for file in kept},
    }
    return dataclasses.replace(sketch, files=files, empty_model="")
