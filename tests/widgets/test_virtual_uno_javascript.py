"""The page's part of the virtual Uno that needs no page: pace, memory, brush, protocol, faults, instructions."""

from __future__ import annotations

import json
import re
import subprocess
from importlib import resources
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from javascript_modules import Modules

from tinyml_course import toolchain
from tinyml_course.board.faults import CRASH, PLACE, PLACE_IN_FUNCTION, REASONS, crash_message, place_text
from tinyml_course.datasets import Dataset
from tinyml_course.export import export_arduino
from tinyml_course.graph import Graph
from tinyml_course.toolchain.avr_gcc import AvrGcc

SOURCE = Path(str(resources.files("tinyml_course.widgets"))) / "js" / "src" / "virtual_uno"


def modules(*names: str) -> Modules:
    return Modules(*(SOURCE / f"{name}.js" for name in names))


# ---- pace


def test_a_board_in_real_time_is_due_what_has_passed_and_no_more_than_250_ms():
    with modules("pacing") as js:
        js.run("const pacer = new pacing.Pacer(16e6); pacer.restart(1000)")
        assert js.get("pacer.due(1004)") == 64_000
        js.run("pacer.ran(64003)")  # the last instruction ended three cycles later
        assert js.get("pacer.due(1008)") == 63_997
        assert js.get("pacer.due(61000)") == 4_000_000  # a minute in which the page did not run
        js.run("pacer.ran(4000000)")
        assert js.get("pacer.due(61000)") == 0


def test_what_a_slice_did_not_manage_stays_due():
    with modules("pacing") as js:
        js.run("const pacer = new pacing.Pacer(16e6); pacer.restart(0)")
        assert js.get("pacer.due(10)") == 160_000
        js.run("pacer.ran(100000)")
        assert js.get("pacer.due(10)") == 60_000
        js.run("pacer.restart(20)")
        assert js.get("pacer.due(20)") == 0


@pytest.mark.parametrize(("speed", "cycles"), [(0.001, 16_000), (0.1, 1_600_000), (2, 32_000_000)])
def test_other_speeds_give_their_cycles_in_a_second(speed, cycles):
    with modules("pacing") as js:
        js.run(f"const pacer = new pacing.Pacer(16e6, {speed}); pacer.restart(0); let ran = 0;")
        js.run("for (let now = 4; now <= 1000; now += 4) { const due = pacer.due(now); pacer.ran(due); ran += due; }")
        assert js.get("ran") == pytest.approx(cycles, abs=1)


def test_as_fast_as_possible_is_always_due():
    with modules("pacing") as js:
        js.run("const pacer = new pacing.Pacer(16e6, 0); pacer.restart(0); pacer.ran(1e9)")
        assert js.get("pacer.due(0) === Infinity")


def test_the_speedometer_measures_half_seconds():
    with modules("pacing") as js:
        js.run("const meter = new pacing.Speedometer(); meter.measure(100, 5000)")
        assert js.get("meter.hertz") == 0
        js.run("meter.measure(599, 8e6); ")
        assert js.get("meter.hertz") == 0
        js.run("meter.measure(600, 8005000)")
        assert js.get("meter.hertz") == 16e6
        js.run("meter.measure(1100, 8005000)")
        assert js.get("meter.hertz") == 0


# ---- memory


UNO = "{{staticEnd: 0x150, stackPointerMinimum: {lowest}, machine: {{sp: {sp}, data: {{320: {low}, 321: {high}}}}}}}"


def memory(heap_pointer: str, **values: int) -> dict[str, int]:
    with modules("memory") as js:
        return js.get(f"memory.memoryOf({UNO.format(**values)}, {heap_pointer})")


def test_memory_of_variables_heap_and_stack_adds_up():
    found = memory("320", lowest=0x8F0, sp=0x8FB, low=0x70, high=0x01)
    assert found == {"total": 2048, "variables": 80, "heap": 32, "stack": 4, "stackPeak": 15, "free": 1921}


@pytest.mark.parametrize("heap_pointer", ["320", "null"])
def test_without_malloc_there_is_no_heap(heap_pointer):
    found = memory(heap_pointer, lowest=0x8FF, sp=0x8FF, low=0, high=0)
    assert (found["heap"], found["stack"], found["stackPeak"], found["free"]) == (0, 0, 0, 1968)


