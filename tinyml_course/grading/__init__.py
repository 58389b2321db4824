"""Checks that answer a learner at once: ``check("01.2", my_function)``."""

from tinyml_course.grading.judge import PartResult, Result, judge
from tinyml_course.grading.learner import check, run_check
from tinyml_course.grading.registry import find_sheet
from tinyml_course.grading.sheet import Sheet

__all__ = ["PartResult", "Result", "Sheet", "check", "find_sheet", "judge", "run_check"]
