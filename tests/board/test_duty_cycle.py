"""A sketch that infers now and then and sleeps in between, measured on the virtual Uno."""

from __future__ import annotations

import dataclasses
import json
import re

import numpy as np
import pytest

import tinyml_course as tc
from tinyml_course.board.sleep_modes import START_UP_CYCLES
from tinyml_course.errors import ExportError, InputError, ProtocolError
from tinyml_course.export.duty_cycle import Alarm, duty_cycle_sketch, find_alarm
from tinyml_course.toolchain import Toolchain

WATCHDOG_CYCLES = 256_000


@pytest.fixture(scope="module")
def graph() -> tc.Graph:
    from sklearn.tree import DecisionTreeClassifier

    data = tc.load_digits()
    return tc.quantize(
        DecisionTreeClassifier(max_depth=4, random_state=0).fit(data.x_train, data.y_train), data.x_train
    )


@pytest.fixture(scope="module")
def sketch(graph: tc.Graph) -> tc.Sketch:
    return tc.export_arduino(graph, name="digits")


@pytest.mark.parametrize(
    ("period", "prescaler", "wakes"),
    [(0.016, 0, 1), (1, 6, 1), (2, 7, 1), (8, 9, 1), (10, 7, 5), (60, 9, 7), (3600, 9, 439), (0.05, 0, 3)],
)
def test_the_watchdog_comes_near_a_period_with_few_wakes(period: float, prescaler: int, wakes: int) -> None:
    alarm = find_alarm(period)
    assert alarm == Alarm(prescaler, wakes)
    assert alarm.period_seconds == pytest.approx(period, rel=0.05)


@pytest.mark.parametrize("period", [0.0, 0.01, -1.0, 1e9, float("nan")])
def test_periods_out_of_the_watchdogs_reach(period: float) -> None:
    with pytest.raises(InputError, match="wakes every 16 ms at most often"):
        find_alarm(period)


@pytest.mark.parametrize(("seconds", "prescaler", "wakes"), [(1, 6, 1), (2, 7, 1), (8, 9, 1), (10, 7, 5)])
def test_cycles_by_mode(
    seconds: float, prescaler: int, wakes: int, sketch: tc.Sketch, bare_toolchain: Toolchain
) -> None:
    run = tc.duty_cycle(sketch, seconds, inferences=10, toolchain=bare_toolchain)
    period = wakes * WATCHDOG_CYCLES << prescaler
    assert sum(run.cycles.values()) == 10 * period
    assert run.cycles["start_up"] == 10 * wakes * START_UP_CYCLES
    assert {mode for mode, count in run.cycles.items() if count} == {"active", "power_down", "start_up"}
    # An inference, 64 pixels copied from flash, and what waking takes.
    assert sum(run.inference_cycles) < run.cycles["active"] < 10 * 3_000
    assert len(run.inference_cycles) == 10
    assert run.period_seconds == pytest.approx(period / 16e6)


def test_an_inference_takes_as_long_as_in_the_sketch_that_answers(bare_toolchain: Toolchain) -> None:
    from sklearn.linear_model import RidgeClassifier

    data = tc.load_digits()
    graph = tc.quantize(RidgeClassifier().fit(data.x_train, data.y_train), data.x_train)
    sketch = tc.export_arduino(graph, name="digits")
    run = tc.duty_cycle(sketch, 1.0, inferences=len(graph.examples), toolchain=bare_toolchain)
    asked = tc.simulate(sketch, graph.examples, toolchain=bare_toolchain)
    assert min(asked.cycles) > 2_000
    # The compiler keeps other registers over the call in a program of another shape.
    assert sorted(run.inference_cycles) == pytest.approx(sorted(asked.cycles.tolist()), abs=20)


def test_the_same_with_the_arduino_core(
    sketch: tc.Sketch, core_toolchain: Toolchain, bare_toolchain: Toolchain
) -> None:
    core, bare = (tc.duty_cycle(sketch, 8.0, toolchain=one) for one in (core_toolchain, bare_toolchain))
    assert core.cycles["start_up"] == bare.cycles["start_up"]
    assert core.cycles["active"] == pytest.approx(bare.cycles["active"], rel=0.2)


