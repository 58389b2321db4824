"""The quantization explorer in JupyterLab: mouse, touch and keys, and what Python then knows."""

from __future__ import annotations

import pytest
from gestures import Named

CELLS = [
    "from tinyml_course.widgets import QuantizationExplorer",
    "explorer = QuantizationExplorer(); explorer",
    "import time\npause = globals().get('pause', 0)\ntime.sleep(pause)",
]
LOW, HIGH, VALUE = (Named("slider", name) for name in (
    "Lowest value that has a code", "Highest value that has a code", "Value under the magnifier"
))  # fmt: skip
BACK_TO_THE_NOTEBOOK = (  # after a second view, which is a tab of its own
    "jupyterapp.shell.activateById([...jupyterapp.shell.widgets('main')].find(one => one.context?.path).id); true"
)
FROM_PYTHON = "document.querySelector('.readings')?.dataset.from === 'python'"


@pytest.fixture
def page(open_notebook):
    page = open_notebook(CELLS)
    page.wait_for(FROM_PYTHON)
    yield page
    page.assert_quiet()


def shown(page, name):
    return page.text(f".reading-{name}")


def assert_page_shows_what_python_knows(page):
    """Every number at rest is Python's."""
    page.wait_for(FROM_PYTHON)
    error = page.kernel("explorer.error")
    page.wait_for(f"document.querySelector('.reading-snr').textContent === '{error['snr_db']:.1f} dB'")
    assert shown(page, "codes") == f"{error['codes_used']:,} of {error['codes']:,}"
    assert float(shown(page, "mean")) == pytest.approx(error["mean"], rel=0.005)
    assert float(shown(page, "clipped").split()[0]) == pytest.approx(100 * error["clipped"] / error["count"], rel=0.05)
    assert float(page.value(".exact-scale")) == pytest.approx(page.kernel("explorer.scale"), rel=1e-3)
    assert int(page.value(".exact-zero")) == page.kernel("explorer.zero_point")


def magnify(page):
    """The formula has the numbers of the chosen value."""
    page.kernel_run("explorer.bits = 4; explorer.scale = 0.125; explorer.zero_point = -1; explorer.value = 0.3")
    page.wait_for("document.querySelector('.formula').textContent.includes('round(0.300 / 0.125)')")
    formula = page.text(".formula")
    assert "= round(2.40) − 1 = 2 − 1 = 1" in formula
    assert "x′ = scale × (q − zero_point) = 0.125 × (1 − (−1)) = 0.250" in formula
    page.focus(VALUE)
    page.press("ArrowRight", times=8)
    page.wait_for_kernel("abs(explorer.value - 0.425) < 1e-6 and explorer.magnified['code'] == 2")
    page.press("End")
    page.press("PageUp", times=3)
    page.wait_for_kernel("explorer.magnified['sum'] > explorer.magnified['code'] == 7")
    page.wait_for("document.querySelector('.formula').textContent.includes('from clipping')")
    page.click(".tinyml-quantization .chart svg", at=(0.3, 0.5))
    page.wait_for_kernel("explorer.value < -0.1")
    page.click(".channels summary")
    assert page.text(".channels summary").startswith("A scale for each of the 32 channels?")


def test_the_range_is_dragged_by_mouse_finger_and_keys(page):
    before = page.kernel("explorer.range")
    across = page.kernel("explorer.histogram['end'] - explorer.histogram['start']")
    pixel = across / (page.evaluate("document.querySelector('.chart svg').clientWidth") - 28)
    page.drag(HIGH, -160, 0)
    page.wait_for_kernel(f"abs(explorer.range[1] - {before[1] - 160 * pixel}) < 0.01")
    low = page.kernel("explorer.range[0]")
    assert low == pytest.approx(before[0], abs=0.01)
    assert_page_shows_what_python_knows(page)
    assert "from clipping" in page.text(".split-words")
    page.drag(LOW, 90, 0)
    page.wait_for_kernel(f"explorer.range[0] > {low} + 0.2")
    assert_page_shows_what_python_knows(page)
    assert page.evaluate("document.querySelectorAll('.bar.clipped').length") > 10
    page.keep_screenshot("quantization-dragged")

    page.kernel_run("explorer.min_max()")
    page.wait_for("document.querySelector('.reading-clipped').textContent === '0 %'")
    x, y = page.point(HIGH)
    page.send("Emulation.setTouchEmulationEnabled", enabled=True)
    path = [("touchStart", [x]), *[("touchMove", [x - way]) for way in range(20, 161, 20)], ("touchEnd", [])]
    for kind, points in path:
        page.send("Input.dispatchTouchEvent", type=kind, touchPoints=[{"x": at, "y": y} for at in points])
    page.send("Emulation.setTouchEmulationEnabled", enabled=False)
    page.wait_for_kernel("explorer.range[1] < 0.6")
    assert_page_shows_what_python_knows(page)

    page.kernel_run("explorer.min_max()")
    page.wait_for("document.querySelector('.reading-clipped').textContent === '0 %'")
    top = page.kernel("explorer.range[1]")
    fine = page.kernel("(explorer.histogram['end'] - explorer.histogram['start']) / 400")
    page.focus(LOW)
    page.tab_to(HIGH)
    page.press("ArrowLeft")
    page.wait_for_kernel(f"abs(explorer.range[1] - {top - fine}) <= explorer.scale")
    page.press("Shift+ArrowLeft")
    page.wait_for_kernel(f"abs(explorer.range[1] - {top - 11 * fine}) <= explorer.scale")
    page.press("ArrowRight", times=5)
    page.wait_for_kernel(f"abs(explorer.range[1] - {top - 6 * fine}) <= explorer.scale")
    assert float(page.attribute(HIGH, "aria-valuenow")) == pytest.approx(page.kernel("explorer.range[1]"), abs=1e-6)
    assert page.attribute(HIGH, "aria-valuetext").startswith("0.9")
    page.press("End")
    page.wait_for_kernel("explorer.error['clipped'] == 0")
    assert_page_shows_what_python_knows(page)
    page.wait_for("document.querySelector('.tinyml-quantization [role=status]').textContent.startsWith('Range −0.9')")


