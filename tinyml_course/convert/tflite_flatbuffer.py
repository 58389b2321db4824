"""A reader of FlatBuffers that checks every offset and length before it follows it.

A ``.tflite`` file is a FlatBuffer: tables that point at each other with 32-bit offsets. The Python runtime of
FlatBuffers has no verifier (C++ has one), so a damaged file makes it read anywhere or allocate gigabytes.
The course needs a dozen kinds of tables from untrusted files; a small reader that cannot leave the file is
less code than guarding a generated one, imports in no time, and copies no weights: vectors are views of the file.

Format: https://flatbuffers.dev/internals/
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyml_course.errors import ConversionError


def damaged(reason: str) -> ConversionError:
    """Return the error for a file that is not whole."""
    return ConversionError(f"This .tflite file is damaged or cut off: {reason}. Convert or download it again.")


class Table:
    """One table of a FlatBuffer.

    Parameters
    ----------
    data : bytes
        The whole file.
    position : int
        Where the table starts.

    Raises
    ------
    ConversionError
        If the table or its list of fields does not lie within the file.
    """

    def __init__(self, data: bytes, position: int) -> None:
        self._data = data
        self._position = position
        self._vtable = position - int(self._read("<i", position))
        self._vtable_bytes = int(self._read("<H", self._vtable))
        odd = self._vtable_bytes % 2 or self._vtable_bytes < 4
        if odd or self._vtable + self._vtable_bytes > len(data):
            raise damaged("a table lists fields that lie outside the file")

    @classmethod
    def root(cls, data: bytes, identifier: bytes) -> Table:
        """Return the root table of a file with this 4-byte identifier."""
        if data[4:8] != identifier:
            raise ConversionError(
                f"This is not a TensorFlow Lite model: expected {identifier!r} in bytes 4 to 8, got {data[4:8]!r}."
            )
        return cls(data, int(struct.unpack_from("<I", data)[0]))

    def _read(self, form: str, position: int) -> Any:
        size = struct.calcsize(form)
        if not 0 <= position <= len(self._data) - size or position % size:
            raise damaged(f"an offset points to byte {position} of {len(self._data)}")
        return struct.unpack_from(form, self._data, position)[0]

    def _field(self, index: int) -> int | None:
        """Position of a field, or None where the file leaves it at its default."""
        entry = 4 + 2 * index
        if entry + 2 > self._vtable_bytes:
            return None
        offset = int(self._read("<H", self._vtable + entry))
        return None if offset == 0 else self._position + offset

    def has(self, index: int) -> bool:
        """Whether the field is stored."""
        return self._field(index) is not None

    def number(self, index: int, form: str, default: float = 0) -> Any:
        """Return a number stored in the table.

        Parameters
        ----------
        index : int
            Number of the field in the schema.
        form : str
            Format character of :mod:`struct`, for example ``"i"``.
        default : float
            The value of a field that is not stored.
        """
        position = self._field(index)
        return default if position is None else self._read("<" + form, position)

    def _target(self, index: int) -> int | None:
        """Where the offset in a field points to."""
        position = self._field(index)
        if position is None:
            return None
        offset = int(self._read("<I", position))
        if offset == 0:
            raise damaged("an offset points to itself")
        return position + offset

    def table(self, index: int) -> Table | None:
        """Return the table that a field points to, or None."""
        target = self._target(index)
        return None if target is None else Table(self._data, target)

    def vector(self, index: int, dtype: str) -> npt.NDArray[Any] | None:
        """Return a vector of numbers as a read-only view of the file, or None."""
        target = self._target(index)
        if target is None:
            return None
        count = int(self._read("<I", target))
        item = np.dtype(dtype).newbyteorder("<")
        if target + 4 + count * item.itemsize > len(self._data):
            raise damaged(f"a vector of {count} numbers reaches beyond the end of the file")
        return np.frombuffer(self._data, item, count, target + 4)

    def numbers(self, index: int, dtype: str, limit: int) -> tuple[int, ...]:
        """Return a short vector as a tuple; empty if it is not stored.

        Raises
        ------
        ConversionError
            If it has more than `limit` elements.
        """
        vector = self.vector(index, dtype)
        if vector is None:
            return ()
        if len(vector) > limit:
            raise damaged(f"a list of at most {limit} numbers has {len(vector)}")
        return tuple(vector.tolist())

    def tables(self, index: int, limit: int) -> list[Table]:
        """Return the tables that a vector of offsets points to."""
        target = self._target(index)
        if target is None:
            return []
        offsets = self.numbers(index, "u4", limit)
        return [Table(self._data, target + 4 + 4 * i + offset) for i, offset in enumerate(offsets)]

    def text(self, index: int) -> str:
        """Return a string; empty if it is not stored."""
        target, vector = self._target(index), self.vector(index, "u1")
        if target is None or vector is None:
            return ""
        if self._data[target + 4 + len(vector) :][:1] != b"\0":
            raise damaged("a text has no end")
        try:
            return vector.tobytes().decode()
        except UnicodeDecodeError:
            raise damaged("a text is not UTF-8") from None

    def verify(self, kind: str, layouts: Mapping[str, Mapping[int, str]], limit: int, budget: Iterator[int]) -> None:
        """Check every field that the schema knows, and every table below.

        Parameters
        ----------
        kind : str
            Name of the table in `layouts`.
        layouts : mapping
            For each kind of table, the number of each field and what it is: a format character of
            :mod:`struct`, ``"text"``, a NumPy type in brackets (a vector of numbers), the name of a table, or
            one in brackets (a vector of tables).
        limit : int
            The most tables that one vector may have.
        budget : iterator
            One item for each table that may be visited: offsets may lead to one table again and again.

        Raises
        ------
        ConversionError
            Where the verifier of FlatBuffers in C++ would refuse the file.
        """
        if next(budget, None) is None:
            raise damaged("it has more tables than any model")
        for index, what in layouts[kind].items():
            if what == "text":
                self.text(index)
            elif what[0] != "[" and len(what) == 1:
                self.number(index, what)
            elif what[0] != "[":
                child = self.table(index)
                if child is not None:
                    child.verify(what, layouts, limit, budget)
            elif what[1:-1] in layouts:
                for child in self.tables(index, limit):
                    child.verify(what[1:-1], layouts, limit, budget)
            else:
                self.vector(index, what[1:-1])
