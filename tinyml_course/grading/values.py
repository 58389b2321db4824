"""Values that leave a learner's function: made plain, compared, described."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np


@dataclass(frozen=True)
class Raised:
    """An error instead of a value.

    Parameters
    ----------
    kind : str
        The class name, ``"ValueError"``.
    text : str
        The message.
    """

    kind: str
    text: str


@dataclass(frozen=True)
class Unknown:
    """A value of a type that no check asks for; it equals nothing, not even itself.

    Parameters
    ----------
    kind : str
        The class name.
    """

    kind: str


@dataclass(frozen=True)
class Numbers:
    """An array of numbers.

    Parameters
    ----------
    dtype : str
        ``"int8"``, ``"float64"`` …
    items : Value
        Its numbers: tuples in tuples; one number for an array without axes.
    """

    dtype: str
    items: Value


Value: TypeAlias = object
"""bool, int, float, str, bytes, None, Ellipsis, tuple and dict of these, Numbers, Raised or Unknown."""

_SHOWN_CHARACTERS = 60
_LARGEST_NUMBER = 8  # bytes


def plain(value: object) -> Value:
    """Rebuild a value from plain Python types.

    A learner's object may define ``==`` as it likes; what is rebuilt here compares as
    Python's own types do. NumPy scalars become numbers, lists become tuples, arrays :class:`Numbers`.

    Parameters
    ----------
    value : object
        Anything.

    Returns
    -------
    Value
        An :class:`Unknown` for every type that no check asks for.
    """
    if value is None or value is Ellipsis or type(value) in (bool, int, float, str, bytes, Raised, Unknown, Numbers):
        return value
    if type(value) in (list, tuple):
        return tuple(plain(item) for item in value)  # type: ignore[attr-defined]
    if type(value) is dict:
        return {plain(key): plain(item) for key, item in value.items() if type(key) in (str, int)}
    if type(value) is np.ndarray and value.dtype.kind in "biuf":
        known = value.astype(np.float64) if value.dtype.itemsize > _LARGEST_NUMBER else value
        return Numbers(known.dtype.name, plain(known.tolist()))
    if isinstance(value, np.generic) and type(value).__module__ == "numpy" and value.dtype.kind in "biufU":
        item = value.item()
        return plain(float(value) if type(item) is type(value) else item)  # Python has no longdouble
    return Unknown(type(value).__name__)


def same(expected: Value, got: Value, relative_tolerance: float = 0.0) -> bool:
    """Whether two plain values count as equal.

    An int and a float are equal when their numbers are; a bool equals only a bool. Two
    errors are equal when their class is. Tuples are compared item by item. The type of an array's
    numbers makes no difference, nor whether they come as an array or as a list.

    Parameters
    ----------
    expected, got : Value
        Plain values.
    relative_tolerance : float, default 0.0
        For numbers: the largest difference that counts as equal, relative to `expected`.
    """
    if isinstance(expected, Unknown) or isinstance(got, Unknown):
        return False
    expected, got = _items(expected), _items(got)
    if isinstance(expected, Raised) or isinstance(got, Raised):
        return isinstance(expected, Raised) and isinstance(got, Raised) and expected.kind == got.kind
    if isinstance(expected, bool) or isinstance(got, bool):
        return expected is got
    if isinstance(expected, int | float) and isinstance(got, int | float):
        return expected == got or _near(expected, got, relative_tolerance)
    return type(expected) is type(got) and _same_kind(expected, got, relative_tolerance)


def _same_kind(expected: Value, got: Value, relative_tolerance: float) -> bool:
    if isinstance(expected, tuple) and isinstance(got, tuple):
        pairs = zip(expected, got, strict=False)
        return len(expected) == len(got) and all(same(one, other, relative_tolerance) for one, other in pairs)
    if isinstance(expected, dict) and isinstance(got, dict):
        names = expected.keys()
        return names == got.keys() and all(same(expected[name], got[name], relative_tolerance) for name in names)
    return expected == got


def _items(value: Value) -> Value:
    return value.items if isinstance(value, Numbers) else value


def as_float(value: Value) -> float | None:
    """Turn a plain value into a finite float; None for what is no number, or too large, or not finite."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def _near(expected: float, got: float, relative_tolerance: float) -> bool:
    one, other = as_float(expected), as_float(got)
    return one is not None and other is not None and abs(one - other) <= relative_tolerance * abs(one)


def describe(value: object) -> str:
    """Write a value for a learner: short, on one line, thousands separated."""
    if type(value) in (list, tuple):
        return _describe_items(value)  # type: ignore[arg-type]
    value = value[: 4 * _SHOWN_CHARACTERS] if isinstance(value, str | bytes) else plain(value)
    if isinstance(value, Raised):
        return _shorten(f"{value.kind}: {value.text}" if value.text else value.kind)
    if isinstance(value, Unknown):
        return f"a value of type {value.kind}"
    if isinstance(value, Numbers):
        return _shorten(f"{describe(value.items)}, {value.dtype}")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _describe_number(value)
    return _shorten("`...`" if value is Ellipsis else repr(value))


def _describe_items(items: Sequence[object]) -> str:
    """Write items as far as they are shown: there may be a million of them."""
    told: list[str] = []
    for item in items:
        told.append(describe(item))
        if sum(len(one) + 2 for one in told) > 2 * _SHOWN_CHARACTERS:
            break
    return _shorten("(" + ", ".join(told) + ")")


def _describe_number(value: float) -> str:
    if as_float(value) is None:
        return f"an integer of {value.bit_length():,} bits" if isinstance(value, int) else str(value)
    if abs(value) < 1e15:
        return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"
    return f"{value:.6g}"


def _shorten(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"
