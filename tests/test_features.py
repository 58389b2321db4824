"""Raw values to codes."""

from __future__ import annotations

import numpy as np
import pytest
from random_models import DTYPES, random_samples

from tinyml_course.features import FeatureEncoding
from tinyml_course.graph import InputContract


def test_small_bytes_stay_as_they_are(digits):
    encoding = FeatureEncoding.fit(digits.x_train)
    assert encoding.code_of_one == 16
    np.testing.assert_array_equal(encoding.encode(digits.x_test), digits.x_test)
    assert encoding.is_identity_for(InputContract(np.dtype(np.uint8), (64,), 0, 16))
    assert not encoding.is_identity_for(InputContract(np.dtype(np.int16), (64,), 0, 16))


@pytest.mark.parametrize(
    ("low", "high", "shift", "zero_point"), [(0.0, 1.0, 8, 0), (-1.0, 1.0, 7, -128), (100.0, 110.0, 4, 1600)]
)
def test_floats_get_the_finest_power_of_two(low, high, shift, zero_point):
    x = np.array([[low, high], [high, low]], dtype=np.float32)
    encoding = FeatureEncoding.fit(x)
    assert (int(encoding.shift), int(encoding.zero_point)) == (shift, zero_point)
    assert encoding.encode(x).min() == 0
    assert int(encoding.encode(x).max()) >= 127


def test_ten_bit_sensor_values_lose_two_bits():
    encoding = FeatureEncoding.fit(np.array([[0, 1023], [512, 3]], dtype=np.uint16))
    assert int(encoding.shift) == -2
    assert encoding.encode(np.array([[1023, 3]], np.uint16)).tolist() == [[255, 0]]


def test_features_of_different_ranges_get_their_own_scales():
    x = np.array([[0, 0, 5], [1, 1000, 5]], dtype=np.float32)
    encoding = FeatureEncoding.fit(x)
    assert encoding.shift.tolist()[:2] == [8, -2]
    assert encoding.encode(x)[1].tolist()[:2] == [255, 250]


def test_values_beyond_the_training_range_saturate():
    encoding = FeatureEncoding.fit(np.array([[0.0], [1.0]], dtype=np.float32))
    assert encoding.encode(np.array([[-9.0], [9.0]], dtype=np.float32)).tolist() == [[0], [255]]


@pytest.mark.parametrize("seed", range(25))
def test_codes_keep_the_order_and_most_of_the_range(seed):
    rng = np.random.default_rng(seed)
    x = np.sort(random_samples(rng, DTYPES[seed % len(DTYPES)], 3, 50), axis=0)
    codes = FeatureEncoding.fit(x).encode(x).astype(int)
    assert (np.diff(codes, axis=0) >= 0).all()
    assert codes.min() >= 0
