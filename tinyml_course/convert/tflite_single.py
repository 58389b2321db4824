"""An integer multiplier and shift that give what LiteRT's float64 requantization gives, proven for each channel.

Since April 2025 LiteRT's reference kernel of FULLY_CONNECTED computes
``round(float64(accumulator) * factor)``, halves away from zero (``reference_integer_ops::FullyConnected`` and
``FullyConnectedPerChannel`` with scales in ``integer_ops/fully_connected.h``). No chip of this course should do
that. Both that and the single rounding ``(accumulator * multiplier + 2**(s - 1)) >> s`` with ``s = 31 - shift``
are monotone steps, so they are equal wherever they have the same thresholds: at most 255 (int16: 65,535) of
them lie within the output's range. For a given s each threshold bounds the multiplier from both sides, so the
multipliers that are right everywhere are one interval of integers, found exactly.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tinyml_course.errors import ConversionError
from tinyml_course.fixed_point import round_half_away
from tinyml_course.intervals import Interval

Array = npt.NDArray[Any]


#: Thresholds that are looked for at once; bounds the memory of int16 models.
_CHUNK = 1 << 18
#: Bits given up before a channel counts as impossible: fewer bits make a coarser multiplier.
_FEWER_BITS = 6


def float_thresholds(factors: Array, low: Array, high: Array, results: Array) -> Array:
    """Smallest accumulator whose rounded product reaches each result.

    Parameters
    ----------
    factors : ndarray of float64, shape (O,)
        Above zero.
    low, high : ndarray of int64, shape (O,)
        The accumulators that can occur.
    results : ndarray of int64, shape (R,)
        Rounded products (before the zero point is added).

    Returns
    -------
    ndarray of int64, shape (O, R)
        ``low`` where every accumulator reaches it, ``high + 1`` where none does.
    """
    first, end, factor = low[:, None], high[:, None] + 1, factors[:, None]

    def reaches(accumulator: Array) -> Array:
        return round_half_away(accumulator * factor) >= results

    # A division finds the threshold to within rounding errors; where it does not, all accumulators are searched.
    guess = np.clip((results - 0.5) / factor, first - 2.0, end + 2.0).astype(np.int64)
    left, right = np.clip(guess - 2, first, end), np.clip(guess + 2, first, end)
    left = np.where((left > first) & reaches(left - 1), first, left)
    right = np.where((right < end) & ~reaches(right), end, right)
    while np.any(left < right):  # bisection: all thresholds at once
        middle = (left + right) >> 1
        reached = reaches(middle)
        open_ = left < right
        right = np.where(open_ & reached, middle, right)
        left = np.where(open_ & ~reached, middle + 1, left)
    return np.asarray(left)


def _multipliers(thresholds: Array, results: Array, low: Array, high: Array, bits: Array) -> tuple[Array, Array]:
    """The integers m for which ``(a * m + 2**(bits - 1)) >> bits`` has these thresholds: from, to, by channel.

    With ``b = (2 * result - 1) * 2**(bits - 1)``, a result is reached where ``a * m >= b``. That must hold at
    the threshold (unless it is never reached) and fail at the accumulator before it (unless there is none).
    Both are linear in m: a positive accumulator bounds it from one side, a negative one from the other.
    """
    bound = (2 * results - 1) << (bits[:, None] - 1)
    before = thresholds - 1
    reached, exists = thresholds <= high[:, None], before >= low[:, None]
    nothing, everything = np.int64(1), np.int64(2**31 - 1)
    safe, safe_before = (np.where(a == 0, 1, a) for a in (thresholds, before))
    up, down = -(-bound // safe), bound // safe  # at the threshold: a * m >= b
    up_before, down_before = -((1 - bound) // safe_before), (bound - 1) // safe_before  # a * m <= b - 1
    least = np.where(reached & (thresholds > 0), up, nothing).max(axis=1, initial=1)
    least = np.maximum(least, np.where(exists & (before < 0), up_before, nothing).max(axis=1, initial=1))
    most = np.where(reached & (thresholds < 0), down, everything).min(axis=1, initial=everything)
    most = np.minimum(most, np.where(exists & (before > 0), down_before, everything).min(axis=1, initial=everything))
    impossible = (reached & (thresholds == 0) & (bound > 0)) | (exists & (before == 0) & (bound <= 0))
    return least, np.where(impossible.any(axis=1), 0, most)


def _channels(factors: Array, low: Array, high: Array, results: Array) -> tuple[Array, Array]:
    """Multipliers and the bits they are shifted right by; 0 bits where there is no such multiplier."""
    thresholds = float_thresholds(factors, low, high, results)
    width = int(np.abs(2 * results - 1).max(initial=1)).bit_length()
    natural = np.minimum(31 - np.frexp(factors)[1].astype(np.int64), 62 - width)  # keeps m below 2**31, b below 2**62
    multiplier, chosen = np.zeros(len(factors), np.int64), np.zeros(len(factors), np.int64)
    for fewer in range(_FEWER_BITS):
        bits = natural - fewer
        if bits.min() < 1:
            break
        least, most = _multipliers(thresholds, results, low, high, bits)
        nominal = np.rint(np.ldexp(factors, bits)).astype(np.int64)
        found = (chosen == 0) & (least <= most)
        multiplier = np.where(found, np.clip(nominal, least, most), multiplier)
        chosen = np.where(found, bits, chosen)
        if chosen.all():
            break
    return multiplier, chosen


def single_rounding(
    factors: Array, sums: Interval, zero_point: int, ends: tuple[int, int], what: str
) -> tuple[Array, Array]:
    """Multipliers and shifts for rounding ``single``, equal to LiteRT's float64 over all accumulators.

    Parameters
    ----------
    factors : ndarray of float64, shape (1,) or (O,)
        Input scale times weight scale over output scale.
    sums : Interval of shape (O,)
        Accumulators that can occur, bias included.
    zero_point : int
        Of the output.
    ends : tuple of int
        Smallest and largest output code, after the activation.
    what : str
        The operator, for messages.

    Returns
    -------
    multiplier, shift : ndarray of int64
        Of shape (1,) where one factor serves all channels, else (O,).

    Raises
    ------
    ConversionError
        If no multiplier of 31 bits gives the same integers.
    """
    results = np.arange(ends[0] + 1, ends[1] + 1, dtype=np.int64) - zero_point
    low, high = sums.low.astype(np.int64), sums.high.astype(np.int64)
    largest = float(max(abs(int(low.min())), abs(int(high.max())))) * float(factors.max())
    if not (np.isfinite(factors).all() and factors.min() > 2.0**-60 and largest < 2.0**31 - 2**16):
        raise ConversionError(f"{what}: a factor from accumulator to output is out of range.")
    if len(factors) == 1:  # one factor: the widest interval of accumulators holds all of them
        low, high = low.min(keepdims=True), high.max(keepdims=True)
    step = max(1, _CHUNK // max(1, len(results)))
    multiplier, bits = np.zeros(len(factors), np.int64), np.zeros(len(factors), np.int64)
    for i in range(0, len(factors), step):
        part = slice(i, i + step)
        multiplier[part], bits[part] = _channels(factors[part], low[part], high[part], results)
        if not bits[part].all():
            channel = i + int(np.argmin(bits[part]))
            raise ConversionError(
                f"{what}: no 31-bit multiplier rounds like LiteRT's float64 for accumulators from {low[channel]} to "
                f'{high[channel]} and factor {factors[channel]:g}. Use rounding="tflm", which is what a '
                "microcontroller runs."
            )
    return multiplier, 31 - bits
