"""All checks, found by their objective."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from tinyml_course.errors import LessonError
from tinyml_course.grading.checks import Check

LESSONS: tuple[str, ...] = ("01", "12")
"""Lessons that have checks; each has a module ``lesson_NN`` with a tuple ``CHECKS``."""


@cache
def all_checks() -> tuple[Check, ...]:
    """Every check of every lesson, in the order of the lessons."""
    return tuple(check for lesson in LESSONS for check in _checks_of(lesson))


def find_check(objective: str) -> Check:
    """Find the check of an objective.

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
    candidates = _checks_of(lesson) if lesson in LESSONS else all_checks()
    for candidate in candidates:
        if candidate.objective == objective:
            return candidate
    known = ", ".join(candidate.objective for candidate in candidates)
    raise LessonError(f"There is no check {objective!r}. There are: {known}.")


def _checks_of(lesson: str) -> tuple[Check, ...]:
    checks: tuple[Check, ...] = import_module(f"tinyml_course.grading.lesson_{lesson}").CHECKS
    return checks
