"""Bonsai in integers (Kumar, Goyal, Varma, ICML 2017), with a hard tanh.

Shapes: D input features, D̂ projected features, C classes, K nodes, I inner nodes. Nodes are numbered
like a heap: the children of node k are 2k + 1 and 2k + 2.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tinyml_course.graph import Array, Graph, Operator, reference_of


@reference_of("bonsai_projection")
def _projection(graph: Graph, operator: Operator, computed: Mapping[str, Array]) -> Mapping[str, Array]:
    """z = (Z · [bias_input, x] + half) >> shift."""
    x = computed[operator.inputs[0]].astype(np.int64)
    Z = graph.parameter(operator, "Z").astype(np.int64)  # (D̂, 1 + D), the bias column first
    shift = graph.scalar(operator, "shift")
    accumulator = x @ Z[:, 1:].T + Z[:, 0] * graph.scalar(operator, "bias_input")
    z = (accumulator + ((1 << shift) >> 1)) >> shift
    name = operator.outputs[0]
    return {name: z.astype(graph.tensors[name].dtype)}


def path(z: Array, theta: Array) -> Array:
    """Return the nodes each sample visits, root first.

    Parameters
    ----------
    z : ndarray of int, shape (n, D̂)
        Projected features.
    theta : ndarray of int, shape (I, D̂)
        One branching plane for each inner node: a positive product goes to child 2k + 1.

    Returns
    -------
    ndarray of int64, shape (n, depth + 1)
    """
    goes_left = z.astype(np.int64) @ theta.astype(np.int64).T > 0
    depth = (len(theta) + 1).bit_length() - 1
    nodes = np.zeros((len(z), depth + 1), dtype=np.int64)
    rows = np.arange(len(z))
    for level in range(depth):
        node = nodes[:, level]
        nodes[:, level + 1] = np.where(goes_left[rows, node], 2 * node + 1, 2 * node + 2)
    return nodes


@reference_of("bonsai_tree")
def _tree(graph: Graph, operator: Operator, computed: Mapping[str, Array]) -> Mapping[str, Array]:
    """Score of class c = sum over the path of ((W z)_c * clip((V z)_c, -one, one)) >> score_shift."""
    z = computed[operator.inputs[0]].astype(np.int64)
    W = graph.parameter(operator, "W").astype(np.int64)  # (K, C, D̂)
    V = graph.parameter(operator, "V").astype(np.int64)
    one, shift = graph.scalar(operator, "one"), graph.scalar(operator, "score_shift")
    nodes = path(z, graph.parameter(operator, "theta"))
    rows = np.arange(len(z))
    scores = np.zeros((len(z), W.shape[1]), dtype=np.int64)
    a = np.einsum("nd,kcd->nkc", z, W)
    t = np.clip(np.einsum("nd,kcd->nkc", z, V), -one, one)
    node_scores = (a * t) >> shift
    for level in range(nodes.shape[1]):
        scores += node_scores[rows, nodes[:, level]]
    scores_name, path_name = operator.outputs
    return {scores_name: scores.astype(graph.tensors[scores_name].dtype), path_name: nodes}
