"""Two tensors to one as C: sums and products, a smaller tensor read again and again."""

from __future__ import annotations

import math
from dataclasses import replace

from tinyml_course.errors import ExportError
from tinyml_course.export.c_text import table
from tinyml_course.export.network import Network, Places, Step, step_of, suffix
from tinyml_course.export.network_elementwise import ends_text, factor, layer_step
from tinyml_course.export.network_layers import REQUANTIZE
from tinyml_course.graph import Operator

#: Axes that the kernels count.
AXES = 4


def sides(operator: Operator) -> tuple[str, str]:
    """Return the names of both tensors; the role ``constant`` holds the one that is stored."""
    names = list(operator.inputs)
    if "constant" in operator.parameters:
        names.insert(0 if operator.attributes["constant_side"] == "a" else 1, operator.parameters["constant"])
    return names[0], names[1]


def walk(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[list[int], list[int], list[int]]:
    """Say how two tensors that are broadcast against each other are walked through.

    Parameters
    ----------
    a, b : tuple of int
        Their shapes.

    Returns
    -------
    counts, a_steps, b_steps : list of int, 4 each
        Of each axis its length, and what is added to the indices into a and b when it goes up and all axes behind
        it start again.

    Raises
    ------
    ExportError
        If more than four axes are left when those that are read alike are made one.
    """
    rank = max(len(a), len(b))
    a, b = ((1,) * (rank - len(shape)) + shape for shape in (a, b))
    axes: list[tuple[int, bool, bool]] = []  # length; whether a, and whether b, moves along it
    for m, n in zip(a, b, strict=True):
        if m == n == 1:
            continue
        moves = m > 1, n > 1
        if axes and axes[-1][1:] == moves:
            axes[-1] = axes[-1][0] * max(m, n), *moves
        else:
            axes.append((max(m, n), *moves))
    if len(axes) > AXES:
        raise ExportError(f"Tensors of shapes {a} and {b} are too unlike: at most {AXES} axes can be read in turn.")
    axes = [(1, False, False)] * (AXES - len(axes)) + axes
    counts = [axis[0] for axis in axes]
    return counts, _steps(counts, [axis[1] for axis in axes]), _steps(counts, [axis[2] for axis in axes])


def _steps(counts: list[int], moves: list[bool]) -> list[int]:
    """What is added to an index when an axis goes up: the axis behind it has just run through, and starts again."""
    strides = [
        math.prod(counts[k] for k in range(axis + 1, len(counts)) if moves[k]) if moves[axis] else 0
        for axis in range(len(counts))
    ]
    return [own - n * inner for own, n, inner in zip(strides, [*counts[1:], 0], [*strides[1:], 0], strict=True)]


def _pair_text(network: Network, operator: Operator) -> str:
    """The initializer of a ``pair`` structure."""
    rows = walk(*(network.tensor(name).shape for name in sides(operator)))
    texts = [f"{{ {', '.join(map(str, row))} }}" for row in rows]
    return f"    {{ {', '.join(texts)} }}, /* lengths of four axes, steps in a and in b */\n"


def _zero_points(network: Network, operator: Operator) -> str:
    return ", ".join(str(network.zero_point(name)) for name in sides(operator))


def _step(network: Network, index: int, kind: str, fields: str, title: str) -> Step:
    """A step on two tensors; a stored one is brought from flash to the step's scratch bytes."""
    operator, name = network.graph.operators[index], network.name
    value = network.tensor(operator.outputs[0]).dtype
    files = (*REQUANTIZE, "network_pair.h", f"network_{kind}.h")
    step = layer_step(network, index, kind, _pair_text(network, operator) + fields, files, title)
    same_shape = network.tensor(operator.inputs[0]).shape == network.tensor(operator.outputs[0]).shape
    step = replace(step, in_place=same_shape)
    if "constant" not in operator.parameters:
        return step
    stored = network.graph.parameter(operator, "constant")
    listing = table(f"{value.name}_t", f"{name}_stored_{index}[{stored.size}]", [("stored values", stored)], name)

    def call(places: Places) -> str:
        scratch = places.scratch_of(value)
        ends = [scratch if side in operator.parameters.values() else places.of(side) for side in sides(operator)]
        return (
            f"{name}_load{suffix(value)}({scratch}, {name}_stored_{index}, {stored.size});\n"
            f"{name}_{kind}{suffix(value)}({', '.join(ends)}, {places.of(operator.outputs[0])}, &{name}_layer_{index});"
        )

    return replace(
        step,
        call=call,
        tables=(listing, *step.tables),
        table_bytes=stored.size * value.itemsize,
        kernels=(*step.kernels, network.kernel("network_load.h", value)),
        scratch_bytes=stored.size * value.itemsize,
    )


@step_of("add")
def add_step(network: Network, index: int, operator: Operator) -> Step:
    """The sum of two tensors."""
    (a, a_shift), (b, b_shift), (total, shift) = (factor(network, operator, prefix) for prefix in ("a_", "b_", ""))
    fields = (
        f"    {operator.integer('left_shift')}, {_zero_points(network, operator)}, /* extra bits, zero points */\n"
        f"    {a}u, {b}u, {total}u, {a_shift}, {b_shift}, {shift}, /* multipliers and shifts: a, b, their sum */\n"
        f"{ends_text(network, operator)}"
    )
    return _step(network, index, "add", fields, "Sum")


@step_of("mul")
def mul_step(network: Network, index: int, operator: Operator) -> Step:
    """The product of two tensors."""
    multiplier, shift = factor(network, operator)
    fields = (
        f"    {_zero_points(network, operator)}, {multiplier}u, {shift}, /* zero points, multiplier, shift */\n"
        f"{ends_text(network, operator)}"
    )
    return _step(network, index, "mul", fields, "Product")
