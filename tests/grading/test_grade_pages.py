"""Feedback and class report: what they say, that they load nothing, and that everybody can read them."""

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from graded import exercise, graded, result

from tinyml_course.grading import page as page_module
from tinyml_course.grading.class_report import class_report, misconceptions, task_scores
from tinyml_course.grading.feedback import feedback, said
from tinyml_course.grading.gradebook import Gradebook
from tinyml_course.grading.judge import PartResult, Result
from tinyml_course.grading.page import prose
from tinyml_course.grading.submissions import PassedOver

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
    {"zoe": "", "eve" + EVIL: EVIL},
    (PassedOver("bob", "bob/homework.ipynb", "its name begins with no exercise's number"), PassedOver("", EVIL, EVIL)),
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


PAGES = [feedback(BOOK, student) for student in BOOK.rows] + [
    class_report(BOOK, lambda student: f"{EVIL}{student}.html")
]


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
        assert tag not in ("script", "link", "iframe")
        if tag == "a":  # a part of the page, or another page of the run
            target = attributes["href"].removeprefix("#")
            ids = [others.get("id") for _, others in page.elements]
            assert attributes["href"].startswith(EVIL) or ids.count(target) == 1
        assert not any(name.startswith("on") for name in attributes)
        if "tabindex" in attributes:  # what may scroll is reached by the keyboard, and has a name
            assert tag == "figure" or (attributes["role"], len(attributes["aria-label"]) > 5) == ("region", True)
        if tag == "img":
            assert attributes["src"].startswith("data:image/png;base64,")
            assert len(attributes["alt"]) > 20
    assert "http" not in source.replace("http-equiv", "")
    assert "prefers-color-scheme: dark" in source
    assert EVIL not in source


def test_feedback_says_what_to_know():
    text = Page(feedback(BOOK, "ada")).text
    for words in (
        "Feedback for ada", "3 of 7 points", "Exercise 01 · First steps", "Task 01.1: Task 01.1", "✓ right",
        "✗ not right", "Looks like: bits for bytes", "◐ partly right · 1 of 3 points", "the zero point", "missing",
        "Another answer than expected. Look at its sign.", "sign of the zero point", "First steps1 of 22 of 4",
        "Code cell 3 stops with line 2: SyntaxError", "Next: repair the part that is missing",
    ):  # fmt: skip
        assert words in text, words
    assert "bob" not in text and "homework" not in text


def test_feedback_names_an_exercise_that_was_not_handed_in():
    text = Page(feedback(BOOK, "bob")).text
    assert "No notebook was handed in. Expected a file whose name begins with 02." in text
    assert "Notebooks that were not graded bob/homework.ipynb: its name begins with no exercise's number" in text


def test_who_handed_in_nothing_has_a_page():
    text = Page(feedback(BOOK, "zoe")).text
    assert "0 of 7 points" in text
    assert text.count("No notebook was handed in.") == 2


@pytest.mark.parametrize(
    ("text", "word", "what_next"),
    [
        ("never reached: the cells ran longer than is allowed.", "✗ not reached", "Restart Kernel and Run All Cells"),
        ("the cell that should define f stops with line 2: SyntaxError", "✗ not defined", "repair that cell"),
        ("there is no function named f: define it.", "✗ not defined", "give your function this name"),
    ],
)
def test_a_task_that_was_not_asked_has_no_parts_and_other_help(text, word, what_next):
    parts = (PartResult("the scale", 0, 1), PartResult("the zero point", 0, 2))
    one = Result("02.1", "Task 02.1", "wrong", parts, f"✗ 02.1 Task 02.1 · 0 of 3 points · {text}")
    said_here = Page(feedback(Gradebook(EXERCISES, (graded("ada", "02_second", one),)), "ada")).text
    assert f"{word} · 0 of 3 points" in said_here and what_next in said_here
    assert "the zero point" not in said_here and "shows an input" not in said_here


