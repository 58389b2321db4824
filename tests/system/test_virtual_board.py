"""The board that these tests stand on behaves as a real one where it matters."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import serial
from virtual_board import OLDER, UNO, Plug, Workshop

from tinyml_course import toolchain
from tinyml_course.board import parse
from tinyml_course.export.sketch import Sketch

SYNC, IN_SYNC = b"0 ", b"\x14\x10"


def ask(port: serial.Serial, request: bytes, size: int) -> bytes:
    port.write(request)
    return bytes(port.read(size))


@pytest.mark.parametrize(("mcu", "flash_bytes"), [(UNO, 32768), (OLDER, 16384)])
def test_optiboot_fits_the_end_of_the_flash(workshop: Workshop, mcu: str, flash_bytes: int) -> None:
    image = parse(workshop.bootloader(mcu).read_text(encoding="ascii"), flash_bytes)
    assert len(image.flash) == flash_bytes
    assert set(image.flash[: flash_bytes - 512]) == {0xFF}
    assert image.flash[-2:] == b"\x04\x04"  # version 4.4


@pytest.mark.parametrize(("mcu", "signature"), [(UNO, "1e950f"), (OLDER, "1e9406")])
def test_boot_loader_tells_its_chip(plug: Plug, mcu: str, signature: str) -> None:
    with serial.Serial(plug(mcu=mcu).port, 115200, timeout=10) as port:
        assert ask(port, SYNC, 2) == IN_SYNC
        assert ask(port, b"u ", 5).hex() == f"14{signature}10"


def test_opening_the_port_resets_but_not_for_the_second(plug: Plug) -> None:
    board = plug()
    for _ in range(2):
        with serial.Serial(board.port, 115200, timeout=10) as port:
            assert ask(port, SYNC, 2) == IN_SYNC
    # Last: the kernel tells two closings at once as one, and the board would take the port for open.
    with serial.Serial(board.port, 115200, timeout=10) as port, serial.Serial(board.device, 115200):
        assert ask(port, SYNC, 2) == IN_SYNC
    assert board.put_away().resets == 3


def test_bytes_are_lost_where_a_real_board_loses_them(plug: Plug) -> None:
    board = plug()
    with serial.Serial(board.port, 115200, timeout=1) as port:
        port.write(SYNC * 50)  # the boot loader blinks and does not read; the receiver has room for few bytes
        answer = port.read(200)
    ended = board.put_away()
    assert ended.lost >= 90
    assert answer.count(IN_SYNC) <= 5


def test_avrdude_writes_the_very_bytes(plug: Plug, avrdude: str, digits_sketch: Sketch, tmp_path: Path) -> None:
    build = toolchain.find("avr-gcc+core").build(digits_sketch)
    file = tmp_path / "digits.hex"
    file.write_text(build.hex, encoding="ascii")
    board = plug()
    command = [avrdude, "-p", UNO, "-c", "arduino", "-P", board.port, "-b", "115200", "-D", "-U", f"flash:w:{file}:i"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    ended = board.put_away()
    image = parse(build.hex).flash
    assert ended.flash[: len(image)] == image
    assert ended.resets == 1
