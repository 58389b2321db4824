"""From the authored sources in ``content/`` to the notebooks that learners, instructors and nbval use."""

from tinyml_course.authoring.builder import BuildReport, build, check
from tinyml_course.authoring.project import find_root, lesson_names

__all__ = ["BuildReport", "build", "check", "find_root", "lesson_names"]
