"""An exercise as a learner does it, with the keyboard alone: a wrong answer, its hint, the right one, its points."""

from __future__ import annotations

from pathlib import Path

import pytest

EXERCISES = Path(__file__).resolve().parents[2] / "exercises"
NOTEBOOK = "jupyterapp.shell.currentWidget.content"
CELLS = f"{NOTEBOOK}.widgets"
EDITING = f"{NOTEBOOK}.mode === 'edit' && {NOTEBOOK}.activeCell.editor.hasFocus()"

QUANTIZE = """def quantize(x, scale, zero_point):
    quotient = x / scale
    codes = np.clip({rounded} + zero_point, -128, 127)
    return codes.astype(np.int8)"""
NEXT_NODE = """def next_node(node, theta, z):
    return 2 * node + (1 if theta @ z {sign} 0 else 2)"""


class Exercise:
    """A notebook, and the two keys that a learner needs: arrows to a cell, Shift and Enter to run it."""

    def __init__(self, page):
        self.page = page
        page.click(".jp-MarkdownCell")
        self.answer("import numpy", None)

    def number(self, start):
        return self.page.evaluate(f"{CELLS}.findIndex(one => one.model.sharedModel.source.startsWith({start!r}))")

    def go_to(self, number):
        page = self.page
        now = page.evaluate(f"{NOTEBOOK}.activeCellIndex")
        page.press("ArrowDown" if number > now else "ArrowUp", times=abs(number - now))
        page.wait_for(f"{NOTEBOOK}.activeCellIndex === {number}")

    def run(self, number):
        """Shift and Enter; the next cell is active then."""
        count = f"{CELLS}[{number}].model.executionCount"
        before = self.page.evaluate(count)
        self.page.press("Shift+Enter")
        self.page.wait_for(f"{count} > {before or 0}")

    def answer(self, start, source):
        """Replace a cell, run it, run the check below it, and return what the check says."""
        page, number = self.page, self.number(start)
        self.go_to(number)
        if source is not None:
            page.press("Enter")
            page.wait_for(EDITING)
            page.press("Control+a")
            page.type(source)
            page.wait_for(f"{CELLS}[{number}].model.sharedModel.source === {source!r}")
        self.run(number)
        if source is None:
            return ""
        self.run(number + 1)
        said = f"{CELLS}[{number + 1}].model.outputs.toJSON().map(one => one.text).join('')"
        page.wait_for(said)
        return " ".join(page.evaluate(said).split())


@pytest.fixture
def open_exercise(open_notebook):
    pages = []

    def open_it(name):
        pages.append(open_notebook(EXERCISES / name, run=False))
        return Exercise(pages[-1])

    yield open_it
    for page in pages:
        page.assert_quiet()


def test_a_wrong_answer_shows_its_hint_and_the_right_one_its_points(open_exercise):
    exercise = open_exercise("04_quantization_by_hand.ipynb")
    number = exercise.number("def quantize(")
    exercise.go_to(number)
    exercise.run(number)
    exercise.run(number + 1)
    exercise.page.wait_for(
        "document.body.innerText.includes('○ 04.2 Quantize with rounding and saturation · not done')"
    )

    wrong = exercise.answer("def quantize(", QUANTIZE.format(rounded="np.rint(quotient)"))
    assert wrong.startswith("◐ 04.2 Quantize with rounding and saturation · 2 of 4 points right: saturation, the type")
    assert "for x=(-1.25" in wrong and "you gave" in wrong and "expected" in wrong
    assert wrong.endswith("0.5 to 0, 2.5 to 2. Here halves go away from zero.")
    exercise.page.keep_screenshot("exercise-04-hint")

    away = QUANTIZE.format(rounded="np.sign(quotient) * np.floor(np.abs(quotient) + 0.5)")
    right = exercise.answer("def quantize(", away)
    assert right.startswith("✓ 04.2 Quantize with rounding and saturation · 4 of 4 points You can now quantize")
    exercise.page.keep_screenshot("exercise-04-right")


def test_c_for_the_board_is_compiled_and_measured(open_exercise):
    exercise = open_exercise("10_how_bonsai_decides.ipynb")
    zero = exercise.answer("def next_node(", NEXT_NODE.format(sign=">="))
    assert zero.startswith("◐ 10.2") and "A product of exactly zero is not above zero: the path goes right." in zero
    assert exercise.answer("def next_node(", NEXT_NODE.format(sign=">")).startswith("✓ 10.2")

    text = (
        "int16_t node_score(const int8_t *z, const int8_t *w, const int8_t *v) {{ int16_t a = 0, b = 0; "
        "for (uint8_t i = 0; i < N; i++) {{ a += (int8_t)pgm_read_byte(&w[i]) * z[i]; "
        "b += (int8_t)pgm_read_byte(&v[i]) * z[i]; }} b = b > ONE ? ONE : b < -ONE ? -ONE : b; "
        "return {product} >> SHIFT; }}"
    )
    narrow = exercise.answer("def node_in_c(", f"node_in_c = lambda: '{text.format(product='(a * b)')}'")
    assert narrow.startswith("✗ 10.6") and "The product needs more than 16 bits" in narrow
    wide = exercise.answer("node_in_c = ", f"node_in_c = lambda: '{text.format(product='((int32_t)a * b)')}'")
    assert wide.startswith("✓ 10.6")
    exercise.page.keep_screenshot("exercise-10-board")
