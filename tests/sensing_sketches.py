"""Sketches that listen, for the tests: the trained one, random ones, and one that answers with its features."""

from __future__ import annotations

import functools
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
from random_models import random_bonsai

import tinyml_course as tc
from tinyml_course.convert.bonsai import convert_bonsai
from tinyml_course.models.bonsai_budget import BonsaiConfiguration

LABELS = ("still", "smooth", "unbalanced", "knocking")


@functools.cache
def trained_graph() -> tc.Graph:
    """The Bonsai that ``data/make_vibration_graph.py`` trained on the synthetic vibration."""
    return tc.load_graph(Path(__file__).parent / "data" / "vibration_graph.npz")


@functools.cache
def vibration() -> tc.SignalDataset:
    """The synthetic vibration."""
    return tc.load_vibration()


def vibration_sketch(sensing: tc.Sensing | None = None, examples: np.ndarray | None = None) -> tc.Sketch:
    """The trained classifier, listening."""
    chosen = replace(sensing or tc.Sensing(), class_names=LABELS)
    return tc.export_sensing(trained_graph(), "listener", chosen, examples)


def random_sensing_graph(seed: int, window: int, classes: int = 4) -> tc.Graph:
    """A Bonsai with random weights, made for features from 20 to 120 only."""
    rng = np.random.default_rng([seed, window])
    features = rng.integers(20, 121, (100, len(tc.SignalFeatures(window).names))).astype(np.uint8)
    features[0, :2] = 20, 120
    bonsai = random_bonsai(rng, features, classes, BonsaiConfiguration(seed % 3, 6 + 2 * seed, (4, 8)[seed % 2]))
    return convert_bonsai(bonsai, features)


def features_sketch(window: int = 128, hop: int | None = None) -> tc.Sketch:
    """A sketch whose outputs are its features, as the board computes them, and whose class depends on all of them."""
    sensing = tc.Sensing(window=window, hop=hop or window)
    sketch = tc.export_sensing(random_sensing_graph(0, window), "probe", sensing)
    count = len(tc.SignalFeatures(window).names)
    header = sketch.files["probe_model.h"]
    header = header[: header.index("/* The classifier was made for features in this range")] + _FEATURES_ALONE
    for old, new in (
        ('#include "probe_classifier_model.h"\n', ""),
        ("typedef int16_t probe_output_t;", "typedef uint8_t probe_output_t;"),
        (r"(#define probe_OUTPUT_SIZE +)4\b", rf"\g<1>{count}"),
    ):
        header, found = re.subn(old, new, header)
        assert found == 1, old
    files = {name: text for name, text in sketch.files.items() if name != "probe_classifier_model.h"}
    files["probe_model.h"] = header
    return replace(sketch, files=files, output_size=count, output_dtype=np.dtype(np.uint8), labels=(), empty_model="")


def features_classes(windows: np.ndarray) -> np.ndarray:
    """The classes that this sketch gives."""
    classes = np.bitwise_xor.reduce(tc.SignalFeatures(windows.shape[1]).compute(windows), axis=1) & 7
    return classes.astype(np.int64)


_FEATURES_ALONE = """
static inline void probe_invoke(const probe_input_t *input, probe_output_t *output)
{
    probe_features(input, 0, output);
}

static inline uint8_t probe_classify_at(const probe_input_t *input, uint8_t first)
{
    uint8_t features[probe_FEATURES], mixed = 0, i;
    probe_features(input, first, features);
    for (i = 0; i < probe_FEATURES; i++) mixed ^= features[i];
    return mixed & 7;
}

static inline uint8_t probe_classify(const probe_input_t *input) { return probe_classify_at(input, 0); }

#endif
"""


def difficult_windows(size: int, count: int, seed: int = 0) -> np.ndarray:
    """Noise of every strength, square waves of every length, constants, ramps and lonely blows."""
    rng = np.random.default_rng([seed, size])
    spread = rng.integers(1, 256, (count, 1))
    noise = np.clip(rng.integers(0, 256, (count, 1)) + rng.integers(-spread, spread + 1, (count, size)), 0, 255)
    square = [[255 * (i >> k & 1) for i in range(size)] for k in range(8)]
    blow = np.where(np.arange(size) == rng.integers(size), 255, 0)
    ramp = np.arange(size) * 255 // (size - 1)
    fixed = [*square, blow, 255 - blow, ramp, ramp[::-1], np.zeros(size), np.full(size, 255)]
    return np.concatenate([noise, fixed]).astype(np.uint8)
