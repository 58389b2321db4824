"""ADD, MUL, RELU, RELU6 and QUANTIZE to integers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyml_course.convert.tflite_builder import Builder
from tinyml_course.convert.tflite_file import FileOperator
from tinyml_course.errors import ConversionError
from tinyml_course.fixed_point import quantize_multiplier
from tinyml_course.graph import Attribute, Encoding
from tinyml_course.intervals import Interval

Array = npt.NDArray[Any]


def store_multiplier(builder: Builder, output: str, prefix: str, multiplier: int, shift: int) -> dict[str, str]:
    """Store one multiplier and its shift under the roles ``PREFIXmultiplier`` and ``PREFIXshift``."""
    return {
        f"{prefix}multiplier": builder.store(f"{output}/{prefix}multiplier", np.array(multiplier, np.int32)),
        f"{prefix}shift": builder.store(f"{output}/{prefix}shift", np.array(shift, np.int8)),
    }


@dataclass(frozen=True)
class _Operand:
    """One side of ADD or MUL: computed, or stored with the model."""

    name: str | None
    values: Array | None
    encoding: Encoding
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def scale(self) -> np.float32:
        return np.float32(self.encoding.one_scale)

    @property
    def span(self) -> tuple[int, int]:
        """Smallest and largest value, zero point taken off."""
        limits = np.iinfo(self.dtype)
        low, high = int(limits.min), int(limits.max)
        if self.values is not None:
            low, high = int(self.values.min()), int(self.values.max())
        return low - self.encoding.zero_point, high - self.encoding.zero_point


def _operand(builder: Builder, operator: FileOperator, position: int, rank: int) -> _Operand:
    if builder.is_computed(operator, position):
        place = builder.tensors[builder.computed(operator, position)]
        assert place.encoding is not None
        return _Operand(place.name, None, place.encoding, place.shape, place.dtype)
    values = builder.constant(operator, position, ("INT8", "INT16"))
    encoding = builder.encoding(builder.tensor(operator, position))
    if values.ndim > rank and values.shape[0] == 1:
        values = values[0]  # the batch axis
    if values.ndim > rank or values.size == 0:
        raise ConversionError(f"{operator}: a constant of shape {values.shape} does not fit the output.")
    return _Operand(None, values, encoding, values.shape, values.dtype.newbyteorder("="))


def _operands(builder: Builder, operator: FileOperator, output: str) -> tuple[list[_Operand], dict[str, str]]:
    """Both sides, and the stored one as a parameter."""
    if len(operator.inputs) != 2:
        raise ConversionError(f"{operator}: expected two inputs, got {len(operator.inputs)}.")
    place = builder.tensors[output]
    sides = [_operand(builder, operator, position, len(place.shape)) for position in (0, 1)]
    computed = [side for side in sides if side.name is not None]
    if not computed:
        raise ConversionError(f"{operator}: both inputs are stored; nothing depends on the model's input.")
    if {side.dtype for side in sides} != {place.dtype} or place.dtype == np.uint8:
        raise ConversionError(f"{operator}: expected int8 or int16 inputs and output of one type.")
    if any(len(side.shape) != len(place.shape) for side in computed):
        raise ConversionError(f"{operator}: expected computed inputs with as many axes as the output.")
    try:
        shape = np.broadcast_shapes(*(side.shape for side in sides))
    except ValueError:
        shape = ()
    if shape != place.shape:
        raise ConversionError(
            f"{operator}: inputs of shapes {sides[0].shape} and {sides[1].shape} do not give {place.shape}."
        )
    parameters = {}
    for side in sides:
        if side.values is not None:
            parameters["constant"] = builder.store(f"{output}/constant", side.values, side.encoding)
    return sides, parameters


def _finish(
    builder: Builder,
    operator: FileOperator,
    output: str,
    sides: list[_Operand],
    parameters: dict[str, str],
    attributes: dict[str, Attribute],
) -> None:
    inputs = [side.name for side in sides if side.name is not None]
    if len(inputs) == 1:
        attributes["constant_side"] = "a" if sides[0].name is None else "b"
    low, high = builder.activation_range(operator, output)
    attributes |= {"activation_min": low, "activation_max": high, "rounding": "double"}
    builder.add(operator.name.lower(), inputs, output, parameters, attributes)


def add(builder: Builder, operator: FileOperator) -> None:
    """ADD: both inputs are brought to twice the larger scale with extra bits, added, and requantized."""
    output = builder.output(operator)
    sides, parameters = _operands(builder, operator, output)
    left_shift = 15 if builder.tensors[output].dtype == np.int16 else 20
    if left_shift == 15 and builder.rounding == "litert" and operator.options["pot_scale_int16"]:
        raise ConversionError(f"{operator}: LiteRT's int16 addition for power-of-two scales is not supported.")
    twice = 2 * float(max(side.scale for side in sides))
    factors = {"a_": float(sides[0].scale) / twice, "b_": float(sides[1].scale) / twice}
    factors[""] = twice / ((1 << left_shift) * float(builder.scale_of(output)))
    for prefix, factor in factors.items():
        if not 0 < factor < 1:
            raise ConversionError(f"{operator}: the scales of inputs and output are too far apart.")
        multiplier, shift = quantize_multiplier(factor)
        if shift > 0:
            raise ConversionError(f"{operator}: the scales of inputs and output are too far apart.")
        parameters |= store_multiplier(builder, output, prefix, multiplier, shift)
    _finish(builder, operator, output, sides, parameters, {"left_shift": left_shift})


def mul(builder: Builder, operator: FileOperator) -> None:
    """MUL: the product, zero points taken off, is requantized."""
    output = builder.output(operator)
    sides, parameters = _operands(builder, operator, output)
    scales = [side.scale for side in sides]
    if builder.rounding == "litert":  # LiteRT takes the product of scales in float32, TFLite Micro in float64
        with np.errstate(over="ignore", under="ignore"):
            factor = float(scales[0] * scales[1] / builder.scale_of(output))
    else:
        factor = float(scales[0]) * float(scales[1]) / float(builder.scale_of(output))
    corners = np.outer(sides[0].span, sides[1].span)
    pair = checked_multiplier(
        builder, operator, factor, (int(corners.min()), int(corners.max())), builder.zero_point_of(output)
    )
    parameters |= store_multiplier(builder, output, "", *pair)
    _finish(builder, operator, output, sides, parameters, {})


def checked_multiplier(
    builder: Builder, operator: FileOperator, factor: float, span: tuple[int, int], zero_point: int
) -> tuple[int, int]:
    """Multiplier and shift of a factor; proves that values from span[0] to span[1] cannot overflow."""
    if not (np.isfinite(factor) and 0 <= factor < 2.0**30):
        raise ConversionError(f"{operator}: a factor of {factor:g} between the scales is out of range.")
    multiplier, shift = quantize_multiplier(factor)
    sums = Interval(np.array([span[0]]), np.array([span[1]]))
    builder.prove(operator, sums, np.array([multiplier]), np.array([shift]), zero_point)
    return multiplier, shift


def _rescale(builder: Builder, operator: FileOperator, kind: str, real_range: tuple[float, float] | None) -> None:
    """``quantize`` and ``relu``: another scale and zero point, and perhaps a range of real numbers."""
    x, output = builder.computed(operator, 0), builder.output(operator)
    places = builder.tensors[x], builder.tensors[output]
    if places[0].shape != places[1].shape:
        raise ConversionError(f"{operator}: expected input and output of the same shape.")
    scales = builder.scale_of(x), builder.scale_of(output)
    low, high = builder.codes(output)
    factor = float(scales[0]) / float(scales[1])
    if real_range is not None:
        if builder.rounding == "litert":  # LiteRT's activations divide in float32
            with np.errstate(over="ignore", under="ignore"):
                factor = float(scales[0] / scales[1])
        low = max(low, builder.code(operator, output, real_range[0]))
        high = high if np.isinf(real_range[1]) else min(high, builder.code(operator, output, real_range[1]))
    zero_point = builder.zero_point_of(x)
    span = builder.codes(x)[0] - zero_point, builder.codes(x)[1] - zero_point
    pair = checked_multiplier(builder, operator, factor, span, builder.zero_point_of(output))
    attributes: dict[str, Attribute] = {"activation_min": low, "activation_max": high, "rounding": "double"}
    builder.add(kind, (x,), output, store_multiplier(builder, output, "", *pair), attributes)


def quantize(builder: Builder, operator: FileOperator) -> None:
    """QUANTIZE between integers: another scale, zero point or type."""
    _rescale(builder, operator, "quantize", None)


def relu(builder: Builder, operator: FileOperator) -> None:
    """RELU and RELU6 as operators of their own, with a requantization."""
    x, output = (builder.tensor(operator, 0, outputs=outputs) for outputs in (False, True))
    if x.type != output.type or x.type == "UINT8":
        raise ConversionError(f"{operator}: expected int8 or int16 input and output of the same type.")
    six = operator.name == "RELU6"
    if six and builder.rounding == "tflm" and builder.encoding(x) != builder.encoding(output):
        raise ConversionError(
            f"{operator}: TFLite Micro's RELU6 ignores that its input and output have different scales. "
            'Use rounding="litert", or fuse the activation into the layer before it.'
        )
    _rescale(builder, operator, operator.name.lower(), (0.0, 6.0 if six else np.inf))


CONVERTERS = {"ADD": add, "MUL": mul, "RELU": relu, "RELU6": relu, "QUANTIZE": quantize}
