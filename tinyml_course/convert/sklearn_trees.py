"""Decision trees and forests of scikit-learn to integers, with scikit-learn's own answers.

A node compares a float32 with a float64 threshold. On raw values that is a comparison of integers: with the largest
raw value that still goes left. It is found by bisection through the pipeline itself, so scaling is folded in exactly.

A forest adds up the class probabilities of its trees in float64. Here a leaf holds whole votes that add up to the
same number, :func:`vote_steps`, in every leaf. The answers are equal wherever the two best mean probabilities differ by
more than the rounding of the votes, which the graph's description states. Where they are closer - ties first of all -
scikit-learn's own answer rests on the rounding of its float64 sums, and the first of the best classes wins here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from tinyml_course.boards import get_board
from tinyml_course.convert.bonsai import choose_examples
from tinyml_course.convert.encode import from_ordered, ordered
from tinyml_course.convert.sklearn import Trained
from tinyml_course.errors import ConversionError
from tinyml_course.graph import Array, Graph, Operator, Tensor

#: Up to this many votes that are not zero, a leaf's votes may take 16 bits at once; more would need too much flash.
FEW_VOTES = 2000
#: Bytes of flash for a vote of 16 and of 32 bits, for a node or a leaf, and for the rest of a sketch, about.
FINE_VOTE_BYTES, NODE_BYTES, SKETCH_BYTES = (5, 10), 4, 4000
#: Nodes (and leaves) whose index fits into 16 signed bits.
MOST_NODES = 2**15 - 1
#: Rows that go through the scalers at a time, to keep memory low.
CHUNK = 2048


@dataclass(frozen=True)
class Forest:
    """Trees over raw integers; what each leaf says is an index into a list of leaves.

    Parameters
    ----------
    feature, threshold : ndarray of int64, shape (nodes,)
        A node goes to its first child where ``x[feature] <= threshold``.
    children : ndarray of int64, shape (nodes, 2)
        Index of a node; ``-1 - index`` of a leaf.
    root : ndarray of int64, shape (trees,)
        Where each tree starts, written the same way.
    """

    feature: Array
    threshold: Array
    children: Array
    root: Array


def vote_steps(limit: int) -> int:
    """Return the votes of one tree: at most `limit`, and a multiple of many small numbers.

    Fractions of small leaves, such as 1/2, 2/3 or 3/8, are then whole numbers of votes, and ties stay ties.
    """
    base = 1
    for number in range(2, 33):
        multiple = math.lcm(base, number)
        base = multiple if multiple <= limit else base
    return limit // base * base


def whole_votes(probabilities: Array, steps: int) -> Array:
    """Round class probabilities to whole votes.

    Parameters
    ----------
    probabilities : ndarray of float64, shape (leaves, classes)
        Each row adds up to one.
    steps : int
        Votes in each row. Those that rounding down leaves over go to the largest fractions, the first of equals.
    """
    exact = probabilities * steps
    votes = np.floor(exact + 1e-9).astype(np.int64)  # 0.29 * 100 is meant to be 29
    order = np.argsort(np.round(votes - exact, 9), axis=1, kind="stable")
    rank = np.argsort(order, axis=1, kind="stable")
    rounded: Array = votes + (rank < (steps - votes.sum(axis=1))[:, None])
    return rounded


def raw_thresholds(trained: Trained, feature: Array, threshold: Array) -> Array:
    """Return the largest raw value that passes each comparison, in the order of :func:`ordered`.

    Parameters
    ----------
    trained : Trained
        Its scalers keep the order of each feature's values.
    feature, threshold : ndarray, shape (nodes,)
        Of the trees, after scaling.

    Returns
    -------
    ndarray of int64, shape (nodes,)
        One below the contract's minimum where no value passes; the contract's maximum where all do.
    """
    contract, found = trained.contract, []
    ends = ordered(np.array([contract.minimum, contract.maximum], contract.dtype)).astype(np.int64)
    for start in range(0, len(feature), CHUNK):
        columns, limit = feature[start : start + CHUNK], threshold[start : start + CHUNK]
        rows = np.arange(len(columns))
        low, high = np.full(len(columns), ends[0] - 1), np.full(len(columns), ends[1])
        while (low < high).any():
            middle = (low + high + 1) >> 1
            values = from_ordered(middle) if contract.dtype.kind == "f" else middle.astype(contract.dtype)
            scaled = trained.scale(np.repeat(values[:, None], contract.size, axis=1))[rows, columns]
            passes = scaled.astype(np.float32) <= limit
            low, high = np.where(passes, middle, low), np.where(passes, high, middle - 1)
        found.append(low)
    return np.concatenate([np.zeros(0, np.int64), *found])


def _trees(estimator: Any) -> list[Any]:
    members = getattr(estimator, "estimators_", [estimator])
    trees = [member.tree_ for member in members]
    if any(tree.n_outputs != 1 for tree in trees):
        raise ConversionError("Trees with several outputs are not supported; train one model for each output.")
    return trees


def _probabilities(trees: list[Any]) -> Array:
    """Class probabilities of every node of every tree, shape (all nodes, classes)."""
    values = np.concatenate([tree.value[:, 0, :] for tree in trees])
    shares: Array = values / values.sum(axis=1, keepdims=True)
    return shares


def build_forest(trees: list[Any], thresholds: Array, leaves: Array, contract_ends: tuple[int, int]) -> Forest:
    """Leave out what cannot matter, and number the rest.

    A node vanishes when no allowed value, or every one, passes it, and when both of its sides end in the same leaf.

    Parameters
    ----------
    trees : list of sklearn.tree._tree.Tree
        In order.
    thresholds, leaves : ndarray of int64, shape (all nodes,)
        For every node of every tree, one after the other: its threshold, and the leaf it would be.
    contract_ends : tuple of int
        Smallest and largest raw value, ordered.
    """
    rows: list[tuple[int, int, int, int]] = []  # feature, threshold, children
    roots, first = [], 0
    for tree in trees:
        place: list[int] = [0] * tree.node_count
        start = len(rows)
        for node in reversed(range(tree.node_count)):  # children come after their parent
            left, right = int(tree.children_left[node]), int(tree.children_right[node])
            limit = int(thresholds[first + node])
            if left < 0:
                place[node] = -1 - int(leaves[first + node])
            elif limit < contract_ends[0] or limit >= contract_ends[1] or place[left] == place[right]:
                place[node] = place[right] if limit < contract_ends[0] else place[left]
            else:
                place[node] = len(rows)
                rows.append((int(tree.feature[node]), limit, place[left], place[right]))
        rows[start:] = _parents_first(rows[start:], start)
        roots.append(start if len(rows) > start else place[0])
        first += tree.node_count
    table = np.array(rows, np.int64).reshape(-1, 4)
    return Forest(table[:, 0], table[:, 1], table[:, 2:], np.array(roots))


def _parents_first(rows: list[tuple[int, int, int, int]], start: int) -> list[tuple[int, int, int, int]]:
    """Number the nodes of one tree as they are read: a node, its first side, its second side.

    The last row is the root; rows that nothing leads to are left out.
    """
    order, waiting = [], [len(rows) - 1] if rows else []
    while waiting:
        order.append(waiting.pop())
        waiting += [child - start for child in reversed(rows[order[-1]][2:]) if child >= 0]
    new = {old: start + index for index, old in enumerate(order)}
    return [
        (feature, limit, *(child if child < 0 else new[child - start] for child in children))  # type: ignore[misc]
        for feature, limit, *children in (rows[old] for old in order)
    ]


def _tensor(name: str, values: Array, dtype: np.dtype[Any] | None = None) -> Tensor:
    """Store integers in the narrowest type that holds them, or in `dtype`."""
    low, high = int(values.min(initial=0)), int(values.max(initial=0))
    names = ("int8", "int16", "int32") if low < 0 else ("uint8", "uint16", "uint32")
    fitting = [np.dtype(n) for n in names if np.iinfo(n).min <= low and high <= np.iinfo(n).max]
    kind = dtype or fitting[0]
    return Tensor(name, values.shape, kind, values, kind.itemsize * 8)


def _nodes(forest: Forest, trained: Trained) -> list[Tensor]:
    dtype = trained.contract.dtype if trained.contract.dtype.kind != "f" else np.dtype(np.int32)
    return [
        _tensor("feature", forest.feature),
        _tensor("threshold", forest.threshold, dtype),
        _tensor("children", forest.children),
        _tensor("root", forest.root),
    ]


def _leaves(votes: Array) -> list[Tensor]:
    """Votes of each leaf, those that are not zero: where a leaf's start, their classes, their numbers."""
    leaf, classes = np.nonzero(votes)
    start = np.searchsorted(leaf, np.arange(len(votes) + 1))
    return [_tensor("leaf_start", start), _tensor("leaf_class", classes), _tensor("leaf_vote", votes[leaf, classes])]


