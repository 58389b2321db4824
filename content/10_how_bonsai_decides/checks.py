"""Checks of lesson 10: a Bonsai from the pixels to the class, against the library's exact reference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

from tinyml_course.datasets import load_digits
from tinyml_course.graph import Array, Graph, InputContract, Operator, Tensor
from tinyml_course.grading.checks import Case, Check, Misconception, Part
from tinyml_course.grading.sheet import BoardTask
from tinyml_course.models.trained import digits_bonsai, with_values
from tinyml_course.reference import bonsai_trace
from tinyml_course.reference.bonsai import path as reference_path

BIAS_INPUT, BRIGHTEST = 16, 16
_INT32 = np.dtype(np.int32)
_STORED = ("Z", "bias_input", "z_shift", "theta", "W", "V", "one", "score_shift")


def bonsai(
    Z: Array, bias_input: int, z_shift: int, theta: Array, W: Array, V: Array, one: int, score_shift: int
) -> Graph:
    """A Bonsai of these integers, as the library's reference takes it."""
    values = dict(zip(_STORED, (Z, bias_input, z_shift, theta, W, V, one, score_shift), strict=True))
    stored = [Tensor(name, np.shape(value), _INT32, np.asarray(value), 32) for name, value in values.items()]
    classes, projected = np.shape(W)[1:]
    computed = (("x", (np.shape(Z)[1] - 1,)), ("z", (projected,)), ("scores", (classes,)), ("path", (len(theta) + 1,)))
    roles = {"Z": "Z", "bias_input": "bias_input", "shift": "z_shift"}
    tree = {name: name for name in ("W", "V", "theta", "one", "score_shift")}
    return Graph(
        kind="Bonsai",
        tensors={tensor.name: tensor for tensor in [*stored, *(Tensor(n, shape, _INT32) for n, shape in computed)]},
        operators=(
            Operator("bonsai_projection", ("x",), ("z",), roles),
            Operator("bonsai_tree", ("z",), ("scores", "path"), tree),
        ),
        input="x",
        output="scores",
        contract=InputContract(np.dtype(np.int16), (np.shape(Z)[1] - 1,), -(2**15), 2**15 - 1),
        labels=tuple(range(classes)),
    )


def _integers(rng: np.random.Generator, limit: int, *shape: int) -> Array:
    return rng.integers(-limit, limit, shape, endpoint=True)


# 10.1 the projection


def _project(x: Array, Z: Array, bias_input: int, shift: int) -> Array:
    none = np.zeros((0, len(Z)), int)
    graph = bonsai(Z, bias_input, shift, none, np.zeros((1, 1, len(Z)), int), np.zeros((1, 1, len(Z)), int), 1, 0)
    return bonsai_trace(graph, x.astype(np.int16)).z


def _plain_sums(rng: np.random.Generator) -> Sequence[Case]:
    cases: list[Case] = []
    for features in (2, 4, 6):
        Z = _integers(rng, 7, 3, 1 + features)
        Z[:, 0], Z[:, 1:3] = 0, np.where(Z[:, 1:3] == 0, 5, Z[:, 1:3])
        cases.append((rng.integers(1, BRIGHTEST, features, endpoint=True), Z, BIAS_INPUT, 0))
    return cases


def _biased_sums(rng: np.random.Generator) -> Sequence[Case]:
    halves = np.array([[1, 0], [3, 0], [-1, 0], [-3, 0], [5, 1]])  # with shift 1: ties of the rounding, both signs
    cases: list[Case] = [(np.array([0]), halves, 1, 1)]
    for features, shift in ((2, 2), (5, 3), (8, 4)):
        Z = _integers(rng, 7, 4, 1 + features)
        Z[:, 0] = np.where(Z[:, 0] == 0, 3, Z[:, 0])
        cases.append((rng.integers(0, BRIGHTEST, features, endpoint=True), Z, BIAS_INPUT, shift))
    return cases


def _sums(x: Array, Z: Array, bias_input: int) -> Array:
    return Z[:, 1:] @ x + Z[:, 0] * bias_input


def _round(sums: Array, shift: int) -> Array:
    return (sums + ((1 << shift) >> 1)) >> shift


