"""Why a program crashed, in words: one source for the virtual Uno without a screen and the one in a notebook.

The texts are templates of :meth:`str.format`; the page fills them with the formats used here: ``{name}``,
``{name:,}`` and ``{name:#06x}``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_FLASH_ADDRESSES = 0x8000
# How a name begins that a C++ compiler wrote (Itanium C++ ABI, 5.1.4): _Z, N if nested, K if const, L if static.
_MANGLED = re.compile(r"_ZN?K?L?(?=\d)")

#: The whole message.
CRASH = "The sketch crashed after {cycles:,} cycles, at {place}: {reason}."
#: A place in the program, and what is added where the function is known.
PLACE, PLACE_IN_FUNCTION = "flash address {address:#06x}", " in {name}"
#: What happened, for each kind of fault that ``js/src/machine.js`` reports.
REASONS: Mapping[str, str] = {
    "illegal opcode": "{opcode:#06x} is no instruction of the ATmega328P. Often a function pointer or a return "
    "address on the stack was overwritten, or the program is for another chip",
    "runaway program counter": "there is no program. Often a function pointer or a return address on the stack was "
    "overwritten",
    "reserved sleep mode": "the bits SM2 to SM0 of SMCR have a reserved setting. Choose a mode of avr/sleep.h with "
    "set_sleep_mode()",
    "stack overflow": "the stack grew down to {sp:#06x}, into the static variables, which end at {end:#06x}. Keep "
    "large arrays out of functions, put constant tables into PROGMEM, or use a smaller model",
    "stack underflow": "more was taken from the stack than was put there. Look in assembly code for a pop without a "
    "push; or the program is for another chip",
    "address outside SRAM": "the instruction uses a data address above {last:#06x}. Look for an index or a pointer "
    "that runs over the end of an array; or the program is for another chip",
}


def crash_message(kind: str, *, cycles: int, place: str, opcode: int, sp: int, end: int, last: int) -> str:
    """Return the message about a crash.

    Parameters
    ----------
    kind : str
        A key of :data:`REASONS`.
    cycles : int
        Clock cycles since the start.
    place : str
        Where, as :func:`place_text` says it.
    opcode : int
        The instruction's first word.
    sp, end, last : int
        Stack pointer, first data address behind the static variables, last address of the SRAM.
    """
    reason = REASONS[kind].format(opcode=opcode, sp=sp, end=end, last=last)
    return CRASH.format(cycles=cycles, place=place, reason=reason)


def flash_symbols(symbols: Mapping[str, int]) -> dict[int, str]:
    """Return the name of each flash address that has one, without the C library's own.

    Parameters
    ----------
    symbols : mapping of str to int
        Of a linked program (``AvrElf(build.elf).symbols``).
    """
    found = {}
    for symbol, place in sorted(symbols.items()):
        name = _readable(symbol)
        if name and 0 < place < _FLASH_ADDRESSES:  # at 0 are the vectors; functions that do not exist say 0, too
            found[place] = name
    return found


def _readable(symbol: str) -> str:
    """Return a function's name without what a C++ compiler adds to it; empty for names of the C library's own."""
    nested = _MANGLED.match(symbol)
    if not nested:
        # Names with an underscore in front belong to the C library: registers, section borders, interrupt vectors.
        return "" if symbol.startswith(("_", ".")) else symbol
    rest, parts = symbol[nested.end() :], []
    while length := re.match(r"\d+", rest):
        start = length.end()
        parts.append(rest[start : start + int(length[0])])
        rest = rest[start + int(length[0]) :]
    return "::".join(parts)


def place_text(address: int, symbols: Mapping[int, str]) -> str:
    """Say where in the program an address is; `symbols` is what :func:`flash_symbols` returns."""
    below = [place for place in symbols if place <= address]
    name = PLACE_IN_FUNCTION.format(name=symbols[max(below)]) if below else ""
    return PLACE.format(address=address) + name
