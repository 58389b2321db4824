"""Requantization in fewer bytes, proven to give the same codes as the exact one.

The exact step multiplies an accumulator by 31 bits and rounds twice: hundreds of cycles on an 8-bit chip. A narrow
step multiplies bytes, leaves out the least significant products, and takes the result from a whole byte::

    code = zero_point + (sum of a_i * m_j * 256**(i + j) over i + j >= lowest, + rounding) >> 8 * result

Both are monotone in the accumulator, so they are equal everywhere if they are equal on both sides of each of the at
most 255 accumulators where the exact code changes. :func:`narrow_requantization` searches multipliers and
rounding constants for which that holds, channel by channel, and checks it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from tinyml_course.fixed_point import multiply_by_quantized_multiplier
from tinyml_course.graph import Array
from tinyml_course.intervals import Interval

#: Distances from the nearest multiplier that are tried.
_STEPS = sorted(range(-6, 7), key=abs)
#: Stands for "no condition".
_FREE = 2**60


@dataclass(frozen=True)
class Requantization:
    """The exact step from accumulators to codes.

    Parameters
    ----------
    multiplier, shift : ndarray of int, shape (channels,)
        As in TensorFlow Lite; multipliers are not negative.
    zero_point : int
        Of the output.
    minimum, maximum : int
        Codes that the activation allows; both within int8.
    rounding : str
        ``"double"`` or ``"single"``.
    """

    multiplier: Array
    shift: Array
    zero_point: int
    minimum: int
    maximum: int
    rounding: str

    def codes(self, accumulators: Array) -> Array:
        """Return the codes of accumulators, shape (channels, n)."""
        scaled = multiply_by_quantized_multiplier(
            accumulators, self.multiplier[:, None], self.shift[:, None], self.rounding
        )
        return np.asarray(np.clip(scaled + self.zero_point, self.minimum, self.maximum))

    def thresholds(self, reach: Interval) -> Array:
        """Return where the codes change, shape (channels, maximum - minimum).

        Parameters
        ----------
        reach : Interval of shape (channels,)
            Accumulators that can occur.

        Returns
        -------
        ndarray of int64
            In column k the smallest accumulator in reach whose code is at least ``minimum + k + 1``; one more
            than the largest where none is.
        """
        wanted = np.arange(self.minimum + 1, self.maximum + 1)[None, :]
        shape = (len(self.multiplier), wanted.size)
        low = np.broadcast_to(reach.low[:, None], shape).astype(np.int64)
        high = np.broadcast_to(reach.high[:, None] + 1, shape).astype(np.int64)
        while (low < high).any():
            middle = (low + high) >> 1
            enough = self.codes(middle) >= wanted
            low, high = np.where(enough, low, np.minimum(middle + 1, high)), np.where(enough, middle, high)
        return np.asarray(low)


@dataclass(frozen=True)
class Form:
    """Which bytes a narrow step works with; one for all channels of a layer.

    Parameters
    ----------
    signed : bool
        False: negative accumulators give the smallest code. True: magnitudes are scaled, then the sign is put back.
    sum_bytes : int
        Bytes of the accumulator that are multiplied: 2 or 3.
    multiplier_bytes : int
        1 to 5.
    lowest : int
        Products that weigh less than ``256**lowest`` are left out.
    result : int
        The byte of the sum that is the result.
    rounding : tuple of (int, int)
        First byte and number of bytes of the rounding constant.
    """

    signed: bool
    sum_bytes: int
    multiplier_bytes: int
    lowest: int
    result: int
    rounding: tuple[int, int]

    @property
    def products(self) -> tuple[tuple[int, int], ...]:
        """Pairs of an accumulator's byte and a multiplier's byte, the least significant product first."""
        pairs = [(i, j) for i in range(self.sum_bytes) for j in range(self.multiplier_bytes)]
        return tuple(sorted((p for p in pairs if sum(p) >= self.lowest), key=sum))

    @property
    def parameter_bytes(self) -> int:
        """Bytes of flash for one channel."""
        return self.multiplier_bytes + self.rounding[1]

    @property
    def effort(self) -> int:
        """About the cycles of one result."""
        return 5 * len(self.products) + 3 * self.parameter_bytes

    def scale(self, magnitudes: Array, multipliers: Array) -> Array:
        """Sum of the products that are kept: magnitudes (channels, n), multipliers (channels,)."""
        m = multipliers[:, None]
        taken = magnitudes & ((1 << 8 * self.sum_bytes) - 1)
        total = np.asarray(taken * m)
        for j in range(min(self.lowest, self.multiplier_bytes)):
            left_out = taken & ((1 << 8 * (self.lowest - j)) - 1)  # the bytes of the accumulator that miss byte j
            total -= left_out * (m >> 8 * j & 255) << 8 * j
        return total


@dataclass(frozen=True)
class Narrow:
    """A proven narrow step.

    Parameters
    ----------
    exact : Requantization
        What it equals on `reach`.
    reach : Interval of shape (channels,)
        Accumulators for which it is proven.
    form : Form
        The bytes it works with.
    multipliers, roundings : ndarray of int64, shape (channels,)
        Constants of each channel.
    offsets : ndarray of int64, shape (channels,)
        Whole part of the rounding, to be added to the bias. Zero in a signed form.
    largest : int
        The largest result before it is limited to the allowed codes.
    """

    exact: Requantization
    reach: Interval
    form: Form
    multipliers: Array
    roundings: Array
    offsets: Array
    largest: int

    @property
    def above(self) -> int:
        """Limit of results above zero: the largest code minus the zero point."""
        return self.exact.maximum - self.exact.zero_point

    @property
    def below(self) -> int:
        """Limit of results below zero, positive; 0 in an unsigned form."""
        return self.exact.zero_point - self.exact.minimum

    @property
    def saturates(self) -> bool:
        """Whether an accumulator of more than two bytes means the largest code, so that two are multiplied."""
        return not self.form.signed and self.form.sum_bytes == 2 and int((self.reach.high + self.offsets).max()) > 65535

    def codes(self, accumulators: Array) -> Array:
        """Return the codes, computed as the chip does; accumulators (channels, n) as the exact step takes them."""
        a = accumulators + self.offsets[:, None]
        magnitudes = np.abs(a) if self.form.signed else np.maximum(a, 0)
        results = self.form.scale(magnitudes, self.multipliers) + self.roundings[:, None] >> 8 * self.form.result
        if self.form.signed:
            limited = np.where(a < 0, -np.minimum(results, self.below), np.minimum(results, self.above))
        else:
            limited = np.where(a < 0, 0, np.minimum(results, self.above))
        if self.saturates:
            limited = np.where(a > 65535, self.above, limited)
        return np.asarray(limited + self.exact.zero_point)

    def table(self) -> Array:
        """Return the constants as bytes, shape (channels, form.parameter_bytes): multiplier, then rounding."""
        first, count = self.form.rounding
        columns = [self.multipliers >> 8 * j & 255 for j in range(self.form.multiplier_bytes)]
        columns += [self.roundings >> 8 * (first + j) & 255 for j in range(count)]
        return np.stack(columns, axis=1)


def _forms(exact: Requantization, reach: Interval, sum_bytes: int) -> Iterator[Form]:
    """Forms that are wide enough for the factors and accumulators of a layer, in no order."""
    signed = exact.minimum != exact.zero_point
    factor = float((exact.multiplier * 2.0 ** (exact.shift - 31)).max())
    widest = int(np.abs(reach.low).max() if signed else 0) | int(np.maximum(reach.high, 0).max())
    for result in range(1, 6):
        size = -(-int(factor * 2 ** (8 * result) + len(_STEPS)).bit_length() // 8)
        for taken in range(2, sum_bytes + 1):
            if not 1 <= size <= 5 or (signed and widest >= 1 << 8 * taken):
                continue
            for lowest in range(min(result, size + 1)):
                last = result - 1 if signed else min(size, result) - 1
                for count in (1, 2, 3):
                    first = last - count + 1
                    if first >= lowest:
                        yield Form(signed, taken, size, lowest, result, (first, count))


@dataclass(frozen=True)
class _Conditions:
    """What a step on magnitudes must do: give at least result k here, and less than k there.

    Parameters
    ----------
    reached, before : ndarray of int64, shape (channels, conditions)
        Magnitudes with at least and with less than the result k; -1 where the accumulators cannot come there.
    results : ndarray of int64, shape (conditions,)
        The result k of each column.
    """

    reached: Array
    before: Array
    results: Array

    @classmethod
    def of(cls, exact: Requantization, reach: Interval) -> _Conditions:
        thresholds = exact.thresholds(reach)
        codes = np.arange(exact.minimum + 1, exact.maximum + 1)
        if exact.minimum == exact.zero_point:
            thresholds, codes = thresholds[:, codes > exact.zero_point], codes[codes > exact.zero_point]
        above = codes > exact.zero_point
        low, high = reach.low[:, None], reach.high[:, None]
        # Going down from zero, result k is reached where the code falls to zero_point - k.
        first, last = np.where(above, thresholds, thresholds - 1), np.where(above, thresholds - 1, thresholds)
        reached = np.where((low <= first) & (first <= high), np.where(above, first, -first), -1)
        before = np.where((low <= last) & (last <= high), np.where(above, last, -last), -1)
        return cls(reached, before, np.where(above, codes - exact.zero_point, exact.zero_point - codes + 1))

    def window(self, form: Form, m: Array, offsets: Array) -> tuple[Array, Array]:
        """Smallest rounding that is enough, and the smallest that is too much, for each channel."""
        level = self.results[None, :] << 8 * form.result
        reached = np.maximum(self.reached, 0) + offsets[:, None]
        before = np.maximum(self.before + offsets[:, None], 0)
        enough = np.where(self.reached >= 0, level - form.scale(reached, m), -_FREE)
        early = np.where(self.before >= 0, level - form.scale(before, m), _FREE)
        return enough.max(axis=1, initial=-_FREE), early.min(axis=1, initial=_FREE)


class _Candidates:
    """Multipliers near the exact ones and the roundings that they need, computed once for all forms of rounding."""

    def __init__(self, exact: Requantization, conditions: _Conditions) -> None:
        self._exact, self._conditions = exact, conditions
        self._kept: dict[tuple[Form, int], tuple[Array, Array, Array, Array]] = {}

    def at(self, form: Form, step: int) -> tuple[Array, Array, Array, Array]:
        """Multipliers, offsets, and for each the smallest rounding that is enough and that is too much."""
        key = replace(form, rounding=(0, 0)), step
        if key not in self._kept:
            self._kept[key] = self._compute(form, step)
        return self._kept[key]

    def _compute(self, form: Form, step: int) -> tuple[Array, Array, Array, Array]:
        nearest = np.rint(self._exact.multiplier * 2.0 ** (self._exact.shift - 31 + 8 * form.result)).astype(np.int64)
        m = np.maximum(nearest + step, 0)
        q = np.zeros(len(m), np.int64)
        needed, excess = self._conditions.window(form, m, q)
        if not form.signed:  # the whole part of the rounding moves into the bias
            q = np.maximum(needed, 0) // np.maximum(m, 1)
            needed, excess = self._conditions.window(form, m, q)
        return m, q, needed, excess


def _solve(form: Form, candidates: _Candidates) -> tuple[Array, Array, Array] | None:
    """Return multipliers, roundings and offsets that meet all conditions, or None."""
    first, count = form.rounding
    unit, top = 1 << 8 * first, 1 << 8 * (first + count)
    found: Array = np.zeros(0, bool)
    for step in _STEPS:
        m, q, needed, excess = candidates.at(form, step)
        r = -(-np.maximum(needed, 0) // unit) * unit
        good = (m < 1 << 8 * form.multiplier_bytes) & (r < top) & (r < excess)
        if step == _STEPS[0]:
            found, multipliers, roundings, offsets = good, m, r, q
        else:
            multipliers, roundings, offsets = (
                np.where(found, old, new) for old, new in ((multipliers, m), (roundings, r), (offsets, q))
            )
            found = found | good
        if found.all():
            return multipliers, roundings, offsets
        if step == _STEPS[0] and 4 * found.sum() < len(found) - 4:
            return None  # far from enough bits
    return None


def narrow_requantization(exact: Requantization, reach: Interval, sum_bytes: int = 3) -> Narrow | None:
    """Find the cheapest narrow step that equals the exact one on every reachable accumulator.

    Parameters
    ----------
    exact : Requantization
        The exact step.
    reach : Interval of shape (channels,)
        Accumulators that can occur.
    sum_bytes : {2, 3}
        Bytes that an accumulator is kept in.

    Returns
    -------
    Narrow or None
        None where no narrow step is proven: the exact step has to be used.
    """
    signed, limit = exact.minimum != exact.zero_point, 1 << 8 * sum_bytes - 1
    if not exact.minimum <= exact.zero_point < exact.maximum or (exact.multiplier < 0).any() or reach.largest >= limit:
        return None
    conditions = _Conditions.of(exact, reach)
    candidates = _Candidates(exact, conditions)
    for form in sorted(_forms(exact, reach, sum_bytes), key=lambda form: form.effort):
        solution = _solve(form, candidates)
        if solution is None:
            continue
        multipliers, roundings, offsets = solution
        ends = np.maximum(np.abs(reach.low), np.abs(reach.high)) if signed else np.maximum(reach.high + offsets, 0)
        if form.sum_bytes == 2:
            ends = np.minimum(ends, 65535)
        largest = int((ends * multipliers + roundings >> 8 * form.result).max())
        narrow = Narrow(exact, reach, form, multipliers, roundings, offsets, largest)
        if int((reach.high + offsets).max()) < limit and _equal(narrow, conditions):
            return narrow
    return None


def _equal(narrow: Narrow, conditions: _Conditions) -> bool:
    """Compare both steps where the code changes, one before, at the ends of the reach and around zero."""
    reach = narrow.reach
    steps = np.concatenate([conditions.reached, conditions.before], axis=1)
    around = np.broadcast_to(np.array([[-1, 0, 1]]), (len(steps), 3))
    points = [steps, -steps, around, 65536 - narrow.offsets[:, None], 65535 - narrow.offsets[:, None]]
    ends = np.stack([reach.low, reach.high], axis=1)
    inside = np.clip(np.concatenate(points, axis=1), ends[:, :1], ends[:, 1:])
    inside = np.concatenate([inside, ends], axis=1)
    return bool((narrow.codes(inside) == narrow.exact.codes(inside)).all())
