"""Quantization-aware training: a trained network goes on training with rounded weights and activations.

The forward pass rounds as the integers will, the gradient does not notice
(:mod:`tinyml_course.models.quantized_layers`). The converter later finds the same scales: those of the weights from
the weights, those of the activations from the ranges that are learned here.

Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference",
CVPR 2018; ranges learned by gradient: Jain et al., "Trained Quantization Thresholds", MLSys 2020.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from tinyml_course.errors import ConversionError
from tinyml_course.graph import Array
from tinyml_course.models.quantized_layers import (
    SMALLEST_RANGE,
    ActivationRange,
    QuantizedConv2D,
    QuantizedDense,
    QuantizedDepthwiseConv2D,
    QuantizedKernel,
)
from tinyml_course.models.silence import silence

#: Activations that convolutions and dense layers take in with their requantization.
_FUSED = ("linear", "relu", "relu6")
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


def quantization_aware(model: Any, x: Array, *, bits: int = 8, learned: bool = True) -> Any:
    """Copy a trained model into one that computes as its quantized version will; then train it further.

    Parameters
    ----------
    model : keras.Model
        Trained in float: Sequential or functional.
    x : ndarray of shape (n, ...)
        Training data; a few hundred samples set the activations' first ranges.
    bits : int, default 8
        Of one weight. With fewer than 8 the converted weights are int8 still, but with few different values, for
        example 15 for 4 bits, and a codebook stores each in so many bits. Activations always have 8.
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

    aware = keras.models.clone_model(
        functional, start, clone_function=lambda layer: _quantized(layer, bits), call_function=call
    )
    for layer in functional.layers:
        if layer.weights:
            aware.get_layer(layer.name).set_weights(layer.get_weights())
    _calibrate(aware, x)
    return aware


def _quantized(layer: Any, bits: int) -> Any:
    config = layer.get_config()
    if type(layer) not in _QUANTIZED:
        return type(layer).from_config(config)
    if _is_split(layer):
        config["activation"] = "linear"
    return _QUANTIZED[type(layer)].from_config({**config, "bits": bits})


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
    kernels: list[Any] = [layer for layer in layers if isinstance(layer, QuantizedKernel)]
    ranges = [layer for layer in layers if isinstance(layer, ActivationRange) and mode != "int8"]
    if kernels and not per_channel:
        raise ConversionError(
            "Quantization-aware layers are trained with one scale for each output channel. Use per_channel=True."
        )
    real = {layer: np.copy(layer.kernel) for layer in kernels if layer.bits < 8}
    changed: list[Any] = [*kernels, *ranges]
    try:
        for layer in real:  # the converter rounds to 8 bits only
            layer.kernel.assign(layer.rounded())
        for layer in changed:
            layer.exporting = True
        yield
    finally:
        for layer in changed:
            layer.exporting = False
        for layer, kernel in real.items():
            layer.kernel.assign(kernel)
