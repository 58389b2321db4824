"""Laying out notebooks: which cells, with which ids and metadata. The same source gives the same bytes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from tinyml_course.authoring.source import SOLUTION_ONLY, SourceCell
from tinyml_course.errors import LessonError

_CHECK_CALL = re.compile(r"^check\(\s*[\"'](?P<objective>[^\"']+)[\"']", re.MULTILINE)
_ID_CHARACTERS = re.compile(r"[^a-zA-Z0-9_-]")

_ADDED_BY_USE = {
    "collapsed",
    "editable",
    "execution",
    "jp-MarkdownHeadingCollapsed",
    "scrolled",
    "slideshow",
    "trusted",
}

NOTEBOOK_METADATA: Mapping[str, Any] = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
"""Metadata of every notebook; nothing in it depends on the machine."""


def lesson_notebook(lesson: str, cells: Sequence[SourceCell], exercise: Sequence[SourceCell]) -> Any:
    """Lay out the lesson: its own cells, and the tasks it includes as learners get them.

    Parameters
    ----------
    lesson : str
        Folder name.
    cells, exercise : sequence of SourceCell
        Of ``lesson.py`` and ``exercise.py``.

    Returns
    -------
    nbformat.NotebookNode
        Not executed.

    Raises
    ------
    LessonError
        If the lesson includes a task that the exercise does not have.
    """
    made: list[Any] = []
    for cell in cells:
        if not cell.include:
            made.append(_make(lesson, "lesson", len(made), cell, cell.text))
            continue
        included = [part for part in exercise if part.task == cell.include and not part.is_solution_only]
        if not included:
            raise LessonError(f"{lesson}/lesson.py includes task {cell.include}, which exercise.py does not have.")
        made += [
            _make(lesson, "lesson", len(made) + index, part, part.without_solution())
            for index, part in enumerate(included)
        ]
    return _notebook(made)


def exercise_notebook(lesson: str, cells: Sequence[SourceCell], points: Mapping[str, int]) -> Any:
    """Lay out the exercise: solutions blanked, cells marked for nbgrader; `points` of each objective."""
    kept = [cell for cell in cells if not cell.is_solution_only]
    made = []
    for index, cell in enumerate(kept):
        node = _make(lesson, "exercise", index, cell, cell.without_solution())
        node.metadata["nbgrader"] = _nbgrader(cell, node.id, points)
        made.append(node)
    return _notebook(made)


def solution_notebook(lesson: str, cells: Sequence[SourceCell]) -> Any:
    """Lay out the solution: everything, the markers removed."""
    made = [_make(lesson, "solution", index, cell, cell.with_solution()) for index, cell in enumerate(cells)]
    return _notebook(made)


def check_of(cell: SourceCell) -> str:
    """Return the objective that a cell checks, such as ``"01.2"``; empty if it holds no check."""
    call = _CHECK_CALL.search(cell.text) if cell.kind == "code" else None
    return call["objective"] if call else ""


def _make(lesson: str, kind: str, index: int, cell: SourceCell, text: str) -> Any:
    import nbformat

    metadata = {key: value for key, value in cell.metadata.items() if key != "tags"}
    tags = [tag for tag in cell.metadata.get("tags", ()) if tag != SOLUTION_ONLY]
    if tags:
        metadata["tags"] = tags
    make = nbformat.v4.new_code_cell if cell.kind == "code" else nbformat.v4.new_markdown_cell
    return make(text.strip("\n"), id=_cell_id(lesson, kind, index, cell.name), metadata=metadata)


def _cell_id(lesson: str, kind: str, index: int, name: str) -> str:
    """Ids come from names and places, never from chance, so that a rebuild changes nothing."""
    if name:
        return _ID_CHARACTERS.sub("-", f"{lesson[:2]}-{name}")[:64]
    return hashlib.sha256(f"{lesson}:{kind}:{index}".encode()).hexdigest()[:8]


def _nbgrader(cell: SourceCell, cell_id: str, points: Mapping[str, int]) -> dict[str, Any]:
    """Mark a cell for nbgrader: answers are open, checks and texts locked. What the author wrote wins."""
    objective = check_of(cell)
    answer = cell.has_solution
    role = "answer" if answer else "check" if objective else "text"
    number = (cell.task or cell_id).replace(".", "-")
    marks: dict[str, Any] = {
        "grade": bool(objective),
        "grade_id": f"task-{number}-{role}" if role != "text" else f"text-{cell_id}",
        "locked": not answer,
        "schema_version": 3,
        "solution": answer,
        "task": False,
    }
    if objective:
        marks["points"] = points[objective]
    return {**marks, **cell.metadata.get("nbgrader", {})}


def _notebook(cells: list[Any]) -> Any:
    import nbformat

    ids = [cell.id for cell in cells]
    twice = sorted({cell_id for cell_id in ids if ids.count(cell_id) > 1})
    if twice:
        raise LessonError(f"Cells need different names; these ids appear more than once: {', '.join(twice)}.")
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=nbformat.from_dict(dict(NOTEBOOK_METADATA)))
    nbformat.validate(notebook)
    return notebook


def structure(notebook: Any) -> list[dict[str, Any]]:
    """List what an author decides about each cell: id, type, source and metadata.

    Outputs and execution counts are left out, and so is the metadata that JupyterLab adds
    when somebody opens a notebook, runs it and saves it.
    """
    return [
        {
            "id": cell.id,
            "cell_type": cell.cell_type,
            "source": cell.source,
            "metadata": {key: value for key, value in cell.metadata.items() if key not in _ADDED_BY_USE},
        }
        for cell in notebook.cells
    ]


def to_text(notebook: Any) -> str:
    """Write a notebook as stable JSON, one line feed at the end."""
    import nbformat

    return str(nbformat.writes(notebook)).rstrip("\n") + "\n"
