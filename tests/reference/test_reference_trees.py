"""The exact meaning of trees and linear classifiers, by hand."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from tinyml_course.graph import Graph, InputContract, Operator, Tensor


def stored(name: str, values: list[object], dtype: str) -> Tensor:
    array = np.array(values, dtype)
    return Tensor(name, array.shape, array.dtype, array, 8 * array.dtype.itemsize)


def graph_of(kind, parameters, attributes, output, contract, labels):
    tensors = [Tensor("x", contract.shape, contract.dtype), *parameters, output]
    roles = {tensor.name: tensor.name for tensor in parameters}
    operator = Operator(kind, ("x",), (output.name,), roles, attributes)
    named = MappingProxyType({tensor.name: tensor for tensor in tensors})
    return Graph("Test", named, (operator,), "x", output.name, contract, labels)


#: Tree 0: x[1] <= 5 ? leaf 0 : (x[0] <= 2 ? leaf 1 : leaf 2). Tree 1: leaf 1.
NODES = [
    stored("feature", [1, 0], "uint8"),
    stored("threshold", [5, 2], "uint8"),
    stored("children", [[-1, 1], [-2, -3]], "int8"),
    stored("root", [0, -2], "int8"),
]
X = np.array([[9, 5], [2, 6], [3, 6], [0, 0]], np.uint8)
CONTRACT = InputContract(np.dtype(np.uint8), (2,), 0, 9)


def test_hard_votes():
    votes = Tensor("votes", (3,), np.dtype(np.uint8))
    graph = graph_of("decision_forest", NODES, {"vote": "hard"}, votes, CONTRACT, (0, 1, 2))
    assert graph.predict(X).tolist() == [[1, 1, 0], [0, 2, 0], [0, 1, 1], [1, 1, 0]]
    assert graph.classify(X).tolist() == [0, 1, 1, 0]  # the first of equals


def test_soft_votes():
    leaves = [
        stored("leaf_start", [0, 2, 3, 5], "uint8"),
        stored("leaf_class", [0, 1, 2, 0, 2], "uint8"),
        stored("leaf_vote", [7, 3, 10, 1, 9], "uint8"),
    ]
    votes = Tensor("votes", (3,), np.dtype(np.uint16))
    graph = graph_of("decision_forest", [*NODES, *leaves], {"vote": "soft"}, votes, CONTRACT, (0, 1, 2))
    assert graph.predict(X).tolist() == [[7, 3, 10], [0, 0, 20], [1, 0, 19], [7, 3, 10]]


def test_floats_are_ordered_as_their_bits():
    tree = [
        stored("feature", [0], "uint8"),
        stored("threshold", [int(np.float32(-1.5).view(np.int32)) ^ 0x7FFFFFFF], "int32"),
        stored("children", [[-1, -2]], "int8"),
        stored("root", [0], "int8"),
    ]
    votes = Tensor("votes", (2,), np.dtype(np.uint8))
    contract = InputContract(np.dtype(np.float32), (1,), -9.0, 9.0)
    graph = graph_of("decision_forest", tree, {"vote": "hard"}, votes, contract, ("a", "b"))
    x = np.array([[-9.0], [-1.5], [-1.4999999], [-0.0], [0.0], [3.0]], np.float32)
    assert graph.classify(x).tolist() == [0, 0, 1, 1, 1, 1]


def test_linear_scores():
    weights = stored("weights", [[1, -2], [100, 3]], "int8")
    bias = stored("bias", [4, -300], "int16")
    scores = Tensor("scores", (3,), np.dtype(np.int16))
    graph = graph_of("linear_classifier", [weights, bias], {"dropped": 1}, scores, CONTRACT, (0, 1, 2))
    assert graph.predict(X).tolist() == [[3, 0, 615], [-6, 0, -82], [-5, 0, 18], [4, 0, -300]]
    assert graph.classify(X).tolist() == [2, 1, 2, 0]
