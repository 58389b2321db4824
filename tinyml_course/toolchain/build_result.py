"""What a toolchain gives back: a program for a board, and what it takes."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Build:
    """A compiled and linked sketch.

    Parameters
    ----------
    name : str
        The sketch's name.
    hex : str
        Intel HEX text: the very bytes a board gets.
    elf : bytes
        The linked program with its symbols.
    flash_bytes : int
        Sections ``.text`` and ``.data``: what lies in flash.
    sram_static_bytes : int
        Sections ``.data``, ``.bss`` and ``.noinit``: SRAM that is taken before the stack grows.
    sram_static_end : int
        First data address behind the static variables; a stack below it has overflowed.
    toolchain : str
        Which compiler and which core, with versions, as a report prints it.
    optimization : str
        For example ``"-Os"``.
    board : str
        Short name of the board it is made for.
    """

    name: str
    hex: str = field(repr=False)
    elf: bytes = field(repr=False)
    flash_bytes: int
    sram_static_bytes: int
    sram_static_end: int
    toolchain: str
    optimization: str
    board: str = "uno"
