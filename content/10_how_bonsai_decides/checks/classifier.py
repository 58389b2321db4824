"""Check 10.5: the whole classifier."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from tinyml_course.datasets import load_digits
from tinyml_course.graph import Array
from tinyml_course.grading.checks import Case, Check, Misconception, Part
from tinyml_course.models.trained import digits_bonsai, with_values
from tinyml_course.reference.bonsai import path as reference_path

from .trees import BIAS_INPUT, BRIGHTEST, STORED, bonsai, integers

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
    Z, theta = integers(rng, 7, projected, 1 + features), integers(rng, 7, nodes // 2, projected)
    W, V = integers(rng, 7, nodes, classes, projected), integers(rng, 7, nodes, classes, projected)
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
    values = {name: digits_bonsai().tensors[name].values for name in STORED}
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