# ---- faults


@pytest.mark.parametrize("kind", REASONS)
def test_a_fault_has_the_simulators_words(kind):
    texts = {"crash": CRASH, "place": PLACE, "inFunction": PLACE_IN_FUNCTION, "reasons": dict(REASONS)}
    symbols = {0: "main", 0x1A2: "loop", 0x400: "digits_invoke"}
    for address, sp in ((0x1A4, 0x14F), (0x7FFE, 2)):
        fault = {"kind": kind, "address": address, "opcode": 0xFF, "stackPointer": sp}
        with modules("faults") as js:
            given = f"{json.dumps(texts)}, {json.dumps(fault)}, {json.dumps(sorted(symbols.items()))}"
            found = js.get(f"faults.faultText({given}, {{cycles: 1234567, staticEnd: 0x150}})")
        place = place_text(address, symbols)
        assert found == crash_message(kind, cycles=1_234_567, place=place, opcode=0xFF, sp=sp, end=0x150, last=0x8FF)


def test_a_place_before_all_symbols_has_no_name():
    with modules("faults") as js:
        assert js.get("faults.functionAt([[16, 'main']], 15)") is None
        assert js.get("faults.functionAt([[16, 'main']], 16)") == "main"
        assert js.get("faults.functionAt([], 16)") is None


# ---- brush

# Digits as the writers of the data set drew them (a seven has a bar), in pixels of an image of 8 x 8.
STROKES = {
    0: [[(4, 0.8), (2.2, 2), (1.8, 4), (2.3, 6.2), (4, 7.2), (5.6, 6.2), (6, 4), (5.6, 2), (4, 0.8)]],
    1: [[(2.8, 2.2), (4.2, 0.7), (4.2, 7.4)]],
    2: [[(2, 2), (3, 0.8), (4.8, 0.9), (5.3, 2.3), (4.2, 4.3), (2, 7), (6, 7)]],
    3: [[(2, 1), (4.5, 0.7), (5.4, 2), (4, 3.7), (5.6, 5.2), (4.6, 7), (2, 7)]],
    4: [[(3.8, 0.6), (1.6, 4.6), (6.2, 4.6)], [(4.4, 3), (4.3, 7.4)]],
    7: [[(1.8, 0.9), (5.8, 0.9), (4.4, 4), (3.4, 7.4)], [(2.8, 4), (5.8, 4)]],
}


def drawn(js: Modules, strokes: list[list[tuple[float, float]]]) -> list[int]:
    js.run("const drawing = new brush.Drawing(8, 16)")
    for stroke in strokes:
        for start, end in pairwise(stroke):
            js.run(f"drawing.stroke({start[0]}, {start[1]}, {end[0]}, {end[1]})")
    return js.get("drawing.values")


@pytest.mark.parametrize("digit", STROKES)
def test_drawn_digits_look_like_the_data_sets(digit, digits: Dataset, digits_graph: Graph):
    with modules("brush") as js:
        values = np.array(drawn(js, STROKES[digit]), np.uint8)
    ink = digits.x_train.sum(1)
    assert ink.min() <= values.sum() <= ink.max()
    assert 0.25 < np.isin(values, range(1, 16)).sum() / np.count_nonzero(values) < 0.95  # greys, not black and white
    assert digits_graph.classify(values[None])[0] == digit


def test_ink_adds_up_and_the_eraser_takes_it_away():
    with modules("brush") as js:
        assert drawn(js, [[(4, 4), (4, 4)]]) == [8 if i in (27, 28, 35, 36) else 0 for i in range(64)]
        js.run("drawing.stroke(4, 4, 4.2, 4)")
        more = js.get("drawing.values")
        assert more[28] > 8
        js.run("drawing.load(Array(64).fill(9)); drawing.stroke(4.5, 4.5, 4.5, 4.5)")
        assert js.get("drawing.values") == [16 if i == 36 else 9 for i in range(64)]
        js.run("drawing.stroke(4.5, 4.5, 4.5, 4.5, true)")
        assert js.get("drawing.values[36]") == 0
        assert js.get("drawing.values[0]") == 9
        js.run("drawing.clear()")
        assert js.get("drawing.values") == [0] * 64


