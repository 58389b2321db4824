"""The report of an upload: what it counts, and how it shows itself."""

from __future__ import annotations

import dataclasses
import io
import json
from html.parser import HTMLParser

import numpy as np
import pytest
from rich.console import Console

from tinyml_course.board import Answer, Run, SerialPort, UploadReport
from tinyml_course.boards import UNO
from tinyml_course.export.sketch import Sketch

SKETCH = Sketch("di<gits", {}, np.dtype(np.uint8), np.dtype(np.int16), 64, 2, 0, 16)
ANSWERS = [Answer(0, 1200, (1, 0)), Answer(1, 1204, (0, 1)), Answer(1, 1400, (0, 1)), Answer(1, 1208, (0, 2))]


@pytest.fixture
def bare() -> UploadReport:
    port = SerialPort("/dev/ttyACM0", "Arduino Uno", 0x2341, 0x0043, "7543")
    return UploadReport(port, "avrdude 7.1", "avr-gcc 7.3", 1.94, 7000, SKETCH)


@pytest.fixture
def whole(bare: UploadReport) -> UploadReport:
    python = np.array([[1, 0], [0, 1], [0, 1], [0, 1]], np.int16)
    run = Run(
        outputs=np.array([[1, 0], [0, 1], [1, 0], [0, 2]], np.int16),
        classes=np.array([0, 1, 0, 1]),
        cycles=np.array([19200, 19280, 22420, 19300]),
        board=UNO,
        toolchain="avr-gcc 7.3",
        optimization="-Os",
        flash_bytes=7000,
        sram_peak_bytes=300,
        model_flash_bytes=None,
        model_sram_peak_bytes=None,
        self_test_passed=True,
    )
    asked = dataclasses.replace(
        bare, samples=4, expected=np.array([0, 1, 1, 0]), python=python, python_classes=python.argmax(axis=1)
    )
    return dataclasses.replace(asked.with_answers(ANSWERS, True), virtual=run)


def printed(report: UploadReport, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(report)
    return console.file.getvalue()


def test_figures(whole: UploadReport) -> None:
    assert whole.to_dict() == {
        "port": "/dev/ttyACM0",
        "board": "Arduino Uno",
        "serial_number": "7543",
        "uploader": "avrdude 7.1",
        "toolchain": "avr-gcc 7.3",
        "seconds": 1.94,
        "flash_bytes": 7000,
        "self_test_passed": True,
        "samples": 4,
        "samples_answered": 4,
        "accuracy": 0.75,
        "accuracy_virtual": 0.5,
        "accuracy_python": 0.75,
        "mismatches_virtual": 1,
        "mismatches_python": 1,
        "microseconds": 1253.0,
        "microseconds_maximum": 1400,
        "microseconds_virtual": 1253.125,
        "microseconds_difference": 1.75,  # 22,420 cycles are 1,401.25 µs; 19,300 are 1,206.25 µs
    }
    assert json.loads(json.dumps(whole.to_dict())) == whole.to_dict()


def test_every_form_says_the_same(whole: UploadReport) -> None:
    texts = str(whole), printed(whole), _text_of(whole._repr_html_())
    for text in texts:
        for words in (
            "di<gits on a real board",
            "75.00%",
            "50.00%",
            "1,253 µs",
            "1,401 µs",
            "passed",
            "/dev/ttyACM0 (Arduino Uno, serial number 7543)",
            "7,000 bytes written and verified",
            "differ by 1.8 µs at most",
            "steps of 4 µs",
            "Compiled by avr-gcc 7.3",
        ):
            assert words in text


def test_rows_compare(whole: UploadReport) -> None:
    rows = {row[0]: row[1:] for row in whole.rows()}
    assert rows["self-test"] == ("passed", "passed", "–")
    assert rows["samples"] == ("4", "4", "4")
    assert rows["accuracy"] == ("75.00%", "50.00%", "75.00%")
    assert rows["answers that differ from this board"] == ("–", "1", "1")
    assert rows["time, mean"] == ("1,253 µs", "1,253 µs", "–")
    assert rows["time, slowest"] == ("1,400 µs", "1,401 µs", "–")


def test_a_run_that_broke_off_compares_what_came(whole: UploadReport) -> None:
    partial = whole.with_answers(ANSWERS[:3], False)
    assert not partial.is_complete
    assert (partial.accuracy, partial.accuracy_virtual, partial.accuracy_python) == (1.0, 2 / 3, 1.0)
    assert (partial.mismatches_virtual, partial.mismatches_python) == (1, 0)
    for text in (str(partial), printed(partial), _text_of(partial._repr_html_())):
        assert "3 of 4" in text
        assert "The run broke off; what had come until then is shown." in text
        assert "FAILED" in text


def test_nothing_answered(whole: UploadReport) -> None:
    nothing = dataclasses.replace(whole.with_answers([], None), virtual=None)
    assert nothing.to_dict()["samples_answered"] == 0
    assert nothing.to_dict()["microseconds"] is nothing.accuracy is nothing.accuracy_python is None
    assert nothing.mismatches_python == 0
    assert "0 of 4" in str(nothing)


def test_an_upload_without_samples_has_one_row(bare: UploadReport) -> None:
    tested = bare.with_answers([], True)
    assert tested.rows() == [("self-test", "passed", "–", "–")]
    assert tested.is_complete
    assert "µs" not in str(tested)


def test_inferences_longer_than_the_boards_timer_counts(whole: UploadReport) -> None:
    slow = dataclasses.replace(whole.virtual, cycles=np.array([19200, 19280, 22420, 16_000_000]))
    report = dataclasses.replace(whole, virtual=slow)
    assert report.microseconds_difference is None
    assert "timer counts to 0.52 s only" in str(report)


def test_a_narrow_terminal_cuts_nothing_off(whole: UploadReport) -> None:
    text = " ".join(printed(whole, width=60).split())
    for words in ("75.00%", "50.00%", "1,401", "serial number 7543", "avr-gcc 7.3"):
        assert words in text


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attributes: object) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def _text_of(html: str) -> str:
    parser = _Words()
    parser.feed(html)
    assert parser.open == []
    assert "<th scope='col'" in html
    return "\n".join(parser.words)
