"""Run a compiler, or a program it made, and report what went wrong in words."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tinyml_course.errors import ToolchainError

#: Errors of the operating system that mean: no room left.
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

#: A compiler that takes longer than this many seconds is stuck.
TIMEOUT_SECONDS = 300.0

# On Windows a program without this opens a window of its own; elsewhere the flag does not exist.
_NO_WINDOW: int = getattr(subprocess, "CREATE_NO_WINDOW", 0)


@dataclass(frozen=True)
class Finished:
    """A program that ended.

    Parameters
    ----------
    returncode : int
        Zero means success.
    stdout : bytes
        What it answered.
    stderr : str
        What it complained about.
    """

    returncode: int
    stdout: bytes
    stderr: str


def run(
    argv: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    stdin: bytes = b"",
    environment: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT_SECONDS,
) -> Finished:
    """Run a program to its end; its messages are in English whatever the user's language is.

    Parameters
    ----------
    argv : sequence of str or Path
        Program and arguments; no shell is involved.
    cwd : Path, optional
        Folder to run in.
    stdin : bytes
        What the program reads.
    environment : mapping of str to str, optional
        Variables to set on top of the current ones.
    timeout : float
        Seconds until the program counts as stuck.

    Raises
    ------
    ToolchainError
        If the program cannot be started, or is stuck.
    """
    variables = {**os.environ, "LC_ALL": "C", "LANGUAGE": "C", **(environment or {})}
    try:
        done = subprocess.run(
            [str(part) for part in argv],
            cwd=cwd,
            input=stdin,
            capture_output=True,
            env=variables,
            timeout=timeout,
            check=False,
            creationflags=_NO_WINDOW,
        )
    except subprocess.TimeoutExpired as error:
        raise ToolchainError(f"{argv[0]} did not finish within {timeout:.0f} s and was stopped.") from error
    except OSError as error:
        raise ToolchainError(f"{argv[0]} cannot be started: {error.strerror or error}.") from error
    return Finished(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))


def no_room(place: str | Path) -> ToolchainError:
    """Return the error for a full disk."""
    return ToolchainError(
        f"No room left on the disk at {place}. Nothing was kept there. Free some space, or point the variable "
        "TINYML_CACHE_DIR (compiled programs) or TMPDIR (work files) to another disk."
    )
