"""The sheets that come with the course, found by their objective."""

from __future__ import annotations

from functools import cache
from importlib import resources

from tinyml_course.errors import LessonError
from tinyml_course.grading.sheet import Sheet, from_text


@cache
def lessons() -> tuple[str, ...]:
    """Numbers of the lessons that have checks, such as ``"01"``."""
    files = (resources.files("tinyml_course.grading") / "sheets").iterdir()
    return tuple(sorted(file.name.removesuffix(".json") for file in files if file.name.endswith(".json")))


@cache
def sheets_of(lesson: str) -> tuple[Sheet, ...]:
    """Sheets of one lesson, in the order of its tasks, drawn with seed 0."""
    file = resources.files("tinyml_course.grading") / "sheets" / f"{lesson}.json"
    return from_text(file.read_text(encoding="utf-8"), file.name)


def find_sheet(objective: str) -> Sheet:
    """Find the sheet of an objective.

    Parameters
    ----------
    objective : str
        Such as ``"01.2"``.

    Raises
    ------
    LessonError
        If no check belongs to it; the message lists those there are.
    """
    lesson = str(objective).partition(".")[0]
    candidates = [sheet for name in lessons() if lesson in (name, *_others(lesson)) for sheet in sheets_of(name)]
    for candidate in candidates:
        if candidate.objective == objective:
            return candidate
    known = ", ".join(candidate.objective for candidate in candidates)
    raise LessonError(f"There is no check {objective!r}. There are: {known}.")


def _others(lesson: str) -> tuple[str, ...]:
    """Every lesson, where the asked one has no checks."""
    return () if lesson in lessons() else (lesson,)
