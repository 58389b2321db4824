"""Element by element: sums, products, activations; and new shapes.

Sources, in ``tensorflow/lite/kernels/internal/``: ``reference_ops::AddElementwise`` (``reference/add.h``),
``reference_integer_ops::MulElementwise`` (``reference/integer_ops/mul.h``), ``reference_ops::Requantize``
(``reference/requantize.h``), and ``ReluQuantized`` in ``tensorflow/lite/micro/kernels/activations_common.cc``.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

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


@reference_of("reshape")
def _reshape(graph: Graph, operator: Operator, computed: Mapping[str, Array]) -> Mapping[str, Array]:
    """The same integers in another shape."""
    values, name = computed[operator.inputs[0]], operator.outputs[0]
    return {name: values.reshape(len(values), *graph.tensors[name].shape)}
