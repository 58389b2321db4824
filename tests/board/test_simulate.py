"""A whole sketch on the virtual Uno: outputs, cycles, flash, SRAM, and everything that can go wrong."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from tinyml_course.board import BoardClient, SimulatorTransport, UnoSimulator, simulate
from tinyml_course.boards import UNO
from tinyml_course.errors import (
    CompileError,
    InputError,
    MemoryLimitError,
    ProtocolError,
    SketchFaultError,
)
from tinyml_course.export.sketch import Sketch
from tinyml_course.toolchain import Toolchain

WEIGHTS = np.array([[100, -2, 3, -4], [-1, 2, -128, 5], [0, 0, 0, 127]], np.int64)
Tiny = Callable[..., Sketch]


@pytest.fixture(scope="module")
def x() -> np.ndarray:
    return np.random.default_rng(0).integers(-1000, 1001, (20, 4)).astype(np.int16)


@pytest.mark.parametrize("optimization", ["-Os", "-O2"])
def test_outputs_are_the_integers_that_numpy_gives(
    optimization: str, x: np.ndarray, tiny: Tiny, bare_toolchain: Toolchain
) -> None:
    run = simulate(tiny(), x, toolchain=bare_toolchain, optimization=optimization)
    expected = x.astype(np.int64) @ WEIGHTS.T
    assert run.outputs.dtype == np.int32
    np.testing.assert_array_equal(run.outputs, expected)
    assert run.classes.dtype == np.int64
    np.testing.assert_array_equal(run.classes, expected.argmax(axis=1))
    assert run.optimization == optimization
    assert run.toolchain == bare_toolchain.description
    assert run.self_test_passed


def test_costs_add_up(x: np.ndarray, tiny: Tiny, bare_toolchain: Toolchain) -> None:
    run = simulate(tiny(), x, toolchain=bare_toolchain)
    build = bare_toolchain.build(tiny())
    empty = bare_toolchain.build(tiny().without_model())
    with UnoSimulator(build.hex, build.sram_static_end) as uno:
        client = BoardClient(SimulatorTransport(uno), tiny())
        client.ready()
        client.self_test()
        client.outputs(x[0])
        before, after = uno.marks
        assert run.cycles[0] == after.cycle - before.cycle
        stack = before.stack_pointer - after.stack_pointer_minimum
        assert run.sram_peak_bytes == build.sram_static_bytes + uno.stack_peak_bytes
    assert run.cycles.dtype == np.int64
    assert run.flash_bytes == build.flash_bytes
    assert run.model_flash_bytes == build.flash_bytes - empty.flash_bytes > 0
    assert run.model_sram_peak_bytes == build.sram_static_bytes - empty.sram_static_bytes + 8 + stack
    assert stack >= 2  # at least a return address
    np.testing.assert_allclose(run.milliseconds, run.cycles / 16e6 * 1e3)
    np.testing.assert_allclose(run.energy_millijoules, run.cycles * UNO.nj_per_cycle_board * 1e-6)


def test_a_second_run_is_the_same(x: np.ndarray, tiny: Tiny, bare_toolchain: Toolchain) -> None:
    first, second = (simulate(tiny(), x, toolchain=bare_toolchain) for _ in range(2))
    for field in dataclasses.fields(first):
        np.testing.assert_array_equal(getattr(first, field.name), getattr(second, field.name))


def test_the_boards_own_clock_agrees_with_the_marks(x: np.ndarray, tiny: Tiny, bare_toolchain: Toolchain) -> None:
    build = bare_toolchain.build(tiny())
    with UnoSimulator(build.hex, build.sram_static_end) as uno:
        client = BoardClient(SimulatorTransport(uno), tiny())
        client.ready()
        for sample in x:
            uno.clear_marks()
            microseconds = client.outputs(sample).microseconds
            before, after = uno.marks
            assert abs(microseconds - (after.cycle - before.cycle) / 16) < 2
            assert client.classify(sample).outputs == ()


def test_the_text_form_names_the_figures(x: np.ndarray, tiny: Tiny, bare_toolchain: Toolchain) -> None:
    run = simulate(tiny(), x, toolchain=bare_toolchain)
    text = str(run)
    for words in (
        "Arduino Uno (virtual)",
        f"{run.flash_bytes:,} of 32,256 bytes; the model takes {run.model_flash_bytes:,}",
        f"{run.sram_peak_bytes:,} of 2,048 bytes; the model takes {run.model_sram_peak_bytes:,}",
        f"{run.cycles.max():,} at most",
        "passed",
        "mJ mean (estimated",
        run.toolchain,
    ):
        assert words in text
    assert "outputs" not in repr(run)


def test_samples_may_have_the_models_own_shape(x: np.ndarray, tiny: Tiny, bare_toolchain: Toolchain) -> None:
    flat = simulate(tiny(), x[:3], toolchain=bare_toolchain)
    square = simulate(tiny(), x[:3].reshape(3, 2, 2, 1), toolchain=bare_toolchain)
    np.testing.assert_array_equal(flat.outputs, square.outputs)


def test_progress_is_told_after_every_sample(x: np.ndarray, tiny: Tiny, bare_toolchain: Toolchain) -> None:
    seen: list[tuple[int, int]] = []
    simulate(tiny(), x[:3], toolchain=bare_toolchain, progress=lambda *numbers: seen.append(numbers))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_without_an_empty_model_its_share_is_unknown(x: np.ndarray, tiny: Tiny, bare_toolchain: Toolchain) -> None:
    run = simulate(tiny(empty_model=""), x[:1], toolchain=bare_toolchain)
    assert run.model_flash_bytes is None
    assert run.model_sram_peak_bytes is None
    assert "the model takes" not in str(run)


def test_a_failed_self_test_is_reported(x: np.ndarray, tiny: Tiny, bare_toolchain: Toolchain) -> None:
    run = simulate(tiny({"PROGMEM = {0, 2}": "PROGMEM = {0, 1}"}), x[:1], toolchain=bare_toolchain)
    assert not run.self_test_passed
    assert "FAILED" in str(run)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda x: x.astype(np.int64), "type int16, got int64"),
        (lambda x: x.astype(np.uint16), "type int16, got uint16"),
        (lambda x: x.astype(np.float32), "type int16, got float32"),
        (lambda x: x.tolist(), "type int16, got int64"),
        (lambda x: x[:, :3], r"shape \(n, 4\), got \(20, 3\)"),
        (lambda x: x[0], r"got \(4,\).* pass x\[None\]"),
        (lambda x: x.reshape(4, 5, 4), r"got \(4, 5, 4\)"),
        (lambda x: x[0, 0], r"got \(\)"),
        (lambda x: x[:0], "at least one sample"),
        (lambda x: np.where(x == x[3, 2], 1001, x).astype(np.int16), "from -1000 to 1000 .*got .* to 1001"),
        (lambda x: np.where(x == x[3, 2], -1001, x).astype(np.int16), "got -1001 to"),
    ],
)
def test_input_outside_the_contract_is_never_sent(
    change: Callable[[np.ndarray], object], words: str, x: np.ndarray, tiny: Tiny
) -> None:
    with pytest.raises(InputError, match=words):
        simulate(tiny({"int main(void)": "this does not compile"}), change(x))


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_input_that_is_no_number(wrong: float, x: np.ndarray, tiny: Tiny) -> None:
    values = x.astype(np.float32)
    values[3, 2] = wrong
    with pytest.raises(InputError, match="NaN or infinite"):
        simulate(tiny(input_dtype=np.dtype(np.float32)), values)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"int main(void)": "int main("}, CompileError, "tiny_main.c"),
        ({"static char line[": "static volatile char filler[2040]; static char line["}, MemoryLimitError, "SRAM"),
        ({'text("ready tiny\\n");': "for (;;) { }"}, SketchFaultError, "The sketch hangs: expected b'\\\\n'"),
        ({"GPIOR0 = 1;": ""}, ProtocolError, r"it wrote \[2\]"),
        ({"GPIOR0 = 1;": "", "GPIOR0 = 2;": ""}, ProtocolError, "it wrote nothing"),
        ({"number(tiny_MODEL_BYTES)": ""}, ProtocolError, "another form: expected i NAME and six numbers"),
        ({"ready tiny": "ready tina"}, ProtocolError, "should say 'ready tiny'"),
        ({"case 'o':": ""}, ProtocolError, "refused 'o [0-9a-f]{16}' with 'e command'"),
        ({"tiny_MAXIMUM 1000": "tiny_MAXIMUM (-999)"}, ProtocolError, "refused .* with 'e range'"),
        (
            {"uint8_t best = 0;": "uint8_t best = 0; volatile char big[1990]; big[1989] = 1;"},
            SketchFaultError,
            "stack grew",
        ),
        (
            {"tiny_invoke(input, output);": 'asm volatile(".word 0xffff");'},
            SketchFaultError,
            "flash address 0x[0-9a-f]{4} in classify: 0xffff is no instruction",
        ),
    ],
)
def test_what_a_sketch_can_do_wrong(
    changes: dict[str, str], error: type[Exception], words: str, x: np.ndarray, tiny: Tiny, bare_toolchain: Toolchain
) -> None:
    with pytest.raises(error, match=words):
        simulate(tiny(changes, empty_model=""), x, toolchain=bare_toolchain)


def test_line_endings_spaces_and_capitals_do_not_matter(tiny: Tiny, bare_toolchain: Toolchain) -> None:
    build = bare_toolchain.build(tiny())
    with UnoSimulator(build.hex, build.sram_static_end) as uno:
        assert uno.run_until(b"\n", 1_000_000) == b"ready tiny\n"
        for request in (b"c 0A00000000000000\n", b"c0a00000000000000\r\n", b"c    0a00000000000000\n"):
            uno.send(request)
            assert uno.run_until(b"\n", 1_000_000).startswith(b"c 0 ")
        for request, answer in {b"x": b"command", b"c 00": b"length", b"c 0g00000000000000": b"hex"}.items():
            uno.send(request + b"\n")
            assert uno.run_until(b"\n", 1_000_000) == b"e " + answer + b"\n"
