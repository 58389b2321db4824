"""Convolution and dense layers in integers, as TensorFlow Lite's reference kernels compute them.

Shapes: n samples, images H x W with I channels, windows KH x KW, O output channels. With the zero points zx and
zy of input and output::

    accumulator = bias[o] + sum of weights[o, …] * (x - zx)        places outside the image count as x = zx
    y = clip(requantize(accumulator, multiplier[o], shift[o], rounding) + zy, activation_min, activation_max)

The sums are taken in float64, which is exact: every product and partial sum is a whole number below 2**53.
Sources: ``reference_integer_ops::ConvPerChannel``, ``DepthwiseConvPerChannel``, ``FullyConnected`` and
``FullyConnectedPerChannel`` in ``tensorflow/lite/kernels/internal/reference/integer_ops/``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from tinyml_course.fixed_point import multiply_by_quantized_multiplier
from tinyml_course.graph import Array, Graph, Operator, reference_of

#: Values that are unpacked to float64 at once: 32 MiB.
CHUNK_VALUES = 1 << 22


def zero_point(graph: Graph, name: str) -> int:
    """Return the zero point of a tensor."""
    encoding = graph.tensors[name].encoding
    return 0 if encoding is None else encoding.zero_point


def shaped(graph: Graph, name: str, computed: Mapping[str, Array]) -> Array:
    """Return a computed tensor, in its shape with the batch in front."""
    values = computed[name]
    batch: Array = values.reshape(len(values), *graph.tensors[name].shape)
    return batch


def finish(graph: Graph, operator: Operator, values: Array) -> Array:
    """Add the output's zero point, clip to the activation's range, and take the output's type and shape."""
    place = graph.tensors[operator.outputs[0]]
    codes = values + zero_point(graph, place.name)
    clipped = np.clip(codes, operator.integer("activation_min"), operator.integer("activation_max"))
    result: Array = clipped.astype(place.dtype).reshape(len(values), *place.shape)
    return result


def requantize(graph: Graph, operator: Operator, accumulator: Array, prefix: str = "") -> Array:
    """Apply the operator's multiplier and shift; they run along the last axis, or are single."""
    multiplier, shift = (graph.parameter(operator, prefix + role) for role in ("multiplier", "shift"))
    return multiply_by_quantized_multiplier(accumulator, multiplier, shift, str(operator.attributes["rounding"]))


def in_chunks(x: Array, values_per_sample: int, function: Callable[[Array], Array]) -> Array:
    """Apply `function` to some samples at a time, so that memory stays small."""
    step = max(1, CHUNK_VALUES // max(1, values_per_sample))
    parts = [function(x[i : i + step]) for i in range(0, max(1, len(x)), step)]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def windows(
    x: Array, window: tuple[int, int], operator: Operator, out: tuple[int, ...], fill: float
) -> Iterator[tuple[int, int, Array]]:
    """Yield, for each place in a sliding window, the values of all windows at that place.

    Places that lie outside the image for all windows are left out.

    Parameters
    ----------
    x : ndarray of shape (n, H, W, C)
        Images.
    window : tuple of int
        Height and width.
    operator : Operator
        With the attributes strides, padding and perhaps dilations.
    out : tuple of int
        Height and width of the output.
    fill : float
        What stands outside the image.

    Yields
    ------
    row, column : int
        Place in the window.
    values : ndarray of shape (n, *out, C)
        A view.
    """
    top, bottom, left, right = operator.integers("padding")
    padded = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=fill)
    dilations = operator.integers("dilations") if "dilations" in operator.attributes else (1, 1)
    strides = operator.integers("strides")
    for row in range(window[0]):
        for column in range(window[1]):
            first = row * dilations[0], column * dilations[1]
            last = [f + (n - 1) * s for f, n, s in zip(first, out, strides, strict=False)]
            above = last[0] < top or first[0] >= top + x.shape[1]
            if not (above or last[1] < left or first[1] >= left + x.shape[2]):
                rows, columns = (slice(f, e + 1, s) for f, e, s in zip(first, last, strides, strict=True))
                yield row, column, padded[:, rows, columns]


def _places(graph: Graph, operator: Operator) -> int:
    """Values of one sample that a layer unpacks at once: its input, its output, and the sums."""
    x, y = (math.prod(graph.tensors[name].shape) for name in (operator.inputs[0], operator.outputs[0]))
    return x + 2 * y


@reference_of("conv_2d")
def _conv_2d(graph: Graph, operator: Operator, computed: Mapping[str, Array]) -> Mapping[str, Array]:
    """Weights (O, KH, KW, I): every output channel sees every input channel."""
    name, output = operator.inputs[0], graph.tensors[operator.outputs[0]]
    weights = graph.parameter(operator, "weights").astype(np.float64)
    bias = graph.parameter(operator, "bias").astype(np.int64)
    _, height, width, _ = weights.shape

    def layer(x: Array) -> Array:
        centred = x.astype(np.float64) - zero_point(graph, name)
        total = np.zeros((len(x), *output.shape))
        for row, column, values in windows(centred, (height, width), operator, output.shape, 0.0):
            total += values @ weights[:, row, column].T
        return finish(graph, operator, requantize(graph, operator, total.astype(np.int64) + bias))

    x = shaped(graph, name, computed)
    return {output.name: in_chunks(x, _places(graph, operator), layer)}


@reference_of("depthwise_conv_2d")
def _depthwise_conv_2d(graph: Graph, operator: Operator, computed: Mapping[str, Array]) -> Mapping[str, Array]:
    """Weights (KH, KW, O): output channel o sees input channel ``o // depth_multiplier`` only."""
    name, output = operator.inputs[0], graph.tensors[operator.outputs[0]]
    weights = graph.parameter(operator, "weights").astype(np.float64)
    bias = graph.parameter(operator, "bias").astype(np.int64)
    height, width, _ = weights.shape

    def layer(x: Array) -> Array:
        centred = x.astype(np.float64) - zero_point(graph, name)
        repeated = np.repeat(centred, operator.integer("depth_multiplier"), axis=3)
        total = np.zeros((len(x), *output.shape))
        for row, column, values in windows(repeated, (height, width), operator, output.shape, 0.0):
            total += values * weights[row, column]
        return finish(graph, operator, requantize(graph, operator, total.astype(np.int64) + bias))

    x = shaped(graph, name, computed)
    return {output.name: in_chunks(x, _places(graph, operator), layer)}


@reference_of("fully_connected")
def _fully_connected(graph: Graph, operator: Operator, computed: Mapping[str, Array]) -> Mapping[str, Array]:
    """Weights (O, I): the input is taken as rows of I values (one row, unless the output has more axes)."""
    name, output = operator.inputs[0], graph.tensors[operator.outputs[0]]
    weights = graph.parameter(operator, "weights").astype(np.float64)
    bias = graph.parameter(operator, "bias").astype(np.int64)
    depth = weights.shape[1]

    def layer(x: Array) -> Array:
        rows = x.astype(np.float64).reshape(len(x), math.prod(x.shape[1:]) // depth, depth) - zero_point(graph, name)
        total = (rows @ weights.T).astype(np.int64) + bias
        return finish(graph, operator, requantize(graph, operator, total))

    x = shaped(graph, name, computed)
    return {output.name: in_chunks(x, _places(graph, operator), layer)}
