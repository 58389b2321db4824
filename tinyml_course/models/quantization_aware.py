"""Quantization-aware training: the forward pass rounds as the integers will, the gradient does not notice.

::

    y = activation(conv(x, round(w / s) * s) + b)     s = max |w| / 127, one for each output channel
    y -> round(y / t) * t                             t = (high - low) / 255, one for the whole tensor

Rounding has the gradient zero nearly everywhere, so the straight-through estimator passes the gradient on as if
nothing had been rounded. The converter later finds the same scales: those of the weights from the weights, those
of the activations from the ranges that are learned here.

Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference",
CVPR 2018; ranges learned by gradient: Jain et al., "Trained Quantization Thresholds", MLSys 2020.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from tinyml_course.errors import ConversionError
from tinyml_course.graph import Array
from tinyml_course.models.silence import silence

#: Largest integer weight; the range is symmetric.
WEIGHT_LIMIT = 127
#: Smallest width of an activation's range.
SMALLEST_RANGE = 1e-3
#: Activations that convolutions and dense layers take in with their requantization.
_FUSED = ("linear", "relu", "relu6")
_PACKAGE = "tinyml_course"


def fake_quantize_weights(kernel: Any, axes: tuple[int, ...]) -> Any:
    """Round weights to 8 bits in the forward pass, and not in the gradient.

    Parameters
    ----------
    kernel : tensor
        Real weights.
    axes : tuple of int
        Axes that share a scale: all but those of the output channel.
    """
    scale = ops.max(ops.abs(kernel), axis=axes, keepdims=True) / WEIGHT_LIMIT + 1e-12
    return kernel + ops.stop_gradient(ops.round(kernel / scale) * scale - kernel)


class _QuantizedKernel:
    """Mixed into a Keras layer: its kernel is rounded while it computes, except when it is exported."""

    exporting = False

    def _rounded(self, kernel: Any, axes: tuple[int, ...]) -> Any:
        return kernel if self.exporting else fake_quantize_weights(kernel, axes)


@keras.saving.register_keras_serializable(_PACKAGE)
class QuantizedDense(_QuantizedKernel, keras.layers.Dense):  # type: ignore[misc]  # Keras has no type hints
    """``keras.layers.Dense`` with 8-bit weights, one scale for each unit."""

    def call(self, x: Any, training: bool | None = None) -> Any:
        """Outputs of shape (n, units)."""
        y = ops.matmul(x, self._rounded(self.kernel, (0,)))
        return self.activation(y + self.bias if self.use_bias else y)


@keras.saving.register_keras_serializable(_PACKAGE)
class QuantizedConv2D(_QuantizedKernel, keras.layers.Conv2D):  # type: ignore[misc]
    """``keras.layers.Conv2D`` with 8-bit weights, one scale for each filter."""

    def call(self, x: Any) -> Any:
        """Outputs of shape (n, height, width, filters)."""
        kernel = self._rounded(self.kernel, (0, 1, 2))
        y = ops.conv(x, kernel, self.strides, self.padding, self.data_format, self.dilation_rate)
        return self.activation(y + self.bias if self.use_bias else y)


@keras.saving.register_keras_serializable(_PACKAGE)
class QuantizedDepthwiseConv2D(_QuantizedKernel, keras.layers.DepthwiseConv2D):  # type: ignore[misc]
    """``keras.layers.DepthwiseConv2D`` with 8-bit weights, one scale for each output channel."""

    def call(self, x: Any) -> Any:
        """Outputs of shape (n, height, width, channels * depth_multiplier)."""
        kernel = self._rounded(self.kernel, (0, 1))
        y = ops.depthwise_conv(x, kernel, self.strides, self.padding, self.data_format, self.dilation_rate)
        return self.activation(y + self.bias if self.use_bias else y)


@keras.saving.register_keras_serializable(_PACKAGE)
class ActivationRange(keras.layers.Layer):  # type: ignore[misc]
    """Round activations to 8 bits within a range that is calibrated first and then learned.

    Parameters
    ----------
    learned : bool, default True
        Train the two ends by gradient; otherwise they stay as calibrated.

    Notes
    -----
    The ends' gradient: a value beyond an end passes its gradient to that end. The range always holds zero, which
    padding and ReLU need to be exact.
    """

    def __init__(self, learned: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.learned, self.observing, self.exporting = learned, False, False

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create the two ends."""
        self.low = self.add_weight(
            name="low", shape=(), initializer="zeros", trainable=self.learned, constraint=_at_most_zero
        )
        self.high = self.add_weight(
            name="high", shape=(), initializer="ones", trainable=self.learned, constraint=_above_zero
        )

    def call(self, x: Any) -> Any:
        """Return the activations, rounded."""
        if self.observing:
            self.observe(x)
        if self.observing or self.exporting:
            return x
        low, high = tf.convert_to_tensor(self.low), tf.convert_to_tensor(self.high)
        return tf.quantization.fake_quant_with_min_max_vars(x, low, high, num_bits=8)

    def observe(self, x: Any) -> None:
        """Widen the range to hold `x`."""
        self.low.assign(ops.minimum(self.low, ops.min(x)))
        self.high.assign(ops.maximum(self.high, ops.max(x)))

    def get_config(self) -> dict[str, Any]:
        """Return what :meth:`from_config` needs."""
        return {**super().get_config(), "learned": self.learned}


def _at_most_zero(end: Any) -> Any:
    return ops.minimum(end, 0.0)


def _above_zero(end: Any) -> Any:
    return ops.maximum(end, SMALLEST_RANGE)


