"""SOFTMAX, LOGISTIC and TANH of int16: tables with straight lines in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyml_course.convert.tflite_builder import Builder
from tinyml_course.convert.tflite_elementwise import checked_multiplier, store_multiplier
from tinyml_course.convert.tflite_file import FileOperator
from tinyml_course.errors import ConversionError
from tinyml_course.fixed_point import round_half_away

Array = npt.NDArray[Any]

#: The output scale of all three: 16 bits for -1 to 1.
OUTPUT_SCALE = 2.0**-15


def sigmoid_table() -> Array:
    """``sigmoid(i / 24)`` for i = 0 … 255 in Q0.16, shape (256,), uint16 (``sigmoid_table_uint16``).

    Each point is moved up by half the error that the line to the next point has in its middle.
    """
    at, middle, following = (65536.0 / (1.0 + np.exp(-(np.arange(256) + i) / 24.0)) for i in (0, 0.5, 1))
    points = np.rint(at + (middle - (at + following) / 2) / 2)
    points[255] = 65535
    return np.asarray(points.astype(np.uint16))


def line_table(function: Callable[[Array], Array], inputs: tuple[int, int], dtype: type) -> Array:
    """513 points of a function, each moved by half the error in the middle of its line (``LUTPopulateInt16``).

    Parameters
    ----------
    function : callable
        Of float64 arrays; its results are rounded to `dtype`, as a good C library does.
    inputs : tuple of int
        The range of real inputs that the 65,536 codes span, and the code of zero. Outputs are Q0.15.
    dtype : type
        ``numpy.float32`` (TFLite Micro) or ``numpy.float64`` (LiteRT): what all steps are computed in.
    """
    f: Callable[[Any], Any] = dtype
    low, high = -32768, 32767
    scale, output_scale = f(f(inputs[0]) / f(65535)), f(f(2) / f(65535))
    start, end = (f(scale * f(code - inputs[1])) for code in (low, high))
    bottom, top = (f(output_scale * f(code)) for code in (low, high))
    step = f((end - start) / f(512))
    half = f(step / f(2))
    inverse = f(f(65536) / f(top - bottom))
    i: Array = np.arange(512).astype(dtype)

    def at(x: Array) -> Array:
        return function(np.asarray(x, np.float64)).astype(dtype)

    def rounded(x: Any) -> Array:
        return round_half_away(np.asarray(x, dtype)).astype(dtype)

    value, middle, following = at(start + i * step), at(start + i * step + half), at(start + (i + f(1)) * step)
    sample = rounded(value * inverse)
    on_line = rounded((following * inverse + sample) / f(2))
    error = on_line - rounded(middle * inverse)
    points = np.append(sample - rounded(error / f(2)), rounded(at(np.asarray(end)) * inverse))
    return np.asarray(np.clip(points, low, high).astype(np.int16))


def softmax_16(builder: Builder, operator: FileOperator, x: str, output: str) -> None:
    """SOFTMAX of int16: one table for exp, one for the reciprocal of the sum."""
    if float(builder.scale_of(output)) != OUTPUT_SCALE:
        raise ConversionError(f"{operator}: expected an output scale of 1/32768.")
    if builder.tensors[x].shape[-1] >= 1 << 15:
        raise ConversionError(f"{operator}: a softmax over {builder.tensors[x].shape[-1]} values overflows its sum.")
    scale, beta = builder.scale_of(x), np.float32(operator.options["beta"])
    tflm = builder.rounding == "tflm"
    dtype, product = (np.float32, float(scale) * float(beta)) if tflm else (np.float64, float(scale * beta))
    exponentials = line_table(np.exp, (10, 32767), dtype)
    reciprocals = line_table(lambda v: 1.0 / (1.0 + v), (1, -32768), dtype)
    pair = checked_multiplier(builder, operator, product / (10.0 / 65535.0), (-65535, 0), 32767)
    parameters = {
        "exponentials": builder.store(f"{output}/exponentials", exponentials),
        "reciprocals": builder.store(f"{output}/reciprocals", reciprocals),
        **store_multiplier(builder, output, "", *pair),
    }
    builder.add("softmax", (x,), output, parameters, {"rounding": "double"})


def lookup_16(builder: Builder, operator: FileOperator, x: str, output: str) -> None:
    """LOGISTIC and TANH of int16: the sigmoid's table, and a factor that brings the input to its steps."""
    if float(builder.scale_of(output)) != OUTPUT_SCALE:
        raise ConversionError(f"{operator}: expected an output scale of 1/32768.")
    function = operator.name.lower()
    scale = builder.scale_of(x)
    logarithm = np.float32(np.log(np.float64(scale))) * np.float32(1 / np.log(2))
    nearest = int(np.rint(logarithm))
    left = 12 + nearest  # a scale of 2**-12 (or, for tanh, 2**-11) needs no more than a factor of 3
    if abs(float(logarithm) - nearest) < 1e-3 and left in ((0,) if function == "logistic" else (0, 1)):
        multiplier, shift = 3 << left, 0
    else:
        factor, shift = float(scale) * 4096.0 * 3.0, 0
        while factor <= 32767.0 / 2.0 and shift <= 30:
            factor, shift = factor * 2.0, shift + 1
        if factor > 32767.0:
            raise ConversionError(f"{operator}: an input scale of {float(scale):g} is out of range.")
        multiplier = int(factor)
    parameters = {
        "table": builder.store(f"{output}/table", sigmoid_table()),
        **store_multiplier(builder, output, "", multiplier, shift),
    }
    builder.add("lookup", (x,), output, parameters, {"function": function})
