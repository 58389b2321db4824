"""Looking for solutions in what learners get."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence

from tinyml_course.authoring.source import SourceCell

_SHORTEST = 12
"""Characters, spaces not counted, from which on a line of code says something by itself."""
_SAYS_SOMETHING = 6  # where all lines of a solution are looked for together
_REMARK = re.compile(r"(?<=\S)\s+# .*$")  # behind code
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_TAG = re.compile(r"</?(?:span|b|i|em|strong|code|a|font|pre|mark)\b[^<>]*>", re.IGNORECASE)
_NEEDS_READING = re.compile(r"\x1b|&(?:\w+|#\w+);|</")


def solution_lines(cells: Sequence[SourceCell]) -> list[str]:
    """List the lines that no learner may get.

    Parameters
    ----------
    cells : sequence of SourceCell
        Of ``exercise.py``.

    Returns
    -------
    list of str
        Without spaces. Comments, very short lines and lines that the exercise shows anyway
        (a loop's head, a text) are left out.
    """
    shown = {
        _squeeze(line) for cell in cells if not cell.is_solution_only for line in cell.without_solution().split("\n")
    }
    solved = [line for cell in cells for line in cell.solution_lines()]
    # What only the solution notebook has is none of the learners' business either; its texts may be quoted.
    for cell in cells:
        if cell.is_solution_only and cell.kind == "code":
            solved += [line for line in cell.text.split("\n") if not line.startswith(("import ", "from "))]
    lines = dict.fromkeys(_squeeze(_REMARK.sub("", line)) for line in solved)
    return [line for line in lines if len(line) >= _SHORTEST and not line.startswith("#") and line not in shown]


def find_leaks(cells: Sequence[SourceCell], texts: Mapping[str, str]) -> list[str]:
    """Find solution lines in texts.

    Parameters
    ----------
    cells : sequence of SourceCell
        Of ``exercise.py``.
    texts : mapping of str to str
        Name of a text to the text.

    Returns
    -------
    list of str
        One sentence for each finding; empty when nothing leaks.
    """
    secrets = solution_lines(cells)
    findings = [
        f"{name} holds a line of the solution: {secret}"
        for name, text in texts.items()
        for plain in [_plain(text)]
        for secret in secrets
        if _same_quotes(secret) in plain
    ]
    return findings + [f"The exercise shows the whole solution of task {task}." for task in _shown_tasks(cells)]


def _shown_tasks(cells: Sequence[SourceCell]) -> list[str]:
    """Tasks whose solution stands, line by line, where learners see it: its lines are no secret any more."""
    shown = {
        _squeeze(line) for cell in cells if not cell.is_solution_only for line in cell.without_solution().split("\n")
    }
    found = []
    for cell in cells:
        lines = [_squeeze(line) for line in cell.solution_lines()]
        says = [line for line in lines if len(line) >= _SAYS_SOMETHING and not line.startswith("#")]
        if says and shown.issuperset(says):
            found.append(cell.task)
    return found


def notebook_text(notebook: object) -> str:
    """Everything a notebook says: sources, outputs and metadata, as one text without JSON escapes."""
    return "\n".join(_strings(notebook))


def _strings(node: object) -> Iterable[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping):
        for key, value in node.items():
            yield from _strings(key)
            yield from _strings(value)
    elif isinstance(node, list | tuple):
        for item in node:
            yield from _strings(item)


def _squeeze(text: str) -> str:
    return "".join(text.split())


def _same_quotes(text: str) -> str:
    return text.replace("'", '"')


def _plain(text: str) -> str:
    """A text as it reads: without the colours of a terminal, the escapes of HTML and JSON, and spaces."""
    without = html.unescape(_TAG.sub("", _COLOUR.sub("", text))) if _NEEDS_READING.search(text) else text
    both = text if without == text else f"{text}\n{without}"
    return _same_quotes(_squeeze(both.replace("\\n", " ").replace('\\"', '"')))
