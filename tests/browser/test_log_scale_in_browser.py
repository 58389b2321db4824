"""The log-scale explorer in JupyterLab: mouse, touch and keys move what Python then explains."""

import pytest

CELLS = ["from tinyml_course.widgets import LogScale\nscale = LogScale()\nscale"]
GRIP = ".tinyml-log_scale .grip"
KNOB = ".tinyml-log_scale .knob"
AXIS = ".tinyml-log_scale svg.chart"
TEXT = "document.querySelector('.tinyml-log_scale .{}').textContent"
DOT = "+document.querySelector('[data-id=\"{}\"] circle').getAttribute('transform').match(/[0-9.]+/)[0]"


@pytest.fixture
def page(open_notebook):
    return open_notebook(CELLS)


def test_it_is_used_with_mouse_touch_and_keys(page):
    page.keep_screenshot("log-scale")
    page.drag(KNOB, 150, 0)
    page.wait_for_kernel("scale.marker > 1e6")
    page.wait_for(f"{TEXT.format('marker_text')} !== ''")
    assert page.text(".tinyml-log_scale .marker_text") == page.kernel("scale.marker_text")
    assert page.has_focus(GRIP)
    before = page.kernel("scale.marker")
    page.press("ArrowRight", times=10)
    page.wait_for_kernel(f"abs(scale.marker / {before} - 10) < 1e-6")
    page.press("PageDown")
    page.wait_for_kernel(f"abs(scale.marker / {before} - 1) < 1e-6")
    page.press("Home")
    page.wait_for_kernel("scale.marker == 100")
    page.wait_for(f"document.querySelector({GRIP!r}).getAttribute('aria-valuetext').includes('holds 0 of 12')")
    assert page.attribute(GRIP, "aria-valuenow") == "100"

    page.send("Emulation.setTouchEmulationEnabled", enabled=True, maxTouchPoints=1)
    x, y = page.point(KNOB)
    touch = [{"x": x + move, "y": y} for move in (0, 40, 120)]
    page.send("Input.dispatchTouchEvent", type="touchStart", touchPoints=touch[:1])
    for point in touch[1:]:
        page.send("Input.dispatchTouchEvent", type="touchMove", touchPoints=[point])
    page.send("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
    page.send("Emulation.setTouchEmulationEnabled", enabled=False)
    page.wait_for_kernel("1e3 < scale.marker < 1e6")

    place = DOT.format("gpt3.parameters")
    before = page.evaluate(place)
    page.click(".tinyml-log_scale .choice label:nth-of-type(4)")  # 4-bit integers
    page.wait_for_kernel("scale.precision == 'int4'")
    page.wait_for(f"{TEXT.format('chart')}.includes('87.3 GB') && {place} < {before} - 20")
    page.press("ArrowLeft")
    page.wait_for_kernel("scale.precision == 'int8'")

    page.click('.tinyml-log_scale [data-id="bert_base.parameters"]', at=(0.1, 0.5))
    page.wait_for_kernel("(scale.first, scale.second) == ('bonsai.budget_bytes', 'bert_base.parameters')")
    page.wait_for(f"{TEXT.format('ratio_text')}.startsWith('BERT base, 109 MB, has 53,000 times')")
    page.click(".tinyml-log_scale summary")
    assert "Brown et al. 2020" in page.text(".tinyml-log_scale .sources")
    assert "read in the primary source" in page.text(".tinyml-log_scale .sources")
    page.assert_quiet()


def test_a_linear_axis_and_a_walk_in_powers_of_ten(page):
    page.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": "reduce"}])
    page.focus('.tinyml-log_scale input[value="log"]')
    page.press("ArrowRight")
    page.wait_for_kernel("not scale.logarithmic")
    page.wait_for(f"{TEXT.format('axis_text')}.includes('9 of 12 models')")
    assert page.evaluate(DOT.format("mobilenet_v1.parameters")) == pytest.approx(
        page.evaluate(DOT.format("bonsai.budget_bytes")), abs=0.1
    )  # at once: no motion
    page.keep_screenshot("log-scale-linear")
    page.tab_to(".tinyml-log_scale .smaller")
    page.press("Enter")
    page.wait_for_kernel("scale.power == 11 and scale.marker == 1e11")
    page.press("Tab")
    page.press("ArrowLeft", times=3)
    page.wait_for_kernel("scale.power == 8")
    page.wait_for(f"{TEXT.format('step_text')}.startsWith('10⁷ to 10⁸ bytes: 10 MB to 100 MB. Models: ResNet-50')")
    page.wait_for(f"{TEXT.format('chart')}.includes('→ 349 GB')")
    page.theme("Dark")
    page.resize(700, 900)
    page.click('.tinyml-log_scale .choice label:has([value="log"])')
    page.wait_for_kernel("scale.logarithmic")
    page.wait_for(f"{TEXT.format('chart')}.includes('bytes (logarithmic)')")
    page.wait_for("!document.querySelector('#jupyterlab-splash')")
    page.keep_screenshot("log-scale-dark")
    page.resize()

    page.new_view(0)  # two views show one piece
    page.kernel_run("scale.marker = 4e9")
    page.wait_for("[...document.querySelectorAll('.marker-label')].map(e => e.textContent).join() === '4 GB,4 GB'")
    page.assert_quiet()
