"""Random problems for the memory planner: the lifetimes that graphs have, and wilder ones."""

from __future__ import annotations

import random

from tinyml_course.packing import Block

#: (size, first, last): five bytes are alive at most, but no packing of five bytes exists.
ABOVE_THE_BOUND = [
    (3, 0, 0),
    (2, 0, 1),
    (2, 1, 2),
    (1, 2, 2),
    (1, 1, 3),
    (1, 2, 3),
    (2, 3, 4),
    (1, 3, 4),
    (2, 4, 7),
    (3, 5, 7),
]


def _bytes(rng: random.Random) -> int:
    """A tensor's bytes: anything, or a round number as layers have."""
    return rng.choice((rng.randint(1, 5000), 1 << rng.randint(3, 13), rng.randint(1, 100) * rng.choice((1, 8, 64))))


def chain(rng: random.Random, n: int) -> list[Block]:
    """A network without branches: each value is read by the next operator."""
    return [Block(_bytes(rng), i, i + 1) for i in range(n)]


def residual(rng: random.Random, n: int) -> list[Block]:
    """A third of the values is read again up to eight operators later."""
    return [Block(_bytes(rng), i, i + (rng.randint(2, 8) if rng.random() < 0.35 else 1)) for i in range(n)]


def branched(rng: random.Random, n: int) -> list[Block]:
    """Each operator reads up to two values, near ones or any."""
    last = [i + 1 for i in range(n)]
    for i in range(1, n):
        for _ in range(rng.randint(0, 2)):
            j = rng.randint(max(0, i - rng.choice((3, 10, n))), i - 1)
            last[j] = max(last[j], i)
    return [Block(rng.randint(1, 4096), i, last[i]) for i in range(n)]


def anything(rng: random.Random, n: int) -> list[Block]:
    """Lifetimes between any two operators; no network is like this."""
    spans = [sorted((rng.randint(0, n), rng.randint(0, n))) for _ in range(n)]
    return [Block(rng.randint(1, 1000), first, last) for first, last in spans]


FAMILIES = {"chain": chain, "residual": residual, "branched": branched, "anything": anything}
