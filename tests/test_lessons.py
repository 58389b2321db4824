"""Every lesson keeps what a lesson promises."""

import re
from functools import cache
from pathlib import Path

import nbformat
import pytest

from tinyml_course.authoring import builder, lesson_names
from tinyml_course.authoring.leaks import find_leaks
from tinyml_course.authoring.objectives import objectives_of
from tinyml_course.authoring.source import read_source
from tinyml_course.authoring.validate import notebooks_to_validate, validate
from tinyml_course.grading.registry import sheets_of

ROOT = Path(__file__).resolve().parents[1]
LESSONS = lesson_names(ROOT)
NOTEBOOKS = [(folder, name) for folder in ("notebooks", "exercises", "solutions") for name in LESSONS]
QUANTITY = re.compile(
    r"\d[\d,]*(?:\.\d+)?[ \u00a0]?"
    r"(thousand|million|billion|trillion|[kMGT]B|[KMG]iB|[kMG]Wh|[nµm]J|[µm]A|MHz|%)(?![\w])"
)
DEFINITION = "**2 KiB = 2,048 bytes**"

each_lesson = pytest.mark.parametrize("name", LESSONS)
each_notebook = pytest.mark.parametrize(("folder", "name"), NOTEBOOKS)


@cache
def notebook(folder, name):
    return nbformat.read(ROOT / folder / f"{name}.ipynb", as_version=4)


@cache
def plan(name):
    return builder.plan_lesson(ROOT, name)


def outputs(folder, name):
    return [output for cell in notebook(folder, name).cells for output in cell.get("outputs", [])]


def prose(name):
    return "\n".join(cell.source for cell in notebook("notebooks", name).cells if cell.cell_type == "markdown")


def test_nothing_has_drifted_from_its_source():
    assert builder.check(ROOT) == []


@pytest.mark.parametrize("path", notebooks_to_validate(ROOT), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_nbval_passes(path):
    report = validate([path])
    assert report.passed, report.notebooks[0].problems or report.log


@each_notebook
def test_code_cells_are_short_and_fit_the_page(folder, name):
    for cell in notebook(folder, name).cells:
        if cell.cell_type == "code":
            lines = cell.source.splitlines()
            assert len(lines) <= 10, cell.source
            assert max(map(len, lines)) <= 96, cell.source


@each_lesson
def test_a_lesson_has_a_lessons_length_and_order(name):
    assert 25 <= len(notebook("notebooks", name).cells) <= 40
    text = prose(name)
    order = ["# ", "## What you will be able to do", "## Three questions", "## Predict", "## See it", "## How it works",
             "### Your turn", "## On the board", "## What can go wrong", "## Summary"]  # fmt: skip
    places = [re.search(rf"^{re.escape(heading)}", text, re.MULTILINE) for heading in order]
    assert None not in places, order[places.index(None)] if None in places else ""
    starts = [place.start() for place in places]
    assert starts == sorted(starts)
    assert text.count("<details>") == text.count("</details>")
    assert text[: text.index("## Predict")].count("<details>") == 3
    assert text.count("### Your turn") == 3
    assert len(re.findall(r"^\d\. ", text[text.index("## Summary") :], re.MULTILINE)) == 5


@each_lesson
def test_a_lesson_begins_with_a_title_and_a_picture(name):
    first, second = notebook("notebooks", name).cells[:2]
    assert first.source.startswith(f"# {name[:2]} · ")
    assert "<img" in second.outputs[-1].data["text/html"]


@each_lesson
def test_about_five_objectives_each_with_a_check(name):
    objectives = objectives_of(read_source(ROOT / "content" / name / "lesson.py"))
    assert 4 <= len(objectives) <= 6
    assert [sheet.objective for sheet in sheets_of(name[:2])] == objectives


@each_lesson
def test_headings_of_tasks_carry_the_names_of_their_checks(name):
    text = "\n".join(cell.source for cell in notebook("exercises", name).cells)
    for sheet in sheets_of(name[:2]):
        assert f"task {sheet.objective}, {sheet.task}".lower() in text.lower()


@pytest.mark.parametrize(
    "source", sorted((ROOT / "content").glob("*/**/*.py")), ids=lambda p: f"{p.parent.name}/{p.stem}"
)
def test_quantities_in_the_prose_come_from_the_registry(source):
    for number, line in enumerate(source.read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("# ") and DEFINITION not in line:
            assert not QUANTITY.search(line), f"{source.name}:{number} types a quantity; quote a fact: {line}"


@each_notebook
def test_plain_words(folder, name):
    text = "\n".join(cell.source for cell in notebook(folder, name).cells if cell.cell_type == "markdown")
    assert not re.findall(r"\b(just|simply|obviously|of course|easy|easily|trivial|lossless)\b", text, re.IGNORECASE)


@each_notebook
def test_every_picture_has_an_alternative_text(folder, name):
    html = "".join(output.get("data", {}).get("text/html", "") for output in outputs(folder, name))
    images = re.findall(r"<img [^>]*>", html)
    assert all(len(re.search(r'alt="([^"]*)"', image)[1]) > 40 for image in images)
    assert not any("image/png" in output.get("data", {}) for output in outputs(folder, name))


@each_notebook
def test_outputs_are_clean(folder, name):
    text = "\n".join(str(output.get("text", "")) + str(output.get("data", {}).get("text/plain", ""))
                     for output in outputs(folder, name))  # fmt: skip
    assert not any(output.output_type == "error" or output.get("name") == "stderr" for output in outputs(folder, name))
    assert not re.search(r"/(home|root|tmp|Users)/|[A-Z]:\\|0x7f[0-9a-f]{8}", text)


@each_lesson
def test_no_solution_is_in_the_library_or_in_what_learners_get(name):
    texts = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
             for path in [*(ROOT / "tinyml_course").rglob("*.py"), *(ROOT / "exercises").glob("*.ipynb"),
                          *(ROOT / "notebooks").glob("*.ipynb")]}  # fmt: skip
    assert find_leaks(plan(name).exercise_cells, texts) == []


@each_lesson
def test_checks_pass_in_the_solution_and_wait_in_the_lesson(name):
    def said(folder):
        return "".join(output.get("text", "") for output in outputs(folder, name))

    objectives = objectives_of(read_source(ROOT / "content" / name / "lesson.py"))
    assert all(f"✓ {objective} " in said("solutions") for objective in objectives)
    assert said("notebooks").count("○ ") == 3
    assert "✗" not in said("solutions") + said("notebooks")
