"""From a sensor's raw values to a network's input codes, exactly as TFLite's QUANTIZE rounds.

A network from TensorFlow takes codes: ``code = round(float32(x) / float32(scale)) + zero_point``, halves away
from zero, limited to the type's range. On a board there is no need to divide. Where the raw values are few integers,
a table holds the code of each. Where they are many, or float32, 255 thresholds say where the code steps up;
they are found by bisection over every representable value, so nothing is rounded differently.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tinyml_course.errors import ConversionError
from tinyml_course.graph import Array, Encoding, Graph, InputContract, Operator, Tensor

#: The code below every threshold.
LOWEST_CODE = -128
#: Raw integers that a table is made for, at most.
LARGEST_TABLE = 256
#: No raw value reaches it: as the bits of a float32 it is no number.
NEVER = 2**31 - 1


def ordered(x: Array) -> Array:
    """Integers in the same order as `x`.

    Parameters
    ----------
    x : ndarray of integers of at most 16 bits, or float32
        Raw values, none of them NaN.

    Returns
    -------
    ndarray of int32, same shape
        Integers as they are. Of a float32 its bits, the lower 31 of them inverted below zero: floats of one
        sign are ordered as the integers that their bits are (IEEE 754).
    """
    if x.dtype.kind != "f":
        return x.astype(np.int32)
    bits = x.astype(np.float32).view(np.int32)
    return np.where(bits < 0, bits ^ np.int32(NEVER), bits)


def from_ordered(integers: Array) -> Array:
    """Return the float32 values that :func:`ordered` maps to `integers`."""
    integers = integers.astype(np.int32)
    bits = np.where(integers < 0, integers ^ np.int32(NEVER), integers).astype(np.int32)
    return bits.view(np.float32)


def quantize_values(x: Array, encoding: Encoding, dtype: np.dtype[np.signedinteger]) -> Array:
    """Codes of real values, as TFLite's QUANTIZE makes them of float32.

    Parameters
    ----------
    x : ndarray
        Real values; they become float32 first.
    encoding : Encoding
        Scale and zero_point of the codes.
    dtype : numpy.dtype
        Of the codes, int8 or int16.

    Notes
    -----
    ``AffineQuantize`` in TensorFlow's ``reference_ops``: the quotient is a float32; it is then rounded, halves
    away from zero. float64 holds every such quotient and its half exactly.
    """
    with np.errstate(over="ignore"):
        quotient = (x.astype(np.float32) / np.float32(encoding.one_scale)).astype(np.float64)
    rounded = np.copysign(np.floor(np.abs(quotient) + 0.5), quotient) + encoding.zero_point
    limits = np.iinfo(dtype)
    codes: Array = np.clip(rounded, limits.min, limits.max).astype(dtype)
    return codes


def find_thresholds(dtype: np.dtype[np.generic], encoding: Encoding) -> Array:
    """Return the smallest raw value of every int8 code above the lowest, in order.

    Parameters
    ----------
    dtype : numpy.dtype
        Of the raw values: an integer of at most 16 bits, or float32.
    encoding : Encoding
        Of the codes.

    Returns
    -------
    ndarray of int32, shape (255,)
        As :func:`ordered` orders raw values; above all of them for a code that no raw value gets.
    """
    if dtype.kind == "f":
        ends = ordered(np.array([np.finfo(np.float32).min, np.finfo(np.float32).max], np.float32))
        first, last = int(ends[0]), int(ends[1])
    else:
        limits = np.iinfo(dtype)  # type: ignore[type-var]
        first, last = int(limits.min), int(limits.max)
    codes = np.arange(LOWEST_CODE + 1, 128)
    low, high = np.full(255, first, np.int64), np.full(255, last + 1, np.int64)
    while (low < high).any():  # the threshold is in low ... high; high may lie behind the last raw value
        middle = (low + high) >> 1
        raw = np.minimum(middle, last)
        raw = from_ordered(raw) if dtype.kind == "f" else raw
        reached = quantize_values(raw, encoding, np.dtype(np.int8)) >= codes
        low, high = np.where(reached | (low == high), low, middle + 1), np.where(reached, middle, high)
    return np.where(high > last, NEVER, high).astype(np.int32)


def _table(contract: InputContract, raw: str, codes: Tensor) -> tuple[Tensor, Operator]:
    minimum = int(contract.minimum)
    assert codes.encoding is not None
    values = quantize_values(np.arange(minimum, int(contract.maximum) + 1), codes.encoding, codes.dtype)
    table = Tensor(f"{raw}_codes", values.shape, codes.dtype, values, codes.dtype.itemsize * 8)
    return table, Operator("encode_input", (raw,), (codes.name,), {"table": table.name}, {"minimum": minimum})


def _thresholds(contract: InputContract, raw: str, codes: Tensor) -> tuple[Tensor, Operator]:
    assert codes.encoding is not None
    values = find_thresholds(contract.dtype, codes.encoding)
    stored = Tensor(f"{raw}_thresholds", values.shape, np.dtype(np.int32), values, 32)
    return stored, Operator("encode_thresholds", (raw,), (codes.name,), {"thresholds": stored.name})


def accept_raw(graph: Graph, contract: InputContract) -> Graph:
    """Put the step from raw values to codes in front of a graph that takes codes.

    Parameters
    ----------
    graph : Graph
        Its input is a tensor of int8 or int16 codes with an encoding.
    contract : InputContract
        What the raw values are; as many in a sample as the graph has inputs.

    Returns
    -------
    Graph
        Takes raw values under `contract`.

    Raises
    ------
    ConversionError
        If the codes are int16 and the raw values are not few integers: a table would be too large.
    """
    codes = graph.tensors[graph.input]
    few = contract.dtype.kind != "f" and contract.maximum - contract.minimum < LARGEST_TABLE
    if not few and codes.dtype != np.int8:
        raise ConversionError(
            f"int16 codes of {contract.dtype} values from {contract.minimum:g} to {contract.maximum:g} would need a "
            f"table of more than {LARGEST_TABLE} entries. Use mode='int8', or raw integers that span at most "
            f"{LARGEST_TABLE} values. The .tflite file itself is tinyml_course.convert_keras(...).bytes."
        )
    name = "raw"
    while any(tensor.startswith(name) for tensor in graph.tensors):
        name += "_input"
    raw = Tensor(name, contract.shape, contract.dtype)
    stored, operator = (_table if few else _thresholds)(contract, name, codes)
    return replace(
        graph,
        tensors={raw.name: raw, stored.name: stored, **graph.tensors},
        operators=(operator, *graph.operators),
        input=raw.name,
        contract=contract,
    )
