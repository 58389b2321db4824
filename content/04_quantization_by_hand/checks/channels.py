"""Check 04.4: a scale for each channel."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tinyml_course.convert.affine import channel_encoding, to_codes
from tinyml_course.fixed_point import round_half_away
from tinyml_course.grading.checks import Case, Check, Misconception, Part
from tinyml_course.graph import Array

from .rounding import TOLERANCE, TOLERANCE_REASON, clear_of_halves


def _matrix(rng: np.random.Generator, rows: int, columns: int) -> Array:
    """Rows of very different size; one with its largest magnitude below zero; no quotient near a half."""
    while True:
        matrix = np.round(rng.normal(size=(rows, columns)) * 10.0 ** rng.uniform(-1, 1, (rows, 1)), 3)
        largest = matrix[np.arange(rows), np.abs(matrix).argmax(axis=1)]
        matrix *= np.where(np.arange(rows) % 2, -1, 1)[:, None] * np.where(largest > 0, -1, 1)[:, None]
        if clear_of_halves(matrix / (np.abs(matrix).max(axis=1)[:, None] / 127)):
            return matrix


def _matrices(rng: np.random.Generator) -> Sequence[Case]:
    by_hand = np.array([[0.5, -1.27, 0.1], [12.7, 6.0, -3.3]])
    return [(by_hand,), (_matrix(rng, 3, 5),), (_matrix(rng, 4, 4),), (_matrix(rng, 2, 6),)]


def _matrices_with_zeros(rng: np.random.Generator) -> Sequence[Case]:
    cases = []
    for rows, empty in ((3, 1), (4, 0)):
        matrix = _matrix(rng, rows, 4)
        matrix[empty] = 0.0
        cases.append((matrix,))
    return cases


def _channels(weights: Array) -> tuple[Array, Array]:
    encoding = channel_encoding(weights, 8, 0)
    return np.asarray(encoding.scale), to_codes(weights, encoding).astype(np.int8)


def _scaled_by(scales_of: Callable[[Array], Array]) -> Callable[[Array], tuple[Array, Array]]:
    """Make the answer of somebody who takes other scales, one for each row."""

    def answer(weights: Array) -> tuple[Array, Array]:
        scales = np.asarray(scales_of(weights), np.float64)
        steps = np.where(scales == 0, 1, scales)
        steps = steps[:, None] if steps.shape == weights.shape[:1] else steps
        return scales, np.clip(round_half_away(weights / steps), -128, 127).astype(np.int8)

    return answer


_ONE_SCALE = "You have one scale for the whole matrix. Each row is a channel and gets a scale of its own."

CHANNEL_SCALES = Check(
    objective="04.4",
    task="A scale for each channel",
    function="quantize_rows",
    parts=(
        Part("the scales", 2, _matrices, "0"),
        Part("the codes", 1, _matrices, "1"),
        Part("rows of zeros", 1, _matrices_with_zeros),
    ),
    can_now="quantize a weight matrix with a symmetric scale for each channel",
    arguments=("weights",),
    expected=_channels,
    relative_tolerance=TOLERANCE,
    tolerance_reason=TOLERANCE_REASON,
    misconceptions=(
        Misconception("one scale for all", _ONE_SCALE, _scaled_by(lambda w: np.abs(w).max() / 127)),
        Misconception("one scale for all", _ONE_SCALE, _scaled_by(lambda w: np.full(len(w), np.abs(w).max() / 127))),
        Misconception(
            "wrong axis",
            "You took the largest value of each column. An output channel is a row.",
            _scaled_by(lambda w: np.abs(w).max(axis=0) / 127),
        ),
        Misconception(
            "128 for 127",
            "You divided by 128. There is no code 128: the largest magnitude gets the code 127 or −127.",
            _scaled_by(lambda w: np.abs(w).max(axis=1) / 128),
        ),
        Misconception(
            "sign of the largest",
            "You took the largest value of each row; a value far below zero can be larger in magnitude.",
            _scaled_by(lambda w: w.max(axis=1) / 127),
        ),
        Misconception(
            "from lowest to highest",
            "You divided the whole width of the row by 255. Symmetric codes need the same reach on both sides of zero.",
            _scaled_by(lambda w: np.ptp(w, axis=1) / 255),
        ),
        Misconception(
            "inverted scale",
            "Your scales stand upside down: a scale is the real distance from one code to the next.",
            lambda weights: (1 / _channels(weights)[0], _channels(weights)[1]),
        ),
        Misconception(
            "scales in a column",
            "Your scales are right and stand in a column; return them as one row of numbers, shape (rows,).",
            lambda weights: (_channels(weights)[0][:, None], _channels(weights)[1]),
        ),
        Misconception(
            "swapped",
            "You swapped the two: first the scales, then the codes.",
            lambda weights: _channels(weights)[::-1],
        ),
        Misconception(
            "cut off",
            "You cut the fractions of the codes off. Take the nearest whole number.",
            lambda weights: (
                _channels(weights)[0],
                np.trunc(weights / (np.abs(weights).max(axis=1) / 127 + (weights == 0).all(axis=1))[:, None]),
            ),
        ),
        Misconception(
            "division by zero",
            "A row of zeros has the largest magnitude 0. A scale of 0 stands for nothing: take 1 there.",
            _scaled_by(lambda w: np.abs(w).max(axis=1) / 127),
        ),
        Misconception(
            "tiny scale for zeros",
            "For a row of zeros take the scale 1, as the task says.",
            _scaled_by(lambda w: np.maximum(np.abs(w).max(axis=1), 1e-8) / 127),
        ),
    ),
)
