"""A committed prediction in JupyterLab: typed, committed, revealed, and still there after a restart."""

QUESTION = "How many Unos hold GPT-3?"
ASK = f"from tinyml_course.widgets import predict\nguess = predict({QUESTION!r}, 'Unos')\nguess"
REVEAL = "guess.reveal(10.8e6, 'Units.')"
KERNEL = "jupyterapp.shell.currentWidget.sessionContext.session.kernel"
ENTRY = ".tinyml-prediction input"
ANSWER = ".tinyml-reveal .answer"


def test_a_guess_is_typed_committed_and_revealed(open_notebook):
    page = open_notebook([ASK, REVEAL])
    assert page.text(".tinyml-reveal .gate").startswith("Commit a guess first")
    assert page.evaluate(f"document.querySelector({ANSWER!r}).textContent") == ""
    page.click(".tinyml-reveal .back")
    assert page.has_focus(ENTRY)
    page.type("a lot")
    page.wait_for("document.body.innerText.includes('Expected a positive number of Unos')")
    page.press("Enter")
    page.press("Backspace", times=5)
    page.type("5 thousand")
    page.wait_for("document.body.innerText.includes('That is 5,000 Unos.')")
    assert page.kernel("guess.guess") is None
    page.press("Enter")
    page.wait_for_kernel("guess.guess == 5000")
    page.wait_for("document.body.innerText.includes('Committed: 5,000 Unos.')")
    assert page.evaluate(f"document.querySelector({ENTRY!r}).disabled")
    words = "You said 5,000 Unos, it is 10.8 million Unos: 2,160 times too low, 3.3 orders of magnitude."
    page.wait_for(f"document.querySelector({ANSWER!r}).innerText.includes({words!r})")
    assert page.attribute(f"{ANSWER} svg", "aria-label") == words
    assert page.attribute(ANSWER, "aria-live") == "polite"
    page.keep_screenshot("prediction-revealed")

    page.run_cell(0)  # the cell runs again: the guess stays
    page.wait_for("document.body.innerText.includes('Committed: 5,000 Unos.')")
    page.theme("Dark")
    page.resize(700, 700)
    page.wait_for("!document.querySelector('#jupyterlab-splash')")
    page.keep_screenshot("prediction-revealed-dark")
    page.resize()

    page.evaluate(f"{KERNEL}.restart().then(() => true)")
    page.wait_for(f"{KERNEL}.status === 'idle'")
    page.run_all()
    page.wait_for_kernel("guess.guess == 5000")  # this tab remembers it
    page.wait_for(f"document.querySelector({ANSWER!r}).innerText.includes('2,160 times too low')")
    page.assert_quiet()


def test_a_reader_may_skip(open_notebook):
    page = open_notebook([ASK.replace("hold", "held"), REVEAL])
    page.tab_to(".tinyml-reveal .skip")
    page.press("Enter")
    page.wait_for_kernel("guess.skipped")
    page.wait_for(f"document.querySelector({ANSWER!r}).innerText.includes('It is 10.8 million Unos.')")
    page.wait_for("document.body.innerText.includes('You looked at the answer without a guess.')")
    assert page.evaluate(f"document.querySelector({ENTRY!r}).disabled")
    page.assert_quiet()


def test_a_box_whose_kernel_was_restarted_says_so(open_notebook):
    page = open_notebook([ASK.replace("hold", "feed")])
    page.wait_for_kernel("guess.guess is None")
    page.evaluate(f"{KERNEL}.restart().then(() => true)")
    page.wait_for(f"{KERNEL}.status === 'idle'")
    page.focus(ENTRY)
    page.type("7")
    page.press("Enter")
    page.wait_for("document.body.innerText.includes('its kernel was restarted. Run this cell again.')")
    page.run_all()
    page.focus(ENTRY)
    page.type("7")
    page.press("Enter")
    page.wait_for_kernel("guess.guess == 7")
    page.assert_quiet()
