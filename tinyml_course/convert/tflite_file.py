"""A ``.tflite`` file as plain records, checked so far that nothing in it can lead out of the file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyml_course.convert.tflite_flatbuffer import Table, damaged
from tinyml_course.convert.tflite_schema import (
    ARITY,
    EMPTY_OPTIONS,
    LAYOUTS,
    OPERATOR_NAMES,
    OPTIONAL,
    OPTIONS,
    STORED_TYPES,
    TYPE_NAMES,
)
from tinyml_course.errors import ConversionError

Array = npt.NDArray[Any]

#: More than any model for a microcontroller has; a damaged file must not make lists of gigabytes.
MOST_TENSORS = 4096
MOST_TABLES = 1 << 16
MOST_INPUTS = 256
MOST_AXES = 8
#: Values in one tensor: 4 Mi, four times the largest activation of MobileNetV2 at 224 x 224.
MOST_VALUES = 1 << 22


@dataclass(frozen=True)
class FileTensor:
    """A tensor as the file has it.

    Parameters
    ----------
    index : int
        Its number in the file.
    name : str
        May be empty, and need not be unique.
    shape : tuple of int
        With the batch axis.
    type : str
        Name of the schema, for example ``"INT8"``.
    raw : ndarray of uint8 or None
        The stored bytes, a view of the file; None for a tensor that is computed.
    scales : ndarray of float32
        One, one for each index along `axis`, or none.
    zero_points : ndarray of int64
        As many, or none.
    axis : int
        The axis that more than one scale runs along.
    problem : str
        Why the tensor cannot be used; empty for an ordinary one.
    """

    index: int
    name: str
    shape: tuple[int, ...]
    type: str
    raw: Array | None = field(repr=False)
    scales: Array
    zero_points: Array
    axis: int
    problem: str

    @property
    def size(self) -> int:
        """Number of values."""
        return math.prod(self.shape)

    def __str__(self) -> str:
        return f"tensor {self.index} {self.name!r} {self.type} {self.shape}"

    def stored(self) -> Array:
        """Return the stored values in their shape.

        Raises
        ------
        ConversionError
            If the tensor stores none, or not as many as its shape says.
        """
        if self.raw is None or self.type not in STORED_TYPES:
            raise ConversionError(f"Expected stored integers, got {self}.")
        dtype = np.dtype(STORED_TYPES[self.type]).newbyteorder("<")
        if len(self.raw) != self.size * dtype.itemsize:
            raise damaged(f"{self} needs {self.size * dtype.itemsize} bytes, {len(self.raw)} are stored")
        return self.raw.view(dtype).reshape(self.shape)


@dataclass(frozen=True)
class FileOperator:
    """An operator as the file has it: its name, tensor numbers (-1: left out) and options."""

    index: int
    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Mapping[str, Any]

    def __str__(self) -> str:
        return f"operator {self.index} ({self.name})"


@dataclass(frozen=True)
class FileModel:
    """The one subgraph of a file."""

    tensors: tuple[FileTensor, ...]
    operators: tuple[FileOperator, ...]
    input: int
    output: int
    file_bytes: int


def _operator_names(model: Table) -> list[str]:
    """Names of the kinds of operators that the file uses; ``CUSTOM:name`` for a custom one.

    Raises
    ------
    ConversionError
        For a number or a version that TensorFlow Lite does not have.
    """
    names = []
    for code in model.tables(1, MOST_TENSORS):
        number = max(int(code.number(0, "b")), int(code.number(3, "i")))
        if not 0 <= number < len(OPERATOR_NAMES):
            raise ConversionError(f"The file uses operator number {number}, which TensorFlow Lite does not have.")
        name = OPERATOR_NAMES[number]
        version, newest = int(code.number(2, "i", 1)), ARITY.get(name, (0, 0, 1 << 31))[2]
        if not 1 <= version <= newest:
            raise ConversionError(f"The file uses version {version} of {name}; LiteRT knows 1 to {newest}.")
        names.append(f"CUSTOM:{code.text(1)[:80]}" if name == "CUSTOM" else name)
    return names


def _options(name: str, operator: Table) -> dict[str, Any]:
    """Read the options that the operator's kind has."""
    table, kind = operator.table(4), operator.number(3, "B")
    if name not in OPTIONS:
        if kind not in (0, EMPTY_OPTIONS.get(name, 0)):
            raise damaged(f"an operator {name} has options of another kind")
        return {}
    union, fields = OPTIONS[name]
    if table is None or kind != union:
        if name in OPTIONAL:
            return {}
        raise damaged(f"an operator {name} has no options of its kind")
    return {
        key: table.numbers(number, form[1:], MOST_AXES) if form[0] == "*" else table.number(number, form, default)
        for key, number, form, default in fields
    }


