"""Random models over all operators: every tensor equals what the real interpreters compute."""

from __future__ import annotations

import numpy as np
import pytest
from interpreters import RUNNERS, missing
from layers import compare
from random_tflite import RandomModel

from tinyml_course.convert.tflite import SUPPORTED, load_tflite
from tinyml_course.errors import ConversionError

#: Tests of 40 models each: 400 models for each interpreter, a quarter of them with extreme scales.
PARTS = 10
EACH = 40


def models(part: int, kind: str = "INT8") -> list[RandomModel]:
    return [
        RandomModel(seed, kind, steps=1 + seed % 4, extreme=seed % 4 == 3)
        for seed in range(part * EACH, (part + 1) * EACH)
    ]


@pytest.fixture(params=sorted(RUNNERS))
def rounding(request):
    remedy = missing(request.param)
    if remedy:
        pytest.skip(f"needs the interpreter {request.param}: {remedy}")
    return request.param


@pytest.mark.parametrize("part", range(PARTS))
def test_every_layer_equals_the_interpreter(part, rounding):
    for model in models(part):
        layers = compare(model.file.to_bytes(), rounding, model.inputs(8))
        assert len(layers) == len(model.names)
        assert [layer for layer in layers if layer.mismatches] == []


@pytest.mark.parametrize("part", range(5))
def test_int16_activations(part, rounding):
    """Weights of 8 bits, activations of 16, biases of 64."""
    compared = 0
    for model in models(part, "INT16"):
        try:
            layers = compare(model.file.to_bytes(), rounding, model.inputs(8))
        except ConversionError as error:
            # LiteRT's float64 has no 31-bit multiplier over the long accumulators of int16
            assert model.extreme or (rounding == "litert" and "FULLY_CONNECTED" in str(error))
            continue
        assert [layer for layer in layers if layer.mismatches] == []
        compared += len(layers)
    assert compared > 30


def test_all_operators_are_met():
    met = {name for part in range(PARTS) for model in models(part) for name in model.names}
    assert met == set(SUPPORTED) - {"DEQUANTIZE", "SHAPE", "STRIDED_SLICE", "PACK"}  # these leave no operator


def test_outputs_use_their_range():
    """Layers whose outputs are all alike would test nothing."""
    distinct = []
    for model in models(0) + models(1):
        if not model.extreme:
            graph = load_tflite(model.file.to_bytes())
            tensors = graph.run(model.inputs(8))
            layers = [tensors[op.outputs[0]] for op in graph.operators if "weights" in op.parameters]
            distinct += [len(np.unique(layer)) for layer in layers if layer.size > 100]
    assert len(distinct) > 20
    assert np.median(distinct) > 25


def test_two_models_of_one_seed_are_the_same():
    assert RandomModel(5).file.to_bytes() == RandomModel(5).file.to_bytes() != RandomModel(6).file.to_bytes()


def test_flattened_predictions():
    model = RandomModel(1)
    graph = load_tflite(model.file.to_bytes())
    x = model.inputs(3)
    assert graph.predict(x).shape == (3, len(graph.labels))
    np.testing.assert_array_equal(graph.predict(x.reshape(3, -1)), graph.predict(x))
    assert graph.predict(x[:0]).shape == (0, len(graph.labels))


def test_a_rounding_must_exist():
    with pytest.raises(ConversionError, match='"tflm" or "litert"'):
        load_tflite(RandomModel(1).file.to_bytes(), rounding="single")
