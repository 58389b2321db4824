"""Feedback and class report: what they say, that they load nothing, and that everybody can read them."""

from html.parser import HTMLParser
from itertools import pairwise

import pytest
from graded import exercise, graded, result

from tinyml_course.grading.class_report import class_report, misconceptions, task_scores
from tinyml_course.grading.feedback import feedback, said
from tinyml_course.grading.gradebook import Gradebook
from tinyml_course.grading.judge import PartResult, Result

EVIL = '<script>alert(1)</script>"><img src=x onerror=alert(1)>&'
EXERCISES = (exercise("01_first_steps", 2, 2), exercise("02_second", 3))
PARTS = (PartResult("the scale", 1, 1), PartResult("the zero point", 0, 2))
PARTLY = Result(
    "02.1",
    "Task 02.1",
    "partly",
    PARTS,
    "◐ 02.1 Task 02.1 · 1 of 3 points · right: the scale · another answer than expected. Look at its sign.",
    "sign of the zero point",
)
BOOK = Gradebook(
    EXERCISES,
    (
        graded("ada", "01_first_steps", result("01.1", 2), result("01.2", 0, misconception="bits for bytes")),
        graded(
            "ada", "02_second", PARTLY, problems=("Code cell 3 stops with line 2: SyntaxError: '(' was never closed",)
        ),
        graded("bob", "01_first_steps", result("01.1", 2), result("01.2", 0, misconception="bits for bytes")),
        graded(EVIL, "01_first_steps", result("01.1", 0, status="not done", text=EVIL), problems=(EVIL,), source=EVIL),
    ),
)


class Page(HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self, source):
        super().__init__()
        self.elements, self.open, self.words, self.captions = [], [], [], 0
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self):
        return " ".join("".join(self.words).split())

    def tags(self):
        return [tag for tag, _ in self.elements]


PAGES = [feedback(BOOK, student) for student in BOOK.rows] + [class_report(BOOK)]


@pytest.mark.parametrize("source", PAGES)
def test_a_page_is_whole_accessible_and_needs_nothing(source):
    page = Page(source)
    assert page.open == []
    tags = page.tags()
    assert tags.count("h1") == 1 and tags.count("main") == 1
    assert ("html", {"lang": "en"}) in page.elements
    assert ("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}) in page.elements
    assert tags.count("caption") == tags.count("table")
    assert {attributes["scope"] for tag, attributes in page.elements if tag == "th"} <= {"row", "col"}
    levels = [int(tag[1]) for tag in tags if tag in ("h1", "h2", "h3")]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    for tag, attributes in page.elements:
        assert tag not in ("script", "link", "iframe", "a")
        assert not any(name.startswith("on") for name in attributes)
        if tag == "img":
            assert attributes["src"].startswith("data:image/png;base64,")
            assert len(attributes["alt"]) > 20
    assert "http" not in source.replace("http-equiv", "")
    assert "prefers-color-scheme: dark" in source
    assert EVIL not in source


def test_feedback_says_what_to_know():
    text = Page(feedback(BOOK, "ada")).text
    for words in (
        "Feedback for ada", "3 of 7 points", "Exercise 01: first steps", "Task 01.1: Task 01.1", "✓ right",
        "✗ not right", "Looks like: bits for bytes", "◐ partly right · 1 of 3 points", "the zero point", "missing",
        "Right: the scale · another answer than expected. Look at its sign.", "sign of the zero point",
        "Code cell 3 stops with line 2: SyntaxError", "Next: repair the part that is missing",
    ):  # fmt: skip
        assert words in text, words
    assert "bob" not in text


def test_feedback_names_an_exercise_that_was_not_handed_in():
    assert "No notebook was handed in. Expected a file whose name begins with 02." in Page(feedback(BOOK, "bob")).text


def test_no_status_is_told_by_colour_alone():
    for status, words in {"right": "✓ right", "stopped": "✗ stopped with an error", "not done": "○ not done"}.items():
        one = graded("ada", "01_first_steps", result("01.1", 2 * (status == "right"), status=status))
        assert words in Page(feedback(Gradebook(EXERCISES, (one,)), "ada")).text


def test_said_is_the_message_alone():
    assert said(result("01.1", 0, text="another answer.")) == "Another answer."
    undone = Result("01.1", "A · B", "not done", (PartResult("x", 0, 2),), "○ 01.1 A · B · not done yet: y.")
    assert said(undone) == "Not done yet: y."


def test_the_report_states_its_findings():
    text = Page(class_report(BOOK)).text
    for words in (
        "3 students, 4 notebooks", "Half of the class has at least 2 of 7 points",
        "Task 01.2 is the hardest: 0% of its points were earned", "“bits for bytes” (01.2) led 2 students astray",
        "2 notebooks did not run as they should",
    ):  # fmt: skip
        assert words in text, words
    assert Page(class_report(BOOK)).tags().count("img") == 3


def test_the_report_of_a_class_without_mistakes():
    perfect = Gradebook(EXERCISES[:1], (graded("ada", "01_first_steps", result("01.1", 2), result("01.2", 2)),))
    text = Page(class_report(perfect)).text
    assert "No task was hard: every point was earned" in text
    assert "No known misconception was met" in text
    assert "Every notebook ran to its end" in text


def test_the_report_of_a_class_in_which_nothing_could_be_graded():
    lost = Gradebook(EXERCISES[:1], (graded("ada", "01_first_steps", problems=("The grader failed",)),))
    assert "No task was graded" in Page(class_report(lost)).text


def test_statistics():
    assert [(score.objective, score.points, score.possible) for score in task_scores(BOOK)] == [
        ("01.2", 0, 4), ("02.1", 1, 3), ("01.1", 4, 6),
    ]  # fmt: skip
    assert misconceptions(BOOK) == [("01.2", "bits for bytes", 2), ("02.1", "sign of the zero point", 1)]


def test_the_same_results_give_the_same_bytes():
    again = Gradebook(EXERCISES, tuple(reversed(BOOK.graded)))
    assert class_report(again) == class_report(BOOK)
    assert [feedback(again, student) for student in again.rows] == PAGES[:-1]
