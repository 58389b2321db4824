"""Layers with weights as C: dense layers, convolutions and depthwise convolutions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tinyml_course.errors import ExportError
from tinyml_course.export.c_text import table
from tinyml_course.export.network import Network, Places, Step, step_of, suffix
from tinyml_course.export.network_bounds import sum_bounds
from tinyml_course.graph import Array, Operator
from tinyml_course.intervals import Interval

#: Sums and requantized values stay below it, so that neither a zero point nor a rounding constant overflows 32 bits.
SUM_LIMIT = 2**31 - 2**16


#: What every requantization needs.
REQUANTIZE = ("network_multiply.h", "network_requantize.h", "network_clamp.h")


@dataclass(frozen=True)
class Channels:
    """What the output channels of a layer are computed with, and how large their sums get.

    Parameters
    ----------
    rows : ndarray of int64, shape (channels, terms)
        The weights of each output channel, in the order in which the values are read.
    start : ndarray of int64, shape (channels,)
        Bias less ``zero_point * (sum of the row)``: added to ``rows @ codes`` it gives the accumulator.
    multiplier, shift : ndarray of int64, shape (channels,) or (1,)
        From accumulator to output.
    sums : Interval of shape (channels,)
        Bounds of every partial sum that starts at `start`, for every allowed input.
    """

    rows: Array
    start: Array
    multiplier: Array
    shift: Array
    sums: Interval

    @property
    def sum_bits(self) -> int:
        """Bits of a signed integer that holds every sum."""
        low, high = int(self.sums.low.min()), int(self.sums.high.max())
        return max((-low - 1).bit_length() if low < 0 else 0, high.bit_length() if high > 0 else 0) + 1


def weight_rows(network: Network, operator: Operator) -> Array:
    """Return the weights with one row for each output channel, shape (channels, terms), int64."""
    weights = network.graph.parameter(operator, "weights").astype(np.int64)
    if operator.kind == "depthwise_conv_2d":
        return weights.reshape(-1, weights.shape[-1]).T
    return weights.reshape(len(weights), -1)


def channels_of(network: Network, operator: Operator) -> Channels:
    """Fold the input's zero point into the bias and bound every sum."""
    if operator.outputs not in network.memo:
        network.memo[operator.outputs] = _channels(network, operator)
    found: Channels = network.memo[operator.outputs]
    return found


def _channels(network: Network, operator: Operator) -> Channels:
    graph, source = network.graph, operator.inputs[0]
    rows, zero_point = weight_rows(network, operator), network.zero_point(source)
    start = graph.parameter(operator, "bias").astype(np.int64).ravel() - zero_point * rows.sum(axis=1)
    low, high = network.bounds[source]
    if "padding" in operator.attributes and any(
        operator.integers("padding")
    ):  # outside the picture there are zero points
        low, high = min(low, zero_point), max(high, zero_point)
    multiplier, shift = (graph.parameter(operator, role).astype(np.int64).ravel() for role in ("multiplier", "shift"))
    return Channels(rows, start, multiplier, shift, sum_bounds(rows, start, (low, high)))


def is_wide(network: Network) -> bool:
    """Tell whether a layer with int16 values needs more than 32 bits, or a shift that 32 bits do not allow for."""
    for operator in network.graph.operators:
        if "weights" in operator.parameters and network.tensor(operator.outputs[0]).dtype == np.int16:
            channels = channels_of(network, operator)
            reduced = operator.attributes["rounding"] == "reduced"
            if channels.sums.largest >= SUM_LIMIT or (reduced and int(channels.shift.max()) > -2):
                return True
    return False


def _check(network: Network, index: int, operator: Operator, channels: Channels) -> None:
    """Prove that 32 bits hold every sum and every requantized value."""
    if operator.attributes["rounding"] == "reduced" and is_wide(network):
        return  # the sums have 64 bits
    left = np.maximum(channels.shift, 0)
    if channels.sums.largest << int(left.max()) >= SUM_LIMIT:
        raise ExportError(
            f"Operator {index} ({operator.kind}) of this {network.graph.kind} could overflow: a sum can reach "
            f"{channels.sums.largest:,}, and 32 bits hold less than {SUM_LIMIT >> int(left.max()):,} here. "
            "Use fewer inputs, or quantize the model again."
        )


