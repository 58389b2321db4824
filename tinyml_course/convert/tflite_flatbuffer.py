"""A reader of FlatBuffers that checks every offset and length before it follows it.

A ``.tflite`` file is a FlatBuffer: tables that point at each other with 32-bit offsets. The Python runtime of
FlatBuffers has no verifier (C++ has one), so a damaged file makes it read anywhere or allocate gigabytes.
The course needs a dozen kinds of tables from untrusted files; a small reader that cannot leave the file is
less code than guarding a generated one, imports in no time, and copies no weights: vectors are views of the file.

Format: https://flatbuffers.dev/internals/
"""

from __future__ import annotations

import struct
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
        if self._vtable_bytes < 4 or self._vtable + self._vtable_bytes > len(data):
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
        if not 0 <= position <= len(self._data) - struct.calcsize(form):
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
        return None if position is None else position + int(self._read("<I", position))

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
        """Return a string; empty if it is not stored. Bytes that are no UTF-8 are replaced."""
        vector = self.vector(index, "u1")
        return "" if vector is None else vector.tobytes().decode("utf-8", "replace")
