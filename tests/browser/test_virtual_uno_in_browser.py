"""The virtual Uno in JupyterLab: drawn on, talked to, stepped, hidden, closed, opened twice, crashed."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from gestures import Named
from notebook_page import Page

VIBRATION = Path(__file__).parents[1] / "data" / "vibration_graph.npz"
PAPER, STATE, LOG, ANSWER, NOTE = "canvas.uno-paper", ".uno-state", ".uno-log", ".uno-class", ".uno-note"
RUN, PAUSE, STEP, RESET = (Named("button", name) for name in ("Run", "Pause", "Step", "Reset"))
BOARD = "document.querySelector('wokwi-arduino-uno')"
BUTTON = f"{BOARD}.shadowRoot.querySelector('#reset-button')"
LINE = Named("textbox", "Line to send")
ZERO = [
    (4, 0.8),
    (2.2, 2),
    (1.8, 4),
    (2.3, 6.2),
    (4, 7.2),
    (5.6, 6.2),
    (6, 4),
    (5.6, 2),
    (4, 0.8),
]  # in pixels of 8 x 8
CRASHES = ('digits_print("e command");', "((void (*)(void))0x3f00)(); /* no program is there */")
SHOW = "uno = tc.VirtualUno(sketch, examples=data.x_test[:2], labels=data.y_test[:2])\nuno"


@pytest.fixture(scope="module")
def cells(digits_graph, tmp_path_factory):
    path = digits_graph.save(tmp_path_factory.mktemp("graph") / "digits.npz")
    prepare = f"""import dataclasses, tinyml_course as tc
data = tc.load_digits()
graph = tc.load_graph({str(path)!r})
def image(values):
    return (data.x_test[:1] * 0 + values).astype("uint8")
sketch = tc.export_arduino(graph, name="digits")
files = {{name: text.replace(*{CRASHES!r}) for name, text in sketch.files.items()}}
crashing = dataclasses.replace(sketch, files=files)"""
    return lambda *rest: [prepare, *rest]


def cycles(page):
    """Cycles that the page shows."""
    return int(re.search(r"([\d,]+) cycles", page.text(STATE))[1].replace(",", ""))


def wait_for_text(page, selector, text):
    page.wait_for(f"document.querySelector({selector!r})?.textContent.includes({text!r})")


def draw(page, strokes):
    page.point(PAPER)
    box = page.evaluate(
        f"(({{x, y, width}}) => [x, y, width / 8])(document.querySelector('{PAPER}').getBoundingClientRect())"
    )
    for stroke in strokes:
        page.stroke([(box[0] + box[2] * x, box[1] + box[2] * y) for x, y in stroke], steps=4)


def rows_of(page):
    """The drawing as the page says it."""
    rows = re.search(r"Rows: (.*)\.$", page.attribute(PAPER, "aria-label"))[1]
    return [int(value) for value in rows.replace(";", "").split()]


def wait_for_answer(page, samples):
    """Wait until the board's outputs are those that the graph gives for the first of the samples."""
    outputs = f"graph.predict({samples}).tolist()[0]"
    page.wait_for_kernel(f"uno.state.answer and list(uno.state.answer.outputs) == {outputs}")


def test_the_board_answers_what_the_mouse_draws(open_notebook, cells):
    page = open_notebook(cells(SHOW))
    page.resize(1300, 1150)
    wait_for_text(page, LOG, "ready digits")
    draw(page, [ZERO])
    wait_for_text(page, ANSWER, "0")
    page.wait_for_kernel("uno.state.answer and uno.state.answer.label == '0'")
    wait_for_answer(page, f"image({rows_of(page)})")
    assert page.evaluate("document.querySelectorAll('.uno-scores tbody tr').length") == 10
    assert page.evaluate(f"{BOARD}.ledPower")
    page.keep_screenshot("uno-drawn")

    page.click(Named("button", "Next example"))
    page.wait_for_kernel("uno.state.answer.class_index == graph.classify(data.x_test[:1])[0]")
    assert rows_of(page) == page.kernel("data.x_test[0].tolist()")
    assert "of 2: a" in page.text(".uno-example")
    assert page.kernel("uno.state.inference_cycles == tc.simulate(sketch, data.x_test[:1]).cycles[0]")

    page.click(Named("button", "Clear"))
    page.wait_for(f"!/[1-9]/.test(document.querySelector('{PAPER}').getAttribute('aria-label').split('Rows')[1])")
    page.send("Emulation.setTouchEmulationEnabled", enabled=True)
    x, y = page.point(PAPER, (0.5, 0.5625))  # the middle of a row
    for kind, touched in (("touchStart", x - 80), ("touchMove", x), ("touchMove", x + 80), ("touchEnd", None)):
        points = [] if touched is None else [{"x": touched, "y": y}]
        page.send("Input.dispatchTouchEvent", type=kind, touchPoints=points)
    page.send("Emulation.setTouchEmulationEnabled", enabled=False)
    page.wait_for(f"document.querySelector('{PAPER}').getAttribute('aria-label').includes(' 16 16 16 16 ')")
    wait_for_answer(page, f"image({rows_of(page)})")

    page.click(LINE)
    page.type("i")
    page.press("Enter")
    wait_for_text(page, LOG, "i digits 64 1 10 0 16")
    page.wait_for_kernel("'i digits 64 1 10 0 16' in uno.serial")
    assert page.value(LINE) == ""
    page.click(Named("button", "Clear output"))
    page.wait_for(f"document.querySelector('{LOG}').textContent === ''")

    page.click(PAUSE)
    wait_for_text(page, STATE, "Paused")
    stands = cycles(page)
    page.click(STEP)
    page.wait_for("document.querySelectorAll('.uno-steps tbody tr').length === 2")
    assert 1 <= cycles(page) - stands <= 5
    page.wait_for_kernel("not uno.state.running")
    page.keep_screenshot("uno-stepped")
    page.theme("Dark")
    page.wait_for("!document.querySelector('#jupyterlab-splash')")
    page.keep_screenshot("uno-dark")
    page.theme("Light")
    page.click(RESET)
    page.click(RUN)
    wait_for_text(page, LOG, "ready digits")
    page.wait_for_kernel("uno.state.running and uno.state.inferences == 0")
    assert page.kernel("(uno.state.sram_static_bytes, uno.state.free_bytes > 1000)") == [
        page.kernel("uno.build.sram_static_bytes"),
        True,
    ]
    page.assert_quiet()


