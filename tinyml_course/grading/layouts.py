"""Who handed in a file, told from where it lies.

Four layouts are known: ``STUDENT/EXERCISE.ipynb``, nbgrader's ``submitted/STUDENT/ASSIGNMENT/EXERCISE.ipynb``, and
the .zip files (or the unpacked folders) that Moodle and Canvas make of an assignment. Those two know their students by
number, and take files with feedback back under names of the same form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

_NUMBER = re.compile(r"(?P<number>\d\d)(?!\d)")
# Moodle: "Ada Lovelace_4711_assignsubmission_file_", as a folder or in front of the file's name.
_MOODLE = re.compile(
    r"(?P<student>[^\\\x00-\x1f\x7f]+?)_(?P<number>\d+)_assignsubmission_file_?(?P<file>.*)", re.DOTALL
)
# Canvas: "lovelaceada_4711_90210_04_exercise.ipynb", or "lovelaceada_LATE_4711_…": numbers of student and file.
_CANVAS = re.compile(
    r"(?P<student>[^\\\x00-\x1f\x7f]+?)(?:_LATE)?_(?P<number>\d+)_(?P<file_number>\d+)_(?P<file>.+)", re.DOTALL
)


@dataclass(frozen=True)
class Known:
    """How Moodle or Canvas knows the student who handed in a notebook.

    Parameters
    ----------
    system : {"moodle", "canvas"}
        Whose layout it is.
    name, number : str
        Of the student there.
    answer : str
        The path in a .zip file under which the system takes the student's feedback back.
    """

    system: str
    name: str
    number: str
    answer: str

    @property
    def student(self) -> str:
        """Name and number: two students may have one name."""
        return f"{self.name} ({self.number})"


def known_by(source: str) -> Known | None:
    """Tell from a notebook's place which system knows its student; None for folders of the instructor's own.

    Parameters
    ----------
    source : str
        Path in the folder or the .zip file.
    """
    path = PurePosixPath(source)
    for part in path.parts:
        if one := _MOODLE.fullmatch(part):
            # mod/assign/feedback/file/importziplib.php of moodle/moodle takes these names apart.
            answer = f"{one['student']}_{one['number']}_assignfeedback_file_/feedback.html"
            return Known("moodle", one["student"], one["number"], answer)
    if len(path.parts) == 1 and (one := _CANVAS.fullmatch(path.name)):
        # infer_comment_context_from_filename of instructure/canvas-lms looks for both numbers, in this order.
        answer = f"{one['student']}_{one['number']}_{one['file_number']}_feedback.html"
        return Known("canvas", one["student"], one["number"], answer)
    return None


def student_of(path: PurePosixPath) -> tuple[str, str]:
    """Return who handed in a file, and the file's own name; nobody where it lies in no student's folder."""
    own = path.name
    if known := known_by(path.as_posix()):
        found = _MOODLE.fullmatch(own) or (_CANVAS.fullmatch(own) if known.system == "canvas" else None)
        return known.student, found["file"] if found else own
    return (path.parts[0], own) if len(path.parts) > 1 else ("", own)


def number_of(name: str) -> str:
    """Return the two digits with which a notebook's name begins; empty if it begins with none."""
    number = _NUMBER.match(name)
    return number["number"] if number else ""
