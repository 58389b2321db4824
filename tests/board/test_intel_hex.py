"""Reading Intel HEX, in Python and in JavaScript."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py_mini_racer import JSEvalException

from tinyml_course.board import UnoSimulator, parse
from tinyml_course.board.javascript import UnoEngine
from tinyml_course.errors import BoardError, HexError

END = ":00000001FF"
PROGRAM = ":0400000001020304F2"


def record(address: int, kind: int, data: bytes) -> str:
    content = bytes([len(data), *address.to_bytes(2, "big"), kind, *data])
    return f":{content.hex()}{-sum(content) % 256:02x}"


def write_hex(flash: bytes, width: int = 16, upper: bool = False, end: str = "\n") -> str:
    lines = [record(at, 0, flash[at : at + width]) for at in range(0, len(flash), width)]
    text = end.join([*lines, END, ""])
    return text.upper() if upper else text


@pytest.fixture(scope="module")
def engine() -> Iterator[UnoEngine]:
    uno = UnoEngine(hex=f"{PROGRAM}\n{END}\n")
    yield uno
    uno.close()


def parse_in_javascript(engine: UnoEngine, text: str) -> bytes:
    script = f"""(() => {{
        const {{ flash, end }} = VirtualUno.parseHex({json.dumps(text)});
        return Array.from(flash.subarray(0, end), (byte) => byte.toString(16).padStart(2, "0")).join("");
    }})()"""
    return bytes.fromhex(engine.call(script))


WRONG = {
    "a bad checksum": (f":0400000001020304F3\n{END}\n", "Line 1 .* checksum should be F2.* got F3"),
    "a line cut short": (f"{PROGRAM}\n:0400040001020304\n{END}\n", "Line 2 .* should have 9 bytes.* got 8 bytes"),
    "half a byte missing": (f":0400000001020304F\n{END}\n", "Line 1 .* pairs of hexadecimal digits"),
    "a line that is too long": (f":040000000102030405ED\n{END}\n", "Line 1 .* should have 9 bytes.* got 10 bytes"),
    "no end record": (f"{PROGRAM}\n", "no end record"),
    "an address outside the flash": (f"{record(0x7FFF, 0, b'ab')}\n{END}\n", r"Line 1 .* below 0x8000.* got 0x8000"),
    "a high address outside the flash": (
        f"{record(0, 4, bytes([0, 1]))}\n{PROGRAM}\n{END}\n",
        r"Line 2 .* below 0x8000.* got 0x10003",
    ),
    "no data": (f"{END}\n", "no data"),
    "data records without data": (f"{record(0, 0, b'')}\n{END}\n", "no data"),
    "nothing at all": ("", "no end record"),
    "another kind of file": ("\x7fELF\x01\x01\x01\n", "Line 1 .* colon and pairs"),
    "a letter that is no digit": (f":0400000001O20304F2\n{END}\n", "Line 1 .* colon and pairs"),
    "a digit of another script": (f":04000000０1020304F2\n{END}\n", "Line 1 .* colon and pairs"),
    "an unknown record type": (f"{record(0, 6, b'')}\n{END}\n", "Line 1 .* type should be 00 to 05, got 06"),
    "an address record of one byte": (f"{record(0, 2, b'a')}\n{END}\n", "Line 1 .* should carry two bytes, got 1"),
    "lines behind the end": (f"{PROGRAM}\n{END}\n\n{PROGRAM}\n", "Line 4 .* nothing may follow"),
    "a colon alone": (f":\n{END}\n", "Line 1 .* colon and pairs"),
    "a line of one byte": (f":00\n{END}\n", "Line 1 .* should have 5 bytes.* got 1 bytes"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_damaged_file_is_refused_by_both_readers(name: str, engine: UnoEngine) -> None:
    text, message = WRONG[name]
    with pytest.raises(HexError, match=message) as caught:
        parse(text)
    assert "again" in str(caught.value)  # the remedy
    with pytest.raises(JSEvalException, match=r"\.hex file"):
        parse_in_javascript(engine, text)


def test_a_damaged_file_never_reaches_a_board() -> None:
    with pytest.raises(HexError, match="checksum"):
        UnoSimulator(f":0400000001020304F3\n{END}\n")
    assert issubclass(HexError, BoardError)


def test_a_smaller_flash_can_be_asked_for() -> None:
    assert parse(f"{PROGRAM}\n{END}", flash_bytes=4).flash == b"\1\2\3\4"
    with pytest.raises(HexError, match=r"below 0x3, the end of the flash, got 0x3"):
        parse(f"{PROGRAM}\n{END}", flash_bytes=3)


def test_address_records_and_gaps(engine: UnoEngine) -> None:
    lines = [record(0, 2, bytes([0x01, 0x00])), record(2, 0, b"\xaa"), record(0, 4, bytes(2)), record(1, 0, b"\xbb")]
    text = "\n".join([*lines, record(0, 3, bytes(4)), record(0, 5, bytes(4)), END])
    image = parse(text)
    assert image.flash == b"\xff\xbb" + b"\xff" * 0x1000 + b"\xaa"
    assert image.data_bytes == 2
    assert parse_in_javascript(engine, text) == image.flash


@given(
    flash=st.binary(min_size=1, max_size=600),
    width=st.integers(1, 255),
    upper=st.booleans(),
    end=st.sampled_from(["\n", "\r\n", "\r", "\n\n", " \n"]),
)
@settings(max_examples=60, deadline=None)
def test_what_was_written_is_read(engine: UnoEngine, flash: bytes, width: int, upper: bool, end: str) -> None:
    text = write_hex(flash, width, upper, end)
    image = parse(text)
    assert image.flash == flash
    assert image.data_bytes == len(flash)
    assert parse_in_javascript(engine, text) == flash


@given(flash=st.binary(min_size=1, max_size=100), place=st.integers(0), digit=st.sampled_from("0123456789ABCDEFx:\n "))
@settings(max_examples=200, deadline=None)
def test_one_damaged_character_is_noticed(engine: UnoEngine, flash: bytes, place: int, digit: str) -> None:
    text = write_hex(flash, upper=True).rstrip("\n")
    place %= len(text)
    damaged = text[:place] + digit + text[place + 1 :]
    harmless = digit in " \n" and text[place] == "\n"
    if damaged == text or (harmless and digit == "\n"):
        assert parse(damaged).flash == flash
        return
    with pytest.raises(HexError):
        parse(damaged)
    with pytest.raises(JSEvalException):
        parse_in_javascript(engine, damaged)


@given(flash=st.binary(min_size=20, max_size=100), length=st.integers(0))
@settings(max_examples=60, deadline=None)
def test_a_file_that_was_cut_off_is_noticed(flash: bytes, length: int) -> None:
    text = write_hex(flash).rstrip("\n")
    with pytest.raises(HexError):
        parse(text[: length % len(text)])