def test_everything_works_by_keyboard(open_notebook, cells):
    page = open_notebook(cells(SHOW))
    wait_for_text(page, LOG, "ready digits")
    page.focus(RESET)
    page.tab_to(Named("slider", "Speed"))
    page.press("ArrowLeft")
    page.wait_for_kernel("uno.speed == 0.1")
    wait_for_text(page, ".uno-speed", "1/10 of real time")
    page.press("ArrowRight")
    page.wait_for_kernel("uno.speed == 1")
    page.tab_to(PAPER)
    page.press("Delete")
    page.press("ArrowUp", times=9)
    page.press("ArrowLeft", times=2)
    page.press("Space")
    page.press("ArrowRight")
    page.press("5")
    page.wait_for(f"document.querySelector('{PAPER}').getAttribute('aria-label').includes('Rows: 0 0 16 9 0 0 0 0;')")
    assert "Row 1, column 4: 9 of 16." in page.evaluate(
        "document.querySelector('.uno-drawing [role=status]').textContent"
    )
    wanted = [0, 0, 16, 9] + [0] * 60
    wait_for_answer(page, f"image({wanted})")
    page.tab_to(Named("button", "Next example"))
    page.press("Enter")
    wait_for_answer(page, "data.x_test[:1]")
    page.focus("canvas.uno-paper")
    for key in ("d", "d", "j", "x", "b", "Escape"):  # commands of JupyterLab elsewhere
        page.press(key)
    page.tab_to(LINE)
    page.type("t")
    page.press("Enter")
    wait_for_text(page, LOG, "t passed")
    page.focus(PAUSE)
    page.press("Space")
    wait_for_text(page, STATE, "Paused")
    page.tab_to(STEP)
    page.press("Enter")
    page.wait_for("document.querySelectorAll('.uno-steps tbody tr').length === 2")
    page.assert_quiet()


def test_two_views_are_one_board_and_a_second_page_takes_it(open_notebook, cells, chromium, lab):
    page = open_notebook(cells(SHOW))
    wait_for_text(page, LOG, "ready digits")
    page.new_view(1)
    page.wait_for(f"document.querySelectorAll('{PAPER}').length === 2")
    page.click(LINE)
    page.type("i")
    page.press("Enter")
    both = f"[...document.querySelectorAll('{LOG}')]"
    page.wait_for(f"{both}.every(log => log.textContent.includes('i digits 64 1 10 0 16'))")
    assert page.evaluate(f"{both}[0].textContent === {both}[1].textContent")
    page.wait_for_kernel("uno.serial.count('i digits') == 1")
    page.keep_screenshot("uno-two-views")

    page.command("docmanager:save")
    with Page(chromium, lab, page.name) as other:
        other.wait_for(f"document.querySelector('{LOG}')")
        wait_for_text(other, NOTE, "started again")
        wait_for_text(page, NOTE, "Another page runs this board now")
        stands = cycles(page)
        other.click(Named("button", "Next example"))
        wait_for_answer(other, "data.x_test[:1]")
        page.kernel_run("uno.send('t\\n')")
        wait_for_text(other, LOG, "t passed")
        assert cycles(page) == stands
        assert page.evaluate(f"document.querySelector('{LOG}').textContent.includes('passed')") is False
        page.click(Named("button", "Run it here"))
        wait_for_text(other, NOTE, "Another page runs this board now")
        page.wait_for("!document.querySelector('.uno-body').inert")
        page.kernel_run("uno.send('i\\n')")
        page.wait_for_kernel("uno.serial.count('i digits') == 2")
        other.assert_quiet()
    page.assert_quiet()


