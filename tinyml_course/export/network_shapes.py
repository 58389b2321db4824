"""Values moved, chosen or averaged as C: pooling, means, borders, concatenation, new shapes."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from tinyml_course.errors import ExportError
from tinyml_course.export.c_text import table
from tinyml_course.export.network import Network, Places, Step, step_of, suffix
from tinyml_course.export.network_elementwise import ends_text, factor, layer_step, layer_table
from tinyml_course.export.network_layers import REQUANTIZE, SUM_LIMIT, shapes, window_text
from tinyml_course.graph import Array, Operator

#: Sums that the reciprocal of an average is proven for.
AVERAGE_LIMIT = 2**30


@step_of("reshape")
def reshape_step(network: Network, index: int, operator: Operator) -> Step:
    """Nothing to do: the same bytes under another shape."""
    return Step(title=f"The same values as another shape, {shapes(network, operator)}", call=lambda places: "")


@step_of("max_pool_2d")
def max_pool_step(network: Network, index: int, operator: Operator) -> Step:
    """The largest value of each window."""
    window = operator.integers("window")
    low, high = operator.integer("activation_min"), operator.integer("activation_max")
    fields = (
        f"{window_text(network, operator, (window[0], window[1]))}"
        f"    {low}, {high} /* smallest and largest code of the output */\n"
    )
    files = ("network_window.h", "network_part.h", "network_max_pool.h")
    return layer_step(network, index, "max_pool", fields, files, f"Largest of {window[0]}x{window[1]}")


def reciprocals(fewest: int, most: int, largest_sum: int) -> Array:
    """Factors that divide by each count without a division.

    Parameters
    ----------
    fewest, most : int
        Counts to divide by.
    largest_sum : int
        Largest magnitude of what is divided.

    Returns
    -------
    ndarray of int64
        ``m = ceil(2**(31 + shift) / count)`` with ``2**shift <= count``: then ``n * m >> (31 + shift)`` is
        ``n // count``, since m is too large by less than ``count < 2**(shift + 1)`` parts in ``2**(31 + shift)``,
        which adds less than ``1 / count`` to the quotient of an n below 2**30.

    Raises
    ------
    ExportError
        If a sum can reach 2**30.
    """
    if largest_sum + most // 2 >= AVERAGE_LIMIT or most >= 2**15:
        raise ExportError(
            f"An average of {most:,} values with a sum of up to {largest_sum:,} is not supported: at most 32,767 "
            f"values and sums below {AVERAGE_LIMIT:,}. Use a smaller window."
        )
    counts = range(fewest, most + 1)
    return np.array([-(-(2 ** (30 + count.bit_length())) // count) for count in counts], np.int64)


@step_of("average_pool_2d")
def average_pool_step(network: Network, index: int, operator: Operator) -> Step:
    """The mean of each window."""
    window, name = operator.integers("window"), network.name
    x = operator.inputs[0]
    height, width, _ = network.tensor(x).shape
    area = min(window[0], height) * min(window[1], width)
    fewest = 1 if any(operator.integers("padding")) else area
    magnitude = max(abs(bound) for bound in network.bounds[x])
    factors = reciprocals(fewest, area, magnitude * area)
    low, high = operator.integer("activation_min"), operator.integer("activation_max")
    fields = (
        f"{window_text(network, operator, (window[0], window[1]))}"
        f"    {name}_reciprocals_{index}, {fewest}, /* the first one's count */\n"
        f"    {low}, {high} /* smallest and largest code of the output */\n"
    )
    files = ("network_multiply.h", "network_clamp.h", "network_window.h", "network_part.h", "network_average_pool.h")
    step = layer_step(network, index, "average_pool", fields, files, f"Mean of {window[0]}x{window[1]}")
    rows = [(f"of {fewest}" + (f" to {area}" if area > fewest else ""), factors)]
    listing = table("uint32_t", f"{name}_reciprocals_{index}[{factors.size}]", rows, name)
    return replace(step, tables=(listing, *step.tables), table_bytes=4 * factors.size)


@step_of("mean")
def mean_step(network: Network, index: int, operator: Operator) -> Step:
    """The mean over axes; 1 / count is part of the multiplier."""
    x = operator.inputs[0]
    outer, first, keep, second, inner = mean_groups(network.tensor(x).shape, operator.integers("axes"))
    zero_point, count = network.zero_point(x), first * second
    largest = max(abs(bound - zero_point) for bound in network.bounds[x]) * count
    multiplier, shift = factor(network, operator)
    if (largest << max(shift, 0)) >= SUM_LIMIT:
        raise ExportError(f"The mean of {count:,} values could overflow: their sum can reach {largest:,}.")
    fields = (
        f"    {outer}, {first}, {keep}, {second}, {inner}, /* x[outer][first][keep][second][inner] */\n"
        f"    {-zero_point * count}, {multiplier}u, {shift}, /* start of a sum, multiplier, shift */\n"
        f"{ends_text(network, operator)}"
    )
    return layer_step(network, index, "mean", fields, (*REQUANTIZE, "network_mean.h"), f"Mean of {count:,} values")


def mean_groups(shape: tuple[int, ...], axes: tuple[int, ...]) -> tuple[int, int, int, int, int]:
    """Group the axes of a tensor for a mean: outer, first mean, kept, second mean, inner.

    Raises
    ------
    ExportError
        If the axes of the mean are in more than two groups.
    """
    groups = [1]  # sizes of runs of axes, kept and averaged in turn; the first run is kept
    for axis, size in enumerate(shape):
        averaged = axis in axes
        if averaged != (len(groups) % 2 == 0) and size > 1:
            groups.append(1)
        groups[-1] *= size
    if len(groups) > 5:
        raise ExportError(f"A mean over the axes {axes} of a tensor of shape {shape} is not supported.")
    if len(groups) <= 3:  # one run of averaged axes: it is the second mean, so that `first` and `keep` are 1
        outer, second, inner = [*groups, 1, 1][:3]
        return outer, 1, 1, second, inner
    outer, first, keep, second, inner = [*groups, 1][:5]
    return outer, first, keep, second, inner


@step_of("pad")
def pad_step(network: Network, index: int, operator: Operator) -> Step:
    """A border of one value: the output is filled, then the input is copied into it."""
    name, x, y = network.name, operator.inputs[0], operator.outputs[0]
    shape, wide = network.tensor(x).shape, network.tensor(y).shape
    value = network.tensor(y).dtype
    before = operator.integers("before")
    # The last axes that have no border are one with the axis before them.
    while len(shape) > 1 and shape[-1] == wide[-1]:
        before = (*before[:-2], before[-2] * shape[-1])
        shape, wide = (*shape[:-2], shape[-2] * shape[-1]), (*wide[:-2], wide[-2] * wide[-1])
    while len(shape) < 3:
        shape, wide, before = (1, *shape), (1, *wide), (0, *before)
    while len(shape) > 3 and shape[0] == wide[0] == 1:
        shape, wide, before = shape[1:], wide[1:], before[1:]
    if len(shape) > 3:
        raise ExportError(f"A border of {before} around a tensor of shape {shape} is not supported.")
    first = (before[0] * wide[1] + before[1]) * wide[2] + before[2]
    fields = (
        f"    {', '.join(map(str, shape))}, /* planes, rows, columns of the values */\n"
        f"    {wide[2]}, {wide[1] * wide[2]} /* from one row and plane of the output to the next */\n"
    )

    def call(places: Places) -> str:
        return (
            f"{name}_fill{suffix(value)}({places.of(y)}, {network.size(y)}, {operator.integer('value')});\n"
            f"{name}_pad{suffix(value)}({places.of(x)}, {places.of(y, first)}, &{name}_layer_{index});"
        )

    return Step(
        title=f"A border, {shapes(network, operator)}",
        call=call,
        tables=(layer_table(network, index, "pad" + suffix(value), fields),),
        kernels=tuple(network.kernel(file, value) for file in ("network_fill.h", "network_copy.h", "network_pad.h")),
    )


@step_of("concatenation")
def concatenation_step(network: Network, index: int, operator: Operator) -> Step:
    """Several tensors behind each other along one axis."""
    name, y = network.name, operator.outputs[0]
    value, shape = network.tensor(y).dtype, network.tensor(y).shape
    axis = operator.integer("axis") % len(shape)
    rows, apart = math.prod(shape[:axis]), math.prod(shape[axis:])

    def call(places: Places) -> str:
        lines, first = [], 0
        for x in operator.inputs:
            length = math.prod(network.tensor(x).shape[axis:])
            lines.append(
                f"{name}_copy{suffix(value)}({places.of(x)}, {places.of(y, first)}, {rows}, {length}, {apart});"
            )
            first += length
        return "\n".join(lines)

    return Step(
        title=f"{len(operator.inputs)} tensors one after the other: {'x'.join(map(str, shape))}",
        call=call,
        kernels=(network.kernel("network_copy.h", value),),
    )
