"""Checks that answer a learner at once: ``check("01.2", my_function)``.

The names below are imported when they are first used: what runs locked in needs few of them.
"""

from typing import TYPE_CHECKING

from tinyml_course.lazy import lazy_names

if TYPE_CHECKING:
    from tinyml_course.grading.judge import PartResult, Result
    from tinyml_course.grading.learner import check, run_check
    from tinyml_course.grading.registry import find_sheet
    from tinyml_course.grading.sheet import Sheet

_HOMES = {
    "PartResult": "judge",
    "Result": "judge",
    "Sheet": "sheet",
    "check": "learner",
    "find_sheet": "registry",
    "run_check": "learner",
}

__all__ = ["PartResult", "Result", "Sheet", "check", "find_sheet", "run_check"]

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
