"""Element by element: sums, softmax, new shapes.

Sources: ``reference_ops::AddElementwise`` (``add.h``) and ``reference_ops::Softmax`` (``softmax.h``) in
``tensorflow/lite/kernels/internal/reference/``, ``GetReciprocal`` in ``kernels/internal/common.h``.
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


@reference_of("add")
def _add(graph: Graph, operator: Operator, computed: Mapping[str, Array]) -> Mapping[str, Array]:
    """Each input, shifted left, goes through its own multiplier; their sum through that of the output."""
    left_shift = operator.integer("left_shift")
    total: Array = np.zeros(1, np.int64)
    for name, prefix in zip(operator.inputs, ("a_", "b_"), strict=True):
        centred = shaped(graph, name, computed).astype(np.int64) - zero_point(graph, name)
        total = total + requantize(graph, operator, centred << left_shift, prefix)
    return {operator.outputs[0]: finish(graph, operator, requantize(graph, operator, total))}


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
