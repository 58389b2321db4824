"""Laying out inline assembly: instructions as the text of a C string."""

from __future__ import annotations

from collections.abc import Iterable


def join(*instructions: str) -> str:
    """Return instructions that belong together, for one line of the text."""
    return " \\n\\t ".join(instructions)


def quoted(lines: Iterable[str]) -> str:
    """Return lines as the string of an ``__asm__`` statement."""
    return "\n        ".join(f'"{line} \\n\\t"' for line in lines)


def clobbers(registers: Iterable[int]) -> str:
    """Return the registers that an ``__asm__`` statement changes, and that it reads and writes memory."""
    names = [*(f'"r{r}"' for r in registers), '"memory"']
    rows = [", ".join(names[start : start + 12]) for start in range(0, len(names), 12)]
    return ",\n          ".join(rows)


def pop_scores(classes: int, width: int, *, signed: bool) -> list[str]:
    """Take the scores of all classes off the stack, the last class first: store them, or find the largest.

    Parameters
    ----------
    classes : int
        Scores; they were pushed class by class, high byte first.
    width : int
        Bytes of a score, 1 or 2.
    signed : bool
        How they are compared.

    Returns
    -------
    list of str
        Instructions. Z points where the scores go; if it is zero, its low byte becomes the class of the largest
        score, the first of equals: going backwards, an equal one takes over. r18 and r20 to r23 are used.
    """
    pop = ("pop r22", "pop r23")[:width]
    compare = ("cp r22, r20", "cpc r23, r21")[:width]
    lowest = ("ldi r20, 0", f"ldi r21, {128 if signed else 0}") if width == 2 else ("ldi r20, 0",)
    store = ("st -Z, r23", "st -Z, r22")[2 - width :]
    size = classes * width
    to_end = (f"adiw r30, {size}",) if size < 64 else (f"subi r30, lo8(-{size})", f"sbci r31, hi8(-{size})")
    return [
        join(f"ldi r18, {classes - 1}", "sbiw r30, 0", "brne 6f", *lowest),
        join("5:", *pop, *compare, f"{'brlt' if signed else 'brlo'} 7f", "movw r20, r22", "mov r30, r18"),
        join("7: subi r18, 1", "brcc 5b", "rjmp 8f"),
        join("6:", *to_end),
        join("9:", *pop, *store, "subi r18, 1", "brcc 9b"),
        "8:",
    ]
