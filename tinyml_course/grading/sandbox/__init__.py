"""A submission runs here, locked in; only its answers come out."""

from tinyml_course.grading.sandbox.compiler import ConfinedCompiler
from tinyml_course.grading.sandbox.confinement import Limits, why_not_confined
from tinyml_course.grading.sandbox.session import Transcript, run

__all__ = ["ConfinedCompiler", "Limits", "Transcript", "run", "why_not_confined"]
