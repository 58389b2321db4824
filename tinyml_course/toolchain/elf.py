"""Read what a linked AVR program takes: sections and symbols of an ELF file.

The layout is in the "Executable and Linking Format" specification, version
1.2, Book I; AVR programs are 32-bit and little-endian.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from tinyml_course.errors import ToolchainError

_MACHINE_AVR = 83
_SYMBOL_TABLE = 2
#: Data addresses in AVR ELF files start here; program addresses start at 0.
_DATA_SPACE = 0x800000

_FLASH_SECTIONS = (".text", ".data", ".bootloader")
_SRAM_SECTIONS = (".data", ".bss", ".noinit")


@dataclass(frozen=True)
class Section:
    """One section: its kind, place in the file and length.

    Parameters
    ----------
    kind : int
        ``sh_type`` of the specification.
    offset, size : int
        Bytes from the start of the file; bytes.
    link : int
        Number of the section this one refers to.
    """

    kind: int
    offset: int
    size: int
    link: int


class AvrElf:
    """A linked program for an AVR processor.

    Parameters
    ----------
    data : bytes
        The whole file.

    Raises
    ------
    ToolchainError
        If `data` is no AVR ELF file.
    """

    def __init__(self, data: bytes) -> None:
        if len(data) < 52 or data[:6] != b"\x7fELF\x01\x01" or struct.unpack_from("<H", data, 18)[0] != _MACHINE_AVR:
            raise ToolchainError(
                f"The linker did not make a program for an AVR processor: expected a 32-bit AVR ELF file, "
                f"got {len(data)} bytes that start with {data[:8].hex() or 'nothing'}."
            )
        self._data = data
        self._order: list[Section] = []
        self.sections: dict[str, Section] = {}
        self._read_sections()
        self.symbols = dict(self._read_symbols())

    @property
    def flash_bytes(self) -> int:
        """Bytes that lie in flash: code, constants and the initial values of variables."""
        return self._total(_FLASH_SECTIONS)

    @property
    def sram_static_bytes(self) -> int:
        """Bytes of SRAM that variables take for the whole run."""
        return self._total(_SRAM_SECTIONS)

    @property
    def sram_static_end(self) -> int:
        """First data address behind the variables, for example ``0x0190``."""
        for name in ("__heap_start", "_end", "__bss_end"):
            if name in self.symbols:
                return self.symbols[name] - _DATA_SPACE
        raise ToolchainError("The linked program has no symbol __heap_start, so the end of its variables is unknown.")

    def _total(self, names: tuple[str, ...]) -> int:
        return sum(self.sections[name].size for name in names if name in self.sections)

    def _read_sections(self) -> None:
        (table,) = struct.unpack_from("<I", self._data, 32)
        size, count, names = struct.unpack_from("<HHH", self._data, 46)
        heads = [struct.unpack_from("<10I", self._data, table + number * size) for number in range(count)]
        self._order = [Section(kind=h[1], offset=h[4], size=h[5], link=h[6]) for h in heads]
        for head, section in zip(heads, self._order, strict=True):
            self.sections[self._text(self._order[names], head[0])] = section

    def _read_symbols(self) -> list[tuple[str, int]]:
        found = []
        for table in self._order:
            if table.kind != _SYMBOL_TABLE:
                continue
            for place in range(table.offset, table.offset + table.size, 16):
                name, value = struct.unpack_from("<II", self._data, place)
                found.append((self._text(self._order[table.link], name), value))
        return found

    def _text(self, strings: Section, start: int) -> str:
        begin = strings.offset + start
        return self._data[begin : self._data.index(b"\0", begin)].decode("ascii", "replace")
