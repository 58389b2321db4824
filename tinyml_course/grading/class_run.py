"""A whole grading run: from a folder of submissions to gradebook, feedback and class report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tinyml_course.grading.adjustments import Adjustment, adjusted
from tinyml_course.grading.class_report import class_report
from tinyml_course.grading.exercise import Exercise
from tinyml_course.grading.feedback import feedback
from tinyml_course.grading.grade_all import Spread, grade_many
from tinyml_course.grading.gradebook import Gradebook, to_canvas, to_csv, to_moodle
from tinyml_course.grading.hand_back import SYSTEMS, hand_back
from tinyml_course.grading.sandbox import Limits
from tinyml_course.grading.store import Store, write_whole
from tinyml_course.grading.submissions import HandedIn


@dataclass(frozen=True)
class Places:
    """Where a run writes, from the path of its gradebook ``NAME.csv``.

    Parameters
    ----------
    gradebook : pathlib.Path
        The course's own form; ``NAME.canvas.csv`` and ``NAME.moodle.csv`` lie beside it.
    """

    gradebook: Path

    @property
    def canvas(self) -> Path:
        """What Canvas imports."""
        return self.gradebook.with_name(f"{self.gradebook.stem}.canvas.csv")

    @property
    def moodle(self) -> Path:
        """What Moodle imports."""
        return self.gradebook.with_name(f"{self.gradebook.stem}.moodle.csv")

    @property
    def adjustments(self) -> Path:
        """What an instructor sets by hand, if it is there: see :mod:`tinyml_course.grading.adjustments`."""
        return self.gradebook.with_name(f"{self.gradebook.stem}.adjustments.csv")

    @property
    def files(self) -> Path:
        """Everything else of the run."""
        return self.gradebook.with_name(f"{self.gradebook.stem}_files")


def grade_class(
    handed_in: HandedIn,
    exercises: Mapping[str, Exercise],
    store: Store,
    places: Places,
    spread: Spread,
    *,
    adjustments: Sequence[Adjustment] = (),
    limits: Limits | None = None,
    trusted: bool = False,
    step: Callable[[int, bool], None] = lambda done, again: None,
) -> Gradebook:
    """Grade submissions and write everything that a run writes.

    Parameters
    ----------
    handed_in : HandedIn
        What :func:`~tinyml_course.grading.submissions.look_over` found.
    exercises, spread, trusted, step
        As in :func:`~tinyml_course.grading.grade_all.grade_many`.
    store : Store
        Where results are kept.
    places : Places
        Where the gradebooks go.
    adjustments : sequence of Adjustment, optional
        What counts instead of what the checks gave.
    limits : Limits, optional
        What each submission may use; None: the usual.

    Raises
    ------
    GradingError
        If a file cannot be written.
    """
    submissions = handed_in.submissions
    graded = grade_many(submissions, exercises, limits or Limits(), spread, store=store, trusted=trusted, step=step)
    columns = tuple(exercises.values())
    rows = tuple(adjusted(graded, columns, adjustments))
    book = Gradebook(columns, rows, handed_in.without, handed_in.passed_over)
    _write(book, store, places)
    return book


def _write(book: Gradebook, store: Store, places: Places) -> None:
    pages = {student: feedback(book, student) for student in book.rows}
    store.tidy(pages.keys())
    for student, content in pages.items():
        write_whole(store.feedback_page(student), content.encode())
    for system in SYSTEMS:
        packed = hand_back(book, system, pages.__getitem__)
        if packed is None:
            store.feedback_zip(system).unlink(missing_ok=True)
        else:
            write_whole(store.feedback_zip(system), packed)
    report = class_report(book, lambda student: f"feedback/{store.feedback_page(student).name}")
    write_whole(store.report, report.encode())
    # The gradebook comes last: where it is there, everything else is there too.
    for path, form in ((places.canvas, to_canvas), (places.moodle, to_moodle), (places.gradebook, to_csv)):
        write_whole(path, form(book).encode())