_QUANTIZED: dict[Any, Any] = {
    keras.layers.Dense: QuantizedDense,
    keras.layers.Conv2D: QuantizedConv2D,
    keras.layers.DepthwiseConv2D: QuantizedDepthwiseConv2D,
}
#: Fused to the layer before them.
_RECTIFIERS: Any = (keras.layers.ReLU, keras.layers.BatchNormalization, keras.layers.Activation)
#: Their output has the codes of their input, or a fixed range.
_WITHOUT_RANGE: Any = (
    keras.layers.InputLayer,
    keras.layers.Rescaling,
    keras.layers.Dropout,
    keras.layers.MaxPooling2D,
    keras.layers.ZeroPadding2D,
    keras.layers.Flatten,
    keras.layers.Reshape,
    keras.layers.Softmax,
)


def quantization_aware(model: Any, x: Array, *, learned: bool = True) -> Any:
    """Copy a trained model into one that computes as its 8-bit version will; then train it further.

    Parameters
    ----------
    model : keras.Model
        Trained in float: Sequential or functional.
    x : ndarray of shape (n, ...)
        Training data; a few hundred samples set the activations' first ranges.
    learned : bool, default True
        Train the ranges as well.

    Returns
    -------
    keras.Model
        With the same weights. Dense, Conv2D and DepthwiseConv2D layers round their weights; batch normalization
        stays a layer, since scaling a channel scales its weights and their steps alike. Where an output becomes
        codes, an :class:`ActivationRange` follows; ``tc.quantize`` keeps the ranges.
    """
    functional = keras.Model(model.inputs[0], model.outputs[0], name=f"{model.name}_quantized")
    ranged = {layer.name for layer in functional.layers if _needs_range(layer)}
    split = {layer.name: layer.activation.__name__ for layer in functional.layers if _is_split(layer)}
    start = keras.Input(tuple(functional.inputs[0].shape[1:]))
    input_range = ActivationRange(learned=False, name="input_range")  # what the sensor gives is no parameter

    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        args = tuple(input_range(value) if value is start else value for value in args)
        y = layer(*args, **kwargs)
        if layer.name in ranged:
            y = ActivationRange(learned, name=f"{layer.name}_range")(y)
        if layer.name in split:
            y = keras.layers.Activation(split[layer.name], name=f"{layer.name}_activation")(y)
        return y

    aware = keras.models.clone_model(functional, start, clone_function=_quantized, call_function=call)
    for layer in functional.layers:
        if layer.weights:
            aware.get_layer(layer.name).set_weights(layer.get_weights())
    _calibrate(aware, x)
    return aware


def _quantized(layer: Any) -> Any:
    config = layer.get_config()
    if _is_split(layer):
        config["activation"] = "linear"
    return _QUANTIZED.get(type(layer), type(layer)).from_config(config)


def _is_split(layer: Any) -> bool:
    """Whether a kernel's activation needs codes of its own to work on: a softmax, a sigmoid, a tanh."""
    return type(layer) in _QUANTIZED and layer.activation.__name__ not in _FUSED


def _needs_range(layer: Any) -> bool:
    """Whether the output becomes codes: not where an activation or a normalization will be fused to it."""
    if isinstance(layer, _WITHOUT_RANGE):
        return False
    activation = getattr(layer, "activation", None)
    if activation is not None and activation.__name__ not in _FUSED:
        return _is_split(layer)  # as a layer of its own, its output has a fixed range
    followers = [node.operation for node in layer._outbound_nodes]
    linear = activation is None or activation.__name__ == "linear"
    return not (linear and followers and all(_is_fused(after) for after in followers))


def _is_fused(layer: Any) -> bool:
    """Whether a layer becomes part of the one before it."""
    return isinstance(layer, _RECTIFIERS) and getattr(layer, "activation", keras.activations.relu).__name__ in _FUSED


def _calibrate(model: Any, x: Array) -> None:
    """Set every range to what the first samples reach, with rounded weights."""
    layers = [layer for layer in model.layers if isinstance(layer, ActivationRange)]
    for layer in layers:
        layer.low.assign(0.0)
        layer.high.assign(SMALLEST_RANGE)
        layer.observing = True
    try:
        with silence():
            model(np.asarray(x, np.float32).reshape(-1, *model.inputs[0].shape[1:])[:1000], training=False)
    finally:
        for layer in layers:
            layer.observing = False


def has_ranges(model: Any) -> bool:
    """Tell whether a model's activations have ranges already, so that the converter need not find any."""
    return any(isinstance(layer, ActivationRange) for layer in model._flatten_layers())


@contextmanager
def export_form(model: Any, mode: str, *, per_channel: bool) -> Iterator[None]:
    """Let a model be traced for the converter, which rounds the weights itself.

    Parameters
    ----------
    model : keras.Model
        Any; only this module's layers change.
    mode : str
        The learned ranges stay in ``"int8"`` only: they stand for 8-bit codes.
    per_channel : bool
        Whether the weights will have a scale for each output channel.

    Raises
    ------
    ConversionError
        If the layers were trained with a scale for each channel and `per_channel` is False.
    """
    layers = list(model._flatten_layers())
    kernels = [layer for layer in layers if isinstance(layer, _QuantizedKernel)]
    ranges = [layer for layer in layers if isinstance(layer, ActivationRange) and mode != "int8"]
    if kernels and not per_channel:
        raise ConversionError(
            "Quantization-aware layers are trained with one scale for each output channel. Use per_channel=True."
        )
    changed: list[Any] = [*kernels, *ranges]
    for layer in changed:
        layer.exporting = True
    try:
        yield
    finally:
        for layer in changed:
            layer.exporting = False
