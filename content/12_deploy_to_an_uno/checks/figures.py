"""Checks 12.3, 12.4 and 12.5: room, time, energy and days from the board's figures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinyml_course.boards import UNO
from tinyml_course.grading.checks import Case, Check, Misconception, Part
from tinyml_course.grading.slips import NUMBER_SLIPS

_FLOAT_REASON = "the same formula in another order differs by a few units in the 16th digit"


def _build_figures(rng: np.random.Generator) -> Sequence[Case]:
    """Builds that fit, that fit to the last byte, and one that is too large for both memories."""
    drawn = [
        (int(rng.integers(3_000, 40_000)), int(rng.integers(50, 900)), int(rng.integers(30, 1_500))) for _ in range(3)
    ]
    return [(6_000, 200, 150), (UNO.flash_bytes, 1_000, 1_048), (UNO.flash_bytes + 700, 1_500, 900), *drawn]


def _room_left(flash: int, static: int, stack: int) -> tuple[int, int]:
    return tuple(int(room) for room in np.subtract((UNO.flash_bytes, UNO.sram_bytes), (flash, static + stack)))  # type: ignore[return-value]


ROOM_LEFT = Check(
    objective="12.3",
    task="Room left on the board",
    function="room_left",
    parts=(Part("the flash", 1, _build_figures, "0"), Part("the SRAM", 1, _build_figures, "1")),
    can_now="tell from a build how much flash and SRAM are left on an Uno",
    arguments=("flash_bytes", "static_bytes", "stack_bytes"),
    expected=_room_left,
    misconceptions=(
        Misconception(
            "stack forgotten",
            "The stack lives in SRAM too: its deepest point counts.",
            lambda flash, static, stack: _room_left(flash, static, 0),
        ),
        Misconception(
            "static variables forgotten",
            "The static variables live in SRAM too, all the time.",
            lambda flash, static, stack: _room_left(flash, 0, stack),
        ),
        Misconception(
            "boot loader forgotten",
            "You counted all 32 KiB of flash; the boot loader keeps 512 bytes of them.",
            lambda flash, static, stack: _room_left(flash - 512, static, stack),
        ),
        Misconception(
            "2 KB of 1,000 bytes",
            "The Uno has 2 KiB of SRAM, which is 2,048 bytes, not 2,000.",
            lambda flash, static, stack: _room_left(flash, static + 48, stack),
        ),
        Misconception(
            "swapped",
            "You swapped the two numbers: first flash, then SRAM.",
            lambda flash, static, stack: _room_left(flash, static, stack)[::-1],
        ),
        Misconception(
            "wrong sign",
            "Your signs are turned around: room that is left is positive.",
            lambda flash, static, stack: tuple(-room for room in _room_left(flash, static, stack)),
        ),
        Misconception(
            "cut at zero",
            "What is missing counts too: a program that is too large leaves less than zero.",
            lambda flash, static, stack: tuple(max(0, room) for room in _room_left(flash, static, stack)),
        ),
        Misconception(
            "taken, not left",
            "You gave what is taken; the task asks for what is left.",
            lambda flash, static, stack: (flash, static + stack),
        ),
    ),
)


def _cycle_counts(rng: np.random.Generator) -> Sequence[Case]:
    return [(16_000,), *((int(cycles),) for cycles in rng.integers(5_000, 200_000, 4))]


def _time_and_energy(cycles: int) -> tuple[float, float]:
    return UNO.milliseconds(cycles), UNO.millijoules(cycles)


def _scaled(time: float, energy: float, chip: bool = False):  # type: ignore[no-untyped-def]
    """Make the answer of somebody who is off by these factors."""

    def answer(cycles: int) -> tuple[float, float]:
        milliseconds, millijoules = _time_and_energy(cycles)
        ratio = UNO.nj_per_cycle_chip / UNO.nj_per_cycle_board if chip else 1.0
        return milliseconds * time, millijoules * energy * ratio

    return answer


TIME_AND_ENERGY = Check(
    objective="12.4",
    task="Time and energy from cycles",
    function="time_and_energy",
    parts=(Part("the time", 1, _cycle_counts, "0"), Part("the energy", 1, _cycle_counts, "1")),
    can_now="turn clock cycles into milliseconds and millijoules",
    arguments=("cycles",),
    expected=_time_and_energy,
    relative_tolerance=1e-9,
    tolerance_reason=_FLOAT_REASON,
    misconceptions=(
        Misconception("seconds", "The time is in seconds; the task asks for milliseconds.", _scaled(1e-3, 1)),
        Misconception("microseconds", "The time is in microseconds; the task asks for milliseconds.", _scaled(1e3, 1)),
        Misconception("joules", "The energy is in joules; the task asks for millijoules.", _scaled(1, 1e-3)),
        Misconception("microjoules", "The energy is in microjoules; the task asks for millijoules.", _scaled(1, 1e3)),
        Misconception("nanojoules", "The energy is in nanojoules; the task asks for millijoules.", _scaled(1, 1e6)),
        Misconception(
            "chip for board",
            "You took the energy of the chip alone; the task asks for the whole board.",
            _scaled(1, 1, chip=True),
        ),
        Misconception(
            "swapped",
            "You swapped the two numbers: first the time, then the energy.",
            lambda cycles: _time_and_energy(cycles)[::-1],
        ),
        Misconception("time only", "The energy is missing: return both numbers.", UNO.milliseconds),
        Misconception(
            "inverted ratio",
            "Your time stands upside down: more cycles must take longer.",
            lambda cycles: (1 / UNO.milliseconds(cycles), UNO.millijoules(cycles)),
        ),
    ),
)


def _battery(rng: np.random.Generator, sleep_ma: float) -> Case:
    """A capacity, both currents, the time awake and the period."""
    capacity, active = float(rng.integers(100, 3000)), float(rng.uniform(2, 50))
    return capacity, active, sleep_ma, float(rng.uniform(0.5, 20)), float(rng.uniform(0.1, 60))


def _without_sleep_current(rng: np.random.Generator) -> Sequence[Case]:
    return [(240.0, 10.0, 0.0, 1.0, 1.0), *(_battery(rng, 0.0) for _ in range(3))]


def _duty_cycles(rng: np.random.Generator) -> Sequence[Case]:
    return [(240.0, 10.0, 1.0, 100.0, 1.0), *(_battery(rng, float(rng.uniform(0.001, 1))) for _ in range(4))]


def _days(capacity_mah: float, active_ma: float, sleep_ma: float, active_ms: float, period_s: float) -> float:
    duty = active_ms / (1000 * period_s)
    return capacity_mah / (duty * active_ma + (1 - duty) * sleep_ma) / 24


BATTERY_DAYS = Check(
    objective="12.5",
    task="Days on a battery",
    function="battery_days",
    parts=(
        Part("the current while awake", 1, _without_sleep_current),
        Part("the current asleep too", 1, _duty_cycles),
    ),
    can_now="tell how many days a battery lasts, from currents and a duty cycle",
    arguments=("capacity_mah", "active_ma", "sleep_ma", "active_ms", "period_s"),
    expected=_days,
    relative_tolerance=1e-9,
    tolerance_reason=_FLOAT_REASON,
    misconceptions=(
        Misconception(
            "hours for days",
            "You gave hours; the task asks for days.",
            lambda *case: _days(*case) * 24,
        ),
        Misconception(
            "sleep forgotten",
            "You counted the active current only; the sleep current flows the rest of the time.",
            lambda capacity, active, sleep, ms, period: _days(capacity, active, 0.0, ms, period),
        ),
        Misconception(
            "always awake",
            "You let the active current flow all the time; it flows for a few milliseconds of each period.",
            lambda capacity, active, sleep, ms, period: _days(capacity, active, active, ms, period),
        ),
        Misconception(
            "milliseconds for seconds",
            "You compared milliseconds with seconds: bring both times to one unit.",
            lambda capacity, active, sleep, ms, period: _days(capacity, active, sleep, ms * 1000, period),
        ),
        Misconception(
            "sleep all the time",
            "You let the sleep current flow during the active time too.",
            lambda capacity, active, sleep, ms, period: capacity / (ms / 1000 / period * active + sleep) / 24,
        ),
        Misconception(
            "plain mean of the currents",
            "You took the mean of the two currents; weigh each with the share of time it flows.",
            lambda capacity, active, sleep, ms, period: capacity / ((active + sleep) / 2) / 24,
        ),
    ),
    slips=NUMBER_SLIPS,
)
