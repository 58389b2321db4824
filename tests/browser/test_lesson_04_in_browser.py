"""Lesson 04 as a learner uses it: guess, drag the range, find the best one with the keyboard alone, reveal."""

from __future__ import annotations

from pathlib import Path

import pytest
from gestures import Named

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "04_quantization_by_hand.ipynb"
GUESS, ANSWER = ".tinyml-prediction input", ".tinyml-reveal .answer"
LOW, HIGH = Named("slider", "Lowest value that has a code"), Named("slider", "Highest value that has a code")
FOUND = "[...document.querySelectorAll('.jp-MarkdownCell details')].find(e => e.innerText.includes('did you find'))"
OUTPUTS = "[...document.querySelectorAll('.jp-OutputArea-output pre')].map(e => e.textContent).join('')"


@pytest.fixture
def page(open_notebook):
    page = open_notebook(NOTEBOOK, run=False)
    still = "document.querySelector('.jp-OutputArea img[src^=\"data:image/svg\"]')"
    page.wait_for(f"{still}.naturalWidth > 500")  # before anything runs
    for cell in ("ladder", "predict", "explore", "found", "activations", "reveal"):
        page.run_cell(f"04-{cell}")
    page.wait_for("document.querySelector('.readings')?.dataset.from === 'python'")
    yield page
    page.assert_quiet()


def test_from_guess_to_reveal(page):
    assert page.text(".tinyml-reveal .gate").startswith("Commit a guess first")
    page.click(GUESS)
    page.type("64")
    page.press("Enter")
    page.wait_for_kernel("guess.guess == 64")
    page.wait_for(
        f"document.querySelector({ANSWER!r}).innerText.includes('You said 64 codes, it is 128 codes: 2 times too low')"
    )
    page.wait_for(f"document.querySelector({ANSWER!r}).innerText.includes('wait in vain')")
    page.keep_screenshot("lesson-04-reveal")


def test_the_mouse_narrows_the_range_until_weights_are_clipped(page):
    whole = page.kernel("(explorer.range, explorer.error)")
    page.drag(HIGH, -220, 0)
    page.wait_for_kernel("explorer.range[1] < 0.5")
    page.drag(LOW, 160, 0)
    page.wait_for_kernel("explorer.range[0] > -0.6")
    page.wait_for("document.querySelector('.readings').dataset.from === 'python'")
    narrow = page.kernel("(explorer.range, explorer.error)")
    assert whole[0][0] < narrow[0][0] < 0 < narrow[0][1] < whole[0][1]
    # By hand: what lies more than half a step outside has no code of its own. Finer steps do not make up for that.
    low, high = "explorer.range[0] - explorer.scale / 2", "explorer.range[1] + explorer.scale / 2"
    outside = page.kernel(f"int(((W < {low}) | (W > {high})).sum())")
    assert outside > 50 and narrow[1]["clipped"] == outside
    assert narrow[1]["mean"] > 2 * whole[1]["mean"]
    assert float(page.text(".reading-mean")) == pytest.approx(narrow[1]["mean"], rel=0.005)
    page.keep_screenshot("lesson-04-dragged")


def test_the_keyboard_finds_the_best_range_and_the_lesson_agrees(page):
    page.focus(".bits")
    page.press("3")
    page.wait_for_kernel("explorer.bits == 3 and explorer.error['clipped'] == 0")
    page.tab_to(Named("button", "best"), most=5)
    page.press("Enter")
    page.wait_for_kernel("explorer.error['clipped'] == 42")
    told = page.kernel("f'3 bits, best  range: step {explorer.scale:.4f}, mean error {explorer.error[\"mean\"]:.4f}'")
    page.wait_for(f"{OUTPUTS}.includes('{told}, 42 weights clipped')")
    page.tab_to(HIGH)
    page.press("ArrowRight", times=20)
    page.wait_for_kernel("explorer.error['clipped'] < 42")

    page.evaluate(f"{FOUND}.querySelector('summary').focus()")
    page.press("Enter")
    page.wait_for(f"{FOUND}.open")
    assert "only seven steps" in page.evaluate(f"{FOUND}.innerText")
    page.keep_screenshot("lesson-04-found")
