"""CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED to integers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyml_course.convert.tflite_builder import Builder
from tinyml_course.convert.tflite_file import FileOperator, FileTensor
from tinyml_course.convert.tflite_single import single_rounding
from tinyml_course.convert.tflite_windows import refuse_work, window_attributes
from tinyml_course.errors import ConversionError
from tinyml_course.fixed_point import INT32_MAX, quantize_multiplier, reduced_multiplier
from tinyml_course.graph import Attribute, Encoding
from tinyml_course.intervals import Interval, linear

Array = npt.NDArray[Any]


def _weight_scales(operator: FileOperator, weights: FileTensor, channels: int, axis: int) -> Array:
    """Scales of the weights, one or one for each output channel.

    Raises
    ------
    ConversionError
        For scales that are no numbers above zero, along another axis, or zero points other than 0.
    """
    scales, zero_points = weights.scales, weights.zero_points
    if len(scales) not in (1, channels):
        raise ConversionError(f"{operator}: expected 1 or {channels} scales of the weights, got {len(scales)}.")
    if len(scales) > 1 and weights.axis != axis:
        raise ConversionError(f"{operator}: expected scales along axis {axis} of the weights, got {weights.axis}.")
    if not (np.isfinite(scales).all() and (scales > 0).all()):
        raise ConversionError(f"{operator}: a scale of the weights is not a finite number above zero.")
    if zero_points.any():
        raise ConversionError(
            f"{operator}: expected weights with zero point 0, got {zero_points[zero_points != 0][0]}."
        )
    return scales


def _bias(builder: Builder, operator: FileOperator, scales: Array, channels: int) -> Array:
    """The bias, or zeros where the operator has none; its scale must be that of the accumulator."""
    wide = builder.tensor(operator, 0).type == "INT16"
    if operator.options.get("bias_type", 0) not in ((0, 4) if wide else (0, 2)):
        raise ConversionError(f"{operator}: expected biases of {'64' if wide else '32'} bits.")
    if len(operator.inputs) < 3 or operator.inputs[2] == -1:
        return np.zeros(channels, np.int32)
    expected_type = "INT64" if wide else "INT32"
    bias, tensor = builder.constant(operator, 2, (expected_type,)), builder.tensor(operator, 2)
    if bias.size != channels:
        raise ConversionError(f"{operator}: expected {channels} biases, got {bias.size}.")
    if len(tensor.scales) not in (0, 1, channels) or tensor.zero_points.any():
        raise ConversionError(f"{operator}: expected one bias scale per weight scale and zero point 0.")
    expected = np.float64(builder.tensor(operator, 0).scales[0]) * scales.astype(np.float64)
    # A scale matters only where there is a bias: the converter lets layers share a tensor of zeros.
    known = len(tensor.scales) > 0
    close = np.abs(tensor.scales.astype(np.float64) - expected) <= 1e-3 * expected if known else np.array(True)
    if np.any(~close & (bias.reshape(channels) != 0)):
        raise ConversionError(f"{operator}: the bias' scale is not that of the input times that of the weights.")
    return bias.reshape(channels)


def _factors(builder: Builder, x: str, output: str, scales: Array) -> Array:
    """Real factors from accumulator to output, in float64 (``PopulateConvolutionQuantizationParams``).

    TFLite Micro before autumn 2026 multiplied the two scales of a FULLY_CONNECTED with one weight scale in
    float32 (``GetQuantizedConvolutionMultipler``). That changed about one output in 250,000.
    """
    product = np.float64(builder.scale_of(x)) * scales.astype(np.float64)
    return np.asarray(product / np.float64(builder.scale_of(output)))


def _bounds(builder: Builder, operator: FileOperator, x: str, rows: Array, bias: Array) -> Interval:
    """Bounds of every partial sum and of the accumulator with its bias.

    Proves that int32 is enough for int8 inputs. The sums of int16 inputs are int64 in TensorFlow Lite, whose
    requantization takes 48 bits.
    """
    if np.abs(bias.astype(np.float64)).max(initial=0) >= 2.0**47:
        raise ConversionError(f"{operator}: a bias overflows 48 bits.")
    low, high = builder.codes(x)
    zero_point = builder.zero_point_of(x)
    size = rows.shape[1]
    inputs = Interval(np.full(size, low - zero_point), np.full(size, high - zero_point))
    sums = linear(rows, inputs)
    total = Interval(sums.low + bias, sums.high + bias)
    worst, bits = max(sums.largest, total.largest), 47 if high > 127 else 31
    if worst >= 1 << bits:
        raise ConversionError(f"{operator}: an accumulator can reach {worst}, which overflows {bits + 1} bits.")
    return total


def _requantization(
    builder: Builder,
    operator: FileOperator,
    ends: tuple[str, str],
    sums: Interval,
    scales: Array,
    codes: tuple[int, int],
) -> tuple[Array, Array, str]:
    """Multipliers, shifts and the rounding that applies them to accumulators within `sums`.

    Parameters
    ----------
    ends : tuple of str
        Names of input and output.
    sums : Interval of shape (O,)
        Accumulators that can occur; proves that none overflows.
    scales : ndarray of shape (1,) or (O,)
        Of the weights.
    codes : tuple of int
        Smallest and largest output, after the activation.
    """
    x, output = ends
    zero_point, factors = builder.zero_point_of(output), _factors(builder, x, output, scales)
    if operator.name == "FULLY_CONNECTED" and builder.rounding == "litert":
        return *single_rounding(factors, sums, zero_point, codes, str(operator)), "single"
    if not (np.isfinite(factors).all() and factors.max() < 2.0**31):
        raise ConversionError(f"{operator}: a factor from accumulator to output is out of range.")
    pairs = np.array([quantize_multiplier(factor) for factor in factors], np.int64)
    if operator.name != "FULLY_CONNECTED" and len(pairs) == 1:  # the convolutions repeat it for each channel
        pairs = np.repeat(pairs, len(sums.low), axis=0)
    multiplier, shift, rounding = pairs[:, 0], pairs[:, 1], "double"
    if builder.tensors[x].dtype == np.int16:
        multiplier, rounding = reduced_multiplier(multiplier), "reduced"
    builder.prove(operator, sums, multiplier, shift, zero_point, rounding)
    return multiplier, shift, rounding


def _store(
    builder: Builder,
    operator: FileOperator,
    ends: tuple[str, str],
    weights: Array,
    rows: Array,
    scales: Array,
    channel_axis: int,
) -> tuple[dict[str, str], dict[str, Attribute]]:
    """Stored parameters and attributes that the three operators have in common.

    Parameters
    ----------
    ends : tuple of str
        Names of input and output.
    weights : ndarray
        As they are stored.
    rows : ndarray of shape (O, n)
        The same weights, one row for each output channel.
    scales : ndarray of shape (1,) or (O,)
        Of the weights.
    channel_axis : int
        The weights' axis of output channels.
    """
    x, output = ends
    low, high = builder.activation_range(operator, output)
    bias = _bias(builder, operator, scales, len(rows))
    sums = _bounds(builder, operator, x, rows, bias)
    multiplier, shift, rounding = _requantization(builder, operator, ends, sums, scales, (low, high))
    each = Encoding(tuple(map(float, scales)), axis=channel_axis) if len(scales) > 1 else Encoding(float(scales[0]))
    wide = bool(np.any(np.abs(bias) > INT32_MAX))
    parameters = {
        "weights": builder.store(f"{output}/weights", weights, each),
        "bias": builder.store(f"{output}/bias", bias.astype(np.int64 if wide else np.int32)),
        "multiplier": builder.store(f"{output}/multiplier", multiplier.astype(np.int32)),
        "shift": builder.store(f"{output}/shift", shift.astype(np.int8)),
    }
    return parameters, {"activation_min": low, "activation_max": high, "rounding": rounding}


def _weights(builder: Builder, operator: FileOperator, rank: int, channel_axis: int) -> tuple[Array, Array]:
    """The stored int8 weights and their scales."""
    weights = builder.constant(operator, 1, ("INT8",))
    if weights.ndim != rank or weights.size == 0:
        raise ConversionError(f"{operator}: expected weights with {rank} axes, got shape {weights.shape}.")
    tensor = builder.tensor(operator, 1)
    return weights, _weight_scales(operator, tensor, weights.shape[channel_axis], channel_axis)


def _image(builder: Builder, operator: FileOperator) -> tuple[str, str]:
    """Input and output of an operator on images (height, width, channels)."""
    x, output = builder.computed(operator, 0), builder.output(operator)
    if len(builder.tensors[x].shape) != 3 or len(builder.tensors[output].shape) != 3:
        raise ConversionError(f"{operator}: expected images (batch, height, width, channels).")
    if builder.tensors[x].dtype != builder.tensors[output].dtype or builder.tensors[x].dtype == np.uint8:
        raise ConversionError(f"{operator}: expected int8 or int16 input and output of the same type.")
    return x, output


def conv_2d(builder: Builder, operator: FileOperator) -> None:
    """CONV_2D: ``conv_2d`` with weights (O, KH, KW, I)."""
    x, output = _image(builder, operator)
    weights, scales = _weights(builder, operator, 4, 0)
    out, height, width, depth = weights.shape
    if (depth, out) != (builder.tensors[x].shape[2], builder.tensors[output].shape[2]):
        raise ConversionError(f"{operator}: weights of shape {weights.shape} do not fit input and output.")
    windows = window_attributes(builder, operator, x, output, (height, width))
    refuse_work(operator, weights.size * math.prod(builder.tensors[output].shape[:2]))
    parameters, attributes = _store(builder, operator, (x, output), weights, weights.reshape(out, -1), scales, 0)
    builder.add("conv_2d", (x,), output, parameters, {**windows, **attributes})


def depthwise_conv_2d(builder: Builder, operator: FileOperator) -> None:
    """DEPTHWISE_CONV_2D: ``depthwise_conv_2d`` with weights (KH, KW, O)."""
    x, output = _image(builder, operator)
    weights, scales = _weights(builder, operator, 4, 3)
    one, height, width, out = weights.shape
    depth = builder.tensors[x].shape[2]
    if one != 1 or out != builder.tensors[output].shape[2] or out % depth:
        raise ConversionError(f"{operator}: weights of shape {weights.shape} do not fit input and output.")
    if operator.options["depth_multiplier"] != out // depth:
        raise ConversionError(
            f"{operator}: expected depth multiplier {out // depth}, got {operator.options['depth_multiplier']}."
        )
    windows = window_attributes(builder, operator, x, output, (height, width))
    refuse_work(operator, weights.size * math.prod(builder.tensors[output].shape[:2]))
    stored, rows = weights[0], weights.reshape(-1, out).T
    parameters, attributes = _store(builder, operator, (x, output), stored, rows, scales, 2)
    builder.add(
        "depthwise_conv_2d", (x,), output, parameters, {**windows, "depth_multiplier": out // depth, **attributes}
    )


def fully_connected(builder: Builder, operator: FileOperator) -> None:
    """FULLY_CONNECTED: ``fully_connected`` with weights (O, I)."""
    x, output = builder.computed(operator, 0), builder.output(operator)
    weights, scales = _weights(builder, operator, 2, 0)
    if operator.options["weights_format"] != 0:
        raise ConversionError(f"{operator}: shuffled weights are not supported.")
    out, depth = weights.shape
    x_size, shape = math.prod(builder.tensors[x].shape), builder.tensors[output].shape
    refuse_work(operator, x_size * out)
    if not shape or shape[-1] != out or x_size % depth or math.prod(shape) != x_size // depth * out:
        raise ConversionError(f"{operator}: weights of shape {weights.shape} do not fit input and output.")
    if builder.tensors[x].dtype != builder.tensors[output].dtype or builder.tensors[x].dtype == np.uint8:
        raise ConversionError(f"{operator}: expected int8 or int16 input and output of the same type.")
    parameters, attributes = _store(builder, operator, (x, output), weights, weights, scales, 0)
    builder.add("fully_connected", (x,), output, parameters, attributes)


CONVERTERS = {"CONV_2D": conv_2d, "DEPTHWISE_CONV_2D": depthwise_conv_2d, "FULLY_CONNECTED": fully_connected}
