"""What several checks of lesson 04 share: the tolerance of float32, and numbers that float64 rounds alike."""

from __future__ import annotations

import numpy as np

from tinyml_course.graph import Array

TOLERANCE = 1e-6
TOLERANCE_REASON = (
    "a float32 keeps 24 bits, so each rounding changes a number by one part in 2^24 = 6e-8 at most, and the formula "
    "rounds a few times"
)
MARGIN = 0.05
"""How far a quotient stays from a half, so that float32 and float64 round it alike."""


def clear_of_halves(quotients: Array) -> bool:
    distances = np.abs(quotients - np.floor(quotients) - 0.5)
    return bool((distances > MARGIN).all())