PROJECT = Check(
    objective="10.1",
    task="The projection",
    function="project",
    parts=(Part("the weighted sums", 1, _plain_sums), Part("the bias and the rounding", 1, _biased_sums)),
    can_now="compute the projected features of an image in integers, the bias included",
    arguments=("x", "Z", "bias_input", "shift"),
    expected=_project,
    misconceptions=(
        Misconception(
            "bias last",
            "You took the last column of Z for the bias; it is the first.",
            lambda x, Z, b, shift: _round(Z[:, :-1] @ x + Z[:, -1] * b, shift),
        ),
        Misconception(
            "bias for every pixel",
            "You added the bias once for each pixel; it belongs to the sum once.",
            lambda x, Z, b, shift: _round(Z[:, 1:] @ x + Z[:, 0] * b * len(x), shift),
        ),
        Misconception(
            "bias forgotten",
            "The bias is missing: the first column of Z counts too.",
            lambda x, Z, b, shift: _round(_sums(x, Z, 0), shift),
        ),
        Misconception(
            "bias not scaled",
            "You added the first column of Z as it is; multiply it with the integer that stands for 1.",
            lambda x, Z, b, shift: _round(_sums(x, Z, 1), shift),
        ),
        Misconception(
            "rounded down",
            "A shift alone rounds down; half of 2^shift must be added before it.",
            lambda x, Z, b, shift: _sums(x, Z, b) >> shift,
        ),
        Misconception(
            "rounded half to even",
            "Python's and NumPy's round take a tie to the even neighbour; the board adds a half and shifts.",
            lambda x, Z, b, shift: np.round(_sums(x, Z, b) / 2**shift),
        ),
        Misconception(
            "rounded towards zero",
            "You cut the fraction off, which rounds negative sums up; a shift rounds down.",
            lambda x, Z, b, shift: np.trunc(_sums(x, Z, b) / 2**shift),
        ),
        Misconception(
            "fraction kept",
            "A division leaves fractions; the board shifts, and z is an integer.",
            lambda x, Z, b, shift: _sums(x, Z, b) / 2**shift,
        ),
        Misconception(
            "not shifted",
            "These are the sums before the shift.",
            lambda x, Z, b, shift: _sums(x, Z, b),
        ),
        Misconception(
            "shifted twice",
            "You shifted the sums; the last line of the function does that already.",
            lambda x, Z, b, shift: _round(_sums(x, Z, b) >> shift, shift),
        ),
    ),
)


# 10.2 the branch


def _branch_with(product: int, misleading: bool, rng: np.random.Generator) -> tuple[Array, Array]:
    """A row of theta and projected features with this product; the sum of the features may have another sign."""
    while True:
        theta, z = _integers(rng, 7, 4), _integers(rng, 30, 4)
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


# 10.3 the scores of one node


def _node_scores(z: Array, W: Array, V: Array, one: int, shift: int) -> Array:
    own = np.hstack([np.zeros((len(z), 1), int), np.eye(len(z), dtype=int)])  # a projection that changes nothing
    graph = bonsai(own, 0, 0, np.zeros((0, len(z)), int), W[None], V[None], one, shift)
    return bonsai_trace(graph, z.astype(np.int16)).scores


def _node(rng: np.random.Generator, one: int, low: int, high: int) -> tuple[Array, Array, Array]:
    """z, W and V of four classes: \\|W z\\| is above 2 `one`, \\|V z\\| from `low` to `high`; both signs of both."""
    z = np.concatenate([[1], _integers(rng, 20, 3)])
    W, V = _integers(rng, 7, 4, 4), _integers(rng, 7, 4, 4)
    w = rng.integers(2 * one + 1, 4 * one, 4) * np.array([1, -1, 1, -1])
    v = rng.integers(low, high, 4, endpoint=True) * np.array([1, 1, -1, -1])
    W[:, 0], V[:, 0] = w - W[:, 1:] @ z[1:], v - V[:, 1:] @ z[1:]
    return z, W, V


