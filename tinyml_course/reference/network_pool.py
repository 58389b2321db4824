"""Pooling and means in integers.

Sources: ``reference_integer_ops::AveragePool`` and ``MaxPool`` (``integer_ops/pooling.h``),
``reference_ops::QuantizedMeanOrSum`` (``reduce.h``), all in ``tensorflow/lite/kernels/internal/reference/``.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tinyml_course.graph import Array, Graph, Operator, reference_of
from tinyml_course.reference.network_dense import finish, requantize, shaped, windows, zero_point


def _clip(graph: Graph, operator: Operator, values: Array) -> Array:
    low, high = operator.integer("activation_min"), operator.integer("activation_max")
    return np.clip(values, low, high).astype(graph.tensors[operator.outputs[0]].dtype)


@reference_of("max_pool_2d")
def _max_pool_2d(graph: Graph, operator: Operator, computed: Mapping[str, Array]) -> Mapping[str, Array]:
    """The largest code of each window; places outside the image do not count. Scale and zero point stay."""
    x, output = shaped(graph, operator.inputs[0], computed), graph.tensors[operator.outputs[0]]
    lowest = np.iinfo(x.dtype).min
    height, width = operator.integers("window")
    largest = np.full((len(x), *output.shape), lowest, x.dtype)
    for _, _, values in windows(x, (height, width), operator, output.shape, lowest):
        np.maximum(largest, values, out=largest)
    return {output.name: _clip(graph, operator, largest)}


@reference_of("average_pool_2d")
def _average_pool_2d(graph: Graph, operator: Operator, computed: Mapping[str, Array]) -> Mapping[str, Array]:
    """The mean code of each window over the places inside the image, halves rounded away from zero."""
    x, output = shaped(graph, operator.inputs[0], computed), graph.tensors[operator.outputs[0]]
    height, width = operator.integers("window")
    total = np.zeros((len(x), *output.shape), np.int64)
    count = np.zeros((1, *output.shape), np.int64)
    for _, _, values in windows(x.astype(np.int64), (height, width), operator, output.shape, 0):
        total += values
    ones = np.ones((1, *x.shape[1:]), np.int64)
    for _, _, values in windows(ones, (height, width), operator, output.shape, 0):
        count += values
    magnitude = (np.abs(total) + count // 2) // count
    return {output.name: _clip(graph, operator, np.sign(total) * magnitude)}


@reference_of("mean")
def _mean(graph: Graph, operator: Operator, computed: Mapping[str, Array]) -> Mapping[str, Array]:
    """``requantize(sum of (x - zx)) + zy`` over some axes; the multiplier has 1 / count folded in."""
    name = operator.inputs[0]
    x = shaped(graph, name, computed).astype(np.int64) - zero_point(graph, name)
    total = x.sum(axis=tuple(axis + 1 for axis in operator.integers("axes")))
    return {operator.outputs[0]: finish(graph, operator, requantize(graph, operator, total))}
