"""Value by value as C: codes of raw inputs, sums, products, new scales, functions in tables, softmax."""

from __future__ import annotations

import numpy as np

from tinyml_course.export.c_text import table
from tinyml_course.export.network import Network, Step, step_of, suffix
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
    """A function of one code, from a table; of int16 codes, from a table with lines between its entries."""
    name, results = network.name, network.graph.parameter(operator, "table")
    function = str(operator.attributes.get("function", "function"))
    x, y = operator.inputs[0], operator.outputs[0]
    wide = network.tensor(x).dtype == np.int16
    rest, kernels, scale = "", ["network_lookup.h"], 0
    if wide:
        scale, shift = (int(network.graph.parameter(operator, role)) for role in ("multiplier", "shift"))
        rest = f", {scale}, {shift}, {name}_{function}"
        kernels = ["network_multiply.h", "network_lookup_16.h"]
    listing = table(
        "uint16_t" if wide else "int8_t",
        f"{name}_results_{index}[{results.size}]",
        [("results of 0, 1/24, ..." if wide else "results of -128, -127, ...", results)],
        name,
    )
    return Step(
        title=f"{function} from a table, {shapes(network, operator)}",
        call=lambda places: (
            f"{name}_lookup{'_16' * wide}({places.of(x)}, {places.of(y)}, {network.size(x)}, "
            f"{name}_results_{index}{rest});"
        ),
        tables=(listing,),
        table_bytes=results.size * results.dtype.itemsize,
        kernels=tuple(network.kernel(file) for file in kernels),
        in_place=True,
    )


@step_of("softmax")
def softmax_step(network: Network, index: int, operator: Operator) -> Step:
    """Softmax over the last axis."""
    length = network.tensor(operator.inputs[0]).shape[-1]
    counts = f"{network.size(operator.inputs[0]) // length}, {length}"
    if network.tensor(operator.inputs[0]).dtype == np.int16:
        return _softmax_16(network, index, operator, counts)
    name, exponentials = network.name, network.graph.parameter(operator, "exponentials")
    rows = [("exp(0), exp(-1 code), ..., times 2^31", exponentials)]
    return Step(
        title=f"Softmax, {shapes(network, operator)}",
        call=lambda places: (
            f"{name}_softmax({places.of(operator.inputs[0])}, {places.of(operator.outputs[0])}, {counts}, "
            f"{exponentials.size}, {name}_exponentials_{index});"
        ),
        tables=(table("int32_t", f"{name}_exponentials_{index}[{exponentials.size}]", rows, name),),
        table_bytes=4 * exponentials.size,
        kernels=tuple(network.kernel(f"network_{file}.h") for file in ("multiply", "reciprocal", "softmax")),
        in_place=True,
    )


def _softmax_16(network: Network, index: int, operator: Operator, counts: str) -> Step:
    """Two tables of points with lines between them: exp, and a reciprocal."""
    name, (multiplier, shift) = network.name, factor(network, operator)
    listings, total = [], 0
    for role, comment in (("exponentials", "exp(-10 ... 0)"), ("reciprocals", "1 / (1 + x) for x = 0 ... 1")):
        points = network.graph.parameter(operator, role)
        rows = [(f"{comment}, times 2^15", points)]
        listings.append(table("int16_t", f"{name}_{role}_{index}[{points.size}]", rows, name))
        total += 2 * points.size
    fields = (
        f"    {counts}, {name}_exponentials_{index}, {name}_reciprocals_{index}, /* rows, their length, tables */\n"
        f"    {multiplier}u, {shift}, {rounding_number(operator)} /* multiplier, shift, rounding */\n"
    )
    return Step(
        title=f"Softmax, {shapes(network, operator)}",
        call=lambda places: (
            f"{name}_softmax_16({places.of(operator.inputs[0])}, {places.of(operator.outputs[0])}, "
            f"&{name}_layer_{index});"
        ),
        tables=(*listings, layer_table(network, index, "softmax_16", fields)),
        table_bytes=total,
        kernels=tuple(network.kernel(file) for file in (*REQUANTIZE[:2], "network_softmax_16.h")),
        in_place=True,
    )
