"""Check 01.4: orders of magnitude between two sizes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tinyml_course.grading.checks import Case, Check, Misconception, Part
from tinyml_course.units import orders_of_magnitude


def _powers_of_ten(rng: np.random.Generator) -> Sequence[Case]:
    """Logarithms of powers of ten are exact, so that rounding them in any way changes nothing."""
    drawn = [(10 ** int(small + more), 10 ** int(small)) for small, more in rng.integers((1, 2), (5, 8), (3, 2))]
    return [(1000, 10), *drawn]


def _sizes_to_compare(rng: np.random.Generator) -> Sequence[Case]:
    drawn = [(int(10 ** rng.uniform(6, 12)), int(10 ** rng.uniform(2, 5))) for _ in range(4)]
    return [(8000, 10), (2000, 10), *drawn]


ORDERS_OF_MAGNITUDE = Check(
    objective="01.4",
    task="Orders of magnitude",
    function="orders_between",
    parts=(Part("whole orders", 1, _powers_of_ten), Part("orders between whole ones", 1, _sizes_to_compare)),
    can_now="say how many orders of magnitude lie between two sizes",
    arguments=("large", "small"),
    expected=orders_of_magnitude,
    relative_tolerance=1e-9,
    tolerance_reason="two ways to compute a logarithm of a ratio differ by a few units in the 16th digit",
    misconceptions=(
        Misconception(
            "natural logarithm",
            "You took the natural logarithm, which counts factors of e; count factors of ten.",
            lambda large, small: math.log(large / small),
        ),
        Misconception(
            "logarithm to base 2",
            "You took the logarithm to base 2, which counts doublings; count factors of ten.",
            lambda large, small: math.log2(large / small),
        ),
        Misconception(
            "the ratio itself",
            "You gave the ratio. How many factors of ten make it?",
            lambda large, small: large / small,
        ),
        Misconception(
            "the difference",
            "You subtracted the sizes; orders of magnitude compare by dividing.",
            lambda large, small: large - small,
        ),
        Misconception(
            "whole orders only",
            "You cut the fraction off: 8.2 orders are 60 % more than 8.",
            lambda large, small: math.floor(math.log10(large / small)),
        ),
        Misconception(
            "whole orders only",
            "You rounded to whole orders: 8.2 orders are 60 % more than 8.",
            lambda large, small: round(math.log10(large / small)),
        ),
        Misconception(
            "inverted ratio",
            "Your ratio stands upside down: the large size goes above the line.",
            lambda large, small: math.log10(small / large),
        ),
    ),
    slips=("inverted ratio", "wrong sign"),
)
