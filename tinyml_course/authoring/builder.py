"""``tinyml build``: every notebook from its source, and a check that none has drifted from it."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinyml_course.authoring import notebook as layout
from tinyml_course.authoring.execute import Job, execute
from tinyml_course.authoring.leaks import find_leaks, notebook_text
from tinyml_course.authoring.objectives import verify
from tinyml_course.authoring.project import lesson_names
from tinyml_course.authoring.source import SourceCell, read_source
from tinyml_course.errors import LessonError
from tinyml_course.grading import sheet
from tinyml_course.grading.checks import draw_sheet
from tinyml_course.grading.definitions import read_checks

FOLDERS: Mapping[str, str] = {"lesson": "notebooks", "exercise": "exercises", "solution": "solutions"}
"""Kind of notebook to the folder it lies in. All but the exercises are executed."""

SHEETS = "tinyml_course/grading/sheets"
"""Where the questions and answers of the learners' own checks lie."""

_TEXTS = {".py", ".ipynb", ".json", ".md", ".toml", ".js", ".mjs", ".c", ".h", ".ino", ".txt", ".svg", ".css", ".html"}


@dataclass(frozen=True)
class LessonPlan:
    """One lesson: its sources and the notebooks they make.

    Parameters
    ----------
    name : str
        Folder name.
    exercise_cells : list of SourceCell
        Of ``exercise.py``; they know the solutions.
    notebooks : dict
        Kind of notebook to the notebook, not executed.
    sheets : tuple of Sheet
        What the learners' own checks ask.
    """

    name: str
    exercise_cells: list[SourceCell]
    notebooks: dict[str, Any]
    sheets: tuple[sheet.Sheet, ...]

    def path(self, root: Path, kind: str) -> Path:
        """Where a notebook of this lesson lies."""
        return root / FOLDERS[kind] / f"{self.name}.ipynb"

    def sheets_path(self, root: Path) -> Path:
        """Where the sheets of this lesson lie."""
        return root / SHEETS / f"{self.name[:2]}.json"


@dataclass(frozen=True)
class BuildReport:
    """What a build wrote.

    Parameters
    ----------
    written : tuple of pathlib.Path
        Notebooks and sheets whose text changed.
    unchanged : tuple of pathlib.Path
        Those that came out as they were.
    """

    written: tuple[Path, ...]
    unchanged: tuple[Path, ...]


def plan_lesson(root: Path, name: str) -> LessonPlan:
    """Read a lesson's sources and lay out its notebooks.

    Raises
    ------
    LessonError
        If a source is faulty, or an objective lacks its task or its check.
    """
    folder = root / "content" / name
    lesson, exercise = read_source(folder / "lesson.py"), read_source(folder / "exercise.py")
    checks = read_checks(folder)
    verify(name, lesson, exercise, checks)
    points = {check.objective: check.points for check in checks}
    notebooks = {
        "lesson": layout.lesson_notebook(name, lesson, exercise),
        "exercise": layout.exercise_notebook(name, exercise, points),
        "solution": layout.solution_notebook(name, exercise),
    }
    return LessonPlan(name, exercise, notebooks, tuple(draw_sheet(check) for check in checks))


def build(
    root: Path,
    names: Sequence[str] = (),
    *,
    parallel: int = 2,
    timeout_s: int = 300,
    done: Callable[[str], None] = lambda title: None,
) -> BuildReport:
    """Make the notebooks of all or some lessons.

    Parameters
    ----------
    root : pathlib.Path
        The repository.
    names : sequence of str
        Lessons, by folder name or number (``"01"``). Empty: all.
    parallel : int, default 2
        How many notebooks run at the same time.
    timeout_s : int, default 300
        Seconds that one cell may take.
    done : callable
        Called with the title of each executed notebook.

    Returns
    -------
    BuildReport
        What changed on disk.

    Raises
    ------
    LessonError
        If a source is faulty, a notebook does not run, or a solution leaks. No notebook is
        written then.
    """
    plans = [plan_lesson(root, name) for name in _choose(root, names)]
    # First, since the notebooks call the checks when they are executed.
    sheets = _write_all({plan.sheets_path(root): sheet.to_text(plan.sheets) for plan in plans})
    jobs = [
        Job(f"{plan.name}, {kind}", plan.notebooks[kind], root / FOLDERS[kind])
        for plan in plans
        for kind in FOLDERS
        if kind != "exercise"
    ]
    execute(jobs, parallel=parallel, timeout_s=timeout_s, done=lambda job: done(job.title))
    leaks = _leaks(plans, {name: text for plan in plans for name, text in _texts_for_learners(root, plan).items()})
    if leaks:
        raise LessonError("A solution leaks. " + " ".join(leaks))
    texts = {plan.path(root, kind): layout.to_text(plan.notebooks[kind]) for plan in plans for kind in FOLDERS}
    notebooks = _write_all(texts)
    return BuildReport(sheets.written + notebooks.written, sheets.unchanged + notebooks.unchanged)


