"""Check 10.1: the projection."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinyml_course.graph import Array
from tinyml_course.grading.checks import Case, Check, Misconception, Part
from tinyml_course.reference import bonsai_trace

from .trees import BIAS_INPUT, BRIGHTEST, bonsai, integers, shifted_round


def _project(x: Array, Z: Array, bias_input: int, shift: int) -> Array:
    none = np.zeros((0, len(Z)), int)
    graph = bonsai(Z, bias_input, shift, none, np.zeros((1, 1, len(Z)), int), np.zeros((1, 1, len(Z)), int), 1, 0)
    return bonsai_trace(graph, x.astype(np.int16)).z


def _plain_sums(rng: np.random.Generator) -> Sequence[Case]:
    cases: list[Case] = []
    for features in (2, 4, 6):
        Z = integers(rng, 7, 3, 1 + features)
        Z[:, 0], Z[:, 1:3] = 0, np.where(Z[:, 1:3] == 0, 5, Z[:, 1:3])
        cases.append((rng.integers(1, BRIGHTEST, features, endpoint=True), Z, BIAS_INPUT, 0))
    return cases


def _biased_sums(rng: np.random.Generator) -> Sequence[Case]:
    halves = np.array([[1, 0], [3, 0], [-1, 0], [-3, 0], [5, 1]])  # with shift 1: ties of the rounding, both signs
    cases: list[Case] = [(np.array([0]), halves, 1, 1)]
    for features, shift in ((2, 2), (5, 3), (8, 4)):
        Z = integers(rng, 7, 4, 1 + features)
        Z[:, 0] = np.where(Z[:, 0] == 0, 3, Z[:, 0])
        cases.append((rng.integers(0, BRIGHTEST, features, endpoint=True), Z, BIAS_INPUT, shift))
    return cases


def _sums(x: Array, Z: Array, bias_input: int) -> Array:
    return Z[:, 1:] @ x + Z[:, 0] * bias_input


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
            lambda x, Z, b, shift: shifted_round(Z[:, :-1] @ x + Z[:, -1] * b, shift),
        ),
        Misconception(
            "bias for every pixel",
            "You added the bias once for each pixel; it belongs to the sum once.",
            lambda x, Z, b, shift: shifted_round(Z[:, 1:] @ x + Z[:, 0] * b * len(x), shift),
        ),
        Misconception(
            "bias forgotten",
            "The bias is missing: the first column of Z counts too.",
            lambda x, Z, b, shift: shifted_round(_sums(x, Z, 0), shift),
        ),
        Misconception(
            "bias not scaled",
            "You added the first column of Z as it is; multiply it with the integer that stands for 1.",
            lambda x, Z, b, shift: shifted_round(_sums(x, Z, 1), shift),
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
            lambda x, Z, b, shift: shifted_round(_sums(x, Z, b) >> shift, shift),
        ),
    ),
)
