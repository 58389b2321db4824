"""What a chip does between one inference and the next: time awake, time asleep, and the currents' average."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from tinyml_course.boards import UNO
from tinyml_course.electricity import Circuit
from tinyml_course.errors import InputError
from tinyml_course.facts import get

#: Modes whose time is counted in cycles of the processor: with a slower clock they take longer.
_CLOCKED = frozenset({"active", "start_up"})
#: Longest period of the watchdog, which wakes the chip: 1,024K cycles of its oscillator.
_LONGEST_WATCHDOG_SECONDS = 2**20 / get("uno.watchdog_clock").value
_START_UP_CYCLES = get("uno.start_up_cycles").value


class MeasuredRun(Protocol):
    """What is needed of a :class:`tinyml_course.Run`."""

    @property
    def cycles(self) -> npt.NDArray[np.int64]:
        """Clock cycles of each inference."""


def average_current(active_ma: float, active_seconds: float, sleep_ma: float, period_seconds: float) -> float:
    """Return the average current of something that works for a while in every period and sleeps for the rest.

    Parameters
    ----------
    active_ma, sleep_ma : float
        Currents in milliamperes.
    active_seconds : float
        How long it works in each period.
    period_seconds : float
        From one start to the next.

    Returns
    -------
    float
        Milliamperes.

    Raises
    ------
    InputError
        If the work takes longer than the period, or the period is not positive.
    """
    if not 0 <= active_seconds <= period_seconds or not period_seconds > 0:
        raise InputError(
            f"The work takes {active_seconds:g} s and starts every {period_seconds:g} s: it has to be done before it "
            "starts again. Choose a longer period."
        )
    share = active_seconds / period_seconds
    return share * active_ma + (1 - share) * sleep_ma


@dataclass(frozen=True)
class DutyCycle:
    """What a chip does in one period, from one inference to the next.

    Parameters
    ----------
    cycles : mapping of str to float
        Clock cycles of one period, by mode, as in :attr:`tinyml_course.board.UnoSimulator.sleep_cycles`.
    clock_hz : float, default 16e6
        The clock they were counted with.
    measured : bool, default False
        Whether sleep was measured on the virtual Uno, too, and not only the inference.
    """

    cycles: Mapping[str, float]
    clock_hz: float = float(UNO.clock_hz)
    measured: bool = False

    @classmethod
    def planned(cls, active_cycles: float, period_seconds: float, *, sleeps: bool = True) -> DutyCycle:
        """Make the duty cycle of an inference in every period, with power-down in between.

        The watchdog wakes the chip, at most 8.192 s after it fell asleep; each time the oscillator starts up. The few
        cycles in which the program then looks whether it is time are left out: :func:`tinyml_course.duty_cycle`
        measures them.

        Parameters
        ----------
        active_cycles : float
            Of one inference, on the virtual Uno.
        period_seconds : float
            From one inference to the next.
        sleeps : bool, default True
            False: the chip waits with the processor running.

        Raises
        ------
        InputError
            If the inference and the start-up take longer than the period.
        """
        _require_positive("period_seconds", period_seconds)
        total = period_seconds * UNO.clock_hz
        start_up = _START_UP_CYCLES * -(-period_seconds // _LONGEST_WATCHDOG_SECONDS) if sleeps else 0.0
        if active_cycles < 0 or active_cycles + start_up > total:
            needed = (active_cycles + start_up) / UNO.clock_hz
            raise InputError(
                f"An inference{' and waking up' if sleeps else ''} of {needed:g} s does not fit a period of "
                f"{period_seconds:g} s. Choose a longer period, or a faster model."
            )
        if not sleeps:
            return cls({"active": total})
        return cls({"active": active_cycles, "start_up": start_up, "power_down": total - active_cycles - start_up})

    @staticmethod
    def shortest_seconds(active_cycles: float, circuit: Circuit) -> float:
        """Return the shortest period in which an inference and one start-up fit, with the clock of `circuit`."""
        return (active_cycles + _START_UP_CYCLES) / min(circuit.clock_hz, UNO.clock_hz)

    @property
    def period_seconds(self) -> float:
        """Time from one inference to the next."""
        return sum(self.cycles.values()) / self.clock_hz

    def seconds(self, circuit: Circuit) -> dict[str, float]:
        """Return the time in each mode, for each period, with the clock of `circuit`.

        What the processor computes takes the same cycles with every clock. The period stays; a slower clock takes the
        time from sleep.

        Raises
        ------
        InputError
            If the work takes longer than the period with that clock.
        """
        found = {
            mode: cycles / (circuit.clock_hz if mode in _CLOCKED else self.clock_hz)
            for mode, cycles in self.cycles.items()
            if cycles
        }
        surplus = sum(found.values()) - self.period_seconds
        sleeping = [mode for mode in found if mode not in _CLOCKED]
        if not sleeping:
            return {mode: time - surplus for mode, time in found.items()}  # awake all the time, at any clock
        longest = max(sleeping, key=found.__getitem__)
        if surplus > found[longest]:
            raise InputError(
                f"At {circuit.clock_hz / 1e6:g} MHz the work of one period takes longer than the period of "
                f"{self.period_seconds:g} s. Choose a longer period."
            )
        return {**found, longest: found[longest] - surplus}

    def never_asleep(self) -> DutyCycle:
        """Return the same period with the processor running all the time."""
        return DutyCycle({"active": sum(self.cycles.values())}, self.clock_hz, self.measured)


def to_duty_cycle(work: MeasuredRun | DutyCycle | float, period_seconds: float | None) -> DutyCycle:
    """Return what is done in one period; parameters and errors as in :func:`battery_life`."""
    work = getattr(work, "duty_cycle", work)  # of a DutyCycleRun
    if isinstance(work, DutyCycle):
        if period_seconds is not None:
            raise InputError("A DutyCycle has its own period: leave period_seconds out.")
        return work
    if period_seconds is None:
        raise InputError("How often is an inference made? Give period_seconds, for example period_seconds=60.")
    cycles = float(work) if isinstance(work, int | float) else float(np.mean(work.cycles))
    return DutyCycle.planned(cycles, period_seconds)


def _require_positive(name: str, value: float) -> None:
    if not 0 < value < float("inf"):
        raise InputError(f"{name} should be a positive number, got {value:g}.")
