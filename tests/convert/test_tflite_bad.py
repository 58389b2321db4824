"""What is not a whole-integer model, or cannot be computed exactly, is refused with the reason."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from tflite_writer import ModelFile, Number, Vector, ints

import tinyml_course as tc
from tinyml_course.errors import ConversionError


def dense(**changes):
    """A FULLY_CONNECTED of 3 inputs and 2 outputs; `changes` spoil it."""
    v = {"x_scale": 0.1, "x_zero": 0, "x_shape": (1, 3), "kind": "INT8", "bias": [5, -7], "y_scale": 0.2} | changes
    weights = np.array(v.get("weights", [[1, 2, 3], [4, 5, -6]]), np.int8)
    w_scale = v.get("w_scale", 0.01)
    file = ModelFile()
    x = file.tensor(v["x_shape"], v["kind"], v["x_scale"], v["x_zero"])
    w = file.tensor(weights.shape, "INT8", w_scale, v.get("w_zero", 0), weights, v.get("w_axis", 0))
    b_scale = v.get("b_scale", np.float32(v["x_scale"]) * np.float32(w_scale))
    b = file.tensor((2,), "INT32", b_scale, v.get("b_zero", 0), np.array(v["bias"], np.int32))
    y = file.tensor(v.get("y_shape", (1, 2)), v.get("y_kind", v["kind"]), v["y_scale"], v.get("y_zero", 3))
    options = {"activation": 0} | v.get("options", {})
    file.operator(v.get("name", "FULLY_CONNECTED"), v.get("inputs", [x, w, b]), v.get("outputs", [y]), **options)
    file.inputs, file.outputs = [x], [y]
    return file


def layer(name, shapes, constants=(), encodings=None, kind="INT8", **options):
    """One operator with computed inputs and an output of the given shapes, then stored inputs."""
    file = ModelFile()
    encodings = encodings or [(0.1, 0)] * len(shapes)
    first = [file.tensor(shape, kind, *encoding) for shape, encoding in zip(shapes, encodings, strict=True)]
    stored = [file.tensor(c.shape, "INT32" if c.dtype == np.int32 else "INT8", 0.1, 0, c) for c in constants]
    file.inputs, file.outputs = first[:1], first[-1:]
    inputs = first[:-1]
    if len(inputs) == 2:  # a second computed input
        file.operator("RELU6", first[:1], [inputs[1]])
    file.operator(name, inputs + stored, first[-1:], **options)
    return file


def i4(*values):
    return np.array(values, np.int32)


def refused(file, message, rounding="tflm"):
    with pytest.raises(ConversionError, match=message):
        tc.load_tflite(file.to_bytes() if isinstance(file, ModelFile) else file, rounding)


def test_the_unspoilt_models_load():
    assert tc.load_tflite(dense().to_bytes()).predict(np.array([[1, -50, 100]], np.int8)).shape == (1, 2)
    for file in (
        layer("ADD", [(1, 4)] * 3, activation=0),
        layer("PAD", [(1, 3), (1, 6)], [np.array([[0, 0], [1, 2]], np.int32)]),
        layer("MEAN", [(1, 4, 2), (1, 2)], [i4(1)], keep_dims=0),
        layer("CONCATENATION", [(1, 3), (1, 3), (1, 6)], axis=1),
        layer("MAX_POOL_2D", [(1, 4, 4, 2), (1, 2, 2, 2)], padding=1, **dict(zip(POOL, [2] * 4, strict=True))),
    ):
        assert tc.load_tflite(file.to_bytes()).predict(np.zeros((1, *file.shapes[0][1:]), np.int8)).ndim == 2


POOL = ("stride_h", "stride_w", "window_h", "window_w")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x_scale": 0.0}, "finite and above zero, got 0.0"),
        ({"x_scale": np.nan}, "finite and above zero, got nan"),
        ({"y_scale": np.inf}, "finite and above zero, got inf"),
        ({"y_scale": -0.5}, "finite and above zero, got -0.5"),
        ({"x_scale": [0.1, 0.2, 0.3]}, "Expected one scale and one zero point, got 3"),
        ({"x_zero": 128}, "zero point 128 lies outside"),
        ({"y_zero": -129}, "zero point -129 lies outside"),
        ({"x_zero": 2**40}, "zero point 1099511627776 lies outside"),
        ({"kind": "INT16", "x_zero": 1}, "Expected zero point 0 for int16"),
        ({"kind": "FLOAT32"}, "Expected a model in integers only"),
        ({"kind": "INT32"}, "Expected a model in integers only"),
        ({"kind": "UINT8", "y_zero": 3}, "expected int8 or int16"),
        ({"y_kind": "INT16", "y_zero": 0}, "input and output of the same type"),
        ({"w_zero": 1}, "weights with zero point 0"),
        ({"w_scale": np.nan, "b_scale": 0.1}, "not a finite number above zero"),
        ({"w_scale": [0.01, -0.01]}, "not a finite number above zero"),
        ({"w_scale": [0.01, 0.02, 0.03], "b_scale": 0.001}, "1 or 2 scales of the weights, got 3"),
        ({"w_scale": [0.01, 0.02], "w_axis": 1}, "scales along axis 0 of the weights, got 1"),
        ({"w_axis": 2}, "quantized along axis 2"),
        ({"w_axis": -1}, "quantized along axis -1"),
        ({"b_scale": 0.01}, "bias' scale is not that of the input times that of the weights"),
        ({"b_zero": 1}, "zero point 0"),
        ({"bias": [2**31 - 300, 0]}, "accumulator can reach .* overflows 32 bits"),
        ({"y_scale": 1e-30}, "(out of range|overflows 32 bits)"),
        ({"x_shape": (2, 3)}, r"first axis \(the batch\) of 1"),
        ({"x_shape": (1, 4)}, "do not fit input and output"),
        ({"x_shape": (1, 0)}, "no empty axis"),
        ({"x_shape": (1, -3)}, "dynamic shape"),
        ({"x_shape": (1, 3, 1 << 21)}, "too many for any microcontroller"),
        ({"x_shape": ()}, r"first axis \(the batch\) of 1"),
        ({"y_shape": (1, 3)}, "do not fit input and output"),
        ({"y_shape": (1, 2, 1)}, "do not fit input and output"),
        ({"inputs": [0]}, "has 1 inputs"),
        ({"inputs": [0, 1, 2, 2]}, "has 4 inputs"),
        ({"inputs": [0, 9, 2]}, "names a tensor that the file does not have"),
        ({"inputs": [0, 0, 2]}, "stored values as input 1"),
        ({"inputs": [1, 1, 2]}, "expected a computed input 0"),
        ({"inputs": [3, 1, 2]}, "not computed before it is used"),
        ({"inputs": [-1, 1, 2]}, "lacks its input 0"),
        ({"outputs": [0]}, "not computed before it is used"),
        ({"outputs": [1]}, "(computed twice|shape)"),
        ({"outputs": []}, "0 outputs"),
        ({"outputs": [-1]}, "lacks its output 0"),
        ({"options": {"weights_format": 1}}, "shuffled"),
        ({"options": {"activation": 4}}, "fused activation TANH is not supported"),
        ({"options": {"activation": 17}}, "fused activation number 17"),
        ({"name": "TRANSPOSE"}, "not supported: TRANSPOSE. Supported: ADD, AVERAGE_POOL_2D, .*TANH"),
        ({"name": "CUSTOM:Magic"}, "not supported: CUSTOM:Magic"),
    ],
)
def test_a_spoilt_layer(changes, message):
    refused(dense(**changes), message)


CONV = {"activation": 0, "padding": 1, "stride_h": 1, "stride_w": 1}


def conv(**options):
    weights = np.ones((2, 3, 3, 1), np.int8)
    file = ModelFile()
    x, y = file.tensor((1, 5, 5, 1), "INT8", 0.1), file.tensor((1, 3, 3, 2), "INT8", 0.5)
    w = file.tensor(weights.shape, "INT8", 0.01, 0, weights)
    b = file.tensor((2,), "INT32", np.float32(0.1) * np.float32(0.01), 0, np.zeros(2, np.int32))
    file.operator("CONV_2D", [x, w, b], [y], **(CONV | options))
    file.inputs, file.outputs = [x], [y]
    return file


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stride_h": 0}, "strides, dilations and windows from 1"),
        ({"dilation_w": -1}, "strides, dilations and windows from 1"),
        ({"dilation_w": 1 << 30}, "strides, dilations and windows from 1"),
        ({"stride_w": 2}, "its output has"),
        ({"padding": 0}, "its output has"),
        ({"padding": 2}, "SAME or VALID"),
        ({"bias_type": 4}, "biases of 32 bits"),
    ],
)
def test_a_spoilt_window(options, message):
    tc.load_tflite(conv().to_bytes())
    refused(conv(**options), message)


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (layer("ADD", [(1, 4), (1, 3), (1, 4)], activation=0), "(same|shape)"),
        (layer("ADD", [(1, 4)] * 3, encodings=[(1e5, 0), (1e5, 0), (1e-9, 0)], activation=0), "too far apart"),
        (layer("MEAN", [(1, 4, 2), (1, 2)], [i4(3)], keep_dims=0), "axes"),
        (layer("MEAN", [(1, 4, 2), (1, 2)], [i4(0)], keep_dims=0), "axes other than the batch"),
        (layer("MEAN", [(1, 4, 2), (1, 2)], [i4(-(2**31))], keep_dims=0), "axes"),
        (layer("MEAN", [(1, 4, 2), (1, 4)], [i4(1)], keep_dims=0), "expected output shape"),
        (layer("PAD", [(1, 3), (1, 6)], [np.array([[0, 0], [2, 2]], np.int32)]), "do not give"),
        (layer("PAD", [(1, 3), (1, 1)], [np.array([[0, 0], [-1, -1]], np.int32)]), "pair of paddings"),
        (layer("PAD", [(1, 3), (1, 6)], [np.array([[1, 0], [1, 2]], np.int32)]), "none for the batch"),
        (layer("CONCATENATION", [(1, 3), (1, 3), (1, 6)], axis=2), "axis other than the batch"),
        (layer("CONCATENATION", [(1, 3), (1, 3), (1, 6)], axis=0), "axis other than the batch"),
        (layer("CONCATENATION", [(1, 3), (1, 3), (1, 7)], axis=1), "do not give"),
        (layer("CONCATENATION", [(1, 3), (1, 6)], [np.zeros((1, 3), np.int8)], axis=1), "expected a computed input"),
        (layer("RESHAPE", [(1, 6), (1, 5)], [i4(1, 5)]), "cannot take a shape"),
        (layer("RESHAPE", [(1, 6), (1, 2, 3)], [i4(1, 3, 2)]), "is not that of the output"),
        (layer("RESHAPE", [(1, 6), (1, 2, 3)], [i4(-1, -1, 3)]), "is not that of the output"),
        (layer("RESHAPE", [(1, 6), (1, 6)], encodings=[(0.1, 0), (0.2, 0)]), "same type, scale and zero point"),
        (layer("SOFTMAX", [(1, 6), (1, 6)], beta=1.0), "output scale of 1/256"),
        (
            layer("SOFTMAX", [(1, 6), (1, 6)], encodings=[(0.1, 0), (1 / 256, -128)], beta=np.nan),
            "operator 0.* above",
        ),
        (layer("SOFTMAX", [(1, 6), (1, 6)], encodings=[(0.1, 0), (1 / 256, -128)], beta=-1.0), "above 2"),
        (layer("SOFTMAX", [(1, 6), (1, 5)], encodings=[(0.1, 0), (1 / 256, -128)], beta=1.0), "same shape"),
        (layer("LOGISTIC", [(1, 6), (1, 6)]), "output scale of 0.00390625"),
        (layer("TANH", [(1, 6), (1, 6)], encodings=[(0.1, 0), (1 / 256, -128)]), "output scale of 0.0078125"),
        (layer("RELU6", [(1, 6), (1, 6)], encodings=[(0.1, 0), (0.2, 0)]), "ignores that its input and output"),
        (layer("RELU", [(1, 6), (1, 6)], encodings=[(1e20, 0), (1e-20, 0)]), "does not fit|out of range"),
        (layer("QUANTIZE", [(1, 6), (1, 5)]), "same shape"),
        (layer("DEQUANTIZE", [(1, 6), (1, 6)]), "expected float32"),
        (
            layer("AVERAGE_POOL_2D", [(1, 4, 4, 1)] * 2, padding=0, **dict(zip(POOL, (1, 1, 1 << 20, 1), strict=True))),
            "strides, dilations and windows",
        ),
        (
            layer("MAX_POOL_2D", [(1, 4, 4, 1)] * 2, padding=0, **dict(zip(POOL, (1, 1, 4096, 4096), strict=True))),
            "far larger than its image",
        ),
        (layer("MUL", [(1, 3, 2), (1, 2, 3), (1, 3, 2)], activation=0), "(same|shape)"),
    ],
)
def test_a_spoilt_operator(file, message):
    refused(file, message)


def test_what_a_model_may_not_have():
    refused(b"", "it has 0 bytes")
    refused(b"\x18\0\0\0TFL3" + bytes(60), "damaged")
    refused(b"x" * 100, "not a TensorFlow Lite model")
    two = dense()
    two.inputs = [0, 0]
    refused(two, "one input, got 2")
    none = dense()
    none.outputs = []
    refused(none, "one output, got 0")
    twice = dense()
    twice.operators *= 2
    refused(twice, "computed twice")
    empty = dense()
    empty.operators = []
    refused(empty, "not computed by any integer operator")
    for changes, message in (({"version": 2}, "version 3"), ({"subgraphs": 2}, "one subgraph, got 2")):
        file = dense()
        for key, value in changes.items():
            setattr(file, key, value)
        refused(file, message)
    refused(dense(x_shape=(1, 3, 1, 1, 1, 1, 1, 1, 1)), "at most 8 numbers has 9")


@pytest.mark.parametrize(
    ("tensor", "field", "value", "message"),
    [
        (0, 7, ints((1, -1)), "dynamic shape"),
        (0, 7, ints((-1, 3)), None),  # an open batch of 1 is fixed at 1
        (0, 5, Number("B", 1), "is a variable"),
        (1, 6, {}, "sparse"),
        (1, 1, Number("b", 17), "expected input 1 of type INT8"),
        (1, 1, Number("b", 99), "type 99"),
        (1, 2, Number("I", 77), "buffer 77"),
        (1, 2, Number("I", 2), r"needs 6 bytes, 8 are stored"),
        (0, 4, None, "Expected one scale"),
        (0, 4, {2: Vector(np.ones(1, "<f4")), 3: Vector(np.zeros(1, "<i8"), 8), 4: Number("B", 1), 5: {}}, "quantized"),
    ],
)
def test_a_spoilt_tensor(tensor, field, value, message):
    file = dense()
    file.tensors[tensor] = {**file.tensors[tensor], field: value}
    if message is None:
        assert len(tc.load_tflite(file.to_bytes()).labels) == 2
    else:
        refused(file, message)


def test_names_need_not_be_unique():
    file = dense()
    for tensor in file.tensors:
        tensor[3] = "same"
    graph = tc.load_tflite(file.to_bytes())
    assert len(graph.tensors) == 6
    assert graph.input == "same" and graph.output == "same_2"


def test_stored_values_cannot_be_shared_without_end():
    """4,000 layers on one big matrix: the file stays small, their parameters would not."""
    file = dense(weights=np.ones((512, 512)), x_shape=(1, 512), y_shape=(1, 512), inputs=[0, 1], bias=[0, 0], y_zero=0)
    last = 3
    for _ in range(40):
        following = file.tensor((1, 512), "INT8", 0.2, 0)
        file.operator("FULLY_CONNECTED", [last, 1], [following], activation=0)
        last = following
    file.outputs = [last]
    refused(file, "share their stored values too often")


def test_litert_names_what_it_cannot_do():
    wide = dense(weights=np.full((2, 4096), 127), x_shape=(1, 4096), bias=[0, 0], y_scale=200.0)
    assert len(tc.load_tflite(wide.to_bytes(), "litert").labels) == 2
    int16 = dense(kind="INT16", weights=np.full((2, 512), 127), x_shape=(1, 512), y_zero=0, y_scale=3.7, inputs=[0, 1])
    assert len(tc.load_tflite(int16.to_bytes(), "tflm").labels) == 2
    refused(int16, "no 31-bit multiplier rounds like LiteRT's float64", "litert")


def test_a_path_and_other_types(tmp_path):
    path = tmp_path / "model.tflite"
    path.write_bytes(dense().to_bytes())
    x = np.array([[1, -50, 100]], np.int8)
    for source in (path, str(path), path.read_bytes(), bytearray(path.read_bytes())):
        assert tc.load_tflite(source).predict(x).tolist() == [[4, -1]]
    with pytest.raises(ConversionError, match="Cannot read the model .*missing.tflite"):
        tc.load_tflite(tmp_path / "missing.tflite")
    with pytest.raises(ConversionError, match="Cannot read the model"):
        tc.load_tflite(tmp_path)
    with pytest.raises(ConversionError, match="got int"):
        tc.load_tflite(3)


def test_loading_imports_no_framework(tmp_path):
    (tmp_path / "model.tflite").write_bytes(dense().to_bytes())
    program = (
        "import sys, tinyml_course as tc; tc.load_tflite(sys.argv[1]); "
        "print([m for m in ('tensorflow', 'keras', 'sklearn', 'ai_edge_litert', 'flatbuffers') if m in sys.modules])"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "model.tflite")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == "[]"
