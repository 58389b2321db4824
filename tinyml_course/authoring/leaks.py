"""Looking for solutions in what learners get."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tinyml_course.authoring.source import SourceCell

_SHORTEST = 12
"""Characters, spaces not counted, from which on a line of code says something by itself."""


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
    lines = dict.fromkeys(_squeeze(line) for cell in cells for line in cell.solution_lines())
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
    squeezed = {name: _squeeze(text) for name, text in texts.items()}
    return [
        f"{name} holds a line of the solution: {secret}"
        for name, text in squeezed.items()
        for secret in secrets
        if secret in text
    ]


def notebook_text(notebook: object) -> str:
    """Everything a notebook says: sources, outputs and metadata, as one text without JSON escapes."""
    return "\n".join(_strings(notebook))


def _strings(node: object) -> Iterable[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping):
        for value in node.values():
            yield from _strings(value)
    elif isinstance(node, list | tuple):
        for item in node:
            yield from _strings(item)


def _squeeze(text: str) -> str:
    return "".join(text.split())
