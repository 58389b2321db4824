"""Check 04.3: dequantize, and bound the error."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tinyml_course.grading.checks import Case, Check, Misconception, Part
from tinyml_course.graph import Array

from .rounding import TOLERANCE, TOLERANCE_REASON


def _draw_codes(rng: np.random.Generator, *more: int) -> Sequence[Case]:
    encodings = [(0.5, -128), (0.02, 100), *((round(float(rng.uniform(0.01, 2)), 3), int(z)) for z in (-60, 33))]
    cases = []
    for scale, zero in encodings:
        codes = [-120, 120, *rng.integers(-127, 127, 4).tolist(), *more]
        cases.append((np.array(codes, np.int8), scale, zero))
    return cases


def _codes_between(rng: np.random.Generator) -> Sequence[Case]:
    return _draw_codes(rng)


def _codes_at_the_ends(rng: np.random.Generator) -> Sequence[Case]:
    return _draw_codes(rng, 127, -128)


def _bounds(codes: Array, inside: float, highest: int = 127) -> Array:
    return np.where((codes == -128) | (codes == highest), np.inf, inside)


def _dequantize(codes: Array, scale: float, zero: int) -> tuple[Array, Array]:
    return scale * (codes.astype(np.int64) - zero), _bounds(codes, scale / 2)


def _reals_by(reals: Callable[[Array, float, int], Array]) -> Callable[[Array, float, int], tuple[Array, Array]]:
    """Make the answer of somebody who goes back otherwise; codes come as int64."""

    def answer(codes: Array, scale: float, zero: int) -> tuple[Array, Array]:
        return reals(codes.astype(np.int64), scale, zero), _bounds(codes, scale / 2)

    return answer


DEQUANTIZE = Check(
    objective="04.3",
    task="Dequantize, and bound the error",
    function="dequantize",
    parts=(
        Part("the real values", 2, _codes_between, "0"),
        Part("the bound for rounded values", 1, _codes_between, "1"),
        Part("the bound at both ends", 1, _codes_at_the_ends, "1"),
    ),
    can_now="turn codes back into real numbers, and say how far off each may be",
    arguments=("codes", "scale", "zero_point"),
    expected=_dequantize,
    relative_tolerance=TOLERANCE,
    tolerance_reason=TOLERANCE_REASON,
    misconceptions=(
        Misconception(
            "sign of the zero point",
            "Your zero point has the opposite sign: the code `zero_point` must give real zero.",
            _reals_by(lambda codes, scale, zero: scale * (codes + zero)),
        ),
        Misconception(
            "zero point as a real number",
            "You took the zero point off after scaling. It is a code: the code `zero_point` must give real zero.",
            _reals_by(lambda codes, scale, zero: scale * codes - zero),
        ),
        Misconception(
            "zero point forgotten",
            "The zero point is missing: the code `zero_point` must give real zero.",
            _reals_by(lambda codes, scale, zero: scale * codes),
        ),
        Misconception(
            "overflow",
            "Your differences wrapped around: int8 minus a whole number stays int8 in NumPy. Widen the codes first.",
            _reals_by(lambda codes, scale, zero: scale * (codes - zero).astype(np.int8)),
        ),
        Misconception(
            "divided by the scale",
            "You divided by the scale. Each step between two codes is one scale of real distance.",
            _reals_by(lambda codes, scale, zero: (codes - zero) / scale),
        ),
        Misconception(
            "values only",
            "The bounds are missing: return the real values and the bounds.",
            lambda *case: _dequantize(*case)[0],
        ),
        Misconception(
            "swapped",
            "You swapped the two: first the real values, then the bounds.",
            lambda *case: _dequantize(*case)[::-1],
        ),
        Misconception(
            "a whole step",
            "Your bound is a whole step. A value between two codes goes to the nearer one: how far can that be?",
            lambda codes, scale, zero: (_dequantize(codes, scale, zero)[0], _bounds(codes, scale)),
        ),
        Misconception(
            "one number for all",
            "Return a bound for each code, in the shape of the codes.",
            lambda codes, scale, zero: (_dequantize(codes, scale, zero)[0], scale / 2),
        ),
        Misconception(
            "ends overlooked",
            "The codes −128 and 127 also stand for everything that was clipped: no finite number bounds its error.",
            lambda codes, scale, zero: (_dequantize(codes, scale, zero)[0], np.full(codes.shape, scale / 2)),
        ),
        Misconception(
            "one end overlooked",
            "Values are clipped at both ends, not only at 127.",
            lambda codes, scale, zero: (
                _dequantize(codes, scale, zero)[0],
                np.where(codes == 127, np.inf, scale / 2),
            ),
        ),
        Misconception(
            "one end overlooked",
            "Values are clipped at both ends, not only at −128.",
            lambda codes, scale, zero: (
                _dequantize(codes, scale, zero)[0],
                np.where(codes == -128, np.inf, scale / 2),
            ),
        ),
    ),
)
