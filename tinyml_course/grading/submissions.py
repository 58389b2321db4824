"""Finding and reading what students handed in.

Three layouts are known: ``STUDENT/EXERCISE.ipynb``, nbgrader's ``submitted/STUDENT/ASSIGNMENT/EXERCISE.ipynb``
and the .zip file (or the unpacked folder) that Moodle makes of an assignment. A notebook belongs to the
exercise whose number its name begins with. Nothing that is handed in is trusted: links that lead out of the
folder, huge files and damaged notebooks are named and earn nothing.
"""

from __future__ import annotations

import json
import os
import re
import stat
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from tinyml_course.errors import GradingError

#: Bytes of a notebook, at most. With its pictures an exercise has far less than 1 MB.
NOTEBOOK_BYTES = 20_000_000
#: Files in a .zip, at most.
ZIP_FILES = 20_000
_NUMBER = re.compile(r"(?P<number>\d\d)(?!\d)")
# Moodle: "Ada Lovelace_4711_assignsubmission_file_", as a folder or in front of the file's name.
_MOODLE = re.compile(r"(?P<student>.+?)_(?P<number>\d+)_assignsubmission_file_?(?P<file>.*)", re.DOTALL)
_SKIPPED = {".ipynb_checkpoints", "__MACOSX"}


@dataclass(frozen=True)
class Submission:
    """One student's notebook for one exercise.

    Parameters
    ----------
    student : str
        Name of the folder, or Moodle's name and number of the student.
    exercise : str
        Name of the exercise, such as ``"04_quantization_by_hand"``.
    place : pathlib.Path
        The folder or the .zip file.
    source : str
        Where in it the notebook is, as the system names it: it may hold bytes that are no text.
    """

    student: str
    exercise: str
    place: Path
    source: str

    def read(self) -> bytes | str:
        """Return the notebook's bytes; text says why they cannot be had. Never raises."""
        return _read_member(self) if self.place.is_file() else _read_file(self)


@dataclass(frozen=True)
class _Found:
    student: str
    name: str
    source: str


def find_submissions(place: Path, exercises: Sequence[str]) -> list[Submission]:
    """Find every notebook that belongs to one of the exercises.

    Parameters
    ----------
    place : pathlib.Path
        A folder or a .zip file, in one of the layouts.
    exercises : sequence of str
        Names of the exercises, such as ``"04_quantization_by_hand"``.

    Returns
    -------
    list of Submission
        Sorted by student and exercise, one for each pair. Where a student handed in several notebooks for an
        exercise, the one with the exercise's own name counts, otherwise the last by name.

    Raises
    ------
    GradingError
        If the place cannot be read, or holds no notebook of any exercise.
    """
    by_number = {name[:2]: name for name in exercises}
    if place.is_dir():
        found = list(_in_folder(place))
    elif place.suffix.lower() == ".zip" and place.is_file():
        found = list(_in_zip(place))
    else:
        raise GradingError(f"Expected a folder of submissions or a .zip file of Moodle's, got {place}.")
    chosen: dict[tuple[str, str], _Found] = {}
    for one in sorted(found, key=lambda one: (one.student, one.name, one.source)):
        number = _NUMBER.match(one.name)
        exercise = by_number.get(number["number"]) if number else None
        if exercise is None:
            continue
        key = (one.student, exercise)
        if key not in chosen or chosen[key].name != f"{exercise}.ipynb":
            chosen[key] = one
    if not chosen:
        raise GradingError(
            f"{place} holds no notebook of {', '.join(exercises)}. Expected STUDENT/EXERCISE.ipynb, nbgrader's "
            "submitted/STUDENT/ASSIGNMENT/EXERCISE.ipynb, or Moodle's .zip file; the notebook's name begins with the "
            f"exercise's number. {len(found)} other notebooks are there."
        )
    return [Submission(_shown(key[0]), key[1], place, one.source) for key, one in sorted(chosen.items())]