def _tables(network: Network, index: int, channels: Channels, wide: bool) -> tuple[tuple[str, ...], int]:
    """The tables of a layer, and their bytes."""
    name, (count, terms) = network.name, channels.rows.shape
    operator = network.graph.operators[index]
    reduced = operator.attributes["rounding"] == "reduced"
    # A kernel divides by 2^32 (reduced: by 2^16), which costs nothing; the stored factor is of 2^31.
    multiplier = channels.multiplier if reduced else 2 * channels.multiplier
    bias = ("int64_t", 8) if wide else ("int32_t", 4)
    shown = [(f"channel {k}", row) for k, row in enumerate(channels.rows)]
    if terms < 8:
        shown = [(f"{terms} weights for each of {count} channels", channels.rows)]
    scales = "one for each channel" if len(multiplier) > 1 else "one for all channels"
    shape = "x".join(map(str, network.graph.parameter(operator, "weights").shape))
    texts = (
        f"/* {index}. {operator.kind}: weights {shape}, {count * terms:,} bytes, one row for each output channel */\n"
        + table("int8_t", f"{name}_weights_{index}[{count * terms}]", shown, name),
        table(bias[0], f"{name}_bias_{index}[{count}]", [("one for each channel", channels.start)], name),
        table("uint32_t", f"{name}_multiplier_{index}[{len(multiplier)}]", [(scales, multiplier)], name),
        table("int8_t", f"{name}_shift_{index}[{len(multiplier)}]", [(scales, channels.shift)], name),
    )
    return texts, count * terms + count * bias[1] + 5 * len(multiplier)


def rounding_number(operator: Operator) -> int:
    """Return how C code knows the operator's rounding: 0 for once, 1 for twice, 2 for a multiplier of 15 bits."""
    return ("single", "double", "reduced").index(str(operator.attributes["rounding"]))


def _channels_text(network: Network, index: int, channels: Channels) -> str:
    """The initializer of a ``channels`` structure."""
    operator, name = network.graph.operators[index], network.name
    count, terms = channels.rows.shape
    tables = ", ".join(f"{name}_{role}_{index}" for role in ("weights", "bias", "multiplier", "shift"))
    low, high = operator.integer("activation_min"), operator.integer("activation_max")
    zero_point = network.zero_point(operator.outputs[0])
    return (
        f"    {{ {tables},\n"
        f"      {terms}, {count}, /* weights in a row, channels */\n"
        f"      {int(len(channels.multiplier) > 1)}, {rounding_number(operator)}, "
        "/* a multiplier for each channel? how results are rounded */\n"
        f"      {zero_point}, {low}, {high} /* of the output: zero point, smallest and largest code */ }},\n"
    )


def _layer(network: Network, index: int, kind: str, rest: str, files: tuple[str, ...], title: str) -> Step:
    """A step of the shape ``NAME_kind(x, y, &NAME_layer_index)``; with scratch, that comes third."""
    operator = network.graph.operators[index]
    value = network.tensor(operator.outputs[0]).dtype
    channels = channels_of(network, operator)
    _check(network, index, operator, channels)
    wide = value == np.int16 and is_wide(network)
    texts, table_bytes = _tables(network, index, channels, wide)
    name, end = network.name, suffix(value)
    layer = (
        f"static const {name}_{kind}{end}_t {name}_layer_{index} {name}_FLASH = {{\n"
        f"{_channels_text(network, index, channels)}{rest}}};\n"
    )
    common = _channel_kernels(network, value, wide, kind != "depthwise")
    scratch_bytes = channels.rows.shape[1] * value.itemsize if kind == "conv_2d" else 0
    x, y = operator.inputs[0], operator.outputs[0]

    def call(places: Places) -> str:
        arguments = [places.of(x), places.of(y), f"&{name}_layer_{index}"]
        if scratch_bytes:
            arguments.insert(2, places.scratch_of(value))
        return f"{name}_{kind}{end}({', '.join(arguments)});"

    return Step(
        title=f"{title}. Sums of at most {channels.sums.largest:,} in magnitude: {channels.sum_bits} bits",
        call=call,
        tables=(*texts, layer),
        table_bytes=table_bytes,
        kernels=(*common, *(network.kernel(file, value) for file in files)),
        scratch_bytes=scratch_bytes,
    )


