"""Batteries, and circuits that they feed: capacities, currents and voltages, each from the registry of facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tinyml_course.errors import InputError
from tinyml_course.facts import get


@dataclass(frozen=True)
class Circuit:
    """Something that computes, and the currents it draws.

    Parameters
    ----------
    id, name : str
        Short name, as in ``circuit="uno"``, and full name.
    clock_hz : float
        Clock of the processor.
    volts_minimum, volts_maximum : float
        Between which it works.
    fixed_ma : float
        What all but the processor draws, at all times, in milliamperes.
    modes_ma : mapping of str to float
        What the processor draws, by mode, in milliamperes. A mode that is missing has no known current.
    source : str
        Where the currents come from, and how certain they are.
    """

    id: str
    name: str
    clock_hz: float
    volts_minimum: float
    volts_maximum: float
    fixed_ma: float
    modes_ma: Mapping[str, float] = field(repr=False)
    source: str = field(default="given by you", repr=False)

    def charges(self, seconds: Mapping[str, float]) -> dict[str, float]:
        """Return the charge of one period, by mode and for ``"fixed"``, in milliampere-seconds.

        Parameters
        ----------
        seconds : mapping of str to float
            Time in each mode.

        Raises
        ------
        InputError
            If no current is known for a mode.
        """
        unknown = [mode for mode in seconds if mode not in self.modes_ma]
        if unknown:
            raise InputError(
                f"No current is known for the {self.name} in the mode {unknown[0]!r}; known are "
                f"{', '.join(self.modes_ma)}. Measure it, and use dataclasses.replace(circuit, modes_ma=...)."
            )
        found = {mode: self.modes_ma[mode] * time for mode, time in seconds.items()}
        return found | ({"fixed": self.fixed_ma * sum(seconds.values())} if self.fixed_ma else {})

    def peak_ma(self, modes: Mapping[str, float]) -> float:
        """Return the largest current of these modes, in milliamperes."""
        return self.fixed_ma + max(self.modes_ma[mode] for mode in modes if mode != "fixed")


@dataclass(frozen=True)
class Battery:
    """A battery, or several cells in a row.

    Parameters
    ----------
    id, name : str
        Short name, as in ``battery="cr2032"``, and full name.
    capacity_mah : float
        Printed capacity in milliampere-hours. Cells in a row have the capacity of one.
    volts : float
        Nominal voltage.
    continuous_ma, pulse_ma : float
        Largest average current, and largest current for a short time, in milliamperes.
    self_discharge : float
        Share of the capacity that is lost in a year without any load.
    source : str
        Where the figures come from.
    """

    id: str
    name: str
    capacity_mah: float
    volts: float
    continuous_ma: float
    pulse_ma: float
    self_discharge: float
    source: str = field(default="given by you", repr=False)

    @property
    def joules(self) -> float:
        """Energy: capacity times nominal voltage."""
        return self.capacity_mah * 3.6 * self.volts

    def why_not(self, circuit: Circuit, average_ma: float, peak_ma: float) -> str:
        """Say why this battery cannot feed a circuit; empty if it can.

        Parameters
        ----------
        circuit : Circuit
            Its voltages count.
        average_ma, peak_ma : float
            Its currents in milliamperes.
        """
        reasons = []
        if self.volts < circuit.volts_minimum:
            reasons.append(f"it gives {self.volts:g} V, and at least {circuit.volts_minimum:.3g} V are needed")
        if self.volts > circuit.volts_maximum:
            reasons.append(f"it gives {self.volts:g} V, and at most {circuit.volts_maximum:.3g} V are allowed")
        if peak_ma > self.pulse_ma:
            reasons.append(f"it gives at most {self.pulse_ma:g} mA, and {peak_ma:.3g} mA are drawn")
        elif average_ma > self.continuous_ma:
            reasons.append(
                f"it gives at most {self.continuous_ma:g} mA for long, and {average_ma:.3g} mA are drawn on average"
            )
        return "; ".join(reasons)


def find_circuit(circuit: str | Circuit) -> Circuit:
    """Look a circuit up by its short name.

    Raises
    ------
    InputError
        If there is no such circuit; the message lists those there are.
    """
    if isinstance(circuit, Circuit):
        return circuit
    if circuit not in CIRCUITS:
        raise InputError(f"Unknown circuit {circuit!r}. Known: {', '.join(CIRCUITS)}; or make a Circuit of your own.")
    return CIRCUITS[circuit]


def find_battery(battery: str | Battery) -> Battery:
    """Look a battery up by its short name.

    Raises
    ------
    InputError
        If there is no such battery; the message lists those there are.
    """
    if isinstance(battery, Battery):
        return battery
    if battery not in BATTERIES:
        raise InputError(f"Unknown battery {battery!r}. Known: {', '.join(BATTERIES)}; or make a Battery of your own.")
    return BATTERIES[battery]


def _value(fact_id: str) -> float:
    return get(fact_id).value


def _sources(*fact_ids: str) -> str:
    return "\n".join(get(fact_id).cite() for fact_id in fact_ids)


def _make_circuits() -> dict[str, Circuit]:
    asleep_5v = _value("uno.chip_power_down_5v") / 1000
    # With the processor in power-down the board's current is that of everything else on it.
    fixed = _value("uno.board_current_asleep") - asleep_5v
    # While the oscillator starts up the processor stands still. No figure for that is printed; the active current is
    # an upper bound.
    board = {"active": _value("uno.board_current_running") - fixed, "idle": _value("uno.chip_idle_16mhz")}
    chip = {"active": _value("uno.chip_current_16mhz"), "idle": _value("uno.chip_idle_16mhz")}
    slow = {"active": _value("uno.chip_current_4mhz"), "idle": _value("uno.chip_idle_4mhz")}
    asleep_3v = _value("uno.chip_current_power_down") / 1000
    for modes, asleep in ((board, asleep_5v), (chip, asleep_5v), (slow, asleep_3v)):
        modes |= {"start_up": modes["active"], "power_down": asleep}
    fast_minimum, maximum = _value("uno.chip_voltage_16mhz"), _value("uno.chip_voltage_maximum")
    return {
        "uno": Circuit(
            "uno", "Arduino Uno board", 16e6, _value("uno.vin_minimum"), _value("uno.vin_maximum"), fixed, board,
            _sources("uno.board_current_running", "uno.board_current_asleep", "uno.chip_idle_16mhz"),
        ),
        "chip": Circuit(
            "chip", "ATmega328P alone, 16 MHz, 5 V", 16e6, fast_minimum, maximum, 0.0, chip,
            _sources("uno.chip_current_16mhz", "uno.chip_idle_16mhz", "uno.chip_power_down_5v"),
        ),
        "chip_3v": Circuit(
            "chip_3v", "ATmega328P alone, 4 MHz, 3 V", 4e6, _value("uno.chip_voltage_4mhz"), maximum, 0.0, slow,
            _sources("uno.chip_current_4mhz", "uno.chip_idle_4mhz", "uno.chip_current_power_down"),
        ),
    }  # fmt: skip


def _make_batteries() -> dict[str, Battery]:
    def battery(name_id: str, name: str, fact: str, currents: tuple[str, str], loss: str, cells: int = 1) -> Battery:
        ids = [f"battery.{fact}_capacity", f"battery.{fact}_voltage"]
        limits, lost = [f"battery.{current}" for current in currents], f"battery.{loss}_self_discharge"
        continuous_ma, pulse_ma = map(_value, limits)
        return Battery(
            name_id, name, _value(ids[0]), cells * _value(ids[1]), continuous_ma, pulse_ma, _value(lost) / 100,
            _sources(*ids, *dict.fromkeys(limits), lost),
        )  # fmt: skip

    aa = ("aa_current", "aa_current")
    coin = ("cr2032_continuous_current", "cr2032_pulse_current")
    made = [
        battery("cr2032", "a CR2032 coin cell", "cr2032", coin, "cr2032"),
        *(battery(f"{n}xaa", f"{n} alkaline AA cells", "aa", aa, "alkaline", n) for n in (2, 3, 4)),
        battery("9v", "a 9 V alkaline battery", "nine_volt", ("nine_volt_current",) * 2, "alkaline"),
        battery("lipo", "a 500 mAh lithium polymer cell", "lipo", ("lipo_current",) * 2, "lipo"),
    ]
    return {one.id: one for one in made}


#: Circuits by their short names.
CIRCUITS: Mapping[str, Circuit] = _make_circuits()
#: Batteries by their short names, small ones first.
BATTERIES: Mapping[str, Battery] = _make_batteries()
