"""Interval arithmetic on integers: how large can a result get, whatever the input?

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


def product(a: Interval, b: Interval) -> Interval:
    """Bounds of the elementwise product."""
    corners = np.stack([a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high])
    return Interval(corners.min(axis=0), corners.max(axis=0))