def test_strokes_end_at_the_border_and_keys_set_whole_pixels():
    with modules("brush") as js:
        js.run("const drawing = new brush.Drawing(4, 255); drawing.stroke(-3, 0, 9, 0)")
        values = js.get("drawing.values")
        assert min(values[:4]) > 0
        assert values[4:] == [0] * 12
        js.run("drawing.clear(); drawing.set(5, 300); drawing.set(6, 127.6)")
        assert js.get("drawing.rows()") == ["0 0 0 0", "0 255 128 0", "0 0 0 0", "0 0 0 0"]


# ---- protocol


ASKER = """const sent = [], answers = [], windows = [], troubles = []; let starts = 0;
const asker = new protocol.Asker({ send: (text) => sent.push(text), onAnswer: (answer) => answers.push(answer),
  onWindow: (heard) => windows.push(heard), onReady: () => starts++, onTrouble: (text) => troubles.push(text) });"""


def test_requests_carry_the_bytes_of_the_values():
    with modules("protocol") as js:
        assert js.get("protocol.request([0, 16, 255], 1)") == "o 0010ff\n"
        assert js.get("protocol.request([-2, 258], 2)") == "o feff0201\n"
        assert js.get("protocol.request([3212836864], 4)") == "o 000080bf\n"  # the bits of -1.0


def test_one_request_at_a_time_and_none_before_the_board_is_ready():
    with modules("protocol") as js:
        js.run(f"{ASKER} asker.ask('o 1\\n', 'a'); asker.ask('o 2\\n', 'b'); asker.turn(100)")
        assert js.get("sent") == []
        js.run("asker.receive('ready dig'); asker.turn(200); asker.receive('its\\n'); asker.turn(300); asker.turn(400)")
        assert js.get("sent") == ["o 1\n"]
        js.run("asker.receive('o 3 848 -5 17'); asker.receive('2 0\\r\\n'); asker.turn(500)")
        assert js.get("sent") == ["o 1\n", "o 2\n"]
        assert js.get("answers") == [{"classIndex": 3, "microseconds": 848, "outputs": [-5, 172, 0], "tag": "a"}]


def test_a_drawing_that_goes_on_is_asked_once():
    with modules("protocol") as js:
        js.run(f"{ASKER} asker.receive('ready x\\n')")
        js.run("for (let i = 0; i < 9; i++) asker.ask(`o ${i}\\n`, i, true); asker.turn(1)")
        js.run(
            "for (let i = 10; i < 19; i++) asker.ask(`o ${i}\\n`, i, true); asker.receive('o 1 2\\n'); asker.turn(2)"
        )
        assert js.get("sent") == ["o 8\n", "o 18\n"]


def test_a_reset_asks_again_and_silence_and_refusals_are_told():
    with modules("protocol") as js:
        js.run(f"{ASKER} asker.receive('ready x\\n'); asker.ask('o 1\\n', 'a'); asker.turn(1); asker.restart(1000)")
        js.run("asker.turn(1000 + 8e6); asker.turn(1001 + 8e6)")
        assert js.get("sent") == ["o 1\n", "o 1\n"]
        js.run("asker.turn(1002 + 168e6)")
        assert "no answer within ten seconds" in js.get("troubles")[0]
        js.run("asker.ask('o 2\\n', 'b'); asker.turn(169e6); asker.receive('e range\\n')")
        assert 'refused the image: "e range"' in js.get("troubles")[1]
        js.run("asker.receive('hello\\no x\\n')")
        assert (js.get("answers"), js.get("asker.asked")) == ([], None)


def test_a_listening_sketch_tells_its_windows_unasked():
    with modules("protocol") as js:
        js.run(f"{ASKER} asker.receive('ready x\\ns on\\nw 1 2 5120 0\\nw 2 0 5124 7\\n')")
        assert js.get("windows") == [
            {"classIndex": 2, "microseconds": 5120, "missed": 0},
            {"classIndex": 0, "microseconds": 5124, "missed": 7},
        ]
        assert (js.get("answers"), js.get("starts")) == ([], 1)


