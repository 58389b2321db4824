"""Days on a battery, side by side: circuits with and without sleep, on several batteries."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tinyml_course.battery import BatteryLife, battery_life, format_current
from tinyml_course.duty_cycles import DutyCycle, MeasuredRun, to_duty_cycle
from tinyml_course.electricity import BATTERIES, CIRCUITS, Battery, Circuit, find_battery, find_circuit
from tinyml_course.tables import table
from tinyml_course.units import format_time

_IMPOSSIBLE = "-"


@dataclass(frozen=True)
class BatteryRow:
    """One circuit, on every battery of the table.

    Parameters
    ----------
    circuit : Circuit
        What is fed.
    sleeps : bool
        Whether the chip sleeps between inferences.
    lives : tuple of BatteryLife
        One for each battery.
    """

    circuit: Circuit
    sleeps: bool
    lives: tuple[BatteryLife, ...]


@dataclass(frozen=True)
class BatteryTable:
    """How long batteries last; shows itself as a table.

    Parameters
    ----------
    cycle : DutyCycle
        What is done in every period.
    rows : tuple of BatteryRow
        Circuits, with and without sleep.
    """

    cycle: DutyCycle
    rows: tuple[BatteryRow, ...]

    @property
    def header(self) -> list[str]:
        """Titles of the columns."""
        batteries = [life.battery.name.removeprefix("a ") for life in self.rows[0].lives]
        return ["circuit", "between inferences", "average current", *batteries]

    @property
    def entries(self) -> list[list[str]]:
        """Texts of the cells, row by row; a battery that cannot feed the circuit has a dash."""
        return [
            [
                row.circuit.name,
                "sleeps" if row.sleeps else "waits awake",
                format_current(row.lives[0].average_ma),
                *(_IMPOSSIBLE if life.problem else format_time(life.hours * 3600, digits=2) for life in row.lives),
            ]
            for row in self.rows
        ]

    @property
    def notes(self) -> list[str]:
        """Why there are dashes, and what is counted on."""
        found = {
            f"{life.circuit.name} on {life.battery.name}: {life.problem}."
            for row in self.rows
            for life in row.lives
            if life.problem and (row.sleeps or not self._sleeping(life).problem)
        }
        one = self.rows[0].lives[0]
        return [
            f"An inference every {format_time(self.cycle.period_seconds)}, {one.usable_share:.0%} of the printed "
            "capacity, typical currents at room temperature: an estimate. No battery keeps much longer than ten years.",
            *sorted(found),
        ]

    def _sleeping(self, life: BatteryLife) -> BatteryLife:
        lives = [other for row in self.rows if row.sleeps and row.circuit is life.circuit for other in row.lives]
        return next((other for other in lives if other.battery is life.battery), life)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures, ready for JSON."""
        rows = [{**life.to_dict(), "sleeps": row.sleeps} for row in self.rows for life in row.lives]
        return {"period_seconds": self.cycle.period_seconds, "measured": self.cycle.measured, "rows": rows}

    def __str__(self) -> str:
        return "\n".join([repr(table(self.header, self.entries)), "", *self.notes])

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{html.escape(title)}</th>' for title in self.header)
        body = "".join(
            f'<tr><th scope="row">{html.escape(first)}</th>'
            + "".join(f'<td style="text-align: right">{html.escape(entry)}</td>' for entry in rest)
            + "</tr>"
            for first, *rest in self.entries
        )
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in self.notes)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><ul>{notes}</ul>"


def battery_table(
    work: MeasuredRun | DutyCycle | float,
    period_seconds: float | None = None,
    *,
    circuits: Iterable[str | Circuit] = tuple(CIRCUITS),
    batteries: Iterable[str | Battery] = tuple(BATTERIES),
    usable_share: float | None = None,
) -> BatteryTable:
    """Estimate how long each battery lasts in each circuit, with and without sleep.

    Parameters
    ----------
    work, period_seconds, usable_share
        As in :func:`tinyml_course.battery_life`.
    circuits, batteries : iterable
        Short names, or your own.

    Returns
    -------
    BatteryTable
        Shows itself; `to_dict` gives the figures.

    Raises
    ------
    InputError
        As :func:`tinyml_course.battery_life`.
    """
    cycle = to_duty_cycle(work, period_seconds)
    fed = [find_battery(battery) for battery in batteries]
    rows = []
    for circuit in map(find_circuit, circuits):
        for sleeps, done in ((True, cycle), (False, cycle.never_asleep())):
            lives = [battery_life(done, circuit=circuit, battery=one, usable_share=usable_share) for one in fed]
            rows.append(BatteryRow(circuit, sleeps, tuple(lives)))
    return BatteryTable(cycle, tuple(rows))
