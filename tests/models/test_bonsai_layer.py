"""The Keras layer against the formula, and rounding against its definition."""

from __future__ import annotations

import numpy as np
import pytest

from tinyml_course.models.backend import import_keras
from tinyml_course.models.bonsai_weights import QuantizedMatrix, hard_scores


@pytest.fixture(scope="module")
def layers():
    import_keras()
    from tinyml_course.models import bonsai_layer

    return bonsai_layer


@pytest.mark.parametrize("depth", [0, 1, 2, 3])
@pytest.mark.parametrize("bits", [4, 8])
def test_sharp_branches_take_the_hard_path(layers, depth, bits):
    layer = layers.BonsaiLayer(n_classes=3, depth=depth, projection_dim=4, bits=bits, seed=depth)
    x = np.random.default_rng(0).normal(size=(50, 6)).astype(np.float32)
    layer(x)
    layer.quantized.assign(1.0)
    layer.sharpness.assign(1e6)
    weights = {name: QuantizedMatrix(*pair) for name, pair in layer.integer_matrices().items()}
    np.testing.assert_allclose(np.array(layer(x)), hard_scores(weights, x), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_soft_paths_share_one_visit(layers, depth):
    layer = layers.BonsaiLayer(2, depth, 4, 4)
    layer(np.zeros((1, 3), np.float32))
    branches = np.random.default_rng(1).normal(size=(20, 2**depth - 1)).astype(np.float32)
    share = np.array(layer._soft_path(branches))
    for level in range(depth + 1):
        nodes = slice(2**level - 1, 2 ** (level + 1) - 1)
        np.testing.assert_allclose(share[:, nodes].sum(axis=1), 1.0, rtol=1e-5)


@pytest.mark.parametrize(("bits", "limit"), [(4, 7), (8, 127)])
def test_weights_round_to_a_symmetric_range(layers, bits, limit):
    weights = np.random.default_rng(2).normal(size=(30, 20)).astype(np.float32)
    integers, scale = (np.array(part) for part in layers.to_integers(weights, bits))
    assert np.abs(integers).max() == limit
    inside = np.abs(weights / scale) < limit
    np.testing.assert_allclose((integers * scale)[inside], weights[inside], atol=float(scale) / 2 * 1.0001)


def test_rounding_passes_the_gradient(layers):
    import tensorflow as tf

    weights = tf.Variable(np.array([[0.3, -1.2], [0.8, 0.1]], np.float32))
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(layers.fake_quantize(weights, 4, 1.0) * 2.0)
    np.testing.assert_allclose(tape.gradient(total, weights), 2.0)


def test_a_saturated_gate_keeps_a_small_gradient(layers):
    import tensorflow as tf

    u = tf.Variable(np.array([-3.0, -0.5, 0.5, 3.0], np.float32))
    with tf.GradientTape() as tape:
        gates = layers.hard_tanh(u)
    np.testing.assert_allclose(gates, [-1, -0.5, 0.5, 1])
    np.testing.assert_allclose(tape.gradient(gates, u), [0.05, 1, 1, 0.05])
