"""The gradebook: one row a student, in the course's own form and in those that Canvas and Moodle import.

Every form is text without dates, sorted by student, so the same results give the same bytes.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from tinyml_course.grading.exercise import Exercise
from tinyml_course.grading.grade import Graded

# Spreadsheets take a cell that begins so for a formula, wide forms and leading spaces included.
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")
# Signs that turn the direction of what follows: a name with them could show another one.
_TURNS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_MOODLE_STUDENT = re.compile(r"(?P<name>.+) \((?P<number>\d+)\)", re.DOTALL)
_MOODLE_SOURCE = "_assignsubmission_file"


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
    """

    exercises: tuple[Exercise, ...]
    graded: tuple[Graded, ...]

    @property
    def possible(self) -> int:
        """What could be earned in all exercises together."""
        return sum(exercise.points for exercise in self.exercises)

    @cached_property
    def rows(self) -> Mapping[str, Mapping[str, Graded]]:
        """Student to exercise to result, sorted by student."""
        rows: dict[str, dict[str, Graded]] = {}
        for one in sorted(self.graded, key=lambda one: (one.student, one.exercise)):
            rows.setdefault(one.student, {})[one.exercise] = one
        return rows

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
    """Write the gradebook: ``student``, each exercise, ``total`` and ``possible``."""
    head = ["student", *(exercise.name for exercise in book.exercises), "total", "possible"]
    rows: list[list[int | str]] = [
        [student, *book.points(student), book.total(student), book.possible] for student in book.rows
    ]
    return _table([head, *rows])


def to_canvas(book: Gradebook) -> str:
    """Write what Canvas imports under Grades, Import.

    Its importer (``lib/gradebook_importer.rb`` of instructure/canvas-lms) wants the columns Student, ID, SIS User ID,
    SIS Login ID and Section in front of the assignments, and a row "Points Possible" below them. It looks for a student
    by number, then by login, then by name, so the folder's name stands as both. Without a total: Canvas adds up itself.
    """
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *(exercise.name for exercise in book.exercises)]
    possible: list[int | str] = ["Points Possible", "", "", "", "", *(exercise.points for exercise in book.exercises)]
    rows = [[_who(book, name)[0], "", "", _who(book, name)[0], "", *book.points(name)] for name in book.rows]
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
        name, number = _who(book, student)
        who = [f"Participant {number}", name, ""] if number else ["", name, name]
        rows.append([*who, *book.points(student), book.total(student), book.possible, ""])
    return _table([head, *rows])


def _who(book: Gradebook, student: str) -> tuple[str, str]:
    """Name, and Moodle's number of the student where it is known."""
    found = _MOODLE_STUDENT.fullmatch(student)
    if found and all(_MOODLE_SOURCE in one.source for one in book.rows[student].values()):
        return found["name"], found["number"]
    return student, ""


def _table(rows: Iterable[Sequence[int | str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: int | str) -> int | str:
    """Return a cell that no spreadsheet runs: an apostrophe makes text of what looks like a formula."""
    if isinstance(value, int):
        return value
    text = clean(value)
    return f"'{text}" if _FORMULA.match(text) else text
