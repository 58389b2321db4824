"""One submission in the sandbox: cells and questions in, answers out, and nothing left behind."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from tinyml_course.grading.sandbox.confinement import Limits, command, inner_limits
from tinyml_course.grading.sheet import Sheet
from tinyml_course.grading.values import Raised, Value
from tinyml_course.grading.wire import decode, encode

_CELL_ERRORS = 100
_START_SECONDS = 30.0
_ENDINGS = {
    "ended": "ended",
    "died": "the process ended by itself before the last cell",
    "late": "the cells ran longer than is allowed",
    "flood": "the notebook gave more output than a notebook can need",
}
_READ_BYTES = 1 << 16


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
    """
    notebook = {
        "cells": list(cells),
        "tasks": {sheet.objective: sheet.function for sheet in sheets},
        "limits": inner_limits(limits, slot),
    }
    questions = [[sheet.objective, [encode(question) for question in sheet.questions]] for sheet in sheets]
    with tempfile.TemporaryDirectory(prefix="tinyml-grade-") as folder:
        inside, outside = _start(command(limits, slot, trusted), folder)
        try:
            _feed(inside.stdin, notebook)
            transcript = Transcript()
            seconds = limits.seconds + limits.task_seconds * len(sheets) + _START_SECONDS
            for event in _events(outside, seconds, limits.output_bytes, transcript):
                if "over" in event and transcript.ending == "":
                    transcript.ending = _ENDINGS.get(event["over"], _ENDINGS["died"])
                    _feed(inside.stdin, [one for one in questions if one[0] in transcript.answers])
                elif "heard" in event:
                    break
                else:
                    _note(transcript, event)
            transcript.ending = transcript.ending or _ENDINGS["died"]
            return transcript
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(inside.pid, signal.SIGKILL)
            inside.wait()
            os.close(outside)


def _start(program: list[str], folder: str) -> tuple[subprocess.Popen[bytes], int]:
    outside, end = os.pipe()
    process = subprocess.Popen(
        [*program, str(end)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=[end],
        start_new_session=True,
        cwd=folder,
    )
    os.close(end)
    return process, outside


def _feed(pipe: IO[bytes] | None, data: object) -> None:
    """Send a line of JSON from a thread of its own: who reads it may never do so."""

    def write() -> None:
        if pipe is not None:
            with contextlib.suppress(OSError, ValueError):
                pipe.write(json.dumps(data).encode() + b"\n")
                pipe.flush()

    threading.Thread(target=write, daemon=True).start()


def _events(pipe: int, seconds: float, most_bytes: int, transcript: Transcript) -> Iterator[dict[str, Any]]:
    """Read events until the pipe closes, the time is over, or there is too much of them."""
    buffer, total, end = bytearray(), 0, time.monotonic() + seconds
    while True:
        left = end - time.monotonic()
        if left <= 0:
            transcript.ending = transcript.ending or _ENDINGS["late"]
            return
        if not select.select([pipe], [], [], left)[0]:
            continue
        data = os.read(pipe, _READ_BYTES)
        total += len(data)
        if not data or total > most_bytes:
            transcript.ending = transcript.ending or _ENDINGS["flood" if data else "died"]
            return
        buffer += data
        if b"\n" not in data:
            continue
        *lines, rest = buffer.split(b"\n")
        buffer = bytearray(rest)
        for line in lines:
            with contextlib.suppress(ValueError, RecursionError):
                event = json.loads(line)
                if isinstance(event, dict):
                    yield event


def _note(transcript: Transcript, event: dict[str, Any]) -> None:
    """Take one event; what has another form is dropped, and so is text once the questions are known inside."""
    running = not transcript.ending
    if running and isinstance(event.get("defined"), str):
        transcript.answers[event["defined"]] = []
    elif running and isinstance(event.get("cell"), int) and len(transcript.cell_errors) < _CELL_ERRORS:
        transcript.cell_errors[event["cell"]] = str(event.get("error"))[:500]
    elif isinstance(event.get("late"), str):
        transcript.late.add(event["late"])
    elif isinstance(event.get("answer"), str):
        _note_answer(transcript, event)


def _note_answer(transcript: Transcript, event: dict[str, Any]) -> None:
    answers = transcript.answers.setdefault(event["answer"], [])
    number = event.get("number")
    if isinstance(number, int) and number == len(answers):
        answers.append(decode(event.get("value")))
    elif len(answers) < _CELL_ERRORS:
        answers.append(Raised("NoAnswer", "an answer came out of order"))
