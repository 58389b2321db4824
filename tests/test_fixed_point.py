"""Fixed-point arithmetic against exact fractions."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyml_course.fixed_point import (
    exp_on_negative_values,
    multiply_by_quantized_multiplier,
    one_minus_x_over_one_plus_x,
    one_over_one_plus_x,
    quantize_multiplier,
    reduced_multiplier,
    round_half_away,
    rounding_divide_by_pot,
    saturating_rounding_doubling_high_mul,
)

INT32 = st.integers(-(2**31), 2**31 - 1)


def nearest(value: Fraction) -> int:
    """Halves away from zero."""
    return math.floor(abs(value) + Fraction(1, 2)) * (1 if value >= 0 else -1)


@given(INT32, st.integers(0, 2**31 - 1))
def test_high_product(a, b):
    got = int(saturating_rounding_doubling_high_mul(a, b))
    exact = Fraction(a * b, 2**31)
    # gemmlowp nudges and then truncates: a positive half goes away from zero, a negative one towards it
    half = Fraction(1, 2)
    assert got == (math.floor(exact + half) if exact >= 0 else -math.ceil(-exact - half))


def test_high_product_saturates_once():
    assert int(saturating_rounding_doubling_high_mul(-(2**31), -(2**31))) == 2**31 - 1


@given(INT32, st.integers(0, 31))
def test_division_by_a_power_of_two(x, exponent):
    assert int(rounding_divide_by_pot(x, exponent)) == nearest(Fraction(x, 2**exponent))


@given(st.floats(2.0**-31, 2.0**20))
def test_a_factor_becomes_a_multiplier_and_a_shift(factor):
    multiplier, shift = quantize_multiplier(factor)
    assert 2**30 <= multiplier < 2**31
    assert math.isclose(multiplier / 2**31 * 2.0**shift, factor, rel_tol=2.0**-31)


@pytest.mark.parametrize(
    ("factor", "pair"),
    [(0.0, (0, 0)), (1.0, (2**30, 1)), (0.5, (2**30, 0)), (2.0**-33, (0, 0)), (1 - 2.0**-40, (2**30, 1))],
)
def test_special_factors(factor, pair):
    assert quantize_multiplier(factor) == pair


@given(st.integers(-(2**24), 2**24), st.integers(2**30, 2**31 - 1), st.integers(-20, 6))
def test_single_rounding_is_one_rounding(x, multiplier, shift):
    exact = Fraction(x * multiplier * 2 ** (shift + 20), 2**51)
    got = int(multiply_by_quantized_multiplier(x, multiplier, shift, "single"))
    assert got == math.floor(exact + Fraction(1, 2))
    assert abs(int(multiply_by_quantized_multiplier(x, multiplier, shift, "double")) - exact) <= 1


@given(st.integers(-(2**40), 2**40), st.integers(2**30, 2**31 - 1), st.integers(-20, 6))
def test_reduced_multipliers_have_fifteen_bits(x, multiplier, shift):
    small = int(reduced_multiplier(multiplier))
    assert 2**14 <= small < 2**15
    got = int(multiply_by_quantized_multiplier(x, small, shift, "reduced"))
    assert got == math.floor(Fraction(x * small, 2 ** (15 - shift)) + Fraction(1, 2))


def test_arrays_are_broadcast():
    x = np.array([[1000, -1000], [5, 7]])
    got = multiply_by_quantized_multiplier(x, np.array([2**30, 2**30]), np.array([0, -1]))
    assert got.tolist() == [[500, -250], [3, 2]]
    with pytest.raises(ValueError, match="one of double, single, reduced"):
        multiply_by_quantized_multiplier(x, 1, 0, "triple")


@given(st.floats(-1e6, 1e6))
def test_halves_go_away_from_zero(value):
    assert int(round_half_away(value)) == nearest(Fraction(value))
    assert round_half_away([0.5, -0.5, 2.5, 0.49999999999999994]).tolist() == [1, -1, 3, 0]


def test_functions_are_close_to_the_real_ones():
    for bits in (4, 5):
        a = -np.linspace(0, 2.0**bits - 0.01, 4001)
        got = exp_on_negative_values(np.rint(a * 2.0 ** (31 - bits)), bits) / 2**31
        np.testing.assert_allclose(got, np.exp(a), atol=3e-7)
    x = np.linspace(0, 0.999, 4001)
    raw = np.rint(x * 2**31)
    np.testing.assert_allclose(one_over_one_plus_x(raw) / 2**31, 1 / (1 + x), atol=3e-7)
    np.testing.assert_allclose(one_minus_x_over_one_plus_x(raw) / 2**31, (1 - x) / (1 + x), atol=1e-6)
    assert int(exp_on_negative_values(0, 5)) == 2**31 - 1
