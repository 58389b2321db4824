"""Where blocks of memory go that are not all needed at once: offsets for known sizes and lifetimes.

Each block is a rectangle: its lifetime is fixed, its height is its bytes, its offset is free. Two blocks that
are alive together may not overlap. The best height is hard to find in general (dynamic storage allocation is
NP-hard), but no packing is lower than the most bytes that are alive at once. :func:`pack` tries several orders
of first fit, mends the best one step by step, and ends with a search that can prove that no packing is lower.
It draws from a fixed seed and counts its steps, so that the same blocks get the same offsets on any machine.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import add

from tinyml_course.errors import InputError

#: Elementary steps that :func:`pack` may take for mending and for searching: about a fifth of a second.
MENDING_STEPS = 600_000
SEARCH_STEPS = 150_000
#: How often mending begins anew.
ROUNDS = 3
#: The largest number of blocks that the search is tried on.
SEARCH_BLOCKS = 40


@dataclass(frozen=True)
class Block:
    """Bytes that are needed from one step to another.

    Parameters
    ----------
    size : int
        Bytes, not negative.
    first, last : int
        The steps between which it is alive, both included.
    alignment : int, default 1
        Its offset is a multiple of this.
    """

    size: int
    first: int
    last: int
    alignment: int = 1

    def __post_init__(self) -> None:
        if self.size < 0 or self.last < self.first or self.alignment < 1:
            raise InputError(
                "A block needs a size of at least 0, a last step that is not before its first, and an alignment "
                f"of at least 1; got {self}."
            )


@dataclass(frozen=True)
class Packing:
    """Offsets of blocks, in their order.

    Parameters
    ----------
    offsets : tuple of int
        First byte of each block.
    height : int
        Bytes that all of them take.
    lower_bound : int
        The most bytes that are alive at one step: no packing is lower.
    optimal : bool
        Whether it is known that no packing is lower: the height is the bound, or the search has tried all.
    method : str
        What found it.
    """

    offsets: tuple[int, ...]
    height: int
    lower_bound: int
    optimal: bool
    method: str


def bytes_alive(blocks: Sequence[Block]) -> list[int]:
    """Return how many bytes are alive at each step, from 0 to the last one."""
    steps = max((block.last for block in blocks), default=-1) + 1
    return [sum(b.size for b in blocks if b.first <= step <= b.last) for step in range(steps)]


def greedy_by_size(blocks: Sequence[Block]) -> Packing:
    """Place the largest block first, each at the first gap that is wide enough: as TFLite Micro plans."""
    tower = _Tower(blocks)
    offsets = tower.first_fit(tower.sorted_by(lambda b: (-b.size, b.first)))
    assert offsets is not None
    return tower.packing(offsets, "greedy by size")


def pack(blocks: Sequence[Block], seed: int = 0) -> Packing:
    """Find low offsets: the lowest there are for most small problems, and the bound or close to it for others.

    Parameters
    ----------
    blocks : sequence of Block
        What to place.
    seed : int, default 0
        Of the random changes that mend an order.

    Returns
    -------
    Packing
        The lowest one found; it says whether a lower one can exist.
    """
    tower, rng = _Tower(blocks), random.Random(seed)
    best = greedy_by_size(blocks)
    by_lifetime = tower.sorted_by(lambda b: (b.first - b.last, -b.size, b.first))
    starts: tuple[tuple[str, _Place, list[int]], ...] = (
        ("longest lifetime on the lowest line", tower.lowest_line, by_lifetime),
        ("first fit, busiest steps first", tower.first_fit, tower.busiest_first()),
        ("first fit, longest lifetime first", tower.first_fit, by_lifetime),
        ("first fit, first use first", tower.first_fit, tower.sorted_by(lambda b: (b.first, -b.size))),
        ("first fit, last use first", tower.first_fit, tower.sorted_by(lambda b: (-b.last, -b.size))),
    )
    for method, place, order in starts:
        if best.optimal:
            return best
        best = tower.better(best, place(order, best.height), method)
    for _ in range(ROUNDS):  # from the start again: a good order is often near, a bad one is hard to leave
        best = _mended(tower, best, tower.lowest_line, by_lifetime, rng)
        best = _mended(tower, best, tower.first_fit, tower.busiest_first(), rng)
    best = _mended(tower, best, tower.first_fit, tower.by_offset(best), rng)
    if not best.optimal and len(blocks) <= SEARCH_BLOCKS:
        best = _Search(tower, best).run()
    return best


class _Tower:
    """Blocks with those of their neighbours that are alive together with them."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = blocks
        self.lower_bound = max(bytes_alive(blocks), default=0)
        self.sizes = [block.size for block in blocks]
        self.neighbours = [
            [j for j, other in enumerate(blocks) if j != i and block.size and other.size and _together(block, other)]
            for i, block in enumerate(blocks)
        ]
        self.steps = 0

    def sorted_by(self, key: Callable[[Block], tuple[int, ...]]) -> list[int]:
        """Return the numbers of the blocks in the order of `key`."""
        return sorted(range(len(self.blocks)), key=lambda i: key(self.blocks[i]))

    def aligned(self, offset: int, i: int) -> int:
        """Return the first multiple of the alignment of block `i` that is not below `offset`."""
        alignment = self.blocks[i].alignment
        return -(-offset // alignment) * alignment

    def first_fit(self, order: list[int], below: int | None = None) -> list[int] | None:
        """Place each block at the lowest gap that is wide enough; None as soon as `below` is reached."""
        sizes, offsets = self.sizes, [-1] * len(self.sizes)
        for i in order:
            taken = sorted((offsets[j], sizes[j]) for j in self.neighbours[i] if offsets[j] >= 0)
            self.steps += len(self.neighbours[i]) + 1
            size, at = sizes[i], 0
            for offset, other in taken:
                if at + size <= offset:
                    break
                if offset + other > at:
                    at = self.aligned(offset + other, i)
            if below is not None and at + size >= below:
                return None
            offsets[i] = at
        return offsets

    def lowest_line(self, order: list[int], below: int | None = None) -> list[int] | None:
        """Place on the lowest part of the skyline the first block of `order` whose lifetime fits there."""
        blocks, left, offsets = self.blocks, [i for i in order if self.sizes[i]], [0] * len(self.sizes)
        line = [0] * (1 + max((block.last for block in blocks), default=0))
        while left:
            low = min(line)
            start = end = line.index(low)
            while end < len(line) and line[end] == low:
                end += 1
            self.steps += len(left) // 2 + 10
            i = next((i for i in left if start <= blocks[i].first and blocks[i].last < end), None)
            if i is None:
                sides = line[max(0, start - 1) : start] + line[end : end + 1]
                line[start:end] = [min(sides)] * (end - start)
                continue
            offsets[i] = self.aligned(low, i)
            top = offsets[i] + self.sizes[i]
            if below is not None and top >= below:
                return None
            left.remove(i)
            first, last = blocks[i].first, blocks[i].last
            line[first : last + 1] = [top] * (last + 1 - first)
        return offsets

    def busiest_first(self) -> list[int]:
        """Return the blocks that live where most bytes are alive first, long lifetimes first among them."""
        alive = bytes_alive(self.blocks)
        return self.sorted_by(lambda b: (-max(alive[b.first : b.last + 1]), b.first - b.last, -b.size))

    def by_offset(self, packing: Packing) -> list[int]:
        """Return the order in which first fit rebuilds a packing, or a better one."""
        return sorted(range(len(self.sizes)), key=lambda i: (packing.offsets[i], -self.sizes[i]))

    def packing(self, offsets: list[int], method: str, optimal: bool = False) -> Packing:
        """Return the offsets as a packing."""
        height = max((o + s for o, s in zip(offsets, self.sizes, strict=True)), default=0)
        return Packing(tuple(offsets), height, self.lower_bound, optimal or height == self.lower_bound, method)

    def better(self, best: Packing, offsets: list[int] | None, method: str) -> Packing:
        """Return what is lower of `best` and `offsets`."""
        found = best if offsets is None else self.packing(offsets, method)
        return found if found.height < best.height else best


_Place = Callable[[list[int], int | None], list[int] | None]


def _together(a: Block, b: Block) -> bool:
    return a.first <= b.last and b.first <= a.last


def _mended(tower: _Tower, best: Packing, place: _Place, order: list[int], rng: random.Random) -> Packing:
    """Change an order a little and keep what is not higher, until the bound or the end of the steps.

    Blocks that reach above the bound are moved more often; now and then two blocks change places.
    """
    if best.optimal:
        return best
    now, end = place(order, None), tower.steps + MENDING_STEPS // (2 * ROUNDS + 1)
    while tower.steps < end and now is not None and not best.optimal:
        height = max(map(add, now, tower.sizes))
        above = [i for i in order if now[i] + tower.sizes[i] > tower.lower_bound]
        changed = order.copy()
        moved = rng.choice(above if rng.random() < 0.6 else order)
        changed.remove(moved)
        changed.insert(rng.randrange(len(order)), moved)
        if rng.random() < 0.3:
            i, j = rng.randrange(len(order)), rng.randrange(len(order))
            changed[i], changed[j] = changed[j], changed[i]
        found = place(changed, height + 1)
        tower.steps += len(order)
        if found is not None:
            order, now = changed, found
            best = tower.better(best, found, "mended order")
    return best


class _Search:
    """Try all packings in which no block can sink, lowest block first, and leave out what cannot get lower."""

    def __init__(self, tower: _Tower, best: Packing) -> None:
        self.tower, self.best = tower, best
        self.end = tower.steps + SEARCH_STEPS
        self.offsets = [-1 if size else 0 for size in tower.sizes]
        spans = [(b.first, b.last) for b in tower.blocks]
        # Steps at which no block begins have no more alive than the step before them.
        starts = sorted({first for first, _ in spans})
        self.alive = [[i for i, (first, last) in enumerate(spans) if first <= s <= last] for s in starts]

    def run(self) -> Packing:
        """Return the best packing; it is proven optimal if the steps were enough."""
        complete = self._place((0, -1))
        return self.tower.packing(list(self.best.offsets), self.best.method, complete)

    def _place(self, floor: tuple[int, int]) -> bool:
        """Place the blocks that are left, none before `floor` (offset, number); return whether all was tried."""
        tower, sizes = self.tower, self.tower.sizes
        tower.steps += 2 * len(sizes) + sum(map(len, self.alive))
        if tower.steps > self.end:
            return False
        options = sorted((self._lowest(i), i) for i, at in enumerate(self.offsets) if at < 0)
        if not options:
            self.best = tower.packing(self.offsets.copy(), "search")
            return True
        if self._bound(floor[0]) >= self.best.height:
            return True
        # What fits wholly below a block would sink there later: another branch has that packing.
        tops = sorted((at + sizes[i], i) for at, i in options)
        for at, i in options:
            others = tops[0] if tops[0][1] != i else tops[1] if len(tops) > 1 else (at + 1, -1)
            if (at, i) < floor or others[0] <= at:
                continue
            self.offsets[i] = at
            complete = self._place((at, i))
            self.offsets[i] = -1
            if not complete:
                return False
            if self.best.height == tower.lower_bound:
                return True
        return True

    def _lowest(self, i: int) -> int:
        """Return the first offset on top of everything placed that is alive together with block `i`."""
        offsets, sizes = self.offsets, self.tower.sizes
        top = max((offsets[j] + sizes[j] for j in self.tower.neighbours[i] if offsets[j] >= 0), default=0)
        return self.tower.aligned(top, i)

    def _bound(self, floor: int) -> int:
        """Return a height below which this branch cannot end: what is left stands on what is there."""
        offsets, sizes = self.offsets, self.tower.sizes
        highest = 0
        for alive in self.alive:
            base, rest = floor, 0
            for i in alive:
                if offsets[i] < 0:
                    rest += sizes[i]
                else:
                    base = max(base, offsets[i] + sizes[i])
            highest = max(highest, base + rest if rest else 0)
        return highest
