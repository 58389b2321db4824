"""What every operator's conversion needs: checked tensors, unique names, stored parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyml_course.convert.tflite_file import FileModel, FileOperator, FileTensor
from tinyml_course.convert.tflite_schema import ACTIVATIONS
from tinyml_course.errors import ConversionError
from tinyml_course.fixed_point import (
    INT32_MAX,
    INT32_MIN,
    multiply_by_quantized_multiplier,
    round_half_away,
)
from tinyml_course.graph import Attribute, Encoding, Operator, Tensor
from tinyml_course.intervals import Interval

Array = npt.NDArray[Any]

#: Types that activations may have. uint8 only for the ends of a model, which QUANTIZE turns into int8.
ACTIVATION_TYPES: dict[str, np.dtype[Any]] = {
    "INT8": np.dtype(np.int8),
    "INT16": np.dtype(np.int16),
    "UINT8": np.dtype(np.uint8),
}
#: Stored values may be shared by tensors, but not without end (a damaged file could).
MOST_COPIES = 4
#: Values that all operators together compute for one sample.
MOST_COMPUTED = 1 << 26


@dataclass
class Builder:
    """A graph in the making.

    Parameters
    ----------
    model : FileModel
        What is converted.
    rounding : {"tflm", "litert"}
        Whose integers are meant.
    """

    model: FileModel
    rounding: str
    tensors: dict[str, Tensor] = field(default_factory=dict)
    operators: list[Operator] = field(default_factory=list)
    folded: dict[int, Array] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    _stored_bytes: int = 0
    _values: int = 0

    # Tensors

    def tensor(self, operator: FileOperator, position: int, outputs: bool = False) -> FileTensor:
        """Return an input (or output) of an operator as the file has it.

        Raises
        ------
        ConversionError
            If the file has no such tensor, or it is of a kind that is not supported.
        """
        numbers = operator.outputs if outputs else operator.inputs
        if position >= len(numbers) or not 0 <= numbers[position] < len(self.model.tensors):
            raise ConversionError(
                f"{operator} lacks its {'output' if outputs else 'input'} {position}: the file is damaged."
            )
        tensor = self.model.tensors[numbers[position]]
        if tensor.problem:
            raise ConversionError(f"{operator}: {tensor} {tensor.problem}.")
        return tensor

    def encoding(self, tensor: FileTensor) -> Encoding:
        """Return the scale and zero point of a whole tensor.

        Raises
        ------
        ConversionError
            Without exactly one scale and zero point, or with ones outside their range.
        """
        if tensor.type not in ACTIVATION_TYPES:
            raise ConversionError(
                f"Expected a model in integers only (int8 or int16 activations), got {tensor}. "
                'Convert it with whole-integer quantization, for example tc.quantize(model, x, mode="int8").'
            )
        if len(tensor.scales) != 1 or len(tensor.zero_points) != 1:
            raise ConversionError(
                f"Expected one scale and one zero point, got {len(tensor.scales)} and {len(tensor.zero_points)} "
                f"of {tensor}."
            )
        scale, zero_point = float(tensor.scales[0]), int(tensor.zero_points[0])
        if not (np.isfinite(scale) and scale > 0):
            raise ConversionError(f"Expected a scale that is finite and above zero, got {scale} of {tensor}.")
        limits = np.iinfo(ACTIVATION_TYPES[tensor.type])
        if not limits.min <= zero_point <= limits.max:
            raise ConversionError(f"The zero point {zero_point} lies outside the type of {tensor}.")
        if tensor.type == "INT16" and zero_point:
            raise ConversionError(f"Expected zero point 0 for int16, got {zero_point} of {tensor}.")
        return Encoding(scale, zero_point)

    def sample_shape(self, tensor: FileTensor) -> tuple[int, ...]:
        """Return the shape without the batch axis, which must be 1."""
        if not tensor.shape or tensor.shape[0] != 1 or tensor.size == 0:
            raise ConversionError(f"Expected a first axis (the batch) of 1 and no empty axis, got {tensor}.")
        return tensor.shape[1:]

    def computed(self, operator: FileOperator, position: int) -> str:
        """Return the name of a computed input.

        Raises
        ------
        ConversionError
            If it is stored, or used before it is computed.
        """
        tensor = self.tensor(operator, position)
        if tensor.index not in self.names or tensor.index in operator.outputs:
            what = "stored" if tensor.raw is not None else "not computed before it is used"
            raise ConversionError(f"{operator}: expected a computed input {position}, got {tensor}, which is {what}.")
        return self.names[tensor.index]

    def is_computed(self, operator: FileOperator, position: int) -> bool:
        """Whether an input is computed by an operator before, or is the model's input."""
        index = self.tensor(operator, position).index
        return index in self.names and index not in operator.outputs

    def alias(self, tensor: FileTensor, name: str) -> None:
        """Let a tensor of the file stand for one of the graph."""
        self.names[tensor.index] = name

    def declare(self, tensor: FileTensor) -> str:
        """Make a place for a computed tensor and return its name."""
        if tensor.index in self.names or tensor.raw is not None:
            raise ConversionError(f"{tensor} is computed twice, or stored and computed: the file is damaged.")
        encoding, shape = self.encoding(tensor), self.sample_shape(tensor)
        self._values += tensor.size
        if self._values > MOST_COMPUTED:
            raise ConversionError(f"The model computes more than {MOST_COMPUTED:,} values.")
        name, dtype = self._unique(tensor.name or f"tensor_{tensor.index}"), ACTIVATION_TYPES[tensor.type]
        self.tensors[name] = Tensor(name, shape, dtype, bits=dtype.itemsize * 8, encoding=encoding)
        self.names[tensor.index] = name
        return name

    def output(self, operator: FileOperator) -> str:
        """Make a place for the operator's one output and return its name."""
        if len(operator.outputs) != 1:
            raise ConversionError(f"{operator}: expected one output, got {len(operator.outputs)}.")
        return self.declare(self.tensor(operator, 0, outputs=True))

    def _unique(self, name: str) -> str:
        candidate, number = name, 1
        while candidate in self.tensors:
            number += 1
            candidate = f"{name}_{number}"
        return candidate

    # Stored values

    def constant(self, operator: FileOperator, position: int, types: Sequence[str]) -> Array:
        """Return the stored (or folded) values of an input."""
        tensor = self.tensor(operator, position)
        if tensor.type not in types:
            raise ConversionError(f"{operator}: expected input {position} of type {' or '.join(types)}, got {tensor}.")
        if tensor.index in self.folded:
            return self.folded[tensor.index]
        if tensor.raw is None:
            raise ConversionError(f"{operator}: expected stored values as input {position}, got {tensor}.")
        return tensor.stored()

    def store(self, name: str, values: Array, encoding: Encoding | None = None) -> str:
        """Keep values as a parameter, in their dtype; return the tensor's name.

        Raises
        ------
        ConversionError
            If the parameters become many times larger than the file.
        """
        array = np.asarray(values)
        dtype = array.dtype.newbyteorder("=")
        self._stored_bytes += array.nbytes
        if self._stored_bytes > MOST_COPIES * self.model.file_bytes + (1 << 16):
            raise ConversionError("The tensors share their stored values too often: the file is damaged.")
        unique = self._unique(name)
        self.tensors[unique] = Tensor(unique, array.shape, dtype, array, dtype.itemsize * 8, encoding)
        return unique

    def add(
        self,
        kind: str,
        inputs: Sequence[str],
        output: str,
        parameters: Mapping[str, str] | None = None,
        attributes: Mapping[str, Attribute] | None = None,
    ) -> None:
        """Append an operator."""
        self.operators.append(Operator(kind, tuple(inputs), (output,), parameters or {}, attributes or {}))

    # Arithmetic

    def scale_of(self, name: str) -> np.float32:
        """Return the scale of a computed tensor, in the precision of the file."""
        encoding = self.tensors[name].encoding
        assert encoding is not None
        return np.float32(encoding.one_scale)

    def zero_point_of(self, name: str) -> int:
        """Return the zero point of a computed tensor."""
        encoding = self.tensors[name].encoding
        assert encoding is not None
        return encoding.zero_point

    def codes(self, name: str) -> tuple[int, int]:
        """Return the smallest and largest integer that a computed tensor's type has."""
        limits = np.iinfo(self.tensors[name].dtype)
        return int(limits.min), int(limits.max)

    def activation_range(self, operator: FileOperator, output: str) -> tuple[int, int]:
        """Return the smallest and largest code that a fused activation keeps (``CalculateActivationRangeQuantized``).

        Raises
        ------
        ConversionError
            For an activation that is not supported, or limits outside 32 bits.
        """
        number = int(operator.options["activation"])
        name = ACTIVATIONS[number] if 0 <= number < len(ACTIVATIONS) else f"number {number}"
        bounds = {"NONE": (None, None), "RELU": (0, None), "RELU_N1_TO_1": (-1, 1), "RELU6": (0, 6)}
        if name not in bounds:
            raise ConversionError(f"{operator}: the fused activation {name} is not supported; use {', '.join(bounds)}.")
        low, high = self.codes(output)
        least, most = bounds[name]
        return (
            low if least is None else max(low, self.code(operator, output, least)),
            high if most is None else min(high, self.code(operator, output, most)),
        )

    def code(self, operator: FileOperator, output: str, real: float) -> int:
        """Return the code of a real number: a float32 division, halves rounded away from zero."""
        with np.errstate(over="ignore"):
            quotient = np.float32(real) / self.scale_of(output)
        if not abs(float(quotient)) < INT32_MAX - 2**16:
            raise ConversionError(f"{operator}: {real:g} / {self.scale_of(output)} does not fit into 32 bits.")
        return self.zero_point_of(output) + int(round_half_away(quotient))

    def prove(
        self,
        operator: FileOperator,
        sums: Interval,
        multiplier: Array,
        shift: Array,
        zero_point: int,
        rounding: str = "double",
    ) -> None:
        """Prove that requantization stays within 32 bits.

        Raises
        ------
        ConversionError
            Where TensorFlow Lite would overflow.
        """
        if rounding == "reduced" and np.max(shift) > 7:
            raise ConversionError(f"{operator}: a factor of 2**{np.max(shift)} is too large for 16-bit multipliers.")
        for end in (sums.low, sums.high) if rounding == "double" else ():
            shifted = np.asarray(end, object) * 2 ** np.maximum(np.asarray(shift, object), 0)
            if not np.all((shifted >= INT32_MIN) & (shifted <= INT32_MAX)):
                raise ConversionError(f"{operator}: an accumulator of {int(np.max(np.abs(end)))} overflows 32 bits.")
        for end in (sums.low, sums.high):
            result = multiply_by_quantized_multiplier(end, multiplier, shift, rounding) + zero_point
            if not np.all((result >= INT32_MIN) & (result <= INT32_MAX)):
                raise ConversionError(f"{operator}: a requantized sum overflows 32 bits.")