def test_a_hidden_page_and_a_closed_notebook_hold_the_board(open_notebook, cells):
    page = open_notebook(cells("uno = tc.VirtualUno(sketch)\nuno.classify(data.x_test[3])\nuno.send('i\\n')\nuno"))
    wait_for_answer(page, "data.x_test[3:4]")
    page.wait_for_kernel("'i digits' in uno.serial")

    page.hide()
    time.sleep(1)
    page.wait_for_kernel("True")
    stands = page.kernel("uno.state.cycles")
    started = time.monotonic()
    time.sleep(1.5)
    assert page.kernel("uno.state.cycles") == stands
    page.show()
    page.wait_for_kernel(f"uno.state.cycles > {stands} + 1_600_000")
    page.wait_for_kernel(f"uno.state.cycles > {stands} + 16_000_000 * 0.3")
    hidden = 1.5
    assert page.kernel("uno.state.cycles") - stands < 16e6 * (time.monotonic() - started - hidden + 0.1)

    page.close_tab()
    page.kernel_run("uno.classify(data.x_test[5]); uno.set_voltage(0, 2.5)")
    time.sleep(0.7)
    stands = page.kernel("uno.state.cycles")
    time.sleep(0.7)
    assert page.kernel("uno.state.cycles") == stands
    page.reopen_tab()
    wait_for_text(page, NOTE, "started again")
    wait_for_answer(page, "data.x_test[5:6]")
    page.assert_quiet()


def test_a_listening_sketch_hears_what_is_set_and_what_plays(open_notebook):
    prepare = f"""import tinyml_course as tc
from tinyml_course.vibration import sensor_volts
data = tc.load_vibration()
sensing = tc.Sensing()
graph = tc.load_graph({str(VIBRATION)!r})
sketch = tc.export_sensing(graph, "listener", sensing)
def signal(label):
    return sensor_volts(data.x_test[data.y_test == label][:4].ravel()), data.rate_hz
names = [str(name) for name in data.class_names]"""
    show = """uno = tc.VirtualUno(sketch, class_names=names, signals={name: signal(k) for k, name in enumerate(names)})
uno"""
    page = open_notebook([prepare, show])
    wait_for_text(page, LOG, "s on")
    page.wait_for_kernel("uno.state.answer and uno.state.answer.label == names[0]")  # nothing moves
    page.tab_to(Named("slider", "Voltage at A0"))
    page.press("End")
    page.wait_for_kernel("uno._volts == {'0': 5}")
    wait_for_text(page, ".uno-analog output", "5.00 V → 1023")
    page.kernel_run("uno.set_voltage(0, 2.5)")
    wait_for_text(page, ".uno-analog output", "2.50 V → 512")
    page.kernel_run("uno.play(0, *signal(3), repeat=True)")
    page.wait_for_kernel("uno.state.answer.label == names[3] and uno.state.inferences > 5")
    chosen = "document.querySelector('.uno-analog select').selectedOptions[0].textContent"
    page.wait_for(f"{chosen} === 'played by Python'")
    page.wait_for(f"{BOARD}.led13")  # it blinks three times in a second
    page.wait_for(f"!{BOARD}.led13")
    page.keep_screenshot("uno-listening")
    page.click("[aria-label='Analog inputs'] input[type=checkbox]")
    wait_for_text(page, LOG, "s off")


def test_a_fault_is_told_and_a_lost_kernel_too(open_notebook, cells):
    page = open_notebook(cells("uno = tc.VirtualUno(crashing)\nuno"))
    wait_for_text(page, LOG, "ready digits")
    page.kernel_run("uno.send('x\\n')")
    page.wait_for_kernel("uno.state.fault")
    fault = page.text(".uno-fault")
    assert fault == page.kernel("uno.state.fault")
    assert re.fullmatch(
        r"The sketch crashed after [\d,]+ cycles, at flash address 0x7e00 in \w+: there is no program\. .*", fault
    )
    wait_for_text(page, STATE, "Stopped by a fault")
    page.keep_screenshot("uno-fault")
    page.click(RUN)
    page.wait_for("document.querySelector('.uno-fault').hidden")
    page.wait_for(f"document.querySelector('{LOG}').textContent.split('ready digits').length === 3")

    page.evaluate(f"{BUTTON}.focus()")
    page.press("Space")
    page.wait_for(f"document.querySelector('{LOG}').textContent.split('ready digits').length === 4")
    page.point("wokwi-arduino-uno")
    x, y = page.evaluate(f"(({{x, y, width}}) => [x + width / 2, y + width / 2])({BUTTON}.getBoundingClientRect())")
    page.mouse("Moved", x, y)
    page.mouse("Pressed", x, y)
    wait_for_text(page, STATE, "Held")
    page.mouse("Released", x, y)
    page.wait_for(f"document.querySelector('{LOG}').textContent.split('ready digits').length === 5")

    page.restart_kernel()
    wait_for_text(page, NOTE, "The kernel that made this board is gone")
    before = cycles(page)
    draw(page, [ZERO])
    wait_for_text(page, ANSWER, "0")
    assert cycles(page) > before
    page.assert_quiet()
