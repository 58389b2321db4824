"""What a graph costs before anything is compiled: multiply-accumulates, other work and bytes, operator by operator."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tinyml_course.graph import Graph, Operator
from tinyml_course.memory import MemoryPlan, plan_memory, tensor_bytes

__all__ = ["OperatorCost", "Work", "cost_kinds", "costs", "macs_of", "tensor_bytes", "work_of"]


@dataclass(frozen=True)
class Work:
    """What one operator computes for one sample.

    Parameters
    ----------
    macs : int
        Multiply-accumulates of stored weights and values, on the longest path. Convolutions count the places
        outside the image too, as is usual.
    rescales : int, default 0
        Multiplications by a fixed-point factor that bring a sum to the output's scale.
    steps : int, default 0
        Everything else: additions, comparisons, values copied or looked up.
    """

    macs: int
    rescales: int = 0
    steps: int = 0


@dataclass(frozen=True)
class OperatorCost:
    """Cost of one operator for one sample.

    Parameters
    ----------
    kind : str
        The operator.
    name : str
        Its first output.
    output_shape : tuple of int
        Shape of that output.
    macs, rescales, steps : int
        As in :class:`Work`.
    parameters : int
        Numbers that training found (see :data:`LEARNED`); what several operators share counts at the first.
    parameter_bytes : int
        Bytes of everything stored: those numbers, and the multipliers, shifts and tables of the integers.
    activation_bytes : int
        SRAM of the values that are alive while it runs, the model's input among them as long as it is read.
    """

    kind: str
    name: str
    output_shape: tuple[int, ...]
    macs: int
    rescales: int
    steps: int
    parameters: int
    parameter_bytes: int
    activation_bytes: int


#: Roles of stored tensors that training finds. The others belong to the integers: scales, shifts, tables.
LEARNED = frozenset(
    "weights bias constant Z W V theta feature threshold children root leaf_start leaf_class leaf_vote".split()
)

Cost = Callable[[Graph, Operator], Work]
_WORK: dict[str, Cost] = {}


def work_of(*kinds: str) -> Callable[[Cost], Cost]:
    """Register what kinds of operators compute (a decorator)."""

    def register(function: Cost) -> Cost:
        _WORK.update(dict.fromkeys(kinds, function))
        return function

    return register


def macs_of(kind: str) -> Callable[[Callable[[Graph, Operator], int]], Callable[[Graph, Operator], int]]:
    """Register a kind of operator by its multiply-accumulates alone (a decorator)."""

    def register(function: Callable[[Graph, Operator], int]) -> Callable[[Graph, Operator], int]:
        _WORK[kind] = lambda graph, operator: Work(function(graph, operator))
        return function

    return register


def cost_kinds() -> frozenset[str]:
    """Kinds of operators whose cost is known."""
    return frozenset(_WORK)


def costs(graph: Graph, plan: MemoryPlan | None = None) -> list[OperatorCost]:
    """Return the cost of every operator, in the order in which they run.

    Parameters
    ----------
    graph : Graph
        The model.
    plan : MemoryPlan, optional
        Its memory plan; None makes one.
    """
    alive = (plan or plan_memory(graph)).alive_bytes
    rows, counted = [], set[str]()
    for step, operator in enumerate(graph.operators):
        new = [name for name in dict.fromkeys(_stored(graph, operator)) if name not in counted]
        learned = {name for role, name in operator.parameters.items() if role in LEARNED}
        counted.update(new)
        work = _WORK[operator.kind](graph, operator)
        rows.append(
            OperatorCost(
                kind=operator.kind,
                name=operator.outputs[0],
                output_shape=graph.tensors[operator.outputs[0]].shape,
                macs=work.macs,
                rescales=work.rescales,
                steps=work.steps,
                parameters=sum(graph.tensors[name].values.size for name in new if name in learned),
                parameter_bytes=sum(graph.tensors[name].stored_bytes for name in new),
                activation_bytes=alive[step],
            )
        )
    return rows


def _stored(graph: Graph, operator: Operator) -> Iterable[str]:
    """Names of the stored tensors that an operator reads."""
    names = (*operator.parameters.values(), *operator.inputs)
    return (name for name in names if graph.tensors[name].data is not None)


def _size(graph: Graph, name: str) -> int:
    """How many values a tensor has."""
    return math.prod(graph.tensors[name].shape)


# Bonsai


@work_of("encode_features", "encode_input", "lookup")
def _one_step_each(graph: Graph, operator: Operator) -> Work:
    return Work(0, steps=_size(graph, operator.outputs[0]))


@work_of("bonsai_projection")
def _projection(graph: Graph, operator: Operator) -> Work:
    weights = graph.parameter(operator, "Z")
    return Work(int(weights.size), rescales=len(weights))


@work_of("bonsai_tree")
def _tree(graph: Graph, operator: Operator) -> Work:
    """W z and V z in every node on the path, one gate for each class there, theta z at every branch."""
    nodes, classes, projected = graph.parameter(operator, "W").shape
    depth = nodes.bit_length() - 1
    return Work((depth + 1) * classes * (2 * projected + 1) + depth * projected, rescales=2 * (depth + 1) * classes)


# Networks


@work_of("conv_2d", "depthwise_conv_2d")
def _convolution(graph: Graph, operator: Operator) -> Work:
    """Every weight once for every place of the output."""
    shape = graph.tensors[operator.outputs[0]].shape
    places = math.prod(shape[:-1])
    return Work(places * int(graph.parameter(operator, "weights").size), rescales=math.prod(shape))


@work_of("fully_connected")
def _fully_connected(graph: Graph, operator: Operator) -> Work:
    outputs, inputs = graph.parameter(operator, "weights").shape
    rows = _size(graph, operator.outputs[0]) // outputs
    return Work(rows * outputs * inputs, rescales=rows * outputs)


@work_of("average_pool_2d", "max_pool_2d")
def _pool(graph: Graph, operator: Operator) -> Work:
    return Work(0, steps=_size(graph, operator.outputs[0]) * math.prod(operator.integers("window")))


@work_of("mean")
def _mean(graph: Graph, operator: Operator) -> Work:
    return Work(0, rescales=_size(graph, operator.outputs[0]), steps=_size(graph, operator.inputs[0]))


@work_of("add")
def _add(graph: Graph, operator: Operator) -> Work:
    """Both inputs are brought to one scale, and their sum to the output's; a stored input is scaled too."""
    outputs = _size(graph, operator.outputs[0])
    return Work(0, rescales=3 * outputs, steps=outputs)


