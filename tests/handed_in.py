"""Notebooks as students hand them in, made from the course's own exercises and solutions."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tinyml_course.grading.sandbox import why_not_confined

ROOT = Path(__file__).resolve().parents[1]
NAMES = {path.stem[:2]: path.stem for path in (ROOT / "exercises").glob("*.ipynb")}
#: Where nothing can lock submissions in, the tests vouch for theirs.
TRUSTED = bool(sys.platform != "win32" and why_not_confined())
needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="submissions run on Linux and macOS only")


def stub(lesson):
    """The exercise as it is handed out."""
    return json.loads((ROOT / "exercises" / f"{NAMES[lesson]}.ipynb").read_text(encoding="utf-8"))


def solution(lesson):
    """The exercise, solved."""
    return json.loads((ROOT / "solutions" / f"{NAMES[lesson]}.ipynb").read_text(encoding="utf-8"))


def code(*sources):
    """A notebook with these code cells alone."""
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": source} for source in sources]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def add(notebook, *sources):
    """The notebook with more code cells at its end."""
    return {**notebook, "cells": notebook["cells"] + code(*sources)["cells"]}


def solved(lesson, tasks):
    """The exercise with its first tasks solved and the others untouched; code cells only."""
    answers = [_source(cell) for cell in solution(lesson)["cells"] if _source(cell).startswith("def ")][:tasks]
    by_name = {answer.partition("(")[0]: answer for answer in answers}
    cells = [cell for cell in stub(lesson)["cells"] if cell["cell_type"] == "code"]
    return code(*(by_name.get(_source(cell).partition("(")[0], _source(cell)) for cell in cells))


def _source(cell):
    return "".join(cell["source"])


def hand_in(folder, student, lesson, notebook):
    """Write a notebook where a student's belongs."""
    path = folder / student / f"{NAMES[lesson]}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(notebook if isinstance(notebook, str) else json.dumps(notebook), encoding="utf-8")
    return path
