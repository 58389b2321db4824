"""One dense layer, quantized by the plain rules: its integers by hand, its answers near the real layer's."""

import numpy as np
import pytest

from tinyml_course import load_digits
from tinyml_course.convert.affine import range_encoding, to_codes, to_reals
from tinyml_course.convert.one_layer import layer_graph
from tinyml_course.errors import InputError
from tinyml_course.graph import Encoding
from tinyml_course.widgets import digits_layer

X, Y = range_encoding(0, 1), Encoding(0.02228318154811859, -128)


@pytest.fixture(scope="module")
def pixels():
    return np.asarray(load_digits().x_test, np.float32) / 16


def test_the_integers_of_a_small_layer_by_hand():
    graph = layer_graph([[0.6, -1.0], [0.0, 0.0]], [0.3, -2.0], Encoding(0.5, 3), Encoding(0.25, -1), bits=4)
    assert graph.tensors["weights"].values.tolist() == [[4, -7], [0, 0]]  # 0.6 / (1 / 7) = 4.2
    assert graph.tensors["bias"].values.tolist() == [4, -4]  # 0.3 / (0.5 / 7) = 4.2; -2 / (0.5 * 1)
    assert graph.tensors["shift"].values.tolist() == [-1, 2]  # factors 2 / 7 and 2
    assert graph.model_bytes == 2 + 8 + 8 + 2
    # 4 * 2 - 7 * -3 + 4 = 33, times 4 / 7 is 18.86, halved 9.5: rounded twice, as TFLite does; -4 times 2
    assert graph.predict(np.array([[5, 0]], np.int8)).tolist() == [[10 - 1, -8 - 1]]


@pytest.mark.parametrize(("bits", "size", "bound"), [(8, 2336, 0.02), (4, 1312, 0.25)])
def test_a_trained_layer_stays_near_the_real_one(bits, size, bound, pixels):
    layer = digits_layer()
    graph = layer_graph(layer.weights, layer.bias, X, Y, bits=bits)
    answers = to_reals(graph.predict(to_codes(pixels, X).astype(np.int8)), Y)
    assert graph.model_bytes == size
    assert np.abs(answers - layer.activations(16 * pixels)).mean() < bound / 2
    assert answers.min() == 0


def test_impossible_layers_are_refused():
    with pytest.raises(InputError, match=r"a bias for each unit, got \(2, 3\) and \(3,\)"):
        layer_graph(np.ones((2, 3)), np.ones(3), X, Y)
    with pytest.raises(InputError, match="more than 32 bits hold"):
        layer_graph(np.ones((1, 1)), [1e9], X, Y)
    with pytest.raises(InputError, match="2 to 16 bits, got 1"):
        layer_graph(np.ones((1, 1)), [1], X, Y, bits=1)
