"""Fixed-point arithmetic as TensorFlow Lite does it: the primitives of every requantization, in NumPy.

A real factor is stored as an integer `multiplier` of 31 bits and a `shift`::

    factor ≈ multiplier / 2**31 * 2**shift        2**30 <= multiplier < 2**31, or multiplier == 0

There are three ways to apply it to an accumulator, and they differ in the last bit (:data:`ROUNDINGS`):

=========== ==========================================================================================
``double``  ``MultiplyByQuantizedMultiplier(int32)`` of TFLite and TFLite Micro: the product is rounded
            to 32 bits (halves away from zero), then shifted right (halves away from zero).
``single``  The same with ``TFLITE_SINGLE_ROUNDING``: one rounding, halves up.
``reduced`` ``MultiplyByQuantizedMultiplier(int64)``: a multiplier of 16 bits, one rounding, halves up.
=========== ==========================================================================================

Sources: ``tensorflow/lite/kernels/internal/common.cc``, ``quantization_util.cc`` and gemmlowp's
``fixedpoint/fixedpoint.h``. All functions take and give int64 arrays, and the callers prove that no int32 of
the C sources would overflow.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Integers = npt.NDArray[np.int64]

#: The ways to apply a multiplier and a shift.
ROUNDINGS = ("double", "single", "reduced")
INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1


def round_half_away(value: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Round to whole numbers, halves away from zero, as ``std::round`` does.

    Parameters
    ----------
    value : array_like of float
        Of magnitude below 2**52, so that adding a half is exact.
    """
    v = np.asarray(value, np.float64)
    whole = np.trunc(v)
    return np.asarray(whole + np.sign(v) * (np.abs(v - whole) >= 0.5))


def quantize_multiplier(factor: float) -> tuple[int, int]:
    """Split a factor into a 31-bit multiplier and a shift (``QuantizeMultiplier``).

    Parameters
    ----------
    factor : float
        Finite, not negative.

    Returns
    -------
    multiplier, shift : int
        A positive shift goes left. A factor below 2**-32 becomes ``(0, 0)``.
    """
    if factor == 0.0:
        return 0, 0
    fraction, shift = math.frexp(factor)
    multiplier = math.floor(fraction * 2**31 + 0.5)  # exact: the fraction has 53 bits
    if multiplier == 2**31:
        multiplier, shift = 2**30, shift + 1
    return (0, 0) if shift < -31 else (multiplier, shift)


def reduced_multiplier(multiplier: npt.ArrayLike) -> Integers:
    """Multipliers of 15 bits from those of 31, for ``reduced`` rounding; saturates at 32767."""
    m = np.asarray(multiplier, np.int64)
    return np.asarray(np.where(m < 0x7FFF0000, (m + (1 << 15)) >> 16, 0x7FFF))


def saturating_rounding_doubling_high_mul(a: npt.ArrayLike, b: npt.ArrayLike) -> Integers:
    """``(a * b) / 2**31`` to the nearest integer (gemmlowp ``SaturatingRoundingDoublingHighMul``).

    Halves go away from zero for a positive product and towards zero for a negative one, because C's division
    truncates after the nudge. Only ``-2**31 * -2**31`` saturates.
    """
    product = np.asarray(a, np.int64) * np.asarray(b, np.int64)
    nudged = product + np.where(product >= 0, 1 << 30, 1 - (1 << 30))
    return np.minimum(np.where(nudged >= 0, nudged >> 31, -(-nudged >> 31)), INT32_MAX)


def rounding_divide_by_pot(x: npt.ArrayLike, exponent: npt.ArrayLike) -> Integers:
    """``x / 2**exponent``, halves away from zero (gemmlowp ``RoundingDivideByPOT``); 0 <= exponent <= 31."""
    value, bits = np.asarray(x, np.int64), np.asarray(exponent, np.int64)
    mask = (np.int64(1) << bits) - 1
    threshold = (mask >> 1) + (value < 0)
    return np.asarray((value >> bits) + ((value & mask) > threshold))


