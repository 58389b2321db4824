"""Things with a serial port that are no board in good order."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager

_GARBAGE = bytes(value ^ 0x5A for value in range(256) if value != 0x14 ^ 0x5A)
_HOLDER = """
import sys, serial
port = serial.Serial(sys.argv[1], 115200, exclusive=True)
print("open", flush=True)
sys.stdin.read()
"""


@contextmanager
def device(answers: bool) -> Iterator[str]:
    """A device that hears everything and says nothing, or answers each request with garbage."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    stop = threading.Event()

    def live() -> None:
        while not stop.is_set():
            if select.select([ours], [], [], 0.05)[0]:
                os.read(ours, 4096)
                if answers:
                    os.write(ours, _GARBAGE)

    thread = threading.Thread(target=live)
    thread.start()
    try:
        yield os.ttyname(theirs)
    finally:
        stop.set()
        thread.join()
        os.close(ours)
        os.close(theirs)


@contextmanager
def program_that_holds(port: str) -> Iterator[int]:
    """Another program that has the port open, as a serial monitor would; gives its process number."""
    command = [sys.executable, "-c", _HOLDER, port]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "open\n"
        try:
            yield process.pid
        finally:
            process.communicate()