def check(root: Path) -> list[str]:
    """Find notebooks that are not what their sources make.

    Outputs may differ; sources, ids, metadata and the order of cells may not.

    Parameters
    ----------
    root : pathlib.Path
        The repository.

    Returns
    -------
    list of str
        One sentence for each problem; empty when all is well.

    Raises
    ------
    LessonError
        If a source is faulty.
    """
    plans = [plan_lesson(root, name) for name in lesson_names(root)]
    problems = [problem for plan in plans for kind in FOLDERS for problem in _problems_of(root, plan, kind)]
    problems += [problem for plan in plans for problem in _problems_of_sheets(root, plan)]
    texts = _texts_of_package(root)
    for plan in plans:
        built = {kind: _read(plan.path(root, kind)) for kind in FOLDERS}
        texts |= _texts_for_learners(root, plan, {kind: nb for kind, nb in built.items() if nb is not None})
    problems += _leaks(plans, texts)
    expected = {plan.path(root, kind) for plan in plans for kind in FOLDERS}
    strays = {path for folder in FOLDERS.values() for path in (root / folder).glob("*.ipynb")} - expected
    strays |= set((root / SHEETS).glob("*.json")) - {plan.sheets_path(root) for plan in plans}
    return problems + [f"{_show(root, path)} has no source in content/." for path in sorted(strays)]


def _choose(root: Path, names: Sequence[str]) -> list[str]:
    known = lesson_names(root)
    chosen = []
    for name in names:
        matches = [lesson for lesson in known if name in (lesson, lesson[:2])]
        if not matches:
            raise LessonError(f"There is no lesson {name!r} in content/. There are: {', '.join(known)}.")
        chosen += matches
    return chosen or known


def _problems_of(root: Path, plan: LessonPlan, kind: str) -> list[str]:
    path = plan.path(root, kind)
    name = _show(root, path)
    if not path.is_file():
        return [f"{name} is missing: run `tinyml build {plan.name[:2]}`."]
    built = _read(path)
    if built is None:
        return [f"{name} is no notebook: run `tinyml build {plan.name[:2]}`."]
    if layout.structure(built) != layout.structure(plan.notebooks[kind]):
        return [f"{name} has drifted from content/{plan.name}: run `tinyml build {plan.name[:2]}`."]
    code = [cell for cell in built.cells if cell.cell_type == "code"]
    if kind == "exercise":
        return [f"{name} holds outputs."] if any(cell.outputs for cell in code) else []
    if any(cell.execution_count is None for cell in code):
        return [f"{name} has cells that were not run: run `tinyml build {plan.name[:2]}`."]
    errors = any(output.output_type == "error" for cell in code for output in cell.outputs)
    return [f"{name} shows an error among its outputs."] if errors else []


def _problems_of_sheets(root: Path, plan: LessonPlan) -> list[str]:
    """Compare with a tolerance: functions such as the logarithm differ in their last digit between computers."""
    path = plan.sheets_path(root)
    try:
        built = sheet.from_text(path.read_text(encoding="utf-8"), path.name)
    except (OSError, LessonError):
        built = ()
    alike = len(built) == len(plan.sheets) and all(map(sheet.alike, built, plan.sheets))
    return (
        []
        if alike
        else [f"{_show(root, path)} has drifted from content/{plan.name}: run `tinyml build {plan.name[:2]}`."]
    )


def _leaks(plans: Sequence[LessonPlan], texts: Mapping[str, str]) -> list[str]:
    """Lines of any lesson's solution in what learners get of any lesson."""
    return [leak for plan in plans for leak in find_leaks(plan.exercise_cells, texts)]


def _texts_for_learners(root: Path, plan: LessonPlan, built: Mapping[str, Any] | None = None) -> dict[str, str]:
    """A lesson's notebooks as they were built, or as planned, by their names."""
    notebooks = plan.notebooks if built is None else built
    return {
        _show(root, plan.path(root, kind)): notebook_text(notebook)
        for kind, notebook in notebooks.items()
        if kind != "solution"
    }


def _texts_of_package(root: Path) -> dict[str, str]:
    """What a wheel would hold of texts."""
    return {
        _show(root, path): path.read_text(encoding="utf-8", errors="replace")
        for path in sorted((root / "tinyml_course").rglob("*"))
        if path.suffix in _TEXTS and "node_modules" not in path.parts and path.is_file()
    }


def _read(path: Path) -> Any:
    """Read a notebook of the current format; None for anything else."""
    import nbformat

    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text)
        if not isinstance(content, dict) or content.get("nbformat") != 4:
            return None
        notebook = nbformat.reads(text, as_version=4)
        nbformat.validate(notebook)
    except (OSError, ValueError, nbformat.ValidationError):
        return None
    return notebook


def _write_all(texts: Mapping[Path, str]) -> BuildReport:
    """Write each file beside its place first, so that a stopped build leaves no half of one."""
    written, unchanged = [], []
    for path, text in texts.items():
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            unchanged.append(path)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, scratch = tempfile.mkstemp(prefix=".", suffix=path.suffix, dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            Path(scratch).chmod(0o644)
            Path(scratch).replace(path)
        finally:
            Path(scratch).unlink(missing_ok=True)
        written.append(path)
    return BuildReport(tuple(written), tuple(unchanged))


def _show(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()