def _operator(index: int, table: Table, names: list[str]) -> FileOperator:
    code = int(table.number(0, "I"))
    if code >= len(names):
        raise damaged(f"operator {index} is of kind {code} of {len(names)}")
    name = names[code]
    if table.numbers(8, "i4", MOST_TENSORS) or any(table.numbers(7, "u1", MOST_TENSORS)) or table.has(12):
        raise ConversionError(f"Operator {index} ({name}) has variables or new options; neither is supported.")
    inputs, outputs = (table.numbers(i, "i4", MOST_INPUTS) for i in (1, 2))
    if name in ARITY and (not ARITY[name][0] <= len(inputs) <= ARITY[name][1] or len(outputs) != 1):
        raise ConversionError(
            f"Operator {index} ({name}) has {len(inputs)} inputs and {len(outputs)} outputs; expected "
            f"{ARITY[name][0]} to {ARITY[name][1]} inputs and one output."
        )
    return FileOperator(index, name, inputs, outputs, _options(name, table) if name in ARITY else {})


def _tensor(index: int, table: Table, buffers: list[Table]) -> FileTensor:
    kind, buffer = int(table.number(1, "b")), int(table.number(2, "I"))
    if not 0 <= kind < len(TYPE_NAMES):
        raise damaged(f"tensor {index} has type {kind}, which TensorFlow Lite does not have")
    if buffer >= len(buffers):
        raise damaged(f"tensor {index} is stored in buffer {buffer} of {len(buffers)}")
    shape, signature = table.numbers(0, "i4", MOST_AXES), table.numbers(7, "i4", MOST_AXES)
    raw = buffers[buffer].vector(0, "u1")
    scales, zero_points, axis, details = _quantization(table.table(4))
    problem = ""
    if len(scales) and not 0 <= axis < max(1, len(shape)):
        raise damaged(f"tensor {index} has {len(shape)} axes and is quantized along axis {axis}")
    if len(scales) and len(zero_points) != len(scales):
        raise damaged(f"tensor {index} has {len(scales)} scales and {len(zero_points)} zero points")
    if any(size < 0 for size in shape) or -1 in signature[1:] or (signature[:1] == (-1,) and shape[:1] != (1,)):
        problem = "has a dynamic shape; convert the model with fixed shapes and a batch of 1"
    elif math.prod(shape) > MOST_VALUES:
        problem = f"has more than {MOST_VALUES:,} values, too many for any microcontroller"
    elif table.number(5, "B"):
        problem = "is a variable: models that keep a state are not supported"
    elif table.has(6) or table.has(9) or table.number(10, "I") or details:
        problem = "is sparse, stored outside the file, or quantized in a way that is not supported"
    elif buffers[buffer].number(1, "Q") > 1:
        problem = "is stored behind the end of the FlatBuffer, which only models above 2 GB need"
    stored = raw if raw is not None and len(raw) else None
    return FileTensor(index, table.text(3)[:200], shape, TYPE_NAMES[kind], stored, scales, zero_points, axis, problem)


def _quantization(table: Table | None) -> tuple[Array, Array, int, bool]:
    """Scales, zero points, their axis, and whether there are details of another scheme."""
    none = np.zeros(0, np.float32), np.zeros(0, np.int64)
    if table is None:
        return *none, 0, False
    scales, zero_points = table.vector(2, "f4"), table.vector(3, "i8")
    return (
        none[0] if scales is None else scales,
        none[1] if zero_points is None else zero_points,
        int(table.number(6, "i")),
        table.number(4, "B") != 0 or table.has(5),
    )


def _single(graph: Table, index: int, what: str, count: int) -> int:
    numbers = graph.numbers(index, "i4", MOST_TENSORS)
    if len(numbers) != 1:
        raise ConversionError(f"Expected a model with one {what}, got {len(numbers)}.")
    if not 0 <= numbers[0] < count:
        raise damaged(f"the model's {what} is tensor {numbers[0]} of {count}")
    return numbers[0]


def read_tflite(data: bytes) -> FileModel:
    """Read a ``.tflite`` file.

    Parameters
    ----------
    data : bytes
        The whole file.

    Raises
    ------
    ConversionError
        If it is not a TensorFlow Lite model of version 3, is damaged, or has several subgraphs, inputs or outputs.
    """
    if len(data) < 8:
        raise damaged(f"it has {len(data)} bytes")
    model = Table.root(data, b"TFL3")
    model.verify("Model", LAYOUTS, MOST_TENSORS, iter(range(MOST_TABLES)))
    version = int(model.number(0, "I"))
    if version != 3:
        raise ConversionError(f"Expected version 3 of the TensorFlow Lite schema, got {version}.")
    graphs = model.tables(2, MOST_TENSORS)
    if len(graphs) != 1:
        raise ConversionError(f"Expected a model with one subgraph, got {len(graphs)}. Control flow is not supported.")
    if model.has(9) or model.has(8):
        raise ConversionError("The model keeps its weights in other files, which is not supported.")
    names, buffers = _operator_names(model), model.tables(4, MOST_TENSORS)
    tensors = tuple(_tensor(i, t, buffers) for i, t in enumerate(graphs[0].tables(0, MOST_TENSORS)))
    operators = tuple(_operator(i, t, names) for i, t in enumerate(graphs[0].tables(3, MOST_TENSORS)))
    for operator in operators:
        if not all(-1 <= number < len(tensors) for number in operator.inputs + operator.outputs):
            raise damaged(f"{operator} names a tensor that the file does not have")
    ends = [_single(graphs[0], i, what, len(tensors)) for i, what in ((1, "input"), (2, "output"))]
    return FileModel(tensors, operators, ends[0], ends[1], len(data))
