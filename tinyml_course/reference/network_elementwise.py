"""Element by element: sums, products, activations, softmax; and new shapes.

Sources, in ``tensorflow/lite/kernels/internal/``: ``reference_ops::AddElementwise`` (``reference/add.h``),
``reference_integer_ops::MulElementwise`` (``reference/integer_ops/mul.h``), ``reference_ops::Requantize``
(``reference/requantize.h``), ``reference_ops::Softmax`` (``reference/softmax.h``), ``GetReciprocal`` (``common.h``),
and ``ReluQuantized`` in ``tensorflow/lite/micro/kernels/activations_common.cc``.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tinyml_course.fixed_point import (
    one_over_one_plus_x,
    rounding_divide_by_pot,
    saturating_rounding_doubling_high_mul,
)
from tinyml_course.graph import Array, Graph, Operator, reference_of
from tinyml_course.reference.network_dense import finish, requantize, shaped, zero_point


def _sides(graph: Graph, operator: Operator, computed: Mapping[str, Array]) -> list[Array]:
    """Both inputs, zero points taken off; the role ``constant`` holds the one that is stored.

    The attribute ``constant_side`` ("a" or "b") says which; its shape is broadcast against a sample.
    """
    sides = [shaped(graph, name, computed).astype(np.int64) - zero_point(graph, name) for name in operator.inputs]
    if "constant" in operator.parameters:
        name = operator.parameters["constant"]
        constant = graph.tensors[name].values.astype(np.int64) - zero_point(graph, name)
        sides.insert(0 if operator.attributes["constant_side"] == "a" else 1, constant)
    return sides


@reference_of("add")
def _add(graph: Graph, operator: Operator, computed: Mapping[str, Array]) -> Mapping[str, Array]:
    """Each input, shifted left, goes through its own multiplier; their sum through that of the output."""
    left_shift = operator.integer("left_shift")
    a, b = _sides(graph, operator, computed)
    total = requantize(graph, operator, a << left_shift, "a_") + requantize(graph, operator, b << left_shift, "b_")
    return {operator.outputs[0]: finish(graph, operator, requantize(graph, operator, total))}


@reference_of("mul")
def _mul(graph: Graph, operator: Operator, computed: Mapping[str, Array]) -> Mapping[str, Array]:
    """``requantize((a - za) * (b - zb)) + zy``, clipped to the activation's range."""
    a, b = _sides(graph, operator, computed)
    return {operator.outputs[0]: finish(graph, operator, requantize(graph, operator, a * b))}


@reference_of("relu")
@reference_of("relu6")
@reference_of("quantize")
def _rescale(graph: Graph, operator: Operator, computed: Mapping[str, Array]) -> Mapping[str, Array]:
    """``requantize(x - zx) + zy``, clipped to the codes of 0 (and 6), or to the output's type."""
    name = operator.inputs[0]
    x = shaped(graph, name, computed).astype(np.int64) - zero_point(graph, name)
    return {operator.outputs[0]: finish(graph, operator, requantize(graph, operator, x))}


@reference_of("lookup")
def _lookup(graph: Graph, operator: Operator, computed: Mapping[str, Array]) -> Mapping[str, Array]:
    """The table's entry at index code + 128. The attribute ``function`` is for people only."""
    x = shaped(graph, operator.inputs[0], computed).astype(np.int64)
    return {operator.outputs[0]: graph.parameter(operator, "table")[x + 128]}


@reference_of("pad")
def _pad(graph: Graph, operator: Operator, computed: Mapping[str, Array]) -> Mapping[str, Array]:
    """``value`` around the sample: ``before`` and ``after`` give how many places on each axis."""
    x = shaped(graph, operator.inputs[0], computed)
    widths = [(0, 0), *zip(operator.integers("before"), operator.integers("after"), strict=True)]
    return {operator.outputs[0]: np.pad(x, widths, constant_values=operator.integer("value"))}


@reference_of("concatenation")
def _concatenation(graph: Graph, operator: Operator, computed: Mapping[str, Array]) -> Mapping[str, Array]:
    """The inputs one after the other along ``axis`` (of a sample)."""
    parts = [shaped(graph, name, computed) for name in operator.inputs]
    return {operator.outputs[0]: np.concatenate(parts, axis=operator.integer("axis") + 1)}


@reference_of("softmax")
def _softmax(graph: Graph, operator: Operator, computed: Mapping[str, Array]) -> Mapping[str, Array]:
    """Softmax over the last axis, 256 steps from 0 (code -128) to 1.

    ``exponentials[d]`` is exp of the d-th code below the largest, Q0.31; codes further below count as zero and
    give -128. Their sum is Q12.19; its reciprocal is ``scale / 2**bits_over_unit`` with a scale in Q0.31, and
    ``y = round(scale * exponential / 2**(bits_over_unit + 23)) - 128``.
    """
    x = shaped(graph, operator.inputs[0], computed).astype(np.int64)
    table = np.append(graph.parameter(operator, "exponentials").astype(np.int64), 0)
    difference = x.max(axis=-1, keepdims=True) - x
    exponential = table[np.minimum(difference, len(table) - 1)]
    total = rounding_divide_by_pot(exponential, 12).sum(axis=-1, keepdims=True)
    headroom = 32 - np.frexp(total.astype(np.float64))[1].astype(np.int64)  # leading zeros of 32 bits
    scale = one_over_one_plus_x((total << headroom) - (1 << 31))
    codes = rounding_divide_by_pot(saturating_rounding_doubling_high_mul(scale, exponential), 35 - headroom) - 128
    return {operator.outputs[0]: np.clip(codes, -128, 127).astype(np.int8)}


@reference_of("reshape")
def _reshape(graph: Graph, operator: Operator, computed: Mapping[str, Array]) -> Mapping[str, Array]:
    """The same integers in another shape."""
    values, name = computed[operator.inputs[0]], operator.outputs[0]
    return {name: values.reshape(len(values), *graph.tensors[name].shape)}
