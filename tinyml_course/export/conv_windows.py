"""Convolutions with many weights: each window is copied, and a dense layer's register kernel takes it."""

from __future__ import annotations

import math

import numpy as np

from tinyml_course.export.c_text import fixed_c
from tinyml_course.export.dense import CODE_OFFSET, DenseLayer, layer_table, narrow_c, plan_columns
from tinyml_course.export.dense_avr import dense_lines
from tinyml_course.export.narrow_avr import Line, asm_statement
from tinyml_course.export.network import Network, Places, Step, fuser
from tinyml_course.graph import Operator

#: Sizes of the image and the window are bytes.
_LARGEST = 255
#: Values of an image that two bytes count.
_MOST_IMAGE = 2**15


def _shape(network: Network, operator: Operator) -> tuple[int, ...]:
    """The fields of ``model_windows_t``."""
    height, width, channels = network.tensor(operator.inputs[0]).shape
    _, window_height, window_width, _ = network.graph.parameter(operator, "weights").shape
    top, _, left, _ = operator.integers("padding")
    dilations = operator.integers("dilations") if "dilations" in operator.attributes else (1, 1)
    strides = operator.integers("strides")
    zero = network.zero_point(operator.inputs[0]) + CODE_OFFSET
    return height, width, window_height, *dilations, *strides, top, left, window_width, channels, zero


def _call(network: Network, operator: Operator, layer: DenseLayer, index: int, places: Places) -> str:
    name = network.name
    rows, columns, outputs = network.tensor(operator.outputs[0]).shape
    window, source = places.scratch_of(np.dtype(np.uint8)), places.of(operator.inputs[0])
    lines: list[Line] = [
        ("movw r24, r26; movw r28, r30", "the sum of the values; Y: the results"),
        *dense_lines(layer, "table", "window", None, hidden=False, add_up=False),
        ("movw r30, r28", ""),
    ]
    operands = {"table": f"{name}_dense_{index}", "window": window}
    statement = asm_statement(lines, '"+x"(sum), "+z"(y)', operands)
    plain = (
        f"{name}_dense(&form, {name}_dense_{index}, {layer.sum_bytes}, {layer.block}, {window}, {layer.count}, "
        f"y, {outputs});\n(void)sum;\ny += {outputs};"
    )
    parts = [
        "{",
        f"    {name}_windows_t shape;",
        f"    uint8_t *y = (uint8_t *)({places.of(operator.outputs[0])});",
        f"#if !{name}_REGISTERS",
        "    " + narrow_c(layer.narrow, layer.base, name, "form"),
        "#endif",
        f"    {name}_fetch(shape, &{name}_windows_{index});",
        f"    for (uint8_t row = 0; row < {rows}; row++) {{",
        f"        for (uint8_t column = 0; column < {columns}; column++) {{",
        f"            uint16_t sum = {name}_window_codes(&shape, {source}, row, column, {window});",
        f"#if {name}_REGISTERS",
        statement,
        "#else",
        *(f"            {line}" for line in plain.split("\n")),
        "#endif",
        "        }",
        "    }",
        "}",
    ]
    return "\n".join(parts)


@fuser
def conv_windows(network: Network, index: int) -> Step | None:
    """Write a convolution window by window."""
    operator = network.graph.operators[index]
    if operator.kind != "conv_2d":
        return None
    source = network.tensor(operator.inputs[0])
    weights = network.graph.parameter(operator, "weights").astype(np.int64)
    if len(source.shape) != 3 or math.prod(source.shape) >= _MOST_IMAGE:
        return None
    shape = _shape(network, operator)
    values = weights[0].size
    if max(*shape, *network.tensor(operator.outputs[0]).shape, values) > _LARGEST:
        return None
    layer = plan_columns(network, operator, weights.reshape(len(weights), -1))
    if layer is None:
        return None
    name = network.name
    text, size = layer_table(network, layer, f"{name}_dense_{index}")
    fields = ", ".join(map(str, shape))
    windows = f"static const {name}_windows_t {name}_windows_{index} {name}_FLASH = {{{fields}}};\n"
    files = ("narrow_plain.h", "dense_plain.h", "conv_windows.h")
    return Step(
        title=f"Convolution in registers, window by window: {layer.count} values to {layer.outputs} outputs",
        call=lambda places: _call(network, operator, layer, index, places),
        tables=(text, windows),
        table_bytes=size + len(shape),
        kernels=tuple(fixed_c(file, name) for file in files),
        scratch_bytes=layer.count + 1,
    )
