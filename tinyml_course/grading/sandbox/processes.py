"""The processes of one sandbox, seen from outside: started, weighed, and ended to the last one."""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tinyml_course.errors import GradingError

_END_SECONDS = 60.0
# Of a process that has ended and waits for its parent the system tells nothing of these.
_MEMORY = re.compile(r"^(RssAnon|RssShmem|VmSwap):\s+(\d+) kB$", re.MULTILINE)


def readable(descriptors: Sequence[int], seconds: float) -> list[int]:
    """Wait until one of the descriptors can be read; return those that can. Their numbers may be of any size."""
    waiting = select.poll()
    for descriptor in descriptors:
        waiting.register(descriptor, select.POLLIN)
    return [descriptor for descriptor, _ in waiting.poll(1000 * seconds)]


@dataclass
class Processes:
    """A runner and everything that descends from it.

    Parameters
    ----------
    runner : subprocess.Popen
        What was started: bubblewrap, or the supervisor itself.
    events : int
        Where the submission's answers arrive.
    errors : file
        What the runner said on standard error before it was ready.
    first : int
        Process 1 inside, as it is numbered outside; 0 without walls.
    watch : int
        A descriptor of it, ready when it and with it all others have ended; -1 without walls.
    """

    runner: subprocess.Popen[bytes]
    events: int
    errors: IO[bytes]
    first: int = 0
    watch: int = -1

    @property
    def control(self) -> int:
        """Where the supervisor tells how the run goes."""
        assert self.runner.stdout is not None  # it is a pipe
        return self.runner.stdout.fileno()

    def memory_bytes(self) -> int:
        """Memory that all processes take, programs and libraries left out; 0 where the system does not tell."""
        return sum(taken for _, taken in self._family())

    def _family(self) -> Iterator[tuple[int, int]]:
        """Every process that runs, with the bytes that it takes, those that it shares with others included (Linux)."""
        waiting = [self.first or self.runner.pid]
        while waiting:
            number = waiting.pop()
            process = Path(f"/proc/{number}")
            with contextlib.suppress(OSError, ValueError):  # it has ended
                told = dict(_MEMORY.findall((process / "status").read_text()))
                for task in (process / "task").iterdir():
                    waiting += map(int, (task / "children").read_text().split())
                if told:
                    yield number, 1024 * sum(map(int, told.values()))

    def _end_family(self) -> bool:
        """Without walls: end what descends from the supervisor, in whatever session it is, as long as that lives."""
        end = time.monotonic() + _END_SECONDS
        while time.monotonic() < end:
            others = [number for number, _ in self._family() if number != self.runner.pid]
            if not others:
                return True
            for number in others:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(number, signal.SIGKILL)
            time.sleep(0.01)
        return False

    def end(self) -> None:
        """End all of them and wait until they are gone.

        Raises
        ------
        GradingError
            If they are not, much later: the next submission would meet them.
        """
        if self.first:
            with contextlib.suppress(ProcessLookupError):  # with process 1 the system ends every other one
                signal.pidfd_send_signal(self.watch, signal.SIGKILL)
            gone = bool(readable([self.watch], _END_SECONDS))
            os.close(self.watch)
        else:
            gone = self._end_family()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.runner.pid, signal.SIGKILL)
        self.runner.wait()
        os.close(self.events)
        self.errors.close()
        if self.runner.stdout is not None:
            self.runner.stdout.close()
        if not gone:
            raise GradingError(
                f"Processes of a submission are still there {_END_SECONDS:g} s after their end: this computer has too "
                "much to do. Grade with fewer --jobs."
            )


def start(program: list[str], folder: str, errors: IO[bytes], *, walls: bool, environment: dict[str, str]) -> Processes:
    """Start a runner.

    Parameters
    ----------
    program : list of str
        Of :func:`tinyml_course.grading.sandbox.confinement.command`.
    folder : str
        Where it runs.
    errors : file
        Takes its standard error.
    walls : bool
        Whether the program is bubblewrap.
    environment : dict of str to str
        Variables of the runner.
    """
    events, event_end = os.pipe()
    told, told_end = os.pipe()
    if walls:
        program = [program[0], "--info-fd", str(told_end), *program[1:]]
    try:
        runner = subprocess.Popen(
            [*program, str(event_end)],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            pass_fds=[event_end, told_end] if walls else [event_end],
            start_new_session=True,
            cwd=folder,
            env=environment,
        )
    except BaseException:
        os.close(events)
        os.close(told)
        raise
    finally:
        os.close(event_end)
        os.close(told_end)
    processes = Processes(runner, events, errors)
    try:
        with os.fdopen(told, "rb") as file:
            if walls:
                _find_first(processes, file.read())
    except BaseException:  # Ctrl-C, or no descriptor left: nobody else knows of what was started
        processes.end()
        raise
    return processes


def _find_first(processes: Processes, told: bytes) -> None:
    with contextlib.suppress(ValueError, KeyError, ProcessLookupError):  # it did not start: the runner will not answer
        first = int(json.loads(told)["child-pid"])
        processes.watch = os.pidfd_open(first)
        processes.first = first
