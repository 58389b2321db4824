"""A compiler that is locked in, for C that other people wrote."""

from __future__ import annotations

import hashlib
import json
import subprocess
import tempfile
import threading
from pathlib import Path

from tinyml_course import errors
from tinyml_course.grading.on_board import Program
from tinyml_course.grading.sandbox.confinement import (
    Limits,
    command,
    environment,
    inner_limits,
    why_not_confined,
)

COMPILER = Path(__file__).with_name("compile_program.py")
_KEPT = 512


class ConfinedCompiler:
    """Compile programs in the sandbox; the same text is compiled once.

    Call it with a program's text; it is a :data:`tinyml_course.grading.on_board.Compile`.

    Parameters
    ----------
    limits : Limits
        What one compilation may use.
    slot : int
        Number of the worker.
    trusted : bool
        As in :func:`tinyml_course.grading.sandbox.run`.
    """

    _kept: dict[str, Program] = {}  # noqa: RUF012  one for all workers of the process
    _lock = threading.Lock()

    def __init__(self, limits: Limits, slot: int = 0, trusted: bool = False) -> None:
        self._limits, self._slot, self._trusted = limits, slot, trusted

    def __call__(self, text: str) -> Program:
        """Compile a program.

        Raises
        ------
        TinyMLError
            What the compiler inside raised, or ToolchainError if it gave no answer in time.
        GradingError
            If there is no compiler: that is no fault of the learner's.
        """
        key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        if key not in self._kept:
            program = self._compile(text)
            with self._lock:
                while len(self._kept) >= _KEPT:
                    self._kept.pop(next(iter(self._kept)))
                self._kept[key] = program
        return self._kept[key]

    def _compile(self, text: str) -> Program:
        work = {"limits": inner_limits(self._limits, self._slot), "text": text}
        with tempfile.TemporaryDirectory(prefix="tinyml-compile-") as folder:
            try:
                done = subprocess.run(
                    command(self._limits, self._slot, self._trusted, COMPILER),
                    input=json.dumps(work).encode() + b"\n",
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    timeout=self._limits.seconds,
                    cwd=folder,
                    # Bubblewrap's own environment can be read inside. Without walls the compiler is found by PATH.
                    env=None if why_not_confined() else environment(folder),
                    check=False,
                )
            except subprocess.TimeoutExpired:
                raise errors.ToolchainError("The compiler took too long: is there an endless macro or type?") from None
        try:
            answer = json.loads(done.stdout)
            if "error" not in answer:
                return Program(**answer)
        except (ValueError, TypeError):
            raise errors.ToolchainError("The compiler gave no answer: it ran out of memory or time.") from None
        raise _error(answer["error"], answer["text"])


def _error(kind: str, text: str) -> errors.TinyMLError:
    """Build an error of the same name; what needs more than a text becomes its base."""
    if kind == "ToolchainNotFoundError":
        return errors.GradingError(text)
    return (errors.CompileError if kind == "CompileError" else errors.ToolchainError)(text)
