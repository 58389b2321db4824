"""Values on their way out of a learner's process: typed JSON, no code in it.

Nothing that is read here can run anything: numbers, text and their nesting are rebuilt one by one, and what
is too deep, too large or of another form becomes :class:`~tinyml_course.grading.values.Unknown`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tinyml_course.grading.values import Numbers, Raised, Unknown, Value, plain

#: Nested lists in an answer, at most.
DEPTH = 8
#: Values in one answer, at most.
SIZE = 1_000_000
#: Digits of an integer, at most; Python's own limit for text is 4,300.
DIGITS = 4_000
_SAFE = 2**53  # whole numbers below it are the same in every reader of JSON
_DTYPES = {
    "bool",
    *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
    *(f"float{bits}" for bits in (16, 32, 64)),
}


def encode(value: object) -> Any:
    """Return what ``json.dumps`` takes for a value, its types included.

    Parameters
    ----------
    value : object
        Anything; it is made :func:`plain <tinyml_course.grading.values.plain>` first.
    """
    return _encode(plain(value))


def _encode(value: Value) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if value is Ellipsis:
        return {"dots": True}
    write = _WRITERS.get(type(value))
    return write(value) if write else {"unknown": value.kind if isinstance(value, Unknown) else type(value).__name__}


def _encode_int(value: int) -> Any:
    if abs(value) < _SAFE:
        return value
    if abs(value) < 10**DIGITS:
        return {"int": str(value)}
    return {"unknown": f"int of {value.bit_length()} bits"}


def _encode_items(value: Numbers) -> dict[str, Any]:
    array = np.array(value.items, value.dtype)
    return {"shape": list(array.shape), "hex": array.astype(array.dtype.newbyteorder("<")).tobytes().hex()}


_WRITERS: Mapping[type, Callable[[Any], Any]] = {
    int: _encode_int,
    float: lambda value: {"float": value.hex()},
    bytes: lambda value: {"bytes": value.hex()},
    tuple: lambda value: [_encode(item) for item in value],
    dict: lambda value: {"dict": [[_encode(key), _encode(item)] for key, item in value.items()]},
    Numbers: lambda value: {"array": value.dtype, "items": _encode_items(value)},
    Raised: lambda value: {"raised": value.kind, "text": value.text},
}


def decode(data: Any) -> Value:
    """Rebuild a value from what :func:`encode` made, whoever wrote it.

    Never raises: what has another form becomes ``Unknown``.
    """
    try:
        return _decode(data, DEPTH, [SIZE])
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError, MemoryError):
        return Unknown("damaged answer")


def _decode(data: Any, depth: int, left: list[int]) -> Value:
    left[0] -= 1
    if depth < 0 or left[0] < 0:
        return Unknown("too large an answer")
    if data is None or isinstance(data, bool | int | str):
        return data
    if isinstance(data, list):
        return tuple(_decode(item, depth - 1, left) for item in data)
    if not isinstance(data, dict) or not data:
        return Unknown("damaged answer")
    read = _READERS.get(next(iter(data)))
    return read(data, depth, left) if read else Unknown(str(data.get("unknown", "damaged answer"))[:100])


def _decode_int(data: dict[str, Any], _depth: int, _left: list[int]) -> Value:
    return int(data["int"]) if len(data["int"]) <= DIGITS + 1 else Unknown("too long an integer")


def _decode_dict(data: dict[str, Any], depth: int, left: list[int]) -> Value:
    return {_key(_decode(key, 0, left)): _decode(item, depth - 1, left) for key, item in data["dict"]}


def _key(value: Value) -> str | int:
    if isinstance(value, str | int):
        return value
    raise TypeError("keys are text or whole numbers")


def _decode_array(data: dict[str, Any], _depth: int, left: list[int]) -> Value:
    name, items = data["array"], data["items"]
    shape = items["shape"]
    if name not in _DTYPES or len(shape) > DEPTH or not all(type(one) is int and 0 <= one <= SIZE for one in shape):
        return Unknown("no array, or too large a one")
    left[0] -= math.prod(max(1, length) for length in shape)  # an axis of length 0 does not make the others free
    if left[0] < 0:
        return Unknown("too large an array")
    dtype = np.dtype(name)
    raw = np.frombuffer(bytes.fromhex(items["hex"]), dtype.newbyteorder("<"))
    return plain(raw.reshape(shape).astype(dtype))


_READERS: Mapping[str, Callable[[dict[str, Any], int, list[int]], Value]] = {
    "int": _decode_int,
    "float": lambda data, _depth, _left: float.fromhex(data["float"]),
    "bytes": lambda data, _depth, _left: bytes.fromhex(data["bytes"]),
    "dots": lambda _data, _depth, _left: Ellipsis,
    "dict": _decode_dict,
    "array": _decode_array,
    "raised": lambda data, _depth, _left: Raised(str(data["raised"])[:100], str(data["text"])[:500]),
}


def argument(value: Value) -> object:
    """Return a plain value as a function gets it: arrays as ndarrays of their own, everything else as it is."""
    if isinstance(value, Numbers):
        return np.array(value.items, value.dtype)
    if isinstance(value, tuple):
        return tuple(argument(item) for item in value)
    if isinstance(value, dict):
        return {key: argument(item) for key, item in value.items()}
    return value
