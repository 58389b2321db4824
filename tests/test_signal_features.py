"""Features of a window against an independent account of them, sample by sample, and their proven ranges."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from sensing_sketches import difficult_windows

from tinyml_course.errors import InputError
from tinyml_course.signal_features import WINDOWS, SignalFeatures, log_code


def code_of(value: int) -> int:
    """The definition of the logarithmic code in the words of its docstring."""
    e = next(e for e in range(40) if value >> e <= 15)
    return 8 * e + (value >> e)


def features_of(window: list[int]) -> list[int]:
    """One window, in plain Python, another way than the library's."""
    n = len(window)
    mean = int(Fraction(sum(window), n) + Fraction(1, 2))
    energy = sum((x - mean) ** 2 for x in window)
    octaves = []
    length = 1
    while 2 * length < n:
        sums = [sum(window[at : at + length]) for at in range(0, n, length)]
        octaves.append(sum((a - b) ** 2 for a, b in zip(sums[::2], sums[1::2], strict=True)))
        length *= 2
    blocks = [sum((x - mean) ** 2 for x in window[at : at + n // 8]) for at in range(0, n, n // 8)]
    steps = [abs(a - b) for a, b in pairwise(window)]
    signs = [x < mean for x in window]
    crossings = sum(a != b for a, b in pairwise(signs))
    codes = [code_of(value) for value in [energy, *octaves, max(blocks)]]
    return [*codes, max(steps), max(window) - min(window), crossings]


def test_the_logarithmic_code():
    values = [*range(5000), *(2**k + d for k in range(13, 32) for d in (-1, 0, 1)), 2**32 - 1]
    codes = log_code(values)
    assert codes.dtype == np.uint8
    assert codes.tolist() == [code_of(value) for value in values]
    assert (np.diff(log_code(np.sort(values)).astype(int)) >= 0).all()
    assert codes[:16].tolist() == list(range(16))
    assert codes[-1] == 239


@pytest.mark.parametrize("size", WINDOWS)
def test_every_feature_is_what_it_is_said_to_be(size):
    windows = difficult_windows(size, 60)
    features = SignalFeatures(size)
    computed = features.compute(windows)
    assert computed.dtype == np.uint8
    assert computed.shape == (len(windows), len(features.names))
    assert computed.tolist() == [features_of(window) for window in windows.tolist()]


def test_names_and_bands():
    features = SignalFeatures(128)
    assert features.octaves == 6
    assert features.names == (
        *("energy", "octave 0", "octave 1", "octave 2", "octave 3", "octave 4", "octave 5"),
        *("loudest block", "largest step", "peak to peak", "crossings"),
    )
    # A sine in the middle of a band has more energy there than in any other one, for its share of the samples.
    for octave in range(5):
        wave = 128 + 60 * np.sin(2 * np.pi * 0.36 / 2**octave * np.arange(128) + 0.3)
        bands = SignalFeatures(128).compute(wave.astype(np.uint8)[None])[0, 1:7]
        assert octave - 1 <= np.argmax(bands.astype(int) - 8 * np.arange(6)) <= octave + 1


@pytest.mark.parametrize("size", WINDOWS)
def test_the_largest_sums_stay_below_the_proven_ones(size):
    """Square waves of full height reach the most that each sum can be."""
    for k in range(size.bit_length() - 2):
        wave = np.array([[255 * (i >> k & 1) for i in range(size)]], np.uint8)
        code = SignalFeatures(size).compute(wave)[0, 1 + k]
        energy = 255**2 * 4**k * (size >> (k + 1))
        assert energy == 255**2 * 2**k * size // 2 < 2**27
        assert code == code_of(energy)
    assert 255 * size + size // 2 < 2**16
    assert 255 * (size // 2) < 2**15


@pytest.mark.parametrize("bad", [np.zeros((2, 64), np.uint8), np.zeros(128, np.uint8), np.zeros((1, 128), np.int16)])
def test_another_input_is_refused(bad):
    with pytest.raises(InputError, match="Expected windows of 128 samples, one a row, of type uint8; got"):
        SignalFeatures().compute(bad)


@pytest.mark.parametrize("window", [0, 100, 256, "128"])
def test_another_window_is_refused(window):
    with pytest.raises(InputError, match="A window has 16, 32, 64, 128 samples"):
        SignalFeatures(window)
