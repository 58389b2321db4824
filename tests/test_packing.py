"""The memory planner's core: no two blocks overlap, the bound is met where it can be, the same offsets each time."""

from __future__ import annotations

import itertools
import random

import pytest
from random_blocks import ABOVE_THE_BOUND, FAMILIES

from tinyml_course.errors import InputError
from tinyml_course.packing import Block, bytes_alive, greedy_by_size, pack


def check(blocks, packing):
    for block, offset in zip(blocks, packing.offsets, strict=True):
        assert offset >= 0
        assert offset % block.alignment == 0
        assert offset + block.size <= packing.height
    for (a, i), (b, j) in itertools.combinations(zip(blocks, packing.offsets, strict=True), 2):
        if a.first <= b.last and b.first <= a.last:
            assert i + a.size <= j or j + b.size <= i
    assert packing.lower_bound == max(bytes_alive(blocks), default=0) <= packing.height


def fits_into(blocks, height, placed=()):
    """Try every offset of every block."""
    if len(placed) == len(blocks):
        return True
    block = blocks[len(placed)]
    for at in range(height - block.size + 1):
        free = all(
            other.last < block.first
            or block.last < other.first
            or at + block.size <= offset
            or offset + other.size <= at
            for other, offset in zip(blocks, placed, strict=False)
        )
        if free and fits_into(blocks, height, (*placed, at)):
            return True
    return False


def filled(rng, steps=5):
    """Random blocks with the same number of bytes alive at every step: hard to pack."""
    height, alive, blocks = rng.randint(4, 5), [], []
    for step in range(steps):
        ended = [block for block in alive if rng.random() < 0.3]
        blocks += [Block(size, first, step - 1) for size, first in ended]
        alive = [block for block in alive if block not in ended]
        while free := height - sum(size for size, _ in alive):
            alive.append((min(free, rng.choice((1, 1, 2, 2, 3))), step))
    return sorted(blocks + [Block(size, first, steps - 1) for size, first in alive], key=lambda b: b.first)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("n", [1, 2, 5, 12, 30])
def test_blocks_never_overlap(family, n):
    rng = random.Random(n)
    for _ in range(5):
        blocks = FAMILIES[family](rng, n)
        packing = pack(blocks)
        check(blocks, packing)
        assert packing.height <= greedy_by_size(blocks).height
        assert packing.optimal or packing.height > packing.lower_bound


@pytest.mark.parametrize("seed", range(20))
def test_proven_optimal_is_optimal(seed):
    blocks = filled(random.Random(seed))
    packing = pack(blocks)
    check(blocks, packing)
    assert packing.optimal
    assert fits_into(blocks, packing.height)
    assert not fits_into(blocks, packing.height - 1)


def test_a_bound_that_no_packing_reaches():
    blocks = [Block(*numbers) for numbers in ABOVE_THE_BOUND]
    packing = pack(blocks)
    check(blocks, packing)
    assert (packing.lower_bound, packing.height, packing.optimal) == (5, 6, True)
    assert fits_into(blocks, 6)
    assert not fits_into(blocks, 5)


def test_what_is_too_large_to_search_is_not_called_optimal():
    blocks = [Block(size, first + 8 * k, last + 8 * k) for k in range(5) for size, first, last in ABOVE_THE_BOUND]
    packing = pack(blocks)
    assert (packing.lower_bound, packing.height, packing.optimal) == (5, 6, False)


@pytest.mark.parametrize("family", ["chain", "residual", "branched"])
def test_within_one_percent_of_the_bound(family):
    rng = random.Random(1)
    packings = [pack(FAMILIES[family](rng, n)) for n in (5, 10, 20, 30, 40) for _ in range(8)]
    close = [packing.height <= 1.01 * packing.lower_bound for packing in packings]
    assert sum(close) >= 0.95 * len(close)


def test_the_same_offsets_each_time():
    blocks = FAMILIES["branched"](random.Random(3), 60)
    assert pack(blocks) == pack(blocks)


def test_alignment():
    rng = random.Random(0)
    for _ in range(20):
        blocks = [Block(b.size, b.first, b.last, rng.choice((1, 2, 4))) for b in FAMILIES["anything"](rng, 9)]
        check(blocks, pack(blocks))


def test_nothing_and_no_bytes():
    assert pack([]).height == 0
    blocks = [Block(0, 0, 3), Block(5, 1, 2), Block(0, 2, 2)]
    check(blocks, pack(blocks))
    assert pack(blocks).height == 5


@pytest.mark.parametrize("numbers", [(-1, 0, 0), (1, 3, 2), (1, 0, 0, 0)])
def test_no_block(numbers):
    with pytest.raises(InputError, match="A block needs"):
        Block(*numbers)
