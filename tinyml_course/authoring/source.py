"""Reading a lesson's sources: Jupytext percent files with solution markers.

What an author can write, besides cells:

``# %% name tags=["solution-only"]``
    A cell's name becomes its id; tags are kept. ``solution-only`` cells appear in the
    solution notebook alone.
``# %% task="01.2"`` (in ``exercise.py``)
    The cells of one task: its text, one code cell with a solution, one with its check.
``# %% [markdown] include="01.2"`` (in ``lesson.py``)
    Puts the cells of that task here, without the solution.
``{gpt3.parameters}`` (in markdown cells)
    Is replaced by that fact; see :func:`tinyml_course.facts.fill`.
``### BEGIN SOLUTION complete the line`` … ``### END SOLUTION``
    What learners do not get. The text after the marker stands in the blank.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tinyml_course.errors import LessonError
from tinyml_course.facts import fill

_BEGIN = re.compile(r"^(?P<indent>[ \t]*)### BEGIN SOLUTION(?: (?P<what>.+?))?[ \t]*$")
_END = re.compile(r"^[ \t]*### END SOLUTION[ \t]*$")
_LOOKS_LIKE_MARKER = re.compile(
    r"#[#\W_]*(?:(?:BEGIN|START|END|STOP)(?:[\W_]|OF|THE)*(?:SOLUTION|HIDDEN)|SOLUTION[\W_]*(?:BEGINS?|STARTS?|ENDS?)\b)",
    re.IGNORECASE,
)
# All that jupytext takes for the start of a cell.
_CELL_START = re.compile(r"^\s*#\s*(?:%%|<codecell>|In\[[\d ]*\]:?\s*$)")
_DEFAULT_BLANK = "write your code here"

SOLUTION_ONLY = "solution-only"
"""Tag of cells that only the solution notebook has."""


@dataclass(frozen=True)
class SourceCell:
    """One authored cell.

    Parameters
    ----------
    kind : str
        ``"markdown"`` or ``"code"``.
    text : str
        Its source, solution markers included.
    name : str
        As the author named it; empty for most.
    task : str
        The task it belongs to, such as ``"01.2"``; empty for none.
    include : str
        The task whose cells stand here; empty for none.
    metadata : dict
        All other cell metadata, tags included.
    """

    kind: str
    text: str
    name: str = ""
    task: str = ""
    include: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def has_solution(self) -> bool:
        """Whether a part of it is a solution."""
        return any(_BEGIN.match(line) for line in self.text.splitlines())

    @property
    def is_solution_only(self) -> bool:
        """Whether only the solution notebook has this cell."""
        return SOLUTION_ONLY in self.metadata.get("tags", ())

    def with_solution(self) -> str:
        """Return the source as the solution notebook has it: without the markers."""
        return "\n".join(line for line in self.text.splitlines() if not _BEGIN.match(line) and not _END.match(line))

    def without_solution(self) -> str:
        """Return the source as learners get it: every solution replaced by a blank that names its task."""
        lines: list[str] = []
        inside = False
        for line in self.text.splitlines():
            if begin := _BEGIN.match(line):
                inside = True
                what = begin["what"] or _DEFAULT_BLANK
                text = json.dumps(f"{what}: task {self.task}", ensure_ascii=False)
                lines.append(f"{begin['indent']}raise NotImplementedError({text})")
            elif _END.match(line):
                inside = False
            elif not inside:
                lines.append(line)
        return "\n".join(lines)

    def solution_lines(self) -> list[str]:
        """Lines between the markers, as they stand."""
        kept = set()
        lines = self.text.splitlines()
        inside = False
        for index, line in enumerate(lines):
            if _BEGIN.match(line):
                inside = True
            elif _END.match(line):
                inside = False
            elif inside:
                kept.add(index)
        return [lines[index] for index in sorted(kept)]


def read_source(path: Path) -> list[SourceCell]:
    """Read and check one percent file.

    Parameters
    ----------
    path : pathlib.Path
        ``lesson.py`` or ``exercise.py``.

    Returns
    -------
    list of SourceCell
        In order; empty cells are left out, includes are kept.

    Raises
    ------
    LessonError
        If the file is missing or not UTF-8, or if its solution markers are unbalanced;
        the message names file and line.
    """
    import jupytext

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LessonError(f"Cannot read the lesson source {path}: {error}.") from error
    check_markers(text.splitlines(), path)
    cells = [_from_jupytext(cell) for cell in jupytext.reads(text, fmt="py:percent").cells]
    for cell in cells:  # whatever jupytext takes for the start of a cell: none shows a part of a solution
        check_markers(cell.text.splitlines(), path)
    return [cell for cell in cells if cell.text.strip() or cell.include]


def check_markers(lines: Sequence[str], path: Path) -> None:
    """Refuse solution markers that are unbalanced, misspelt or reach over a cell's end.

    Raises
    ------
    LessonError
        With file and line.
    """
    opened, empty = 0, True
    for number, line in enumerate(lines, start=1):
        if _BEGIN.match(line):
            if opened:
                raise LessonError(f"{path}:{number}: a solution begins inside the solution of line {opened}.")
            opened, empty = number, True
        elif _END.match(line):
            if not opened:
                raise LessonError(f"{path}:{number}: a solution ends here and none has begun.")
            if empty:
                raise LessonError(f"{path}:{opened}: this solution is empty: is it outside of its markers?")
            opened = 0
        elif _CELL_START.match(line) and opened:
            raise LessonError(f"{path}:{opened}: this solution does not end before its cell ends (line {number}).")
        elif _LOOKS_LIKE_MARKER.search(line):
            raise LessonError(
                f"{path}:{number}: expected '### BEGIN SOLUTION' or '### END SOLUTION' alone on its line, "
                f"got {line.strip()!r}."
            )
        elif line.strip():
            empty = False
    if opened:
        raise LessonError(f"{path}:{opened}: this solution does not end before the file ends.")


def _from_jupytext(cell: Any) -> SourceCell:
    metadata = {key: value for key, value in cell.metadata.items() if key != "lines_to_next_cell"}
    name, task, include = (str(metadata.pop(key, "")) for key in ("title", "task", "include"))
    text = fill(cell.source) if cell.cell_type == "markdown" else cell.source
    return SourceCell(cell.cell_type, text, name, task, include, metadata)