def multiply_by_quantized_multiplier(
    x: npt.ArrayLike, multiplier: npt.ArrayLike, shift: npt.ArrayLike, rounding: str = "double"
) -> Integers:
    """Apply a multiplier and a shift to accumulators.

    Parameters
    ----------
    x : array_like of int
        Accumulators: int32 (``double``, ``single``), or below 2**47 in magnitude (``reduced``).
    multiplier, shift : array_like of int
        Broadcast against `x`. For ``reduced``, the multiplier has 15 bits (:func:`reduced_multiplier`).
    rounding : {"double", "single", "reduced"}
        See the module's docstring.
    """
    a, m, s = (np.asarray(v, np.int64) for v in (x, multiplier, shift))
    if rounding == "double":
        high = saturating_rounding_doubling_high_mul(a << np.maximum(s, 0), m)
        return rounding_divide_by_pot(high, np.maximum(-s, 0))
    if rounding not in ROUNDINGS:
        raise ValueError(f"rounding must be one of {', '.join(ROUNDINGS)}, got {rounding!r}.")
    right = (31 if rounding == "single" else 15) - s
    return np.asarray((a * m + (np.int64(1) << (right - 1))) >> right)


def exp_on_negative_values(a: npt.ArrayLike, integer_bits: int) -> Integers:
    """``exp(a)`` for a <= 0 (gemmlowp ``exp_on_negative_values``).

    Parameters
    ----------
    a : array_like of int
        Fixed point with `integer_bits` integer bits: a real value times ``2**(31 - integer_bits)``.
    integer_bits : int
        4 for the logistic function and tanh, 5 for softmax.

    Returns
    -------
    ndarray of int64
        Q0.31.
    """
    values = np.asarray(a, np.int64)
    fraction_bits = 31 - integer_bits
    quarter = 1 << (fraction_bits - 2)
    modulo = (values & (quarter - 1)) - quarter  # in [-1/4, 0)
    result = _exp_between_minus_a_quarter_and_0(_saturating_shift_left(modulo, integer_bits))
    remainder = modulo - values
    # exp(-2**e) in Q0.31 for e = -2 … 4
    factors = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)
    for exponent, factor in zip(range(-2, 5), factors, strict=True):
        if integer_bits > exponent:
            bit = 1 << (fraction_bits + exponent)
            result = np.where(remainder & bit, saturating_rounding_doubling_high_mul(result, factor), result)
    return np.where(values == 0, INT32_MAX, result)


def _exp_between_minus_a_quarter_and_0(a: Integers) -> Integers:
    """A Taylor polynomial around -1/8 (gemmlowp ``exp_on_interval_between_negative_one_quarter_and_0_excl``)."""
    mul, divide = saturating_rounding_doubling_high_mul, rounding_divide_by_pot
    x = a + (1 << 28)
    x2 = mul(x, x)
    x3, x4 = mul(x2, x), mul(x2, x2)
    polynomial = divide(mul(divide(x4, 2) + x3, 715827883) + x2, 1)  # (x**4 / 4 + x**3) / 3 + x**2, halved
    return 1895147668 + mul(1895147668, x + polynomial)  # exp(-1/8) = 1895147668 / 2**31


def _saturating_shift_left(x: npt.ArrayLike, bits: int) -> Integers:
    return np.asarray(np.clip(np.asarray(x, np.int64) << bits, INT32_MIN, INT32_MAX))


def _newton_raphson_reciprocal(half_denominator: Integers) -> Integers:
    """``1 / d`` in Q2.29 for d in [1/2, 1) in Q0.31: three Newton steps from 48/17 - 32/17 d."""
    mul = saturating_rounding_doubling_high_mul
    x = 1515870810 + mul(half_denominator, -1010580540)
    for _ in range(3):
        x = x + _saturating_shift_left(mul(x, (1 << 29) - mul(half_denominator, x)), 2)
    return x


def _rounding_half_sum_with_one(a: npt.ArrayLike) -> Integers:
    """``(a + 1) / 2`` in Q0.31, halves away from zero."""
    total = np.asarray(a, np.int64) + INT32_MAX
    return np.where(total >= 0, (total + 1) >> 1, -((1 - total) >> 1))


def one_over_one_plus_x(a: npt.ArrayLike) -> Integers:
    """``1 / (1 + a)`` for a in [0, 1), Q0.31 (gemmlowp ``one_over_one_plus_x_for_x_in_0_1``)."""
    return _saturating_shift_left(_newton_raphson_reciprocal(_rounding_half_sum_with_one(a)), 1)


def one_minus_x_over_one_plus_x(a: npt.ArrayLike) -> Integers:
    """``(1 - a) / (1 + a)`` for a in [0, 1), Q0.31 (gemmlowp ``one_minus_x_over_one_plus_x_for_x_in_0_1``)."""
    x = _newton_raphson_reciprocal(_rounding_half_sum_with_one(a))
    return _saturating_shift_left(x - (1 << 29), 2)
