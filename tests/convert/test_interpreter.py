"""TensorFlow's interpreter, or LiteRT's where TensorFlow has none any more."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from tflite_writer import ModelFile

from tinyml_course.convert.interpreter import interpret
from tinyml_course.errors import ConversionError
from tinyml_course.models.backend import import_keras


@pytest.fixture
def tensorflow_without_interpreter(monkeypatch):
    import_keras()
    monkeypatch.setitem(sys.modules, "tensorflow", SimpleNamespace(lite=SimpleNamespace()))


def two_steps():
    """Codes of scale 0.5 and zero point 3, requantized to scale 0.25 and zero point -1."""
    file = ModelFile()
    file.inputs = [file.tensor((1, 4), "INT8", 0.5, 3)]
    file.outputs = [file.tensor((1, 4), "INT8", 0.25, -1)]
    file.operator("QUANTIZE", file.inputs, file.outputs)
    return file.to_bytes()


X = np.array([[0.0, 1.0, 1.26, -100.0], [2.0, 30.0, -0.25, 0.24]])
# 1.26 and 0.24 become the nearest half, -0.25 becomes -0.5; 30 and -100 leave the last codes' range
WANTED = [[0.0, 1.0, 1.5, -31.75], [2.0, 30.0, -0.5, 0.0]]


def test_codes_in_and_real_numbers_out():
    got = interpret(two_steps(), X)
    assert got.dtype == np.float32
    assert got.tolist() == WANTED
    assert interpret(two_steps(), X[:0]).shape == (0, 4)


def test_litert_takes_over(tensorflow_without_interpreter):
    pytest.importorskip("ai_edge_litert", reason="needs LiteRT: pip install ai-edge-litert")
    assert interpret(two_steps(), X).tolist() == WANTED


def test_neither_is_there(tensorflow_without_interpreter, monkeypatch):
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    with pytest.raises(ConversionError, match="pip install ai-edge-litert"):
        interpret(two_steps(), X)
