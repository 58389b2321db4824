"""The reference on a tree that is small enough to follow by hand."""

from __future__ import annotations

import numpy as np

from tinyml_course.graph import Graph, InputContract, Operator, Tensor
from tinyml_course.reference.bonsai import path


def tiny_tree() -> Graph:
    """Two projected features, one branch, two classes."""

    def stored(name, values, bits=8):
        values = np.array(values)
        return Tensor(name, values.shape, np.dtype(np.int16), values, bits)

    tensors = [
        Tensor("x", (2,), np.dtype(np.uint8)),
        Tensor("z", (2,), np.dtype(np.int8)),
        Tensor("scores", (2,), np.dtype(np.int16)),
        Tensor("path", (2,), np.dtype(np.uint8)),
        stored("Z", [[1, 2, 0], [0, 0, -3]]),
        stored("W", [[[1, 0], [0, 1]], [[2, 0], [0, 0]], [[0, 0], [0, 2]]]),
        stored("V", [[[1, 0], [0, 1]], [[1, 0], [1, 0]], [[0, 1], [0, 1]]]),
        stored("theta", [[1, 1]]),
        stored("bias_input", 4),
        stored("shift", 1),
        stored("one", 6),
        stored("score_shift", 1),
    ]
    operators = (
        Operator("bonsai_projection", ("x",), ("z",), {"Z": "Z", "bias_input": "bias_input", "shift": "shift"}),
        Operator(
            "bonsai_tree",
            ("z",),
            ("scores", "path"),
            {"W": "W", "V": "V", "theta": "theta", "one": "one", "score_shift": "score_shift"},
        ),
    )
    contract = InputContract(np.dtype(np.uint8), (2,), 0, 9)
    return Graph("Bonsai", {t.name: t for t in tensors}, operators, "x", "scores", contract, (0, 1))


def test_by_hand():
    values = tiny_tree().run(np.array([[7, 1], [1, 5]], dtype=np.uint8))
    # Sample 0: Z [4, 7, 1] = [18, -3]; (v + 1) >> 1 gives z = [9, -1]; theta z = 8 > 0, to node 1.
    #   node 0: class 0: 9 * min(9, 6) = 54 >> 1 = 27; class 1: -1 * -1 = 1 >> 1 = 0
    #   node 1: class 0: 18 * 6 = 108 >> 1 = 54;       class 1: 0 * 6 = 0
    # Sample 1: Z [4, 1, 5] = [6, -15]; z = [3, -7]; theta z = -4, to node 2.
    #   node 0: class 0: 3 * 3 = 9 >> 1 = 4;   class 1: -7 * max(-7, -6) = 42 >> 1 = 21
    #   node 2: class 0: 0 * -6 = 0;           class 1: -14 * -6 = 84 >> 1 = 42
    assert values["z"].tolist() == [[9, -1], [3, -7]]
    assert values["path"].tolist() == [[0, 1], [0, 2]]
    assert values["scores"].tolist() == [[81, 0], [4, 63]]


def test_zero_goes_right():
    assert path(np.array([[0, 0]]), np.array([[1, 1]])).tolist() == [[0, 2]]


def test_a_single_node_has_no_branches():
    assert path(np.array([[3, 4]]), np.zeros((0, 2))).tolist() == [[0]]
