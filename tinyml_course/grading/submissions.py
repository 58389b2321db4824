"""Finding and reading what students handed in.

The layouts are those of :mod:`tinyml_course.grading.layouts`. A notebook belongs to the exercise whose number its name
begins with. Nothing that is handed in is trusted: links that lead out of the
folder, huge files and damaged notebooks are named and earn nothing. Nothing is passed over silently.
"""

from __future__ import annotations

import json
import os
import stat
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from tinyml_course.errors import GradingError
from tinyml_course.grading.layouts import number_of, student_of

#: Bytes of a notebook, at most. With its pictures an exercise has far less than 1 MB.
NOTEBOOK_BYTES = 20_000_000
#: Files in a .zip, at most.
ZIP_FILES = 20_000
_SKIPPED = {".ipynb_checkpoints", "__MACOSX"}
#: Folders in folders, at most.
_DEPTH = 40
#: Lists and objects of a notebook, at most: each takes 10 times as much memory as its two brackets in the file.
_BRACKETS = 2_000_000


@dataclass(frozen=True)
class Submission:
    """One student's notebook for one exercise.

    Parameters
    ----------
    student : str
        Name of the folder, or name and number of the student in Moodle or Canvas.
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


@dataclass(frozen=True)
class PassedOver:
    """A notebook that is not graded.

    Parameters
    ----------
    student, source : str
        Whose it is, if that can be told, and where it lies.
    why : str
        The reason.
    """

    student: str
    source: str
    why: str


@dataclass(frozen=True)
class HandedIn:
    """What lies in a place.

    Parameters
    ----------
    submissions : tuple of Submission
        Sorted by student and exercise, one for each pair. Where a student handed in several notebooks for an
        exercise, the one with the exercise's own name counts, otherwise the last by name.
    passed_over : tuple of PassedOver
        Every other notebook.
    without : mapping of str to str
        Students of whom nothing can be graded, because their folder is empty or its notebooks belong to no exercise,
        and where such a notebook lies.
    """

    submissions: tuple[Submission, ...]
    passed_over: tuple[PassedOver, ...] = ()
    without: Mapping[str, str] = field(default_factory=dict)


def find_submissions(place: Path, exercises: Sequence[str]) -> list[Submission]:
    """Find every notebook that belongs to one of the exercises: :func:`look_over` without what it passes over."""
    return list(look_over(place, exercises).submissions)


def look_over(place: Path, exercises: Sequence[str], others: Collection[str] = ()) -> HandedIn:
    """Find every notebook, those that belong to one of the exercises and those that belong to none.

    Parameters
    ----------
    place : pathlib.Path
        A folder or a .zip file, in one of the layouts.
    exercises : sequence of str
        Names of the exercises, such as ``"04_quantization_by_hand"``.
    others : collection of str, optional
        Exercises that are not asked for: their notebooks are nothing to tell of.

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
        raise GradingError(f"Expected a folder of submissions or a .zip file of Moodle's or Canvas's, got {place}.")
    chosen: dict[tuple[str, str], _Found] = {}
    for one in sorted(found, key=lambda one: (one.student, one.name, one.source)):
        exercise = by_number.get(number_of(one.name))
        key = (one.student, exercise or "")
        if exercise and one.student and (key not in chosen or chosen[key].name != f"{exercise}.ipynb"):
            chosen[key] = one
    if not chosen:
        raise GradingError(
            f"{place} holds no notebook of {', '.join(exercises)}. Expected STUDENT/EXERCISE.ipynb, nbgrader's "
            "submitted/STUDENT/ASSIGNMENT/EXERCISE.ipynb, or the .zip file of Moodle or Canvas; the notebook's name "
            f"begins with the exercise's number. Other notebooks there: {len(found)}."
        )
    submissions = [Submission(_shown(key[0]), key[1], place, one.source) for key, one in sorted(chosen.items())]
    graded, asked_elsewhere = {one.source for one in chosen.values()}, {name[:2] for name in others}
    left = sorted((one for one in found if one.source not in graded), key=lambda one: one.source)
    passed_over = [
        PassedOver(_shown(one.student), _shown(one.source), _why_not(one, chosen, by_number))
        for one in left
        if number_of(one.name) not in asked_elsewhere
    ]
    everybody = dict.fromkeys(_folders(place) if place.is_dir() else (), "")
    everybody |= {one.student: _shown(one.source) for one in found if one.student}
    graded_students = {student for student, _ in chosen}
    without = {_shown(name): source for name, source in sorted(everybody.items()) if name not in graded_students}
    return HandedIn(tuple(submissions), tuple(passed_over), without)


def _why_not(one: _Found, chosen: Mapping[tuple[str, str], _Found], by_number: Mapping[str, str]) -> str:
    if not one.student:
        return "it lies in no student's folder"
    counts = chosen.get((one.student, by_number.get(number_of(one.name), "")))
    return f"{_shown(counts.name)} counts" if counts else "its name begins with no exercise's number"


