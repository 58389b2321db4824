"""Compiled programs are kept, so that the same sources are compiled once.

An entry is one file: the SHA-256 of its content on the first line, then the
content. It appears whole or not at all, a damaged one counts as missing, and
several processes may use the folder at once.
"""

from __future__ import annotations

import functools
import hashlib
import os
import tempfile
import time
import warnings
from collections.abc import Iterable
from pathlib import Path

import platformdirs

from tinyml_course.toolchain.process import NO_ROOM, no_room

#: Above this many bytes the entries that were not used for the longest time go.
LIMIT_BYTES = 256 * 1024 * 1024


def digest(parts: Iterable[str | bytes]) -> str:
    """Hash `parts` so that no two different lists give the same name.

    Returns
    -------
    str
        32 hexadecimal digits.
    """
    total = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        total.update(len(raw).to_bytes(8, "little") + raw)
    return total.hexdigest()[:32]


def cache_folder() -> Path:
    """Return where entries are kept: ``TINYML_CACHE_DIR``, or the user's cache folder of this operating system."""
    chosen = os.environ.get("TINYML_CACHE_DIR")
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("tinyml-course", appauthor=False))


class Cache:
    """A folder of entries.

    Parameters
    ----------
    folder : Path, optional
        Where; default :func:`cache_folder`.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or cache_folder()

    def path(self, key: str) -> Path:
        """Return the file of entry `key`, which need not exist."""
        return self.folder / f"{key}.bin"

    def get(self, key: str) -> bytes | None:
        """Return the content of `key`, or None if there is none or it is damaged."""
        try:
            seal, _, content = self.path(key).read_bytes().partition(b"\n")
        except OSError:
            return None
        if seal != _seal(content):
            return None
        _touch(self.path(key))
        return content

    def put(self, key: str, content: bytes) -> None:
        """Keep `content` under `key`.

        Where the folder may not be written, nothing is kept and a warning says so, once.

        Raises
        ------
        ToolchainError
            If the disk is full; nothing half-written stays behind.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".new-", dir=self.folder)
        except OSError as error:
            self._refused(error)
            return
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_seal(content) + b"\n" + content)
            Path(name).replace(self.path(key))
        except OSError as error:
            # Windows refuses to replace a file that another process reads: that one is as good as ours.
            if self.get(key) != content:
                self._refused(error)
        finally:
            Path(name).unlink(missing_ok=True)
        _trim_once(self.folder)

    def _refused(self, error: OSError) -> None:
        if error.errno in NO_ROOM:
            raise no_room(self.folder) from error
        _warn_once(
            f"Compiled programs cannot be kept in {self.folder} ({error.strerror or error}); each is compiled anew. "
            "Set the variable TINYML_CACHE_DIR to a folder that can be written."
        )


def _seal(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()


def _touch(path: Path) -> None:
    # The time of last use decides what goes first; a folder that is read-only keeps the old one.
    try:
        os.utime(path)
    except OSError:
        return


@functools.cache
def _warn_once(message: str) -> None:
    warnings.warn(message, stacklevel=2)


@functools.cache
def _trim_once(folder: Path) -> None:
    trim(folder, LIMIT_BYTES)


def trim(folder: Path, limit_bytes: int) -> int:
    """Delete the entries of `folder` that were not used for the longest time, until `limit_bytes` are kept.

    Returns
    -------
    int
        How many were deleted.
    """
    entries = []
    for path in folder.glob("*.bin"):
        try:
            status = path.stat()
        except FileNotFoundError:  # another process was quicker
            continue
        entries.append((status.st_mtime, status.st_size, path))
    total = sum(size for _, size, _ in entries)
    deleted = 0
    for _, size, path in sorted(entries):
        if total <= limit_bytes:
            break
        path.unlink(missing_ok=True)
        total, deleted = total - size, deleted + 1
    hour_ago = time.time() - 3600
    for left in folder.glob(".new-*"):  # of a process that was killed while it wrote
        if left.exists() and left.stat().st_mtime < hour_ago:
            left.unlink(missing_ok=True)
    return deleted
