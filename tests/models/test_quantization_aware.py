"""Quantization-aware training: rounding by definition, gradients, ranges that survive the conversion."""

from __future__ import annotations

import numpy as np
import pytest

import tinyml_course as tc
from tinyml_course.errors import ConversionError, InputError
from tinyml_course.models.backend import import_keras


@pytest.fixture(scope="module")
def keras():
    return import_keras()


@pytest.fixture(scope="module")
def qat(keras):
    from tinyml_course.models import quantization_aware

    return quantization_aware


@pytest.fixture(scope="module")
def layers(keras):
    from tinyml_course.models import quantized_layers

    return quantized_layers


@pytest.fixture(scope="module")
def images(digits):
    return digits.x_train.reshape(-1, 8, 8, 1)


def residual(keras):
    """A network with every kind of layer that matters: normalization, a sum, both poolings."""
    L = keras.layers
    keras.utils.set_random_seed(3)
    start = keras.Input((8, 8, 1))
    x = L.Rescaling(1 / 16, name="scaled")(start)
    x = L.Conv2D(4, 3, padding="same", use_bias=False, name="first")(x)
    x = L.BatchNormalization(name="normal")(x)
    x = L.ReLU(name="positive")(x)
    side = L.DepthwiseConv2D(3, padding="same", name="side")(x)
    x = L.Add(name="sum")([x, side])
    x = L.MaxPooling2D(name="largest")(x)
    x = L.Conv2D(6, 1, activation="relu", name="second")(x)
    x = L.GlobalAveragePooling2D(name="mean")(x)
    return keras.Model(start, L.Dense(10, activation="softmax", name="last")(x))


@pytest.fixture(scope="module")
def model(keras, images, digits):
    from tinyml_course.models import training

    model = residual(keras)
    valid = images[400:500], digits.y_train[400:500]
    training.fit_classifier(
        model, images[:400], digits.y_train[:400], validation_data=valid, epochs=4, learning_rate=1e-2
    )
    return model


@pytest.fixture(scope="module")
def aware(qat, model, images):
    return qat.quantization_aware(model, images)


def rounded(weights, axes):
    scale = np.abs(weights).max(axis=axes, keepdims=True) / 127
    return np.round(weights / scale) * scale


def test_weights_round_in_each_channel_and_the_gradient_passes(layers):
    import tensorflow as tf

    weights = np.random.default_rng(0).normal(size=(3, 3, 2, 5)).astype(np.float32)
    variable = tf.Variable(weights)
    with tf.GradientTape() as tape:
        result = layers.fake_quantize_weights(variable, (0, 1, 2))
        total = tf.reduce_sum(result * 2.0)
    np.testing.assert_allclose(result, rounded(weights, (0, 1, 2)), atol=1e-6)
    assert (np.asarray(tape.gradient(total, variable)) == 2.0).all()
    integers = np.asarray(result) / (np.abs(weights).max(axis=(0, 1, 2)) / 127)
    np.testing.assert_allclose(integers, np.round(integers), atol=1e-3)


@pytest.mark.parametrize("padding", ["same", "valid"])
def test_layers_compute_what_keras_layers_do_with_rounded_weights(keras, layers, padding):
    x = np.random.default_rng(1).normal(size=(4, 6, 6, 3)).astype(np.float32)
    pairs = [
        (keras.layers.Conv2D(5, 3, strides=2, padding=padding, activation="relu"), layers.QuantizedConv2D, (0, 1, 2)),
        (keras.layers.DepthwiseConv2D(3, padding=padding, depth_multiplier=2), layers.QuantizedDepthwiseConv2D, (0, 1)),
        (keras.layers.Dense(7, activation="tanh", use_bias=False), layers.QuantizedDense, (0,)),
    ]
    for plain, kind, axes in pairs:
        plain(x)
        quantized = kind.from_config(plain.get_config())
        quantized.build(x.shape)
        quantized.set_weights(plain.get_weights())
        plain.kernel.assign(rounded(np.asarray(plain.kernel), axes))
        np.testing.assert_allclose(quantized(x), plain(x), rtol=1e-4, atol=1e-5)


def test_a_range_rounds_clips_and_learns(layers):
    import tensorflow as tf

    layer = layers.ActivationRange()
    layer.build((None, 4))
    layer.low.assign(-1.0)
    layer.high.assign(1.55)
    x = tf.constant([[-3.0, 0.0, 0.503, 9.0]])
    with tf.GradientTape() as tape:
        y = layer(x)
        total = tf.reduce_sum(y)
    step = 2.55 / 255
    np.testing.assert_allclose(y, [[-1.0, 0.0, 0.5, 1.55]], atol=step / 100)
    low, high = tape.gradient(total, [layer.low.value, layer.high.value])
    assert (float(low), float(high)) == (1.0, 1.0)  # one value beyond each end
    assert float(layer.low.constraint(np.float32(0.3))) == 0.0
    assert float(layer.high.constraint(np.float32(-2.0))) == pytest.approx(layers.SMALLEST_RANGE)


