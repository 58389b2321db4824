"""Numbers as people type them: ``5000``, ``5,000``, ``5e3``, ``10^7``, ``5 thousand``, ``0.5 s`` for milliseconds."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from tinyml_course.errors import InputError

_WORDS: Mapping[str, float] = {
    "thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6, "billion": 1e9, "bn": 1e9, "trillion": 1e12,
}  # fmt: skip
_TIMES: Mapping[str, float] = {
    "ns": 1e-9, "µs": 1e-6, "μs": 1e-6, "us": 1e-6, "ms": 1e-3, "s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0,
    "min": 60.0, "minute": 60.0, "minutes": 60.0, "h": 3600.0, "hour": 3600.0, "hours": 3600.0,
    "day": 86_400.0, "days": 86_400.0, "year": 31_557_600.0, "years": 31_557_600.0,
}  # fmt: skip
# Without KB, which some read as 1,000 bytes and some as 1,024.
_BYTES: Mapping[str, float] = {
    "B": 1.0, "byte": 1.0, "bytes": 1.0, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
    "KiB": 2.0**10, "MiB": 2.0**20, "GiB": 2.0**30, "TiB": 2.0**40,
}  # fmt: skip
_ENERGIES: Mapping[str, float] = {
    "nJ": 1e-9, "µJ": 1e-6, "μJ": 1e-6, "uJ": 1e-6, "mJ": 1e-3, "J": 1.0, "kJ": 1e3, "MJ": 1e6,
}  # fmt: skip
_FAMILIES = (_TIMES, _BYTES, _ENERGIES)

_DIGITS = r"\d{1,3}(?:[,_ '\u00a0\u202f]\d{3})+(?:\.\d+)?|\d+(?:\.\d*)?|\.\d+"
_NUMBER = re.compile(
    rf"(?:~|≈|about\s)?\s*(?:(?P<digits>{_DIGITS})(?P<exponent>e[+-]?\d+)?)"
    r"(?:\s*[x×*·]\s*10\s*(?:\^|\*\*)\s*(?P<power>[+-]?\d+)|(?:\^|\*\*)(?P<raised>[+-]?\d+))?\s*(?P<rest>\D.*|)",
    re.IGNORECASE,
)


def read_number(text: str, unit: str = "") -> float:
    """Read a positive number as people type it.

    Parameters
    ----------
    text : str
        ``"5000"``, ``"5,000"``, ``"5e3"``, ``"5 thousand"``, ``"10^7"``; the unit may follow, or another of its
        kind: ``"0.5 s"`` where milliseconds are asked for.
    unit : str
        What is counted, in the plural: ``"Unos"``, ``"ms"``.

    Returns
    -------
    float
        In `unit`.

    Raises
    ------
    InputError
        If the text is no positive number, or counts something else.
    """
    match = _NUMBER.fullmatch(text.strip())
    factor = _factor(match["rest"].strip(), unit) if match else None
    if match and factor is not None:
        try:
            number = _value(match) * factor
        except OverflowError:
            number = math.inf
        if math.isfinite(number) and number > 0:
            return number
    counted = f" of {unit}" if unit else ""
    comma = " A comma separates thousands; write a point for 0.5." if re.search(r"\d,\d(?!\d\d)", text) else ""
    raise InputError(f"Expected a positive number{counted} such as 5000, 5e3 or 5 thousand, got {text!r}.{comma}")


def _value(match: re.Match[str]) -> float:
    number = float(re.sub(r"[,_ '\u00a0\u202f]", "", match["digits"]) + (match["exponent"] or ""))
    if match["raised"] is not None:
        return number ** int(match["raised"])
    return number * 10.0 ** int(match["power"] or 0)


def _factor(rest: str, unit: str) -> float | None:
    """What the words after the digits multiply by; None if they are not understood."""
    if (scale := _unit_factor(rest, unit)) is not None:
        return scale
    word, _, after = rest.partition(" ")
    scale = _unit_factor(after.strip(), unit)
    return None if word.lower() not in _WORDS or scale is None else _WORDS[word.lower()] * scale


def _unit_factor(said: str, unit: str) -> float | None:
    if not said or _singular(said) == _singular(unit) or (said == "x" and unit == "times"):
        return 1.0
    family = next((family for family in _FAMILIES if unit in family), {})
    return family[said] / family[unit] if said in family else None


def _singular(name: str) -> str:
    # The case matters in mJ and MJ; it does not in Unos.
    return name if any(name in family for family in _FAMILIES) else name.casefold().removesuffix("s")
