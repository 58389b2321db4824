"""The authors' definitions of checks, read from ``content/``: what sheets with any seed are made of."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from tinyml_course.errors import LessonError
from tinyml_course.grading.checks import Check


def read_checks(folder: Path) -> tuple[Check, ...]:
    """Read ``checks.py`` of a lesson's folder.

    Parameters
    ----------
    folder : pathlib.Path
        Such as ``content/01_from_gpt3_to_an_uno``. Its file is run: it is the course's own.

    Raises
    ------
    LessonError
        If there is no such file, it does not run, or it defines no tuple ``CHECKS`` in the order of the objectives.
    """
    path = folder / "checks.py"
    if not path.is_file():
        raise LessonError(f"{folder.name} has no checks.py, which defines what its tasks are checked for.")
    name = f"tinyml_checks_{folder.name}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None  # for a path that ends in .py there always is one
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise LessonError(f"{folder.name}/checks.py does not run: {type(error).__name__}: {error}") from error
    checks = getattr(module, "CHECKS", None)
    if not isinstance(checks, tuple) or not all(isinstance(check, Check) for check in checks):
        raise LessonError(f"{folder.name}/checks.py should define CHECKS, a tuple of checks.")
    objectives = [check.objective for check in checks]
    if objectives != sorted(set(objectives)) or any(name[:2] != folder.name[:2] for name in objectives):
        raise LessonError(f"{folder.name}/checks.py: expected its own objectives in their order, got {objectives}.")
    return checks
