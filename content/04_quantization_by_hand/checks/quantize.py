"""Check 04.2: quantize with rounding and saturation."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tinyml_course.convert.affine import to_codes
from tinyml_course.fixed_point import round_half_away
from tinyml_course.grading.checks import Case, Check, Misconception, Part
from tinyml_course.graph import Array, Encoding

from .rounding import MARGIN


def _inside(rng: np.random.Generator) -> Sequence[Case]:
    """Nothing saturates, not even before the zero point is added. Halves are exact: their scales are powers of two."""
    halves = np.array([-2.5, -1.5, -0.5, 0.0, 0.5, 1.5, 2.5, 3.0])
    cases: list[Case] = [(halves * 0.5, 0.5, 3), (halves * 0.25, 0.25, -20)]
    for zero in rng.permutation([-101, -37, 12, 64])[:2].tolist():
        scale = round(float(rng.uniform(0.02, 0.2)), 3)
        codes = rng.integers(max(-120, zero - 120), min(119, zero + 119), 8)
        steps = codes - zero + rng.uniform(0.5 + MARGIN, 1.5 - MARGIN, 8)  # none near a half
        cases += [(np.round(steps * scale, 4), scale, zero), ((halves + rng.integers(-20, 20)) * 0.125, 0.125, zero)]
    return cases


def _outside(rng: np.random.Generator) -> Sequence[Case]:
    """Whole steps only, so that saturation is judged and not rounding."""
    cases: list[Case] = [(np.array([-100.0, -64.0, -63.5, 0.0, 63.5, 64.0, 100.0]), 0.5, 0)]
    for zero in (-90, 45):
        ends = [-128 - zero, -129 - zero, 127 - zero, 128 - zero, 300, -300]
        for scale in (0.25, 2.0):
            cases.append((scale * np.array([*ends, *rng.integers(-500, 500, 4).tolist()]), scale, zero))
    return cases


def _codes(x: Array, scale: float, zero: int) -> Array:
    return to_codes(x, Encoding(scale, zero)).astype(np.int8)


def _rounded_by(rounding: Callable[[Array], Array]) -> Callable[[Array, float, int], Array]:
    """Make the answer of somebody who rounds otherwise."""

    def answer(x: Array, scale: float, zero: int) -> Array:
        return np.asarray(np.clip(rounding(x / scale) + zero, -128, 127), np.int8)

    return answer


def _wrapped(x: Array, scale: float, zero: int) -> Array:
    return (round_half_away(x / scale) + zero).astype(np.int64).astype(np.int8)


_TYPE = "The numbers are right, but not yet int8: each takes more than one byte. Change the type behind the clipping."

QUANTIZE = Check(
    objective="04.2",
    task="Quantize with rounding and saturation",
    function="quantize",
    parts=(
        Part("rounding", 2, _inside),
        Part("saturation", 1, _outside),
        Part("the type int8", 1, _inside, "dtype"),
    ),
    can_now="quantize any array of real numbers, as TensorFlow Lite does it",
    arguments=("x", "scale", "zero_point"),
    expected=_codes,
    misconceptions=(
        Misconception("wrong type", _TYPE, lambda x, scale, zero: _codes(x, scale, zero).astype(np.float64)),
        Misconception("wrong type", _TYPE, lambda x, scale, zero: _codes(x, scale, zero).astype(np.int64)),
        Misconception("wrong type", _TYPE, lambda x, scale, zero: _codes(x, scale, zero).astype(np.int32)),
        Misconception(
            "wrong type",
            "uint8 has no codes below zero: the type asked for is int8.",
            lambda x, scale, zero: _codes(x, scale, zero).astype(np.uint8),
        ),
        Misconception(
            "halves to even",
            "`np.round` and `np.rint` round halves to the even neighbour: 0.5 to 0, 2.5 to 2. Here halves go away from "
            "zero.",
            _rounded_by(np.rint),
        ),
        Misconception(
            "cut off",
            "You cut the fraction off, which pulls all values towards zero. Take the nearest whole number.",
            _rounded_by(np.trunc),
        ),
        Misconception(
            "rounded down",
            "You rounded down, which makes all values smaller. Take the nearest whole number.",
            _rounded_by(np.floor),
        ),
        Misconception(
            "halves up",
            "You rounded halves up: −0.5 to 0. Here halves go away from zero, so −0.5 goes to −1.",
            _rounded_by(lambda q: np.floor(q + 0.5)),
        ),
        Misconception(
            "zero point before rounding",
            "You added the zero point before rounding, which sends some halves the other way: round first, then add.",
            lambda x, scale, zero: np.clip(round_half_away(x / scale + zero), -128, 127).astype(np.int8),
        ),
        Misconception(
            "sign of the zero point",
            "Your zero point has the opposite sign: real zero must get the code `zero_point`.",
            lambda x, scale, zero: _codes(x, scale, -zero),
        ),
        Misconception(
            "zero point forgotten",
            "The zero point is missing: real zero must get the code `zero_point`.",
            lambda x, scale, zero: _codes(x, scale, 0),
        ),
        Misconception(
            "multiplied by the scale",
            "You multiplied by the scale. How many steps of this size make x?",
            lambda x, scale, zero: _codes(x, 1 / scale, zero),
        ),
        Misconception(
            "overflow",
            "Codes beyond −128 or 127 wrapped around to the other end: clip them while the type is still wide.",
            _wrapped,
        ),
        Misconception(
            "no saturation",
            "Some of your codes lie beyond −128 or 127, which no int8 can hold: clip them.",
            lambda x, scale, zero: round_half_away(x / scale) + zero,
        ),
        Misconception(
            "saturation before the zero point",
            "You clipped before you added the zero point, so that the sum leaves the range again.",
            lambda x, scale, zero: np.clip(round_half_away(x / scale), -128, 127) + zero,
        ),
        Misconception(
            "saturation before the zero point",
            "You clipped before you added the zero point, so that the sum wraps around.",
            lambda x, scale, zero: (
                (np.clip(round_half_away(x / scale), -128, 127) + zero).astype(np.int64).astype(np.int8)
            ),
        ),
        Misconception(
            "codes of uint8",
            "You clipped to 0 … 255, the codes of uint8. Those of int8 go from −128 to 127.",
            lambda x, scale, zero: np.clip(round_half_away(x / scale) + zero, 0, 255),
        ),
        Misconception(
            "−128 left out",
            "You clipped at −127. Here the code −128 may be used too.",
            lambda x, scale, zero: np.maximum(_codes(x, scale, zero), -127),
        ),
    ),
)