def _channel_kernels(network: Network, value: np.dtype[Any], wide: bool, rows: bool) -> tuple[str, ...]:
    """What every layer with weights needs, for one type of values; `rows` if it multiplies whole rows."""
    bits = "64" if wide else str(8 * value.itemsize)
    reduced = ["network_reduced_64.h" if wide else "network_reduced_32.h"] if value == np.int16 else []
    typed = [f"network_rescale_{8 * value.itemsize}.h", f"network_sum_{bits}.h", "network_channels.h"]
    typed += [f"network_dot_{bits}.h", "network_row.h"] if rows else []
    return (
        *(network.kernel(file) for file in [*REQUANTIZE, *reduced]),
        *(network.kernel(file, value) for file in typed),
    )


def window_text(network: Network, operator: Operator, window: tuple[int, int]) -> str:
    """The initializer of a ``window`` structure."""
    height, width, depth = network.tensor(operator.inputs[0]).shape
    rows, columns, _ = network.tensor(operator.outputs[0]).shape
    down, right = operator.integers("strides")
    apart = operator.attributes.get("dilations", (1, 1))
    assert isinstance(apart, tuple)
    top, _, left, _ = operator.integers("padding")
    if (
        max(height, width, rows * down + top, columns * right + left, window[0] * apart[0], window[1] * apart[1])
        > 32000
    ):
        raise ExportError(f"A picture of {height} x {width} is larger than the 32,000 positions that C code counts to.")
    return (
        f"    {{ {height}, {width}, {depth}, /* the input: height, width, channels */\n"
        f"      {rows}, {columns}, {window[0]}, {window[1]}, /* the output, the window */\n"
        f"      {down}, {right}, {apart[0]}, {apart[1]}, /* strides, dilations */\n"
        f"      {top}, {left} /* padding */ }},\n"
    )


def shapes(network: Network, operator: Operator) -> str:
    """Shapes of input and output for a title, for example ``8x8x1 -> 8x8x4``."""
    ends = (network.tensor(name).shape for name in (operator.inputs[0], operator.outputs[0]))
    return " -> ".join("x".join(map(str, shape)) or "1" for shape in ends)


@step_of("fully_connected")
def dense_step(network: Network, index: int, operator: Operator) -> Step:
    """A dense layer; an input of several rows is multiplied row by row."""
    _, terms = network.graph.parameter(operator, "weights").shape
    rows = network.size(operator.inputs[0]) // terms
    title = f"Dense layer, {shapes(network, operator)}"
    return _layer(network, index, "rows", f"    {rows} /* rows of values */\n", ("network_rows.h",), title)


@step_of("conv_2d")
def convolution_step(network: Network, index: int, operator: Operator) -> Step:
    """A convolution; one of 1x1 that reads every position is a dense layer for each of them."""
    _, height, width, _ = network.graph.parameter(operator, "weights").shape
    down, right = operator.integers("strides")
    title = f"Convolution {height}x{width}, {shapes(network, operator)}"
    if height == width == down == right == 1 and not any(operator.integers("padding")):
        rows, columns, _ = network.tensor(operator.inputs[0]).shape
        rest = f"    {rows * columns} /* positions */\n"
        return _layer(network, index, "rows", rest, ("network_rows.h",), title)
    outside = network.zero_point(operator.inputs[0])
    rest = f"{window_text(network, operator, (height, width))}    {outside} /* the value outside the picture */\n"
    return _layer(network, index, "conv_2d", rest, ("network_window.h", "network_conv_2d.h"), title)


@step_of("depthwise_conv_2d")
def depthwise_step(network: Network, index: int, operator: Operator) -> Step:
    """A depthwise convolution."""
    height, width, _ = network.graph.parameter(operator, "weights").shape
    outside = network.zero_point(operator.inputs[0])
    rest = (
        f"{window_text(network, operator, (height, width))}"
        f"    {outside}, {operator.integer('depth_multiplier')} "
        "/* the value outside the picture, output channels for each input channel */\n"
    )
    title = f"Depthwise convolution {height}x{width}, {shapes(network, operator)}"
    return _layer(network, index, "depthwise", rest, ("network_window.h", "network_depthwise.h"), title)
