"""Interval arithmetic on integers: how large a result can get, whatever the input.

Used twice: to choose shifts when a model is converted, and to prove, when it is exported, that no
accumulator on the chip can overflow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Interval:
    """Bounds of each element of an array of integers.

    Parameters
    ----------
    low, high : ndarray of int64, same shape
        Smallest and largest value that can occur.
    """

    low: Array
    high: Array

    @property
    def largest(self) -> int:
        """Largest absolute value."""
        return int(max(np.abs(self.low).max(initial=0), np.abs(self.high).max(initial=0)))

    def shift_right(self, bits: int) -> Interval:
        """Bounds after a rounding shift, ``(v + half) >> bits``; rounds halves up."""
        half = (1 << bits) >> 1
        return Interval((self.low + half) >> bits, (self.high + half) >> bits)

    def clip(self, limit: int) -> Interval:
        """Bounds after clipping to ``-limit … limit``."""
        return Interval(np.clip(self.low, -limit, limit), np.clip(self.high, -limit, limit))


def intersect(a: Interval, b: Interval) -> Interval:
    """Both bounds hold, so the tighter one does."""
    return Interval(np.maximum(a.low, b.low), np.minimum(a.high, b.high))


def linear(weights: Array, x: Interval) -> Interval:
    """Bounds of ``weights @ x`` *and of every partial sum*, in any order of summation.

    Parameters
    ----------
    weights : ndarray of int, shape (..., n)
        The matrix; the last axis is summed.
    x : Interval of shape (n,)
        The inputs' bounds.
    """
    w = weights.astype(np.int64)
    a, b = w * x.low, w * x.high
    # A partial sum leaves terms out, so a term that cannot reach zero counts as if it could.
    low = np.minimum(np.minimum(a, b), 0).sum(axis=-1)
    high = np.maximum(np.maximum(a, b), 0).sum(axis=-1)
    return Interval(low, high)


def linear_of_shifted(outer: Array, inner: Array, x: Interval, shift: int) -> Interval:
    """Bounds of ``outer @ ((inner @ x + half) >> shift)``, taking the two products together.

    The inner results depend on the same inputs, so they cannot all be extreme at once: bounds of the
    composed matrix ``outer @ inner`` are several times tighter than those of one stage after the other.
    Each rounding shift is off by less than a half, which the bounds allow for.

    Parameters
    ----------
    outer : ndarray of int, shape (..., m)
        Second matrix.
    inner : ndarray of int, shape (m, n)
        First matrix.
    x : Interval of shape (n,)
        The inputs' bounds.
    shift : int
        The rounding right shift between the two.
    """
    composed = outer.astype(np.int64) @ inner.astype(np.int64)
    a, b = composed * x.low, composed * x.high
    rounding = np.abs(outer.astype(np.int64)).sum(axis=-1) << shift  # twice the largest error, times 2**shift
    low = 2 * np.minimum(a, b).sum(axis=-1) - rounding
    high = 2 * np.maximum(a, b).sum(axis=-1) + rounding
    return Interval(low >> (shift + 1), -(-high >> (shift + 1)))


def product(a: Interval, b: Interval) -> Interval:
    """Bounds of the elementwise product."""
    corners = np.stack([a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high])
    return Interval(corners.min(axis=0), corners.max(axis=0))
