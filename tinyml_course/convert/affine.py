"""Quantization one tensor at a time: choose a scale and a zero point, round, and measure what was lost.

::

    code = saturate(round(x / scale) + zero_point)        saturate: limit to the lowest and highest code
    x'   = scale * (code - zero_point)

Codes are signed: b bits give -2^(b-1) ... 2^(b-1) - 1. Rounding is TFLite's: of the float32 quotient, halves away
from zero (:func:`tinyml_course.convert.encode.quantize_values`). Scales are float32 values.

Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference",
CVPR 2018, section 2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyml_course.convert.encode import quantize_values
from tinyml_course.errors import InputError
from tinyml_course.graph import Array, Encoding

#: Fewest and most bits of one code.
FEWEST_BITS, MOST_BITS = 2, 16
_WIDEST = np.dtype(np.int16)


def code_limits(bits: int) -> tuple[int, int]:
    """Return the lowest and the highest signed code.

    Raises
    ------
    InputError
        For fewer than 2 or more than 16 bits.
    """
    if not FEWEST_BITS <= bits <= MOST_BITS:
        raise InputError(f"Expected {FEWEST_BITS} to {MOST_BITS} bits, got {bits}.")
    return -(1 << (bits - 1)), (1 << (bits - 1)) - 1


def range_encoding(low: float, high: float, bits: int = 8, *, with_zero: bool = True) -> Encoding:
    """Spread all codes over a range of real values.

    Parameters
    ----------
    low, high : float
        Ends of the range.
    bits : int, default 8
        Of one code.
    with_zero : bool, default True
        Widen the range until it holds zero, as TFLite does. Without, zero may be no code's value.

    Returns
    -------
    Encoding
        Its zero point is an integer, so the range moves by up to half a step from what was asked.

    Raises
    ------
    InputError
        If an end is no finite number, or the ends are in the wrong order.
    """
    lowest, highest = code_limits(bits)
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        raise InputError(f"Expected a range of two finite numbers, the lower one first, got {low} to {high}.")
    if with_zero:
        low, high = min(0.0, low), max(0.0, high)
    scale = _scale((high - low) / (highest - lowest))
    zero_point = lowest - round(low / scale)
    return Encoding(scale, min(max(zero_point, lowest), highest) if with_zero else zero_point)


def symmetric_encoding(largest: float, bits: int = 8) -> Encoding:
    """Spread the codes evenly around zero: the highest one stands for `largest`, the zero point is 0."""
    return Encoding(_scale(abs(largest) / code_limits(bits)[1]))


def channel_encoding(x: npt.ArrayLike, bits: int = 8, axis: int = 0) -> Encoding:
    """Return a symmetric encoding with a scale for each index along `axis`, from its largest magnitude."""
    values = np.moveaxis(_numbers(x), axis, 0)
    largest = np.abs(values.reshape(len(values), -1)).max(axis=1)
    return Encoding(tuple(_scale(float(top) / code_limits(bits)[1]) for top in largest), axis=axis)


def covered_range(encoding: Encoding, bits: int = 8) -> tuple[float, float]:
    """Real values of the lowest and the highest code."""
    lowest, highest = code_limits(bits)
    scale, zero_point = encoding.one_scale, encoding.zero_point
    return scale * (lowest - zero_point), scale * (highest - zero_point)


def to_codes(x: npt.ArrayLike, encoding: Encoding, bits: int = 8) -> npt.NDArray[np.int16]:
    """Quantize: the code of each real value, same shape.

    Parameters
    ----------
    x : array_like
        Real values; they become float32 first.
    encoding : Encoding
        One scale, or a scale for each index along an axis.
    bits : int, default 8
        Of one code.
    """
    values = _numbers(x)
    lowest, highest = code_limits(bits)
    codes = np.empty(values.shape, _WIDEST)
    for part, one in _parts(values, codes, encoding):
        part[1][...] = quantize_values(part[0], one, _WIDEST)
    return np.clip(codes, lowest, highest)


def to_reals(codes: npt.ArrayLike, encoding: Encoding) -> npt.NDArray[np.float64]:
    """Dequantize: the real value each code stands for, same shape."""
    integers = np.asarray(codes, np.int64)
    reals = np.empty(integers.shape)
    for part, one in _parts(integers, reals, encoding):
        part[1][...] = one.one_scale * (part[0] - one.zero_point)
    return reals


@dataclass(frozen=True)
class QuantizationError:
    """What quantization does to a set of values. The error of x is ``x' - x``.

    Parameters
    ----------
    mean, largest : float
        Of the error's magnitude.
    rounding, clipping : float
        Mean squared error, split: from values inside the range and from values that were clipped. Their sum
        is the whole.
    clipped : int
        Values more than half a step outside the range.
    count : int
        Values in all.
    codes_used, codes : int
        Different codes that occur, and how many there are.
    signal : float
        Mean square of the values.
    zero_error : float
        How far the nearest code is from the real number zero; 0 if zero is exactly representable.
    """

    mean: float
    largest: float
    rounding: float
    clipping: float
    clipped: int
    count: int
    codes_used: int
    codes: int
    signal: float
    zero_error: float

    @property
    def mean_squared(self) -> float:
        """Mean squared error."""
        return self.rounding + self.clipping

    @property
    def snr_db(self) -> float:
        """Signal-to-noise ratio in decibels: ``10 log10(signal / mean squared error)``; infinite without error."""
        if not self.mean_squared:
            return math.inf
        return 10 * math.log10(self.signal / self.mean_squared) if self.signal else -math.inf

    @property
    def zero_is_exact(self) -> bool:
        """Whether a code stands for exactly zero."""
        return self.zero_error == 0


def measure_error(x: npt.ArrayLike, encoding: Encoding, bits: int = 8) -> QuantizationError:
    """Quantize, dequantize, and compare with what was there.

    Parameters
    ----------
    x : array_like
        Real values, at least one.
    encoding : Encoding
        One scale, or a scale for each index along an axis.
    bits : int, default 8
        Of one code.
    """
    values = _numbers(x).astype(np.float64)
    codes = to_codes(values, encoding, bits)
    errors = to_reals(codes, encoding) - values
    outside = np.zeros(values.shape, bool)
    for part, one in _parts(values, outside, encoding):
        low, high = covered_range(one, bits)
        half = one.one_scale / 2
        part[1][...] = (part[0] < low - half) | (part[0] > high + half)
    squares = errors**2
    zero = to_reals(to_codes([0.0], _one(encoding), bits), _one(encoding))
    return QuantizationError(
        mean=float(np.abs(errors).mean()),
        largest=float(np.abs(errors).max()),
        rounding=float(squares[~outside].sum() / values.size),
        clipping=float(squares[outside].sum() / values.size),
        clipped=int(outside.sum()),
        count=values.size,
        codes_used=len(np.unique(codes)),
        codes=1 << bits,
        signal=float((values**2).mean()),
        zero_error=float(abs(zero[0])),
    )


def _numbers(x: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Finite numbers as float32, at least one."""
    values = np.asarray(x)
    if values.dtype.kind not in "iufb" or not values.size:
        raise InputError(f"Expected at least one number, got {values.dtype} of shape {values.shape}.")
    with np.errstate(over="ignore"):
        values = values.astype(np.float32)
    if not np.isfinite(values).all():
        raise InputError("Expected finite float32 numbers, got values that are NaN or infinite.")
    return values


def _scale(step: float) -> float:
    """The step as a float32; 1 where there is nothing to tell apart."""
    return float(np.float32(step)) or 1.0


def _one(encoding: Encoding) -> Encoding:
    return Encoding(encoding.scale[0]) if isinstance(encoding.scale, tuple) else encoding


def _parts(source: Array, target: Array, encoding: Encoding) -> list[tuple[tuple[Any, Any], Encoding]]:
    """Pairs of views into both arrays that share one scale, and that scale's encoding."""
    if not isinstance(encoding.scale, tuple):
        return [((source, target), encoding)]
    axis = encoding.axis or 0
    if source.ndim <= axis or source.shape[axis] != len(encoding.scale):
        raise InputError(f"Expected {len(encoding.scale)} channels along axis {axis}, got shape {source.shape}.")
    rows, results = np.moveaxis(source, axis, 0), np.moveaxis(target, axis, 0)
    return [
        ((rows[i, ...], results[i, ...]), Encoding(scale, encoding.zero_point))
        for i, scale in enumerate(encoding.scale)
    ]
