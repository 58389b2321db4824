"""How a notebook's cells run outside of JupyterLab, one after the other, and what is told of those that stop.

A learner's check in a terminal and the grader's sandbox both run cells this way.
"""

from __future__ import annotations

import ast
import contextlib
import signal
from contextlib import AbstractContextManager
from typing import Any

_ERROR_CHARACTERS = 300


class TooLong(BaseException):
    """A cell took more than its time. No ``except Exception`` of the cell's catches it."""


class CellTimer:
    """Ends a cell that takes too long, so that it does not cost those below it. A cell can stop it, and gains nothing.

    Not on Windows, which has no alarm.

    Parameters
    ----------
    seconds : float
        What one cell may take. It is told again each second, for a cell that catches everything.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._running = False
        signal.signal(signal.SIGALRM, self._ring)

    def __enter__(self) -> None:
        self._running = True
        signal.setitimer(signal.ITIMER_REAL, self._seconds, 1.0)

    def __exit__(self, *_: object) -> None:
        self._running = False  # first: Python may hear a ring after the timer was stopped
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _ring(self, *_: object) -> None:
        if self._running:
            raise TooLong(f"not done after {self._seconds:g} s. Look for a loop that does not end")


def run_cell(
    source: str, names: dict[str, Any], timer: AbstractContextManager[None] | None = None
) -> BaseException | None:
    """Run a code cell as a notebook does; return what it raised.

    Parameters
    ----------
    source : str
        Of the cell.
    names : dict of str to object
        What the cells before it have defined; it is changed.
    timer : CellTimer, optional
        Ends it. Without one it may take as long as it likes.
    """
    try:
        with timer or contextlib.nullcontext():
            exec(compile(_parse(source), "<cell>", "exec"), names)
    except BaseException as error:  # SystemExit ends a cell, not the notebook
        return error
    return None


def _parse(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except SyntaxError:
        # IPython's own lines, such as %matplotlib inline, are no Python; nothing that is graded needs them.
        kept = ["" if line.lstrip()[:1] in ("%", "!", "?") else line for line in source.split("\n")]
        return ast.parse("\n".join(kept))


def describe(error: BaseException) -> str:
    """Name an error on one line, with the line of the cell where that is known."""
    try:
        # A SyntaxError's own text repeats the line, and a file's name that no learner knows.
        text = f"{type(error).__name__}: {error.msg if isinstance(error, SyntaxError) else error}"
    except Exception:
        text = type(error).__name__
    trace, line = error.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<cell>":
            line = trace.tb_lineno
        trace = trace.tb_next
    if isinstance(error, SyntaxError):
        line = error.lineno
    return (f"line {line}: " if line else "") + " ".join(text.split())[:_ERROR_CHARACTERS]


def fresh_names() -> dict[str, Any]:
    """Return what a notebook's first cell finds. Its own check cells do nothing: whoever runs it asks another way."""
    import tinyml_course.grading

    def check(*_arguments: Any, **_named: Any) -> None:
        """Do nothing."""

    tinyml_course.grading.check = check
    return {"__name__": "__main__", "display": lambda *_shown, **_named: None}
