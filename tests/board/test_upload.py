"""The whole way of an upload, on a pretended board that runs the very program on the virtual Uno."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable, Iterator

import numpy as np
import pytest

if sys.platform == "win32":
    pytest.skip("needs a pseudo-terminal: Linux or macOS", allow_module_level=True)

from pretend_uno import PretendUno, PretendUploader, virtual_program
from sensing_sketches import vibration_sketch

import tinyml_course as tc
from tinyml_course import toolchain as tools
from tinyml_course.board import uploaders
from tinyml_course.errors import CompileError, InputError, PortError, ProtocolError
from tinyml_course.export.sketch import Sketch
from tinyml_course.toolchain import Toolchain

WEIGHTS = np.array([[100, -2, 3, -4], [-1, 2, -128, 5], [0, 0, 0, 127]], np.int64)
Tiny = Callable[..., Sketch]


class Python(tc.Graph):
    """A graph that does what the tiny sketch does."""

    def __init__(self, weights: np.ndarray = WEIGHTS) -> None:
        object.__setattr__(self, "weights", weights)

    def predict(self, x: np.ndarray) -> np.ndarray:
        return (x.astype(np.int64) @ self.weights.T).astype(np.int32)

    def classify(self, x: np.ndarray) -> np.ndarray:
        return self.predict(x).argmax(axis=1)


@pytest.fixture
def x() -> np.ndarray:
    return np.random.default_rng(0).integers(-1000, 1001, (6, 4)).astype(np.int16)


@pytest.fixture
def board() -> Iterator[PretendUno]:
    with PretendUno() as uno:
        yield uno


@pytest.fixture
def uploader(board: PretendUno, monkeypatch: pytest.MonkeyPatch) -> PretendUploader:
    pretended = PretendUploader(board)
    monkeypatch.setattr(sys.modules["tinyml_course.board.upload"], "find_uploader", lambda: pretended)
    return pretended


@pytest.fixture
def upload(board: PretendUno, uploader: PretendUploader, bare_toolchain: Toolchain) -> Callable[..., tc.UploadReport]:
    return lambda sketch, *samples, **options: tc.upload(
        sketch, board.device, *samples, toolchain=bare_toolchain, **options
    )


Upload = Callable[..., tc.UploadReport]


def test_board_virtual_board_and_python_agree(
    x: np.ndarray, tiny: Tiny, upload: Upload, uploader: PretendUploader, bare_toolchain: Toolchain
) -> None:
    y = [*Python().classify(x[:5]), (Python().classify(x[5:])[0] + 1) % 3]
    report = upload(tiny(), x, graph=Python(), y=y)
    build = bare_toolchain.build(tiny())
    assert uploader.written == [(report.port.device, build.hex, 115200)]
    np.testing.assert_array_equal(report.outputs, x.astype(np.int64) @ WEIGHTS.T)
    np.testing.assert_array_equal(report.classes, Python().classify(x))
    assert (report.outputs.dtype, report.classes.dtype) == (np.int32, np.int64)
    np.testing.assert_array_equal(report.virtual.outputs, report.outputs)
    assert (report.mismatches_virtual, report.mismatches_python) == (0, 0)
    assert report.accuracy == report.accuracy_virtual == report.accuracy_python == 5 / 6
    assert (report.self_test_passed, report.is_complete) == (True, True)
    assert (report.uploader, report.toolchain) == ("a pretended uploader 1.0", bare_toolchain.description)
    assert (report.seconds, report.flash_bytes) == (0.25, build.flash_bytes)
    np.testing.assert_array_less(np.abs(report.microseconds - report.virtual.cycles / 16), 4)
    assert report.microseconds_difference == np.abs(report.microseconds - report.virtual.cycles / 16).max()


def test_without_samples_the_self_test_is_all(tiny: Tiny, upload: Upload) -> None:
    report = upload(tiny())
    assert (report.self_test_passed, report.is_complete, report.samples) == (True, True, 0)
    assert report.outputs.shape == (0, 3)
    assert report.accuracy is report.virtual is report.mismatches_python is report.microseconds_difference is None
    assert json.loads(json.dumps(report.to_dict()))["samples_answered"] == 0


def test_samples_may_have_the_models_own_shape(x: np.ndarray, tiny: Tiny, upload: Upload) -> None:
    report = upload(tiny(), x[:2].reshape(2, 2, 2, 1))
    np.testing.assert_array_equal(report.outputs, x[:2].astype(np.int64) @ WEIGHTS.T)


def test_labels_are_the_sketchs_own(x: np.ndarray, tiny: Tiny, upload: Upload) -> None:
    names = ("cat", "dog", "bird")
    report = upload(tiny(labels=names), x, y=[names[k] for k in Python().classify(x)])
    assert report.accuracy == 1.0


def test_differences_are_counted_by_sample(x: np.ndarray, tiny: Tiny, upload: Upload) -> None:
    other = WEIGHTS.copy()
    other[:, 0] += 1  # differs wherever the first input is not 0
    x[1, 0] = x[4, 0] = 0
    report = upload(tiny(), x, graph=Python(other))
    assert (report.mismatches_virtual, report.mismatches_python) == (0, 4)


def test_a_failed_self_test_is_reported(tiny: Tiny, upload: Upload) -> None:
    report = upload(tiny({"PROGMEM = {0, 2}": "PROGMEM = {0, 1}"}))
    assert report.self_test_passed is False
    assert "FAILED" in str(report)


def test_a_sketch_that_listens_is_asked_too(upload: Upload) -> None:
    sketch = vibration_sketch()
    size = (2, sketch.input_size)
    windows = np.random.default_rng(0).integers(0, int(sketch.input_maximum) + 1, size).astype(sketch.input_dtype)
    report = upload(sketch, windows)
    assert (report.self_test_passed, len(report.classes), report.mismatches_virtual) == (True, 2, 0)


def test_progress_tells_what_goes_on(x: np.ndarray, tiny: Tiny, upload: Upload) -> None:
    seen: list[tuple[str, int, int]] = []
    upload(tiny(), x[:2], progress=lambda *told: seen.append(told))
    assert seen == [
        ("Compiling", 1, 1),
        ("Writing and verifying", 100, 100),
        ("Classifying on the board", 1, 2),
        ("Classifying on the board", 2, 2),
        ("Running on the virtual Uno", 1, 2),
        ("Running on the virtual Uno", 2, 2),
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (lambda x: {"x": x.astype(np.int64)}, "type int16, got int64"),
        (lambda x: {"x": x[:, :3]}, r"shape \(n, 4\), got \(6, 3\)"),
        (lambda x: {"x": x[:0]}, "upload needs at least one sample"),
        (lambda x: {"x": np.full_like(x, 1001)}, "from -1000 to 1000"),
        (lambda x: {"x": x, "y": [0] * 5}, r"Expected 6 labels y, one for each sample, got an array of shape \(5,\)"),
        (lambda x: {"x": x, "y": [0, 1, 2, 3, 0, 0]}, "The label 3 is none of the sketch's 3: 0, 1, 2"),
        (lambda x: {"y": [0]}, "give the samples x as well"),
        (lambda x: {"graph": Python()}, "give the samples x as well"),
        (lambda x: {"x": x, "graph": WEIGHTS}, "Expected a Graph, got ndarray"),
        (lambda x: {"x": x, "graph": Python(WEIGHTS[:2])}, "has 3 outputs, but the graph has 2"),
    ],
)
def test_what_is_wrong_with_samples_is_said_before_the_board_is_touched(
    arguments: Callable[[np.ndarray], dict], words: str, x: np.ndarray, tiny: Tiny, upload: Upload, board: PretendUno
) -> None:
    with pytest.raises(InputError, match=words):
        upload(tiny(), **arguments(x))
    assert board.resets == 0


def test_a_sketch_for_another_processor_is_refused(tiny: Tiny, upload: Upload, board: PretendUno) -> None:
    with pytest.raises(InputError, match="for the ATmega328P alone"):
        upload(tiny(board="mega"))
    with pytest.raises(InputError, match=r"Expected a Sketch, got str. tinyml_course.export_arduino"):
        upload("sketch.ino")
    assert board.resets == 0


def test_a_sketch_that_does_not_compile_is_not_written(tiny: Tiny, upload: Upload, uploader: PretendUploader) -> None:
    with pytest.raises(CompileError):
        upload(tiny({"int main(void)": "int main("}))
    assert uploader.written == []


def test_without_an_uploader_the_board_is_not_reset(
    tiny: Tiny, board: PretendUno, bare_toolchain: Toolchain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploaders.shutil, "which", lambda name: None)
    monkeypatch.setattr(uploaders, "_ides", list)
    monkeypatch.setattr(uploaders, "arduino_homes", list)
    monkeypatch.setattr(uploaders, "look", lambda name: tools.discovery.Finding(name, None, "no arduino-cli on PATH"))
    with pytest.raises(PortError, match="no arduino-cli on PATH") as caught:
        tc.upload(tiny(), board.device, toolchain=bare_toolchain)
    assert caught.value.kind == "no uploader"
    assert board.resets == 0


def test_unplugged_during_the_run(x: np.ndarray, tiny: Tiny, upload: Upload, board: PretendUno) -> None:
    board.unplug_after_lines = 2 + 4  # i, t, four samples
    with pytest.raises(PortError, match="the connection broke after 4 of 6 samples") as caught:
        upload(tiny(), x, graph=Python(), y=Python().classify(x))
    error = caught.value
    assert error.kind == "unplugged"
    assert "The 4 answers so far are kept: they are the report of this error" in str(error)
    np.testing.assert_array_equal(error.report.outputs, x[:4].astype(np.int64) @ WEIGHTS.T)
    assert (error.report.samples, error.report.is_complete, error.report.self_test_passed) == (6, False, True)
    assert (error.report.mismatches_python, error.report.mismatches_virtual, error.report.accuracy) == (0, None, 1.0)
    assert "4 of 6" in str(error.report)
    assert "broke off" in str(error.report)


def test_unplugged_before_the_first_answer(x: np.ndarray, tiny: Tiny, upload: Upload, board: PretendUno) -> None:
    board.unplug_after_lines = 0
    with pytest.raises(PortError, match="after 0 of 6 samples") as caught:
        upload(tiny(), x, graph=Python(), y=Python().classify(x))
    report = caught.value.report
    assert (len(report.classes), report.self_test_passed, report.accuracy) == (0, None, None)
    assert "0 of 6" in str(report)


def test_a_board_that_still_runs_another_program(
    tiny: Tiny, upload: Upload, uploader: PretendUploader, monkeypatch: pytest.MonkeyPatch, bare_toolchain: Toolchain
) -> None:
    other = bare_toolchain.build(tiny({"ready tiny": "ready older"}))
    real = uploader.write
    monkeypatch.setattr(uploader, "write", lambda port, hex_text, **options: real(port, other.hex, **options))
    with pytest.raises(ProtocolError, match="should say 'ready tiny' after a reset, got 'ready older'") as caught:
        upload(tiny())
    assert caught.value.report.self_test_passed is None


def test_a_damaged_answer_keeps_those_before(x: np.ndarray, tiny: Tiny, upload: Upload, board: PretendUno) -> None:
    def damaged(hex_text: str) -> Callable[[bytes], bytes]:
        program, answers = virtual_program(hex_text), []

        def run(data: bytes) -> bytes:
            said = program(data)
            answers.extend([said] if said.startswith(b"o") else [])
            return b"\xff" + said if len(answers) == 3 else said

        return run

    board.greeting = b"half an old line\r\n"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pretend_uno.virtual_program", damaged)
        with pytest.raises(ProtocolError, match="in another form") as caught:
            upload(tiny(), x)
    assert len(caught.value.report.classes) == 2


def test_a_program_that_says_nothing(tiny: Tiny, upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pretend_uno.virtual_program", lambda hex_text: lambda data: b"rea" if not data else b"")
    client = sys.modules["tinyml_course.board.upload"].BoardClient
    monkeypatch.setattr(
        sys.modules["tinyml_course.board.upload"], "BoardClient", lambda line, sketch: client(line, sketch, 0.3)
    )
    with pytest.raises(PortError, match="expected a line within 0.3 s, got only b'rea'") as caught:
        upload(tiny())
    assert caught.value.kind == "silent"


def test_report_is_a_value(x: np.ndarray, tiny: Tiny, upload: Upload) -> None:
    report = upload(tiny(), x[:1])
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.seconds = 1
