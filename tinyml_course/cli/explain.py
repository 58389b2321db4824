"""``tinyml explain``: what a student's functions were asked in a run, what they answered, what was expected."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from tinyml_course.grading.grade import Graded
    from tinyml_course.grading.submissions import Submission


@click.command("explain")
@click.argument("place", metavar="FOLDER|ZIP", type=click.Path(path_type=Path))
@click.argument("student")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The gradebook of the run.")
@click.option("--lessons", help="Only these exercises, such as 04,10.  [default: all that the student handed in]")
@click.option("--seconds", default=60, show_default=True, type=click.IntRange(1), help="Time a notebook may take.")
@click.option("--trust-submissions", is_flag=True, help="Run them even where nothing can lock them in.")
@click.option("--root", type=click.Path(path_type=Path, file_okay=False, exists=True), help="The course's folder.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the lines.")
def command(
    place: Path,
    student: str,
    output: Path,
    lessons: str | None,
    seconds: int,
    trust_submissions: bool,
    root: Path | None,
    as_json: bool,
) -> None:
    """Show what STUDENT was asked, what came back, and what was expected.

    For your eyes, when a student disagrees: the hidden inputs of the run that wrote the gradebook are in what you see.
    FOLDER or ZIP is what was graded, STUDENT a name as in the gradebook. The notebooks run again, locked in as before;
    nothing is written.
    """
    from tinyml_course.cli.grade import exercise_of, find_course, find_handed_in, look_at_walls
    from tinyml_course.errors import GradingError
    from tinyml_course.grading.class_run import Places
    from tinyml_course.grading.grade import grade_one
    from tinyml_course.grading.grade_all import hold
    from tinyml_course.grading.sandbox import Limits
    from tinyml_course.grading.store import Store

    files = Places(output).files
    if not (files / "run.json").is_file():
        raise GradingError(f"There is no run in {files}: expected -o as in `tinyml grade`, which writes it.")
    look_at_walls(trust_submissions)
    folder = find_course(root)
    handed_in, _ = find_handed_in(folder, place, lessons)
    own = _of(student, handed_in.submissions, handed_in.without)
    seed, limits = Store(files).seed(None), Limits(seconds=seconds, cpu_seconds=seconds)
    graded = []
    for submission in own:
        exercise = exercise_of(folder, submission.exercise, seed)
        graded.append(
            grade_one(hold(submission, exercise), exercise.sheets, limits, trusted=trust_submissions, reveal=True)
        )
    if as_json:
        click.echo(json.dumps([{**asdict(one), "points": one.points, "possible": one.possible} for one in graded]))
        return
    for one in graded:
        for line in _lines(one):
            click.echo(line)


def _of(student: str, submissions: Sequence[Submission], without: Collection[str]) -> list[Submission]:
    """A student's submissions."""
    import difflib

    from tinyml_course.errors import GradingError
    from tinyml_course.grading.gradebook import cell, clean

    own = [one for one in submissions if student in (one.student, clean(one.student), cell(one.student))]
    if own:
        return own
    names = sorted({one.student for one in submissions})
    if student in without:
        raise GradingError(f"{student} handed in nothing that can be graded.")
    near = difflib.get_close_matches(student, names, 3)
    hint = f"Did you mean {' or '.join(map(repr, near))}?" if near else "Write the name as in the gradebook."
    raise GradingError(f"Nobody is called {student!r}. {hint}")


def _lines(one: Graded) -> list[str]:
    """What is to be said of a notebook; whatever a student wrote in it, no control character reaches the terminal."""
    from tinyml_course.grading.gradebook import clean

    head = f"{one.source}: {one.points} of {one.possible} points"
    return [clean(line) for line in (head, *one.problems, *(result.message for result in one.results))]
