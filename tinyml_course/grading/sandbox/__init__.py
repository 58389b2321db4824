"""A submission runs here, locked in; only its answers come out.

The names below are imported when they are first used: what runs inside needs none of them.
"""

from typing import TYPE_CHECKING

from tinyml_course.lazy import lazy_names

if TYPE_CHECKING:
    from tinyml_course.grading.sandbox.compiler import ConfinedCompiler
    from tinyml_course.grading.sandbox.confinement import Limits, why_not_confined
    from tinyml_course.grading.sandbox.session import Transcript, run

_HOMES = {
    "ConfinedCompiler": "compiler",
    "Limits": "confinement",
    "Transcript": "session",
    "run": "session",
    "why_not_confined": "confinement",
}

__all__ = ["ConfinedCompiler", "Limits", "Transcript", "run", "why_not_confined"]

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
