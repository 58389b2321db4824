"""How long a battery lasts: currents, a duty cycle, and what a battery can give.

The average current decides: each current times the share of time that it flows. What is needed for it::

    import tinyml_course as tc

    run = tc.simulate(sketch, data.x_test)
    print(tc.battery_life(run, period_seconds=60, circuit="uno", battery="4xaa"))

Currents and batteries come from the registry of facts, with their sources. They are typical values at room
temperature; a single chip or battery may be far off. So the results are estimates, good for orders of magnitude.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tinyml_course.duty_cycles import DutyCycle, MeasuredRun, average_current, to_duty_cycle
from tinyml_course.electricity import BATTERIES, CIRCUITS, Battery, Circuit, find_battery, find_circuit
from tinyml_course.errors import InputError
from tinyml_course.facts import get
from tinyml_course.units import DAYS_PER_YEAR, format_digits, format_time

__all__ = ["BATTERIES", "CIRCUITS", "Battery", "BatteryLife", "Circuit", "DutyCycle", "average_current", "battery_life"]

_HOURS_PER_YEAR = 24 * DAYS_PER_YEAR
_NAMES = {"active": "computing", "start_up": "starting up", "fixed": "the rest of the board"}


@dataclass(frozen=True)
class BatteryLife:
    """How long a battery lasts, and where its charge goes.

    Parameters
    ----------
    battery, circuit : Battery, Circuit
        What feeds, and what is fed.
    period_seconds : float
        From one inference to the next.
    average_ma, peak_ma : float
        Currents in milliamperes.
    shares : mapping of str to float
        Share of the charge by mode, and ``"fixed"``: what the rest of the board draws at all times.
    usable_share : float
        Share of the printed capacity that is counted on.
    self_discharge : float
        Share of the capacity that is lost in a year without any load.
    """

    battery: Battery
    circuit: Circuit
    period_seconds: float
    average_ma: float
    peak_ma: float
    shares: Mapping[str, float] = field(repr=False)
    usable_share: float
    self_discharge: float

    @property
    def hours(self) -> float:
        """Hours until the battery is empty; :attr:`problem` says whether it could feed the circuit at all."""
        lost_ma = self.battery.capacity_mah * self.self_discharge / _HOURS_PER_YEAR
        return self.battery.capacity_mah * self.usable_share / (self.average_ma + lost_ma)

    @property
    def days(self) -> float:
        """Days until the battery is empty."""
        return self.hours / 24

    @property
    def problem(self) -> str:
        """Why the battery cannot feed the circuit; empty if it can."""
        return self.battery.why_not(self.circuit, self.average_ma, self.peak_ma)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures, ready for JSON; ``days`` is None where the battery cannot feed the circuit."""
        return {
            "battery": self.battery.id,
            "circuit": self.circuit.id,
            "period_seconds": self.period_seconds,
            "average_ma": self.average_ma,
            "peak_ma": self.peak_ma,
            "shares": dict(self.shares),
            "days": None if self.problem else self.days,
            "days_by_capacity_alone": self.days,
            "problem": self.problem,
            "usable_share": self.usable_share,
            "self_discharge_per_year": self.self_discharge,
        }

    def __str__(self) -> str:
        shares = sorted(self.shares.items(), key=lambda item: -item[1])
        where = ", ".join(f"{_NAMES.get(mode, mode.replace('_', '-'))} {share:.3g} %" for mode, share in
                          ((mode, 100 * share) for mode, share in shares) if share >= 0.05)  # fmt: skip
        lasts = format_time(self.hours * 3600, digits=2)
        rows = [
            ("inference", f"every {format_time(self.period_seconds)}"),
            ("average", f"{format_current(self.average_ma)} (peak {format_current(self.peak_ma)})"),
            ("charge", where),
            ("lasts", f"NOT AT ALL: {self.problem}" if self.problem else f"about {lasts}"),
            (
                "counted on",
                f"{self.usable_share:.0%} of {self.battery.capacity_mah:g} mAh; {self.self_discharge:.1%} lost a year",
            ),
        ]
        head = f"{self.circuit.name} on {self.battery.name}"
        return "\n".join([head, *(f"  {name:<11} {text}" for name, text in rows)])


def battery_life(
    work: MeasuredRun | DutyCycle | float,
    period_seconds: float | None = None,
    *,
    circuit: str | Circuit = "uno",
    battery: str | Battery = "4xaa",
    usable_share: float | None = None,
    self_discharge: float | None = None,
) -> BatteryLife:
    """Estimate how long a battery lasts.

    Parameters
    ----------
    work : Run, DutyCycle or float
        A run (the mean of its inferences counts), what a duty cycle measured, or the cycles of one inference. With a
        run or cycles the chip sleeps in power-down between inferences.
    period_seconds : float, optional
        From one inference to the next; only a DutyCycle brings its own.
    circuit : str or Circuit, default "uno"
        ``"uno"``, the whole board; ``"chip"``, the ATmega328P alone at 16 MHz and 5 V; ``"chip_3v"``, at 4 MHz and 3 V.
    battery : str or Battery, default "4xaa"
        A key of :data:`BATTERIES`.
    usable_share : float, optional
        Share of the printed capacity to count on. Default: the fact ``battery.usable_share``, 75 %; 1 for arithmetic
        as on the package.
    self_discharge : float, optional
        Share of the capacity lost in a year by itself. Default: the battery's own.

    Returns
    -------
    BatteryLife
        Its `problem` says if this battery cannot feed this circuit at all.

    Raises
    ------
    InputError
        If a name is unknown, a share is not between 0 and 1, the period is missing or too short, or no current is
        known for a sleep mode that was used.
    """
    found_circuit, found_battery = find_circuit(circuit), find_battery(battery)
    usable = get("battery.usable_share").value / 100 if usable_share is None else usable_share
    lost = found_battery.self_discharge if self_discharge is None else self_discharge
    if not 0 < usable <= 1 or not 0 <= lost <= 1:
        raise InputError(f"usable_share and self_discharge are shares from 0 to 1, got {usable:g} and {lost:g}.")
    cycle = to_duty_cycle(work, period_seconds)
    charges = found_circuit.charges(cycle.seconds(found_circuit))
    charge = sum(charges.values())
    return BatteryLife(
        battery=found_battery,
        circuit=found_circuit,
        period_seconds=cycle.period_seconds,
        average_ma=charge / cycle.period_seconds,
        peak_ma=found_circuit.peak_ma(charges),
        shares={mode: part / charge for mode, part in charges.items()},
        usable_share=usable,
        self_discharge=lost,
    )


def format_current(milliamperes: float) -> str:
    """Write a current in milliamperes or microamperes, whichever fits."""
    if milliamperes >= 0.1:
        return f"{format_digits(milliamperes)} mA"
    return f"{format_digits(milliamperes * 1000)} µA"
