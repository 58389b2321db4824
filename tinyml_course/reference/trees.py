"""Decision trees and forests in integers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tinyml_course.convert.encode import ordered
from tinyml_course.graph import Array, Graph, Operator, reference_of


def reached_leaves(x: Array, feature: Array, threshold: Array, children: Array, root: Array) -> Array:
    """Return the leaf that each sample reaches in each tree.

    Parameters
    ----------
    x : ndarray of int, shape (n, features)
        Raw values as ordered integers.
    feature, threshold : ndarray of int, shape (nodes,)
        A node goes to its first child where ``x[feature] <= threshold``, else to its second.
    children : ndarray of int, shape (nodes, 2)
        Index of a node; ``-1 - index`` of a leaf.
    root : ndarray of int, shape (trees,)
        Where each tree starts, written the same way.

    Returns
    -------
    ndarray of int64, shape (n, trees)
    """
    place = np.repeat(root.astype(np.int64)[None], len(x), axis=0)
    while (place >= 0).any():
        sample, tree = np.nonzero(place >= 0)
        node = place[sample, tree]
        side = (x[sample, feature[node]] > threshold[node]).astype(np.int64)
        place[sample, tree] = children[node, side]
    return -1 - place


@reference_of("decision_forest")
def _forest(graph: Graph, operator: Operator, computed: Mapping[str, Array]) -> Mapping[str, Array]:
    """Votes of each class, added up over the trees: one for each tree, or as many as the leaf has for the class."""
    name = operator.outputs[0]
    nodes = (graph.parameter(operator, role) for role in ("feature", "threshold", "children", "root"))
    leaves = reached_leaves(ordered(computed[operator.inputs[0]]), *nodes)
    classes = graph.tensors[name].shape[0]
    if operator.attributes["vote"] == "hard":
        leaf_votes = np.eye(classes, dtype=np.int64)  # a leaf is a class
    else:
        start = graph.parameter(operator, "leaf_start").astype(np.int64)
        leaf_votes = np.zeros((len(start) - 1, classes), np.int64)
        row = np.repeat(np.arange(len(start) - 1), np.diff(start))
        leaf_votes[row, graph.parameter(operator, "leaf_class")] = graph.parameter(operator, "leaf_vote")
    votes = np.zeros((len(leaves), classes), np.int64)
    for tree in range(leaves.shape[1]):
        votes += leaf_votes[leaves[:, tree]]
    return {name: votes.astype(graph.tensors[name].dtype)}
