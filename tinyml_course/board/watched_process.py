"""Run a program, read what it says while it says it, and leave nothing of it behind."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

_POLL_SECONDS = 0.1
_CHUNK_BYTES = 4096


@dataclass(frozen=True)
class Ended:
    """How a program ended.

    Parameters
    ----------
    returncode : int or None
        Zero means success; None means that it was stopped.
    log : str
        Everything it said, both streams together.
    why_stopped : str
        ``""``, ``"timeout"`` or ``"gone"`` (`still_there` said no).
    """

    returncode: int | None
    log: str
    why_stopped: str = ""


def run_watched(
    argv: Sequence[str],
    timeout: float,
    *,
    heard: Callable[[str], None],
    still_there: Callable[[], bool],
) -> Ended:
    """Run a program until it ends, until `timeout` seconds have passed, or until `still_there` says no.

    However this ends, Ctrl-C included, the program and all that it started are gone afterwards.

    Parameters
    ----------
    argv : sequence of str
        Program and arguments; no shell is involved.
    timeout : float
        Seconds until it is stopped.
    heard : callable
        Gets everything the program said so far, whenever it says more.
    still_there : callable
        Asked ten times a second whether it is worth to go on.

    Raises
    ------
    OSError
        If the program cannot be started.
    """
    said: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    log, why = bytearray(), ""
    end = time.monotonic() + timeout
    process = _start(argv)
    try:
        threading.Thread(target=_read, args=(process, said), daemon=True).start()
        # The last chunk is empty: the program has closed its output, that is, it has ended.
        while (chunk := _next(said)) != b"":
            if chunk:
                log += chunk
                heard(log.decode("utf-8", "replace"))
            why = "timeout" if time.monotonic() >= end else "" if still_there() else "gone"
            if why:
                break
        with contextlib.suppress(subprocess.TimeoutExpired):  # it has closed its output, and goes on without
            process.wait(timeout=0 if why else max(1.0, end - time.monotonic()))
        why = why or ("timeout" if process.returncode is None else "")
        code = None if why else process.returncode
    finally:
        _stop(process)
    return Ended(code, log.decode("utf-8", "replace"), why)


def _start(argv: Sequence[str]) -> subprocess.Popen[bytes]:
    # A group of its own: it can be stopped with everything it starts, and Ctrl-C reaches this program alone.
    options: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        options = {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    return subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "LC_ALL": "C", "LANGUAGE": "C"},
        **options,
    )


def _read(process: subprocess.Popen[bytes], said: queue.SimpleQueue[bytes]) -> None:
    assert process.stdout is not None
    with process.stdout as stream:
        while chunk := os.read(stream.fileno(), _CHUNK_BYTES):
            said.put(chunk)
    said.put(b"")


def _next(said: queue.SimpleQueue[bytes]) -> bytes | None:
    """Return the next piece of output, ``b""`` at its end, None if there is none at the moment."""
    try:
        return said.get(timeout=_POLL_SECONDS)
    except queue.Empty:
        return None


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the program, if it still runs, with everything it started."""
    if sys.platform == "win32":
        if process.poll() is None:
            subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], capture_output=True, check=False)
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # all of it has ended already
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
