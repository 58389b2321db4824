"""Writes ``.tflite`` files: FlatBuffers by hand, so that a test can say every number in them.

The reader in ``tinyml_course.convert`` is never used here: the real interpreters judge what is written.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

import numpy as np

from tinyml_course.convert.tflite_schema import OPERATOR_NAMES, OPTIONS, TYPE_NAMES

SAME, VALID = 0, 1
#: Fields of the options tables: name to (field number, struct format).
FIELDS = {name: {key: (number, form) for key, number, form, _ in fields} for name, (_, fields) in OPTIONS.items()}
#: Numbers of options tables without fields that matter.
EMPTY_OPTIONS = {"PAD": 22, "QUANTIZE": 89, "DEQUANTIZE": 38}


@dataclass
class Number:
    """A number inside a table."""

    form: str
    value: float


@dataclass
class Vector:
    """A vector of numbers; its data start at a multiple of `align`."""

    values: np.ndarray
    align: int = 4


class Writer:
    """Puts tables one behind the other; offsets to children are filled in when the children are placed."""

    def __init__(self) -> None:
        self.data = bytearray()

    def _pad(self, align: int, ahead: int = 0) -> None:
        while (len(self.data) + ahead) % align:
            self.data.append(0)

    def _point(self, position: int) -> None:
        """Let the offset at `position` point to the end of what is written."""
        struct.pack_into("<I", self.data, position, len(self.data) - position)

    def vector(self, values: np.ndarray, align: int) -> None:
        self._prepared(align)
        self.data += struct.pack("<I", len(values)) + values.tobytes()

    def _prepared(self, align: int) -> None:
        self._pad(max(4, align), ahead=4)

    def place(self, position: int, item: object) -> None:
        """Write `item` and let the offset at `position` point to it."""
        if isinstance(item, str):
            self._pad(4)
            self._point(position)
            raw = item.encode()
            self.data += struct.pack("<I", len(raw)) + raw + b"\0"
        elif isinstance(item, Vector):
            self._prepared(max(item.align, item.values.dtype.itemsize))
            self._point(position)
            self.data += struct.pack("<I", len(item.values)) + item.values.tobytes()
        elif isinstance(item, list):
            self._pad(4)
            self._point(position)
            self.data += struct.pack("<I", len(item))
            first = len(self.data)
            self.data += bytes(4 * len(item))
            for i, child in enumerate(item):
                self.place(first + 4 * i, child)
        else:
            assert isinstance(item, dict)
            self.table(position, item)

    def table(self, position: int, fields: dict[int, object]) -> None:
        """A table: first its list of fields (vtable), then the fields, largest numbers first."""
        fields = {number: value for number, value in fields.items() if value is not None}
        form = {n: "<" + v.form if isinstance(v, Number) else "<I" for n, v in fields.items()}
        order = sorted(fields, key=lambda n: -struct.calcsize(form[n]))
        offsets, size = {}, 4
        for number in order:
            width = struct.calcsize(form[number])
            size += -size % width
            offsets[number], size = size, size + width
        entries = [offsets.get(number, 0) for number in range(max(fields, default=-1) + 1)]
        self._pad(4)
        vtable = len(self.data)
        self.data += struct.pack(f"<{len(entries) + 2}H", 4 + 2 * len(entries), size, *entries)
        self._pad(8)
        self._pad(8, ahead=4 if any(struct.calcsize(f) == 8 for f in form.values()) else 0)
        start = len(self.data)
        self._point(position)
        self.data += struct.pack("<i", start - vtable) + bytes(size - 4)
        for number, value in fields.items():
            if isinstance(value, Number):
                struct.pack_into(form[number], self.data, start + offsets[number], value.value)
        for number, value in fields.items():
            if not isinstance(value, Number):
                self.place(start + offsets[number], value)


def ints(values: object, dtype: str = "<i4") -> Vector:
    return Vector(np.asarray(values, np.dtype(dtype)).reshape(-1))


@dataclass
class ModelFile:
    """A model to be written: add tensors and operators, then ask for the bytes."""

    tensors: list[dict[int, object]] = field(default_factory=list)
    buffers: list[dict[int, object]] = field(default_factory=lambda: [{}])
    operators: list[dict[int, object]] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    inputs: list[int] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
    shapes: list[tuple[int, ...]] = field(default_factory=list)
    version: int = 3
    subgraphs: int = 1
    extra: dict[int, object] = field(default_factory=dict)

    def tensor(
        self,
        shape: tuple[int, ...],
        kind: str = "INT8",
        scale: object = None,
        zero_point: object = 0,
        data: np.ndarray | None = None,
        axis: int = 0,
        name: str | None = None,
    ) -> int:
        """Add a tensor and return its number."""
        buffer = 0
        if data is not None:
            buffer = len(self.buffers)
            little = np.ascontiguousarray(data, data.dtype.newbyteorder("<"))
            self.buffers.append({0: Vector(np.frombuffer(little.tobytes(), np.uint8), 16)})
        quantization: dict[int, object] | None = None
        if scale is not None:
            scales = np.atleast_1d(np.asarray(scale, "<f4"))
            zeros = np.broadcast_to(np.asarray(zero_point, "<i8"), scales.shape).copy()
            quantization = {2: Vector(scales), 3: Vector(zeros, 8), 6: Number("i", axis)}
        self.tensors.append(
            {
                0: ints(shape),
                1: Number("b", TYPE_NAMES.index(kind)),
                2: Number("I", buffer),
                3: f"t{len(self.tensors)}" if name is None else name,
                4: quantization,
            }
        )
        self.shapes.append(tuple(shape))
        return len(self.tensors) - 1

    def operator(self, name: str, inputs: list[int], outputs: list[int], **options: float) -> None:
        """Add an operator with its options."""
        if name not in self.codes:
            self.codes.append(name)
        fields: dict[int, object] = {
            0: Number("I", self.codes.index(name)),
            1: ints(inputs),
            2: ints(outputs),
        }
        if name in OPTIONS:
            table = {FIELDS[name][key][0]: Number(FIELDS[name][key][1], v) for key, v in options.items()}
            fields |= {3: Number("B", OPTIONS[name][0]), 4: table}
        elif name in EMPTY_OPTIONS:
            fields |= {3: Number("B", EMPTY_OPTIONS[name]), 4: {}}
        self.operators.append(fields)

    def _code(self, name: str) -> dict[int, object]:
        if name.startswith("CUSTOM:"):
            return {0: Number("b", 32), 1: name[7:], 2: Number("i", 1), 3: Number("i", 32)}
        number = OPERATOR_NAMES.index(name)
        return {0: Number("b", min(number, 127)), 2: Number("i", 1), 3: Number("i", number)}

    def graph(self) -> dict[int, object]:
        return {
            0: list(self.tensors),
            1: ints(self.inputs),
            2: ints(self.outputs),
            3: list(self.operators),
            4: "main",
        }

    def to_bytes(self) -> bytes:
        """Return the file."""
        writer = Writer()
        writer.data += bytes(4) + b"TFL3"
        root = {
            0: Number("I", self.version),
            1: [self._code(name) for name in self.codes],
            2: [self.graph() for _ in range(self.subgraphs)],
            3: "a random model",
            4: list(self.buffers),
            **self.extra,
        }
        writer.table(0, root)
        return bytes(writer.data)
