"""The benchmark that checks a folder of models against the real interpreters."""

from __future__ import annotations

import gold
import pytest
from click.testing import CliRunner
from interpreters import RUNNERS, missing
from layers import Layer
from random_tflite import RandomModel


def run(*arguments):
    return CliRunner().invoke(gold.main, [str(argument) for argument in arguments])


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "deep").mkdir()
    for seed in range(2):
        (tmp_path / "deep" / f"{seed}.tflite").write_bytes(RandomModel(seed).file.to_bytes())
    (tmp_path / "broken.tflite").write_bytes(b"\0\0\0\0TFL3" + bytes(40))
    return tmp_path


def test_a_folder_of_models(folder):
    present = [name for name in RUNNERS if not missing(name)]
    if not present:
        pytest.skip(f"needs an interpreter: {missing('litert')}")
    result = run(folder, "--inputs", 2)
    assert result.exit_code == 0, result.output
    assert result.output.count("equal") == 2 * len(present)
    assert result.output.count("not supported: This .tflite file is damaged") == len(present)
    assert f"{2 * len(present)} comparisons, 0 different, {len(present)} not compared." in result.output


def test_a_difference_is_an_exit_code(folder, monkeypatch):
    layers = (Layer("y", "conv_2d", 640, 77, 3, 1), Layer("z", "softmax", 10, 5, 0, 0))
    wrong = gold.Outcome("a.tflite", "tflm", layers)
    monkeypatch.setattr(gold, "check_all", lambda jobs, count, folder: [wrong])
    result = run(folder)
    assert result.exit_code == 1
    assert "DIFFERENT" in result.output
    assert "conv_2d" in result.output and "softmax" not in result.output
    assert "softmax" in run(folder, "--layers").output


def test_nothing_to_compare(tmp_path):
    result = run(tmp_path)
    assert result.exit_code == 2
    assert "Nothing was compared: 0 models" in result.output


def test_help():
    result = run("--help")
    assert result.exit_code == 0
    assert "layer by layer" in " ".join(result.output.split())
