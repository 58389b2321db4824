"""Search for the range with the smallest mean squared error: what is worth clipping, so that steps are finer."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from tinyml_course.convert.affine import code_limits, measure_error, range_encoding, symmetric_encoding
from tinyml_course.errors import InputError
from tinyml_course.graph import Array, Encoding

#: Values that the search looks at, at most: evenly spaced ones of the sorted values.
SAMPLE = 2048
_POINTS = 16
_ROUNDS = 5


def fitted_encoding(x: npt.ArrayLike, bits: int = 8, *, symmetric: bool = False, percent: float = 100.0) -> Encoding:
    """Return the encoding whose range holds the middle of the values, and zero.

    Parameters
    ----------
    x : array_like
        Real values.
    bits : int, default 8
        Of one code.
    symmetric : bool, default False
        Zero point 0; the range holds so many percent of the magnitudes.
    percent : float, default 100
        How much of the values to hold. 100 gives the range from minimum to maximum.

    Raises
    ------
    InputError
        If `percent` is not above 0 and at most 100.
    """
    if not 0 < percent <= 100:
        raise InputError(f"Expected a percentage above 0 and at most 100, got {percent}.")
    values = np.asarray(x, np.float32)
    if symmetric:
        return symmetric_encoding(float(np.percentile(np.abs(values), percent)), bits)
    rest = (100 - percent) / 2
    low, high = np.percentile(values, [rest, 100 - rest])
    return range_encoding(float(low), float(high), bits)


def best_encoding(x: npt.ArrayLike, bits: int = 8, *, symmetric: bool = False) -> Encoding:
    """Search for the encoding with the smallest mean squared error; zero is one of its values.

    A grid over both ends of the range, each a part of the minimum or maximum, then finer grids around the best.

    Parameters
    ----------
    x : array_like
        Real values.
    bits : int, default 8
        Of one code.
    symmetric : bool, default False
        Search among those with zero point 0.

    Returns
    -------
    Encoding
        Never worse than the range from minimum to maximum.
    """
    values = np.asarray(x, np.float32)
    whole = fitted_encoding(values, bits, symmetric=symmetric)
    ordered = np.sort(values, axis=None).astype(np.float64)
    sample = ordered[np.linspace(0, ordered.size - 1, min(SAMPLE, ordered.size)).astype(int)]
    low, high = min(0.0, float(ordered[0])), max(0.0, float(ordered[-1]))
    if symmetric:
        largest = max(-low, high)
        _, share = _search(sample, 0.0, largest, lambda _, top: _symmetric(top, bits), bits)
        found = [symmetric_encoding(share * largest, bits)]
    else:
        shares = _search(sample, low, high, lambda bottom, top: _affine(bottom, top, bits), bits)
        found = [range_encoding(shares[0] * low, shares[1] * high, bits), best_encoding(values, bits, symmetric=True)]
    return min([whole, *found], key=lambda encoding: measure_error(values, encoding, bits).mean_squared)


def _search(
    sample: Array, low: float, high: float, make: Callable[[Array, Array], tuple[Array, Array]], bits: int
) -> tuple[float, float]:
    """Return the shares of both ends that give the smallest error; an end of 0 stays."""
    best, step = (1.0, 1.0), 1.0 / _POINTS
    around = np.arange(1 - _POINTS, 1)
    for _ in range(_ROUNDS):
        shares = [
            np.clip(best[i] + around * step, step, 1.0) if end else np.ones(1) for i, end in enumerate((low, high))
        ]
        pairs = [grid.ravel() for grid in np.meshgrid(*shares)]
        errors = _squared_errors(sample, *make(pairs[0] * low, pairs[1] * high), bits)
        chosen = int(errors.argmin())
        best = float(pairs[0][chosen]), float(pairs[1][chosen])
        step /= 4
        around = np.arange(-_POINTS // 2, _POINTS // 2 + 1)
    return best


def _affine(low: Array, high: Array, bits: int) -> tuple[Array, Array]:
    """Scales and zero points of many ranges."""
    lowest, highest = code_limits(bits)
    scales = np.maximum((high - low) / (highest - lowest), np.finfo(np.float32).tiny)
    return scales, lowest - np.rint(low / scales)


def _symmetric(high: Array, bits: int) -> tuple[Array, Array]:
    scales = np.maximum(high / code_limits(bits)[1], np.finfo(np.float32).tiny)
    return scales, np.zeros_like(scales)


def _squared_errors(sample: Array, scales: Array, zero_points: Array, bits: int) -> Array:
    """Mean squared error of each candidate; a preview in float64, which ranks them."""
    lowest, highest = code_limits(bits)
    codes = np.clip(np.rint(sample[:, None] / scales) + zero_points, lowest, highest)
    errors: Array = ((scales * (codes - zero_points) - sample[:, None]) ** 2).mean(axis=0)
    return errors
