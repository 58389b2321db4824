"""What can be wired to an Uno: pins, channels, voltages, waveforms. Every virtual board checks them here."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from tinyml_course.errors import InputError

_PINS = 20
_ANALOG_INPUTS = 8


def check_pin(pin: int) -> None:
    """Refuse a pin that the Uno does not have: 0 to 13 are digital, 14 to 19 are A0 to A5.

    Raises
    ------
    InputError
        With the numbers there are.
    """
    _check("A pin", pin, _PINS)


def check_channel(channel: int) -> None:
    """Refuse a channel that the ADC does not have; 0 is A0.

    Raises
    ------
    InputError
        With the numbers there are.
    """
    _check("An analog channel", channel, _ANALOG_INPUTS)


def checked_voltage(volts: float) -> float:
    """Return a voltage as a float.

    Raises
    ------
    InputError
        If it is not finite.
    """
    if not math.isfinite(volts):
        raise InputError(f"A voltage is a finite number, got {volts}.")
    return float(volts)


def checked_wave(volts: npt.ArrayLike, rate_hz: float) -> tuple[list[float], float]:
    """Return a waveform's voltages and its rate.

    Raises
    ------
    InputError
        If the voltages are no row of finite numbers, or the rate is not above 0 and finite.
    """
    wave = np.asarray(volts, np.float64)
    finite = bool(np.isfinite(wave).all())
    if wave.ndim != 1 or not wave.size or not finite:
        raise InputError(
            f"Expected one row of finite voltages, got an array of shape {wave.shape}"
            f"{'' if finite else ' with values that are not finite'}."
        )
    if not 0 < rate_hz < math.inf:
        raise InputError(f"rate_hz is how many values play in a second: above 0 and finite, got {rate_hz}.")
    return wave.tolist(), float(rate_hz)


def _check(what: str, number: int, count: int) -> None:
    if not 0 <= number < count:
        raise InputError(f"{what} of the Uno has a number from 0 to {count - 1}, got {number}.")
