"""The virtual Uno where nothing can run: its memory as a picture, and in words."""

from __future__ import annotations

import html

from tinyml_course.boards import get_board
from tinyml_course.export.sketch import Sketch
from tinyml_course.plots import COLOURS
from tinyml_course.toolchain import Build
from tinyml_course.widgets.base import Still, run_this_cell

_WIDTH, _HEIGHT = 480, 24


def still_of(sketch: Sketch, build: Build) -> Still:
    """Return the static face: flash and SRAM of the compiled program."""
    board = get_board(sketch.board)
    flash = (build.flash_bytes, board.flash_bytes, "the program and its constants", COLOURS["bonsai"])
    sram = (
        build.sram_static_bytes,
        board.sram_bytes,
        "static variables; the stack needs some of the rest",
        COLOURS["float"],
    )
    bars = "".join(_bar(name, *figures) for name, figures in (("Flash", flash), ("SRAM", sram)))
    title = f"Virtual {board.name}: the sketch {sketch.name}"
    rows = [f"{name}: {_figures(*figures)}" for name, figures in (("flash", flash), ("SRAM", sram))]
    compiled = f"compiled by {build.toolchain}, {build.optimization}"
    page = (
        f"<p><strong>{html.escape(title)}</strong>, {html.escape(compiled)}</p>{bars}"
        f"{run_this_cell('get the board: it runs this program, and you can draw for it, talk to it and step it')}"
    )
    return Still(page, "\n".join([title, *rows, compiled]))


def _figures(used: int, available: int, what: str, _colour: str) -> str:
    return f"{used:,} of {available:,} bytes: {what}"


def _bar(name: str, used: int, available: int, what: str, colour: str) -> str:
    text = f"{name}: {_figures(used, available, what, colour)}"
    width = _WIDTH * used / available
    return (
        f'<p style="margin:4px 0">{html.escape(text)}<br>'
        f'<svg width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-label="{html.escape(text)}">'
        f'<rect width="{width:.1f}" height="{_HEIGHT}" fill="{colour}"/>'
        f'<rect x="0.5" y="0.5" width="{_WIDTH - 1}" height="{_HEIGHT - 1}" fill="none" stroke="currentColor"/>'
        "</svg></p>"
    )
