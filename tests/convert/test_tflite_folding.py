"""Shapes that a model with an open batch computes at run time: constant here, with a batch of 1."""

from __future__ import annotations

import numpy as np
import pytest
from interpreters import RUNNERS, missing
from layers import compare
from tflite_writer import ModelFile, ints

from tinyml_course.convert.tflite import load_tflite
from tinyml_course.errors import ConversionError

POOL = {"padding": 1, "activation": 0, "stride_h": 2, "stride_w": 2, "window_h": 2, "window_w": 2}


def flatten(begin=0, end=1, stride=1, axis=0, shrink=1, rest=12, slice_shape=(), batch=1, out_type=2, **masks):
    """Max pooling and a Flatten as Keras' models with an open batch have it."""
    file = ModelFile()
    x = file.tensor((1, 4, 4, 3), "INT8", 0.1)
    pooled = file.tensor((1, 2, 2, 3), "INT8", 0.1)
    for number in (x, pooled):
        file.tensors[number][7] = ints((-1, *file.shapes[number][1:]))
    shape = file.tensor((4,), "INT32")
    limits = [file.tensor((1,), "INT32", data=np.array([v], np.int32)) for v in (begin, end, stride)]
    first = file.tensor(slice_shape, "INT32")
    other = file.tensor((), "INT32", data=np.array(rest, np.int32))
    packed, y = file.tensor((2,), "INT32"), file.tensor((batch, 12), "INT8", 0.1)
    file.operator("MAX_POOL_2D", [x], [pooled], **POOL)
    file.operator("SHAPE", [pooled], [shape], out_type=out_type)
    file.operator("STRIDED_SLICE", [shape, *limits], [first], shrink_axis_mask=shrink, **masks)
    file.operator("PACK", [first, other], [packed], values_count=2, axis=axis)
    file.operator("RESHAPE", [pooled, packed], [y])
    file.inputs, file.outputs = [x], [y]
    return file.to_bytes()


def test_only_the_reshape_is_left():
    graph = load_tflite(flatten())
    assert [operator.kind for operator in graph.operators] == ["max_pool_2d", "reshape"]
    assert graph.model_bytes == 0


@pytest.mark.parametrize("rounding", sorted(RUNNERS))
def test_equal_to_the_interpreters(rounding):
    if missing(rounding):
        pytest.skip(f"needs the interpreter {rounding}: {missing(rounding)}")
    assert [layer.mismatches for layer in compare(flatten(), rounding)] == [0, 0]
    assert [layer.mismatches for layer in compare(flatten(rest=-1), rounding)] == [0, 0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"begin": 4, "end": 5}, "computed at run time are not supported"),
        ({"begin": -1, "end": 0}, "computed at run time are not supported"),
        ({"end": 2}, "computed at run time are not supported"),
        ({"stride": 0}, "computed at run time are not supported"),
        ({"shrink": 0, "slice_shape": (1,)}, "computed at run time are not supported"),
        ({"begin_mask": 1}, "computed at run time are not supported"),
        ({"out_type": 4}, "computed at run time are not supported"),
        ({"axis": 1}, "computed at run time are not supported"),
        ({"slice_shape": (1,)}, "computed at run time are not supported"),
        ({"rest": 13}, "is not that of the output"),
        ({"begin": 1, "end": 2}, "is not that of the output"),
        ({"batch": 2}, "first axis"),
    ],
)
def test_anything_else_is_refused(changes, message):
    with pytest.raises(ConversionError, match=message):
        load_tflite(flatten(**changes))


def test_other_operators_on_shapes_are_named():
    file = ModelFile()
    x, shape, y = file.tensor((1, 4), "INT8", 0.1), file.tensor((2,), "INT32"), file.tensor((1, 4), "INT8", 0.1)
    file.operator("SHAPE", [x], [shape], out_type=2)
    file.operator("REDUCE_PROD", [shape], [shape])
    file.operator("RELU6", [x], [y])
    file.inputs, file.outputs = [x], [y]
    with pytest.raises(ConversionError, match="REDUCE_PROD. Shapes are computed at run time: convert .* batch of 1"):
        load_tflite(file.to_bytes())
