"""Multiply-accumulates with the weights as code, for an AVR.

Small multiples of a value are held in registers; a multiply-accumulate is then one addition with carry, two
cycles, and a weight of zero costs nothing. Which multiples are worth a register is found by trying all sets.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

#: The value itself; multiples of one byte; pairs of registers for multiples of two.
VALUE, NARROW, PAIRS = 22, (23, 0), ((24, 25), (30, 31))
#: High byte of every multiple of one byte: the sign of a signed value, zero for an unsigned one.
HIGH = 1
LARGEST_WEIGHT = 7


@dataclass(frozen=True)
class Held:
    """A multiple in registers.

    Parameters
    ----------
    low, high : int
        Numbers of the registers.
    """

    low: int
    high: int = HIGH


@dataclass(frozen=True)
class Recipe:
    """How the products of one value are made.

    Parameters
    ----------
    build : tuple of str
        Instructions that make the multiples, once.
    held : dict of int to Held
        The multiples, by factor.
    parts : dict of int to tuple of int
        For each weight above zero the factors that add up to it; a negative one is subtracted.
    """

    build: tuple[str, ...]
    held: dict[int, Held]
    parts: dict[int, tuple[int, ...]]


def _places(factors: tuple[int, ...], limit: int) -> dict[int, Held] | None:
    """Registers for the value and some multiples of it, or None if there are not enough."""
    narrow, pairs = list(NARROW), list(PAIRS)
    held = {1: Held(VALUE)}
    wide = [k for k in factors if k * limit > 255]
    for k in wide:
        if not pairs:
            return None
        held[k] = Held(*pairs.pop())
    narrow += [register for pair in pairs for register in pair]
    for k in factors:
        if k not in wide:
            if not narrow:
                return None
            held[k] = Held(narrow.pop(0))
    return held


def _build(held: dict[int, Held], *, signed: bool) -> list[str] | None:
    """Instructions that make the multiples from each other, or None if one cannot be made."""
    lines: list[str] = []
    if signed:  # the carry of doubling the value is its sign
        low = held[2].low if 2 in held and held[2].high == HIGH else HIGH
        lines += [f"mov r{low}, r{VALUE}", f"lsl r{low}", f"sbc r{HIGH}, r{HIGH}"]
    for k in sorted(held):
        if k == 1 or (signed and k == 2 and held[k].high == HIGH):
            continue
        made = [(a, k - a) for a in sorted(held, reverse=True) if a < k and k - a in held and a >= k - a]
        if not made:
            return None
        first, second = held[made[0][0]], held[made[0][1]]
        target = held[k]
        if target.high == HIGH:
            lines += [f"mov r{target.low}, r{first.low}", f"add r{target.low}, r{second.low}"]
            continue
        aligned = first.high == first.low + 1
        lines += (
            [f"movw r{target.low}, r{first.low}"]
            if aligned
            else [f"mov r{target.low}, r{first.low}", f"mov r{target.high}, r{first.high}"]
        )
        lines += [f"add r{target.low}, r{second.low}", f"adc r{target.high}, r{second.high}"]
    return lines


def _parts(weight: int, factors: Iterable[int]) -> tuple[int, ...] | None:
    """The fewest multiples that add up to a weight, at most three."""
    signed = [sign * k for k in factors for sign in (1, -1)]
    if weight in signed:
        return (weight,)
    for a in signed:
        if weight - a in signed:
            return (a, weight - a)
    for a in signed:
        for b in signed:
            if weight - a - b in signed:
                return (a, b, weight - a - b)
    return None


@lru_cache(maxsize=4096)
def recipe(counts: tuple[int, ...], limit: int, *, signed: bool) -> Recipe:
    """Return the cheapest way to multiply one value with some weights.

    Parameters
    ----------
    counts : tuple of int
        How many weights have the magnitude 1, 2, … 7.
    limit : int
        Largest magnitude of the value; seven times it must fit 16 bits.
    signed : bool
        Whether the value can be negative.
    """
    best: tuple[int, Recipe] | None = None
    others = range(2, LARGEST_WEIGHT + 1)
    for size in range(6):
        for factors in combinations(others, size):
            held = _places(factors, limit)
            build = _build(held, signed=signed) if held is not None else None
            if held is None or build is None:
                continue
            parts = {k + 1: _parts(k + 1, held) for k, count in enumerate(counts) if count}
            found = {k: part for k, part in parts.items() if part is not None}
            if len(found) < len(parts):
                continue
            cost = len(build) + sum(2 * len(part) * counts[k - 1] for k, part in found.items())
            if best is None or cost < best[0]:
                best = cost, Recipe(tuple(build), held, found)
    assert best is not None  # the value alone makes three; two and four make the others
    return best[1]


def multiply_add(weights: Iterable[int], sums: Iterable[tuple[int, int]], limit: int, *, signed: bool) -> list[str]:
    """Return instructions that add ``weight * value`` to each sum; the value is in r22.

    Parameters
    ----------
    weights : iterable of int
        From -7 to 7, one for each sum.
    sums : iterable of (int, int)
        Low and high register of each sum.
    limit : int
        Largest magnitude of the value.
    signed : bool
        Whether the value can be negative. If not, r1 must be zero.
    """
    pairs = [(weight, place) for weight, place in zip(weights, sums, strict=True) if weight]
    if not pairs:
        return []
    magnitudes = [abs(weight) for weight, _ in pairs]
    counts = tuple(magnitudes.count(k) for k in range(1, LARGEST_WEIGHT + 1))
    plan = recipe(counts, limit, signed=signed)
    lines = list(plan.build)
    for weight, (low, high) in pairs:
        for part in plan.parts[abs(weight)]:
            from_, adds = plan.held[abs(part)], (part > 0) == (weight > 0)
            lines += [f"{'add' if adds else 'sub'} r{low}, r{from_.low}"]
            lines += [f"{'adc' if adds else 'sbc'} r{high}, r{from_.high}"]
    return lines
