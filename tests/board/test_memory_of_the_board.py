"""The SRAM seen and filled from outside."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tinyml_course.board import UnoSimulator
from tinyml_course.errors import InputError

Start = Callable[[str], UnoSimulator]
PROGRAM = """
#include <avr/io.h>
int main(void) {
    *(volatile uint8_t *)0x502 = *(volatile uint8_t *)0x500 + *(volatile uint8_t *)0x501;
    GPIOR0 = 1;
    for (;;) {}
}
"""


def test_a_program_finds_what_was_put_there(start: Start) -> None:
    uno = start(PROGRAM)
    uno.write_memory(0x500, bytes([30, 12, 7]))
    assert uno.read_memory(0x4FF, 5) == bytes([0, 30, 12, 7, 0])
    uno.run(1000)
    assert uno.read_memory(0x500, 3) == bytes([30, 12, 42])
    assert uno.read_memory(0x500, 0) == b""


@pytest.mark.parametrize(("first", "count"), [(0xFF, 1), (0x900, 1), (0x8FF, 2), (0x100, -1), (-1, 1)])
def test_other_addresses_are_refused(first: int, count: int, start: Start) -> None:
    uno = start(PROGRAM)
    with pytest.raises(InputError, match="Expected bytes of the SRAM, 0x100 to 0x8ff"):
        uno.read_memory(first, count)
    if count > 0:
        with pytest.raises(InputError, match="Expected bytes of the SRAM"):
            uno.write_memory(first, bytes(count))