def test_sliders_numbers_buttons_and_bits(page):
    page.focus(".slide-scale")
    scale = page.kernel("explorer.scale")
    page.press("ArrowRight")
    page.wait_for_kernel(f"1.005 < explorer.scale / {scale} < 1.02")
    page.press("Shift+ArrowRight")
    page.wait_for_kernel(f"1.1 < explorer.scale / {scale} < 1.2")
    page.focus(".slide-zero")
    page.press("ArrowRight", times=3)
    page.wait_for_kernel("explorer.zero_point == -1")
    page.click(".exact-zero")
    page.evaluate("document.activeElement.select()")
    page.type("-200")
    page.press("Enter")
    page.wait_for_kernel("explorer.zero_point == -200")
    assert_page_shows_what_python_knows(page)
    assert shown(page, "zero").startswith("off by 0.")
    page.evaluate("document.querySelector('.exact-scale').select()")
    page.type("0.02")
    page.press("Tab")
    page.wait_for_kernel("abs(explorer.scale - 0.02) < 1e-6")
    page.evaluate("document.querySelector('.exact-scale').select()")
    page.type("-3")
    page.press("Tab")
    page.wait_for("document.querySelector('.exact-scale').value === '0.02'")
    assert_page_shows_what_python_knows(page)

    page.click(".do-min_max")
    page.wait_for_kernel("explorer.error['clipped'] == 0")
    page.focus(".bits")
    page.press("3")
    page.wait_for_kernel("explorer.bits == 3")
    whole = page.kernel("explorer.error['snr_db']")
    page.click(".do-best")
    page.wait_for_kernel(f"explorer.error['snr_db'] > {whole} + 2")
    assert_page_shows_what_python_knows(page)
    page.keep_screenshot("quantization-best-3-bits")
    page.click(".do-symmetric")
    page.wait_for_kernel("explorer.symmetric and explorer.zero_point == 0")
    page.wait_for("document.querySelector('.do-symmetric').getAttribute('aria-pressed') === 'true'")
    page.drag(LOW, 40, 0)
    page.wait_for_kernel("explorer.symmetric and explorer.zero_point == 0 and explorer.error['clipped'] > 0")
    page.click(".do-min_max")
    page.wait_for_kernel("explorer.error['clipped'] == 0")
    page.click(".do-percentile")
    page.wait_for_kernel("explorer.error['clipped'] > 0")
    assert_page_shows_what_python_knows(page)


def test_python_sets_it_and_every_view_and_the_magnifier_follow(page):
    page.kernel_run("explorer.bits = 16")
    page.wait_for("document.querySelector('.reading-codes').textContent.endsWith('of 65,536')")
    page.kernel_run("explorer.bits = 4; explorer.set_range(0.3, 0.9)")
    page.wait_for("document.querySelector('.reading-zero').textContent.startsWith('off by 0.3')")
    assert_page_shows_what_python_knows(page)
    magnify(page)
    page.new_view(1)
    page.drag(".jp-LinkedOutputView .handle-low", -60, 0)
    page.wait_for_kernel("explorer.range[0] < 0.25")
    page.wait_for(f"document.querySelectorAll('.readings').length === 2 && {FROM_PYTHON}")
    page.wait_for("new Set([...document.querySelectorAll('.reading-snr')].map(e => e.textContent)).size === 1")
    page.theme("Dark")
    page.keep_screenshot("quantization-two-views-dark")
    page.resize(760, 900)
    page.wait_for("document.querySelector('.tinyml-quantization .chart svg').clientWidth < 700")
    page.keep_screenshot("quantization-narrow-dark")
    page.evaluate(BACK_TO_THE_NOTEBOOK)


def test_a_busy_kernel_leaves_a_preview_and_a_closed_tab_comes_back(page):
    page.kernel_run("pause = 3")
    run = "jupyterapp.commands.execute('notebook:run-cell'); return true"
    page.evaluate(f"(() => {{ jupyterapp.shell.currentWidget.content.activeCellIndex = 2; {run}; }})()")
    page.wait_for("jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'busy'")
    page.drag(HIGH, -200, 0)
    page.wait_for("document.querySelector('.readings').dataset.from === 'page'")
    every = "[...document.querySelectorAll('.readings output')].map(e => e.textContent)"
    preview = page.evaluate(every)
    page.wait_for(FROM_PYTHON)
    # The page has all 2,048 values, so its preview is what Python says.
    assert page.evaluate(every) == preview
    assert_page_shows_what_python_knows(page)

    page.kernel_run("explorer.bits = 5; explorer.best()")
    page.close_tab()
    page.kernel_run("explorer.scale = 0.05")
    page.reopen_tab()
    page.wait_for("document.querySelector('.exact-scale')?.value === '0.05'")
    page.drag(HIGH, -100, 0)
    page.wait_for_kernel("explorer.scale < 0.045")
    assert_page_shows_what_python_knows(page)
