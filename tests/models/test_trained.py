"""The Bonsai that ships, and graphs with other numbers."""

import numpy as np
import pytest

from tinyml_course.errors import InputError
from tinyml_course.graph_file import to_bytes
from tinyml_course.models.trained import digits_bonsai, with_values
from tinyml_course.reference import bonsai_trace


def test_the_bonsai_that_ships_is_the_one_the_tests_measure(digits_graph):
    assert to_bytes(digits_bonsai()) == to_bytes(digits_graph)


def test_it_reads_digits(digits):
    right = digits_bonsai().classify(digits.x_test) == digits.y_test
    assert right.sum() == 536
    assert digits_bonsai().model_bytes <= 2048


@pytest.mark.parametrize(("depth", "stored"), [(0, 770), (1, 1139), (2, 1877)])
def test_a_tree_cut_to_a_depth(digits, depth, stored):
    graph, nodes = digits_bonsai(), 2 ** (depth + 1) - 1
    W, V, theta = (graph.tensors[name].values for name in ("W", "V", "theta"))
    cut = with_values(graph, W=W[:nodes], V=V[:nodes], theta=theta[: nodes // 2])
    assert cut.model_bytes == stored
    whole, part = bonsai_trace(graph, digits.x_test[0]), bonsai_trace(cut, digits.x_test[0])
    assert part.path == whole.path[: depth + 1]
    assert part.scores.tolist() == whole.nodes[depth].totals.tolist()


def test_the_given_graph_stays_as_it_is(digits):
    before = to_bytes(digits_bonsai())
    changed = with_values(digits_bonsai(), one=7)
    assert changed.tensors["one"].values == 7
    assert to_bytes(digits_bonsai()) == before


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"U": 1}, "Expected the name of a stored tensor, got 'U'. There are: Z, W, V, theta, bias_input"),
        ({"z": np.zeros(18, int)}, "Expected the name of a stored tensor, got 'z'"),
        ({"one": 0.5}, "Expected integers for 'one', got float64"),
        ({"theta": np.full((3, 18), 300)}, "Tensor 'theta': a value does not fit into 4 bits"),
    ],
)
def test_what_cannot_be_changed(values, message):
    with pytest.raises(InputError, match=message.replace(".", r"\.")):
        with_values(digits_bonsai(), **values)
