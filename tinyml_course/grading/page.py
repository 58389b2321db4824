"""Pages of HTML that need nothing but themselves: no network, no script; for phones, paper and dark rooms."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from tinyml_course.grading.gradebook import clean
from tinyml_course.plots import Picture

_NUMBER = re.compile(r"[+−]?\d+(\.\d+)?( of \d+| %)?|–|")
_CODE = re.compile(r"`([^`]+)`")
# Whatever a name or a message holds: the page loads nothing and runs nothing.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def text(value: object) -> str:
    """Escape a value for HTML."""
    return html.escape(clean(str(value)))


def prose(value: str) -> str:
    """Escape a message for HTML; what stands between backticks is code."""
    return _CODE.sub(r"<code>\1</code>", text(value))


@dataclass(frozen=True)
class Link:
    """A cell of a table that leads somewhere.

    Parameters
    ----------
    name : str
        What is to be read.
    target : str
        A path from the page's folder, or ``#`` and an element of the page.
    """

    name: str
    target: str


@cache
def _style() -> str:
    return (resources.files("tinyml_course.grading") / "page.css").read_text(encoding="utf-8")


def page(title: str, body: Sequence[str]) -> str:
    """Return a whole page.

    Parameters
    ----------
    title : str
        Plain text: the title, and the page's heading.
    body : sequence of str
        HTML.
    """
    inside = "\n".join(body)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text(title)}</title>\n<style>\n{_style()}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{text(title)}</h1>\n{inside}\n</main>\n</body>\n</html>\n"
    )


def table(caption: str, head: Sequence[str], rows: Sequence[Sequence[object]], wide: bool = False) -> str:
    """Return a table; cells that are numbers stand on the right.

    Parameters
    ----------
    caption : str
        What the table shows.
    head : sequence of str
        Names of the columns. The first column holds the names of the rows.
    rows : sequence of sequence
        Cells: plain text, whole numbers, "3 of 4", or :class:`Link`.
    wide : bool, default False
        Whether a phone must scroll to see all of it, which the keyboard must be able to do as well.
    """
    numeric = [k > 0 and bool(rows) and all(_is_number(row[k]) for row in rows) for k in range(len(head))]
    classes = [' class="number"' if is_number else "" for is_number in numeric]
    titles = "".join(f'<th scope="col"{kind}>{text(name)}</th>' for name, kind in zip(head, classes, strict=True))
    lines = []
    for row in rows:
        cells = [f'<th scope="row">{_inside(row[0])}</th>']
        cells += [f"<td{kind}>{_inside(value)}</td>" for value, kind in zip(row[1:], classes[1:], strict=True)]
        lines.append(f"<tr>{''.join(cells)}</tr>")
    inside = "\n".join(lines)
    reach = f' role="region" aria-label="{text(caption)}" tabindex="0"' if wide else ""
    return (
        f'<div class="scroll"{reach}>\n<table>\n<caption>{text(caption)}</caption>\n'
        f"<thead><tr>{titles}</tr></thead>\n<tbody>\n{inside}\n</tbody>\n</table>\n</div>"
    )


def _inside(value: object) -> str:
    if isinstance(value, Link):
        return f'<a href="{html.escape(value.target)}">{text(value.name)}</a>'
    return text(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) or (isinstance(value, str) and _NUMBER.fullmatch(value) is not None)


def picture(drawn: Picture) -> str:
    """Return a picture with its alternative text, as a part of the page."""
    source = "data:image/png;base64," + base64.b64encode(drawn.png()).decode("ascii")
    return f'<figure class="scroll" tabindex="0"><img alt="{html.escape(drawn.alt)}" src="{source}"></figure>'
