"""``tinyml grade``: submissions to a gradebook, a page of feedback for each student, and a report on the class."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from tinyml_course.grading.class_run import Places
    from tinyml_course.grading.exercise import Exercise
    from tinyml_course.grading.gradebook import Gradebook
    from tinyml_course.grading.store import Store
    from tinyml_course.grading.submissions import Submission


@click.command("grade")
@click.argument("place", metavar="FOLDER|ZIP", type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The gradebook, NAME.csv.")
@click.option(
    "--seed", type=click.IntRange(1), help="Of the hidden inputs. Without it: that of the run before, or new."
)
@click.option("--jobs", type=click.IntRange(1, 256), help="Submissions at a time.  [default: one for each processor]")
@click.option("--scheduler", metavar="ADDRESS", help="Grade on the workers of this Dask scheduler: tcp://HOST:8786.")
@click.option("--lessons", help="Only these exercises, such as 04,10.  [default: all that were handed in]")
@click.option("--seconds", default=60, show_default=True, type=click.IntRange(1), help="Time a notebook may take.")
@click.option("--trust-submissions", is_flag=True, help="Run them even where nothing can lock them in.")
@click.option("--root", type=click.Path(path_type=Path, file_okay=False), help="The course's folder.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the table.")
def command(
    place: Path,
    output: Path,
    seed: int | None,
    jobs: int | None,
    scheduler: str | None,
    lessons: str | None,
    seconds: int,
    trust_submissions: bool,
    root: Path | None,
    as_json: bool,
) -> None:
    """Grade every notebook in FOLDER or in Moodle's ZIP.

    Known layouts: STUDENT/EXERCISE.ipynb, nbgrader's submitted/STUDENT/ASSIGNMENT/EXERCISE.ipynb, and Moodle's. Beside
    NAME.csv come NAME.canvas.csv, NAME.moodle.csv and the folder NAME_files with a page of feedback for each student
    and report.html on the class. A run that was stopped goes on where it stopped; what did not change is not run again.

    Leaves with 1 if a submission could not be graded; its cell is then empty.
    """
    from tinyml_course.authoring import find_root
    from tinyml_course.errors import GradingError
    from tinyml_course.grading.class_run import Places, grade_class
    from tinyml_course.grading.cluster import on_cluster
    from tinyml_course.grading.grade_all import in_threads
    from tinyml_course.grading.sandbox import Limits
    from tinyml_course.grading.store import Store

    started = time.monotonic()
    if output.suffix.lower() != ".csv":
        raise GradingError(f"Expected the gradebook's name to end in .csv, got {output}.")
    if scheduler and jobs:
        raise GradingError("--jobs counts what runs on this computer; a cluster runs one for each thread it has.")
    spread = on_cluster(scheduler) if scheduler else in_threads(jobs or os.cpu_count() or 1)
    _warn(trust_submissions)
    folder = find_root(root)
    submissions, names = _find(folder, place, lessons)
    places, counts = Places(output), {"graded": 0, "unchanged": 0}
    store = Store(places.files)
    with store.alone():
        seed = store.seed(seed)
        exercises = {name: _exercise(folder, name, seed) for name in names}
        with _progress(len(submissions)) as step:

            def count(done: int, again: bool) -> None:
                counts["unchanged" if again else "graded"] += 1
                step(done)

            book = grade_class(
                submissions, exercises, store, places, spread,
                limits=Limits(seconds=seconds, cpu_seconds=seconds), trusted=trust_submissions, step=count,
            )  # fmt: skip
    figures = _figures(book, places, store, seed, counts, time.monotonic() - started)
    if as_json:
        click.echo(json.dumps(figures))
    else:
        _show(figures, book)
    failed = [one for one in book.graded if not one.results]
    if failed:
        told = "\n".join(f"{one.source}: {' '.join(one.problems)}" for one in failed)
        raise click.ClickException(f"{len(failed)} submissions could not be graded. Run the command again.\n{told}")


def _warn(trusted: bool) -> None:
    """Say loudly that nothing locks submissions in; refuse if nobody vouches for them."""
    from tinyml_course.grading.sandbox import Limits, why_not_confined
    from tinyml_course.grading.sandbox.confinement import command as confined

    confined(Limits(), 0, trusted)
    problem = why_not_confined()
    if problem:
        click.secho(
            f"WARNING: submissions run as you, with all your rights: {problem}. A malicious notebook can read and "
            "delete your files, use the network and change grades.",
            fg="red", bold=True, err=True,
        )  # fmt: skip


def _find(root: Path, place: Path, lessons: str | None) -> tuple[list[Submission], list[str]]:
    """Submissions, and the names of the exercises that are graded."""
    from tinyml_course.authoring import lesson_names
    from tinyml_course.errors import GradingError
    from tinyml_course.grading.submissions import find_submissions

    names = lesson_names(root)
    if lessons is None:
        submissions = find_submissions(place, names)
        handed_in = {one.exercise for one in submissions}
        return submissions, [name for name in names if name in handed_in]
    asked = [word.strip() for word in lessons.split(",") if word.strip()]
    unknown = [word for word in asked if not any(word in (name, name[:2]) for name in names)]
    if unknown or not asked:
        raise GradingError(f"There is no lesson {', '.join(unknown) or repr(lessons)}. There are: {', '.join(names)}.")
    names = [name for name in names if {name, name[:2]} & set(asked)]
    return find_submissions(place, names), names


def _exercise(root: Path, name: str, seed: int) -> Exercise:
    """Draw the sheets of an exercise from its definitions."""
    from tinyml_course.grading.checks import draw_sheet
    from tinyml_course.grading.definitions import read_checks
    from tinyml_course.grading.exercise import Exercise, closing_cells

    sheets = tuple(draw_sheet(check, seed) for check in read_checks(root / "content" / name))
    return Exercise(name, sheets, closing_cells(root / "exercises" / f"{name}.ipynb"))


def _progress(total: int) -> Any:
    from tinyml_course.progress import bar

    return bar("Grading", total, unit="notebooks")


def _figures(
    book: Gradebook, places: Places, store: Store, seed: int, counts: dict[str, int], seconds: float
) -> dict[str, Any]:
    import statistics

    return {
        "gradebook": str(places.gradebook),
        "canvas": str(places.canvas),
        "moodle": str(places.moodle),
        "report": str(store.report),
        "feedback": str(store.folder / "feedback"),
        "seed": seed,
        "students": len(book.rows),
        "submissions": len(book.graded),
        **counts,
        "failed": sum(not one.results for one in book.graded),
        "possible": book.possible,
        "mean": statistics.fmean(book.total(student) for student in book.rows),
        "median": statistics.median(book.total(student) for student in book.rows),
        "exercises": [exercise.name for exercise in book.exercises],
        "seconds": round(seconds, 3),
    }


def _show(figures: dict[str, Any], book: Gradebook) -> None:
    import statistics

    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for title in ("Exercise", "Notebooks", "Mean", "Possible"):
        table.add_column(title, justify="left" if title == "Exercise" else "right")
    for exercise in book.exercises:
        points = [one.points for one in book.graded if one.exercise == exercise.name and one.results]
        mean = f"{statistics.fmean(points):.1f}" if points else "–"
        table.add_row(exercise.name, str(len(points)), mean, str(exercise.points))
    table.add_row("all", f"{figures['students']} students", f"{figures['mean']:.1f}", str(book.possible), style="bold")
    console = Console(highlight=False, soft_wrap=True)
    console.print(table)
    console.print(f"\n{figures['graded']} graded, {figures['unchanged']} unchanged, {figures['seconds']:.0f} s")
    for key in ("gradebook", "canvas", "moodle", "feedback", "report"):
        console.print(f"{key:10s}{figures[key]}", markup=False)