def test_close_scores_are_unsure():
    with modules("protocol") as js:
        assert js.get("protocol.judge([0, 100, 89])") == {"second": 2, "unsure": False}
        assert js.get("protocol.judge([0, 100, 91])") == {"second": 2, "unsure": True}
        assert js.get("protocol.judge([7, 7, 7])") == {"second": 1, "unsure": True}
        assert js.get("protocol.judge([7])") == {"second": None, "unsure": False}


def test_most_wrong_answers_of_a_small_model_are_unsure(digits: Dataset, digits_graph: Graph):
    outputs = digits_graph.predict(digits.x_test).tolist()
    with modules("protocol") as js:
        unsure = np.array(js.get(f"{json.dumps(outputs)}.map((scores) => protocol.judge(scores).unsure)"))
    right = digits_graph.classify(digits.x_test) == digits.y_test
    assert (int((unsure & ~right).sum()), int((~right).sum())) == (4, 4)
    assert (int((unsure & right).sum()), int(right.sum())) == (18, 536)


# ---- waveforms


def test_the_scope_shows_what_the_board_could_have_measured():
    with modules("waves") as js:
        js.run("const uno = { cycles: 1000, volts: [2.5, 0], waves: [null, null] }")
        assert js.get("waves.recent(uno, 0, 400, 3)") == [2.5, 2.5, 2.5]
        js.run("uno.waves[1] = { volts: [1, 2, 3], start: 700, cyclesPerValue: 50, repeat: false }")
        assert js.get("waves.recent(uno, 1, 400, 9)") == [0, 0, 1, 2, 3, 3, 3, 3, 3]
        js.run("uno.waves[1].repeat = true")
        assert js.get("waves.recent(uno, 1, 400, 9)") == [0, 0, 1, 2, 3, 1, 2, 3, 1]


# ---- instructions


@pytest.fixture
def objdump() -> Path:
    """The disassembler that comes with a compiler for the board."""
    for compiler in toolchain.available():
        if isinstance(compiler, AvrGcc):
            objcopy = compiler._compiler.objcopy
            found = objcopy.with_name(objcopy.name.replace("objcopy", "objdump"))
            if found.exists():
                return found
    pytest.skip("needs avr-objdump (Debian: apt-get install binutils-avr)")


def test_instructions_read_as_the_disassembler_writes_them(objdump, any_toolchain, digits_graph, tmp_path):
    build = any_toolchain.build(export_arduino(digits_graph, name="digits"))
    elf = tmp_path / "digits.elf"
    elf.write_bytes(build.elf)
    listing = subprocess.run([objdump, "-d", elf], capture_output=True, text=True, check=True).stdout
    expected = dict(_instructions(listing))
    hex_module = SOURCE.parents[3] / "board" / "js" / "src" / "hex.js"
    with Modules(hex_module, SOURCE / "disassemble.js") as js:
        js.run(f"const words = new Uint16Array(hex.parseHex({json.dumps(build.hex)}).flash.buffer)")
        found = js.get(f"{json.dumps(sorted(expected))}.map((at) => disassemble.disassemble(words, at / 2))")
    assert len(found) > 1500
    assert [_parsed(text, "") for text in found] == [expected[at] for at in sorted(expected)]


def _instructions(listing):
    for line in listing.splitlines():
        match = re.fullmatch(r"\s*([0-9a-f]+):\t[0-9a-f ]+\t(\w+)(?:\t([^;]*))?(?:\s*;(.*))?", line)
        if match and match[2] != "Address":
            yield int(match[1], 16), _parsed(f"{match[2]} {match[3] or ''}", match[4] or "")


def _parsed(text, comment):
    """Name and operands; a relative jump has its target in the comment."""
    name, *operands = text.replace(",", " ").split()
    if operands and operands[-1].startswith("."):
        operands[-1] = hex(int(re.search(r"0x[0-9a-f]+", comment)[0], 16) & 0x7FFF)  # flash addresses go round
    return name, [int(word, 0) if word[0].isdigit() else NAMED.get(word, word) for word in operands]


NAMED = {"SREG": 0x3F, "SPH": 0x3E, "SPL": 0x3D, "GPIOR0": 0x1E, "PORTB": 0x05, "DDRB": 0x04, "PINB": 0x03}
