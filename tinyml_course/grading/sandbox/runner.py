"""What runs inside the sandbox: a submission's cells, and the questions to its functions.

This file is a program, started by :mod:`tinyml_course.grading.sandbox.session`. It reads lines of JSON from standard
input: first the cells, later the questions of one task after the other. The answers leave on a pipe, one JSON object a
line; how the run goes leaves on another one, standard output, which the submission's code never holds. It knows no
right answer, no points and no other submission. Everything else here may be tampered with by the code that it runs:
what leaves is answers, and they are judged outside.

Three kinds of processes, each forked from the one before:

supervisor
    Runs none of the submission's code. It outlives the worker, so that nothing a cell does can lose an answer. Where
    the grader is root it is another user than the worker, who can neither stop nor end it.
worker
    Runs the cells, one after the other, and tells which of them raised what. It never sees a question.
witness
    A copy of the worker, made as soon as a task's function is defined, that waits for that task's questions. They
    come when the worker is gone and nobody listens to error messages any more: so hidden inputs cannot travel to
    the feedback. A function that never returns costs its own task alone.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

#: Bytes of all answers to one task, at most: one that does not fit is told, not sent.
TASK_BYTES = 1_000_000
#: Exit code of a worker that ran the last cell.
FINISHED = 42
_PR_SET_DUMPABLE, _PR_SET_CHILD_SUBREAPER = 4, 36


def confine(limits: dict[str, int], guard: bool = False) -> None:
    """Give up every right that is left, then limit memory, time, files and processes for good.

    Parameters
    ----------
    limits : dict of str to int
        As :func:`tinyml_course.grading.sandbox.confinement.inner_limits` gives them.
    guard : bool, default False
        Whether to stay out of the reach of the processes that follow: they become the user whose number is next.
    """
    user = limits.get("user", 0)
    if user:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user + guard, user)
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


def hide() -> None:
    """Keep other processes of the same user from reading this one's memory, and from leaving its family (Linux)."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # where memory is short, this process ends before the grader does
            Path("/proc/self/oom_score_adj").write_text("1000")
        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
        libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def close_off() -> None:
    """Part with the supervisor's user and its pipes: the questions come by one, the run's course leaves by another."""
    user = os.geteuid()
    if user != os.getuid():
        os.setresuid(user, user, user)
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)


class Channel:
    """The pipe on which events leave."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def send(self, **event: Any) -> None:
        """Write one event, whole."""
        line = json.dumps(event).encode() + b"\n"
        while line:
            line = line[os.write(self._descriptor, line) :]


class Witnesses:
    """The copies of the worker that wait for questions, one for each task.

    Parameters
    ----------
    tasks : dict of str to str
        Objective to the name of the function.
    channel : Channel
        Where their answers leave.
    """

    def __init__(self, tasks: dict[str, str], channel: Channel) -> None:
        self._tasks, self._channel = tasks, channel
        self._lines = {objective: socket.socketpair() for objective in tasks}
        self._functions: dict[str, Any] = {}
        self._processes: dict[str, int] = {}

    def keep(self, side: int) -> None:
        """Close the other ends, so that a witness that has gone is noticed: 0 in the supervisor, 1 in the worker."""
        for line in self._lines.values():
            line[1 - side].close()

    def look(self, names: dict[str, Any]) -> None:
        """Make a witness of every function that is new; the one before it is dismissed."""
        for objective, name in self._tasks.items():
            function = names.get(name)
            if not callable(function) or function is self._functions.get(objective):
                continue
            self._functions[objective] = function
            if objective in self._processes:
                os.kill(self._processes[objective], signal.SIGKILL)
                os.waitpid(self._processes[objective], 0)
            self._channel.send(defined=objective)
            self._processes[objective] = os.fork()
            if not self._processes[objective]:
                try:
                    self._testify(objective, function)
                finally:
                    os._exit(0)

    def _testify(self, objective: str, function: Any) -> None:
        """Wait for the questions and answer them. This runs in the witness."""
        from tinyml_course.grading.ask import call, is_undone
        from tinyml_course.grading.wire import argument, decode, encode

        for other in self._lines.keys() - {objective}:
            self._lines[other][1].close()
        line, left = self._lines[objective][1], TASK_BYTES
        with line.makefile("rb") as questions:
            for number, question in enumerate(json.loads(questions.readline())):
                arguments: Any = decode(question)
                answer = call(function, tuple(argument(value) for value in arguments))
                event = {"answer": objective, "number": number, "value": encode(answer)}
                length = len(json.dumps(event))
                if length > left:
                    event["value"] = {"unknown": "an answer that is too long"}
                else:
                    left -= length
                self._channel.send(**event)
                if is_undone(answer):
                    break
        line.sendall(b"done")

    def hear(self, objective: str, questions: list[Any], seconds: float) -> bool:
        """Ask a witness, if there is one, and wait for it: whether it came in time. This runs in the supervisor."""
        line = self._lines[objective][0]
        line.settimeout(seconds)
        try:
            line.sendall(json.dumps(questions).encode() + b"\n")
            line.recv(4)
        except TimeoutError:
            return False
        except OSError:  # it has gone
            pass
        return True


def work(cells: list[tuple[int, str]], seconds: float, witnesses: Witnesses, channel: Channel) -> None:
    """Run the cells. This runs in the worker."""
    from tinyml_course.grading.cells import CellTimer, describe, fresh_names, run_cell

    timer, names = CellTimer(seconds), fresh_names()
    for number, source in cells:
        error = run_cell(source, names, timer)
        if error is not None:
            channel.send(cell=number, error=describe(error))
        witnesses.look(names)


def wait(process: int, seconds: float) -> str:
    """Wait for the worker; return how it ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(process, os.WNOHANG)
        if done:
            return "ended" if os.waitstatus_to_exitcode(status) == FINISHED else "died"
        time.sleep(0.002)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    return "late"


def main(descriptor: int) -> None:
    """Run the notebook on the first line of standard input, then ask each task's questions on those that follow."""
    notebook = json.loads(sys.stdin.buffer.readline())
    limits = notebook["limits"]
    confine(limits, guard=True)
    hide()
    channel, control = Channel(descriptor), Channel(1)
    witnesses = Witnesses(notebook["tasks"], channel)
    # Once for all that are forked, and while there are descriptors: a cell may leave a witness without.
    import tinyml_course.grading.ask
    import tinyml_course.grading.cells
    import tinyml_course.grading.wire  # noqa: F401
    from tinyml_course.grading.sandbox.kernel import refuse_calls

    refuse_calls()

    control.send(ready=True)
    worker = os.fork()
    if not worker:
        try:
            close_off()
            witnesses.keep(1)
            work(notebook["cells"], limits["cell_seconds"], witnesses, channel)
            os._exit(FINISHED)
        finally:
            os._exit(1)
    witnesses.keep(0)
    os.close(descriptor)
    control.send(over=wait(worker, limits["seconds"]))
    for line in sys.stdin.buffer:  # until the grader ends the family while its head is there, or is gone itself
        objective, questions = json.loads(line)
        in_time = witnesses.hear(objective, questions, limits["task_seconds"])
        control.send(heard=objective, late=not in_time)
    os._exit(0)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))  # the course, wherever it is installed
    main(int(sys.argv[1]))