def test_days_on_a_battery(graph: tc.Graph, bare_toolchain: Toolchain) -> None:
    run = tc.duty_cycle(graph, 8.0, toolchain=bare_toolchain)
    assert run.duty_cycle.measured
    board, chip = run.battery_life("uno", "4xaa"), run.battery_life("chip", "3xaa")
    assert board.days == pytest.approx(2500 * 0.75 / 34.4 / 24, rel=0.01)
    assert chip.days > 1000 * board.days
    assert run.battery_life("uno", "cr2032").problem
    text = str(run)
    for words in ("10 inferences in 1.37 minutes", "8.192 s, 1 wake by", "power-down", "2.3 days"):
        assert words in text
    assert "<table>" in run._repr_html_()
    figures = json.loads(json.dumps(run.to_dict()))
    assert figures["cycles"]["start_up"] == 10 * START_UP_CYCLES
    assert figures["batteries"]["measured"] is True


def test_a_period_too_short_for_the_inference(sketch: tc.Sketch, bare_toolchain: Toolchain) -> None:
    slow = _with_model(sketch, "for (volatile uint32_t i = 0; i < 40000; i++) { }")
    with pytest.raises(InputError, match="never sleeps: an inference takes longer than the period of 0.016 s"):
        tc.duty_cycle(slow, 0.016, toolchain=bare_toolchain)


def test_a_wrong_class_is_noticed(sketch: tc.Sketch, bare_toolchain: Toolchain) -> None:
    wrong = _with_model(sketch, "return 77;")
    with pytest.raises(ProtocolError, match="another class for a stored sample"):
        tc.duty_cycle(wrong, 1.0, toolchain=bare_toolchain)


def test_the_program_keeps_the_model_and_is_the_same_every_time(sketch: tc.Sketch) -> None:
    program = duty_cycle_sketch(sketch, Alarm(9, 7))
    assert set(program.files) == {
        "digits.ino", "digits_main.c", "digits_duty_cycle.h", "digits_model.h", "digits_protocol.h"
    }  # fmt: skip
    assert program.files["digits_model.h"] == sketch.files["digits_model.h"]
    assert program == duty_cycle_sketch(sketch, Alarm(9, 7))
    header = program.files["digits_duty_cycle.h"]
    assert "#define digits_WATCHDOG_BITS 0x21" in " ".join(header.split())
    assert "#define digits_WAKES 7" in " ".join(header.split())
    assert "model" not in header.replace("digits_model", "")


def test_a_sketch_that_listens_sleeps_in_idle(bare_toolchain: Toolchain) -> None:
    from sklearn.tree import DecisionTreeClassifier

    data, sensing = tc.load_vibration(), tc.Sensing(rate_hz=400, window=128, hop=64)
    features = sensing.features.compute(data.x_train)
    tree = DecisionTreeClassifier(max_depth=3, random_state=0).fit(features, data.y_train)
    run = tc.listening_cycle(tc.export_sensing(tc.quantize(tree, features)), 5, toolchain=bare_toolchain)
    assert {mode for mode, count in run.cycles.items() if count} == {"active", "idle"}
    assert run.period_seconds == pytest.approx(64 / 400, rel=1e-3)
    assert len(run.inference_cycles) in (4, 5, 6)
    assert run.cycles["idle"] > 0.9 * sum(run.cycles.values())
    chip = run.battery_life("chip", "3xaa")
    assert 2.4 < chip.average_ma < 3.2  # idle alone is 2.4
    assert "wake" not in run.summary()
    assert run.to_dict()["wakes"] is None


def test_a_sketch_that_answers_does_not_listen(sketch: tc.Sketch) -> None:
    with pytest.raises(InputError, match=r"samples by itself; .* 'digits' with sampling_hz=0"):
        tc.listening_cycle(sketch)


def test_a_sketch_without_stored_samples_is_refused() -> None:
    other = tc.Sketch("own", {"own.ino": "", "own_model.h": ""}, np.dtype(np.uint8), np.dtype(np.uint8), 1, 1, 0, 255)
    with pytest.raises(ExportError, match="needs the files own_model.h and own_protocol.h"):
        duty_cycle_sketch(other, Alarm(0, 1))
    with pytest.raises(InputError, match="At least one inference"):
        tc.duty_cycle(other, inferences=0)


def _with_model(sketch: tc.Sketch, first: str) -> tc.Sketch:
    """The same sketch with a statement in front of what classify does."""
    name = "digits_model.h"
    text, found = re.subn(
        r"(digits_classify\(const digits_input_t \*\w+\)\n\{\n)", rf"\g<1>    {first}\n", sketch.files[name]
    )
    assert found == 1
    return dataclasses.replace(sketch, files={**sketch.files, name: text})
