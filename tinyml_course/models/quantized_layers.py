"""Keras layers that round as the integers will.

::

    y = activation(conv(x, round(w / s) * s) + b)     s = max |w| / 127, one for each output channel
    y -> round(y / t) * t                             t = (high - low) / 255, one for the whole tensor

Rounding has the gradient zero nearly everywhere, so the straight-through estimator passes the gradient on as if
nothing had been rounded. :mod:`tinyml_course.models.quantization_aware` puts these layers into a model.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
from keras import ops

from tinyml_course.errors import InputError

#: Smallest width of an activation's range.
SMALLEST_RANGE = 1e-3
_PACKAGE = "tinyml_course"


def fake_quantize_weights(kernel: Any, axes: tuple[int, ...], bits: int = 8) -> Any:
    """Round weights to a few bits in the forward pass, and not in the gradient.

    Parameters
    ----------
    kernel : tensor
        Real weights.
    axes : tuple of int
        Axes that share a scale: all but those of the output channel.
    bits : int, default 8
        Of one weight; the integers are symmetric, -127 to 127 for 8 bits.
    """
    scale = ops.max(ops.abs(kernel), axis=axes, keepdims=True) / (2 ** (bits - 1) - 1) + 1e-12
    return kernel + ops.stop_gradient(ops.round(kernel / scale) * scale - kernel)


class QuantizedKernel:
    """Mixed into a Keras layer: its kernel is rounded while it computes, except when it is exported.

    Parameters
    ----------
    bits : int, default 8
        Of one weight, 2 to 8.
    """

    axes: tuple[int, ...]  # that share a scale

    def __init__(self, *args: Any, bits: int = 8, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not 2 <= bits <= 8:
            raise InputError(f"Expected 2 to 8 bits for a weight, got {bits}.")
        self.bits, self.exporting = bits, False

    def rounded(self) -> Any:
        """The kernel as it computes."""
        kernel = self.kernel  # type: ignore[attr-defined]
        return kernel if self.exporting else fake_quantize_weights(kernel, self.axes, self.bits)

    def get_config(self) -> dict[str, Any]:
        """Return what ``from_config`` needs."""
        return {**super().get_config(), "bits": self.bits}  # type: ignore[misc]


@keras.saving.register_keras_serializable(_PACKAGE)
class QuantizedDense(QuantizedKernel, keras.layers.Dense):  # type: ignore[misc]  # Keras has no type hints
    """``keras.layers.Dense`` with weights of `bits` bits, one scale for each unit."""

    axes = (0,)

    def call(self, x: Any, training: bool | None = None) -> Any:
        """Outputs of shape (n, units)."""
        y = ops.matmul(x, self.rounded())
        return self.activation(y + self.bias if self.use_bias else y)


@keras.saving.register_keras_serializable(_PACKAGE)
class QuantizedConv2D(QuantizedKernel, keras.layers.Conv2D):  # type: ignore[misc]
    """``keras.layers.Conv2D`` with weights of `bits` bits, one scale for each filter."""

    axes = (0, 1, 2)

    def call(self, x: Any) -> Any:
        """Outputs of shape (n, height, width, filters)."""
        y = ops.conv(x, self.rounded(), self.strides, self.padding, self.data_format, self.dilation_rate)
        return self.activation(y + self.bias if self.use_bias else y)


@keras.saving.register_keras_serializable(_PACKAGE)
class QuantizedDepthwiseConv2D(QuantizedKernel, keras.layers.DepthwiseConv2D):  # type: ignore[misc]
    """``keras.layers.DepthwiseConv2D`` with weights of `bits` bits, one scale for each output channel."""

    axes = (0, 1)

    def call(self, x: Any) -> Any:
        """Outputs of shape (n, height, width, channels * depth_multiplier)."""
        y = ops.depthwise_conv(x, self.rounded(), self.strides, self.padding, self.data_format, self.dilation_rate)
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
