"""The gradebook: one row a student, in the course's own form and in those that Canvas and Moodle import.

Every form is text without dates, sorted by student, so the same results give the same bytes.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from tinyml_course.grading.exercise import Exercise
from tinyml_course.grading.grade import Graded
from tinyml_course.grading.layouts import Known, known_by
from tinyml_course.grading.submissions import PassedOver

# Spreadsheets take a cell that begins so for a formula, wide forms and leading spaces included.
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")
# Where a comma stands in numbers, Excel takes semicolons for the ends of cells.
_BEHIND_SEMICOLON = re.compile(r"(;\s*)(?=[=+\-@＝＋－＠])")
_POSSIBLE = re.compile(r"(points)\s+(possible)", re.IGNORECASE)
# Signs that turn the direction of what follows: a name with them could show another one.
_TURNS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def clean(text: str) -> str:
    """Make a name fit to be shown: on one line, without control characters and without bytes that are no text."""
    text = _TURNS.sub(" ", text.encode("utf-8", "replace").decode("utf-8"))
    return " ".join("".join(" " if unicodedata.category(sign) == "Cc" else sign for sign in text).split())


@dataclass(frozen=True)
class Gradebook:
    """Who earned what.

    Parameters
    ----------
    exercises : tuple of Exercise
        The columns.
    graded : tuple of Graded
        Every submission's result. One without tasks could not be graded and counts as not there.
    without : mapping of str to str, optional
        Students of whom nothing can be graded, and where one of their notebooks lies, if they have any.
    passed_over : tuple of PassedOver, optional
        Notebooks that are not graded.
    """

    exercises: tuple[Exercise, ...]
    graded: tuple[Graded, ...]
    without: Mapping[str, str] = field(default_factory=dict)
    passed_over: tuple[PassedOver, ...] = ()

    @property
    def possible(self) -> int:
        """What could be earned in all exercises together."""
        return sum(exercise.points for exercise in self.exercises)

    @cached_property
    def rows(self) -> Mapping[str, Mapping[str, Graded]]:
        """Student to exercise to result, sorted by student."""
        rows: dict[str, dict[str, Graded]] = {
            student: {} for student in sorted({*self.without, *(one.student for one in self.graded)})
        }
        for one in sorted(self.graded, key=lambda one: one.exercise):
            rows[one.student][one.exercise] = one
        return rows

    @property
    def totals(self) -> list[int]:
        """What each student earned of whom anything was graded."""
        return [self.total(student) for student, row in self.rows.items() if any(one.results for one in row.values())]

    def known_by(self, student: str) -> Known | None:
        """How Moodle or Canvas knows a student, if all notebooks come from there."""
        sources = [one.source for one in self.rows[student].values() if one.source] or [self.without.get(student, "")]
        known = [known_by(source) for source in sources]
        return known[0] if all(known) else None

    def total(self, student: str) -> int:
        """What a student earned; an exercise that was not handed in earns nothing."""
        return sum(one.points for one in self.rows[student].values())

    def points(self, student: str) -> list[int | str]:
        """What a student earned in each exercise; empty where nothing was handed in."""
        row = self.rows[student]
        return [
            row[name].points if name in row and row[name].results else "" for name in (e.name for e in self.exercises)
        ]


def to_csv(book: Gradebook) -> str:
    """Write the gradebook: ``student``, each exercise, ``total`` and ``possible``.

    It begins with a byte order mark: without it Excel takes Ólafur for Ã“lafur.
    """
    head = ["student", *(exercise.name for exercise in book.exercises), "total", "possible"]
    rows: list[list[int | str]] = [
        [student, *book.points(student), book.total(student), book.possible] for student in book.rows
    ]
    return "\ufeff" + _table([head, *rows])


def to_canvas(book: Gradebook) -> str:
    """Write what Canvas imports under Grades, Import.

    Its importer (``lib/gradebook_importer.rb`` of instructure/canvas-lms) wants the columns Student, ID, SIS User ID,
    SIS Login ID and Section in front of the assignments, and a row "Points Possible" below them. It looks for a student
    by number, then by login, then by name. The number stands in Canvas's .zip file; a folder's name stands as login and
    as name. Without a total: Canvas adds up itself.
    """
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *(exercise.name for exercise in book.exercises)]
    possible: list[int | str] = ["Points Possible", "", "", "", "", *(exercise.points for exercise in book.exercises)]
    rows: list[list[int | str]] = []
    for student in book.rows:
        known = book.known_by(student)
        name, number = (known.name, known.number) if known else (student, "")
        here = known is not None and known.system == "canvas"
        name = _POSSIBLE.sub(r"\1_\2", name)  # of a row that begins so Canvas takes the points of the assignments
        rows.append([name, number if here else "", "", "" if here else name, "", *book.points(student)])
    return _table([head, possible, *rows])


def to_moodle(book: Gradebook) -> str:
    """Write what Moodle imports, in two places.

    As an offline grading worksheet of the assignment whose .zip file was graded: its importer
    (``mod/assign/feedback/offline/importgradeslib.php`` of moodle/moodle) looks for the columns Identifier, which is
    "Participant" and the number that stands in the .zip file, Grade, and "Last modified (grade)". And under Grades,
    Import, CSV file, where columns are matched by hand (https://docs.moodle.org/en/Grade_import): username to Username,
    each exercise to its grade item.
    """
    names = [exercise.name for exercise in book.exercises]
    head = ["Identifier", "Full name", "Username", *names, "Grade", "Maximum Grade", "Last modified (grade)"]
    rows: list[list[int | str]] = []
    for student in book.rows:
        known = book.known_by(student)
        name = known.name if known else student
        here = known is not None and known.system == "moodle"
        who = [f"Participant {known.number}", name, ""] if known and here else ["", name, name]
        points = book.points(student)
        # A worksheet without a grade leaves Moodle's own alone; 0 would be one.
        total = book.total(student) if any(one != "" for one in points) else ""
        rows.append([*who, *points, total, book.possible, ""])
    return _table([head, *rows])


def _table(rows: Iterable[Sequence[int | str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([cell(value) for value in row] for row in rows)
    return text.getvalue()


def cell(value: int | str) -> int | str:
    """Return a cell that no spreadsheet runs: an apostrophe makes text of what looks like a formula."""
    if isinstance(value, int):
        return value
    text = _BEHIND_SEMICOLON.sub(r"\1'", clean(value))
    return f"'{text}" if _FORMULA.match(text) else text
