"""A narrow requantization equals the exact one on every accumulator that can occur."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tinyml_course.export.requantize import Narrow, Requantization, narrow_requantization
from tinyml_course.fixed_point import quantize_multiplier
from tinyml_course.intervals import Interval

CHANNELS = 6


def requantization(factors, zero_point=-128, minimum=-128, maximum=127, rounding="double"):
    split = np.array([quantize_multiplier(float(factor)) for factor in factors])
    return Requantization(split[:, 0], split[:, 1], zero_point, minimum, maximum, rounding)


def constant(low, high, channels=CHANNELS):
    return Interval(np.full(channels, low), np.full(channels, high))


def differences(narrow: Narrow) -> int:
    """Compare the two steps on all reachable accumulators, channel by channel."""
    wrong = 0
    for c in range(len(narrow.multipliers)):
        part = slice(c, c + 1)
        exact = dataclasses.replace(
            narrow.exact, multiplier=narrow.exact.multiplier[part], shift=narrow.exact.shift[part]
        )
        # The reach of the whole layer says whether more than two bytes mean the largest code.
        one = dataclasses.replace(
            narrow,
            exact=exact,
            multipliers=narrow.multipliers[part],
            roundings=narrow.roundings[part],
            offsets=narrow.offsets[part],
        )
        a = np.arange(narrow.reach.low[c], narrow.reach.high[c] + 1)[None, :]
        shifted = dataclasses.replace(one, reach=Interval(narrow.reach.low[part], narrow.reach.high))
        wrong += int((shifted.codes(a) != exact.codes(a)).sum())
    return wrong


@pytest.mark.parametrize("seed", range(24))
def test_every_accumulator(seed):
    rng = np.random.default_rng(seed)
    largest = int(2 ** rng.uniform(8, 18))
    factors = 200 / largest * np.exp2(rng.uniform(-3, 1.5, CHANNELS))
    zero_point = [-128, -128, int(rng.integers(-100, 101)), 127 - 90][seed % 4]
    minimum = -128 if seed % 8 == 6 else zero_point if seed % 4 == 3 else -128
    exact = requantization(factors, zero_point, minimum, 127, ["double", "single"][seed // 4 % 2])
    reach = Interval(rng.integers(-largest, 0, CHANNELS), rng.integers(largest // 2, largest, CHANNELS))
    narrow = narrow_requantization(exact, reach)
    assert narrow is not None
    assert narrow.form.signed == (minimum != zero_point)
    assert differences(narrow) == 0
    assert narrow.table().shape == (CHANNELS, narrow.form.parameter_bytes)
    assert narrow.table().max() < 256


@pytest.mark.parametrize(
    ("low", "high"), [(0, 5000), (700, 5000), (-5000, -1), (-5000, -700), (0, 0), (1, 1), (-1, 0), (0, 65535)]
)
@pytest.mark.parametrize("zero_point", [-128, 10])
def test_one_sided_reaches(low, high, zero_point):
    exact = requantization([0.011, 0.03, 0.0007, 1.7, 0.25, 0.5], zero_point)
    narrow = narrow_requantization(exact, constant(low, high))
    assert narrow is not None
    assert differences(narrow) == 0


def test_thresholds_are_where_the_codes_change():
    exact = requantization([0.02, 0.003, 0.4, 0.05, 0.1, 0.9], 7, -30, 90)
    reach = constant(-20_000, 20_000)
    thresholds = exact.thresholds(reach)
    wanted = np.arange(-29, 91)
    inside = thresholds <= 20_000
    assert thresholds.shape == (CHANNELS, 120)
    assert (exact.codes(thresholds)[inside] >= np.broadcast_to(wanted, inside.shape)[inside]).all()
    before = inside & (thresholds > -20_000)
    assert (exact.codes(thresholds - 1)[before] < np.broadcast_to(wanted, inside.shape)[before]).all()


def test_two_byte_sums_take_no_third_byte():
    narrow = narrow_requantization(requantization([0.01] * CHANNELS), constant(-30_000, 31_000), sum_bytes=2)
    assert narrow is not None
    assert narrow.form.sum_bytes == 2
    assert not narrow.saturates
    assert narrow_requantization(requantization([0.01] * CHANNELS), constant(-33_000, 31_000), sum_bytes=2) is None


def test_a_large_sum_means_the_largest_code():
    narrow = narrow_requantization(requantization([0.02] * CHANNELS), constant(-200_000, 200_000))
    assert narrow is not None
    assert narrow.saturates
    assert differences(narrow) == 0


@pytest.mark.parametrize(
    ("exact", "reach"),
    [
        # 4 / 8 rounds up and -4 / 8 does too: magnitudes cannot give both.
        (requantization([0.125] * CHANNELS, 0, rounding="single"), constant(-100, 100)),
        (requantization([0.01] * CHANNELS, -128, -100, 127), constant(-100, 100)),  # no code stands for zero
        (requantization([0.01] * CHANNELS), constant(-100, 2**23)),  # more than three bytes
        (requantization([0.01] * CHANNELS, 127, -128, 127), constant(-100, 100)),  # nothing above zero
    ],
)
def test_what_is_not_proven_is_refused(exact, reach):
    assert narrow_requantization(exact, reach) is None


def test_wide_spread_of_factors():
    factors = [2.0**-17, 2.0**-12, 2.0**-9, 2.0**-7, 2.0**-6.5, 2.0**-10]
    narrow = narrow_requantization(requantization(np.array(factors) * 1.0001), constant(-70_000, 70_000))
    assert narrow is not None
    assert differences(narrow) == 0