def _graph(trained: Trained, stored: list[Tensor], most_votes: int, rule: str, description: str) -> Graph:
    dtype = np.dtype(np.uint8 if most_votes < 2**8 else np.uint16 if most_votes < 2**16 else np.uint32)
    x = Tensor("x", trained.contract.shape, trained.contract.dtype)
    votes = Tensor("votes", (len(trained.labels),), dtype)
    roles = {tensor.name: tensor.name for tensor in stored}
    return Graph(
        kind=type(trained.estimator).__name__.removesuffix("Classifier"),
        tensors={tensor.name: tensor for tensor in (x, *stored, votes)},
        operators=(Operator("decision_forest", ("x",), ("votes",), roles, {"vote": rule}),),
        input="x",
        output="votes",
        contract=trained.contract,
        labels=trained.labels,
        description=description,
    )


def _soft_graph(trained: Trained, trees: list[Any], limits: Array, steps: int) -> Graph:
    shares = _probabilities(trees)
    votes = whole_votes(shares, steps)
    at_leaf = np.concatenate([tree.children_left < 0 for tree in trees])
    distinct, index = np.unique(votes[at_leaf], axis=0, return_inverse=True)
    leaves = np.zeros(len(votes), np.int64)
    leaves[at_leaf] = index.reshape(-1)
    forest = build_forest(trees, limits, leaves, _ends(trained))
    if max(len(forest.feature), len(distinct)) > MOST_NODES:
        raise ConversionError(f"A forest of {len(forest.feature):,} nodes is too large; at most {MOST_NODES:,} fit.")
    error = votes / steps - shares
    spread = np.where(at_leaf, error.max(axis=1) - error.min(axis=1), 0.0)
    first = np.cumsum([0, *(tree.node_count for tree in trees)])
    bound = _up(float(np.mean([spread[a:b].max() for a, b in pairwise(first)])))
    description = (
        f"{len(trees)} trees, {len(forest.feature) + len(trees):,} leaves, soft votes in steps of 1/{steps:,}: "
        f"scikit-learn's class where the two best are more than {bound:g} apart"
    )
    return _graph(trained, [*_nodes(forest, trained), *_leaves(distinct)], steps * len(trees), "soft", description)


