"""Check 10.3: the scores of one node."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinyml_course.graph import Array
from tinyml_course.grading.checks import Case, Check, Misconception, Part
from tinyml_course.reference import bonsai_trace

from .trees import bonsai, integers, shifted_round


def _node_scores(z: Array, W: Array, V: Array, one: int, shift: int) -> Array:
    own = np.hstack([np.zeros((len(z), 1), int), np.eye(len(z), dtype=int)])  # a projection that changes nothing
    graph = bonsai(own, 0, 0, np.zeros((0, len(z)), int), W[None], V[None], one, shift)
    return bonsai_trace(graph, z.astype(np.int16)).scores


def _node(rng: np.random.Generator, one: int, low: int, high: int) -> tuple[Array, Array, Array]:
    """z, W and V of four classes: \\|W z\\| is above 2 `one`, \\|V z\\| from `low` to `high`; both signs of both."""
    z = np.concatenate([[1], integers(rng, 20, 3)])
    W, V = integers(rng, 7, 4, 4), integers(rng, 7, 4, 4)
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
            lambda z, W, V, one, shift: shifted_round(_products(z, W, V, one), shift),
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
