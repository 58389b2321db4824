"""SHAPE, STRIDED_SLICE and PACK: what a dynamic batch leaves behind in front of a RESHAPE.

A Keras model that is converted with an open batch size computes the new shape of a Flatten at run time. With
the batch fixed at 1 all of it is constant, and is computed here instead of on the chip.
"""

from __future__ import annotations

import numpy as np

from tinyml_course.convert.tflite_builder import Builder
from tinyml_course.convert.tflite_file import FileOperator
from tinyml_course.convert.tflite_schema import TYPE_NAMES
from tinyml_course.errors import ConversionError

_INTEGERS = ("INT32", "INT64")


def _refused(operator: FileOperator) -> ConversionError:
    return ConversionError(
        f"{operator}: shapes that are computed at run time are not supported. Convert the model with a batch of 1, "
        "for example tc.quantize(model, x), which does."
    )


def _keep(builder: Builder, operator: FileOperator, values: np.ndarray) -> None:  # type: ignore[type-arg]
    output = builder.tensor(operator, 0, outputs=True)
    if output.type != "INT32" or output.shape != values.shape:
        raise _refused(operator)
    builder.folded[output.index] = values.astype(np.int32)


def shape(builder: Builder, operator: FileOperator) -> None:
    """SHAPE of a tensor with a fixed shape."""
    if operator.options["out_type"] != TYPE_NAMES.index("INT32"):
        raise _refused(operator)
    _keep(builder, operator, np.array(builder.tensor(operator, 0).shape))


def strided_slice(builder: Builder, operator: FileOperator) -> None:
    """STRIDED_SLICE of one number out of a shape."""
    values = builder.constant(operator, 0, _INTEGERS)
    begin, end, stride = (builder.constant(operator, i, _INTEGERS).reshape(-1).tolist() for i in (1, 2, 3))
    options = operator.options
    plain = not (options["begin_mask"] or options["end_mask"] or options["ellipsis_mask"] or options["new_axis_mask"])
    single = values.ndim == 1 and len(begin) == len(end) == len(stride) == 1 and stride == [1]
    inside = single and 0 <= begin[0] < values.size and end[0] == begin[0] + 1
    if not (plain and inside and options["shrink_axis_mask"] == 1 and not options["offset"]):
        raise _refused(operator)
    _keep(builder, operator, np.array(values[begin[0]]))


def pack(builder: Builder, operator: FileOperator) -> None:
    """PACK of single numbers into a shape."""
    values = [builder.constant(operator, i, _INTEGERS) for i in range(len(operator.inputs))]
    if not values or any(value.ndim for value in values) or operator.options["axis"] != 0:
        raise _refused(operator)
    _keep(builder, operator, np.array([int(value) for value in values]))


CONVERTERS = {"SHAPE": shape, "STRIDED_SLICE": strided_slice, "PACK": pack}
