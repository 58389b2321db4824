"""``tinyml validate``: every lesson and solution runs again, through nbval."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tinyml_course.authoring.builder import FOLDERS
from tinyml_course.authoring.execute import kernel_environment
from tinyml_course.errors import LessonError


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


def validate(paths: Sequence[Path], *, parallel: int = 2, timeout_s: int = 300) -> int:
    """Run notebooks through nbval and print its report.

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

    Returns
    -------
    int
        pytest's exit code: 0 when all passed.
    """
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval-lax",
        "--nbval-current-env",
        f"--nbval-cell-timeout={timeout_s}",
        "--override-ini=addopts=",
        "--override-ini=filterwarnings=",
        "-q",
        "-p",
        "no:cacheprovider",
        *(["-n", str(min(parallel, len(paths))), "--dist", "loadfile"] if parallel > 1 and len(paths) > 1 else []),
        *map(str, paths),
    ]
    with tempfile.TemporaryDirectory(prefix="tinyml-ipython-", ignore_cleanup_errors=True) as ipython:
        return subprocess.run(command, env=kernel_environment(Path(ipython)), check=False).returncode