def _up(value: float) -> float:
    """Round up to one digit."""
    digit = 10.0 ** math.floor(math.log10(value)) if value > 0 else 1.0
    return float(f"{math.ceil(value / digit) * digit:.1g}")


def _hard_graph(trained: Trained, trees: list[Any], limits: Array) -> Graph:
    leaves = _probabilities(trees).argmax(axis=1)  # the leaf number is the class
    forest = build_forest(trees, limits, leaves, _ends(trained))
    if len(forest.feature) > MOST_NODES:
        raise ConversionError(f"A forest of {len(forest.feature):,} nodes is too large; at most {MOST_NODES:,} fit.")
    many = f"{len(trees)} trees, " if len(trees) > 1 else ""
    votes = ", hard votes" if len(trees) > 1 else ""
    description = f"{many}{len(forest.feature) + len(trees):,} leaves{votes}"
    return _graph(trained, _nodes(forest, trained), len(trees), "hard", description)


def _ends(trained: Trained) -> tuple[int, int]:
    contract = trained.contract
    low, high = ordered(np.array([contract.minimum, contract.maximum], contract.dtype)).tolist()
    return low, high


def _vote_limits(trees: list[Any]) -> list[int]:
    """Votes a tree may have: finer ones cost flash, coarser ones decide close calls differently."""
    votes = sum(np.count_nonzero(tree.value[tree.children_left < 0]) for tree in trees)
    nodes = sum(tree.node_count for tree in trees)
    fine = [(2**16 - 1) // len(trees), (2**32 - 1) // len(trees)]
    if votes <= FEW_VOTES:
        return fine
    room = get_board("uno").flash_bytes - SKETCH_BYTES - NODE_BYTES * nodes
    fitting = [limit for limit, size in zip(fine, FINE_VOTE_BYTES, strict=True) if size * votes <= room]
    return [min(2**8 - 1, fine[0]), *fitting]


def convert_trees(trained: Trained, representative: Array, vote: str) -> Graph:
    """Turn a decision tree or a forest into integers.

    Parameters
    ----------
    trained : Trained
        A DecisionTreeClassifier, a RandomForestClassifier or an ExtraTreesClassifier.
    representative : ndarray of shape (n, ...)
        Raw data. Of the resolutions that come into question for soft votes, the first one with the fewest
        classes that differ from scikit-learn's on these data is taken; fine votes are left out where the forest
        would be too large for an Uno.
    vote : str
        ``"soft"`` or ``"hard"``. A single tree answers with the class of its leaf either way.
    """
    trees = _trees(trained.estimator)
    feature = np.concatenate([np.maximum(tree.feature, 0) for tree in trees])
    limits = raw_thresholds(trained, feature, np.concatenate([tree.threshold for tree in trees]))
    if vote == "hard" or len(trees) == 1:
        graph = _hard_graph(trained, trees, limits)
    else:
        graph = _closest(trained, trees, limits, representative)
    return replace(graph, examples=choose_examples(graph, representative))


def _closest(trained: Trained, trees: list[Any], limits: Array, representative: Array) -> Graph:
    expected, best, fewest = trained.class_indices(representative), None, len(representative) + 1
    for limit in _vote_limits(trees):
        graph = _soft_graph(trained, trees, limits, vote_steps(limit))
        wrong = int((graph.classify(representative) != expected).sum())
        if wrong < fewest:
            best, fewest = graph, wrong
        if not wrong:
            break
    assert best is not None
    return best
