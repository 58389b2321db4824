"""Check 10.2: the branch."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from tinyml_course.graph import Array
from tinyml_course.grading.checks import Case, Check, Misconception, Part
from tinyml_course.reference.bonsai import path as reference_path

from .trees import integers


def _branch_with(product: int, misleading: bool, rng: np.random.Generator) -> tuple[Array, Array]:
    """A row of theta and projected features with this product; the sum of the features may have another sign."""
    while True:
        theta, z = integers(rng, 7, 4), integers(rng, 30, 4)
        theta[0] = 1
        z[0] = product - theta[1:] @ z[1:]
        if ((z.sum() > 0) != (product > 0)) == misleading and z.any():
            return theta, z


def _clear_branches(rng: np.random.Generator) -> Sequence[Case]:
    products = rng.integers(3, 300, 7) * rng.permuted([1, -1, 1, -1, 1, -1, 1])
    return [(node, *_branch_with(int(products[node]), node % 2 == 0, rng)) for node in range(7)]


def _close_branches(rng: np.random.Generator) -> Sequence[Case]:
    nodes = rng.permutation(7)[:6].tolist()
    near = (0, 1, -1, 0, 2, -2)
    return [(node, *_branch_with(near[i], i % 2 == 0, rng)) for i, node in enumerate(nodes)]


def _next_node(node: int, theta: Array, z: Array) -> int:
    """Ask the reference for a tree whose inner nodes all have this row: the path as far as this node's child."""
    whole = np.tile(theta, (15, 1))
    level = (node + 1).bit_length() - 1
    ancestors = [((node + 1) >> up) - 1 for up in range(level, 0, -1)]
    for ancestor, child in pairwise([*ancestors, node]):
        whole[ancestor] = z * (1 if child == 2 * ancestor + 1 else -1)  # leads there: z · z is above zero
    return int(reference_path(z[None], whole)[0, level + 1])


NEXT_NODE = Check(
    objective="10.2",
    task="The branch",
    function="next_node",
    parts=(Part("the child", 1, _clear_branches), Part("a product near zero", 1, _close_branches)),
    can_now="tell at a node which child comes next, and its number",
    arguments=("node", "theta", "z"),
    expected=_next_node,
    misconceptions=(
        Misconception(
            "children swapped",
            "You went right where the product is above zero; that is where the path goes left.",
            lambda node, theta, z: 2 * node + (2 if theta @ z > 0 else 1),
        ),
        Misconception(
            "zero goes left",
            "A product of exactly zero is not above zero: the path goes right.",
            lambda node, theta, z: 2 * node + (1 if theta @ z >= 0 else 2),
        ),
        Misconception(
            "heap from 1",
            "Your numbers belong to a tree that counts its nodes from 1; the root is node 0.",
            lambda node, theta, z: 2 * node + (0 if theta @ z > 0 else 1),
        ),
        Misconception(
            "heap from 1",
            "Your children would fit a tree whose root is node 1; the root is node 0, its children are 1 and 2.",
            lambda node, theta, z: 2 * (node + 1) + (0 if theta @ z > 0 else 1),
        ),
        Misconception(
            "next numbers",
            "The numbers right after a node's own belong to its neighbours; only the root's children follow at once.",
            lambda node, theta, z: node + (1 if theta @ z > 0 else 2),
        ),
        Misconception(
            "side for number",
            "You returned the side; the task asks for the number of the child.",
            lambda node, theta, z: 1 if theta @ z > 0 else 2,
        ),
        Misconception(
            "side for number",
            "You returned whether the path goes left; the task asks for the number of the child.",
            lambda node, theta, z: bool(theta @ z > 0),
        ),
        Misconception(
            "product for number",
            "This is the product of theta and z; the task asks for the number of the child.",
            lambda node, theta, z: theta @ z,
        ),
        Misconception(
            "theta forgotten",
            "You looked at z alone: weigh it with theta first.",
            lambda node, theta, z: 2 * node + (1 if z.sum() > 0 else 2),
        ),
        Misconception(
            "always left",
            "You always go left; the sign of the product decides.",
            lambda node, theta, z: 2 * node + 1,
        ),
        Misconception(
            "always right",
            "You always go right; the sign of the product decides.",
            lambda node, theta, z: 2 * node + 2,
        ),
    ),
)