def test_a_notebook_that_is_none_is_told_once():
    parts = (PartResult("all inputs", 0, 2),)
    message = "✗ 01.{0} T · 0 of 2 points · not graded: it is no notebook, or it is damaged."
    results = (Result(f"01.{k}", "T", "wrong", parts, message.format(k)) for k in (1, 2))
    one = graded("ada", "01_first_steps", *results, problems=("it is no notebook, or it is damaged.",))
    text = Page(feedback(Gradebook(EXERCISES, (one,)), "ada")).text
    assert text.count("damaged") == 1
    assert "No task could be graded. Next: open the notebook in JupyterLab, save it, and hand it in again." in text


def test_an_endless_loop_is_no_error():
    one = graded("ada", "01_first_steps", result("01.1", 0, status="stopped", misconception="too slow"))
    text = Page(feedback(Gradebook(EXERCISES, (one,)), "ada")).text
    assert "✗ took too long" in text and "Interrupt Kernel" in text
    assert "Looks like" not in text and "with an error" not in text


def test_code_in_a_message_is_marked():
    assert prose("use `np.round` & <b>") == "use <code>np.round</code> &amp; &lt;b&gt;"


def test_every_colour_of_text_can_be_read_on_its_ground():
    def luminance(colour):
        parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    themes = re.findall(r":root \{(.*?)\}", page_module._style(), re.DOTALL)
    assert len(themes) == 2
    for theme in themes:
        colours = dict(re.findall(r"--(\w+): (#\w{6})", theme))
        for ground in ("paper", "panel"):
            for ink in ("ink", "quiet", "right", "partly", "wrong", "link"):
                bright, dark = sorted((luminance(colours[ground]), luminance(colours[ink])), reverse=True)
                assert (bright + 0.05) / (dark + 0.05) >= 4.5, (ground, ink)


def test_no_status_is_told_by_colour_alone():
    for status, words in {"right": "✓ right", "stopped": "✗ stopped with an error", "not done": "○ not done"}.items():
        one = graded("ada", "01_first_steps", result("01.1", 2 * (status == "right"), status=status))
        assert words in Page(feedback(Gradebook(EXERCISES, (one,)), "ada")).text


def test_said_is_the_message_alone():
    assert said(result("01.1", 0, text="another answer.")) == "Another answer."
    undone = Result("01.1", "A · B", "not done", (PartResult("x", 0, 2),), "○ 01.1 A · B · not done yet: y.")
    assert said(undone) == "Not done yet: y."
    assert said(PARTLY) == "Another answer than expected. Look at its sign."


def test_the_report_states_its_findings():
    text = Page(class_report(BOOK)).text
    for words in (
        "5 students, 4 notebooks", "Half of those who handed in have at least 2 of 7 points",
        "Task 01.2 is the hardest: 0 % of its points were earned", "“bits for bytes” (01.2) led 2 students astray",
        "2 notebooks did not run as they should", "2 notebooks were not graded", "bob/homework.ipynb",
        "2 students without a notebook that counts: eve", "1 of 5 students handed in every exercise",
        "Exercise 01 · First steps31.32.04",
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
    text = Page(class_report(lost)).text
    assert "Nothing was graded" in text and "No task was graded" in text


def test_statistics():
    assert [(score.objective, score.points, score.possible) for score in task_scores(BOOK)] == [
        ("01.2", 0, 4), ("02.1", 1, 3), ("01.1", 4, 6),
    ]  # fmt: skip
    assert misconceptions(BOOK) == [("01.2", "bits for bytes", 2), ("02.1", "sign of the zero point", 1)]


def test_the_same_results_give_the_same_bytes():
    again = Gradebook(EXERCISES, tuple(reversed(BOOK.graded)), BOOK.without, BOOK.passed_over)
    assert class_report(again) == class_report(BOOK)
    assert [feedback(again, student) for student in again.rows] == PAGES[:-1]
