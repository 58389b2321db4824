"""Integer multipliers that round like LiteRT's float64: compared over every accumulator."""

from __future__ import annotations

import numpy as np
import pytest

from tinyml_course.convert.tflite_single import float_thresholds, single_rounding
from tinyml_course.errors import ConversionError
from tinyml_course.fixed_point import multiply_by_quantized_multiplier, round_half_away
from tinyml_course.intervals import Interval


def by_definition(accumulators, factor, zero_point, ends):
    return np.clip(round_half_away(accumulators * factor).astype(np.int64) + zero_point, *ends)


@pytest.mark.parametrize("seed", range(20))
def test_every_accumulator_rounds_as_float64_does(seed):
    rng = np.random.default_rng(seed)
    channels = 5
    low = -rng.integers(0, 60_000, channels)
    high = rng.integers(0, 60_000, channels)
    if seed % 3 == 0:  # accumulators of one sign only
        low, high = low - 70_000, high - 65_000
        low, high = np.minimum(low, high), np.maximum(low, high)
    factors = np.exp2(rng.uniform(-14, -2, channels))
    if seed % 2:
        factors = np.exp2(np.round(np.log2(factors)))  # powers of two: ties everywhere
    zero_point, ends = int(rng.integers(-128, 128)), (-128, 127)
    multiplier, shift = single_rounding(factors, Interval(low, high), zero_point, ends, "test")
    for c in range(channels):
        accumulators = np.arange(low[c], high[c] + 1)
        got = multiply_by_quantized_multiplier(accumulators, multiplier[c], shift[c], "single") + zero_point
        np.testing.assert_array_equal(np.clip(got, *ends), by_definition(accumulators, factors[c], zero_point, ends))
    assert (multiplier > 0).all() and (multiplier < 2**31).all()


def test_one_factor_serves_all_channels():
    sums = Interval(np.array([-9000, -50]), np.array([10, 7000]))
    multiplier, shift = single_rounding(np.array([0.0123]), sums, 3, (3, 127), "test")
    assert multiplier.shape == shift.shape == (1,)
    accumulators = np.arange(-9000, 7001)
    got = multiply_by_quantized_multiplier(accumulators, multiplier, shift, "single") + 3
    np.testing.assert_array_equal(np.clip(got, 3, 127), by_definition(accumulators, 0.0123, 3, (3, 127)))


def test_thresholds_of_one_half():
    # Halves go away from zero: 0.5 a reaches 1 at a = 1, 0 at a = 0 (a = -1 gives -1), -1 at a = -2
    thresholds = float_thresholds(np.array([0.5]), np.array([-10]), np.array([10]), np.array([-1, 0, 1, 5, 6]))
    assert thresholds.tolist() == [[-2, 0, 1, 9, 11]]


def test_no_multiplier_is_an_error():
    wide = Interval(np.array([-(2**30)]), np.array([2**30]))
    with pytest.raises(ConversionError, match='rounding="tflm"'):
        single_rounding(np.array([1.2345678901234 * 2**-15]), wide, 0, (-(2**15), 2**15 - 1), "operator 1")


@pytest.mark.parametrize("factor", [np.nan, np.inf, 2.0**30])
def test_factors_out_of_range(factor):
    with pytest.raises(ConversionError, match="out of range"):
        single_rounding(np.array([factor]), Interval(np.array([-9]), np.array([9])), 0, (-128, 127), "operator 1")