def test_where_the_ranges_are(aware):
    names = [layer.name for layer in aware.layers if layer.name.endswith("_range")]
    # not behind "first" and "normal", which are fused to the ReLU; but before the softmax of "last"
    assert names == [
        "input_range", "positive_range", "side_range", "sum_range", "second_range", "mean_range",
        "last_range",
    ]  # fmt: skip
    kinds = {layer.name: type(layer).__name__ for layer in aware.layers}
    assert [kinds[name] for name in ("first", "side", "last")] == [
        "QuantizedConv2D",
        "QuantizedDepthwiseConv2D",
        "QuantizedDense",
    ]
    assert aware.get_layer("input_range").get_weights() == [0.0, 16.0]
    assert not aware.get_layer("input_range").trainable_weights
    assert len(aware.get_layer("sum_range").trainable_weights) == 2


def test_it_starts_as_the_trained_model(model, aware, images):
    x = images[:200].astype(np.float32)
    before, after = model.predict(x, verbose=0), aware.predict(x, verbose=0)
    assert 0 < np.abs(before - after).max() < 0.1
    assert (before.argmax(1) == after.argmax(1)).mean() > 0.97


def test_the_converter_takes_weights_and_ranges_as_they_were_trained(aware, images, digits):
    changed = aware.get_layer("sum_range")
    low, high = changed.get_weights()
    changed.set_weights([low * 0.9, high * 0.8])
    converted = tc.convert_keras(aware, images)
    graph = converted.graph()
    kinds = [operator.kind for operator in graph.operators]
    assert kinds == [
        "encode_input", "conv_2d", "depthwise_conv_2d", "add", "max_pool_2d", "conv_2d", "mean", "fully_connected",
        "softmax",
    ]  # fmt: skip
    total = graph.tensors[graph.operators[3].outputs[0]]
    assert total.encoding.scale == pytest.approx((high * 0.8 - low * 0.9) / 255, rel=1e-5)
    last = graph.operators[-2]
    kernel = np.asarray(aware.get_layer("last").kernel).T
    scales = np.abs(kernel).max(axis=1, keepdims=True) / 127
    np.testing.assert_array_equal(graph.parameter(last, "weights"), np.round(kernel / scales))
    x = digits.x_test.reshape(-1, 8, 8, 1)
    trained = aware.predict(x.astype(np.float32), verbose=0)
    assert np.abs(converted.predict(x) - trained).max() < 0.05  # what was trained is what comes out
    changed.set_weights([low, high])


def test_other_modes_leave_the_8_bit_ranges_out(aware, images):
    x = images[:20]
    half, plain = (tc.convert_keras(m, images, "float16").predict(x) for m in (aware, residual_of(aware)))
    np.testing.assert_allclose(half, plain, atol=1e-6)
    wide = tc.convert_keras(aware, images, "int16x8").graph()
    assert wide.tensors["output"].dtype == np.int16
    for layer in aware.layers:
        assert not getattr(layer, "exporting", False)


def residual_of(aware):
    """The same weights without ranges."""
    plain = residual(import_keras())
    for layer in plain.layers:
        if layer.weights:
            layer.set_weights(aware.get_layer(layer.name).get_weights())
    return plain


def test_one_scale_for_a_layer_is_refused(aware, images):
    with pytest.raises(ConversionError, match="per_channel=True"):
        tc.quantize(aware, images, per_channel=False)
    assert not aware.get_layer("first").exporting


def test_few_bits_are_few_values_in_the_file(qat, layers, model, images):
    from tinyml_course.models.coding import codebook_bytes

    aware = qat.quantization_aware(model, images, bits=4)
    kernels = [np.copy(aware.get_layer(name).kernel) for name in ("first", "side", "second", "last")]
    graph = tc.quantize(aware, images)
    stored = [graph.parameter(op, "weights") for op in graph.operators if "weights" in op.parameters]
    steps = set(np.round(np.arange(-7, 8) * 127 / 7).tolist())  # 15 values for every channel
    assert all(set(weights.ravel().tolist()) <= steps and abs(weights).max() == 127 for weights in stored)
    assert [codebook_bytes(w) for w in stored] == [-(-w.size // 2) + len(np.unique(w)) for w in stored]
    for name, kernel in zip(("first", "side", "second", "last"), kernels, strict=True):
        np.testing.assert_array_equal(aware.get_layer(name).kernel, kernel)  # the real weights are back
    with pytest.raises(InputError, match="2 to 8 bits"):
        layers.QuantizedDense(3, bits=1)


def test_it_can_be_saved(keras, aware, images, tmp_path):
    aware.save(tmp_path / "aware.keras")
    again = keras.saving.load_model(tmp_path / "aware.keras")
    x = images[:50].astype(np.float32)
    np.testing.assert_array_equal(again.predict(x, verbose=0), aware.predict(x, verbose=0))


def test_training_moves_weights_and_ranges(qat, model, images, digits):
    from tinyml_course.models import training

    aware = qat.quantization_aware(model, images)
    before = {weight.path: np.copy(weight) for weight in aware.trainable_weights}
    valid = images[400:600], digits.y_train[400:600]
    loss = training.log_loss(aware, *valid)
    training.fit_classifier(aware, images[:400], digits.y_train[:400], validation_data=valid, epochs=3)
    assert training.log_loss(aware, *valid) < loss
    moved = {weight.path for weight in aware.trainable_weights if (np.asarray(weight) != before[weight.path]).any()}
    assert {path.split("/")[-1] for path in moved} >= {"kernel", "bias", "gamma", "high", "low"}
    assert all(weight.path in moved for weight in training.kernels(aware))
    fixed = qat.quantization_aware(model, images, learned=False)
    assert not [weight for weight in fixed.trainable_weights if weight.name in ("low", "high")]
