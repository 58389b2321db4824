"""No package that learners can get holds a solution: neither its lines, nor the definitions of the checks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

from tinyml_course.authoring.leaks import find_leaks, solution_lines
from tinyml_course.authoring.project import lesson_names
from tinyml_course.authoring.source import read_source
from tinyml_course.grading.definitions import check_sources

ROOT = Path(__file__).resolve().parents[2]
BUILDERS = {"wheel": WheelBuilder, "sdist": SdistBuilder}
TEXT = {".py", ".ipynb", ".json", ".md", ".toml", ".js", ".mjs", ".c", ".h", ".ino", ".txt", ".svg"}
packages = pytest.mark.parametrize("kind", BUILDERS)


@cache
def files_of(kind: str) -> Mapping[str, Path]:
    """Every file that a package would hold, by its name in it."""
    included = BUILDERS[kind](str(ROOT)).recurse_included_files()
    return {Path(file.distribution_path).as_posix(): Path(file.path) for file in included}


@packages
def test_a_package_holds_no_sources_of_solutions(kind):
    names = files_of(kind)
    assert "tinyml_course/grading/sheets/01.json" in names
    for folder in ("content/", "solutions/", "tests/"):
        assert [name for name in names if name.startswith(folder)] == []
    assert [name for name in names if Path(name).name == "checks.py" and "grading" not in name] == []
    assert [name for name in names if "checks" in Path(name).parts] == []


@cache
def texts_of(kind: str) -> Mapping[str, str]:
    """The texts among them."""
    return {
        name: path.read_text(encoding="utf-8")
        for name, path in files_of(kind).items()
        if path.suffix in TEXT and "node_modules" not in path.parts
    }


@packages
@pytest.mark.parametrize("lesson", lesson_names(ROOT))
def test_no_line_of_a_solution_is_in_a_package(kind, lesson):
    cells = read_source(ROOT / "content" / lesson / "exercise.py")
    assert len(texts_of(kind)) > 100
    assert solution_lines(cells)
    assert find_leaks(cells, texts_of(kind)) == []


def code_lines(text: str) -> set[str]:
    """Lines that say something, without spaces. What a sheet holds anyway is left out: texts, a hint for example."""
    lines = {"".join(line.split()) for line in text.splitlines()}
    return {line for line in lines if len(line) >= 24 and not line.startswith(('"', "#", "from", "import"))}


def copied(definition: str, texts: Mapping[str, str]) -> Mapping[str, int]:
    """How many of the lines of a definition other texts hold, by their names; one or two may be so by accident."""
    found = {name: len(code_lines(text) & code_lines(definition)) for name, text in texts.items()}
    return {name: count for name, count in found.items() if count > 2}


@packages
@pytest.mark.parametrize("lesson", lesson_names(ROOT))
def test_no_definition_of_a_check_is_in_a_package(kind, lesson):
    for source in check_sources(ROOT / "content" / lesson):
        assert copied(source.read_text(encoding="utf-8"), texts_of(kind)) == {}, source


@pytest.mark.parametrize("lesson", lesson_names(ROOT))
def test_a_copy_of_a_definition_would_be_found(lesson):
    sources = check_sources(ROOT / "content" / lesson)
    texts = {path.name: path.read_text(encoding="utf-8") for path in sources if path.name != "__init__.py"}
    assert all(name in copied(text, {name: f"x = 1\n{text}"}) for name, text in texts.items())
    assert texts
