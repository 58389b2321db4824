"""Lesson 10 as a learner uses it: guess, step an image through the tree, reveal."""

from __future__ import annotations

from pathlib import Path

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "10_how_bonsai_decides.ipynb"
GUESS, ANSWER = ".tinyml-prediction input", ".tinyml-reveal .answer"


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
