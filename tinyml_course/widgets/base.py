"""What the interactive pieces share: their JavaScript, and what a reader without a kernel sees."""

from __future__ import annotations

import html
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import anywidget

from tinyml_course.pictures.svg import with_images


@cache
def esm(name: str) -> str:
    """Return the text of a piece's JavaScript: ``js/dist/NAME.js``, built from ``js/src/NAME``."""
    return (resources.files("tinyml_course.widgets") / "js" / "dist" / f"{name}.js").read_text(encoding="utf-8")


class Still(NamedTuple):
    """What a piece shows where nothing can be moved: in a saved notebook, on a web page, in a terminal.

    Parameters
    ----------
    html : str
        For a page; holds the idea of the piece, with text for those who cannot see a picture.
    text : str
        The same in plain text.
    """

    html: str
    text: str


class Piece(anywidget.AnyWidget):
    """An interactive piece; a subclass has `_esm` and :meth:`still`."""

    def still(self) -> Still:
        """Return what is shown where nothing can be moved."""
        raise NotImplementedError(f"{type(self).__name__} needs a static face")

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        shown = super()._repr_mimebundle_(**kwargs)
        if shown is None:
            return None
        data, metadata = shown
        still = self.still()
        return {**data, "text/html": with_images(still.html), "text/plain": still.text}, metadata


def run_this_cell(what: str) -> str:
    """Return the HTML line that says how to get the piece itself: ``what`` continues "Run this cell to"."""
    return f"<p><em>Run this cell to {html.escape(what)}.</em></p>"
