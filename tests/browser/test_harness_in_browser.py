"""The harness itself: what it reports about a notebook is what happened there."""

from __future__ import annotations

import pytest
from chromium import PageError
from gestures import Named
from lab_server import KernelError
from notebook_page import Page

SLIDER = ["import ipywidgets", "slider = ipywidgets.IntSlider(description='width'); slider"]
HTML = """
from IPython.display import HTML
HTML('''<div onkeydown="event.stopPropagation()">
<button id="go" aria-label="Go on" onclick="this.textContent += '!'">go</button>
<input id="words" aria-label="Words"><div id="field" style="width:200px;height:80px;background:#ddd"></div>
<p id="keys"></p></div>''')
"""
LISTEN = """(() => { window.seen = []; window.keys = [];
  const field = document.querySelector('#field');
  for (const kind of ['pointerdown', 'pointermove', 'pointerup'])
    field.addEventListener(kind, e => seen.push([kind, e.buttons, Math.round(e.offsetX)]));
  document.querySelector('#go').addEventListener('keydown', e => keys.push([e.key, e.code, e.shiftKey])); })()"""


def test_keyboard_moves_a_widget_and_the_kernel_knows(open_notebook):
    page = open_notebook(SLIDER)
    page.focus(".noUi-handle")
    page.press("ArrowRight", times=3)
    page.wait_for_kernel("slider.value == 3")
    page.kernel_run("slider.value = 70")
    page.wait_for("document.querySelector('.widget-readout').textContent === '70'")
    page.drag(".noUi-handle", -400, 0)
    page.wait_for_kernel("slider.value == 0")
    assert page.kernel("{'a': [1.5, None], 'b': 'ä\\n'}") == {"a": [1.5, None], "b": "ä\n"}
    page.assert_quiet()


def test_mouse_keys_and_names(open_notebook):
    page = open_notebook([HTML])
    page.evaluate(LISTEN)
    page.click(Named("button", "Go on"))
    assert page.text("#go") == "go!"
    page.click(Named("textbox", "Words"))
    page.type("so far")
    assert (page.value("#words"), page.has_focus("#words")) == ("so far", True)
    page.press("Shift+Tab")
    assert page.has_focus("#go")
    page.press("ArrowLeft")
    page.press("Shift+PageDown")
    page.press("a")
    page.press("Space")
    assert page.evaluate("keys.map(String)") == [
        "ArrowLeft,ArrowLeft,false",
        "PageDown,PageDown,true",
        "a,KeyA,false",
        " ,Space,false",
    ]
    assert page.text("#go") == "go!!"
    assert page.tab_to("#words") == 1
    page.drag("#field", 60, 10, at=(0.25, 0.5), steps=4)
    events = page.evaluate("seen.map(String)")
    moves = [f"pointermove,1,{x}" for x in (65, 80, 95, 110)]
    assert events[1:] == ["pointerdown,1,50", *moves, "pointerup,0,110"]
    page.assert_quiet()


def test_closed_and_opened_again_and_seen_twice(open_notebook):
    page = open_notebook(SLIDER)
    page.kernel_run("slider.value = 12")
    page.close_tab()
    page.kernel_run("slider.value = 34")
    page.reopen_tab()
    page.wait_for("document.querySelector('.widget-readout')?.textContent === '34'")
    page.new_view(1)
    page.wait_for("document.querySelector('.jp-LinkedOutputView .widget-readout')?.textContent === '34'")
    page.reload()
    page.wait_for("document.querySelector('.widget-readout')?.textContent === '34'")
    page.restart_kernel()
    assert page.kernel("'slider' in globals()") is False
    page.run_all()
    page.wait_for("document.querySelector('.widget-readout')?.textContent === '0'")
    page.assert_quiet()


def test_keys_that_reach_the_notebook_are_noticed(open_notebook):
    page = open_notebook([HTML.replace("event.stopPropagation()", "")])
    page.focus("#go")
    page.press("a")
    with pytest.raises(AssertionError, match="had 1 cells and has 2"):
        page.assert_quiet()
    page.command("notebook:delete-cell")


def test_next_notebook_starts_afresh(chromium, lab):
    first, second = lab.write(["1"]), lab.write(["2"])
    with Page(chromium, lab, first) as page:
        page.run_all()
        page.theme("Dark")
        page.kernel_run("left_over = 1")
        assert page.requests[0] == lab.address(first)
        page.leave()
        page.enter(second)
        page.run_all()
        assert page.evaluate("document.body.dataset.jpThemeLight") == "true"
        assert page.kernel("'left_over' in globals()") is False
        assert lab.kernel_of(first) is None
        assert lab.address(first) not in page.requests
        page.evaluate("console.error('late')")
        with pytest.raises(AssertionError, match="late"):
            page.leave()


def test_background_tab(open_notebook):
    page = open_notebook(["1"])
    note = "window.changes = []; document.onvisibilitychange = () => changes.push(document.hidden)"
    page.evaluate(f"(() => {{ {note} }})()")
    page.hide()
    page.show()
    assert page.evaluate("changes") == [True, False]
    page.assert_quiet()


def test_nothing_passes_unseen(open_notebook):
    page = open_notebook(["1 / 0"], run=False)
    with pytest.raises(AssertionError, match="A cell failed: .*ZeroDivisionError"):
        page.run_all()
    with pytest.raises(KernelError, match="NameError"):
        page.kernel("unknown")
    with pytest.raises(PageError, match="oh"):
        page.evaluate("(() => { throw new Error('oh'); })()")
    with pytest.raises(TimeoutError, match=r"Still not true after 1 s: window.never[\s\S]*Screenshot: .*\.png"):
        page.wait_for("window.never", 1)
    page.assert_quiet()
    page.evaluate("fetch('http://somewhere.example/').catch(() => 0)")
    fetch = 'fetch("http://127.0.0.2:1/").catch(() => postMessage(1))'
    worker = f"new Worker(URL.createObjectURL(new Blob(['{fetch}'])))"
    page.evaluate(f"new Promise(done => {{ {worker}.onmessage = done; }}).then(() => 1)")
    assert {"http://somewhere.example/", "http://127.0.0.2:1/"} <= set(page.requests)
    with pytest.raises(AssertionError, match="errors in the console"):
        page.assert_quiet()
    page.errors.clear()
    with pytest.raises(AssertionError, match=r"somewhere\.example"):
        page.assert_quiet()
    page.requests.clear()
