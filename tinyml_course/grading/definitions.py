"""The authors' definitions of checks, read from ``content/``: what sheets with any seed are made of."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from pathlib import Path
from types import ModuleType

from tinyml_course.errors import LessonError
from tinyml_course.grading.checks import Check


def check_sources(folder: Path) -> tuple[Path, ...]:
    """Find the files that define a lesson's checks. They hold solutions: no learner may get one.

    Parameters
    ----------
    folder : pathlib.Path
        Such as ``content/01_from_gpt3_to_an_uno``.

    Returns
    -------
    tuple of pathlib.Path
        ``checks.py`` alone, or the modules of the folder ``checks``, its ``__init__.py`` first.

    Raises
    ------
    LessonError
        If there is neither, or both.
    """
    single, package = folder / "checks.py", folder / "checks" / "__init__.py"
    if single.is_file() and package.is_file():
        raise LessonError(f"{folder.name} has checks.py and the folder checks: keep one of them.")
    if single.is_file():
        return (single,)
    if package.is_file():
        return (package, *sorted(set(package.parent.rglob("*.py")) - {package}))
    raise LessonError(
        f"{folder.name} has no checks.py and no checks/__init__.py, which define what its tasks are checked for."
    )


def read_checks(folder: Path) -> tuple[Check, ...]:
    """Read ``checks.py`` of a lesson's folder, or the package ``checks`` in its place.

    Parameters
    ----------
    folder : pathlib.Path
        Such as ``content/01_from_gpt3_to_an_uno``. Its files are run: they are the course's own. The modules of a
        package import each other relatively, at their top: ``from .nodes import NODE_SCORES``.

    Raises
    ------
    LessonError
        If there is no such file, it does not run, or it defines no tuple ``CHECKS`` in the order of the objectives.
    """
    path = check_sources(folder)[0]
    shown = f"{folder.name}/{path.relative_to(folder).as_posix()}"
    try:
        module = _run(f"tinyml_checks_{folder.name}", path)
    except Exception as error:
        raise LessonError(
            f"{shown} does not run: {type(error).__name__}: {error}{_place(error, path.parent)}"
        ) from error
    checks = getattr(module, "CHECKS", None)
    if not isinstance(checks, tuple) or not all(isinstance(check, Check) for check in checks):
        raise LessonError(f"{shown} should define CHECKS, a tuple of checks.")
    objectives = [check.objective for check in checks]
    if objectives != sorted(set(objectives)) or any(name[:2] != folder.name[:2] for name in objectives):
        raise LessonError(f"{shown}: expected its own objectives in their order, got {objectives}.")
    return checks


def _run(name: str, path: Path) -> ModuleType:
    """Run a module, or a package with the modules that it imports."""
    places = [str(path.parent)] if path.name == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=places)
    assert spec is not None and spec.loader is not None  # for a path that ends in .py there always is one
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # relative imports look for their package here
    try:
        spec.loader.exec_module(module)
    finally:
        # A lesson of the same name in another folder, or the same after an edit, must be read afresh.
        for loaded in [one for one in sys.modules if one == name or one.startswith(f"{name}.")]:
            del sys.modules[loaded]
    return module


def _place(error: Exception, folder: Path) -> str:
    """Name the module and line that stopped; empty where the error says it by itself."""
    if isinstance(error, SyntaxError):
        return ""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).parent == folder]
    return f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
