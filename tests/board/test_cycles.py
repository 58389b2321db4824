"""Cycles of every kind of instruction against the ATmega328P's datasheet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tinyml_course.board import UnoSimulator
from tinyml_course.toolchain import Build

TABLE = Path(__file__).parent / "data" / "datasheet_cycles.txt"

MAIN = """
#include <avr/io.h>
extern void blocks(void);
int main(void) { blocks(); UCSR0B = 1 << TXEN0; UDR0 = '.'; for (;;) { } }
"""


def read_blocks() -> dict[str, list[str]]:
    blocks: dict[str, list[str]] = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            blocks[line.strip("[]")] = []
        elif line and not line.startswith(";"):
            list(blocks.values())[-1].append(line)
    return blocks


BLOCKS = read_blocks()


def assembly() -> str:
    text = [
        ".comm buffer, 64",
        ".global blocks",
        '.section .text.blocks, "ax", @progbits',
        "blocks:",
        "push r28",
        "push r29",
    ]
    for lines in BLOCKS.values():
        for low in (26, 28, 30):
            text += [f"ldi r{low}, lo8(buffer + 32)", f"ldi r{low + 1}, hi8(buffer + 32)"]
        text += ["ldi r16, 1", "ldi r17, 2", "mov r15, r17", "out 0x05, r1", "mov r14, r16", "ldi r16, 5", "ldi r17, 3"]
        text += ["out 0x1e, r14", *lines, "out 0x1e, r15", "clr r1"]
    return "\n".join([*text, "pop r29", "pop r28", "ret", ""])


def expected_cycles(lines: list[str]) -> int:
    numbers = [line.partition(";")[2] for line in lines]
    return sum(int(part) for text in numbers if text.strip() for part in text.split("+"))


@pytest.fixture(scope="module")
def counted(build_program: Callable[..., Build]) -> dict[str, int]:
    """Cycles of each block: from the first mark, which takes one itself, to the second."""
    build = build_program(MAIN, assembly=assembly())
    with UnoSimulator(build.hex, build.sram_static_end) as uno:
        uno.run_until(b".", max_cycles=100_000)
        marks = uno.marks
    assert [mark.value for mark in marks] == [1, 2] * len(BLOCKS)
    pairs = zip(marks[::2], marks[1::2], strict=True)
    return {name: end.cycle - begin.cycle - 1 for name, (begin, end) in zip(BLOCKS, pairs, strict=True)}


def test_there_are_17_blocks() -> None:
    assert len(BLOCKS) == 17


@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_takes_the_cycles_of_the_datasheet(name: str, counted: dict[str, int]) -> None:
    assert counted[name] == expected_cycles(BLOCKS[name])
