"""Lesson 10 as a learner uses it: guess, step images through the tree, reveal."""

from __future__ import annotations

from pathlib import Path

from gestures import Named

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "10_how_bonsai_decides.ipynb"
GUESS, ANSWER = ".tinyml-prediction input", ".tinyml-reveal .answer"
FOUND = "[...document.querySelectorAll('.jp-MarkdownCell details')].find(e => e.innerText.includes('did you find'))"


def test_from_guess_to_the_last_step(open_notebook):
    page = open_notebook(NOTEBOOK, run=False)
    still = "document.querySelector('.jp-OutputArea img[src^=\"data:image/svg\"]')"
    page.wait_for(f"{still}.naturalWidth > 500")  # before anything runs
    for cell in ("leaves", "predict", "steps", "reveal", "reveal-table"):
        page.run_cell(f"10-{cell}")
    page.click(GUESS)
    page.type("800")
    page.press("Enter")
    page.wait_for_kernel("guess.guess == 800")
    page.wait_for(f"document.querySelector({ANSWER!r}).innerText.includes('it is 1,148 bytes')")

    page.focus(".tinyml-bonsai .forward")
    page.press("ArrowRight", times=7)
    page.wait_for_kernel("steps.step == 7")
    page.wait_for("document.querySelector('.bytes-read').innerText === '1,148'")
    page.keep_screenshot("lesson-10-steps")
    page.assert_quiet()


def test_an_image_that_the_tree_gets_wrong_and_the_folded_answer(open_notebook):
    page = open_notebook(NOTEBOOK, run=False)
    for cell in ("leaves", "predict", "steps", "found"):
        page.run_cell(f"10-{cell}")
    page.click(Named("button", "next wrong (4)"))
    page.wait_for_kernel("wrong[steps.index]")
    page.focus(".tinyml-bonsai .forward")
    page.press("End")
    page.wait_for("document.querySelector('.tinyml-bonsai .words').innerText.includes('but the label is')")
    lead = page.kernel("int(lead[steps.index])")
    outputs = "[...document.querySelectorAll('.jp-OutputArea-output pre')].map(e => e.textContent).join('')"
    told = page.evaluate(outputs).partition("wrong answers: it leads by ")[2].splitlines()[0].split()
    assert str(lead) in told

    page.evaluate(f"{FOUND}.querySelector('summary').focus()")
    page.press("Enter")
    page.wait_for(f"{FOUND}.open")
    assert "nearly a draw" in page.evaluate(f"{FOUND}.innerText")
    page.keep_screenshot("lesson-10-found")
    page.assert_quiet()
