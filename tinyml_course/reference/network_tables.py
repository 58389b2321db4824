"""Softmax, the logistic function and tanh in integers.

Sources, in ``tensorflow/lite/kernels/internal/``: ``reference_ops::Softmax`` and ``SoftmaxInt16``
(``reference/softmax.h``), ``GetReciprocal`` and ``LUTLookup`` (``common.h``), ``reference_integer_ops::Logistic`` and
``Tanh`` (``reference/integer_ops/logistic.h``, ``tanh.h``).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tinyml_course.fixed_point import (
    multiply_by_quantized_multiplier,
    one_over_one_plus_x,
    rounding_divide_by_pot,
    saturating_rounding_doubling_high_mul,
)
from tinyml_course.graph import Array, Graph, Operator, reference_of
from tinyml_course.reference.network_dense import shaped


def _leading_zeros(value: Array) -> Array:
    """Leading zero bits of 32; the values are above zero."""
    return np.asarray(32 - np.frexp(value.astype(np.float64))[1].astype(np.int64))


@reference_of("softmax")
def _softmax(graph: Graph, operator: Operator, computed: Mapping[str, Array]) -> Mapping[str, Array]:
    """Softmax over the last axis; 256 steps from 0 (code -128) to 1 for int8, 32,768 from 0 for int16."""
    x = shaped(graph, operator.inputs[0], computed)
    function = _softmax_8 if x.dtype == np.int8 else _softmax_16
    return {operator.outputs[0]: function(graph, operator, x.astype(np.int64))}


def _softmax_8(graph: Graph, operator: Operator, x: Array) -> Array:
    """``exponentials[d]`` is exp of the d-th code below the largest, Q0.31.

    Codes further below count as zero and give -128. The sum of the others is Q12.19; its reciprocal is
    ``scale / 2**bits_over_unit`` with a scale in Q0.31, and
    ``y = round(scale * exponential / 2**(bits_over_unit + 23)) - 128``.
    """
    table = np.append(graph.parameter(operator, "exponentials").astype(np.int64), 0)
    difference = x.max(axis=-1, keepdims=True) - x
    exponential = table[np.minimum(difference, len(table) - 1)]
    total = rounding_divide_by_pot(exponential, 12).sum(axis=-1, keepdims=True)
    headroom = _leading_zeros(total)
    scale = one_over_one_plus_x((total << headroom) - (1 << 31))
    codes = rounding_divide_by_pot(saturating_rounding_doubling_high_mul(scale, exponential), 35 - headroom) - 128
    return np.asarray(np.clip(codes, -128, 127).astype(np.int8))


def _line(table: Array, x: Array) -> Array:
    """A point on the straight lines through 513 points, for x from -32768 to 32767 (``LUTLookup``)."""
    index, offset = 256 + (x >> 7), x & 0x7F
    base = table[index]
    return np.asarray(base + (((table[index + 1] - base) * offset + 64) >> 7))


def _softmax_16(graph: Graph, operator: Operator, x: Array) -> Array:
    """``exponentials`` holds exp of -10 … 0, ``reciprocals`` 1 / (1 + x) of 0 … 1, both Q0.15."""
    exponentials, reciprocals = (graph.parameter(operator, r).astype(np.int64) for r in ("exponentials", "reciprocals"))
    multiplier, shift = graph.scalar(operator, "multiplier"), graph.scalar(operator, "shift")
    scaled = multiply_by_quantized_multiplier(x - x.max(axis=-1, keepdims=True), multiplier, shift) + 32767
    exponential = _line(exponentials, np.clip(scaled, -32768, 32767))
    total = exponential.sum(axis=-1, keepdims=True)
    zeros = _leading_zeros(total)
    normalized = (((total << (zeros - 1)) + (1 << 13)) >> 14) - (1 << 15) - (1 << 16)
    reciprocal = _line(reciprocals, np.clip(normalized, -32768, 32767))
    right = 31 - zeros
    codes = (exponential * reciprocal + (np.int64(1) << (right - 1))) >> right
    return np.asarray(np.clip(codes, 0, 32767).astype(np.int16))


@reference_of("lookup")
def _lookup(graph: Graph, operator: Operator, computed: Mapping[str, Array]) -> Mapping[str, Array]:
    """The table's entry at index code + 128 for int8; a line between two entries for int16.

    The attribute ``function`` ("logistic" or "tanh") is for people only for int8.
    """
    x = shaped(graph, operator.inputs[0], computed)
    table = graph.parameter(operator, "table")
    if x.dtype == np.int8:
        return {operator.outputs[0]: table[x.astype(np.int64) + 128]}
    multiplier, shift = graph.scalar(operator, "multiplier"), graph.scalar(operator, "shift")
    scaled = (x.astype(np.int64) * multiplier + ((1 << shift) >> 1)) >> shift
    function = _logistic_16 if operator.attributes["function"] == "logistic" else _tanh_16
    return {operator.outputs[0]: function(table.astype(np.int64), scaled)}


def _between(table: Array, magnitude: Array, bits: int) -> Array:
    """The sigmoid of a magnitude, on the line between two entries, with `bits` more bits than they have."""
    index = np.minimum(magnitude >> bits, 254)
    lower, upper = table[index], table[index + 1]
    return np.asarray((lower << bits) + (magnitude & ((1 << bits) - 1)) * (upper - lower))


def _logistic_16(table: Array, x: Array) -> Array:
    magnitude = np.abs(x)
    result = np.where(magnitude >> 9 >= 255, 0x7FFF << 10, _between(table, magnitude, 9))
    rounded = np.where(x >= 0, result + (1 << 9), (1 << 25) - result + (1 << 9) - 1)
    return np.asarray((rounded >> 10).astype(np.int16))


def _tanh_16(table: Array, x: Array) -> Array:
    magnitude = np.abs(x)
    result = np.where(magnitude >> 8 >= 255, 0xFFFF << 8, _between(table, magnitude, 8))
    rounded = np.where(x >= 0, result - (1 << 23) + (1 << 7), (1 << 23) - result + (1 << 7) - 1)
    return np.asarray((rounded >> 8).astype(np.int16))
