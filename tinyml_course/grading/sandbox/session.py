"""One submission in the sandbox: cells and questions in, answers out, and nothing left behind."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tinyml_course.errors import GradingError
from tinyml_course.grading.sandbox.confinement import (
    Limits,
    command,
    environment,
    inner_limits,
    why_not_confined,
)
from tinyml_course.grading.sandbox.processes import Processes, readable, start
from tinyml_course.grading.sheet import Sheet
from tinyml_course.grading.values import Raised, Value
from tinyml_course.grading.wire import decode, encode

_CELL_ERRORS = 100
_START_SECONDS = 60.0
_SLACK_SECONDS = 5.0  # the supervisor keeps the limits itself; this is for one that was stopped
_LOOK_SECONDS = 0.05
_ENDINGS = {
    "ended": "ended",
    "died": "the process ended by itself before the last cell",
    "late": "the cells ran longer than is allowed",
    "flood": "the notebook gave more output than a notebook can need",
    "memory": "the notebook took more memory than is allowed",
}
_READ_BYTES = 1 << 20  # as much as a pipe can hold
_LINE_BYTES = 1_001_000  # longer than any that a runner sends (its TASK_BYTES); what is read takes 30 times as much


@dataclass
class Transcript:
    """What came out of a submission.

    Parameters
    ----------
    answers : dict of str to list of Value
        Objective to the answers of the function that was defined last, in the order of the questions.
    cell_errors : dict of int to str
        Number of a cell to what it raised.
    late : set of str
        Objectives whose questions took too long.
    ending : str
        ``"ended"``, or why the notebook did not reach its end.
    """

    answers: dict[str, list[Value]] = field(default_factory=dict)
    cell_errors: dict[int, str] = field(default_factory=dict)
    late: set[str] = field(default_factory=set)
    ending: str = ""


def run(
    cells: Sequence[tuple[int, str]],
    sheets: Sequence[Sheet],
    limits: Limits,
    *,
    slot: int = 0,
    trusted: bool = False,
) -> Transcript:
    """Run a submission's code cells and ask its functions.

    Parameters
    ----------
    cells : sequence of (int, str)
        Number and source of each code cell.
    sheets : sequence of Sheet
        Questions; their right answers stay outside.
    limits : Limits
        What it may use.
    slot : int, default 0
        Number of the worker that runs it.
    trusted : bool, default False
        See :func:`~tinyml_course.grading.sandbox.confinement.command`.

    Returns
    -------
    Transcript
        Whatever the submission does.

    Raises
    ------
    GradingError
        If the sandbox itself does not start, before any of the submission's code runs.
    """
    notebook = {
        "cells": list(cells),
        "tasks": {sheet.objective: sheet.function for sheet in sheets},
        "limits": inner_limits(limits, slot),
    }
    questions = [[sheet.objective, [encode(question) for question in sheet.questions]] for sheet in sheets]
    program, walls = command(limits, slot, trusted), not why_not_confined()
    with tempfile.TemporaryDirectory(prefix="tinyml-grade-") as folder, tempfile.TemporaryFile() as errors:
        processes = start(program, folder, errors, walls=walls, environment=environment(folder))
        try:
            return _Session(processes, limits, questions).run(notebook)
        finally:
            processes.end()


class _Session:
    """What is known of a submission while it runs."""

    def __init__(self, processes: Processes, limits: Limits, questions: list[list[Any]]) -> None:
        self._processes, self._limits, self._questions = processes, limits, questions
        self._transcript = Transcript()
        self._end = time.monotonic() + _START_SECONDS
        self._ready = self._heard = False
        self._asked = ""

    def run(self, notebook: object) -> Transcript:
        """Send the notebook, later the questions; return what comes back."""
        transcript = self._transcript
        self._feed(notebook)
        problem = self._listen()
        if not self._ready:
            self._processes.errors.seek(0)
            said = self._processes.errors.read(2000).decode("utf-8", "replace").split("\n")
            raise GradingError(f"The sandbox does not start: {' '.join(said).strip() or _ENDINGS[problem]}.")
        transcript.ending = transcript.ending or _ENDINGS[problem]
        return transcript

    def _listen(self) -> str:
        """Take events until all questions are asked; else say what ended it."""
        channel, control = self._processes.events, self._processes.control
        lines = {pipe: _Lines(self._limits.output_bytes) for pipe in (channel, control)}
        os.set_blocking(channel, False)
        look = 0.0
        while not self._heard:
            now = time.monotonic()
            if now > self._end:
                return "late"
            if now >= look:  # not at each event: it reads files of every process
                look = now + _LOOK_SECONDS
                if self._processes.memory_bytes() > self._limits.memory_bytes:
                    return "memory"
            ready = readable(list(lines), _LOOK_SECONDS)
            # The channel to its end first: what was written before the supervisor told of an end counts as before it.
            if channel in lines and not self._drain(channel, lines[channel]):
                del lines[channel]
            if channel in lines and lines[channel].full:
                return "flood"
            if control in ready:
                data = os.read(control, _READ_BYTES)
                if not data:
                    return "died"
                for event in lines[control].take(data):
                    self._steer(event)
        return "ended"

    def _drain(self, channel: int, lines: _Lines) -> bool:
        """Take every event that the channel holds; return whether more can come."""
        with contextlib.suppress(BlockingIOError):
            while not lines.full:
                data = os.read(channel, _READ_BYTES)
                if not data:
                    return False
                for event in lines.take(data):
                    _note(self._transcript, event, self._asked)
        return True

    def _steer(self, event: dict[str, Any]) -> None:
        """Take an event of the supervisor's."""
        if "ready" in event:
            self._ready = True
            self._end = time.monotonic() + self._limits.seconds + _SLACK_SECONDS
        elif "over" in event and not self._transcript.ending:
            self._transcript.ending = _ENDINGS.get(str(event["over"]), _ENDINGS["died"])
            self._ask_next()
        elif self._asked and event.get("heard") == self._asked:
            if event.get("late"):
                self._transcript.late.add(self._asked)
            self._ask_next()

    def _ask_next(self) -> None:
        """Send the questions of the next task that has a function. Only its answers are taken until it has been heard.

        So nobody can answer one task with what the questions of a later one show.
        """
        while self._questions:
            objective, questions = self._questions.pop(0)
            if objective in self._transcript.answers:
                self._asked = objective
                self._end = time.monotonic() + self._limits.task_seconds + _SLACK_SECONDS
                self._feed([objective, questions])
                return
        self._heard = True

    def _feed(self, data: object) -> None:
        """Send a line of JSON from a thread of its own: who reads it may never do so."""
        pipe = self._processes.runner.stdin

        def write() -> None:
            rest = json.dumps(data).encode() + b"\n"
            with contextlib.suppress(OSError, ValueError):
                while rest and pipe is not None:
                    rest = rest[pipe.write(rest) :]

        threading.Thread(target=write, daemon=True).start()


