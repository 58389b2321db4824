"""Objectives, tasks and checks belong together: each objective is promised, practised and checked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from tinyml_course.authoring.notebook import check_of
from tinyml_course.authoring.source import SourceCell
from tinyml_course.errors import LessonError
from tinyml_course.grading.checks import Check

_OBJECTIVE = re.compile(r"^[-*]\s+\*\*(\d\d\.\d)\*\*", re.MULTILINE)
OBJECTIVES_TAG = "objectives"
"""Tag of the cell that lists a lesson's objectives: ``- **01.1** count the parameters …``."""


def objectives_of(cells: Sequence[SourceCell]) -> list[str]:
    """List the objectives a lesson promises, in order."""
    return [
        objective
        for cell in cells
        if OBJECTIVES_TAG in cell.metadata.get("tags", ())
        for objective in _OBJECTIVE.findall(cell.text)
    ]


def verify(lesson: str, cells: Sequence[SourceCell], exercise: Sequence[SourceCell], checks: Sequence[Check]) -> None:
    """Refuse a lesson whose objectives, tasks and checks do not match one to one.

    Raises
    ------
    LessonError
        With the lesson and the objective that lacks something.
    """
    promised = objectives_of(cells)
    if not promised:
        raise LessonError(f"{lesson}/lesson.py promises nothing: tag a cell 'objectives' and list them in it.")
    checked = [check.objective for check in checks]
    called = Counter(check_of(cell) for cell in exercise if check_of(cell))
    answers = Counter(cell.task for cell in exercise if cell.has_solution)
    for objective in sorted({*promised, *checked, *called, *answers}):
        lacking = [
            what
            for what, there in (
                ("lesson.py does not promise it", promised.count(objective) == 1),
                ("CHECKS has no check of it", objective in checked),
                ("exercise.py needs one cell that calls its check", called[objective] == 1),
                ("exercise.py needs one cell with its solution", answers[objective] == 1),
            )
            if not there
        ]
        if lacking:
            raise LessonError(f"Objective {objective or 'without a task'} of {lesson}: {'; '.join(lacking)}.")
    for check in checks:
        _verify_function(lesson, exercise, check)


def _verify_function(lesson: str, exercise: Sequence[SourceCell], check: Check) -> None:
    """Refuse a check of a function that the task does not define: a grader could not find it."""
    head = re.compile(rf"^def {re.escape(check.function)}\(", re.MULTILINE)
    if not any(head.search(cell.text) for cell in exercise if cell.task == check.objective and cell.has_solution):
        raise LessonError(f"Objective {check.objective} of {lesson}: its task defines no function {check.function}.")
