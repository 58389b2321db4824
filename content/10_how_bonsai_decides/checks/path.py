"""Check 10.4: the path and its bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tinyml_course.graph import Array
from tinyml_course.grading.checks import Case, Check, Misconception, Part
from tinyml_course.reference.bonsai import path as reference_path

from .trees import integers


def _walk(z: Array, theta: Array) -> list[int]:
    return [int(node) for node in reference_path(z[None], theta)[0]]


def _trees(rng: np.random.Generator) -> Sequence[Case]:
    """Trees of depth 1 to 3, each with a turn to both sides where it is deep enough; one product is zero."""
    cases: list[Case] = []
    for depth in (1, 1, 2, 2, 3, 3):
        while True:
            z, theta = integers(rng, 30, 3), integers(rng, 7, 2**depth - 1, 3)
            nodes = _walk(z, theta)
            turns = {node % 2 for node in nodes[1:]}
            if (theta @ z).all() and (depth == 1 and nodes[1] == 1 + len(cases) or len(turns) == 2):
                break
        if len(cases) == 3:
            theta[0] = 0
        sizes = (int(rng.integers(300, 900)), int(rng.integers(90, 200)), int(rng.integers(5, 20)))
        cases.append((z, theta, *sizes))
    return cases


def _path(z: Array, theta: Array, always: int, node: int, branch: int) -> tuple[list[int], int]:
    nodes = _walk(z, theta)
    return nodes, always + len(nodes) * node + (len(nodes) - 1) * branch


def _own_walk(z: Array, theta: Array, child: Callable[[int, int], int], start: int = 0) -> list[int]:
    """A walk whose steps follow from a node's number and product; it ends where theta does."""
    nodes = [start]
    while 0 <= nodes[-1] < len(theta) and len(nodes) < 9:
        nodes.append(child(nodes[-1], int(theta[nodes[-1]] @ z)))
    return nodes


def _wrong_nodes(change: Callable[[Array, Array], object]) -> Callable[..., object]:
    return lambda z, theta, *sizes: (change(z, theta), _path(z, theta, *sizes)[1])


def _wrong_bytes(change: Callable[[int, int, int, int], int]) -> Callable[..., object]:
    """Right nodes; the bytes follow from the path's length and the three sizes."""

    def answer(z: Array, theta: Array, *sizes: int) -> object:
        nodes = _walk(z, theta)
        return nodes, change(len(nodes), *sizes)

    return answer


PATH = Check(
    objective="10.4",
    task="The path and its bytes",
    function="path",
    parts=(Part("the nodes", 1, _trees, "0"), Part("the bytes", 1, _trees, "1")),
    can_now="follow an image from the root to its leaf, and count the bytes that are read on the way",
    arguments=("z", "theta", "always_bytes", "node_bytes", "branch_bytes"),
    expected=_path,
    misconceptions=(
        Misconception(
            "children swapped",
            "You take the right child where the product is above zero; that is where the path goes left.",
            _wrong_nodes(lambda z, theta: _own_walk(z, theta, lambda k, product: 2 * k + (2 if product > 0 else 1))),
        ),
        Misconception(
            "children swapped",
            "You take the left child where the product is below zero; that is where the path goes right.",
            _wrong_nodes(lambda z, theta: _own_walk(z, theta, lambda k, product: 2 * k + (1 if product < 0 else 2))),
        ),
        Misconception(
            "zero goes left",
            "A product of exactly zero is not above zero: the path goes right.",
            _wrong_nodes(lambda z, theta: _own_walk(z, theta, lambda k, product: 2 * k + (1 if product >= 0 else 2))),
        ),
        Misconception(
            "leaf left out",
            "The leaf is missing at the end: it is visited too.",
            _wrong_nodes(lambda z, theta: _walk(z, theta)[:-1]),
        ),
        Misconception(
            "root left out",
            "The root is missing: the path begins with node 0.",
            _wrong_nodes(lambda z, theta: _walk(z, theta)[1:]),
        ),
        Misconception(
            "leaf only",
            "You gave the leaf alone; the task asks for all nodes on the way to it.",
            _wrong_nodes(lambda z, theta: _walk(z, theta)[-1]),
        ),
        Misconception(
            "leaf only",
            "You gave the leaf alone; the task asks for all nodes on the way to it.",
            _wrong_nodes(lambda z, theta: _walk(z, theta)[-1:]),
        ),
        Misconception(
            "all nodes",
            "You listed every node of the tree; the path visits one on each level.",
            _wrong_nodes(lambda z, theta: list(range(2 * len(theta) + 1))),
        ),
        Misconception(
            "heap from 1",
            "Your path counts the nodes from 1; the root is node 0.",
            _wrong_nodes(lambda z, theta: [node + 1 for node in _walk(z, theta)]),
        ),
        Misconception(
            "sides for numbers",
            "You listed the sides taken; the task asks for the numbers of the nodes.",
            _wrong_nodes(lambda z, theta: [0, *(2 - node % 2 for node in _walk(z, theta)[1:])]),
        ),
        Misconception(
            "only one answer",
            "Return two things: the nodes, and the bytes.",
            lambda z, theta, *sizes: _walk(z, theta),
        ),
        Misconception(
            "leaf branches too",
            "You counted a row of theta for the leaf; a leaf does not branch and has none.",
            _wrong_bytes(lambda n, always, node, branch: always + n * (node + branch)),
        ),
        Misconception(
            "all nodes",
            "You counted the bytes of every node; those off the path are not read.",
            lambda z, theta, always, node, branch: (
                _walk(z, theta),
                always + (2 * len(theta) + 1) * node + len(theta) * branch,
            ),
        ),
        Misconception(
            "theta read whole",
            "You counted all of theta; only the rows of inner nodes on the path are read.",
            lambda z, theta, always, node, branch: (
                _walk(z, theta),
                always + len(_walk(z, theta)) * node + len(theta) * branch,
            ),
        ),
        Misconception(
            "leaf left out",
            "The bytes of the leaf are missing: its W and V are read too.",
            _wrong_bytes(lambda n, always, node, branch: always + (n - 1) * (node + branch)),
        ),
        Misconception(
            "one node only",
            "You counted W and V of one node; every node on the path adds to the scores.",
            _wrong_bytes(lambda n, always, node, branch: always + node + (n - 1) * branch),
        ),
        Misconception(
            "branches forgotten",
            "The rows of theta are missing: each branch reads one.",
            _wrong_bytes(lambda n, always, node, branch: always + n * node),
        ),
        Misconception(
            "projection forgotten",
            "What is read for every image is missing: the projection and the constants.",
            _wrong_bytes(lambda n, always, node, branch: n * node + (n - 1) * branch),
        ),
    ),
)
