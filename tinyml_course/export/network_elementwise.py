"""Value by value as C: codes of raw inputs, sums, products, new scales, functions in tables, softmax."""

from __future__ import annotations

import numpy as np

from tinyml_course.export.c_text import table
from tinyml_course.export.network import Network, Places, Step, step_of, suffix
from tinyml_course.export.network_layers import REQUANTIZE, rounding_number, shapes
from tinyml_course.graph import Operator


def factor(network: Network, operator: Operator, prefix: str = "") -> tuple[int, int]:
    """Return the multiplier (times two, as kernels take it) and the shift of one requantization."""
    multiplier, shift = (network.graph.parameter(operator, prefix + role) for role in ("multiplier", "shift"))
    return 2 * int(multiplier.reshape(())), int(shift.reshape(()))


def ends_text(network: Network, operator: Operator) -> str:
    """The last fields of a layer: rounding, and zero point, smallest and largest code of the output."""
    low, high = operator.integer("activation_min"), operator.integer("activation_max")
    return (
        f"    {rounding_number(operator)}, {network.zero_point(operator.outputs[0])}, {low}, {high} "
        "/* rounding; zero point, smallest and largest code of the output */\n"
    )


def layer_table(network: Network, index: int, kind: str, fields: str) -> str:
    """A layer's structure in flash; `kind` is its type's name, with the suffix of its value types."""
    name = network.name
    return f"static const {name}_{kind}_t {name}_layer_{index} {name}_FLASH = {{\n{fields}}};\n"


def layer_step(network: Network, index: int, kind: str, fields: str, files: tuple[str, ...], title: str) -> Step:
    """A step ``NAME_kind(a, ..., y, &NAME_layer_index)`` whose kernel works on one type of values."""
    operator, name = network.graph.operators[index], network.name
    value = network.tensor(operator.outputs[0]).dtype
    kernels = [network.kernel(file, value) for file in files]
    return Step(
        title=f"{title}, {shapes(network, operator)}",
        call=lambda places: (
            f"{name}_{kind}{suffix(value)}("
            f"{', '.join(places.of(tensor) for tensor in (*operator.inputs, *operator.outputs))}, "
            f"&{name}_layer_{index});"
        ),
        tables=(layer_table(network, index, kind + suffix(value), fields),),
        kernels=tuple(kernels),
    )


@step_of("encode_input")
def encode_step(network: Network, index: int, operator: Operator) -> Step:
    """Raw values to codes by a table."""
    name, codes = network.name, network.graph.parameter(operator, "table")
    minimum = operator.integer("minimum")
    value = network.tensor(operator.outputs[0]).dtype
    first = int(np.int64(minimum).astype(np.int16))  # the kernel's differences wrap around at 16 bits
    kernel = network.kernel("network_encode.h", value)
    return Step(
        title=f"Codes of the raw values, {shapes(network, operator)}",
        call=lambda places: (
            f"{name}_encode{suffix(value)}({places.of(operator.inputs[0])}, {places.of(operator.outputs[0])}, "
            f"{network.size(operator.inputs[0])}, {first}, {name}_codes_{index});"
        ),
        tables=(
            table(
                f"{value.name}_t",
                f"{name}_codes_{index}[{codes.size}]",
                [(f"codes of {minimum}, {minimum + 1}, ...", codes)],
                name,
            ),
        ),
        table_bytes=codes.size * value.itemsize,
        kernels=(kernel,),
    )


@step_of("encode_thresholds")
def thresholds_step(network: Network, index: int, operator: Operator) -> Step:
    """Raw values to codes by thresholds."""
    name, thresholds = network.name, network.graph.parameter(operator, "thresholds")
    is_float = network.tensor(operator.inputs[0]).dtype == np.float32
    rows = [("the smallest value of each code above -128, as ordered integers", thresholds)]
    return Step(
        title=f"Codes of the raw values, {shapes(network, operator)}",
        call=lambda places: (
            f"{name}_encode_thresholds({places.of(operator.inputs[0])}, {places.of(operator.outputs[0])}, "
            f"{network.size(operator.inputs[0])}, {name}_thresholds_{index});"
        ),
        tables=(table("int32_t", f"{name}_thresholds_{index}[{thresholds.size}]", rows, name),),
        table_bytes=4 * thresholds.size,
        kernels=(
            network.kernel("network_ordered_float.h" if is_float else "network_ordered.h"),
            network.kernel("network_encode_thresholds.h"),
        ),
    )


@step_of("relu", "relu6", "quantize")
def change_scale_step(network: Network, index: int, operator: Operator) -> Step:
    """Codes of one scale to codes of another."""
    name, (multiplier, shift) = network.name, factor(network, operator)
    x, y = operator.inputs[0], operator.outputs[0]
    types = network.tensor(x).dtype, network.tensor(y).dtype
    fields = (
        f"    {network.size(x)}, {network.zero_point(x)}, /* values, their zero point */\n"
        f"    {multiplier}u, {shift}, /* multiplier, shift */\n{ends_text(network, operator)}"
    )
    return Step(
        title=f"{operator.kind}, {shapes(network, operator)}",
        call=lambda places: (
            f"{name}_change_scale{suffix(*types)}({places.of(x)}, {places.of(y)}, &{name}_layer_{index});"
        ),
        tables=(layer_table(network, index, "change_scale" + suffix(*types), fields),),
        kernels=(
            *(network.kernel(file) for file in REQUANTIZE),
            network.kernel("network_change_scale.h", *types),
        ),
        in_place=types[0].itemsize == types[1].itemsize,
    )


@step_of("lookup")
def lookup_step(network: Network, index: int, operator: Operator) -> Step:
    """A function of one code, from a table."""
    name, results = network.name, network.graph.parameter(operator, "table")
    function = operator.attributes.get("function", "function")
    return Step(
        title=f"{function} from a table, {shapes(network, operator)}",
        call=lambda places: (
            f"{name}_lookup({places.of(operator.inputs[0])}, {places.of(operator.outputs[0])}, "
            f"{network.size(operator.inputs[0])}, {name}_results_{index});"
        ),
        tables=(
            table("int8_t", f"{name}_results_{index}[{results.size}]", [("results of -128, -127, ...", results)], name),
        ),
        table_bytes=results.size,
        kernels=(network.kernel("network_lookup.h"),),
        in_place=True,
    )


@step_of("softmax")
def softmax_step(network: Network, index: int, operator: Operator) -> Step:
    """Softmax over the last axis."""
    name, exponentials = network.name, network.graph.parameter(operator, "exponentials")
    length = network.tensor(operator.inputs[0]).shape[-1]
    rows = network.size(operator.inputs[0]) // length
    table_rows = [("exp(0), exp(-1 code), ..., times 2^31", exponentials)]

    def call(places: Places) -> str:
        return (
            f"{name}_softmax({places.of(operator.inputs[0])}, {places.of(operator.outputs[0])}, {rows}, {length}, "
            f"{exponentials.size}, {name}_exponentials_{index});"
        )

    return Step(
        title=f"Softmax, {shapes(network, operator)}",
        call=call,
        tables=(table("int32_t", f"{name}_exponentials_{index}[{exponentials.size}]", table_rows, name),),
        table_bytes=4 * exponentials.size,
        kernels=tuple(network.kernel(file) for file in ("network_multiply.h", "network_softmax.h")),
        in_place=True,
    )