def _open_gates(rng: np.random.Generator) -> Sequence[Case]:
    return [(*_node(rng, one, one // 2, one - 1), one, 0) for one in (12, 34)]


def _flat_gates(rng: np.random.Generator) -> Sequence[Case]:
    return [(*_node(rng, one, one + 2, 3 * one), one, 0) for one in (9, 34)]


def _shifted(rng: np.random.Generator) -> Sequence[Case]:
    """Products that are odd, or nearly all of 2^shift: each way to round gives something else."""
    cases: list[Case] = []
    for one, shift in ((12, 3), (34, 4), (20, 2)):
        while True:
            z, W, V = _node(rng, one, one // 2, one - 1)
            rest = (W @ z) * (V @ z) % 2**shift
            if rest[1] and rest[2] and (rest > 2 ** (shift - 1)).any():
                break
        cases.append((z, W, V, one, shift))
    return cases


def _products(z: Array, W: Array, V: Array, one: int) -> Array:
    return (W @ z) * np.clip(V @ z, -one, one)


NODE_SCORES = Check(
    objective="10.3",
    task="The scores of one node",
    function="node_scores",
    parts=(Part("the product", 1, _open_gates), Part("the hard tanh", 1, _flat_gates), Part("the shift", 1, _shifted)),
    can_now="compute what one node adds to each class, with a hard tanh and integers only",
    arguments=("z", "W", "V", "one", "shift"),
    expected=_node_scores,
    misconceptions=(
        Misconception(
            "tanh of the wrong factor",
            "You held W z between the limits; the hard tanh belongs to V z.",
            lambda z, W, V, one, shift: np.clip(W @ z, -one, one) * (V @ z) >> shift,
        ),
        Misconception(
            "tanh of the product",
            "You held the product between the limits; the hard tanh belongs to V z alone, before the product.",
            lambda z, W, V, one, shift: np.clip((W @ z) * (V @ z), -one, one) >> shift,
        ),
        Misconception(
            "real tanh",
            "You took the real tanh of an integer, which is nearly always 1 or -1; here `one` stands for 1.",
            lambda z, W, V, one, shift: (W @ z) * np.tanh(V @ z) / 2**shift,
        ),
        Misconception(
            "real tanh",
            "You took the real tanh; the board has the hard one: straight up to `one`, then flat.",
            lambda z, W, V, one, shift: (W @ z) * np.round(one * np.tanh(V @ z / one)).astype(int) >> shift,
        ),
        Misconception(
            "real tanh",
            "You took the real tanh; the board has the hard one: straight up to `one`, then flat.",
            lambda z, W, V, one, shift: (W @ z) * one * np.tanh(V @ z / one) / 2**shift,
        ),
        Misconception(
            "limits of 1",
            "You held V z between -1 and 1; in these integers `one` stands for 1.",
            lambda z, W, V, one, shift: (W @ z) * np.clip(V @ z, -1, 1) >> shift,
        ),
        Misconception(
            "negative side forgotten",
            "Your gate is never below zero; the hard tanh has a negative side.",
            lambda z, W, V, one, shift: (W @ z) * np.clip(V @ z, 0, one) >> shift,
        ),
        Misconception(
            "W forgotten",
            "This is the gate alone: multiply it with W z.",
            lambda z, W, V, one, shift: np.clip(V @ z, -one, one) >> shift,
        ),
        Misconception(
            "classes added up",
            "You added the classes up; each class keeps a score of its own.",
            lambda z, W, V, one, shift: _products(z, W, V, one).sum() >> shift,
        ),
        Misconception(
            "sum for product",
            "You added W z and the gate; the gate multiplies.",
            lambda z, W, V, one, shift: (W @ z) + np.clip(V @ z, -one, one) >> shift,
        ),
        Misconception(
            "hard tanh forgotten",
            "The hard tanh is missing: V z is used as it is, however large.",
            lambda z, W, V, one, shift: (W @ z) * (V @ z) >> shift,
        ),
        Misconception(
            "one limit only",
            "You hold large positive values back, but not large negative ones.",
            lambda z, W, V, one, shift: (W @ z) * np.minimum(V @ z, one) >> shift,
        ),
        Misconception(
            "not shifted",
            "The shift is missing.",
            lambda z, W, V, one, shift: _products(z, W, V, one),
        ),
        Misconception(
            "shifted too early",
            "You shifted W z before the product, and lost bits that count; the shift comes last.",
            lambda z, W, V, one, shift: (W @ z >> shift) * np.clip(V @ z, -one, one),
        ),
        Misconception(
            "shifted too early",
            "You shifted the gate before the product, and lost bits that count; the shift comes last.",
            lambda z, W, V, one, shift: (W @ z) * (np.clip(V @ z, -one, one) >> shift),
        ),
        Misconception(
            "rounded to nearest",
            "You rounded to the nearest, as the projection does; here the shift alone rounds down.",
            lambda z, W, V, one, shift: _round(_products(z, W, V, one), shift),
        ),
        Misconception(
            "rounded to nearest",
            "You divided and rounded; here a shift rounds down.",
            lambda z, W, V, one, shift: np.round(_products(z, W, V, one) / 2**shift),
        ),
        Misconception(
            "rounded towards zero",
            "You cut the fraction off, which rounds negative products up; a shift rounds them down.",
            lambda z, W, V, one, shift: np.trunc(_products(z, W, V, one) / 2**shift),
        ),
        Misconception(
            "fraction kept",
            "A division leaves fractions; the board shifts, and a score is an integer.",
            lambda z, W, V, one, shift: _products(z, W, V, one) / 2**shift,
        ),
    ),
)


# 10.4 the path and its bytes


def _walk(z: Array, theta: Array) -> list[int]:
    return [int(node) for node in reference_path(z[None], theta)[0]]


def _trees(rng: np.random.Generator) -> Sequence[Case]:
    """Trees of depth 1 to 3, each with a turn to both sides where it is deep enough; one product is zero."""
    cases: list[Case] = []
    for depth in (1, 1, 2, 2, 3, 3):
        while True:
            z, theta = _integers(rng, 30, 3), _integers(rng, 7, 2**depth - 1, 3)
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


# 10.5 the whole classifier

Model = tuple[Any, ...]


def _classes(images: Array, model: Model, **changes: object) -> list[int]:
    """The reference's answers, with some of the model's numbers changed."""
    graph = with_values(bonsai(*model), **changes)  # type: ignore[arg-type]
    return [int(c) for c in graph.classify(images.astype(np.int16))]


def _scores(images: Array, model: Model) -> Array:
    return bonsai(*model).predict(images.astype(np.int16)).astype(np.int64)


def _z(images: Array, model: Model) -> Array:
    return bonsai(*model).run(images.astype(np.int16))["z"].astype(np.int64)


def _each_node(images: Array, model: Model) -> Array:
    """Scores of every node for every image, whether it is on the path or not: (K, n, C)."""
    W, V, theta = model[4], model[5], model[3]
    nodes = [(*model[:3], theta[:0], W[[k]], V[[k]], *model[6:]) for k in range(len(W))]
    return np.array([_scores(images, node) for node in nodes])


def _some_nodes(images: Array, model: Model, which: slice) -> list[int]:
    """Classes from some of the nodes on the path only."""
    paths = reference_path(_z(images, model), model[3])[:, which]
    each = _each_node(images, model)
    return [int(sum(each[node, i] for node in nodes).argmax()) for i, nodes in enumerate(paths)]


def _without_bias(Z: Array) -> Array:
    return np.hstack([np.zeros((len(Z), 1), int), Z[:, 1:]])


def _last_of_equals(images: Array, model: Model) -> list[int]:
    scores = _scores(images, model)
    return [int(c) for c in scores.shape[1] - 1 - scores[:, ::-1].argmax(axis=1)]


def _rounded_down(images: Array, model: Model) -> list[int]:
    Z, bias_input, z_shift, *rest = model
    down = Z.astype(np.int64) * (2 * bias_input)
    down[:, 0] -= 1 << z_shift  # half a step less, in sums that are twice bias_input as fine
    finer = int(z_shift) + (2 * bias_input).bit_length() - 1
    return _classes(images, (down, bias_input, finer, *rest))


_IDEAS: tuple[Misconception, ...] = (
    Misconception(
        "last of equals",
        "Of equal scores you take the last; the first one wins.",
        _last_of_equals,
    ),
    Misconception(
        "zero goes left",
        "A product of exactly zero is not above zero: the path goes right.",
        lambda images, model: _classes(images, _steered(images, model, 1, 1)),
    ),
    Misconception(
        "all nodes added up",
        "You added up the scores of all nodes; only those on the path count.",
        lambda images, model: [int(c) for c in _each_node(images, model).sum(axis=0).argmax(axis=1)],
    ),
    Misconception(
        "leaf only",
        "You took the scores of the leaf alone; every node on the path adds its own.",
        lambda images, model: _some_nodes(images, model, slice(-1, None)),
    ),
    Misconception(
        "leaf left out",
        "The scores of the leaf are missing.",
        lambda images, model: _some_nodes(images, model, slice(None, -1)),
    ),
    Misconception(
        "root only",
        "You took the scores of the root alone; every node on the path adds its own.",
        lambda images, model: _some_nodes(images, model, slice(1)),
    ),
    Misconception(
        "root left out",
        "The scores of the root are missing; every node on the path adds its own.",
        lambda images, model: _some_nodes(images, model, slice(1, None)),
    ),
    Misconception(
        "children swapped",
        "You take the right child where the product is above zero; that is where the path goes left.",
        lambda images, model: _classes(images, _steered(images, model, -1, 1)),
    ),
    Misconception(
        "children swapped",
        "You take the left child where the product is below zero; that is where the path goes right.",
        lambda images, model: _classes(images, _steered(images, model, -1, -1)),
    ),
    Misconception(
        "bias forgotten",
        "The bias of the projection is missing.",
        lambda images, model: _classes(images, model, Z=_without_bias(model[0])),
    ),
    Misconception(
        "rounded down",
        "The projection rounds to the nearest; yours rounds down.",
        _rounded_down,
    ),
    Misconception(
        "hard tanh forgotten",
        "The hard tanh is missing: V z is used as it is, however large.",
        lambda images, model: _classes(images, model, one=2**30),
    ),
    Misconception(
        "tanh of the wrong factor",
        "You held W z between the limits; the hard tanh belongs to V z.",
        lambda images, model: _classes(images, model, W=model[5], V=model[4]),
    ),
    Misconception(
        "smallest score",
        "You took the smallest score; the largest decides.",
        lambda images, model: [int(c) for c in _scores(images, model).argmin(axis=1)],
    ),
    Misconception(
        "score for class",
        "You returned the largest score; the class is its number.",
        lambda images, model: [int(s) for s in _scores(images, model).max(axis=1)],
    ),
    Misconception(
        "scores for class",
        "You returned all scores; the class is the number of the largest.",
        _scores,
    ),
    Misconception(
        "leaf for class",
        "You returned the number of the leaf; the class is the number of the largest score.",
        lambda images, model: [int(k) for k in reference_path(_z(images, model), model[3])[:, -1]],
    ),
    Misconception(
        "first image only",
        "You classified the first image only: does `return` stand inside of the loop?",
        lambda images, model: _classes(images, model)[0],
    ),
)
_AGREE_WITHOUT_TIES = ("last of equals",)
_AGREE_WITHOUT_ZEROS = ("zero goes left",)


def _steered(images: Array, model: Model, sign: int, zero: int) -> Model:
    """The model that decides by `sign` times the product, and at zero by `zero`."""
    Z, bias_input, z_shift, theta, W, V, *rest = model
    more = np.zeros((1, Z.shape[1]), int)
    more[0, 0] = 1 << z_shift  # one more feature: bias_input, for every image

    def wider(weights: Array, column: int) -> Array:
        return np.concatenate([weights, np.full((*weights.shape[:-1], 1), column)], axis=-1)

    theta = wider(2 * bias_input * sign * theta, zero)
    return (np.vstack([Z, more]), bias_input, z_shift, theta, wider(W, 0), wider(V, 0), *rest)


def _told(images: Array, model: Model) -> set[int]:
    """Which ideas a case tells from the truth."""
    right = _classes(images, model)
    return {i for i, idea in enumerate(_IDEAS) if not _equal(idea.answer(images, model), right)}


def _equal(one: object, other: object) -> bool:
    return np.array_equal(np.asarray(one), np.asarray(other))


def _until_all_tell(draw: Callable[[], Sequence[tuple[Array, Model]]], agree: Sequence[str]) -> Sequence[Case]:
    """Draw cases until every idea is told from the truth, and none of those that must agree with it here."""
    wanted = {i for i, idea in enumerate(_IDEAS) if idea.name not in agree}
    while True:
        cases = draw()
        if set().union(*(_told(*case) for case in cases)) == wanted:
            return cases


def _random_model(rng: np.random.Generator, depth: int) -> Model:
    features, projected, classes = 5, 3, 4
    nodes = 2 ** (depth + 1) - 1
    Z, theta = _integers(rng, 7, projected, 1 + features), _integers(rng, 7, nodes // 2, projected)
    W, V = _integers(rng, 7, nodes, classes, projected), _integers(rng, 7, nodes, classes, projected)
    return Z, BIAS_INPUT, 4, theta, W, V, int(rng.integers(15, 40)), 3


def _images(rng: np.random.Generator, count: int) -> Array:
    return rng.integers(0, BRIGHTEST, (count, 5), endpoint=True)


def _small_trees(rng: np.random.Generator) -> Sequence[Case]:
    def draw() -> Sequence[tuple[Array, Model]]:
        cases = [(_images(rng, 8), _random_model(rng, depth)) for depth in (1, 2, 3)]
        level = _random_model(rng, 1)
        level[3][:] = 0  # no product is above zero
        return [*cases, (_images(rng, 4), level)]

    return _until_all_tell(draw, _AGREE_WITHOUT_TIES)


def _equal_scores(rng: np.random.Generator) -> Sequence[Case]:
    def draw() -> Sequence[tuple[Array, Model]]:
        return [_with_a_tie(rng, depth) for depth in (1, 1, 2, 2, 3)]

    return _until_all_tell(draw, _AGREE_WITHOUT_ZEROS)


def _with_a_tie(rng: np.random.Generator, depth: int) -> tuple[Array, Model]:
    """Four images whose best class has a twin, and no product is zero."""
    while True:
        images, model = _images(rng, 40), _random_model(rng, depth)
        best = int(np.bincount(_classes(images, model)).argmax())
        twin = (best + 1 + int(rng.integers(0, 3))) % 4
        for weights in model[4:6]:
            weights[:, twin] = weights[:, best]
        scores = _scores(images, model)
        tied = scores.max(axis=1) == scores[:, best]
        tied &= (_z(images, model) @ model[3].T != 0).all(axis=1)
        if tied.sum() >= 4:
            return images[tied][:4], model


@cache
def _trained() -> Model:
    """The Bonsai that ships, in integers wide enough for every sum."""
    values = {name: digits_bonsai().tensors[name].values for name in _STORED}
    return tuple(value.astype(np.int32) if value.ndim else int(value) for value in values.values())


def _digits(rng: np.random.Generator) -> Sequence[Case]:
    """A hundred test images without ties of any kind."""
    x = load_digits().x_test
    ordered = np.sort(_scores(x, _trained()), axis=1)
    plain = (ordered[:, -1] > ordered[:, -2]) & (_z(x, _trained()) @ _trained()[3].T != 0).all(axis=1)

    def draw() -> Sequence[tuple[Array, Model]]:
        return [(x[np.sort(rng.choice(np.flatnonzero(plain), 100, replace=False))], _trained())]

    return _until_all_tell(draw, _AGREE_WITHOUT_TIES + _AGREE_WITHOUT_ZEROS)


CLASSIFY = Check(
    objective="10.5",
    task="The whole classifier",
    function="classify",
    parts=(
        Part("small trees", 1, _small_trees),
        Part("equal scores", 1, _equal_scores),
        Part("a hundred digits", 1, _digits),
    ),
    can_now="classify with a Bonsai as the library and the board do, integer for integer",
    arguments=("images", "model"),
    expected=_classes,
    misconceptions=_IDEAS,
)


# 10.6 one node in C, on the virtual Uno

_NODE_LENGTH, _NODE_ONE, _NODE_SHIFT = 16, 34, 4


def _nodes_in_flash(rng: np.random.Generator) -> Sequence[Case]:
    """Rows of W and V in 4 bits, z in 7: products of 16 bits and more, gates on both sides of both limits."""
    while True:
        z, w, v = _integers(rng, 60, 24, 16), rng.integers(-8, 8, (24, 16)), rng.integers(-8, 8, (24, 16))
        v[::2] //= 4
        gates = (v * z).sum(axis=1)
        inside = np.abs(gates) < _NODE_ONE
        if inside.sum() >= 4 and (gates > _NODE_ONE).sum() >= 4 and (gates < -_NODE_ONE).sum() >= 4:
            return [(z, w, v)]


def _node_task(z: Array, w: Array, v: Array) -> BoardTask:
    tables = "\n".join(_c_table(*table) for table in (("z", z, ""), ("w", w, " PROGMEM"), ("v", v, " PROGMEM")))
    head = f"#define N {_NODE_LENGTH}\n#define ONE {_NODE_ONE}\n#define SHIFT {_NODE_SHIFT}\n"
    prototype = "int16_t node_score(const int8_t *z, const int8_t *w, const int8_t *v);"
    # It keeps the tables in the program, so that they count for nobody.
    stub = f"{prototype[:-1]}\n{{\n    return z[0] + pgm_read_byte(w) + pgm_read_byte(v);\n}}"
    return BoardTask(f"{head}{tables}\n{prototype}", "node_score(case_z[k], case_w[k], case_v[k])", stub, len(z))


def _c_table(name: str, rows: Array, place: str) -> str:
    lines = ",\n".join("    {" + ", ".join(str(int(value)) for value in row) + "}" for row in rows)
    return f"static const int8_t case_{name}[{len(rows)}][{_NODE_LENGTH}]{place} = {{\n{lines}\n}};"


def _rows(a: Array, b: Array) -> Array:
    return (a.astype(int) * b).sum(axis=1)


def _int16(values: Array) -> Array:
    return (values + 2**15) % 2**16 - 2**15


def _int8(values: Array) -> Array:
    return (values + 2**7) % 2**8 - 2**7


def _node_outputs(
    z: Array,
    w: Array,
    v: Array,
    *,
    held: Callable[[Array], Array] | None = None,
    product: Callable[..., Array] = _int16,
) -> tuple[int, ...]:
    """What node_score returns for each row; by default as somebody computes it whose product has 16 bits."""
    hold = held or (lambda gate: np.clip(gate, -_NODE_ONE, _NODE_ONE))
    scores = product(_rows(w, z) * hold(_rows(v, z))) >> _NODE_SHIFT
    return tuple(int(score) for score in _int16(scores))


def _whole(values: Array) -> Array:
    return values


NODE_IN_C = Check(
    objective="10.6",
    task="One node in C",
    function="node_in_c",
    parts=(
        Part("the same integers as in Python", 2, _nodes_in_flash, "outputs"),
        Part("at most 1,000 cycles", 1, _nodes_in_flash, "cycles <= 1000"),
        Part("at most 220 bytes of flash", 1, _nodes_in_flash, "flash_bytes <= 220"),
    ),
    can_now="write a node in C that gives the same integers as Python, small and quick",
    arguments=(),
    expected=lambda z, w, v: _node_outputs(z, w, v, product=_whole),
    board=_node_task,
    misconceptions=(
        Misconception(
            "product of 16 bits",
            "The product needs more than 16 bits, and an `int` of the Uno has no more: make one factor an int32_t.",
            _node_outputs,
        ),
        Misconception(
            "weights without sign",
            "`pgm_read_byte` gives 0 to 255: make it an int8_t, or -1 becomes 255.",
            lambda z, w, v: _node_outputs(z, w % 256, v % 256, product=_whole),
        ),
        Misconception(
            "weights without sign",
            "`pgm_read_byte` gives 0 to 255: make it an int8_t, or -1 becomes 255.",
            lambda z, w, v: tuple(
                int(score)
                for score in _int16(
                    _int16(_rows(w % 256, z)) * np.clip(_int16(_rows(v % 256, z)), -_NODE_ONE, _NODE_ONE) >> _NODE_SHIFT
                )
            ),
        ),
        Misconception(
            "hard tanh forgotten",
            "The hard tanh is missing: V z is used as it is, however large.",
            lambda z, w, v: _node_outputs(z, w, v, held=_whole, product=_whole),
        ),
        Misconception(
            "one limit only",
            "You hold large positive values back, but not large negative ones.",
            lambda z, w, v: _node_outputs(z, w, v, held=lambda gate: np.minimum(gate, _NODE_ONE), product=_whole),
        ),
        Misconception(
            "sums of 8 bits",
            "Your sums are too large for an int8_t: give them 16 bits.",
            lambda z, w, v: tuple(
                int(score)
                for score in _int16(
                    _int8(_rows(w, z)) * np.clip(_int8(_rows(v, z)), -_NODE_ONE, _NODE_ONE) >> _NODE_SHIFT
                )
            ),
        ),
        Misconception(
            "rounded towards zero",
            "A division cuts towards zero; the shift of 10.3 rounds down.",
            lambda z, w, v: tuple(
                int(score)
                for score in _int16(
                    np.trunc(_rows(w, z) * np.clip(_rows(v, z), -_NODE_ONE, _NODE_ONE) / 2**_NODE_SHIFT).astype(int)
                )
            ),
        ),
        Misconception(
            "not shifted",
            "The shift is missing.",
            lambda z, w, v: tuple(
                int(score) for score in _int16(_rows(w, z) * np.clip(_rows(v, z), -_NODE_ONE, _NODE_ONE))
            ),
        ),
    ),
)

CHECKS: tuple[Check, ...] = (PROJECT, NEXT_NODE, NODE_SCORES, PATH, CLASSIFY, NODE_IN_C)
