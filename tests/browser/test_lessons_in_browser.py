"""The lessons as a learner uses them: their pieces, with the mouse and with the keyboard alone."""

from __future__ import annotations

from pathlib import Path

from gestures import Named

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
GUESS, ANSWER = ".tinyml-prediction input", ".tinyml-reveal .answer"
GRIP, KNOB = ".tinyml-log_scale .grip", ".tinyml-log_scale .knob"
PAPER, CLASS = "canvas.uno-paper", ".uno-class"
TWO = [(0.3, 0.15), (0.5, 0.12), (0.7, 0.2), (0.7, 0.4), (0.5, 0.6), (0.3, 0.85), (0.5, 0.88), (0.75, 0.85)]


def commit(page, guess):
    """Answer the lesson's question with the keyboard."""
    page.click(GUESS)
    page.type(guess)
    page.press("Enter")
    page.wait_for_kernel("guess.guess is not None")


def test_lesson_1_from_guess_to_reveal(open_notebook):
    page = open_notebook(NOTEBOOKS / "01_from_gpt3_to_an_uno.ipynb", run=False)
    still = "document.querySelector('.jp-OutputArea img[src^=\"data:image/svg\"]')"
    page.wait_for(f"{still}.naturalWidth > 500")  # before anything runs
    page.run_all()
    commit(page, "5 thousand")
    page.wait_for(f"document.querySelector({ANSWER!r}).innerText.includes('2,165 times too low')")

    page.drag(KNOB, 120, 0)
    page.wait_for("document.querySelector('.tinyml-log_scale .marker_text').textContent.includes('holds')")
    assert page.has_focus(GRIP)
    before = float(page.attribute(GRIP, "aria-valuenow"))
    page.press("ArrowRight", times=10)
    page.wait_for(f"+document.querySelector({GRIP!r}).getAttribute('aria-valuenow') > {before * 9}")
    page.keep_screenshot("lesson-01-log-scale")
    page.click('.tinyml-log_scale .choice label:has([value="linear"])')
    page.wait_for("document.querySelector('.tinyml-log_scale .axis_text').textContent.includes('were 1 mm long')")
    page.press("ArrowLeft")
    page.wait_for("document.querySelector('.tinyml-log_scale .axis_text').textContent.startsWith('Logarithmic')")
    page.point(ANSWER)
    page.keep_screenshot("lesson-01-reveal")
    page.assert_quiet()


def test_lesson_12_draw_a_digit_and_talk_to_the_board(open_notebook, digits_graph, tmp_path):
    page = open_notebook(NOTEBOOKS / "12_deploy_to_an_uno.ipynb", run=False)
    page.run_cell("12-digits")
    trained = digits_graph.save(tmp_path / "digits.npz")  # the lesson's own training takes most of a minute
    page.kernel_run(f"graph = tc.load_graph({str(trained)!r})")
    for cell in ("predict", "export", "run", "reveal", "touch", "battery"):
        page.run_cell(f"12-{cell}")
    commit(page, "500")
    page.wait_for(f"document.querySelector({ANSWER!r}).innerText.includes('too high')")

    page.wait_for("document.querySelector('.uno-log').textContent.includes('ready digits')")
    page.point(PAPER)
    x, y, size = page.evaluate(
        f"(({{x, y, width}}) => [x, y, width])(document.querySelector('{PAPER}').getBoundingClientRect())"
    )
    page.stroke([(x + size * across, y + size * down) for across, down in TWO], steps=6)
    page.wait_for_kernel("board.state.answer and board.state.answer.label == '2'")
    page.wait_for(f"document.querySelector('{CLASS}').textContent === '2'")
    page.keep_screenshot("lesson-12-board")

    page.focus(PAPER)
    page.press("Delete")
    page.press("ArrowDown", times=2)
    page.press("Space")
    page.wait_for_kernel("board.state.inferences > 3")
    page.click(Named("textbox", "Line to send"))
    page.type("hello")
    page.press("Enter")
    page.wait_for_kernel("'e command' in board.serial")
    page.type("c 00050f10")
    page.press("Enter")
    page.wait_for_kernel("'e length' in board.serial")
    page.resize(1300, 1300)
    page.point(".uno-state")
    page.keep_screenshot("lesson-12-serial-monitor")
    page.assert_quiet()