class _Lines:
    """Bytes that become events, a line each, as long as there are not too many of them."""

    def __init__(self, most_bytes: int) -> None:
        self._buffer, self._left = bytearray(), most_bytes

    @property
    def full(self) -> bool:
        return self._left < 0

    def take(self, data: bytes) -> Iterator[dict[str, Any]]:
        self._left -= len(data)
        self._buffer += data
        if self.full or b"\n" not in data:
            return
        *lines, rest = self._buffer.split(b"\n")
        self._buffer = bytearray(rest)
        for line in lines:
            if len(line) > _LINE_BYTES:
                continue
            with contextlib.suppress(ValueError, RecursionError, MemoryError):
                event = json.loads(line)
                if isinstance(event, dict):
                    yield event


def _note(transcript: Transcript, event: dict[str, Any], asked: str) -> None:
    """Take an event of the submission's; what has another form is dropped, and so is text once questions are asked."""
    running = not transcript.ending
    if running and isinstance(event.get("defined"), str):
        transcript.answers[event["defined"]] = []
    elif running and isinstance(event.get("cell"), int) and len(transcript.cell_errors) < _CELL_ERRORS:
        transcript.cell_errors[event["cell"]] = _one_line(event.get("error"))
    elif not running and event.get("answer") == asked:
        _note_answer(transcript, event)


def _one_line(text: object) -> str:
    """Text without what moves a terminal's cursor, turns the direction of writing or cannot be stored."""
    return "".join(one if one.isprintable() else "�" for one in text[:500]) if isinstance(text, str) else ""


def _note_answer(transcript: Transcript, event: dict[str, Any]) -> None:
    answers = transcript.answers.get(event["answer"], [])
    number = event.get("number")
    if isinstance(number, int) and number == len(answers):
        answers.append(decode(event.get("value")))
    elif len(answers) < _CELL_ERRORS:
        answers.append(Raised("NoAnswer", "an answer came out of order"))
