"""SOFTMAX, LOGISTIC and TANH of int8 to tables of 256 entries at most."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyml_course.convert.tflite_builder import Builder
from tinyml_course.convert.tflite_file import FileOperator
from tinyml_course.convert.tflite_tables16 import lookup_16, softmax_16
from tinyml_course.errors import ConversionError
from tinyml_course.fixed_point import (
    INT32_MAX,
    exp_on_negative_values,
    multiply_by_quantized_multiplier,
    one_minus_x_over_one_plus_x,
    one_over_one_plus_x,
    quantize_multiplier,
    round_half_away,
    rounding_divide_by_pot,
    saturating_rounding_doubling_high_mul,
)
from tinyml_course.graph import Encoding

Array = npt.NDArray[Any]


def input_radius(integer_bits: int, shift: int) -> int:
    """Largest difference that a fixed-point function still computes (``CalculateInputRadius``)."""
    return math.floor(((1 << integer_bits) - 1) * 2.0 ** (31 - integer_bits) / 2.0**shift)


def softmax_exponentials(scale: float, beta: float) -> Array:
    """``exp`` of each difference to the largest code, as the fixed-point softmax computes it.

    Parameters
    ----------
    scale, beta : float
        Of the input, and of the operator; their product lies above 2**-26.

    Returns
    -------
    ndarray of int32, shape (n,), n <= 256
        Element d is ``exp(-d * scale * beta)`` in Q0.31; differences from n on count as zero.
        ``PreprocessSoftmaxScaling``, ``CalculateInputRadius`` and ``exp_on_negative_values``.
    """
    multiplier, shift = quantize_multiplier(min(beta * scale * (1 << 26), 2.0**31 - 1))
    differences = -np.arange(min(input_radius(5, shift), 255) + 1, dtype=np.int64)
    scaled = saturating_rounding_doubling_high_mul(differences << shift, multiplier)
    return exp_on_negative_values(scaled, 5).astype(np.int32)


def softmax(builder: Builder, operator: FileOperator) -> None:
    """SOFTMAX over the last axis: ``softmax`` with a table of exponentials."""
    x, output = builder.computed(operator, 0), builder.output(operator)
    places = builder.tensors[x], builder.tensors[output]
    if places[0].shape != places[1].shape or not places[0].shape:
        raise ConversionError(f"{operator}: expected input and output of the same shape.")
    if places[0].dtype == places[1].dtype == np.int16:
        return softmax_16(builder, operator, x, output)
    if not places[0].dtype == places[1].dtype == np.int8:
        raise ConversionError(f"{operator}: expected int8 or int16 input and output.")
    if builder.scale_of(output) != np.float32(1 / 256) or builder.zero_point_of(output) != -128:
        raise ConversionError(f"{operator}: expected an output scale of 1/256 and zero point -128.")
    if places[0].shape[-1] >= 1 << 12:  # the sum of exponentials is Q12.19
        raise ConversionError(f"{operator}: a softmax over {places[0].shape[-1]} values overflows its sum.")
    scale, beta = float(builder.scale_of(x)), float(operator.options["beta"])
    if not beta * scale * (1 << 26) > 1.0:  # TensorFlow Lite aborts
        raise ConversionError(f"{operator}: expected scale times beta above 2**-26, got {scale * beta:g}.")
    table = softmax_exponentials(scale, beta)
    builder.add("softmax", (x,), output, {"exponentials": builder.store(f"{output}/exponentials", table)})


def fixed_point_table(function: str, scale: float, zero_point: int) -> Array:
    """What TFLite Micro computes for each of the 256 codes, with int32 arithmetic.

    ``reference_integer_ops::Logistic`` and ``Tanh`` for int8 in ``integer_ops/logistic.h`` and ``tanh.h``: the
    input becomes Q4.27, and its result is rounded to 8 or 7 fraction bits.
    """
    multiplier, shift = quantize_multiplier(scale * 2.0**27)
    radius = input_radius(4, shift)
    centred = np.arange(-128, 128, dtype=np.int64) - zero_point
    inside = np.where(np.abs(centred) < radius, centred, 0)
    x = multiply_by_quantized_multiplier(inside, multiplier, shift)
    if function == "logistic":
        positive = one_over_one_plus_x(exp_on_negative_values(-np.abs(x), 4))
        result = np.select([x == 0, x > 0], [np.int64(1 << 30), positive], INT32_MAX - positive)
        codes = rounding_divide_by_pot(result, 23) - 128
    else:
        magnitude = one_minus_x_over_one_plus_x(exp_on_negative_values(-np.abs(x), 5))
        codes = rounding_divide_by_pot(np.where(x == 0, 0, np.sign(x) * magnitude), 24)
    saturated = np.where(centred <= -radius, -128, np.where(centred >= radius, 127, codes))
    return np.clip(saturated, -128, 127).astype(np.int8)


def float_table(function: str, x: Encoding, y: Encoding) -> Array:
    """What LiteRT's reference kernel stores for each of the 256 codes (``LUTPopulate``), with float32."""
    f4 = np.float32
    real = f4(x.one_scale) * (np.arange(-128, 128) - x.zero_point).astype(f4)
    with np.errstate(over="ignore"):
        if function == "logistic":
            result = f4(1) / (f4(1) + np.exp(-real.astype(np.float64)).astype(f4))
        else:
            result = np.tanh(real.astype(np.float64)).astype(f4)
    codes = round_half_away((result * (f4(1) / f4(y.one_scale))).astype(f4)) + y.zero_point
    return np.clip(codes, -128, 127).astype(np.int8)


def lookup(builder: Builder, operator: FileOperator) -> None:
    """LOGISTIC and TANH: ``lookup`` in a table, index = code + 128."""
    x, output = builder.computed(operator, 0), builder.output(operator)
    places = builder.tensors[x], builder.tensors[output]
    same = places[0].shape == places[1].shape and places[0].dtype == places[1].dtype
    if same and places[0].dtype == np.int16:
        return lookup_16(builder, operator, x, output)
    if not same or places[0].dtype != np.int8:
        raise ConversionError(f"{operator}: expected int8 or int16 input and output of the same shape.")
    function = operator.name.lower()
    expected = (2.0**-8, -128) if function == "logistic" else (2.0**-7, 0)
    if (float(builder.scale_of(output)), builder.zero_point_of(output)) != expected:
        raise ConversionError(f"{operator}: expected an output scale of {expected[0]} and zero point {expected[1]}.")
    source, target = places[0].encoding, places[1].encoding
    assert source is not None and target is not None
    if not 2.0**-50 < source.one_scale < 2.0**30:  # further out, TFLite Micro's shift leaves its range
        raise ConversionError(f"{operator}: an input scale of {source.one_scale:g} is out of range.")
    if builder.rounding == "tflm":
        table = fixed_point_table(function, source.one_scale, source.zero_point)
    else:
        table = float_table(function, source, target)
    parameters = {"table": builder.store(f"{output}/table", table)}
    builder.add("lookup", (x,), output, parameters, {"function": function})


CONVERTERS = {"SOFTMAX": softmax, "LOGISTIC": lookup, "TANH": lookup}
