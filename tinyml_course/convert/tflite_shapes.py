"""Pooling, MEAN, PAD, CONCATENATION and RESHAPE to integers."""

from __future__ import annotations

import math

import numpy as np

from tinyml_course.convert.tflite_builder import Builder
from tinyml_course.convert.tflite_elementwise import store_multiplier
from tinyml_course.convert.tflite_file import FileOperator
from tinyml_course.convert.tflite_windows import refuse_work, window_attributes
from tinyml_course.errors import ConversionError
from tinyml_course.fixed_point import quantize_multiplier
from tinyml_course.intervals import Interval


def _same_encoding(builder: Builder, operator: FileOperator, x: str, output: str) -> None:
    a, b = builder.tensors[x], builder.tensors[output]
    if a.dtype != b.dtype or a.encoding != b.encoding:
        raise ConversionError(f"{operator}: expected input and output of the same type, scale and zero point.")


def pool(builder: Builder, operator: FileOperator) -> None:
    """AVERAGE_POOL_2D and MAX_POOL_2D."""
    x, output = builder.computed(operator, 0), builder.output(operator)
    _same_encoding(builder, operator, x, output)
    shape, out = builder.tensors[x].shape, builder.tensors[output].shape
    if len(shape) != 3 or len(out) != 3 or shape[2] != out[2]:
        raise ConversionError(f"{operator}: expected images (batch, height, width, channels), got {shape} and {out}.")
    window = int(operator.options["window_h"]), int(operator.options["window_w"])
    attributes = window_attributes(builder, operator, x, output, window)
    refuse_work(operator, math.prod(out) * window[0] * window[1])
    del attributes["dilations"]
    low, high = builder.activation_range(operator, output)
    attributes |= {"window": window, "activation_min": low, "activation_max": high}
    builder.add(operator.name.lower(), (x,), output, {}, attributes)


def mean_multiplier(factor: float, count: int) -> tuple[int, int]:
    """Multiplier and shift of a mean of `count` values: 1 / count is folded in (``QuantizedMeanOrSum``)."""
    multiplier, shift = quantize_multiplier(factor)
    bits = min(count.bit_length() - 1, 32, 31 + shift)
    return (multiplier << bits) // count, shift - bits


def mean(builder: Builder, operator: FileOperator) -> None:
    """MEAN over some axes, not the batch."""
    x, output = builder.computed(operator, 0), builder.output(operator)
    shape = builder.tensors[x].shape
    rank = len(shape) + 1
    given = builder.constant(operator, 1, ("INT32",)).reshape(-1).tolist()
    if not all(-rank <= axis < rank for axis in given):
        raise ConversionError(f"{operator}: axes {given} of a tensor with {rank} axes.")
    axes = sorted({axis % rank for axis in given})
    if not axes or axes[0] == 0:
        raise ConversionError(f"{operator}: expected axes other than the batch, got {given}.")
    keep = bool(operator.options["keep_dims"])
    kept = tuple(1 if i + 1 in axes else n for i, n in enumerate(shape) if keep or i + 1 not in axes)
    if kept != builder.tensors[output].shape:
        raise ConversionError(f"{operator}: expected output shape {kept}, got {builder.tensors[output].shape}.")
    count = int(np.prod([shape[axis - 1] for axis in axes]))
    multiplier, shift = mean_multiplier(float(builder.scale_of(x)) / float(builder.scale_of(output)), count)
    low, high = (count * (code - builder.zero_point_of(x)) for code in builder.codes(x))
    builder.prove(
        operator,
        Interval(np.array([low]), np.array([high])),
        np.array(multiplier),
        np.array(shift),
        builder.zero_point_of(output),
    )
    low, high = builder.codes(output)
    builder.add(
        "mean",
        (x,),
        output,
        store_multiplier(builder, output, "", multiplier, shift),
        {
            "axes": tuple(axis - 1 for axis in axes),
            "activation_min": low,
            "activation_max": high,
            "rounding": "double",
        },
    )


def reshape(builder: Builder, operator: FileOperator) -> None:
    """RESHAPE: the same integers in another shape."""
    x, output = builder.computed(operator, 0), builder.output(operator)
    _same_encoding(builder, operator, x, output)
    sizes = [int(np.prod(builder.tensors[name].shape)) for name in (x, output)]
    if sizes[0] != sizes[1]:
        raise ConversionError(f"{operator}: {sizes[0]} values cannot take a shape of {sizes[1]}.")
    _check_new_shape(builder, operator, sizes[0])
    builder.add("reshape", (x,), output)


def pad(builder: Builder, operator: FileOperator) -> None:
    """PAD with the zero point."""
    if len(operator.inputs) != 2:
        raise ConversionError(f"{operator}: expected two inputs, got {len(operator.inputs)}.")
    x, output = builder.computed(operator, 0), builder.output(operator)
    _same_encoding(builder, operator, x, output)
    shape, out = builder.tensors[x].shape, builder.tensors[output].shape
    paddings = builder.constant(operator, 1, ("INT32",))
    if paddings.shape != (len(shape) + 1, 2) or paddings.min() < 0 or paddings[0].any():
        raise ConversionError(f"{operator}: expected a pair of paddings for each axis, none for the batch.")
    before, after = (tuple(paddings[1:, i].tolist()) for i in (0, 1))
    if tuple(b + n + a for b, n, a in zip(before, shape, after, strict=True)) != out:
        raise ConversionError(f"{operator}: paddings {before} and {after} of {shape} do not give {out}.")
    value = builder.zero_point_of(output)
    builder.add("pad", (x,), output, {}, {"before": before, "after": after, "value": value})


def concatenation(builder: Builder, operator: FileOperator) -> None:
    """CONCATENATION along one axis, not the batch, of tensors with one encoding."""
    names = [builder.computed(operator, position) for position in range(len(operator.inputs))]
    output = builder.output(operator)
    out = builder.tensors[output].shape
    axis = int(operator.options["axis"])
    axis = axis + len(out) if axis < 0 else axis - 1
    if operator.options["activation"] or not 0 <= axis < len(out):
        raise ConversionError(f"{operator}: expected an axis other than the batch, and no activation.")
    for name in names:
        _same_encoding(builder, operator, name, output)
    shapes = [builder.tensors[name].shape for name in names]
    rest = {shape[:axis] + shape[axis + 1 :] for shape in shapes} == {out[:axis] + out[axis + 1 :]}
    if not rest or any(len(shape) != len(out) for shape in shapes) or sum(s[axis] for s in shapes) != out[axis]:
        raise ConversionError(f"{operator}: inputs of shapes {shapes} do not give {out} along axis {axis + 1}.")
    builder.add("concatenation", names, output, {}, {"axis": axis})


def _check_new_shape(builder: Builder, operator: FileOperator, size: int) -> None:
    """LiteRT takes the new shape from an input or an option, TFLite Micro from the output: they must agree."""
    if len(operator.inputs) > 1:
        asked = builder.constant(operator, 1, ("INT32",)).reshape(-1).tolist()
    else:
        asked = list(operator.options.get("new_shape", ()))
    known = math.prod(value for value in asked if value != -1)
    if asked.count(-1) == 1 and known > 0:
        asked[asked.index(-1)] = size // known
    shape = builder.tensor(operator, 0, outputs=True).shape
    if tuple(asked) != shape:
        raise ConversionError(f"{operator}: the new shape {asked} is not that of the output, {shape}.")


CONVERTERS = {
    "PAD": pad,
    "CONCATENATION": concatenation,
    "AVERAGE_POOL_2D": pool,
    "MAX_POOL_2D": pool,
    "MEAN": mean,
    "RESHAPE": reshape,
}
