"""Bounds of what a network computes, whatever the input: the ground for every proof at export."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tinyml_course.graph import Array, Graph, Operator
from tinyml_course.intervals import Interval, linear

#: Smallest and largest value of a tensor.
Bounds = tuple[int, int]
#: Operators that only move or choose values.
_MOVES = frozenset({"reshape", "concatenation", "pad", "max_pool_2d", "average_pool_2d"})


def graph_bounds(graph: Graph) -> dict[str, Bounds]:
    """Return the bounds of every computed tensor of integers.

    Bounds come from the input contract, the clamp of each activation, and what tables hold.
    """
    bounds: dict[str, Bounds] = {}
    if graph.contract.dtype.kind != "f":
        bounds[graph.input] = int(graph.contract.minimum), int(graph.contract.maximum)
    for operator in graph.operators:
        reached = _operator_bounds(graph, operator, bounds)
        for name in operator.outputs:
            bounds[name] = reached
    return bounds


def _operator_bounds(graph: Graph, operator: Operator, bounds: Mapping[str, Bounds]) -> Bounds:
    limits = np.iinfo(graph.tensors[operator.outputs[0]].dtype)
    low, high = int(limits.min), int(limits.max)
    if "activation_min" in operator.attributes:
        low, high = max(low, operator.integer("activation_min")), min(high, operator.integer("activation_max"))
    if operator.kind in _MOVES:
        sources = [bounds[name] for name in operator.inputs]
        if operator.kind == "pad":
            sources.append((operator.integer("value"), operator.integer("value")))
        inner_low, inner_high = min(b[0] for b in sources), max(b[1] for b in sources)
        return min(max(low, inner_low), high), max(min(high, inner_high), low)
    codes = operator.kind == "encode_input" or (operator.kind == "lookup" and high == 127)
    if codes:  # a table of int16 lookups has points of a curve, no codes
        table = graph.parameter(operator, "table")
        return int(table.min()), int(table.max())
    return low, high


def sum_bounds(weights: Array, start: Array, x: Bounds) -> Interval:
    """Bounds of ``start + weights @ x`` and of every partial sum, one for each row.

    Parameters
    ----------
    weights : ndarray of int, shape (rows, terms)
        The terms are added in any order.
    start : ndarray of int, shape (rows,)
        What the sums start at.
    x : (int, int)
        Bounds of every input.
    """
    terms = weights.shape[-1]
    sums = linear(weights, Interval(np.full(terms, x[0], np.int64), np.full(terms, x[1], np.int64)))
    first = start.astype(np.int64)
    return Interval(first + sums.low, first + sums.high)
