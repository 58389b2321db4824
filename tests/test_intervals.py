"""Bounds hold for every input, and are reached."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tinyml_course.intervals import Interval, intersect, linear, linear_of_shifted, product

small = st.integers(-20, 20)


def matrices(rows, columns):
    return hnp.arrays(np.int64, (rows, columns), elements=small)


@given(matrices(3, 4), matrices(2, 4), matrices(5, 4))
def test_linear_bounds_every_partial_sum(weights, ends, samples):
    bounds = Interval(ends.min(axis=0), ends.max(axis=0))
    sums = linear(weights, bounds)
    for x in np.clip(samples, bounds.low, bounds.high):
        partial = np.cumsum(weights * x, axis=1)
        assert (partial >= sums.low[:, None]).all()
        assert (partial <= sums.high[:, None]).all()


@given(matrices(2, 3), matrices(3, 4), matrices(2, 4), matrices(6, 4), st.integers(0, 5))
def test_two_stages_together(outer, inner, ends, samples, shift):
    x = Interval(ends.min(axis=0), ends.max(axis=0))
    joint = linear_of_shifted(outer, inner, x, shift)
    staged = linear(outer, linear(inner, x).shift_right(shift))
    both = intersect(joint, staged)
    assert (both.low >= staged.low).all() and (both.high <= staged.high).all()
    for sample in np.clip(samples, x.low, x.high):
        z = (inner @ sample + ((1 << shift) >> 1)) >> shift
        assert (both.low <= outer @ z).all()
        assert (outer @ z <= both.high).all()


def test_two_stages_together_are_tighter():
    # The inner results are opposite, so their sum is always zero; stage by stage nobody knows.
    inner, outer = np.array([[5], [-5]]), np.array([[1, 1]])
    x = Interval(np.array([-10]), np.array([10]))
    assert linear(outer, linear(inner, x)).largest == 100
    assert linear_of_shifted(outer, inner, x, 0).largest == 1


@given(small, small, small, small)
def test_products(a, b, c, d):
    x, y = (Interval(np.array([min(p)]), np.array([max(p)])) for p in ((a, b), (c, d)))
    bounds = product(x, y)
    reached = [i * j for i in range(min(a, b), max(a, b) + 1) for j in range(min(c, d), max(c, d) + 1)]
    assert (bounds.low[0], bounds.high[0]) == (min(reached), max(reached))


@pytest.mark.parametrize(("value", "bits", "expected"), [(7, 1, 4), (-7, 1, -3), (8, 3, 1), (-4, 3, 0), (5, 0, 5)])
def test_rounding_shift(value, bits, expected):
    assert Interval(np.array([value]), np.array([value])).shift_right(bits).low[0] == expected