def _folders(place: Path) -> set[str]:
    """Students who have a folder, whatever is in it."""
    top = place / "submitted" if (place / "submitted").is_dir() else place
    names = (path.name for path in top.iterdir() if path.is_dir() and not path.is_symlink())
    return {
        student_of(PurePosixPath(name, "x"))[0]
        for name in names
        if name not in _SKIPPED and not name.startswith(".") and "_assignsubmission_online" not in name
    }


def _shown(name: str) -> str:
    """Return a student's name as it can be stored and shown, no two as the same: a folder's may hold any byte."""
    return "".join(
        one if one.isprintable() and one != "\\" else one.encode("unicode_escape").decode("ascii") for one in name
    )


def _in_folder(place: Path) -> Iterator[_Found]:
    """Notebooks below a folder; links to folders are not followed."""
    top = place / "submitted" if (place / "submitted").is_dir() else place
    for folder, files in _walk(top):
        for name in files:
            if name.lower().endswith(".ipynb"):
                path = Path(folder) / name
                student, own = student_of(PurePosixPath(path.relative_to(top).as_posix()))
                yield _Found(student, own, path.relative_to(place).as_posix())


def _walk(top: Path) -> Iterator[tuple[str, list[str]]]:
    """Folders below one, and the files in each; not what lies so deep that nobody put it there by hand."""
    waiting = [(str(top), 0)]
    while waiting:
        folder, depth = waiting.pop()
        try:
            with os.scandir(folder) as found:
                entries = list(found)
            inner = {one.path for one in entries if one.is_dir(follow_symlinks=False) and one.name not in _SKIPPED}
        except OSError:  # what cannot be read is as if it were not there
            continue
        yield folder, [one.name for one in entries if one.path not in inner]
        waiting += [(path, depth + 1) for path in sorted(inner) if depth < _DEPTH]


def _in_zip(place: Path) -> Iterator[_Found]:
    try:
        with zipfile.ZipFile(place) as archive:
            members = archive.infolist()
    except Exception as error:  # what is damaged fails in many ways
        raise GradingError(f"{place} is no .zip file, or it is damaged: {error}.") from error
    if len(members) > ZIP_FILES:
        raise GradingError(f"{place} holds {len(members):,} files, expected at most {ZIP_FILES:,}.")
    for member in members:
        path = PurePosixPath(member.filename)
        if member.filename.endswith("/") or path.suffix.lower() != ".ipynb" or _SKIPPED & set(path.parts):
            continue
        student, own = student_of(path)
        yield _Found(student, own, member.filename)


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
            if _now_elsewhere(file.fileno(), real):
                return "it became a link to another file while it was read; hand in the notebook itself"
            if not stat.S_ISREG(status.st_mode):
                return "it is no regular file"
            return _too_large(status.st_size) or file.read(NOTEBOOK_BYTES)
    except (OSError, RuntimeError, ValueError, MemoryError) as error:
        return f"the file cannot be read: {getattr(error, 'strerror', None) or error}"


def _now_elsewhere(descriptor: int, path: Path) -> bool:
    """Whether what was opened is another file than it was before: a folder on the way may have become a link."""
    opened = f"/proc/self/fd/{descriptor}"
    return Path(opened).exists() and os.readlink(opened) != str(path)  # noqa: PTH115  the link's own text


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
    except Exception as error:  # each of zip's ways to compress has errors of its own
        return f"the file cannot be unpacked: {str(error) or type(error).__name__}"


def _too_large(size: int) -> str:
    if size <= NOTEBOOK_BYTES:
        return ""
    return (
        f"the notebook has {size:,} bytes, expected at most {NOTEBOOK_BYTES:,}: clear its outputs and hand it in again"
    )


def parse_notebook(content: bytes) -> dict[str, Any] | str:
    """Return a notebook that has a list of cells; text says why it is none.

    Parameters
    ----------
    content : bytes
        The file, whoever wrote it. Nothing in it is run, and no schema is needed.
    """
    if content.count(b"[") + content.count(b"{") > _BRACKETS:
        return f"it is no notebook: it has more than {_BRACKETS:,} lists"
    try:
        notebook: Any = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError, MemoryError) as error:
        return f"it is no notebook, or it is damaged: {type(error).__name__}: {str(error)[:200]}"
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        return "it is no notebook of format 4: it has no list of cells"
    return notebook


def code_cells(content: bytes) -> list[tuple[int, str]] | str:
    """Return number and source of a notebook's code cells; text says why there are none.

    Parameters
    ----------
    content : bytes
        The file. What is no code cell is left out.
    """
    notebook = parse_notebook(content)
    if isinstance(notebook, str):
        return notebook
    sources = []
    for number, cell in enumerate(notebook["cells"]):
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            source = cell.get("source")
            lines = [line for line in (source if isinstance(source, list) else [source]) if isinstance(line, str)]
            sources.append((number, "".join(lines)))
    return sources or "it has no code cells"
