"""Stepping a digit through a Bonsai tree in JupyterLab, with the mouse and with the keys."""

from __future__ import annotations

import pytest

CELLS = [
    "import tinyml_course as tc\nfrom tinyml_course.widgets import BonsaiSteps\ndata = tc.load_digits()",
    "graph = tc.load_graph({path!r})\n"
    "piece = BonsaiSteps(graph, data.x_test, data.y_test, board=graph.classify(data.x_test))\npiece",
]
BACK_TO_THE_NOTEBOOK = (  # after a second view, which is a tab of its own
    "jupyterapp.shell.activateById([...jupyterapp.shell.widgets('main')].find(one => one.context?.path).id); true"
)
TITLE = "document.querySelector('.tinyml-bonsai .words strong')?.textContent"


@pytest.fixture
def page(open_notebook, digits_graph, tmp_path):
    path = digits_graph.save(tmp_path / "digits.npz")
    page = open_notebook([CELLS[0], CELLS[1].format(path=str(path))])
    page.wait_for(f"{TITLE} === 'The input'")
    yield page
    page.assert_quiet()


def assert_page_shows_the_step(page):
    """Title, bytes and scores are those that Python traced."""
    step, shown = page.kernel("(piece.step, piece.shown)")
    now = shown["steps"][step]
    page.wait_for(f"{TITLE} === {now['title']!r}")
    assert page.text(".bytes-read") == f"{now['read']:,}"
    assert now["words"] in page.text(".tinyml-bonsai .words")
    rows = page.evaluate("[...document.querySelectorAll('.scores tbody tr')].map(r => r.innerText.split(/\\s+/))")
    assert len(rows) == 10
    if now["level"] >= 0:
        node = shown["nodes"][now["level"]]
        for c, row in enumerate(rows):
            integers = [int(cell.replace("−", "-").replace(",", "")) for cell in row[-5:]]
            assert integers == [node[name][c] for name in ("w", "v", "gate", "scores", "totals")]


def test_keys_and_mouse_choose_steps_and_samples(page):
    page.focus(".tinyml-bonsai .forward")
    for step in range(1, 8):
        page.press("ArrowRight")
        page.wait_for_kernel(f"piece.step == {step}")
        assert_page_shows_the_step(page)
    page.press("ArrowRight")
    assert page.text(".words strong").startswith("The answer: ")
    assert "1,148 were read" in page.text(".words")
    assert page.evaluate("document.querySelectorAll('circle.read').length") == 3
    assert page.evaluate("document.querySelectorAll('circle.off').length") == 4
    assert page.evaluate("[...document.querySelectorAll('.lost')].map(e => e.textContent)") == [
        "549 B not read", "180 B not read",
    ]  # fmt: skip
    page.keep_screenshot("bonsai-answer")
    page.press("Home")
    page.wait_for_kernel("piece.step == 0")
    page.press("End")
    page.wait_for_kernel("piece.step == 7")
    page.press("ArrowLeft")
    page.wait_for_kernel("piece.step == 6")
    page.press("PageDown")
    page.wait_for_kernel("piece.index == 1")
    page.wait_for("document.querySelector('.tinyml-bonsai .index').value === '2'")
    assert_page_shows_the_step(page)

    page.kernel_run("piece.index, piece.step = 0, 0")
    page.wait_for(f"{TITLE} === 'The input'")
    page.click(".tinyml-bonsai .forward")
    page.click(".tinyml-bonsai .forward")
    page.wait_for_kernel("piece.step == 2")
    page.click(".chips li:nth-child(6) button")
    page.wait_for_kernel("piece.step == 5")
    assert page.attribute(".chips li:nth-child(6) button", "aria-current") == "step"
    page.click(".tinyml-bonsai .back")
    page.wait_for_kernel("piece.step == 4")
    page.click(".tinyml-bonsai .previous")
    page.wait_for_kernel("piece.index == 539")
    assert_page_shows_the_step(page)
    page.click(".next-wrong")
    page.wait_for_kernel("piece.index < 539 and piece.shown['label'] != piece.shown['answer']")
    page.click(".chips li:last-child button")
    page.wait_for("document.querySelector('.words').textContent.includes(', but the label is ')")
    assert_page_shows_the_step(page)
    page.keep_screenshot("bonsai-wrong")
    page.click(".tinyml-bonsai .index")
    page.evaluate("document.activeElement.select()")
    page.type("100")
    page.press("Enter")
    page.wait_for_kernel("piece.index == 99")
    page.evaluate("document.querySelector('.tinyml-bonsai .index').select()")
    page.type("9999")
    page.press("Tab")
    page.wait_for("document.querySelector('.tinyml-bonsai .index').value === '100'")
    assert page.kernel("piece.index") == 99


def test_pictures_a_closed_tab_and_play_in_two_views(page):
    page.kernel_run("piece.index = 17; piece.step = 1")
    assert_page_shows_the_step(page)
    z = page.kernel("piece.trace.z")
    page.wait_for("document.querySelectorAll('.z-bar').length === 18")
    drawn = page.evaluate(
        "[...document.querySelectorAll('.projection text')].map(e => Number(e.textContent.replace('−', '-')))"
    )
    assert drawn == z
    page.wait_for("document.querySelectorAll('.pixel').length === 64")
    shades = page.evaluate("[...document.querySelectorAll('.pixel')].map(e => Number(e.style.fillOpacity))")
    assert shades == pytest.approx([value / 16 for value in page.kernel("data.x_test[17]")], abs=1e-3)

    page.kernel_run("piece.index = 3; piece.step = 5")
    page.close_tab()
    page.kernel_run("piece.index = 4")
    page.reopen_tab()
    page.wait_for(TITLE)
    assert_page_shows_the_step(page)
    page.resize(760, 1000)
    page.wait_for("document.querySelector('.tinyml-bonsai .panels').clientWidth < 700")
    page.keep_screenshot("bonsai-narrow")
    page.focus(".tinyml-bonsai .forward")
    page.press("ArrowRight")
    page.wait_for_kernel("piece.step == 6")
    assert_page_shows_the_step(page)
    page.resize()

    page.kernel_run("piece.step = 4")
    page.new_view(1)
    page.evaluate("window.seen = []; piece_words = document.querySelector('.words'); "
                  "new MutationObserver(() => seen.push(piece_words.querySelector('strong').textContent))"
                  ".observe(piece_words, {childList: true}); true")  # fmt: skip
    page.click(".jp-LinkedOutputView .play")
    page.wait_for("document.querySelector('.tinyml-bonsai .play').textContent === 'pause'")
    page.wait_for_kernel("piece.step == 7 and not piece.playing")
    page.wait_for("[...document.querySelectorAll('.tinyml-bonsai .play')].every(e => e.textContent === 'play')")
    titles = page.kernel("[step['title'] for step in piece.shown['steps']]")
    seen = page.evaluate("seen")
    assert [title for i, title in enumerate(seen) if not i or title != seen[i - 1]][-3:] == titles[5:]
    page.theme("Dark")
    page.keep_screenshot("bonsai-two-views-dark")
    page.evaluate(BACK_TO_THE_NOTEBOOK)
