"""The picture of battery life: days against the time between inferences."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tinyml_course.battery import BatteryLife, battery_life
from tinyml_course.duty_cycles import DutyCycle, MeasuredRun, to_duty_cycle
from tinyml_course.electricity import Battery, Circuit, find_battery, find_circuit
from tinyml_course.errors import InputError
from tinyml_course.plots import COLOURS, Picture, new_axes
from tinyml_course.units import DAYS_PER_YEAR, format_time, orders_of_magnitude

#: Each circuit with cells that suit its voltage; cells in a row have the capacity of one.
PAIRS: tuple[tuple[str, str], ...] = (("chip", "3xaa"), ("uno", "4xaa"))
_COLOURS = ("bonsai", "uno", "int8", "knn")
_LONGEST_SECONDS = 86_400.0
_POINTS = 121
_TICKS = ((1 / 24, "1 hour"), (1.0, "1 day"), (7.0, "1 week"), (30.0, "1 month"), (DAYS_PER_YEAR, "1 year"),
          (10 * DAYS_PER_YEAR, "10 years"))  # fmt: skip
_PERIODS = ((0.01, "10 ms"), (0.1, "0.1 s"), (1.0, "1 s"), (10.0, "10 s"), (60.0, "1 minute"), (3600.0, "1 hour"),
            (86_400.0, "1 day"))  # fmt: skip


def battery_picture(
    work: MeasuredRun | DutyCycle | float,
    period_seconds: float | None = None,
    *,
    pairs: Iterable[tuple[str | Circuit, str | Battery]] = PAIRS,
    usable_share: float | None = None,
) -> Picture:
    """Draw how long a battery lasts against the time between two inferences, with and without sleep.

    Parameters
    ----------
    work, period_seconds, usable_share
        As in :func:`tinyml_course.battery_life`; the title and the dots are for this period.
    pairs : iterable of (circuit, battery)
        What to draw; the default is the chip alone and the whole board, both on AA cells.

    Returns
    -------
    Picture
        Shows itself as the last expression of a cell.

    Raises
    ------
    InputError
        If a battery cannot feed its circuit, or as :func:`tinyml_course.battery_life`.
    """
    cycle = to_duty_cycle(work, period_seconds)
    found = [(find_circuit(circuit), find_battery(battery)) for circuit, battery in pairs]
    lives = [battery_life(cycle, circuit=c, battery=b, usable_share=usable_share) for c, b in found]
    _require_possible(lives)
    figure, axes = new_axes(_title(lives), 4.4)
    for life, key in zip(lives, _COLOURS, strict=False):
        _draw_pair(axes, cycle, life, COLOURS[key], usable_share)
    _finish(axes, lives)
    return Picture(figure, _alt(lives))


def _require_possible(lives: list[BatteryLife]) -> None:
    if not 0 < len(lives) <= len(_COLOURS):
        raise InputError(f"Draw 1 to {len(_COLOURS)} pairs of a circuit and a battery, got {len(lives)}.")
    for life in lives:
        if life.problem:
            raise InputError(
                f"{life.battery.name} cannot feed {life.circuit.name}: {life.problem}. Choose another one."
            )


def _draw_pair(axes: Any, cycle: DutyCycle, life: BatteryLife, colour: str, usable_share: float | None) -> None:
    computing = cycle.cycles.get("active", 0.0)
    always = battery_life(cycle.never_asleep(), circuit=life.circuit, battery=life.battery, usable_share=usable_share)
    shortest = 1.05 * DutyCycle.shortest_seconds(computing, life.circuit)
    periods = np.geomspace(shortest, _LONGEST_SECONDS, _POINTS)
    days = [
        battery_life(computing, float(p), circuit=life.circuit, battery=life.battery, usable_share=usable_share).days
        for p in periods
    ]
    label = f"{life.circuit.name}, {life.battery.name}"
    axes.plot(periods, days, color=colour, linewidth=2, label=f"{label}, asleep between")
    axes.plot(
        [shortest, _LONGEST_SECONDS], [always.days] * 2, color=colour, linewidth=1.4, linestyle=(0, (4, 2)),
        label=f"{label}, never asleep",
    )  # fmt: skip
    axes.annotate(
        "never asleep", (_LONGEST_SECONDS, always.days), xytext=(0, -4), textcoords="offset points", fontsize=8.5,
        ha="right", va="top", color=colour,
    )  # fmt: skip
    axes.scatter(life.period_seconds, life.days, s=46, color=colour, zorder=3)
    axes.annotate(
        f"{_subject(life)}: {format_time(life.hours * 3600, digits=2)}", (life.period_seconds, life.days),
        xytext=(6, 6), textcoords="offset points", fontsize=9, fontweight="bold", color=colour,
    )  # fmt: skip


def _finish(axes: Any, lives: list[BatteryLife]) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_ylim(min(life.days for life in lives) / 5, max(12 * DAYS_PER_YEAR, 3 * max(life.days for life in lives)))
    axes.set_xticks([at for at, _ in _PERIODS], [text for _, text in _PERIODS], minor=False)
    axes.set_yticks([at for at, _ in _TICKS], [text for _, text in _TICKS], minor=False)
    axes.minorticks_off()
    axes.grid(axis="y", color=COLOURS["faint"], linewidth=0.6)
    axes.set_xlabel("time between two inferences (logarithmic)")
    axes.set_ylabel("lasts (logarithmic)")
    axes.legend(loc="upper center", bbox_to_anchor=(0.45, -0.17), frameon=False, fontsize=8.5, ncols=2)


def _title(lives: list[BatteryLife]) -> str:
    longest, shortest = (pick(lives, key=lambda life: life.days) for pick in (max, min))
    period = format_time(lives[0].period_seconds, digits=2)
    title = f"With an inference every {period}, {_subject(longest)} lasts {format_time(longest.hours * 3600, digits=2)}"
    if longest is shortest:
        return title
    return f"{title},\n{_subject(shortest)} {format_time(shortest.hours * 3600, digits=2)}"


def _subject(life: BatteryLife) -> str:
    return "the whole board" if life.circuit.fixed_ma else "the chip alone"


def _alt(lives: list[BatteryLife]) -> str:
    parts = []
    for life in lives:
        fixed = life.shares.get("fixed", 0.0)
        why = (
            f"its line is almost flat: {fixed:.0%} of the charge goes to the rest of the board, which is always on"
            if fixed > 0.5
            else "its line rises with the time between inferences, until the current of sleep alone is left"
        )
        parts.append(
            f"{life.circuit.name} on {life.battery.name} lasts {format_time(life.hours * 3600, digits=2)}; {why}."
        )
    days = [life.days for life in lives]
    return f"""Two logarithmic axes: the time between two inferences, from milliseconds to a day, and how long a
        battery lasts. Each circuit has a line for sleep between inferences and a dashed, flat one for waiting awake.
        With an inference every {format_time(lives[0].period_seconds, digits=2)}, {" ".join(parts)}
        Between the best and the worst lie {orders_of_magnitude(max(days), min(days)):.1f} orders of magnitude."""
