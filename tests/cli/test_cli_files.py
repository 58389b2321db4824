"""``tinyml size``, ``export`` and ``simulate`` on files."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from command_line import call, figures, refused

import tinyml_course as tc
from tinyml_course.boards import BOARDS
from tinyml_course.export.sketch_reader import read_sketch


def test_size_reports_what_the_library_reports(files, digits_graph):
    found = figures("size", files / "digits.npz", "--no-measure")
    report = tc.size(digits_graph, measure=False).to_dict()
    assert {key: found[key] for key in report} == json.loads(json.dumps(report))
    assert found["file"].endswith("digits.npz")
    assert found["kinds"]["flash_bytes"] == "estimated"


def test_size_measures(files):
    found = figures("size", files / "digits.npz")
    assert found["kinds"]["flash_bytes"] == found["kinds"]["sram_bytes"] == "measured"
    assert found["fits"] is True


def test_size_of_all_boards_is_one_object(files, digits_graph):
    found = figures("size", files / "digits.npz", "--board", "all", "--no-measure")
    assert [report["board"] for report in found["boards"]] == list(BOARDS)
    assert found["model_bytes"] == digits_graph.model_bytes
    printed = call("size", files / "digits.npz", "--board", "all", "--no-measure").stdout
    assert printed.count("estimated") == len(BOARDS)


def test_size_prints_a_table(files, digits_graph):
    output = call("size", files / "digits.npz", "--no-measure").stdout
    assert f"{digits_graph.model_bytes:,}" in output
    assert "estimated" in output


def test_unknown_board(files):
    assert "Unknown board 'due'" in refused("size", files / "digits.npz", "--board", "due")
    assert "Unknown board 'due'" in refused("export", files / "digits.npz", "-o", "x", "--board", "due")


@pytest.mark.parametrize("command", [["size"], ["export", "-o", "out"], ["simulate", "-d", "x.npy"]])
def test_models_that_cannot_be_read(tmp_path, files, command, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", np.zeros((1, 64), np.uint8))
    assert "No such file" in refused(command[0], "none.npz", *command[1:])
    Path("bad.npz").write_bytes((files / "digits.npz").read_bytes()[:-30])
    assert "is no graph, or it is damaged" in refused(command[0], "bad.npz", *command[1:])
    Path("float.keras").write_bytes(b"PK")
    message = refused(command[0], "float.keras", *command[1:])
    assert "ends in .tflite, .npz. Make integers of it first: tinyml quantize float.keras" in message
    Path("data.npz").write_bytes((files / "xy.npz").read_bytes())
    assert "holds no graph" in refused(command[0], "data.npz", *command[1:])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.npz", "data.npz", "float.keras", "x.npy"]


def test_export_writes_what_the_library_exports(files, tmp_path, digits_graph):
    found = figures("export", files / "digits.npz", "-o", tmp_path, "--name", "digits")
    sketch = tc.export_arduino(digits_graph, name="digits")
    assert found["files"] == sorted(sketch.files)
    assert found["model_bytes"] == digits_graph.model_bytes
    assert {path.name: path.read_text() for path in (tmp_path / "digits").iterdir()} == dict(sketch.files)


def test_export_for_speed_differs(files, tmp_path, digits_graph):
    call("export", files / "digits.npz", "-o", tmp_path, "--name", "fast", "--optimize", "speed")
    sketch = tc.export_arduino(digits_graph, name="fast", optimize="speed")
    assert (tmp_path / "fast" / "fast_model.h").read_text() == sketch.files["fast_model.h"]


def test_export_replaces_its_own_files_only(files, tmp_path):
    arguments = ("export", files / "digits.npz", "-o", tmp_path, "--name", "digits")
    folder = tmp_path / "digits"
    assert call(*arguments).stdout.strip() == str(folder)
    call(*arguments)  # unchanged files are replaced silently
    header = folder / "digits_model.h"
    header.write_text(header.read_text() + "/* an older model */\n")
    call(*arguments)  # generated: its first lines say who wrote it
    assert "an older model" not in header.read_text()
    (folder / "digits.ino").write_text("// mine\n")
    message = refused(*arguments)
    assert "has digits.ino that this export did not write, or that was changed since" in message
    assert (folder / "digits.ino").read_text() == "// mine\n"
    call(*arguments, "--force")
    assert (folder / "digits.ino").read_text() != "// mine\n"


def test_export_into_a_foreign_folder(files, tmp_path):
    (tmp_path / "digits").mkdir()
    (tmp_path / "digits" / "digits_model.h").write_text("/* handwritten */\n")
    message = refused("export", files / "digits.npz", "-o", tmp_path, "--name", "digits")
    assert "digits_model.h that this export did not write" in message
    assert [path.name for path in (tmp_path / "digits").iterdir()] == ["digits_model.h"]


def test_export_where_nothing_can_be_written(files, tmp_path):
    (tmp_path / "file").write_text("")
    assert "Cannot" in refused("export", files / "digits.npz", "-o", tmp_path / "file", "--name", "digits")
    (tmp_path / "digits").write_text("")
    assert "Cannot" in refused("export", files / "digits.npz", "-o", tmp_path, "--name", "digits")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs Linux: a folder that nobody may write into")
def test_export_into_a_folder_that_nobody_may_write_into(files):
    assert "Cannot write the sketch into /proc" in refused("export", files / "digits.npz", "-o", "/proc")


def test_export_with_a_bad_name(files, tmp_path):
    assert "cannot name a sketch" in refused("export", files / "digits.npz", "-o", tmp_path, "--name", "1st")
    assert list(tmp_path.iterdir()) == []


def test_simulate_compares_every_integer(files, digits, digits_graph):
    found = figures("simulate", files / "digits.npz", "-d", files / "xy.npz")
    run = tc.simulate(tc.export_arduino(digits_graph, name="simulated"), digits.x_test[:12])
    assert found["mismatches"] == 0
    assert found["samples"] == 12
    assert found["accuracy"] == (run.classes == digits.y_test[:12]).mean()
    assert found["cycles"] == run.cycles.mean()
    assert found["cycles_maximum"] == run.cycles.max()
    assert found["flash_bytes"] == run.flash_bytes
    assert found["sram_peak_bytes"] == run.sram_peak_bytes
    assert found["model_sram_peak_bytes"] == run.model_sram_peak_bytes
    from_csv = figures("simulate", files / "digits.npz", "-d", files / "x.csv", "--labels", files / "y.csv")
    assert {**from_csv, "model": found["model"]} == found


def test_simulate_prints_a_table(files):
    output = call("simulate", files / "digits.npz", "-d", files / "x.npy").stdout
    assert "no labels given" in output
    assert "every output integer compared" in output


def test_a_sketch_folder_runs_as_its_model_does(files, tmp_path):
    call("export", files / "digits.npz", "-o", tmp_path, "--name", "simulated")
    renamed = (tmp_path / "simulated").rename(tmp_path / "moved")
    alone = figures("simulate", renamed, "-d", files / "xy.csv")
    whole = figures("simulate", files / "digits.npz", "-d", files / "xy.npz")
    assert alone == {**whole, "model": str(renamed), "mismatches": None}


def test_an_edited_sketch_runs_as_it_is_now(files, tmp_path):
    call("export", files / "digits.npz", "-o", tmp_path, "--name", "digits")
    protocol = tmp_path / "digits" / "digits_protocol.h"
    lines = protocol.read_text().splitlines()
    place = 1 + next(k for k, line in enumerate(lines) if "/* expected classes */" in line)
    first, *others = lines[place].split(",")
    lines[place] = ",".join([str((int(first) + 1) % 10), *others])
    protocol.write_text("\n".join(lines) + "\n")
    result = call("simulate", tmp_path / "digits", "-d", files / "x.npy", "--json", code=1)
    assert json.loads(result.stdout)["self_test_passed"] is False
    assert "self-test failed" in result.stderr


@pytest.mark.parametrize("seed", [1, 3, 4])
def test_a_sketch_read_back_is_the_same(tmp_path, seed):
    from random_models import random_graph

    sketch = tc.export_arduino(random_graph(seed)[0], name="again")
    read = read_sketch(sketch.write(tmp_path))
    for field in ("name", "files", "input_dtype", "output_dtype", "input_size", "output_size", "model_bytes"):
        assert getattr(read, field) == getattr(sketch, field), field
    dtype = sketch.input_dtype.type
    assert dtype(read.input_minimum) == dtype(sketch.input_minimum)
    assert dtype(read.input_maximum) == dtype(sketch.input_maximum)
    assert read.labels == tuple(int(label) for label in sketch.labels)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ((3, -1), (3, -1)),
        (("cat", "a: b"), ("cat", "a: b")),
        (("cat, dog", "bird"), (0, 1)),
        (("a" * 30, "b" * 30), (0, 1)),  # too long for the header's comment: cut short, "... (2)" behind the first
    ],
)
def test_labels_of_a_sketch_read_back(tmp_path, labels, expected):
    from random_models import random_graph

    graph = next(graph for graph in (random_graph(seed)[0] for seed in range(50)) if len(graph.labels) == 2)
    sketch = tc.export_arduino(dataclasses.replace(graph, labels=labels), name="labelled")
    assert read_sketch(sketch.write(tmp_path)).labels == expected


def test_a_model_that_is_too_large(tmp_path):
    from sklearn.linear_model import RidgeClassifier

    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (40, 4000)).astype(np.uint8)
    graph = tc.quantize(RidgeClassifier().fit(x, np.arange(40) % 10), x)
    graph.save(tmp_path / "large.npz")
    np.save(tmp_path / "x.npy", x)
    found = figures("size", tmp_path / "large.npz")
    assert found["fits"] is False
    assert found["advice"]
    for arguments in (("export", "-o", tmp_path), ("simulate", "-d", tmp_path / "x.npy")):
        message = refused(arguments[0], tmp_path / "large.npz", *arguments[1:])
        assert re.search(r"[\d,]+ bytes needed, [\d,]+ available, [\d,]+ missing. .*smaller model", message)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["large.npz", "x.npy"]


def test_the_empty_model_of_a_sketch_read_back_takes_the_same(tmp_path, digits_graph, any_toolchain):
    sketch = tc.export_arduino(digits_graph, name="digits")
    read = read_sketch(sketch.write(tmp_path))
    one, other = (any_toolchain.build(each.without_model()) for each in (sketch, read))
    assert one.hex == other.hex


def test_folders_that_are_no_sketch(files, tmp_path):
    assert "found no sources" in refused("simulate", tmp_path, "-d", files / "x.npy")
    call("export", files / "digits.npz", "-o", tmp_path, "--name", "digits")
    header = tmp_path / "digits" / "digits_model.h"
    text = header.read_text()
    for old, new, message in [
        ("#define digits_INPUT_SIZE", "#define other", "say nothing about its INPUT_SIZE"),
        ("typedef uint8_t digits_input_t", "typedef bool digits_input_t", "unknown input type bool"),
    ]:
        header.write_text(text.replace(old, new))
        assert message in refused("simulate", tmp_path / "digits", "-d", files / "x.npy")
    header.write_bytes(b"\xff\xfe")
    assert "Cannot read the sketch" in refused("simulate", tmp_path / "digits", "-d", files / "x.npy")


def test_samples_that_break_the_contract(files, tmp_path):
    x = np.load(files / "x.npy")
    for name, bad, message in [
        ("wide", x[:, :63], "Expected a batch of shape (n, 64), got (12, 63)"),
        ("float", x.astype(np.float64), "Expected values of type uint8, got float64"),
        ("large", x + np.uint8(100), "Expected values from 0 to 16"),
        ("nan", np.where(x > 15, np.nan, 0.0), "NaN or infinite"),
    ]:
        np.save(tmp_path / f"{name}.npy", bad)
        assert message in refused("simulate", files / "digits.npz", "-d", tmp_path / f"{name}.npy")
    np.save(tmp_path / "y.npy", np.full(12, 10))
    message = refused("simulate", files / "digits.npz", "-d", files / "x.npy", "--labels", tmp_path / "y.npy")
    assert "the label 10 is none of the model's 10" in message
    np.savez(tmp_path / "xy.npz", x=x, y=np.zeros(11, int))
    assert "expected 12 labels" in refused("simulate", files / "digits.npz", "-d", tmp_path / "xy.npz")
    assert "--encode needs a .tflite" in refused("simulate", files / "digits.npz", "-d", files / "x.npy", "--encode")


def test_a_mismatch_is_an_error_after_the_figures(files, monkeypatch):
    from tinyml_course import board

    real = board.simulate

    def lying(*arguments, **options):
        run = real(*arguments, **options)
        outputs = run.outputs.copy()
        outputs[3, 0] ^= 1
        return dataclasses.replace(run, outputs=outputs)

    monkeypatch.setattr(board, "simulate", lying)
    result = call("simulate", files / "digits.npz", "-d", files / "x.npy", "--json", code=1)
    assert json.loads(result.stdout)["mismatches"] == 1
    assert "1 of 12 answers differ" in result.stderr


def test_as_a_person_calls_them(files, tmp_path):
    def run(*arguments):
        command = [sys.executable, "-m", "tinyml_course", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    done = run("export", files / "digits.npz", "-o", ".", "--name", "digits")
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "digits", "")
    done = run("simulate", "digits", "-d", files / "xy.npz", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["samples"] == 12
    done = run("size", "none.npz")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Error: Cannot read the model none.npz: No such file or directory.\n"
    done = run("size")
    assert done.returncode == 2
    assert "Missing argument 'FILE'" in done.stderr
