"""Every intermediate integer of a Bonsai for one sample: what happens between its input and its answer.

The numbers are those of :meth:`Graph.predict <tinyml_course.graph.Graph.predict>` and of a board; this module
calculates them one node after the other, as the C does, and keeps what the others throw away.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyml_course.errors import InputError
from tinyml_course.graph import Array, Graph, Operator, check_graph

__all__ = ["BonsaiTrace", "NodeTrace", "bonsai_trace"]


@dataclass(frozen=True, eq=False)
class NodeTrace:
    """What one node on the path does. C classes; all arrays are int64.

    Parameters
    ----------
    node : int
        Its number, as in a heap: the children of node k are 2k + 1 (left) and 2k + 2 (right).
    w : ndarray of shape (C,)
        W z.
    v : ndarray of shape (C,)
        V z, before the hard tanh.
    gate : ndarray of shape (C,)
        The hard tanh of V z: limited to -one ... one. `one` stands for 1.
    products : ndarray of shape (C,)
        ``w * gate``.
    scores : ndarray of shape (C,)
        ``products >> score_shift`` (rounds down): what this node adds to each class.
    totals : ndarray of shape (C,)
        The sum of the scores from the root to this node.
    branch : int or None
        theta z; None for a leaf.
    """

    node: int
    w: Array = field(repr=False)
    v: Array = field(repr=False)
    gate: Array = field(repr=False)
    products: Array = field(repr=False)
    scores: Array = field(repr=False)
    totals: Array = field(repr=False)
    branch: int | None

    @property
    def goes_left(self) -> bool | None:
        """Whether the path goes on to child 2k + 1: theta z is above zero. None for a leaf."""
        return None if self.branch is None else self.branch > 0

    @property
    def next_node(self) -> int | None:
        """The child that the path goes on to; None for a leaf."""
        return None if self.branch is None else 2 * self.node + (1 if self.branch > 0 else 2)


@dataclass(frozen=True, eq=False)
class BonsaiTrace:
    """A Bonsai's way from one sample to its answer. D inputs, D̂ projected features, C classes.

    Parameters
    ----------
    sample : ndarray of shape (D,)
        The raw values.
    codes : ndarray of int64, shape (D,)
        What the projection takes: the raw values themselves, or their codes.
    bias_input : int
        The code of 1, which meets the first column of Z.
    accumulators : ndarray of int64, shape (D̂,)
        Z · [bias_input, codes].
    z_shift : int
        Bits that are shifted out of the accumulators, rounded to nearest.
    z : ndarray of int64, shape (D̂,)
        ``(accumulators + half) >> z_shift``, with half = 2^z_shift / 2.
    one, score_shift : int
        Where the hard tanh saturates; the shift of each product.
    nodes : tuple of NodeTrace
        Those on the path, root first.
    scores : ndarray of int64, shape (C,)
        The outputs.
    class_index : int
        Of the largest score, the first one of equals.
    label : object
        What this class is called.
    bytes_total : int
        Every stored parameter, as :attr:`Graph.model_bytes <tinyml_course.graph.Graph.model_bytes>` counts.
    projection_bytes, node_bytes, branch_bytes : int
        Of Z; of one node's W and V; of one inner node's theta.
    other_bytes : int
        Of everything else: shifts, limits, tables of the input's codes.
    """

    sample: Array = field(repr=False)
    codes: Array = field(repr=False)
    bias_input: int
    accumulators: Array = field(repr=False)
    z_shift: int
    z: Array = field(repr=False)
    one: int
    score_shift: int
    nodes: tuple[NodeTrace, ...]
    scores: Array
    class_index: int
    label: Any
    bytes_total: int
    projection_bytes: int
    node_bytes: int
    branch_bytes: int
    other_bytes: int

    @property
    def path(self) -> tuple[int, ...]:
        """Numbers of the nodes that are visited, root first."""
        return tuple(step.node for step in self.nodes)

    @property
    def bytes_read(self) -> int:
        """Stored bytes that the answer depends on: all but the nodes off the path.

        A program may read still less: a column of Z that meets a zero adds nothing.
        """
        inner = sum(step.branch is not None for step in self.nodes)
        nodes = len(self.nodes) * self.node_bytes + inner * self.branch_bytes
        return self.projection_bytes + self.other_bytes + nodes

    @property
    def bytes_not_read(self) -> int:
        """Stored bytes of the nodes off the path."""
        return self.bytes_total - self.bytes_read


def bonsai_trace(graph: Graph, sample: npt.ArrayLike) -> BonsaiTrace:
    """Classify one sample with a Bonsai in integers and keep every intermediate number.

    Parameters
    ----------
    graph : Graph
        A Bonsai: what ``tc.quantize(bonsai, x)`` gives.
    sample : array_like of shape graph.contract.shape or (graph.contract.size,)
        Raw values, of the contract's dtype and range.

    Returns
    -------
    BonsaiTrace
        Its `scores` are ``graph.predict(sample[None])[0]``, integer for integer.

    Raises
    ------
    InputError
        If `graph` is no Bonsai, or `sample` breaks its input contract.

    Examples
    --------
    >>> trace = bonsai_trace(graph, data.x_test[0])        # doctest: +SKIP
    >>> [(step.node, step.branch) for step in trace.nodes]  # doctest: +SKIP
    [(0, -310), (2, 41), (5, None)]
    """
    projection, tree = _operators(graph)
    raw = np.asarray(sample)
    if raw.shape not in {graph.contract.shape, (graph.contract.size,)}:
        raise InputError(f"Expected one sample of shape {graph.contract.shape}, got {raw.shape}. Pass x[0], not x.")
    computed = graph.run(raw[None])
    codes = computed[projection.inputs[0]][0].astype(np.int64)
    Z = graph.parameter(projection, "Z").astype(np.int64)  # (D̂, 1 + D), the bias column first
    bias_input, z_shift = graph.scalar(projection, "bias_input"), graph.scalar(projection, "shift")
    accumulators = Z[:, 1:] @ codes + Z[:, 0] * bias_input
    z = (accumulators + ((1 << z_shift) >> 1)) >> z_shift
    nodes = _walk(graph, tree, z)
    best = int(nodes[-1].totals.argmax())
    return BonsaiTrace(
        sample=computed[graph.input][0],
        codes=codes,
        bias_input=bias_input,
        accumulators=accumulators,
        z_shift=z_shift,
        z=z,
        one=graph.scalar(tree, "one"),
        score_shift=graph.scalar(tree, "score_shift"),
        nodes=nodes,
        scores=nodes[-1].totals,
        class_index=best,
        label=graph.labels[best],
        **_byte_counts(graph, projection, tree),
    )


def _operators(graph: Graph) -> tuple[Operator, Operator]:
    """Return the projection and the tree."""
    projection, tree = check_graph(graph).operator("bonsai_projection"), graph.operator("bonsai_tree")
    if projection is None or tree is None:
        raise InputError(
            f"Expected a Bonsai, got a graph of kind {graph.kind!r}. "
            "Train one with tinyml_course.Bonsai, then use tinyml_course.quantize."
        )
    return projection, tree


def _walk(graph: Graph, tree: Operator, z: Array) -> tuple[NodeTrace, ...]:
    """Go from the root to a leaf."""
    W, V, theta = (graph.parameter(tree, name).astype(np.int64) for name in ("W", "V", "theta"))
    one, shift = graph.scalar(tree, "one"), graph.scalar(tree, "score_shift")
    totals = np.zeros(W.shape[1], np.int64)
    steps: list[NodeTrace] = []
    node: int | None = 0
    while node is not None:
        w, v = W[node] @ z, V[node] @ z
        gate = np.clip(v, -one, one)
        scores = w * gate >> shift
        totals = totals + scores
        branch = int(theta[node] @ z) if node < len(theta) else None
        steps.append(NodeTrace(node, w, v, gate, w * gate, scores, totals, branch))
        node = steps[-1].next_node
    return tuple(steps)


def _byte_counts(graph: Graph, projection: Operator, tree: Operator) -> dict[str, int]:
    """Stored bytes by what reads them; packed rows of an odd number of bits are rounded up."""

    def share(operator: Operator, role: str, parts: int) -> int:
        stored = graph.tensors[operator.parameters[role]]
        return math.ceil(stored.values.size * stored.bits / 8 / parts) if parts else 0

    nodes, inner = len(graph.parameter(tree, "W")), len(graph.parameter(tree, "theta"))
    counts = {
        "bytes_total": graph.model_bytes,
        "projection_bytes": share(projection, "Z", 1),
        "node_bytes": share(tree, "W", nodes) + share(tree, "V", nodes),
        "branch_bytes": share(tree, "theta", inner),
    }
    whole = sum(graph.tensors[tree.parameters[role]].stored_bytes for role in ("W", "V", "theta"))
    counts["other_bytes"] = graph.model_bytes - counts["projection_bytes"] - whole
    return counts
