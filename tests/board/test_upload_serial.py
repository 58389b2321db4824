"""The serial line and the boot loader's first words, over a pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time

import pytest

if sys.platform == "win32":
    pytest.skip("needs a pseudo-terminal: Linux or macOS", allow_module_level=True)

import serial
from pretend_uno import ANSWERS, PretendUno

from tinyml_course.board import SerialTransport, serial_line
from tinyml_course.board.bootloader import Bootloader, find_bootloader, probe
from tinyml_course.errors import PortError, ProtocolError


def echo(data: bytes) -> bytes:
    return data or b"ready\n"


def kind_of(call) -> tuple[str, str]:
    with pytest.raises(PortError) as caught:
        call()
    return caught.value.kind, str(caught.value)


def test_lines_arrive_whole_whatever_pieces_they_come_in() -> None:
    with PretendUno(answers={}, program=echo) as board, SerialTransport(board.device) as line:
        assert line.read_line(10) == b"ready\n"
        line.write(b"one\ntwo")
        assert line.read_line(10) == b"one\n"
        line.write(b"\n\r\n")
        assert [line.read_line(10), line.read_line(10)] == [b"two\n", b"\r\n"]


def test_bytes_that_were_read_ahead_are_not_lost() -> None:
    with PretendUno(answers={}, program=echo) as board, SerialTransport(board.device) as line:
        assert line.read_line(10) == b"ready\n"
        line.write(b"one\ntw")
        assert line.read_line(10) == b"one\n"
        rest = b""
        while rest != b"tw":
            rest += line.read(10)
        assert line.read(0.01) == b""


def test_opening_the_port_is_the_reset() -> None:
    with PretendUno(answers={}, program=echo) as board:
        for count in (1, 2):
            with SerialTransport(board.device) as line:
                assert line.read_line(10) == b"ready\n"
            assert board.resets == count
            time.sleep(0.1)  # the board must see that the port was closed


def test_a_board_with_the_wire_is_reset_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[object] = []

    class Port:
        def __init__(self, device: str, baud: int, **options: object) -> None:
            assert options["exclusive"] is True

        def __setattr__(self, name: str, value: object) -> None:
            done.append((name, value))

        def reset_input_buffer(self) -> None:
            done.append("forget what was there")

        def close(self) -> None:
            done.append("close")

    monkeypatch.setattr(serial, "Serial", Port)
    with SerialTransport("COM3"):
        pass
    assert done == [("dtr", False), "forget what was there", ("dtr", True), "close"]


def test_silence_is_an_error_that_shows_what_came() -> None:
    with PretendUno(answers={}, program=lambda data: b"rea") as board, SerialTransport(board.device) as line:
        kind, message = kind_of(lambda: line.read_line(0.5))
    assert kind == "silent"
    assert "expected a line within 0.5 s, got only b'rea', which is no whole line" in message


def test_bytes_without_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serial_line, "_LONGEST_LINE_BYTES", 100)
    with (
        PretendUno(answers={}, program=lambda data: b"U" * 200) as board,
        SerialTransport(board.device) as line,
        pytest.raises(ProtocolError, match="without ever ending a line, for example b'UUUU"),
    ):
        line.read_line(10)


def test_a_cable_that_is_pulled() -> None:
    with PretendUno(answers={}, program=echo) as board, SerialTransport(board.device) as line:
        assert line.read_line(10) == b"ready\n"
        board.unplug()
        kind, message = kind_of(lambda: line.read_line(10))
        assert kind == "unplugged"
        assert "the connection broke while the computer talked to it" in message
        assert kind_of(lambda: line.write(b"x"))[0] == "unplugged"
    line.close()


def test_only_one_program_at_a_time() -> None:
    with PretendUno(answers={}, program=echo) as board, SerialTransport(board.device):
        kind, message = kind_of(lambda: SerialTransport(board.device))
    assert kind == "port busy"
    assert "Close the Serial Monitor" in message
    if sys.platform.startswith("linux"):
        assert "this very program (a connection that was not closed)" in message


@pytest.mark.parametrize(
    "lock",
    [
        "fcntl.flock(port, fcntl.LOCK_EX)",
        pytest.param(
            "pass", marks=pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: /proc tells who it is")
        ),
    ],
)
def test_another_program_is_named(lock: str) -> None:
    code = f"import fcntl, sys; port = open(sys.argv[1], 'rb+', 0); {lock}; print(1, flush=True); sys.stdin.read()"
    with PretendUno(answers={}, program=echo) as board:
        other = subprocess.Popen(
            [sys.executable, "-c", code, board.device], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        try:
            assert other.stdout.read(1) == b"1"
            kind, message = kind_of(lambda: SerialTransport(board.device))
        finally:
            other.communicate(timeout=60)
        assert kind == "port busy"
        if sys.platform.startswith("linux"):
            assert f"(process {other.pid})" in message
        SerialTransport(board.device).close()


def test_the_lock_is_one_that_other_programs_see() -> None:
    with PretendUno(answers={}, program=echo) as board, SerialTransport(board.device):
        other = os.open(board.device, os.O_RDWR | os.O_NOCTTY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(other)


def test_the_boot_loader_of_an_uno() -> None:
    with PretendUno() as board:
        assert find_bootloader(board.device, 10) == Bootloader(b"\x1e\x95\x0f", 115200)
        assert probe(board.device, 10) == b"\x1e\x95\x0f"


def test_old_bytes_and_a_program_that_talks_do_not_confuse() -> None:
    with PretendUno(greeting=b"\x14ready 1 2 3\n\x14\xff\x30 ") as board:
        assert probe(board.device, 10) == b"\x1e\x95\x0f"


def test_answers_that_come_late_are_skipped() -> None:
    late = {b"\x30\x20": b"\x14\x10\x14\x10", b"\x75\x20": b"\x14\x10\x14\x1e\x95\x0f\x10\x14"}
    with PretendUno(answers=late) as board:
        assert probe(board.device, 10) == b"\x1e\x95\x0f"


def test_the_boot_loader_of_an_old_nano_listens_at_another_speed() -> None:
    with PretendUno() as board:
        answers, board.answers = board.answers, {b"??": b""}
        real = serial_line.SerialTransport.__init__

        def at_57600(line: SerialTransport, device: str, baud: int) -> None:
            board.answers = answers if baud == 57600 else {b"??": b""}
            real(line, device, baud)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(serial_line.SerialTransport, "__init__", at_57600)
            assert find_bootloader(board.device, 2) == Bootloader(b"\x1e\x95\x0f", 57600)


@pytest.mark.parametrize(
    ("signature", "name"), [(b"\x1e\x98\x01", "ATmega2560"), (b"\x1e\x95\x16", "ATmega328PB"), (b"\1\2\3", "unknown")]
)
def test_another_processor_is_the_wrong_board(signature: bytes, name: str) -> None:
    with PretendUno(answers={**ANSWERS, b"\x75\x20": b"\x14" + signature + b"\x10"}) as board:
        kind, message = kind_of(lambda: probe(board.device, 10))
    assert kind == "wrong board"
    assert f"{signature.hex(' ').upper()} ({name}" in message
    assert "instead of 1E 95 0F" in message


@pytest.mark.parametrize(
    "answers",
    [
        {},  # nobody listens
        {b"\x30\x20": b"?"},
        {b"\x30\x20": b"\x14\x10"},  # no signature
        {b"\x30\x20": b"\x14\x10", b"\x75\x20": b"\x14\x1e"},  # half of one
    ],
)
def test_a_silent_device(answers: dict[bytes, bytes]) -> None:
    with PretendUno(answers=answers) as board:
        kind, message = kind_of(lambda: probe(board.device, 0.5))
    assert kind == "silent"
    for words in ("expected the boot loader of an Uno within 0.5 s", "right port", "reset button", "pins 0 and 1"):
        assert words in message


def test_no_port_at_all(tmp_path) -> None:
    assert kind_of(lambda: probe(str(tmp_path / "ttyACM0")))[0] == "no such port"
    (tmp_path / "file").write_text("no port")
    kind, message = kind_of(lambda: probe(str(tmp_path / "file")))
    assert kind == "no such port"
    assert "cannot be opened" in message
