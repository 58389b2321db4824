"""Check 04.1: scale and zero point."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from tinyml_course.convert.affine import range_encoding
from tinyml_course.grading.checks import Case, Check, Misconception, Part

from .rounding import TOLERANCE, TOLERANCE_REASON, clear_of_halves


def _draw_ranges(rng: np.random.Generator, low: tuple[float, float], high: tuple[float, float]) -> list[Case]:
    """Four ranges; cutting a fraction off, or the order of operations, never changes a zero point by accident."""
    found: list[Case] = []
    while len(found) < 4:
        ends = round(float(rng.uniform(*low)), 2), round(float(rng.uniform(*high)), 2)
        bottom, top = min(ends[0], 0.0), max(ends[1], 0.0)
        steps = np.array(bottom / ((top - bottom) / 255))
        inside = clear_of_halves(steps) and clear_of_halves(steps + 0.5) and abs(bottom + top) > 0.2
        if inside or steps in (0.0, -255.0):
            found.append(ends)
    return found


def _ranges_with_zero(rng: np.random.Generator) -> Sequence[Case]:
    return [(-1.0, 3.0), (0.0, 6.0), (-2.0, 3.3), *_draw_ranges(rng, (-5, -0.5), (0.5, 5))]


def _ranges_without_zero(rng: np.random.Generator) -> Sequence[Case]:
    below = _draw_ranges(rng, (-6, -3), (-2, -0.5))
    return [(2.0, 5.0), (-4.0, -1.0), *_draw_ranges(rng, (0.5, 2), (3, 6)), *below]


def _ranges_of_one_value(rng: np.random.Generator) -> Sequence[Case]:
    value = 0.25 * int(rng.integers(3, 20))
    return [(0.0, 0.0), (value, value), (-4.0, -4.0)]


def _from_range(low: float, high: float) -> tuple[float, int]:
    encoding = range_encoding(low, high)
    return encoding.one_scale, encoding.zero_point


def _unwidened(low: float, high: float) -> tuple[float, int]:
    scale = (high - low) / 255
    return scale, round(-128 - low / scale)


def _other_scale(scale_of: Callable[[float, float], float]) -> Callable[[float, float], tuple[float, int]]:
    """Make the answer of somebody who takes another scale and goes on as everybody."""

    def answer(low: float, high: float) -> tuple[float, int]:
        low, high = min(low, 0.0), max(high, 0.0)
        scale = scale_of(low, high) or 1.0
        return scale, round(-128 - low / scale)

    return answer


def _other_zero(zero_of: Callable[[float], float]) -> Callable[[float, float], tuple[float, float]]:
    """Make the answer of somebody who finds the zero point otherwise, from ``low / scale``."""

    def answer(low: float, high: float) -> tuple[float, float]:
        scale = _from_range(low, high)[0]
        return scale, zero_of(min(low, 0.0) / scale)

    return answer


_SIGN = "The sign of your zero point is wrong: the lowest code stands for the lowest value, so count up from −128."
_WIDEN = "Zero must have a code of its own, so a range that leaves it out is widened first, until it holds zero."

SCALE_AND_ZERO_POINT = Check(
    objective="04.1",
    task="Scale and zero point",
    function="scale_and_zero_point",
    parts=(
        Part("the scale", 1, _ranges_with_zero, "0"),
        Part("the zero point", 1, _ranges_with_zero, "1"),
        Part("ranges without zero", 1, _ranges_without_zero),
        Part("ranges of one value", 1, _ranges_of_one_value),
    ),
    can_now="find the scale and the zero point of any range",
    arguments=("low", "high"),
    expected=_from_range,
    relative_tolerance=TOLERANCE,
    tolerance_reason=TOLERANCE_REASON,
    misconceptions=(
        Misconception(
            "256 steps",
            "You divided by 256. There are 256 codes; how many steps lie between the first and the last?",
            _other_scale(lambda low, high: (high - low) / 256),
        ),
        Misconception(
            "one code left out",
            "You divided by 254. This range uses all codes from −128 to 127: how many steps are that?",
            _other_scale(lambda low, high: (high - low) / 254),
        ),
        Misconception(
            "zero point always 0",
            "Your zero point is always 0, which is right for symmetric ranges only.",
            _other_zero(lambda steps: 0),
        ),
        Misconception(
            "symmetric range",
            "You made the range symmetric. That wastes codes here: spread them from low to high.",
            lambda low, high: (max(abs(low), abs(high)) / 127 or 1.0, 0),
        ),
        Misconception(
            "inverted scale",
            "Your scale stands upside down: it is the real distance from one code to the next.",
            lambda low, high: (1 / _from_range(low, high)[0], _from_range(low, high)[1]),
        ),
        Misconception(
            "swapped",
            "You swapped the two numbers: first the scale, then the zero point.",
            lambda low, high: _from_range(low, high)[::-1],
        ),
        Misconception("sign of the zero point", _SIGN, _other_zero(lambda steps: round(128 + steps))),
        Misconception("sign of the zero point", _SIGN, _other_zero(lambda steps: round(-128 + steps))),
        Misconception(
            "codes from 0",
            "Your codes begin at 0, as those of uint8. The codes of int8 begin at −128.",
            _other_zero(lambda steps: round(-steps)),
        ),
        Misconception(
            "zero point not whole",
            "The zero point is a code, so it must be a whole number: round it.",
            _other_zero(lambda steps: -128 - steps),
        ),
        Misconception(
            "zero point cut off",
            "You cut the fraction of the zero point off. Take the nearest whole number.",
            _other_zero(lambda steps: int(-128 - steps)),
        ),
        Misconception(
            "zero point cut off",
            "You rounded the zero point down. Take the nearest whole number.",
            _other_zero(lambda steps: math.floor(-128 - steps)),
        ),
        Misconception("range not widened", _WIDEN, _unwidened),
        Misconception(
            "range not widened",
            _WIDEN,
            lambda low, high: (_unwidened(low, high)[0], min(max(_unwidened(low, high)[1], -128), 127)),
        ),
        Misconception(
            "division by zero",
            "A range from 0 to 0 has no width: say what the scale is there, before you divide by it.",
            lambda low, high: _unwidened(min(low, 0.0), max(high, 0.0)),
        ),
        Misconception(
            "scale of zero",
            "A scale of 0 cannot be divided by: where the range has no width, take 1.",
            lambda low, high: _from_range(low, high) if low or high else (0.0, -128),
        ),
        Misconception(
            "one value is no special case",
            "A range of one value other than zero is widened as every other, down or up to zero.",
            lambda low, high: _from_range(low, high) if low < high else (1.0, -128),
        ),
    ),
)
