"""The whole way to a board on the desk: avrdude writes into optiboot, and the board answers over its serial port."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from virtual_board import Plug

import tinyml_course as tc
from tinyml_course import toolchain
from tinyml_course.board import parse
from tinyml_course.export.sketch import Sketch

UNO_IDS = (0x2341, 0x0043)
TICK_MICROSECONDS = 4  # the board's timer counts every 64 cycles; its prescaler is never reset


@pytest.mark.parametrize("compiler", ["avr-gcc+core", "avr-gcc"])
def test_all_test_images_through_the_port(
    compiler: str,
    plug: Plug,
    list_usb: Callable[..., None],
    avrdude: str,
    digits: tc.Dataset,
    digits_graph: tc.Graph,
    digits_sketch: Sketch,
) -> None:
    """Once as the Arduino sketch NAME.ino, once as NAME_main.c, which has no Arduino core."""
    board, tools = plug(), toolchain.find(compiler)
    list_usb((board.port, UNO_IDS), ("/dev/ttyS0", None))

    report = tc.upload(digits_sketch, x=digits.x_test, graph=digits_graph, y=digits.y_test, toolchain=tools)

    assert report.port.device == board.port
    assert report.uploader.startswith("avrdude ")
    assert report.toolchain == tools.description
    assert report.self_test_passed
    assert report.outputs.shape == (540, 10)
    np.testing.assert_array_equal(report.outputs, digits_graph.predict(digits.x_test))
    np.testing.assert_array_equal(report.classes, digits_graph.classify(digits.x_test))
    assert report.virtual is not None
    np.testing.assert_array_equal(report.outputs, report.virtual.outputs)
    assert (report.mismatches_python, report.mismatches_virtual) == (0, 0)
    assert report.accuracy == report.accuracy_virtual == report.accuracy_python
    assert report.accuracy > 0.9
    assert report.microseconds_difference is not None
    assert report.microseconds_difference <= 2 * TICK_MICROSECONDS

    ended = board.put_away()
    image = parse(tools.build(digits_sketch).hex).flash
    assert ended.flash[: len(image)] == image
    assert ended.lost == 0


def test_a_second_sketch_replaces_the_first(plug: Plug, avrdude: str, digits_graph: tc.Graph) -> None:
    board = plug()
    for name in ("first", "second"):
        report = tc.upload(tc.export_arduino(digits_graph, name=name), board.port)
        assert report.self_test_passed


def test_command_line(plug: Plug, avrdude: str, digits_sketch: Sketch, digits: tc.Dataset, tmp_path: Path) -> None:
    folder = digits_sketch.write(tmp_path)
    np.save(tmp_path / "x.npy", digits.x_test[:20])
    np.save(tmp_path / "y.npy", digits.y_test[:20])
    command = [sys.executable, "-m", "tinyml_course", "upload", str(folder), "--port", plug().port, "--json"]
    command += ["--data", str(tmp_path / "x.npy"), "--labels", str(tmp_path / "y.npy")]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["mismatches_virtual"] == 0
    assert answer["samples_answered"] == 20
    assert answer["self_test_passed"] is True
