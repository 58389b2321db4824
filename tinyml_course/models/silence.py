"""Keeping TensorFlow's chatter away from a learner's notebook, and from nothing else."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, TextIO

#: The two file descriptors belong to the whole process, so only one block at a time may redirect them.
_LOCK = threading.RLock()
_DESCRIPTORS = {"stdout": 1, "stderr": 2}
#: They keep the stream that they found at first, so they are told to be silent themselves.
_LOGGERS = ("absl", "tensorflow")


class _OtherThreads:
    """A stream that drops what one thread writes and passes on what the others do.

    Parameters
    ----------
    stream : text stream
        Where the other threads' text goes.
    silenced : int
        Identity of the thread that is silent.
    """

    def __init__(self, stream: TextIO, silenced: int) -> None:
        self._stream, self._silenced = stream, silenced

    def write(self, text: str) -> int:
        """Write, or drop, a piece of text."""
        return len(text) if threading.get_ident() == self._silenced else self._stream.write(text)

    def end(self, stream: TextIO) -> None:
        """Pass everything on to `stream` from now on, for threads that hold this object still."""
        self._stream, self._silenced = stream, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _redirect(name: str, log: int, undo: ExitStack) -> None:
    """Send one stream's descriptor to `log`, and this thread's Python text nowhere, until `undo`."""
    stream, descriptor = getattr(sys, name), _DESCRIPTORS[name]
    if stream is not None:  # None under pythonw
        stream.flush()
    try:
        kept = os.dup(descriptor)
    except OSError:  # a program without this stream, such as a service: nobody hears its descriptor
        kept = -1
    if kept >= 0:
        undo.callback(os.close, kept)
        os.dup2(log, descriptor)
        undo.callback(os.dup2, kept, descriptor)
    if stream is None:
        return
    # Jupyter's streams have no descriptor of their own below them; a terminal's would write to the log.
    if kept >= 0 and _writes_to(stream, descriptor):
        passed_on = undo.enter_context(os.fdopen(os.dup(kept), "w", 1, stream.encoding, errors="replace"))
    else:
        passed_on = stream
    replacement = _OtherThreads(passed_on, threading.get_ident())
    setattr(sys, name, replacement)

    def restore() -> None:
        replacement.end(stream)
        if getattr(sys, name) is replacement:  # somebody else's redirection is left alone
            setattr(sys, name, stream)

    undo.callback(restore)


def _writes_to(stream: TextIO, descriptor: int) -> bool:
    try:
        return stream.fileno() == descriptor
    except (OSError, AttributeError, ValueError):
        return False


@contextmanager
def silence() -> Iterator[None]:
    """Keep the screen clean while native code and this thread talk.

    TensorFlow writes to file descriptors 1 and 2 directly, past Python's streams. Both go to a file that
    is thrown away, and come back however the block ends. What other threads print through ``sys.stdout`` and
    ``sys.stderr`` still arrives. Blocks of several threads run one after the other. Exceptions pass.
    """
    with _LOCK, ExitStack() as undo:
        log = undo.enter_context(tempfile.TemporaryFile())
        undo.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        for name in _DESCRIPTORS:
            _redirect(name, log.fileno(), undo)
        for logger in map(logging.getLogger, _LOGGERS):
            undo.callback(logger.setLevel, logger.level)
            logger.setLevel(logging.ERROR)
        yield
