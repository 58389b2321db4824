"""Feedback and class report in Chromium: on a desk, on a phone, in the dark, by keyboard, on paper."""

from __future__ import annotations

import base64
import sys
from pathlib import Path

import pytest
from chromium import Tab

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "grading"))
from graded import exercise, graded, result

from tinyml_course.grading.class_report import class_report
from tinyml_course.grading.feedback import feedback
from tinyml_course.grading.gradebook import Gradebook
from tinyml_course.grading.judge import PartResult, Result
from tinyml_course.grading.submissions import PassedOver

PARTS = (PartResult("the scale", 1, 1), PartResult("ranges without any zero in them", 0, 2))
WRONG = "◐ 02.1 Task 02.1 · 1 of 3 points · right: the scale · another answer. `np.round` rounds halves to even."
PARTLY = Result("02.1", "Task 02.1", "partly", PARTS, WRONG, "sign of the zero point")
LONG = "a.very.long.login.of.a.student@students.mathematics.example.org"
WIDTHS = (1200, 375, 320)
#: Everything that sticks out of the page or of a box that does not scroll, and what scrolls without the keyboard.
_OUT = """[...document.querySelectorAll('main *')].filter(one => {
  const inside = one.closest('.scroll');
  return inside ? inside.scrollWidth > inside.clientWidth && !inside.hasAttribute('tabindex')
                : one.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5;
}).map(one => one.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """A student's page and the report."""
    first = graded(LONG, "01_first_steps", result("01.1", 2), result("01.2", 0, misconception="bits for bytes"))
    second = graded(LONG, "02_second", PARTLY, problems=("Code cell 3 stops with line 2: SyntaxError",))
    book = Gradebook(
        (exercise("01_first_steps", 2, 2), exercise("02_second", 3)), (first, second), {"zoe": ""},
        (PassedOver("zoe", "zoe/homework_that_has_quite_a_long_name.ipynb", "its name begins with no number"),),
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("pages")
    for name, page in (("feedback", feedback(book, LONG)), ("report", class_report(book, lambda _: "feedback.html"))):
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
    return folder


@pytest.fixture
def tab(chromium):
    """A tab of its own."""
    with Tab(chromium) as one:
        yield one


def go(tab, pages, name, width=1200):
    tab.resize(width)
    tab.goto((pages / f"{name}.html").as_uri())
    tab.wait_for("document.readyState === 'complete' && [...document.images].every(image => image.complete)")


@pytest.mark.parametrize("name", ["feedback", "report"])
def test_nothing_sticks_out_and_nothing_is_loaded(tab, pages, name):
    for width in WIDTHS:
        go(tab, pages, name, width)
        assert tab.evaluate(_OUT) == [], width
        tab.keep_screenshot(f"grading-{name}-{width}")
    assert tab.errors == []
    assert {address.partition(":")[0] for address in tab.requests} <= {"file", "data"}


def test_dark_rooms_get_a_dark_page(tab, pages):
    grounds = []
    for scheme in ("light", "dark"):
        tab.send("Emulation.setEmulatedMedia", media="", features=[{"name": "prefers-color-scheme", "value": scheme}])
        go(tab, pages, "feedback")
        grounds.append(tab.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds == ["rgb(255, 255, 255)", "rgb(22, 25, 26)"]


def test_the_keyboard_leads_from_the_overview_to_an_exercise(tab, pages):
    go(tab, pages, "feedback")
    for _ in range(2):
        for kind in ("keyDown", "keyUp"):
            tab.send("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
    tab.wait_for("document.activeElement.textContent === 'Exercise 02 · Second'")
    assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    for kind in ("keyDown", "keyUp"):
        tab.send("Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", windowsVirtualKeyCode=13, text="\\r")
    tab.wait_for("location.hash === '#exercise-02' && document.querySelector('#exercise-02')")


def test_a_screen_reader_finds_headings_tables_and_pictures(tab, pages):
    go(tab, pages, "report")
    tree = tab.send("Accessibility.getFullAXTree")["nodes"]
    roles: dict[str, list[str]] = {}
    for node in tree:
        if not node.get("ignored"):
            roles.setdefault(node["role"]["value"], []).append(node.get("name", {}).get("value", ""))
    assert len(roles["main"]) == 1
    assert roles["heading"][0] == "How the class did"
    assert len(roles["image"]) == 3 and all(name.strip() for name in roles["image"])
    assert len(roles["table"]) >= 5 and all(name for name in roles["table"])
    assert {"columnheader", "rowheader", "link"} <= roles.keys()


@pytest.mark.parametrize("name", ["feedback", "report"])
def test_it_prints(tab, pages, name):
    go(tab, pages, name)
    paper = base64.b64decode(tab.send("Page.printToPDF", paperWidth=8.27, paperHeight=11.69)["data"])
    assert paper.startswith(b"%PDF-")
    tab.send("Emulation.setEmulatedMedia", media="print")
    tab.resize(720, 1000)
    assert tab.evaluate("getComputedStyle(document.querySelector('.task, tr')).breakInside") == "avoid"
    assert tab.evaluate(_OUT) == []
