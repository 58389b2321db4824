"""ADD, RELU, RELU6, QUANTIZE, SOFTMAX to integers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyml_course.convert.tflite_builder import Builder
from tinyml_course.convert.tflite_file import FileOperator
from tinyml_course.errors import ConversionError
from tinyml_course.fixed_point import (
    exp_on_negative_values,
    quantize_multiplier,
    saturating_rounding_doubling_high_mul,
)

Array = npt.NDArray[Any]


def store_multiplier(builder: Builder, output: str, prefix: str, multiplier: int, shift: int) -> dict[str, str]:
    """Store one multiplier and its shift under the roles ``PREFIXmultiplier`` and ``PREFIXshift``."""
    return {
        f"{prefix}multiplier": builder.store(f"{output}/{prefix}multiplier", np.array(multiplier, np.int32)),
        f"{prefix}shift": builder.store(f"{output}/{prefix}shift", np.array(shift, np.int8)),
    }


def softmax_exponentials(scale: float, beta: float) -> Array:
    """``exp`` of each difference to the largest code, as the fixed-point softmax computes it.

    Parameters
    ----------
    scale, beta : float
        Of the input, and of the operator.

    Returns
    -------
    ndarray of int32, shape (n,), n <= 256
        Element d is ``exp(-d * scale * beta)`` in Q0.31; differences from n on count as zero.
        ``PreprocessSoftmaxScaling``, ``CalculateInputRadius`` and ``exp_on_negative_values``.
    """
    factor = min(beta * scale * (1 << 26), 2.0**31 - 1)
    if not factor > 1.0:
        raise ConversionError(f"Expected scale times beta of a SOFTMAX above 2**-26, got {scale * beta:g}.")
    multiplier, shift = quantize_multiplier(factor)
    radius = math.floor(31 * 2.0**26 / 2.0**shift)
    differences = -np.arange(min(radius, 255) + 1, dtype=np.int64)
    scaled = saturating_rounding_doubling_high_mul(differences << shift, multiplier)
    return exp_on_negative_values(scaled, 5).astype(np.int32)


def softmax(builder: Builder, operator: FileOperator) -> None:
    """SOFTMAX over the last axis: ``softmax`` with a table of exponentials."""
    x, output = builder.computed(operator, 0), builder.output(operator)
    places = builder.tensors[x], builder.tensors[output]
    if places[0].shape != places[1].shape or not places[0].shape:
        raise ConversionError(f"{operator}: expected input and output of the same shape.")
    if not places[0].dtype == places[1].dtype == np.int8:
        raise ConversionError(f"{operator}: expected int8 input and output.")
    if builder.scale_of(output) != np.float32(1 / 256) or builder.zero_point_of(output) != -128:
        raise ConversionError(f"{operator}: expected an output scale of 1/256 and zero point -128.")
    if places[0].shape[-1] >= 1 << 12:  # the sum of exponentials is Q12.19
        raise ConversionError(f"{operator}: a softmax over {places[0].shape[-1]} values overflows its sum.")
    table = softmax_exponentials(float(builder.scale_of(x)), float(operator.options["beta"]))
    builder.add("softmax", (x,), output, {"exponentials": builder.store(f"{output}/exponentials", table)})


def add(builder: Builder, operator: FileOperator) -> None:
    """ADD: both inputs are brought to twice the larger scale with 20 extra bits, added, and requantized."""
    names = [builder.computed(operator, i) for i in (0, 1)]
    output = builder.output(operator)
    attributes = builder.activation_range(operator, output)
    shapes = [builder.tensors[name].shape for name in (*names, output)]
    if len(set(shapes)) > 1:
        raise ConversionError(f"{operator}: expected inputs and output of one shape, got {shapes}.")
    scales = [float(builder.scale_of(name)) for name in names]
    left_shift = 20
    twice = 2 * max(scales)
    parameters: dict[str, str] = {}
    factors = {"a_": scales[0] / twice, "b_": scales[1] / twice}
    factors[""] = twice / ((1 << left_shift) * float(builder.scale_of(output)))
    for prefix, factor in factors.items():
        if not 0 < factor < 1:
            raise ConversionError(f"{operator}: the scales of inputs and output are too far apart.")
        parameters |= store_multiplier(builder, output, prefix, *quantize_multiplier(factor))
    builder.add("add", names, output, parameters, {"left_shift": left_shift, **attributes, "rounding": "double"})


CONVERTERS = {"ADD": add, "SOFTMAX": softmax}
