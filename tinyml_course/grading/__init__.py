"""Checks that answer a learner at once: ``check("01.2", my_function)``."""

from tinyml_course.grading.checks import Check, Misconception, Result, Slip, check, run_check
from tinyml_course.grading.registry import all_checks, find_check

__all__ = ["Check", "Misconception", "Result", "Slip", "all_checks", "check", "find_check", "run_check"]
