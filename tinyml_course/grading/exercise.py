"""An exercise as a grader and a learner's check see it: its sheets, and the cells that earn nothing."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinyml_course.errors import GradingError
from tinyml_course.grading.sheet import Sheet
from tinyml_course.grading.submissions import parse_notebook


@dataclass(frozen=True)
class Exercise:
    """What submissions to one exercise are asked.

    Parameters
    ----------
    name : str
        Such as ``"04_quantization_by_hand"``.
    sheets : tuple of Sheet
        One for each task.
    closing : frozenset of str
        Sources of the course's own cells that follow the last task, see :func:`closing_cells`.
    title : str
        For people. Default: made of the name.
    """

    name: str
    sheets: tuple[Sheet, ...]
    closing: frozenset[str] = frozenset()
    title: str = ""

    def __post_init__(self) -> None:
        if not self.title:
            number, _, words = self.name.partition("_")
            object.__setattr__(self, "title", f"Exercise {number} · {words.replace('_', ' ').capitalize()}")

    @property
    def number(self) -> str:
        """The two digits that its name begins with."""
        return self.name[:2]

    @property
    def points(self) -> int:
        """What could be earned."""
        return sum(sheet.points for sheet in self.sheets)


def closing_cells(notebook: Path) -> frozenset[str]:
    """Sources of the cells that a handed-out exercise shows after its last task.

    They put the answers to use: a board that runs a trained model, a plot. They earn no points and may take
    minutes, so neither the grader nor ``tinyml check`` runs them. A cell that a student changed is another cell.

    Parameters
    ----------
    notebook : pathlib.Path
        The exercise as it is handed out, in ``exercises/``.

    Raises
    ------
    GradingError
        If it cannot be read.
    """
    cells = _cells(notebook)
    graded = [number for number, cell in enumerate(cells) if _mark(cell, "grade")]
    after = cells[graded[-1] + 1 :] if graded else []
    return frozenset(
        _source(cell) for cell in after if cell["cell_type"] == "code" and _mark(cell, "locked") and _source(cell)
    )


def title_of(notebook: Path) -> str:
    """Return the heading of a handed-out exercise; empty if it has none.

    Raises
    ------
    GradingError
        If it cannot be read.
    """
    lines = (line for cell in _cells(notebook) if cell["cell_type"] == "markdown" for line in _source(cell).split("\n"))
    return next((line.removeprefix("# ").strip() for line in lines if line.startswith("# ")), "")


def _cells(notebook: Path) -> list[dict[str, Any]]:
    try:
        cells: list[dict[str, Any]] = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError) as error:
        raise GradingError(f"Cannot read the exercise {notebook}: {error}. Run: tinyml build") from error
    return cells


def _mark(cell: dict[str, Any], name: str) -> bool:
    return bool(cell.get("metadata", {}).get("nbgrader", {}).get(name))


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    lines = source if isinstance(source, list) else [source]
    return "".join(line for line in lines if isinstance(line, str)).strip()


def without_closing(content: bytes, closing: Collection[str]) -> bytes:
    """Empty a submission's closing cells; all others keep their number.

    Parameters
    ----------
    content : bytes
        A notebook, whoever wrote it. One that cannot be read comes back as it is.
    closing : collection of str
        What :func:`closing_cells` found.
    """
    notebook = parse_notebook(content)
    if isinstance(notebook, str):
        return content
    cells = [cell for cell in notebook["cells"] if isinstance(cell, dict)]
    found = [cell for cell in cells if cell.get("cell_type") == "code" and _source(cell) in closing]
    if not found:
        return content
    for cell in found:
        cell["source"] = ""
    return json.dumps(notebook).encode()
