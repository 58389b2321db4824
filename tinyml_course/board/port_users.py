"""Which programs have a serial port open, where the operating system tells."""

from __future__ import annotations

import os
from pathlib import Path

_PROCESSES = Path("/proc")
_THIS = "this very program (a connection that was not closed)"


def others_using(device: str) -> list[str]:
    """Name the processes, this one aside, that have `device` open; see :func:`users_of`."""
    return [user for user in users_of(device) if user != _THIS]


def users_of(device: str) -> list[str]:
    """Name the processes that have `device` open, for example ``["arduino-ide (process 4711)"]``.

    Only Linux tells it to a program without more rights, and only about the user's own processes (about
    all to root); elsewhere the list is empty.
    """
    if not (_PROCESSES / "self" / "fd").is_dir():
        return []
    wanted = os.path.realpath(device)
    found = []
    for process in _PROCESSES.iterdir():
        if process.name.isdigit() and _has_open(process, wanted):
            found.append((int(process.name), _name(process)))
    return [_THIS if number == os.getpid() else f"{name} (process {number})" for number, name in sorted(found)]


def _has_open(process: Path, wanted: str) -> bool:
    try:
        return any(str(link.readlink()) == wanted for link in (process / "fd").iterdir())
    except OSError:  # another user's, or gone meanwhile
        return False


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return "a program"
