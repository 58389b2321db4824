"""``tinyml upload`` on a pretended board."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import numpy as np
import pytest

if sys.platform == "win32":
    pytest.skip("needs a pseudo-terminal: Linux or macOS", allow_module_level=True)

from command_line import call, figures, refused
from pretend_uno import PretendUno, PretendUploader
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> Iterator[PretendUno]:
    """The only Uno of this computer."""
    import tinyml_course.board  # noqa: F401  it is imported late, by the command itself

    with PretendUno() as uno:
        port = ListPortInfo(uno.device)
        port.vid, port.pid, port.serial_number = 0x2341, 0x0043, "7543"
        monkeypatch.setattr(list_ports, "comports", lambda: [port, ListPortInfo("/dev/ttyS0")])
        module = sys.modules["tinyml_course.board.upload"]
        monkeypatch.setattr(module, "find_uploader", lambda: PretendUploader(uno))
        yield uno


def test_a_model_is_compared_three_ways(files, board, digits, digits_graph):
    found = figures("upload", files / "digits.npz", "-d", files / "xy.npz")
    accuracy = (digits_graph.classify(digits.x_test[:12]) == digits.y_test[:12]).mean()
    assert found["model"].endswith("digits.npz")
    assert (found["port"], found["serial_number"]) == (board.device, "7543")
    assert (found["samples"], found["samples_answered"], found["self_test_passed"]) == (12, 12, True)
    assert found["mismatches_python"] == found["mismatches_virtual"] == 0
    assert found["accuracy"] == found["accuracy_virtual"] == found["accuracy_python"] == accuracy
    assert found["microseconds_difference"] < 8
    assert "error" not in found


def test_a_sketch_folder_without_samples(files, board, tmp_path):
    call("export", files / "digits.npz", "-o", tmp_path, "--name", "digits")
    output = call("upload", tmp_path / "digits", "--port", board.device).stdout
    assert "digits on a real board" in output
    assert "self-test" in output
    assert "Python" in output


def test_what_is_wrong_with_files_is_said_before_the_board_is_touched(files, board, tmp_path):
    assert "No such file" in refused("upload", tmp_path / "none.npz")
    np.save(tmp_path / "float.npy", np.zeros((2, 64)))
    assert "type uint8, got float64" in refused("upload", files / "digits.npz", "-d", tmp_path / "float.npy")
    np.save(tmp_path / "y.npy", np.full(12, 10))
    message = refused("upload", files / "digits.npz", "-d", files / "x.npy", "--labels", tmp_path / "y.npy")
    assert "y.npy: the label 10 is none of the model's 10" in message
    assert "--encode needs a .tflite" in refused("upload", files / "digits.npz", "-d", files / "x.npy", "--encode")
    assert board.resets == 0


def test_options_that_need_another(files):
    assert "Missing argument 'FILE|SKETCH_FOLDER'" in call("upload", code=2).stderr
    for options in (["--labels", files / "y.npy"], ["--encode"]):
        assert "give them with --data" in call("upload", files / "digits.npz", *options, code=2).stderr


@pytest.mark.parametrize("as_json", [True, False])
def test_unplugged_in_the_run_prints_what_had_come(files, board, as_json):
    board.unplug_after_lines = 2 + 5  # i, t, five samples
    options = ["--json"] if as_json else []
    result = call("upload", files / "digits.npz", "-d", files / "xy.npz", *options, code=1)
    assert "after 5 of 12 samples" in str(result.exception)
    if as_json:
        found = json.loads(result.stdout)
        assert (found["samples"], found["samples_answered"], found["mismatches_python"]) == (12, 5, 0)
        assert found["error"] == str(result.exception)
    else:
        assert "5 of 12" in result.stdout
        assert "The run broke off" in result.stdout


def test_a_failed_self_test_and_a_mismatch_leave_with_1(files, board, tmp_path):
    call("export", files / "digits.npz", "-o", tmp_path, "--name", "digits")
    protocol = tmp_path / "digits" / "digits_protocol.h"
    lines = protocol.read_text().splitlines()
    place = 1 + next(k for k, line in enumerate(lines) if "/* expected classes */" in line)
    first, *others = lines[place].split(",")
    lines[place] = ",".join([str((int(first) + 1) % 10), *others])
    protocol.write_text("\n".join(lines) + "\n")
    result = call("upload", tmp_path / "digits", code=1)
    assert "FAILED" in result.stdout
    assert "self-test failed" in result.stderr


def test_a_mismatch_is_an_error_after_the_figures(files, board, monkeypatch):
    from tinyml_course.graph import Graph

    real = Graph.predict

    def lying(graph, x):
        outputs = real(graph, x).copy()
        outputs[3, 0] ^= 1
        return outputs

    monkeypatch.setattr(Graph, "predict", lying)
    result = call("upload", files / "digits.npz", "-d", files / "x.npy", "--json", code=1)
    assert json.loads(result.stdout)["mismatches_python"] == 1
    assert "1 of 12 answers differ between the board and Python" in result.stderr


def test_list(board):
    output = call("upload", "--list").stdout
    for words in (board.device, "Arduino Uno", "2341:0043", "7543"):
        assert words in output
    found = figures("upload", "--list")
    assert found["boards"] == [
        {"device": board.device, "name": "Arduino Uno", "vid": 0x2341, "pid": 0x43, "serial_number": "7543"}
    ]
    assert [port["device"] for port in found["other_ports"]] == ["/dev/ttyS0"]
    assert board.resets == 0


def test_list_without_a_board(monkeypatch):
    monkeypatch.setattr(list_ports, "comports", list)
    assert "No Arduino Uno found" in refused("upload", "--list")
    assert figures("upload", "--list") == {"boards": [], "other_ports": []}


def test_no_board(files, monkeypatch):
    monkeypatch.setattr(list_ports, "comports", list)
    assert "tinyml simulate" in refused("upload", files / "digits.npz")
