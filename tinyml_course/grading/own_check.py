"""A learner's check in a terminal: the notebook runs in a process of its own, and each task is asked there.

This file is both sides: :func:`check_notebook` starts it as a program, which writes what it finds into a file, one JSON
object a line. So a cell that ends the process loses nothing, and a task that never ends costs that task alone: the
program is started again for those behind it. It guards against mistakes, not against cheating: a learner who fools it
fools nobody else.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tinyml_course.errors import GradingError
from tinyml_course.grading.cells import describe, fresh_names, run_cell
from tinyml_course.grading.exercise import without_closing
from tinyml_course.grading.judge import PartResult, Result, refused
from tinyml_course.grading.learner import run_check
from tinyml_course.grading.registry import sheets_of
from tinyml_course.grading.sheet import Sheet
from tinyml_course.grading.submissions import code_cells

_MEMORY_BYTES = 4 << 30
_HEAD_CHARACTERS = 40


@dataclass(frozen=True)
class OwnCheck:
    """What a learner's check found.

    Parameters
    ----------
    results : tuple of Result
        One for each task.
    problems : tuple of str
        Cells that do not run.
    """

    results: tuple[Result, ...]
    problems: tuple[str, ...]

    @property
    def points(self) -> int:
        """What was earned."""
        return sum(result.points for result in self.results)

    @property
    def possible(self) -> int:
        """What could be earned."""
        return sum(result.possible for result in self.results)

    @property
    def passed(self) -> bool:
        """Whether every task is right."""
        return all(result.passed for result in self.results)


def check_notebook(
    notebook: Path, lesson: str, *, closing: frozenset[str] = frozenset(), seconds: float = 60.0
) -> OwnCheck:
    """Run a learner's notebook and check every task of the lesson.

    Parameters
    ----------
    notebook : pathlib.Path
        The exercise. Its cells run in its folder, as in JupyterLab.
    lesson : str
        Such as ``"04"``.
    closing : frozenset of str
        Cells that need not run, see :func:`~tinyml_course.grading.exercise.closing_cells`.
    seconds : float, default 60.0
        What the cells together, and then each task, may take.

    Raises
    ------
    GradingError
        If the file cannot be read or is no notebook.
    """
    sources = _sources(notebook, closing)
    found: dict[str, Result] = {}
    problems: dict[int, str] = {}
    sheets = sheets_of(lesson)
    while len(found) < len(sheets):
        left = [sheet.objective for sheet in sheets if sheet.objective not in found]
        events, late = _run(sources, lesson, left, notebook.resolve().parent, seconds)
        problems.update((event["cell"], event["error"]) for event in events if "error" in event)
        found.update((event["objective"], _result(event)) for event in events if "objective" in event)
        stuck: str = next((event["asks"] for event in reversed(events) if "asks" in event), "")
        if late and stuck and stuck not in found:
            text = f"it took longer than {seconds:g} s: look for a loop that does not end."
            found[stuck] = refused(_sheet(sheets, stuck), text)
        elif len(found) < len(sheets):
            text = _why(events, late, seconds)
            found.update(
                (name, refused(_sheet(sheets, name), f"never reached: {text}.")) for name in left if name not in found
            )
            problems[-1] = f"The notebook did not reach its end: {text}."
    told = (_problem(cell, error, sources) for cell, error in sorted(problems.items()))
    return OwnCheck(tuple(found[sheet.objective] for sheet in sheets), tuple(told))


def _sources(notebook: Path, closing: frozenset[str]) -> list[str]:
    """Read the code cells."""
    try:
        cells = code_cells(without_closing(notebook.read_bytes(), closing))
    except OSError as error:
        why = f"{error.strerror or error}. The current folder is {Path.cwd()}; name the notebook as seen from there."
        raise GradingError(f"Cannot read {notebook}: {why}") from error
    if isinstance(cells, str):
        ending = "" if notebook.suffix == ".ipynb" else " A notebook's name ends in .ipynb."
        raise GradingError(f"Cannot check {notebook}: {cells}.{ending}")
    return [source for _, source in cells]


def _problem(cell: int, error: str, sources: Sequence[str]) -> str:
    """Say which cell does not run: its number, and how it begins."""
    if cell < 0:
        return error
    head = next((line.strip() for line in sources[cell - 1].splitlines() if line.strip()), "")
    head = head if len(head) <= _HEAD_CHARACTERS else head[: _HEAD_CHARACTERS - 1] + "…"
    return f"Code cell {cell} (`{head}`) stops with {error}"


def _sheet(sheets: Sequence[Sheet], objective: str) -> Sheet:
    return next(sheet for sheet in sheets if sheet.objective == objective)


def _why(events: Sequence[dict[str, Any]], late: bool, seconds: float) -> str:
    cell = next((event["runs"] for event in reversed(events) if "runs" in event), 1)
    if late:
        return f"code cell {cell} was still running after {seconds:g} s"
    return f"the process ended by itself in code cell {cell}"


def _result(event: dict[str, Any]) -> Result:
    return Result(**{**event, "parts": tuple(PartResult(**part) for part in event["parts"])})


def _run(
    sources: Sequence[str], lesson: str, objectives: Sequence[str], folder: Path, seconds: float
) -> tuple[list[dict[str, Any]], bool]:
    """Run the program once; return what it told, and whether it had to be stopped."""
    with tempfile.TemporaryDirectory(prefix="tinyml-check-", ignore_cleanup_errors=True) as place:
        told = Path(place) / "events.jsonl"
        told.touch()
        job = json.dumps({"sources": sources, "lesson": lesson, "objectives": objectives, "told": str(told)})
        process = subprocess.Popen(
            [sys.executable, "-m", "tinyml_course.grading.own_check"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder,
            env=_environment(),
        )  # fmt: skip
        try:
            assert process.stdin is not None
            with contextlib.suppress(OSError):  # it ended before it read all
                process.stdin.write(job.encode())
                process.stdin.close()
            late = _wait(process, told, seconds)
        finally:
            process.kill()
            process.wait()
        lines = told.read_text(encoding="utf-8").splitlines()
    events = []
    for line in lines:
        try:
            events.append(json.loads(line))
        except ValueError:  # the program was stopped while it wrote
            break
    return events, late


def _environment() -> dict[str, str]:
    package = str(Path(__file__).resolve().parents[2])
    paths = [package, os.environ.get("PYTHONPATH", "")]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "MPLBACKEND": "agg",
        # What the cells print goes nowhere, but Windows would refuse to encode much of it for a console.
        "PYTHONIOENCODING": "utf-8",
    }


def _wait(process: subprocess.Popen[bytes], told: Path, seconds: float) -> bool:
    """Wait for the program; True if the cells, or one task, took too long."""
    asked, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            process.wait(0.02)
            return False
        except subprocess.TimeoutExpired:
            steps = told.read_bytes().count(b'{"asks"')
            if steps > asked:
                asked, end = steps, time.monotonic() + seconds
    return True


def main() -> None:
    """Run the notebook on standard input and tell, line by line, what each cell and task does."""
    job = json.loads(sys.stdin.buffer.read())
    _limit(_MEMORY_BYTES)
    with Path(job["told"]).open("w", encoding="utf-8") as told:

        def tell(**event: Any) -> None:
            told.write(json.dumps(event) + "\n")
            told.flush()

        names, stopped = _run_cells(job["sources"], tell)
        for objective in job["objectives"]:
            tell(asks=objective)
            tell(**asdict(_ask(_sheet(sheets_of(job["lesson"]), objective), names, stopped)))
    os._exit(0)  # a thread that a cell has left behind would go on


def _limit(memory_bytes: int | None) -> None:
    """Let a notebook that takes all memory stop with a MemoryError; None: as much as the computer allows."""
    if sys.platform == "linux":
        import resource

        most = resource.getrlimit(resource.RLIMIT_AS)[1]
        wanted = most if memory_bytes is None else memory_bytes
        fits = most == resource.RLIM_INFINITY or wanted <= most
        resource.setrlimit(resource.RLIMIT_AS, (wanted if fits else most, most))


def _run_cells(sources: Sequence[str], tell: Callable[..., None]) -> tuple[dict[str, Any], bool]:
    """Run the cells; return their names, and whether one of them stopped."""
    names, stopped = fresh_names(), False
    for number, source in enumerate(sources, start=1):
        tell(runs=number)
        error = run_cell(source, names)
        if error is None or isinstance(error, NotImplementedError):
            continue
        # The check of a function whose cell has stopped says nothing new.
        if not (stopped and isinstance(error, NameError) and source.startswith("check(")):
            tell(cell=number, error=describe(error))
        stopped = True
    return names, stopped


def _ask(sheet: Sheet, names: dict[str, Any], stopped: bool) -> Result:
    if sheet.function not in names:
        look = "look for its cell among those that stop." if stopped else "is this the notebook of another exercise?"
        return refused(sheet, f"there is no function named {sheet.function}: {look}")
    if sheet.board is not None:
        _limit(None)  # V8, which runs the virtual Uno, reserves far more addresses than it uses
    return run_check(sheet, names[sheet.function])


if __name__ == "__main__":
    main()
