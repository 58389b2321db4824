"""``tinyml grade``: submissions to a gradebook, a page of feedback for each student, and a report on the class."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tinyml_course.grading.adjustments import Adjustment
    from tinyml_course.grading.class_run import Places
    from tinyml_course.grading.exercise import Exercise
    from tinyml_course.grading.gradebook import Gradebook
    from tinyml_course.grading.store import Store
    from tinyml_course.grading.submissions import HandedIn

#: Lines about what is not graded, of each kind; the report has all of them.
_LINES = 10


_STOPPING = "Stopping: what runs now may end, within --seconds. Press Ctrl-C again to leave at once."


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
@click.option("--root", type=click.Path(path_type=Path, file_okay=False, exists=True), help="The course's folder.")
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
    """Grade every notebook in FOLDER, or in the ZIP of a Moodle or Canvas assignment.

    Known layouts: STUDENT/EXERCISE.ipynb, nbgrader's submitted/STUDENT/ASSIGNMENT/EXERCISE.ipynb, Moodle's and
    Canvas's. Beside NAME.csv come NAME.canvas.csv, NAME.moodle.csv and the folder NAME_files with a page of feedback
    for each student and report.html on the class. A run that was stopped goes on where it stopped; what did not change
    is not run again.

    Points that you set by hand stand in NAME.adjustments.csv, with the first line student,task,points,reason. It is
    read whenever it is there.

    Example: tinyml grade submissions -o gradebook.csv

    Leaves with 0 if all went well, and with 1 if a submission could not be graded, whose cell is then empty, or if
    nothing was graded because of an error.
    """
    from tinyml_course.authoring import lesson_names
    from tinyml_course.cli.stopping import stoppable
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
    if scheduler:
        spread = on_cluster(scheduler, trusted=trust_submissions, warn=_warn)
    else:
        spread = in_threads(jobs or os.cpu_count() or 1)
        look_at_walls(trust_submissions)
    folder = find_course(root)
    handed_in, names = find_handed_in(folder, place, lessons)
    places, counts = Places(output), {"graded": 0, "unchanged": 0}
    store = Store(places.files)
    with store.alone(), stoppable(_STOPPING):
        seed = store.seed(seed)
        exercises = {name: exercise_of(folder, name, seed) for name in names}
        adjustments = _adjustments(places, handed_in, exercises, lesson_names(folder))
        with _progress(len(handed_in.submissions)) as step:

            def count(done: int, again: bool) -> None:
                counts["unchanged" if again else "graded"] += 1
                step(done)

            book = grade_class(
                handed_in, exercises, store, places, spread, adjustments=adjustments,
                limits=Limits(seconds=seconds, cpu_seconds=seconds), trusted=trust_submissions, step=count,
            )  # fmt: skip
    figures = _figures(book, places, store, seed, counts, time.monotonic() - started)
    figures["adjusted"] = len(adjustments)
    if as_json:
        click.echo(json.dumps(figures))
    else:
        _show(figures, book)
    failed = [one for one in book.graded if not one.results]
    if failed:
        told = "\n".join(f"{one.source}: {' '.join(one.problems)}" for one in failed)
        what = "One submission" if len(failed) == 1 else f"{len(failed)} submissions"
        raise click.ClickException(f"{what} could not be graded. Run the command again.\n{told}")


def find_course(root: Path | None) -> Path:
    """Return the course's folder; never another one than somebody asked for, by which it would be graded."""
    from tinyml_course.authoring import find_root
    from tinyml_course.errors import GradingError

    folder = find_root(root)
    if root is not None and folder != root.resolve():
        raise GradingError(f"Expected the course's folder behind --root, with content/ in it; got {root}.")
    return folder


def look_at_walls(trusted: bool) -> None:
    """Say loudly that nothing locks submissions in on this computer; refuse if nobody vouches for them."""
    from tinyml_course.grading.sandbox import Limits, why_not_confined
    from tinyml_course.grading.sandbox.confinement import command as confined

    confined(Limits(), 0, trusted)
    if problem := why_not_confined():
        _warn(problem)


def _warn(problem: str) -> None:
    click.secho(
        f"WARNING: submissions run as you, with all your rights: {problem}. A malicious notebook can read and delete "
        "your files, use the network and change grades.",
        fg="red", bold=True, err=True,
    )  # fmt: skip


