"""What a graph costs before anything is compiled: multiply-accumulates and bytes, operator by operator."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from tinyml_course.graph import Graph, Operator, Tensor


@dataclass(frozen=True)
class OperatorCost:
    """Cost of one operator for one sample.

    Parameters
    ----------
    kind : str
        The operator.
    macs : int
        Multiply-accumulates, on the longest path.
    parameters : int
        Stored numbers.
    parameter_bytes : int
        Bytes that they take.
    activation_bytes : int
        SRAM of the values that are alive while it runs: its input, its output, the model's input.
    """

    kind: str
    macs: int
    parameters: int
    parameter_bytes: int
    activation_bytes: int


_MACS: dict[str, Callable[[Graph, Operator], int]] = {}


def macs_of(kind: str) -> Callable[[Callable[[Graph, Operator], int]], Callable[[Graph, Operator], int]]:
    """Register how many multiply-accumulates one kind of operator takes (a decorator)."""

    def register(function: Callable[[Graph, Operator], int]) -> Callable[[Graph, Operator], int]:
        _MACS[kind] = function
        return function

    return register


def cost_kinds() -> frozenset[str]:
    """Kinds of operators whose cost is known."""
    return frozenset(_MACS)


@macs_of("encode_features")
def _encode_macs(graph: Graph, operator: Operator) -> int:
    return 0


@macs_of("bonsai_projection")
def _projection_macs(graph: Graph, operator: Operator) -> int:
    return int(graph.parameter(operator, "Z").size)


@macs_of("bonsai_tree")
def _tree_macs(graph: Graph, operator: Operator) -> int:
    """W z and V z in every node on the path, one gate for each class there, theta z at every branch."""
    nodes, classes, projected = graph.parameter(operator, "W").shape
    depth = nodes.bit_length() - 1
    return int((depth + 1) * classes * (2 * projected + 1) + depth * projected)


def tensor_bytes(tensor: Tensor) -> int:
    """SRAM of a computed tensor, in bytes."""
    return math.prod(tensor.shape) * tensor.dtype.itemsize


def costs(graph: Graph) -> list[OperatorCost]:
    """Return the cost of every operator, in the order in which they run."""
    rows = []
    for operator in graph.operators:
        stored = [graph.tensors[name] for name in operator.parameters.values()]
        # The first output is the one a program keeps; others are views into the reference.
        alive = {graph.input, operator.inputs[0], operator.outputs[0]}
        rows.append(
            OperatorCost(
                kind=operator.kind,
                macs=_MACS[operator.kind](graph, operator),
                parameters=sum(t.values.size for t in stored),
                parameter_bytes=sum(t.stored_bytes for t in stored),
                activation_bytes=sum(tensor_bytes(graph.tensors[name]) for name in alive),
            )
        )
    return rows