def _shown(name: str) -> str:
    """Return a student's name as it can be stored and shown: a folder's name may hold any byte."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in name)


def _in_folder(place: Path) -> Iterator[_Found]:
    """Notebooks below a folder; links to folders are not followed."""
    top = place / "submitted" if (place / "submitted").is_dir() else place
    for folder, inner, files in os.walk(top, followlinks=False):
        inner[:] = sorted(name for name in inner if name not in _SKIPPED)
        for name in sorted(files):
            if name.lower().endswith(".ipynb"):
                path = Path(folder) / name
                student, own = _student(PurePosixPath(path.relative_to(top).as_posix()))
                if student:
                    yield _Found(student, own, path.relative_to(place).as_posix())


def _in_zip(place: Path) -> Iterator[_Found]:
    try:
        with zipfile.ZipFile(place) as archive:
            members = archive.infolist()
    except (OSError, zipfile.BadZipFile) as error:
        raise GradingError(f"{place} is no .zip file, or it is damaged: {error}.") from error
    if len(members) > ZIP_FILES:
        raise GradingError(f"{place} holds {len(members):,} files, expected at most {ZIP_FILES:,}.")
    for member in members:
        path = PurePosixPath(member.filename)
        if member.is_dir() or path.suffix.lower() != ".ipynb" or _SKIPPED & set(path.parts):
            continue
        student, own = _student(path)
        if student:
            yield _Found(student, own, member.filename)


def _student(path: PurePosixPath) -> tuple[str, str]:
    """Who handed in a file, and the file's own name."""
    for part in path.parts:
        moodle = _MOODLE.fullmatch(part)
        if moodle:
            own = moodle["file"] if part == path.name else path.name
            return f"{moodle['student']} ({moodle['number']})", own
    return (path.parts[0], path.name) if len(path.parts) > 1 else ("", path.name)


def _read_file(submission: Submission) -> bytes | str:
    """Read a regular file inside the folder; text says why not."""
    path = submission.place / submission.source
    try:
        real = path.resolve(strict=True)
        if real != submission.place.resolve() / submission.source:
            return "it is a link to another file; hand in the notebook itself"
        descriptor = os.open(real, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                return "it is no regular file"
            return _too_large(status.st_size) or file.read(NOTEBOOK_BYTES)
    except (OSError, RuntimeError) as error:
        return f"the file cannot be read: {getattr(error, 'strerror', None) or error}"


def _read_member(submission: Submission) -> bytes | str:
    try:
        with zipfile.ZipFile(submission.place) as archive:
            member = archive.getinfo(submission.source)
            problem = _too_large(member.file_size)
            if problem:
                return problem
            with archive.open(member) as file:  # the size in the list may lie
                content = file.read(NOTEBOOK_BYTES + 1)
            return _too_large(len(content)) or content
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, ValueError) as error:
        return f"the file cannot be unpacked: {error}"


def _too_large(size: int) -> str:
    if size <= NOTEBOOK_BYTES:
        return ""
    return (
        f"the notebook has {size:,} bytes, expected at most {NOTEBOOK_BYTES:,}: clear its outputs and hand it in again"
    )


def code_cells(content: bytes) -> list[tuple[int, str]] | str:
    """Return number and source of a notebook's code cells; text says why there are none.

    Parameters
    ----------
    content : bytes
        The file. Nothing in it is run, and no schema is needed: what is no code cell is left out.
    """
    try:
        notebook: Any = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        return f"it is no notebook, or it is damaged: {type(error).__name__}: {str(error)[:200]}"
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        return "it is no notebook of format 4: it has no list of cells"
    sources = []
    for number, cell in enumerate(cells):
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            source = cell.get("source")
            lines = [line for line in (source if isinstance(source, list) else [source]) if isinstance(line, str)]
            sources.append((number, "".join(lines)))
    return sources or "it has no code cells"