@work_of("mul", "relu", "relu6", "quantize")
def _rescaled(graph: Graph, operator: Operator) -> Work:
    return Work(0, rescales=_size(graph, operator.outputs[0]))


@work_of("pad", "concatenation")
def _copied(graph: Graph, operator: Operator) -> Work:
    return Work(0, steps=_size(graph, operator.outputs[0]))


@work_of("reshape")
def _nothing(graph: Graph, operator: Operator) -> Work:
    """The same bytes under another shape."""
    return Work(0)


@work_of("softmax")
def _softmax(graph: Graph, operator: Operator) -> Work:
    """The largest value, a table's entry and a sum; each output is multiplied by the reciprocal."""
    outputs = _size(graph, operator.outputs[0])
    return Work(0, rescales=outputs, steps=3 * outputs)


@work_of("encode_thresholds")
def _thresholds(graph: Graph, operator: Operator) -> Work:
    """Bisection over the thresholds of each value."""
    comparisons = int(graph.parameter(operator, "thresholds").size).bit_length()
    return Work(0, steps=comparisons * _size(graph, operator.outputs[0]))


# scikit-learn


@work_of("linear_classifier")
def _linear(graph: Graph, operator: Operator) -> Work:
    return Work(int(graph.parameter(operator, "weights").size))


@work_of("decision_forest")
def _forest(graph: Graph, operator: Operator) -> Work:
    """A comparison at each node of the longest path of each tree, and the votes of its leaf."""
    children = graph.parameter(operator, "children")
    depth: dict[int, int] = {}

    def longest(root: int) -> int:
        """Nodes on the longest path below `root`; children first, since a tree may be deep."""
        stack = [root]
        while stack:
            node = stack[-1]
            below = [int(child) for child in children[node] if child >= 0]
            missing = [child for child in below if child not in depth]
            stack.extend(missing)
            if not missing:
                depth[node] = 1 + max((depth[child] for child in below), default=0)
                stack.pop()
        return depth[root]

    roots = [int(root) for root in graph.parameter(operator, "root")]
    classes = _size(graph, operator.outputs[0])
    votes = classes if operator.attributes.get("vote") == "soft" else 1
    return Work(0, steps=sum((longest(root) if root >= 0 else 0) + votes for root in roots))
