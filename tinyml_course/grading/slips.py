"""Slips with numbers that can happen in every task: a factor of 8, of 1,024, of a power of ten."""

from __future__ import annotations

import math

from tinyml_course.grading.checks import Slip

_CLOSE = 1e-6
"""How near a ratio must come to a factor: far above rounding errors, far below 2.4 % (KiB for kB)."""


def _near(ratio: float, *factors: float) -> bool:
    return any(math.isclose(ratio, factor, rel_tol=_CLOSE) for factor in factors)


def _off_by_power_of_ten(expected: float, got: float) -> bool:
    ratio = got / expected
    return ratio > 0 and not _near(ratio, 1.0) and _near(ratio, 10.0 ** round(math.log10(ratio)))


BITS_FOR_BYTES = Slip(
    "bits for bytes",
    "You are off by a factor of 8: one of the two numbers counts bits, the other bytes.",
    lambda expected, got: _near(got / expected, 8.0, 1 / 8),
)
KIB_FOR_KB = Slip(
    "KiB for kB",
    "You are off by powers of 1,024 and 1,000: a KiB has 1,024 bytes, a kB has 1,000.",
    lambda expected, got: _near(
        got / expected, *(base**power for base in (1.024, 1024.0) for power in (-3, -2, -1, 1, 2, 3))
    ),
)
POWER_OF_TEN = Slip(
    "power of ten",
    "The digits are right and the power of ten is not: write the unit behind every number and look again.",
    _off_by_power_of_ten,
)
INVERTED_RATIO = Slip(
    "inverted ratio",
    "Your ratio stands upside down: which number goes above the line?",
    lambda expected, got: not _near(got, expected) and _near(got * expected, 1.0),
)
WRONG_SIGN = Slip(
    "wrong sign",
    "Only the sign is wrong.",
    lambda expected, got: _near(got / expected, -1.0),
)

NUMBER_SLIPS: tuple[Slip, ...] = (BITS_FOR_BYTES, KIB_FOR_KB, POWER_OF_TEN, INVERTED_RATIO, WRONG_SIGN)
"""What a check of one number puts behind its own misconceptions."""
