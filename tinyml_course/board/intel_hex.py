"""Read Intel HEX, the text that carries a program to a board.

The format is Intel's "Hexadecimal Object File Format Specification",
revision A (1988). A line is a colon and pairs of hexadecimal digits: how many
bytes of data, the 16-bit address, the record's type, the data, and a checksum
that makes the sum of all bytes a multiple of 256.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tinyml_course.errors import HexError

#: Flash of the ATmega328P, the boot loader's part included.
FLASH_BYTES = 32 * 1024
_ERASED = 0xFF
_DATA, _END, _SEGMENT, _SEGMENT_START, _LINEAR, _LINEAR_START = range(6)
_LINE = re.compile(r":(?:[0-9A-Fa-f]{2})+")
_REMEDY = "Compile the sketch again, or copy the file again as it is."


@dataclass(frozen=True)
class Image:
    """The program that a .hex file carries.

    Parameters
    ----------
    flash : bytes
        The program from address 0 to its last byte; gaps hold 0xFF, as erased flash does.
    data_bytes : int
        How many bytes of it the file named.
    """

    flash: bytes
    data_bytes: int


@dataclass(frozen=True)
class _Record:
    kind: int
    address: int
    data: bytes


def parse(text: str, flash_bytes: int = FLASH_BYTES) -> Image:
    """Check a whole .hex file and return the program in it.

    Parameters
    ----------
    text : str
        The file's text. Empty lines and either kind of line end are allowed.
    flash_bytes : int, default 32768
        Flash of the board: every byte must lie below this address.

    Returns
    -------
    Image
        The program.

    Raises
    ------
    HexError
        If a line is damaged (the message names it), if the end record is missing, if there is no
        data, or if something lies outside the flash.
    """
    flash = bytearray([_ERASED]) * flash_bytes
    end = base = total = 0
    ended = False
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        stripped = line.strip(" \t")
        if not stripped:
            continue
        if ended:
            raise _error(number, "nothing may follow the end record", stripped)
        record = _parse_line(number, stripped)
        if record.kind == _DATA:
            start, stop = base + record.address, base + record.address + len(record.data)
            if stop > flash_bytes:
                expected = f"every address must lie below {flash_bytes:#x}, the end of the flash"
                raise _error(number, expected, f"{max(stop - 1, start):#x}")
            flash[start:stop] = record.data
            total += len(record.data)
            end = max(end, stop) if record.data else end
        elif record.kind == _END:
            ended = True
        elif record.kind in (_SEGMENT, _LINEAR):
            base = int.from_bytes(record.data, "big") << (4 if record.kind == _SEGMENT else 16)
    if not ended:
        raise HexError(f"The .hex file has no end record (:00000001FF): it was cut off. {_REMEDY}")
    if not total:
        raise HexError(f"The .hex file has an end record but no data in front of it. {_REMEDY}")
    return Image(bytes(flash[:end]), total)


def _parse_line(number: int, line: str) -> _Record:
    if not _LINE.fullmatch(line):
        raise _error(number, "a line is a colon and pairs of hexadecimal digits", line)
    content = bytes.fromhex(line[1:])
    if len(content) < 5 or len(content) != content[0] + 5:
        announced = f"{content[0] + 5} bytes, as its first byte announces" if content else "at least 5 bytes"
        raise _error(number, f"the line should have {announced}; it was cut off or damaged", f"{len(content)} bytes")
    if sum(content) % 256:
        wanted = (content[-1] - sum(content)) % 256
        raise _error(number, f"the checksum should be {wanted:02X}; a digit was damaged", f"{content[-1]:02X}")
    record = _Record(content[3], int.from_bytes(content[1:3], "big"), content[4:-1])
    if record.kind > _LINEAR_START:
        raise _error(number, "the record type should be 00 to 05", f"{record.kind:02X}")
    if record.kind in (_SEGMENT, _LINEAR) and len(record.data) != 2:
        raise _error(number, "an address record should carry two bytes", f"{len(record.data)}")
    return record


def _error(number: int, expected: str, got: str) -> HexError:
    shown = got if len(got) <= 48 else got[:45] + "..."
    return HexError(f"Line {number} of the .hex file is wrong: {expected}, got {shown}. {_REMEDY}")
