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
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from tinyml_course.grading.sandbox.confinement import Limits, command, user_of, why_not_confined
from tinyml_course.grading.sheet import Sheet
from tinyml_course.grading.values import Raised, Value
from tinyml_course.grading.wire import decode, encode

_CELL_ERRORS = 100
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
    ending: str = "the process ended by itself before the last cell"


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
    work = {
        "cells": list(cells),
        "tasks": [
            {
                "objective": sheet.objective,
                "function": sheet.function,
                "questions": [encode(question) for question in sheet.questions],
            }
            for sheet in sheets
        ],
        "limits": {
            "user": user_of(slot),
            "task_seconds": limits.task_seconds,
            "memory_bytes": limits.memory_bytes,
            "cpu_seconds": limits.cpu_seconds,
            "file_bytes": limits.file_bytes,
            "open_files": limits.open_files,
            # Without walls the limit would count every process of the user, the desktop's too.
            "processes": 0 if why_not_confined() else limits.processes,
        },
    }
    with tempfile.TemporaryDirectory(prefix="tinyml-grade-") as folder:
        inside, outside = _start(command(limits, slot, trusted), folder)
        try:
            feeder = threading.Thread(target=_feed, args=(inside.stdin, json.dumps(work).encode()), daemon=True)
            feeder.start()
            return _listen(outside, limits)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(inside.pid, signal.SIGKILL)
            inside.wait()
            feeder.join()
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


def _feed(pipe: IO[bytes] | None, data: bytes) -> None:
    if pipe is not None:
        with contextlib.suppress(OSError), pipe:
            pipe.write(data)


def _listen(pipe: int, limits: Limits) -> Transcript:
    """Read events until the pipe closes, the time is over, or there is too much of them."""
    transcript, buffer, total = Transcript(), bytearray(), 0
    end = time.monotonic() + limits.seconds
    while True:
        left = end - time.monotonic()
        if left <= 0:
            transcript.ending = f"the notebook ran longer than {limits.seconds:g} s"
            return transcript
        if not select.select([pipe], [], [], left)[0]:
            continue
        data = os.read(pipe, _READ_BYTES)
        if not data:
            return transcript
        total += len(data)
        if total > limits.output_bytes:
            transcript.ending = "the notebook gave more output than a notebook can need"
            return transcript
        buffer += data
        if b"\n" not in data:
            continue
        *lines, rest = buffer.split(b"\n")
        buffer = bytearray(rest)
        for line in lines:
            _note(transcript, bytes(line))
        if transcript.ending == "ended":
            return transcript


def _note(transcript: Transcript, line: bytes) -> None:
    """Take one event; what has another form is dropped."""
    try:
        event: Any = json.loads(line)
    except (ValueError, RecursionError):
        return
    if not isinstance(event, dict):
        return
    if event.get("ended") is True:
        transcript.ending = "ended"
    elif isinstance(event.get("asking"), str):
        transcript.answers[event["asking"]] = []  # the cell was run again: only the last function counts
    elif isinstance(event.get("answer"), str):
        _note_answer(transcript, event)
    elif isinstance(event.get("late"), str):
        transcript.late.add(event["late"])
    elif isinstance(event.get("cell"), int) and len(transcript.cell_errors) < _CELL_ERRORS:
        transcript.cell_errors[event["cell"]] = str(event.get("error"))[:500]


def _note_answer(transcript: Transcript, event: dict[str, Any]) -> None:
    answers = transcript.answers.setdefault(event["answer"], [])
    number = event.get("number")
    if isinstance(number, int) and number == len(answers):
        answers.append(decode(event.get("value")))
    elif len(answers) < _CELL_ERRORS:
        answers.append(Raised("NoAnswer", "an answer came out of order"))
