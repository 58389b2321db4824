"""A graph of one operator for each kind, and the work that it takes, counted by hand."""

from __future__ import annotations

import numpy as np

from tinyml_course.graph import Graph, InputContract, Operator, Tensor

INT8 = np.dtype(np.int8)


def one_operator(kind, inputs, output, stored=None, attributes=None):
    """A graph of one operator: shapes of its inputs and output, and stored arrays by role."""
    tensors = {f"x{k}": Tensor(f"x{k}", shape, INT8) for k, shape in enumerate(inputs)}
    names = tuple(tensors)
    tensors["y"] = Tensor("y", output, INT8)
    for role, values in (stored or {}).items():
        array = np.asarray(values)
        tensors[role] = Tensor(role, array.shape, array.dtype, array, array.dtype.itemsize * 8)
    operator = Operator(kind, names, ("y",), {role: role for role in stored or {}}, attributes or {})
    return Graph("test", tensors, (operator,), "x0", "y", InputContract(INT8, inputs[0], -128, 127), (0,))


def ones(*shape, dtype=np.int8):
    return np.ones(shape, dtype)


IMAGE = (8, 6, 3)
#: Name of the case: the graph; multiply-accumulates, rescales, steps.
CASES = {
    "conv_2d": (one_operator("conv_2d", [IMAGE], (8, 6, 5), {"weights": ones(5, 3, 3, 3)}), (6480, 240, 0)),
    "conv_2d, one row": (one_operator("conv_2d", [IMAGE], (1, 1, 4), {"weights": ones(4, 8, 6, 3)}), (576, 4, 0)),
    "depthwise_conv_2d": (
        one_operator("depthwise_conv_2d", [IMAGE], (4, 3, 6), {"weights": ones(3, 3, 6)}),
        (4 * 3 * 54, 72, 0),
    ),
    "fully_connected": (one_operator("fully_connected", [(64,)], (10,), {"weights": ones(10, 64)}), (640, 10, 0)),
    "fully_connected, rows": (
        one_operator("fully_connected", [(3, 64)], (3, 10), {"weights": ones(10, 64)}),
        (1920, 30, 0),
    ),
    "max_pool_2d": (one_operator("max_pool_2d", [IMAGE], (4, 3, 3), attributes={"window": (2, 2)}), (0, 0, 144)),
    "average_pool_2d": (
        one_operator("average_pool_2d", [IMAGE], (1, 1, 3), attributes={"window": (8, 6)}),
        (0, 0, 144),
    ),
    "mean": (one_operator("mean", [IMAGE], (3,)), (0, 3, 144)),
    "add": (one_operator("add", [(7,), (7,)], (7,)), (0, 21, 7)),
    "mul": (one_operator("mul", [(7,), (7,)], (7,)), (0, 7, 0)),
    "relu": (one_operator("relu", [(7,)], (7,)), (0, 7, 0)),
    "relu6": (one_operator("relu6", [(7,)], (7,)), (0, 7, 0)),
    "quantize": (one_operator("quantize", [(7,)], (7,)), (0, 7, 0)),
    "pad": (one_operator("pad", [(7,)], (9,)), (0, 0, 9)),
    "concatenation": (one_operator("concatenation", [(7,), (4,)], (11,)), (0, 0, 11)),
    "reshape": (one_operator("reshape", [IMAGE], (144,)), (0, 0, 0)),
    "lookup": (one_operator("lookup", [(7,)], (7,), {"table": ones(256)}), (0, 0, 7)),
    "softmax": (one_operator("softmax", [(7,)], (7,)), (0, 7, 21)),
    "encode_input": (one_operator("encode_input", [(64,)], (64,), {"table": ones(17)}), (0, 0, 64)),
    "encode_features": (one_operator("encode_features", [(64,)], (64,)), (0, 0, 64)),
    "encode_thresholds": (
        one_operator("encode_thresholds", [(5,)], (5,), {"thresholds": ones(255, dtype=np.int32)}),
        (0, 0, 40),
    ),
    "bonsai_projection": (one_operator("bonsai_projection", [(64,)], (18,), {"Z": ones(18, 65)}), (1170, 18, 0)),
    "bonsai_tree": (
        one_operator("bonsai_tree", [(18,)], (10,), {"W": ones(7, 10, 18), "theta": ones(3, 18)}),
        (3 * 10 * 37 + 36, 60, 0),
    ),
    "linear_classifier": (one_operator("linear_classifier", [(64,)], (10,), {"weights": ones(9, 64)}), (576, 0, 0)),
    "decision_forest": (
        one_operator(
            "decision_forest",
            [(4,)],
            (3,),
            # node 0 -> leaf, node 1; node 1 -> leaf, node 2; node 2 -> leaves. The second tree is one leaf.
            {"children": np.array([[-1, 1], [-2, 2], [-3, -4]], np.int8), "root": np.array([0, -5], np.int8)},
            {"vote": "soft"},
        ),
        (0, 0, 3 + 3 + 3),
    ),
    "decision_forest, hard": (
        one_operator(
            "decision_forest",
            [(4,)],
            (3,),
            {"children": np.array([[-1, 1], [-2, -3]], np.int8), "root": np.array([0], np.int8)},
            {"vote": "hard"},
        ),
        (0, 0, 2 + 1),
    ),
}
