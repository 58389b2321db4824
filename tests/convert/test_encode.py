"""Raw values to codes: TensorFlow's own QUANTIZE, every raw integer, and every float32 around a step."""

from __future__ import annotations

import numpy as np
import pytest
from tflite_writer import ModelFile

from tinyml_course.convert.encode import NEVER, accept_raw, find_thresholds, from_ordered, ordered, quantize_values
from tinyml_course.errors import ConversionError
from tinyml_course.graph import Encoding, Graph, InputContract, Tensor

INT8, INT16, FLOAT32 = np.dtype(np.int8), np.dtype(np.int16), np.dtype(np.float32)


def random_encoding(rng, spread=4):
    return Encoding(float(np.float32(10.0 ** rng.uniform(-spread, spread))), int(rng.integers(-128, 128)))


def code_graph(encoding, dtype=INT8, shape=(6,), name="input"):
    """A graph without operators: its output is its input's codes."""
    codes = Tensor(name, shape, dtype, bits=dtype.itemsize * 8, encoding=encoding)
    limits = np.iinfo(dtype)
    return Graph("test", {name: codes}, (), name, name, InputContract(dtype, shape, limits.min, limits.max), (0,))


def float_values_near_steps(encoding):
    """Halves, their neighbours, zeros of both signs, extremes, and many in between."""
    halves = ((np.arange(-131, 131) - encoding.zero_point + 0.5) * encoding.scale).astype(np.float32)
    bits = ordered(halves)[:, None].astype(np.int64) + np.arange(-3, 4)
    wide = np.random.default_rng(1).normal(scale=200 * encoding.scale, size=20_000)
    extremes = np.array([0.0, -0.0, 1e30, -1e30, 1e-40, -1e-40])
    return np.concatenate([from_ordered(bits.ravel()), wide.astype(np.float32), extremes.astype(np.float32)])


def test_order_of_bits_is_order_of_floats():
    rng = np.random.default_rng(0)
    x = np.sort(np.concatenate([rng.normal(size=1000), [0.0, -1e-42, 1e-42, -3e38, 3e38]]).astype(np.float32))
    assert (np.diff(ordered(x).astype(np.int64)) > 0).all()
    np.testing.assert_array_equal(from_ordered(ordered(x)), x)
    assert ordered(np.array([-0.0, 0.0], np.float32)).tolist() == [-1, 0]


def test_halves_round_away_from_zero():
    codes = quantize_values(np.array([0.5, -0.5, 1.5, -1.5, 0.49999997, 300, -300]), Encoding(1.0, 3), INT8)
    assert codes.tolist() == [4, 2, 5, 1, 3, 127, -128]


@pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated")
@pytest.mark.parametrize("seed", range(8))
def test_tensorflow_quantizes_alike(seed):
    """The interpreter's QUANTIZE, with reference kernels, on float32 around every step."""
    from tinyml_course.models.backend import import_keras

    import_keras()
    import tensorflow as tf

    encoding = random_encoding(np.random.default_rng(seed))
    x = float_values_near_steps(encoding)
    x = x[np.abs(x) < 2e9 * encoding.scale]  # beyond, TensorFlow's own cast to int32 is undefined
    file = ModelFile()
    file.inputs = [file.tensor((1, len(x)), "FLOAT32")]
    file.outputs = [file.tensor((1, len(x)), "INT8", encoding.scale, encoding.zero_point)]
    file.operator("QUANTIZE", file.inputs, file.outputs)
    resolver = tf.lite.experimental.OpResolverType.BUILTIN_REF
    runner = tf.lite.Interpreter(model_content=file.to_bytes(), experimental_op_resolver_type=resolver)
    runner.allocate_tensors()
    runner.set_tensor(runner.get_input_details()[0]["index"], x[None])
    runner.invoke()
    wanted = runner.get_tensor(runner.get_output_details()[0]["index"])[0]
    np.testing.assert_array_equal(quantize_values(x, encoding, INT8), wanted)
    passed = np.searchsorted(find_thresholds(FLOAT32, encoding), ordered(x), side="right")
    np.testing.assert_array_equal(passed - 128, wanted)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int16"])
@pytest.mark.parametrize("seed", range(5))
def test_thresholds_of_every_integer(dtype, seed):
    encoding = random_encoding(np.random.default_rng(seed))
    limits = np.iinfo(dtype)
    x = np.arange(limits.min, limits.max + 1).astype(dtype)
    thresholds = find_thresholds(np.dtype(dtype), encoding)
    assert thresholds.shape == (255,) and (np.diff(thresholds.astype(np.int64)) >= 0).all()
    codes = np.searchsorted(thresholds, ordered(x), side="right") - 128
    np.testing.assert_array_equal(codes, quantize_values(x, encoding, INT8))


def test_a_code_that_no_raw_value_gets_has_no_threshold():
    thresholds = find_thresholds(np.dtype(np.uint8), Encoding(4.0, -128))
    assert thresholds[:2].tolist() == [2, 6]
    assert (thresholds[64:] == NEVER).all() and thresholds[63] == 254


@pytest.mark.parametrize(
    ("dtype", "low", "high", "kind"),
    [
        ("uint8", 0, 16, "encode_input"),
        ("uint8", 0, 255, "encode_input"),
        ("int8", -128, 127, "encode_input"),
        ("int16", -300, -45, "encode_input"),
        ("int16", -300, -44, "encode_thresholds"),
        ("uint16", 0, 65535, "encode_thresholds"),
        ("float32", -1.5, 2.5, "encode_thresholds"),
    ],
)
def test_a_graph_takes_raw_values(dtype, low, high, kind):
    encoding = Encoding(float(np.float32((high - low) / 255)), -7)
    contract = InputContract(np.dtype(dtype), (2, 3), low, high)
    graph = accept_raw(code_graph(encoding), contract)
    assert [operator.kind for operator in graph.operators] == [kind]
    assert graph.contract == contract
    x = np.random.default_rng(0).uniform(low, high, (500, 2, 3)).astype(dtype)
    x[0], x[1] = low, high
    codes = graph.predict(x)
    assert codes.dtype == np.int8
    np.testing.assert_array_equal(codes, quantize_values(x.reshape(500, 6), encoding, INT8))
    stored = graph.tensors[next(iter(graph.operators[0].parameters.values()))]
    assert graph.model_bytes == stored.stored_bytes == (high - low + 1 if kind == "encode_input" else 4 * 255)


def test_wide_codes_need_few_raw_values():
    encoding = Encoding(1 / 2048)
    graph = accept_raw(code_graph(encoding, INT16), InputContract(np.dtype(np.uint8), (6,), 0, 16))
    x = np.arange(0, 12, dtype=np.uint8).reshape(2, 6)
    assert graph.predict(x).tolist() == (x.astype(int) * 2048).tolist()
    for contract in (InputContract(FLOAT32, (6,), 0, 1), InputContract(np.dtype(np.int16), (6,), 0, 256)):
        with pytest.raises(ConversionError, match=r"int16 codes .* Use mode='int8'"):
            accept_raw(code_graph(encoding, INT16), contract)


def test_names_do_not_clash():
    graph = accept_raw(code_graph(Encoding(1.0), name="raw"), InputContract(np.dtype(np.uint8), (6,), 0, 3))
    assert graph.input != "raw" and len(graph.tensors) == 3
    assert graph.predict(np.full((1, 6), 3, np.uint8)).tolist() == [[3] * 6]
