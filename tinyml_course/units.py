"""Numbers as people read them: bytes, energy, time, large counts, orders of magnitude.

Two systems of byte units meet in this course, and mixing them up is an error of
2.4 % at a kilobyte and of 7.4 % at a gigabyte. Therefore every text says which
one it uses:

* **binary** (B, KiB, MiB): memory of a microcontroller. 1 KiB = 1,024 B. An
  Uno's "2 KB" of SRAM are 2 KiB = 2,048 B.
* **decimal** (B, kB, MB, GB, TB): files, disks and big models. 1 kB = 1,000 B.
"""

from __future__ import annotations

import math
from typing import Literal

from tinyml_course.errors import InputError

KIB = 1024
"""Bytes in a KiB."""
JOULES_PER_WATT_HOUR = 3600.0
"""Joules in a watt-hour."""
SECONDS_PER_DAY = 86_400.0
"""Seconds in a day."""
DAYS_PER_YEAR = 365.25
"""Days in a year."""

ByteSystem = Literal["binary", "decimal"]

_BYTE_STEPS: dict[str, tuple[int, tuple[str, ...]]] = {
    "binary": (1024, ("B", "KiB", "MiB", "GiB", "TiB")),
    "decimal": (1000, ("B", "kB", "MB", "GB", "TB", "PB")),
}
_WORDS = ((1e15, "quadrillion"), (1e12, "trillion"), (1e9, "billion"), (1e6, "million"))
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_ENERGIES = ((1e12, "TJ"), (1e9, "GJ"), (1e6, "MJ"), (1e3, "kJ"), (1.0, "J"), (1e-3, "mJ"), (1e-6, "µJ"), (1e-9, "nJ"))
_TIMES = (
    (DAYS_PER_YEAR * SECONDS_PER_DAY, "years"),
    (SECONDS_PER_DAY, "days"),
    (3600.0, "hours"),
    (60.0, "minutes"),
    (1.0, "s"),
    (1e-3, "ms"),
    (1e-6, "µs"),
    (1e-9, "ns"),
)
_SINGULAR = ("1 years", "1 days", "1 hours", "1 minutes")


def round_significant(value: float, digits: int = 3) -> float:
    """Round to so many significant digits.

    Parameters
    ----------
    value : float
        Any finite number.
    digits : int, default 3
        How many digits stay, at least 1.

    Returns
    -------
    float
        ``round_significant(174.6e9, 2)`` is ``170e9``.
    """
    _require_finite(value)
    if value == 0:
        return 0.0
    return float(f"{value:.{digits - 1}e}")


def format_digits(value: float, digits: int = 3) -> str:
    """Write a number with `digits` significant digits, thousands separated, without an exponent.

    Digits left of the decimal point are never cut: 12,345 stays 12,345.
    """
    _require_finite(value)
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(round_significant(value, digits))))
    decimals = max(0, digits - 1 - exponent)
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def format_count(value: float, digits: int = 3) -> str:
    """Write a large count in words: ``"175 billion"``; below a million in digits: ``"22,604"``.

    From 10^18 on there are no common words, and powers of ten stand instead: ``"3.14 × 10²³"``.
    """
    _require_finite(value)
    if abs(value) >= 1e18:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        return f"{mantissa} × 10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
    for size, word in _WORDS:
        if abs(round_significant(value, digits)) >= size:
            return f"{format_digits(value / size, digits)} {word}"
    return format_digits(value, digits)


def format_bytes(value: float, system: ByteSystem, digits: int = 3) -> str:
    """Write a number of bytes.

    Parameters
    ----------
    value : float
        Bytes, not negative.
    system : {"binary", "decimal"}
        ``"binary"`` for the memory of a microcontroller (KiB = 1,024 B), ``"decimal"`` for
        files and big models (kB = 1,000 B). There is no default: choose.
    digits : int, default 3
        Significant digits. Numbers below 10,000 bytes stay whole in the binary system, so that
        budgets such as 2,048 B can be compared byte by byte; only whole KiB are shortened.

    Returns
    -------
    str
        For example ``"1,888 B"``, ``"2 KiB"``, ``"31.5 KiB"``, ``"349 GB"``.

    Raises
    ------
    InputError
        If the number is negative or not finite, or the system has another name.
    """
    _require_finite(value)
    if system not in _BYTE_STEPS:
        raise InputError(f"Byte units are 'binary' (KiB) or 'decimal' (kB), got {system!r}.")
    if value < 0:
        raise InputError(f"A number of bytes cannot be negative, got {value}.")
    step, units = _BYTE_STEPS[system]
    if system == "binary" and value < 10_000 and value % step:
        return f"{format_digits(value, 4)} B"
    index = 0
    while index < len(units) - 1 and round(value / step**index) >= step:
        index += 1
    return f"{format_digits(value / step**index, digits)} {units[index]}"


def format_energy(joules: float, unit: str | None = None, digits: int = 3) -> str:
    """Write an energy.

    Parameters
    ----------
    joules : float
        Energy in joules.
    unit : str, optional
        ``"nJ"``, ``"µJ"``, ``"mJ"``, ``"J"``, ``"kJ"``, ``"MJ"``, ``"GJ"`` or ``"TJ"``. Give it where
        several energies are compared, so that they share a unit. None: the unit that fits.
    digits : int, default 3
        Significant digits.
    """
    return _format_stepped(joules, _ENERGIES, unit, digits, "energy")


def format_time(seconds: float, unit: str | None = None, digits: int = 3) -> str:
    """Write a duration.

    Parameters
    ----------
    seconds : float
        Duration in seconds.
    unit : str, optional
        ``"ns"``, ``"µs"``, ``"ms"``, ``"s"``, ``"minutes"``, ``"hours"``, ``"days"`` or ``"years"``
        (of 365.25 days). None: the unit that fits.
    digits : int, default 3
        Significant digits.
    """
    text = _format_stepped(seconds, _TIMES, unit, digits, "time")
    return text.removesuffix("s") if text in _SINGULAR else text


def orders_of_magnitude(large: float, small: float) -> float:
    """How many factors of ten lie between two positive numbers: ``log10(large / small)``.

    Raises
    ------
    InputError
        If one of them is not positive and finite: a logarithm needs that.
    """
    for number in (large, small):
        _require_finite(number)
        if number <= 0:
            raise InputError(f"Orders of magnitude compare positive numbers, got {number}.")
    return math.log10(large) - math.log10(small)


def format_ratio(large: float, small: float, digits: int = 2) -> str:
    """Write how many times `large` is `small`, with the orders of magnitude beside it.

    Returns
    -------
    str
        For example ``"170 million times (8.2 orders of magnitude)"``.
    """
    orders = orders_of_magnitude(large, small)
    times = format_count(round_significant(large / small, digits), digits)
    return f"{times} times ({orders:.1f} orders of magnitude)"


def _format_stepped(
    value: float, steps: tuple[tuple[float, str], ...], unit: str | None, digits: int, what: str
) -> str:
    _require_finite(value)
    sizes = {name: size for size, name in steps}
    if unit is not None and unit not in sizes:
        raise InputError(f"Unknown unit of {what} {unit!r}. Known units: {', '.join(sizes)}.")
    if unit is None:
        fitting = (name for size, name in steps if abs(round_significant(value / size, digits)) >= 1)
        unit = next(fitting, steps[-1][1]) if value else "J" if what == "energy" else "s"
    return f"{format_digits(value / sizes[unit], digits)} {unit}"


def _require_finite(value: float) -> None:
    if not math.isfinite(value):
        raise InputError(f"Expected a finite number, got {value}.")
