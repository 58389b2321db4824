"""``tinyml check``: a learner's own check of one exercise."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tinyml_course.grading.own_check import OwnCheck


@click.command("check")
@click.argument("lesson")
@click.argument("notebook", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--seconds", default=60, show_default=True, type=click.IntRange(1), help="Time the cells, or a task, may take."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the lines.")
@click.pass_context
def command(context: click.Context, lesson: str, notebook: Path | None, seconds: int, as_json: bool) -> None:
    """Check every task of an exercise, as its check cells do.

    LESSON is its number, such as 04. NOTEBOOK is your file; without it, the one in the course's exercises folder. Save
    the notebook first.

    Leaves with 0 if every task is right, with 1 otherwise.
    """
    from tinyml_course.grading.own_check import check_notebook

    number = _number(lesson)
    original = _original(number)
    if notebook is None and original is None:
        from tinyml_course.errors import GradingError

        raise GradingError(f"The course's folder is not here: name your notebook. tinyml check {number} NOTEBOOK")
    closing = _closing(original)
    path = notebook or original
    assert path is not None
    found = check_notebook(path, number, closing=closing, seconds=seconds)
    if as_json:
        click.echo(json.dumps(_figures(path, number, found)))
    else:
        for line in (*found.problems, *(result.message for result in found.results)):
            click.echo(line)
        click.echo(f"Exercise {number}: {found.points} of {found.possible} points")
    context.exit(0 if found.passed else 1)


def _number(lesson: str) -> str:
    from tinyml_course.errors import GradingError
    from tinyml_course.grading.registry import lessons

    number = lesson.partition("_")[0].zfill(2)
    if number not in lessons():
        raise GradingError(f"There are no checks for lesson {lesson!r}. There are some for: {', '.join(lessons())}.")
    return number


def _original(number: str) -> Path | None:
    """The exercise in the course's folder, if that is here."""
    from tinyml_course.authoring import find_root
    from tinyml_course.errors import LessonError

    try:
        return next((find_root() / "exercises").glob(f"{number}_*.ipynb"), None)
    except LessonError:
        return None


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
