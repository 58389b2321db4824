"""A plan made by hand: blocks of memory at chosen offsets, judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tinyml_course.errors import InputError
from tinyml_course.packing import Block


@dataclass(frozen=True)
class Clash:
    """Bytes that two blocks claim at the same time.

    Parameters
    ----------
    blocks : (int, int)
        Numbers of the two.
    low, high : int
        The first shared byte, and the first one above them.
    first, last : int
        The steps during which both are alive.
    """

    blocks: tuple[int, int]
    low: int
    high: int
    first: int
    last: int


@dataclass(frozen=True)
class Placement:
    """Offsets of blocks, and what is wrong with them.

    Parameters
    ----------
    offsets : tuple of int
        First byte of each block.
    arena_bytes : int
        What all of them take.
    clashes : tuple of Clash
        Where two blocks overlap; a plan has none.
    """

    offsets: tuple[int, ...]
    arena_bytes: int
    clashes: tuple[Clash, ...]

    @property
    def is_plan(self) -> bool:
        """Whether no two blocks overlap while both are alive."""
        return not self.clashes


def judge(blocks: Sequence[Block], offsets: Sequence[int]) -> Placement:
    """Find the overlaps of blocks at these offsets, and how many bytes they take.

    Raises
    ------
    InputError
        If there is not one offset for each block, or one is negative or no multiple of its block's alignment.
    """
    if len(offsets) != len(blocks):
        raise InputError(f"Expected {len(blocks)} offsets, one for each block, got {len(offsets)}.")
    for block, offset in zip(blocks, offsets, strict=True):
        if offset < 0 or offset % block.alignment:
            raise InputError(f"Expected an offset of at least 0 that {block.alignment} divides, got {offset}.")
    clashes = []
    for i, a in enumerate(blocks):
        for j, b in enumerate(blocks[:i]):
            low, high = max(offsets[i], offsets[j]), min(offsets[i] + a.size, offsets[j] + b.size)
            first, last = max(a.first, b.first), min(a.last, b.last)
            if low < high and first <= last:
                clashes.append(Clash((j, i), low, high, first, last))
    tops = [offset + block.size for block, offset in zip(blocks, offsets, strict=True)]
    return Placement(tuple(offsets), max(tops, default=0), tuple(clashes))


def own_places(blocks: Sequence[Block]) -> tuple[int, ...]:
    """Return offsets that share nothing: each block lies above all that came before it."""
    offsets, top = [0] * len(blocks), 0
    for i in sorted(range(len(blocks)), key=lambda i: (blocks[i].first, blocks[i].last)):
        offsets[i] = aligned(top, blocks[i].alignment)
        top = offsets[i] + blocks[i].size
    return tuple(offsets)


def next_stop(blocks: Sequence[Block], offsets: Sequence[int], i: int, upwards: bool) -> int:
    """Return where block `i` next touches the bottom or a block that lives with it; its own offset if nowhere."""
    me, stops = blocks[i], {0}
    for j, other in enumerate(blocks):
        if j != i and me.first <= other.last and other.first <= me.last:
            below = (offsets[j] - me.size) // me.alignment * me.alignment
            stops |= {aligned(offsets[j] + other.size, me.alignment), max(0, below)}
    if upwards:
        return min((stop for stop in stops if stop > offsets[i]), default=offsets[i])
    return max((stop for stop in stops if stop < offsets[i]), default=offsets[i])


def gaps(blocks: Sequence[Block], offsets: Sequence[int], step: int, arena_bytes: int) -> list[tuple[int, int]]:
    """Return the free stretches of an arena at one step: first byte, and the first one above."""
    free, at = [], 0
    alive = sorted((o, o + b.size) for b, o in zip(blocks, offsets, strict=True) if b.first <= step <= b.last)
    for low, high in [*alive, (arena_bytes, arena_bytes)]:
        if low > at:
            free.append((at, low))
        at = max(at, high)
    return free


def aligned(offset: int, alignment: int) -> int:
    """Return the first multiple of `alignment` that is not below `offset`."""
    return -(-offset // alignment) * alignment
