"""Slips with numbers that can happen in every task: a factor of 8, of 1,024, of a power of ten."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tinyml_course.grading.values import Value, as_float

_CLOSE = 1e-6
"""How near a ratio must come to a factor: far above rounding errors, far below 2.4 % (KiB for kB)."""


@dataclass(frozen=True)
class Slip:
    """A slip that shows in the relation of two numbers, whatever the task.

    Parameters
    ----------
    name, hint : str
        For statistics, and for the learner.
    relates : callable
        Takes the expected and the given number, both finite and not zero.
    """

    name: str
    hint: str
    relates: Callable[[float, float], bool]

    def explains(self, expected: Value, got: Value) -> bool:
        """Whether both values are numbers that stand in this relation."""
        numbers = as_float(expected), as_float(got)
        return all(numbers) and self.relates(*numbers)  # type: ignore[arg-type]


def _near(ratio: float, *factors: float) -> bool:
    return any(math.isclose(ratio, factor, rel_tol=_CLOSE) for factor in factors)


def _off_by_power_of_ten(expected: float, got: float) -> bool:
    ratio = got / expected
    return 0 < ratio < math.inf and not _near(ratio, 1.0) and _near(ratio, 10.0 ** round(math.log10(ratio)))


_ALL = (
    Slip(
        "bits for bytes",
        "You are off by a factor of 8: one of the two numbers counts bits, the other bytes.",
        lambda expected, got: _near(got / expected, 8.0, 1 / 8),
    ),
    Slip(
        "KiB for kB",
        "You are off by powers of 1,024 and 1,000: a KiB has 1,024 bytes, a kB has 1,000.",
        lambda expected, got: _near(
            got / expected, *(base**power for base in (1.024, 1024.0) for power in (-3, -2, -1, 1, 2, 3))
        ),
    ),
    Slip(
        "power of ten",
        "The digits are right and the power of ten is not: write the unit behind every number and look again.",
        _off_by_power_of_ten,
    ),
    Slip(
        "inverted ratio",
        "Your ratio stands upside down: which number goes above the line?",
        lambda expected, got: not _near(got, expected) and _near(got * expected, 1.0),
    ),
    Slip("wrong sign", "Only the sign is wrong.", lambda expected, got: _near(got / expected, -1.0)),
)

SLIPS: Mapping[str, Slip] = {slip.name: slip for slip in _ALL}
"""By the names that checks use."""

NUMBER_SLIPS: tuple[str, ...] = tuple(SLIPS)
"""What a check of one number looks for behind its own misconceptions."""
