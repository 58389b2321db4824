"""A board on a serial port, without any hardware: a boot loader's first words, then a program on the virtual Uno."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import threading
import tty
from collections.abc import Callable
from pathlib import Path

from tinyml_course.board import UnoSimulator
from tinyml_course.board.uploaders import Uploader, UploadResult

_BOOT_SECONDS = 0.05
_POLL_MILLISECONDS = 5
_SLICE_CYCLES = 320_000  # 20 ms of the board's time

ANSWERS = {b"\x30\x20": b"\x14\x10", b"\x75\x20": b"\x14\x1e\x95\x0f\x10"}


class PretendUno:
    """A port that opening resets, as an Uno's does; what listens behind it is chosen by the test.

    Parameters
    ----------
    answers : dict, optional
        What the boot loader answers to which two bytes; empty for a board without one. Default: an ATmega328P's.
    program : callable, optional
        Gets the bytes that arrive, returns what the program sends; called with ``b""`` when it starts.
        It is replaced when a program is written.
    greeting : bytes
        Sent the moment the port is opened, before the reset does anything.
    """

    def __init__(
        self,
        answers: dict[bytes, bytes] | None = None,
        program: Callable[[bytes], bytes] | None = None,
        greeting: bytes = b"",
    ) -> None:
        self.answers = ANSWERS if answers is None else answers
        self.program = program
        self.greeting = greeting
        self.resets = 0
        self.received = b""
        self.unplug_after_lines: int | None = None
        self._master, slave = pty.openpty()
        tty.setraw(slave)
        self.device = os.ttyname(slave)
        os.close(slave)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """Pull the cable; doing it twice does no harm."""
        self._end.set()
        self._thread.join()

    def __enter__(self) -> PretendUno:
        return self

    def __exit__(self, *error: object) -> None:
        self.unplug()

    def _live(self) -> None:
        poll = select.poll()
        poll.register(self._master, select.POLLIN)
        is_open = booting = False
        quiet = 0
        lines = 0
        while not self._end.is_set():
            event = dict(poll.poll(_POLL_MILLISECONDS)).get(self._master, 0)
            if event & select.POLLHUP:
                is_open = False
                self._end.wait(_POLL_MILLISECONDS / 1000)
                continue
            if not is_open:
                is_open = booting = True
                quiet = 0
                self.resets += 1
                self._send(self.greeting)
            data = os.read(self._master, 4096) if event & select.POLLIN else b""
            self.received += data
            quiet = 0 if data else quiet + 1
            if booting and self.answers and quiet * _POLL_MILLISECONDS / 1000 < _BOOT_SECONDS:
                self._send(b"".join(self.answers.get(data[k : k + 2], b"") for k in range(0, len(data), 2)))
            elif self.program is not None and (booting or data):
                lines += data.count(b"\n")
                if self.unplug_after_lines is not None and lines > self.unplug_after_lines:
                    break
                self._send(self.program(b"" if booting else data))
                booting = False
        os.close(self._master)

    def _send(self, data: bytes) -> None:
        while data and not self._end.is_set():
            with contextlib.suppress(BlockingIOError):
                data = data[os.write(self._master, data) :]


def virtual_program(hex_text: str) -> Callable[[bytes], bytes]:
    """A program that runs on the virtual Uno until it has nothing more to say; ``b""`` starts it anew."""
    running: list[UnoSimulator] = []

    def run(data: bytes) -> bytes:
        if not data:
            while running:
                running.pop().close()
            running.append(UnoSimulator(hex_text))
        uno = running[0]
        uno.send(data)
        said = b""
        while True:
            more = uno.run(_SLICE_CYCLES)
            said += more
            if not more and (said or not data.endswith(b"\n")):
                return said

    return run


class PretendUploader(Uploader):
    """Puts the program into a pretended board at once."""

    def __init__(self, board: PretendUno) -> None:
        super().__init__(Path("pretended"), "a pretended uploader 1.0")
        self.board = board
        self.written: list[tuple[str, str, int]] = []

    def command(self, port: str, file: Path, baud: int) -> list[str]:
        raise NotImplementedError

    def write(self, port, hex_text, timeout=60.0, *, baud=115200, progress=None):
        self.written.append((port, hex_text, baud))
        self.board.program = virtual_program(hex_text)
        if progress is not None:
            progress(100)
        return UploadResult(0.25, "written")
