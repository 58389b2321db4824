"""What runs inside the sandbox: a submission's cells, and the questions to its functions.

This file is a program, started by :mod:`tinyml_course.grading.sandbox.session`. It reads one JSON object from
standard input and writes one JSON object a line to a pipe. It knows the questions and no right answer, no points
and no other submission. Everything here may be tampered with by the code that it runs: what leaves is answers,
and they are judged outside.

Each function is asked in a process of its own, as soon as its cell has run. So one that never returns, or ends
the process, costs its own task alone, and a later cell that ends everything leaves what was answered before.
"""

from __future__ import annotations

import ast
import json
import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any

#: Bytes of one event, at most: a longer answer is told, not sent.
EVENT_BYTES = 4_000_000
_ERROR_CHARACTERS = 300


def confine(limits: dict[str, int]) -> None:
    """Give up every right that is left, then limit memory, time, files and processes for good."""
    user = limits.get("user", 0)
    if user:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    for kind, limit in (
        (resource.RLIMIT_AS, limits["memory_bytes"]),
        (resource.RLIMIT_CPU, limits["cpu_seconds"]),
        (resource.RLIMIT_FSIZE, limits["file_bytes"]),
        (resource.RLIMIT_NOFILE, limits["open_files"]),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (limit, limit))
    if limits["processes"]:
        resource.setrlimit(resource.RLIMIT_NPROC, (limits["processes"],) * 2)


class Channel:
    """The pipe on which events leave."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def send(self, **event: Any) -> None:
        """Write one event, whole."""
        line = json.dumps(event).encode() + b"\n"
        while line:
            line = line[os.write(self._descriptor, line) :]


def run_cell(source: str, names: dict[str, Any]) -> BaseException | None:
    """Run a code cell as a notebook does; return what it raised."""
    try:
        exec(compile(_parse(source), "<cell>", "exec"), names)
    except KeyboardInterrupt as error:
        return error
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


def ask_apart(function: Any, task: dict[str, Any], channel: Channel, seconds: float) -> None:
    """Ask a function its questions in a child process; wait for it, but not longer than allowed."""
    from tinyml_course.grading.ask import call, is_undone
    from tinyml_course.grading.wire import argument, decode, encode

    child = os.fork()
    if not child:
        try:
            for number, question in enumerate(task["questions"]):
                arguments: Any = decode(question)
                answer = call(function, tuple(argument(value) for value in arguments))
                event = {"answer": task["objective"], "number": number, "value": encode(answer)}
                if len(json.dumps(event)) > EVENT_BYTES:
                    event["value"] = {"unknown": "an answer that is too long"}
                channel.send(**event)
                if is_undone(answer):
                    break
        finally:
            os._exit(0)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if os.waitpid(child, os.WNOHANG)[0]:
            return
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    channel.send(late=task["objective"], seconds=seconds)


def silence_checks() -> None:
    """Let the notebook's own check cells do nothing here: the questions are asked another way."""
    import tinyml_course.grading

    def check(*_arguments: Any, **_named: Any) -> None:
        """Do nothing."""

    tinyml_course.grading.check = check


def describe(error: BaseException) -> str:
    """Name an error on one line, with the line of the cell where that is known."""
    try:
        text = f"{type(error).__name__}: {error}"
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


def main(descriptor: int) -> None:
    """Run the cells of the notebook on standard input."""
    work = json.load(sys.stdin.buffer)
    confine(work["limits"])
    channel = Channel(descriptor)
    channel.send(started=True)
    silence_checks()
    names: dict[str, Any] = {"__name__": "__main__", "display": lambda *_shown, **_named: None}
    asked: dict[str, int] = {}
    for number, source in work["cells"]:
        error = run_cell(source, names)
        if error is not None:
            channel.send(cell=number, error=describe(error))
        for task in work["tasks"]:
            function = names.get(task["function"])
            if callable(function) and asked.get(task["objective"]) != id(function):
                asked[task["objective"]] = id(function)
                channel.send(asking=task["objective"])
                ask_apart(function, task, channel, work["limits"]["task_seconds"])
    channel.send(ended=True)
    os._exit(0)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))  # the course, wherever it is installed
    main(int(sys.argv[1]))