def find_handed_in(root: Path, place: Path, lessons: str | None) -> tuple[HandedIn, list[str]]:
    """What lies there, and the names of the exercises that are graded."""
    from tinyml_course.authoring import lesson_names
    from tinyml_course.errors import GradingError
    from tinyml_course.grading.submissions import look_over

    everything = lesson_names(root)
    if lessons is None:
        found = look_over(place, everything)
        handed_in = {one.exercise for one in found.submissions}
        return found, [name for name in everything if name in handed_in]
    asked = [word.strip() for word in lessons.split(",") if word.strip()]
    unknown = [word for word in asked if not any(word in (name, name[:2]) for name in everything)]
    if unknown or not asked:
        told = ", ".join(unknown) or repr(lessons)
        raise GradingError(f"There is no lesson {told}. There are: {', '.join(everything)}.")
    names = [name for name in everything if {name, name[:2]} & set(asked)]
    return look_over(place, names, everything), names


def _adjustments(
    places: Places, handed_in: HandedIn, exercises: Mapping[str, Exercise], lessons: Sequence[str]
) -> tuple[Adjustment, ...]:
    """What was set by hand, if anything was."""
    from tinyml_course.grading.adjustments import read_adjustments

    if not places.adjustments.is_file():
        return ()
    students = {*handed_in.without, *(one.student for one in handed_in.submissions)}
    others = {name[:2] for name in lessons if name not in exercises}
    return read_adjustments(places.adjustments, exercises.values(), students, others)


def exercise_of(root: Path, name: str, seed: int) -> Exercise:
    """Draw the sheets of an exercise from its definitions."""
    from tinyml_course.grading.checks import draw_sheet
    from tinyml_course.grading.definitions import read_checks
    from tinyml_course.grading.exercise import Exercise, closing_cells, title_of

    sheets = tuple(draw_sheet(check, seed) for check in read_checks(root / "content" / name))
    notebook = root / "exercises" / f"{name}.ipynb"
    return Exercise(name, sheets, closing_cells(notebook), title_of(notebook))


def _progress(total: int) -> Any:
    from tinyml_course.progress import bar

    return bar("Grading", total, unit="notebooks")


def _figures(
    book: Gradebook, places: Places, store: Store, seed: int, counts: dict[str, int], seconds: float
) -> dict[str, Any]:
    import statistics

    from tinyml_course.grading.hand_back import SYSTEMS

    zips = {f"feedback_{name}": str(path) for name in SYSTEMS if (path := store.feedback_zip(name)).is_file()}
    return {
        "gradebook": str(places.gradebook),
        "canvas": str(places.canvas),
        "moodle": str(places.moodle),
        "report": str(store.report),
        "feedback": str(store.folder / "feedback"),
        **zips,
        "seed": seed,
        "students": len(book.rows),
        "submissions": sum(counts.values()),
        **counts,
        "failed": sum(not one.results for one in book.graded),
        "possible": book.possible,
        "mean": statistics.fmean(book.totals or [0]),
        "median": statistics.median(book.totals or [0]),
        "exercises": [exercise.name for exercise in book.exercises],
        "without": sorted(book.without),
        "passed_over": [{"source": one.source, "why": one.why} for one in book.passed_over],
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
    everybody = f"{figures['students']} student{'' if figures['students'] == 1 else 's'}"
    table.add_row("all", everybody, f"{figures['mean']:.1f}", str(book.possible), style="bold")
    console = Console(highlight=False, soft_wrap=True)
    console.print(table)
    by_hand = f", {figures['adjusted']} set by hand" if figures["adjusted"] else ""
    done = f"{figures['graded']} graded, {figures['unchanged']} unchanged{by_hand}, {figures['seconds']:.0f} s"
    console.print(f"\n{done}", markup=False)
    passed_over = [f"not graded: {one.source}: {one.why}" for one in book.passed_over]
    without = [f"nothing to grade of: {student}" for student in sorted(book.without)]
    for lines in (passed_over, without):
        for line in lines[:_LINES]:
            console.print(line, markup=False)
        if len(lines) > _LINES:
            console.print(f"… and {len(lines) - _LINES} more: see the report", markup=False)
    files = ("gradebook", "canvas", "moodle", "feedback", "feedback_moodle", "feedback_canvas", "report")
    for key in files:
        if key in figures:
            console.print(f"{key.replace('_', ' for '):20s}{figures[key]}", markup=False)
