"""One layer in plain C: floats as NumPy's, integers exactly the graph's; on the virtual Uno and on this computer."""

import numpy as np
import pytest

from tinyml_course import export_arduino, load_digits, simulate
from tinyml_course.convert.affine import range_encoding, to_codes
from tinyml_course.convert.one_layer import layer_graph
from tinyml_course.errors import ExportError, InputError
from tinyml_course.export.one_layer import plain_float_layer, plain_layer
from tinyml_course.graph import Encoding
from tinyml_course.toolchain import HostProgram
from tinyml_course.widgets import digits_layer

X = range_encoding(0, 1)


def random_layer(seed, shape=(7, 12)):
    rng = np.random.default_rng(seed)
    return rng.normal(size=shape), rng.normal(size=shape[0])


@pytest.mark.parametrize("optimization", ["-Os", "-O2"])
@pytest.mark.parametrize("bits", [8, 4])
def test_integers_on_the_board_are_the_graphs(bits, optimization, any_toolchain):
    W, b = random_layer(bits)
    graph = layer_graph(W, b, Encoding(0.02, -7), Encoding(0.05, 11), bits=bits)
    x = np.random.default_rng(1).integers(-128, 128, (30, 12)).astype(np.int8)
    x[0], x[1] = -128, 127
    run = simulate(plain_layer(graph), x, toolchain=any_toolchain, optimization=optimization)
    np.testing.assert_array_equal(run.outputs, graph.predict(x))
    np.testing.assert_array_equal(run.classes, graph.classify(x))
    assert len(np.unique(run.outputs)) > 50
    assert run.self_test_passed


@pytest.mark.parametrize("bits", [8, 4])
def test_integers_on_this_computer_are_the_graphs(bits, sanitizers):
    W, b = random_layer(bits + 20)
    graph = layer_graph(W, b, X, Encoding(0.03, -128), bits=bits)
    x = np.random.default_rng(2).integers(-128, 128, (500, 12)).astype(np.int8)
    outputs, _ = HostProgram(plain_layer(graph), optimization="-O1", sanitize=True).run(x)
    np.testing.assert_array_equal(outputs, graph.predict(x))


def test_floats_on_the_board_are_numpys(any_toolchain):
    W, b = random_layer(3)
    x = np.random.default_rng(4).normal(size=(10, 12)).astype(np.float32)
    run = simulate(plain_float_layer(W, b), x, toolchain=any_toolchain)
    expected = np.maximum(x @ W.T + b, 0)
    np.testing.assert_allclose(run.outputs.view(np.float32), expected, atol=1e-5)
    np.testing.assert_array_equal(run.classes, expected.argmax(axis=1))
    assert run.self_test_passed


def test_the_lessons_layer_in_three_formats(any_toolchain):
    layer, pixels = digits_layer(), np.asarray(load_digits().x_test[:2], np.float32) / 16
    codes = to_codes(pixels, X).astype(np.int8)
    graphs = [layer_graph(layer.weights, layer.bias, X, Encoding(0.0223, -128), bits=bits) for bits in (8, 4)]
    runs = [simulate(plain_float_layer(layer.weights, layer.bias), pixels, toolchain=any_toolchain)]
    runs += [simulate(plain_layer(graph), codes, toolchain=any_toolchain) for graph in graphs]
    runs += [simulate(export_arduino(graphs[0], "layer"), codes, toolchain=any_toolchain)]
    assert plain_float_layer(layer.weights, layer.bias).model_bytes == 4 * 33 * 64 - 4 * 32
    in_float, int8, nibbles, kernel = (run.cycles.mean() for run in runs)
    assert in_float > 5 * int8
    assert int8 < nibbles < 2 * int8  # two weights must be taken out of each byte
    assert kernel < int8 / 3
    sizes = [run.model_flash_bytes for run in runs]
    assert sizes[0] > 2.5 * sizes[1] > 3 * sizes[2]
    np.testing.assert_array_equal(runs[1].outputs, runs[3].outputs)


def test_what_is_no_such_layer_is_refused(digits_graph):
    with pytest.raises(ExportError, match="a graph of one dense layer, as layer_graph makes it, got a Bonsai"):
        plain_layer(digits_graph)
    with pytest.raises(ExportError, match="got 7 units, 4 bits, 13 inputs"):
        plain_layer(layer_graph(*random_layer(0, (7, 13)), X, X, bits=4))
    with pytest.raises(ExportError, match="got 7 units, 5 bits, 12 inputs"):
        plain_layer(layer_graph(*random_layer(0), X, X, bits=5))
    with pytest.raises(ExportError, match="at most 63 units, got 64"):
        plain_float_layer(*random_layer(0, (64, 2)))
    with pytest.raises(InputError, match=r"got \(2, 3\), \(3,\)"):
        plain_float_layer(np.ones((2, 3)), np.ones(3))
    with pytest.raises(ExportError, match="cannot name a sketch"):
        plain_float_layer(*random_layer(0), name="no name")
