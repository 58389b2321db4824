"""Scale and zero point by hand: round, saturate, come back, and measure."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tinyml_course.convert.affine import (
    channel_encoding,
    code_limits,
    covered_range,
    measure_error,
    range_encoding,
    symmetric_encoding,
    to_codes,
    to_reals,
)
from tinyml_course.convert.affine_search import best_encoding, fitted_encoding
from tinyml_course.errors import InputError
from tinyml_course.graph import Encoding

EVERY_BITS = [2, 3, 4, 5, 6, 7, 8, 16]


def test_eight_numbers_by_hand():
    encoding = Encoding(0.5, 1)
    codes = to_codes([-5.0, -1.0, -0.25, 0.0, 0.2, 0.25, 1.0, 9.0], encoding, 4)
    # x / 0.5 = -10, -2, -0.5, 0, 0.4, 0.5, 2, 18; halves away from zero; + 1; limited to -8 ... 7
    assert codes.tolist() == [-8, -1, 0, 1, 1, 2, 3, 7]
    assert to_reals(codes, encoding).tolist() == [-4.5, -1.0, -0.5, 0.0, 0.0, 0.5, 1.0, 3.0]


def test_the_error_of_four_numbers_by_hand():
    found = measure_error([0.5, 0.75, -5.0, 0.0], Encoding(0.5, 1), 4)
    # The range is -4.5 ... 3.0. Errors: 0, 0.25, 0.5 (clipped), 0.
    assert (found.mean, found.largest) == (0.1875, 0.5)
    assert (found.rounding, found.clipping, found.mean_squared) == (0.0625 / 4, 0.25 / 4, 0.078125)
    assert (found.clipped, found.count, found.codes_used, found.codes) == (1, 4, 4, 16)
    assert found.signal == (0.25 + 0.5625 + 25) / 4
    assert found.snr_db == pytest.approx(10 * math.log10(found.signal / 0.078125))
    assert found.zero_is_exact


def test_no_error_is_an_infinite_ratio_and_no_signal_none():
    assert measure_error([0.5, 1.0], Encoding(0.5)).snr_db == math.inf
    assert measure_error([0.0], Encoding(1.0, 200)).snr_db == -math.inf


def test_zero_outside_the_range_is_not_exact():
    encoding = range_encoding(1.0, 2.0, with_zero=False)
    assert encoding.zero_point < -128
    found = measure_error([1.5], encoding)
    assert not found.zero_is_exact
    assert found.zero_error == pytest.approx(1.0, abs=encoding.one_scale)
    assert range_encoding(1.0, 2.0) == range_encoding(0.0, 2.0)


@pytest.mark.parametrize("bits", EVERY_BITS)
def test_the_ends_of_a_range_are_covered(bits):
    lowest, highest = code_limits(bits)
    assert (lowest, highest, highest - lowest + 1) == (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1, 2**bits)
    encoding = range_encoding(-1.0, 3.0, bits)
    low, high = covered_range(encoding, bits)
    half = encoding.one_scale / 2 * (1 + 1e-3)
    assert abs(low + 1) <= half and abs(high - 3) <= half
    assert to_codes([-1.0, 3.0], encoding, bits).tolist() in ([lowest, highest], [lowest, highest - 1])


@given(
    values=st.lists(st.floats(-1e6, 1e6, width=32, allow_subnormal=False), min_size=1, max_size=30),
    bits=st.sampled_from(EVERY_BITS),
)
@example(values=[1e6, -1e6], bits=3)
def test_inside_the_range_the_error_is_at_most_half_a_step(values, bits):
    for encoding in (fitted_encoding(values, bits), fitted_encoding(values, bits, symmetric=True)):
        found = measure_error(values, encoding, bits)
        # An end of the range may lie half a step outside, and the scale rounded to float32 puts it a trace farther.
        assert found.clipped == 0 or found.largest <= encoding.one_scale * 0.5001
        # The float32 quotient may be off by 2^-24 of itself, and there are at most 2^16 steps.
        # Moving the range so that zero is a code costs up to half a step more at one end.
        assert found.largest <= encoding.one_scale * 1.01
        assert found.zero_is_exact


def test_a_constant_tensor_of_zeros_has_a_scale():
    assert range_encoding(0.0, 0.0) == Encoding(1.0, -128)
    assert symmetric_encoding(0.0) == Encoding(1.0, 0)
    assert measure_error(np.zeros(5), best_encoding(np.zeros(5))).mean_squared == 0


def test_channels_have_their_own_scale():
    matrix = np.array([[1.0, -2.0], [0.1, 0.05]])
    encoding = channel_encoding(matrix, 8)
    assert encoding == Encoding((float(np.float32(2 / 127)), float(np.float32(0.1 / 127))), axis=0)
    assert to_codes(matrix, encoding).tolist() == [[64, -127], [127, 64]]
    assert to_codes(matrix.T, channel_encoding(matrix.T, axis=1)).tolist() == [[64, 127], [-127, 64]]
    one = measure_error(matrix, symmetric_encoding(2.0))
    assert measure_error(matrix, encoding).mean_squared < one.mean_squared
    with pytest.raises(InputError, match="Expected 2 channels along axis 0"):
        to_codes(np.ones((3, 2)), encoding)


@pytest.mark.parametrize("bits", [2, 3, 4, 8, 16])
@pytest.mark.parametrize("symmetric", [False, True])
def test_the_best_range_beats_every_other_that_was_tried(bits, symmetric):
    rng = np.random.default_rng(bits)
    x = np.concatenate([rng.normal(size=500), [9.0, -4.0]])
    best = measure_error(x, best_encoding(x, bits, symmetric=symmetric), bits).mean_squared
    for percent in (100, 99.9, 99, 95, 90):
        other = fitted_encoding(x, bits, symmetric=symmetric, percent=percent)
        assert best <= measure_error(x, other, bits).mean_squared * 1.001
    if symmetric:
        sweep = [symmetric_encoding(high, bits) for high in np.linspace(0.05, 9, 300)]
        assert best <= min(measure_error(x, e, bits).mean_squared for e in sweep) * 1.01


def test_best_of_a_relu_starts_at_zero():
    x = np.maximum(np.random.default_rng(0).normal(size=400), 0)
    encoding = best_encoding(x, 4)
    assert covered_range(encoding, 4)[0] == 0
    assert best_encoding(-x, 4).zero_point == 7


def test_percentiles_hold_the_middle():
    x = np.arange(-50.0, 51.0)
    assert covered_range(fitted_encoding(x, percent=90))[1] == pytest.approx(45, abs=0.2)
    assert fitted_encoding(x, percent=90, symmetric=True).zero_point == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: code_limits(1), "2 to 16 bits, got 1"),
        (lambda: code_limits(17), "2 to 16 bits, got 17"),
        (lambda: range_encoding(2.0, 1.0), "lower one first, got 2.0 to 1.0"),
        (lambda: range_encoding(0.0, math.inf), "two finite numbers"),
        (lambda: to_codes([], Encoding(1.0)), "at least one number"),
        (lambda: to_codes(["a"], Encoding(1.0)), "at least one number"),
        (lambda: measure_error([1.0, math.nan], Encoding(1.0)), "NaN or infinite"),
        (lambda: measure_error([1e39], Encoding(1.0)), "finite float32"),
        (lambda: fitted_encoding([1.0], percent=0), "above 0 and at most 100, got 0"),
    ],
)
def test_what_cannot_be_done_is_said(call, message):
    with pytest.raises(InputError, match=message):
        call()
