"""``tinyml check``: a learner's own check of one exercise."""

from __future__ import annotations

import json
import shutil
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tinyml_course.grading.own_check import OwnCheck


@click.command("check", epilog="For example: tinyml check 04, or tinyml check 04 my_notebook.ipynb")
@click.argument("lesson", metavar="LESSON")
@click.argument("notebook", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--seconds", default=60, show_default=True, type=click.IntRange(1), help="Time the cells, or a task, may take."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the lines.")
@click.pass_context
def command(context: click.Context, lesson: str, notebook: Path | None, seconds: int, as_json: bool) -> None:
    """Check every task of an exercise, as its check cells do.

    LESSON is its number, such as 04. NOTEBOOK is your file; without it, the one in the course's exercises folder, or
    outside of the course the one in the current folder. What counts is the file: save the notebook first.

    Leaves with 0 if every task is right, with 1 otherwise.
    """
    from tinyml_course.grading.own_check import check_notebook

    if notebook is None and lesson.lower().endswith(".ipynb"):
        notebook = Path(lesson)
    number = _number(lesson)
    original = _original(number)
    path = notebook or _here(number, original)
    closing = _closing(original)
    click.echo(f"Checking {_near(path)}{_saved(path)} …", err=True)
    found = check_notebook(path, number, closing=closing, seconds=seconds)
    if as_json:
        click.echo(json.dumps(_figures(path, number, found)))
    else:
        for line in (*found.problems, *(result.message for result in found.results)):
            click.echo(_fitted(line))
        click.echo(f"Exercise {number}: {found.points} of {found.possible} points")
    context.exit(0 if found.passed else 1)


def _number(lesson: str) -> str:
    from tinyml_course.errors import GradingError
    from tinyml_course.grading.registry import lessons

    number = Path(lesson).name.partition("_")[0].zfill(2)
    if number not in lessons():
        known = ", ".join(lessons())
        raise GradingError(
            f"There are no checks for lesson {lesson!r}. There are some for: {known}. For example: tinyml check 04"
        )
    return number


def _original(number: str) -> Path | None:
    """The exercise in the course's folder, if that is here."""
    from tinyml_course.authoring import find_root
    from tinyml_course.errors import LessonError

    try:
        return next((find_root() / "exercises").glob(f"{number}_*.ipynb"), None)
    except LessonError:
        return None


def _here(number: str, original: Path | None) -> Path:
    """The notebook that is meant where none is named: outside of the course the one in the current folder counts.

    Raises
    ------
    GradingError
        If there is none, or several.
    """
    from tinyml_course.errors import GradingError

    here = Path.cwd()
    if original and original.parents[1] in (here, *here.parents):
        return original
    own = sorted(here.glob(f"{number}_*.ipynb"))
    if len(own) > 1:
        names = ", ".join(path.name for path in own)
        raise GradingError(f"There are several notebooks of exercise {number} in {here}: {names}. Name one of them.")
    if not own and not original:
        raise GradingError(
            f"There is no notebook of exercise {number} in {here}, and the course's folder is not here: name your "
            f"notebook. tinyml check {number} NOTEBOOK"
        )
    return own[0] if own else original  # type: ignore[return-value]


def _near(path: Path) -> str:
    """A path as seen from the current folder, where it lies below."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _saved(path: Path) -> str:
    """Say when a file was saved: JupyterLab does it every two minutes only."""
    try:
        seconds = max(0.0, time.time() - path.stat().st_mtime)
    except OSError:  # the check itself says what is wrong with it
        return ""
    units = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
    size, unit = next((one for one in units if seconds >= one[0]), units[-1])
    count = int(seconds // size)
    return f", saved {count} {unit}{'' if count == 1 else 's'} ago"


def _fitted(line: str) -> str:
    """Break a line between words for a terminal; a file or a pipe gets it whole."""
    from tinyml_course.grading.learner import wrapped

    return wrapped(line, max(40, shutil.get_terminal_size().columns - 1)) if sys.stdout.isatty() else line


def _closing(original: Path | None) -> frozenset[str]:
    """Closing cells of the exercise as it was handed out.

    In the course's folder that file may be the learner's own by now. Its locked cells are what they were.
    """
    from tinyml_course.errors import GradingError
    from tinyml_course.grading.exercise import closing_cells

    try:
        return closing_cells(original) if original else frozenset()
    except GradingError:  # the check itself says what is wrong with it
        return frozenset()


def _figures(path: Path, number: str, found: OwnCheck) -> dict[str, object]:
    tasks = [
        {**asdict(result), "points": result.points, "possible": result.possible, "passed": result.passed}
        for result in found.results
    ]
    return {
        "lesson": number,
        "notebook": str(path),
        "points": found.points,
        "possible": found.possible,
        "passed": found.passed,
        "problems": list(found.problems),
        "tasks": tasks,
    }
