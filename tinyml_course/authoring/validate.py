"""``tinyml validate``: every lesson and solution runs again, through nbval."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tinyml_course.authoring import nbval_events
from tinyml_course.authoring.builder import FOLDERS
from tinyml_course.authoring.execute import kernel_environment
from tinyml_course.errors import LessonError

Progress = Callable[[int, int], None]
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_POLL_SECONDS = 0.1
_SHOWN_LINES = 12


@dataclass
class NotebookReport:
    """How one notebook did.

    Parameters
    ----------
    path : pathlib.Path
        The notebook.
    passed : int
        Code cells that ran, and showed what they show in the notebook where that is compared.
    seconds : float
        That its cells took, the start of the kernel included.
    problems : dict of str to str
        Cell (as nbval counts code cells, from 0) to what is wrong with it.
    """

    path: Path
    passed: int = 0
    seconds: float = 0.0
    problems: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Validation:
    """How all notebooks did.

    Parameters
    ----------
    notebooks : tuple of NotebookReport
        In the order asked for.
    seconds : float
        Wall clock of everything.
    log : str
        What pytest printed, for the case that it broke off.
    exit_code : int
        pytest's.
    """

    notebooks: tuple[NotebookReport, ...]
    seconds: float
    log: str
    exit_code: int

    @property
    def passed(self) -> bool:
        """Whether every notebook ran and agrees with what it shows."""
        return self.exit_code == 0 and all(one.passed and not one.problems for one in self.notebooks)


def notebooks_to_validate(root: Path, names: Sequence[str] = ()) -> list[Path]:
    """List the lessons and solutions of the course, or of some lessons.

    Parameters
    ----------
    root : pathlib.Path
        The course's folder.
    names : sequence of str
        Numbers or folder names; empty: all.

    Raises
    ------
    LessonError
        If a name matches nothing, or there is no notebook at all.
    """
    folders = [FOLDERS[kind] for kind in ("lesson", "solution")]
    paths = [path for folder in folders for path in sorted((root / folder).glob("*.ipynb"))]
    for name in names:
        if not any(name in (path.stem, path.stem[:2]) for path in paths):
            raise LessonError(f"There is no built notebook of lesson {name!r} in {root}. Run `tinyml build` first.")
    chosen = [path for path in paths if not names or {path.stem, path.stem[:2]} & set(names)]
    if not chosen:
        raise LessonError(f"Expected built notebooks in {root}/notebooks and {root}/solutions; there are none.")
    return chosen


def validate(
    paths: Sequence[Path], *, parallel: int = 2, timeout_s: int = 300, progress: Progress | None = None
) -> Validation:
    """Run notebooks through nbval.

    A cell that raises fails. Outputs are compared where a cell is tagged
    ``nbval-check-output``; elsewhere they may differ from machine to machine.

    Parameters
    ----------
    paths : sequence of pathlib.Path
        Notebooks; they are not changed.
    parallel : int, default 2
        How many run at the same time, each in one process.
    timeout_s : int, default 300
        Seconds that one cell may take.
    progress : callable, optional
        Called with the cells that have run and their total.
    """
    reports = {path.resolve(): NotebookReport(path) for path in paths}
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tinyml-nbval-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        events, log = folder / "events", folder / "log"
        events.touch()
        # Variables of a pytest that this one runs in would be taken for its own.
        inherited = {key: value for key, value in kernel_environment(folder).items() if not key.startswith("PYTEST_")}
        # Other plugins than the three that are named take time in each process, and may take part unasked.
        environment = {**inherited, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", nbval_events.VARIABLE: str(events)}
        with log.open("wb") as output:
            process = subprocess.Popen(
                _command(list(reports), parallel, timeout_s),
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            try:
                _follow(process, events, reports, progress)
            finally:
                process.kill()
                process.wait()
        text = _COLOURS.sub("", log.read_text(encoding="utf-8", errors="replace"))
    return Validation(tuple(reports.values()), time.monotonic() - begin, text, process.returncode)


def _command(paths: Sequence[Path], parallel: int, timeout_s: int) -> list[str]:
    several = parallel > 1 and len(paths) > 1
    return [
        *[sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        *["-p", "nbval.plugin", "-p", "xdist.plugin", "-p", nbval_events.__name__],
        *["--nbval-lax", "--nbval-current-env", f"--nbval-cell-timeout={timeout_s}"],
        *["--override-ini=addopts=", "--override-ini=filterwarnings=", f"--rootdir={_common_folder(paths)}"],
        *(["-n", str(min(parallel, len(paths))), "--dist", "loadfile"] if several else []),
        *map(str, paths),
    ]


def _common_folder(paths: Sequence[Path]) -> Path:
    """The folder that pytest's names of the notebooks begin at."""
    return Path(os.path.commonpath([path.parent for path in paths]))


def _follow(
    process: subprocess.Popen[bytes], events: Path, reports: dict[Path, NotebookReport], progress: Progress | None
) -> None:
    """Read the plugin's lines until pytest has ended."""
    root, total, done = _common_folder(list(reports)), 0, 0
    with events.open(encoding="utf-8") as lines:
        ended = False
        while not ended:
            ended = process.poll() is not None  # what it wrote before it ended is read behind this
            for line in iter(lines.readline, ""):
                event = json.loads(line)
                if "cells" in event:
                    total = max(total, event["cells"])
                    continue
                done += 1
                _note(reports, root, event)
                if progress:
                    progress(done, max(total, done))
            if not ended:
                time.sleep(_POLL_SECONDS)


def _note(reports: dict[Path, NotebookReport], root: Path, event: dict[str, Any]) -> None:
    report = reports.get((root / event["path"]).resolve())
    if report is None:
        return
    report.seconds += event["seconds"]
    if event["outcome"] == "passed":
        report.passed += 1
    elif event["outcome"] == "failed":
        report.problems[event["cell"]] = _readable(event["problem"])


def _readable(problem: str) -> str:
    """nbval's own words, without colours and empty lines."""
    lines = [line.rstrip() for line in _COLOURS.sub("", problem).splitlines() if line.strip()]
    left_out = len(lines) - _SHOWN_LINES
    return "\n".join([*lines[:_SHOWN_LINES], *([f"… {left_out} more lines"] if left_out > 0 else [])])
