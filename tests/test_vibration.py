"""The synthetic vibration: its shape, its parts, and that it is said to be synthetic."""

from __future__ import annotations

import numpy as np
import pytest

import tinyml_course as tc
from tinyml_course.vibration import CLASSES, sensor_volts, vibration_picture


@pytest.fixture(scope="module")
def data() -> tc.SignalDataset:
    return tc.load_vibration()


def test_three_parts_with_all_classes_alike(data):
    parts = [(data.x_train, data.y_train), (data.x_validation, data.y_validation), (data.x_test, data.y_test)]
    for (x, y), windows in zip(parts, (1200, 480, 600), strict=True):
        assert x.shape == (windows, 128)
        assert x.dtype == np.uint8
        assert y.dtype == np.int64
        assert np.bincount(y).tolist() == [windows // 4] * 4
    everything = np.concatenate([x for x, _ in parts])
    assert len(np.unique(everything, axis=0)) == len(everything)
    assert 0 < everything.min() < 64  # it uses the range, and does not end there
    assert 192 < everything.max() < 255


def test_a_seed_gives_one_data_set(data):
    again, other = tc.load_vibration(seed=0), tc.load_vibration(seed=1)
    np.testing.assert_array_equal(again.x_test, data.x_test)
    assert not np.array_equal(other.x_test, data.x_test)


def test_it_says_that_it_is_synthetic_and_what_each_class_is(data):
    assert "synthetic" in data.source
    assert "Synthetic" in tc.load_vibration.__doc__
    assert data.class_names == tuple(CLASSES) == ("still", "smooth", "unbalanced", "knocking")
    assert data.rate_hz == 400


def test_the_classes_differ_as_their_explanations_say(data):
    x = data.x_train.astype(float)
    spectrum = np.abs(np.fft.rfft(x - x.mean(axis=1, keepdims=True), axis=1)) ** 2 / 128**2
    hertz = np.fft.rfftfreq(128, 1 / 400)
    rotation = spectrum[:, (hertz > 14) & (hertz < 36)].sum(axis=1)
    ringing = spectrum[:, hertz > 110].sum(axis=1)
    still, smooth, unbalanced, knocking = ((data.y_train == label) for label in range(4))
    assert np.median(rotation[still]) * 10 < np.median(rotation[smooth])
    assert np.median(rotation[smooth]) * 5 < np.median(rotation[unbalanced])
    assert np.median(ringing[smooth]) * 10 < np.median(ringing[knocking])
    # And they overlap: some smooth windows rotate more than some unbalanced ones.
    assert rotation[smooth].max() > rotation[unbalanced].min()


def test_the_voltages_of_samples_give_these_samples():
    samples = np.arange(256, dtype=np.uint8)
    volts = sensor_volts(samples)
    assert 0 < volts.min() < volts.max() < 5
    np.testing.assert_array_equal(np.floor(volts / 5 * 1024).astype(int) >> 2, samples)


def test_the_picture_shows_each_class_and_says_synthetic(data):
    picture = vibration_picture(data)
    assert "synthetic" in picture.alt
    assert "still 5 codes high" in picture.alt
    lines = [line for axes in picture.figure.axes for line in axes.lines]
    assert len(lines) == 4
    for label, line in enumerate(lines):
        np.testing.assert_array_equal(line.get_ydata(), data.x_train[data.y_train == label][0])
    assert picture.png().startswith(b"\x89PNG")
