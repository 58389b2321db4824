"""The virtual Uno's Python side: what the page gets, what waits for it, and what it tells."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

import tinyml_course as tc
from tinyml_course.board.faults import REASONS
from tinyml_course.errors import InputError, MemoryLimitError, ToolchainNotFoundError
from tinyml_course.export import export_arduino
from tinyml_course.pictures.svg import with_images
from tinyml_course.toolchain.elf import AvrElf
from tinyml_course.widgets.virtual_uno import LONGEST_QUEUE, SERIAL_CHARACTERS
from tinyml_course.widgets.virtual_uno_program import image_of

REPORT = {
    "memory": {"total": 2048, "variables": 340, "heap": 0, "stack": 24, "stackPeak": 100, "free": 1608},
    "inference": {"last": 13576, "total": 27154, "count": 2},
    "fault": None,
    "lost": 3,
    "cycles": 32_000_000,
    "hertz": 16_000_000.5,
    "led": True,
    "answer": {
        "classIndex": 1, "label": "1", "microseconds": 848, "outputs": [-5, 7], "second": 0, "unsure": False,
        "empty": False, "number": 4,
    },
}  # fmt: skip


class Line:
    """In the place of the comm to the pages: keeps what was sent."""

    kernel = True
    comm_id = "line"

    def __init__(self):
        self.messages = []

    def on_msg(self, _callback):
        pass

    def send(self, data, buffers=None, **_):
        self.messages.append(data)

    def close(self, *_, **__):
        pass

    @property
    def commands(self):
        """Of all messages to a page: (page, name, what else is given)."""
        found = []
        for message in self.messages:
            content = message.get("content", {})
            for item in content.get("items", []):
                rest = {key: value for key, value in item.items() if key not in ("name", "number")}
                found.append((content["to"], item["name"], rest))
        return found


@pytest.fixture(scope="session")
def digits_sketch(digits_graph):
    return export_arduino(digits_graph, name="digits")


@pytest.fixture
def make(digits_sketch, any_toolchain):
    """Make a virtual Uno with its line."""

    def one(**given):
        uno = tc.VirtualUno(digits_sketch, toolchain=any_toolchain, **given)
        uno.comm = Line()
        return uno, uno.comm

    return one


def hear(uno, **content):
    uno._handle_custom_msg(content, [])


# ---- what the page gets


def test_the_page_gets_the_program_a_board_would_get(make, digits_sketch, any_toolchain):
    uno, _ = make()
    build = any_toolchain.build(digits_sketch)
    program = json.loads(json.dumps(uno._program))
    assert (program["hex"], program["staticEnd"]) == (build.hex, build.sram_static_end)
    assert (program["flashBytes"], program["flashSize"], program["clockHz"]) == (build.flash_bytes, 32_256, 16_000_000)
    assert program["faults"]["reasons"] == dict(REASONS)
    assert program["labels"] == [str(digit) for digit in range(10)]
    assert program["image"] == {"side": 8, "minimum": 0, "maximum": 16}
    assert (program["outputs"], program["bytesEach"], program["analogPins"], program["signals"]) == (10, 1, [], [])
    addresses = [address for address, _ in program["symbols"]]
    assert addresses == sorted(addresses)
    assert "main" in dict(map(reversed, program["symbols"]))


def test_the_heap_pointer_is_a_data_address_where_the_program_has_a_heap(make, any_toolchain, digits_sketch):
    uno, _ = make()
    symbols = AvrElf(any_toolchain.build(digits_sketch).elf).symbols
    expected = symbols["__brkval"] - 0x800000 if "__brkval" in symbols else None
    assert uno._program["heapPointer"] == expected


def test_examples_and_signals_reach_the_page(make, digits):
    x, y = digits.x_test[:3], digits.y_test[:3]
    uno, _ = make(examples=x.reshape(3, 8, 8), labels=y, signals={"knock": (np.array([0, 2.5]), 100)})
    assert [example["values"] for example in uno._program["examples"]] == x.tolist()
    assert [example["label"] for example in uno._program["examples"]] == [str(label) for label in y]
    assert uno._program["signals"] == [{"name": "knock", "volts": [0.0, 2.5], "rate": 100.0}]


def test_classes_may_be_called_by_other_names(make):
    names = "zero one two three four five six seven eight nine".split()
    uno, _ = make(class_names=names)
    assert uno._program["labels"] == names


def test_a_hundred_examples_are_enough(make, digits):
    uno, _ = make(examples=digits.x_test)
    assert len(uno._program["examples"]) == 100
    assert uno._program["examples"][7]["label"] is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"examples": np.zeros((2, 63), np.uint8)}, "Expected a batch of shape"),
        ({"examples": np.zeros((2, 64))}, "Expected values of type uint8, got float64"),
        ({"examples": np.full((2, 64), 17, np.uint8)}, "Expected values from 0 to 16"),
        (
            {"examples": np.zeros((2, 64), np.uint8), "labels": [1]},
            r"2 examples, got labels of shape \(1,\)",
        ),
        ({"labels": [1]}, "labels belong to examples"),
        ({"class_names": ["zero"]}, r"Expected 10 class_names, one for each label, got 1: \['zero'\]"),
        ({"signals": {"a": ([[1.0]], 5)}}, r"got an array of shape \(1, 1\)"),
        ({"signals": {"a": ([math.nan], 5)}}, "with values that are not finite"),
        ({"signals": {"a": ([1.0], 0)}}, "above 0 and finite, got 0"),
    ],
)
def test_unusable_examples_and_signals_are_refused(make, given, message):
    with pytest.raises(InputError, match=message):
        make(**given)


def test_no_sketch_another_board_too_big_and_no_compiler_are_the_librarys_errors(
    digits_graph, digits_sketch, any_toolchain, monkeypatch
):
    with pytest.raises(InputError, match="Expected a Sketch, got str"):
        tc.VirtualUno("digits.hex")
    with pytest.raises(InputError, match="not for the Arduino Uno R4 Minima"):
        tc.VirtualUno(export_arduino(digits_graph, name="digits", board="uno_r4"))
    model = digits_sketch.files["digits_model.h"] + "\nstatic volatile uint8_t digits_extra[2100];\n"
    protocol = digits_sketch.files["digits_protocol.h"].replace("GPIOR0 = 1;", "digits_extra[TCNT0] = GPIOR0 = 1;")
    files = {**digits_sketch.files, "digits_model.h": model, "digits_protocol.h": protocol}
    with pytest.raises(MemoryLimitError, match="does not fit the SRAM"):
        tc.VirtualUno(replace(digits_sketch, files=files), toolchain=any_toolchain)
    monkeypatch.setenv("TINYML_TOOLCHAIN", "arduino-cli")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ToolchainNotFoundError, match="arduino-cli"):
        tc.VirtualUno(digits_sketch)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"side": 8, "minimum": 0, "maximum": 16}),
        (
            {"input_dtype": np.dtype(np.int8), "input_minimum": -128, "input_maximum": 127},
            {"side": 8, "minimum": -128, "maximum": 127},
        ),
        ({"input_size": 256}, {"side": 16, "minimum": 0, "maximum": 16}),
        ({"input_size": 289}, None),
        ({"input_size": 63}, None),
        ({"input_size": 9}, None),
        ({"input_dtype": np.dtype(np.float32), "input_maximum": 1.0}, None),
        ({"input_dtype": np.dtype(np.int16), "input_maximum": 1000}, None),
        ({"analog_pins": (0,)}, None),
    ],
)
def test_square_images_of_small_integers_can_be_drawn(digits_sketch, changes, expected):
    assert image_of(replace(digits_sketch, **changes)) == expected


# ---- commands


def test_commands_wait_for_the_page_and_go_to_the_one_that_has_the_board(make, digits):
    uno, line = make()
    uno.send("t\n")
    uno.classify(digits.x_test[0])
    uno.set_voltage(0, 2.5)
    uno.set_pin(2, True)
    uno.play(1, [0, 5], 100, repeat=True)
    uno.reset()
    assert line.commands == []
    hear(uno, kind="hello", page="A")
    assert line.commands == [
        ("A", "send", {"bytes": [116, 10]}),
        ("A", "classify", {"values": digits.x_test[0].tolist()}),
        ("A", "voltage", {"channel": 0, "volts": 2.5}),
        ("A", "pin", {"pin": 2, "high": True}),
        ("A", "play", {"channel": 1, "volts": [0.0, 5.0], "rate": 100.0, "repeat": True}),
        ("A", "reset", {}),
    ]
    assert (uno._volts, uno._pins) == ({"0": 2.5}, {"2": True})
    line.messages.clear()
    uno.send(b"i\n")
    assert line.commands == [("A", "send", {"bytes": [105, 10]})]


def test_what_a_page_has_done_is_not_given_to_the_next(make):
    uno, line = make()
    hear(uno, kind="hello", page="A")
    uno.send("a")
    uno.send("b")
    uno.send("c")
    hear(uno, kind="done", page="A", number=2)
    hear(uno, kind="done", page="Z", number=3)  # a page that does not have the board
    line.messages.clear()
    hear(uno, kind="hello", page="B")
    assert uno._owner == "B"
    assert line.commands == [("B", "send", {"bytes": [ord("c")]})]
    hear(uno, kind="done", page="B", number=3)
    line.messages.clear()
    hear(uno, kind="hello", page="A")
    assert line.commands == []


def test_commands_do_not_pile_up_without_end(make):
    uno, _ = make()
    for _ in range(LONGEST_QUEUE):
        uno.step()
    with pytest.raises(InputError, match="10,000 commands wait for the board already"):
        uno.step()


def test_run_pause_step_and_speed_are_known_to_a_page_that_comes_later(make):
    uno, _ = make()
    assert (uno.state.running, uno.speed) == (True, 1.0)
    uno.pause()
    uno.speed = math.inf
    assert (uno._running, uno._speed, uno.speed) == (False, 0.0, math.inf)
    uno.run()
    uno.speed = 0.001
    assert (uno._running, uno._speed) == (True, 0.001)
    uno.step()
    assert not uno.state.running


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda uno: uno.set_voltage(8, 1.0), "An analog channel of the Uno has a number from 0 to 7, got 8"),
        (lambda uno: uno.set_voltage(0, math.nan), "A voltage is a finite number, got nan"),
        (lambda uno: uno.set_pin(-1, True), "A pin of the Uno has a number from 0 to 19, got -1"),
        (lambda uno: uno.play(9, [1], 1), "An analog channel"),
        (lambda uno: uno.play(0, [], 1), r"got an array of shape \(0,\)"),
        (lambda uno: uno.classify(np.zeros(63, np.uint8)), "Expected a batch of shape"),
        (lambda uno: uno.classify(np.full(64, 99, np.uint8)), "Expected values from 0 to 16"),
        (lambda uno: setattr(uno, "speed", 0), "A speed is above 0"),
        (lambda uno: setattr(uno, "speed", math.nan), "A speed is above 0"),
    ],
)
def test_what_cannot_be_done_is_refused_at_once(make, call, message):
    uno, line = make()
    hear(uno, kind="hello", page="A")
    with pytest.raises(InputError, match=message):
        call(uno)
    assert line.commands == []


def test_floats_travel_as_their_bits(make, digits_sketch):
    from tinyml_course.widgets.virtual_uno_program import checked_sample

    changes = {"input_dtype": np.dtype(np.float32), "input_size": 2, "input_minimum": -1.0, "input_maximum": 1.0}
    sketch = replace(digits_sketch, **changes)
    assert checked_sample(sketch, np.array([-1.0, 0.5], np.float32)) == [0xBF800000, 0x3F000000]


# ---- what the page tells


def test_serial_text_is_kept_acknowledged_and_bounded(make):
    uno, line = make()
    hear(uno, kind="hello", page="A")
    line.messages.clear()
    hear(uno, kind="text", page="A", number=1, text="ready digits\n", dropped=0)
    assert uno.serial == "ready digits\n"
    assert [message["content"] for message in line.messages] == [{"kind": "heard", "to": "A"}]
    hear(uno, kind="text", page="old", number=1, text="of a page that lost the board", dropped=0)
    assert uno.serial == "ready digits\n"
    hear(uno, kind="text", page="A", number=2, text="late", dropped=12_000)
    assert uno.serial == "ready digits\n\n[12,000 characters did not reach Python in time]\nlate"
    for number in range(3, 6):
        hear(uno, kind="text", page="A", number=number, text="x" * 19_999 + "\n", dropped=0)
    assert (len(uno.serial), uno.serial[-1]) == (SERIAL_CHARACTERS, "\n")


def test_the_state_is_what_the_page_reported(make):
    uno, _ = make()
    assert (uno.state.shown, uno.state.cycles, uno.state.answer) == (False, 0, None)
    hear(uno, kind="hello", page="A")
    uno.set_state({"_report": REPORT, "_running": False})
    state = uno.state
    assert (state.shown, state.running, state.led, state.fault, state.lost_bytes) == (True, False, True, None, 3)
    assert (state.cycles, state.milliseconds, state.simulated_hz) == (32_000_000, 2000.0, 16_000_000.5)
    assert (state.inference_cycles, state.inference_mean_cycles, state.inferences) == (13576, 13577.0, 2)
    assert (state.sram_static_bytes, state.heap_bytes, state.stack_bytes) == (340, 0, 24)
    assert (state.stack_peak_bytes, state.free_bytes) == (100, 1608)
    assert (state.answer.class_index, state.answer.outputs, state.answer.unsure) == (1, (-5, 7), False)


def test_a_board_without_inferences_has_no_mean(make):
    uno, _ = make()
    uno.set_state({"_report": {**REPORT, "inference": {"last": None, "total": 0, "count": 0}, "answer": None}})
    assert (uno.state.inference_cycles, uno.state.inference_mean_cycles, uno.state.inferences) == (None, None, 0)


# ---- without a page


def test_the_static_face_has_the_figures_in_words_and_as_a_picture(make):
    uno, _ = make()
    still = uno.still()
    flash = f"{uno.build.flash_bytes:,} of 32,256 bytes"
    sram = f"{uno.build.sram_static_bytes:,} of 2,048 bytes"
    for text in still:
        assert flash in text
        assert sram in text
        assert "digits" in text
    assert still.html.count("<svg") == still.html.count('role="img" aria-label="') == 2
    data, _ = uno._repr_mimebundle_()
    assert (data["text/html"], data["text/plain"]) == (with_images(still.html), still.text)
    assert "Run this cell" in still.html


def test_messages_of_the_widget_itself_still_go_through(make):
    uno, line = make()
    uno.send({"kind": "other"})
    assert [message["content"] for message in line.messages] == [{"kind": "other"}]
