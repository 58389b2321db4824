"""Check 04.5: a dense layer in integers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tinyml_course.fixed_point import multiply_by_quantized_multiplier
from tinyml_course.grading.checks import Case, Check, Misconception, Part
from tinyml_course.graph import Array, Attribute, Encoding, Graph, InputContract, Operator, Tensor

_INPUTS, _UNITS, _IMAGES = 6, 4, 3


def _layer(rng: np.random.Generator, zero_in: int, zero_out: int, shift: int) -> Case:
    return (
        rng.integers(-128, 128, (_IMAGES, _INPUTS)).astype(np.int8),
        zero_in,
        rng.integers(-127, 128, (_UNITS, _INPUTS)).astype(np.int8),
        rng.integers(-9000, 9000, _UNITS).astype(np.int32),
        rng.integers(2**30, 2**31 - 1, _UNITS).astype(np.int32),
        np.full(_UNITS, shift, np.int8) - rng.integers(0, 2, _UNITS).astype(np.int8),
        zero_out,
    )


def _largest_sums(zero_in: int = 0, zero_out: int = 0) -> Case:
    """More than 16 bits."""
    full, shift = np.full((1, _INPUTS), 127, np.int8), np.full(_UNITS, -10, np.int8)
    weights = np.full((_UNITS, _INPUTS), 127, np.int8) * np.array([[1], [-1], [1], [-1]], np.int8)
    bias = np.array([0, 0, 5000, -5000], np.int32)
    return full, zero_in, weights, bias, np.full(_UNITS, 2**30, np.int32), shift, zero_out


def _small_sums(rng: np.random.Generator) -> Case:
    """A step of the output is two steps of the sums: each slip shows."""
    codes = rng.integers(-9, 10, (_IMAGES, _INPUTS)).astype(np.int8)
    weights = rng.integers(1, 3, (_UNITS, _INPUTS)).astype(np.int8)
    bias, shift = rng.integers(-20, 21, _UNITS).astype(np.int32), np.zeros(_UNITS, np.int8)
    return codes, -6, weights, bias, np.full(_UNITS, 2**30, np.int32), shift, -20


def _plain_layers(rng: np.random.Generator) -> Sequence[Case]:
    return [_largest_sums(), *(_layer(rng, 0, 0, -9) for _ in range(2))]


def _layers_with_zero_points(rng: np.random.Generator) -> Sequence[Case]:
    zeros = [(-128, 7), (int(rng.integers(5, 60)), -10), (int(rng.integers(-60, -5)), 12)]
    return [_largest_sums(-128, 3), _small_sums(rng), *(_layer(rng, *pair, -10) for pair in zeros)]


def _saturating_layers(rng: np.random.Generator) -> Sequence[Case]:
    return [_largest_sums(-128, 90), *(_layer(rng, -128, zero_out, -6) for zero_out in (-128, 30))]


def _exactly(
    codes: Array, zero_in: int, weights: Array, bias: Array, multiplier: Array, shift: Array, zero_out: int
) -> Array:
    """Ask the library's reference: a graph of this one layer."""
    units, terms = weights.shape
    stored = {"weights": weights, "bias": bias, "multiplier": multiplier, "shift": shift}
    tensors = {name: Tensor(name, a.shape, a.dtype, a, 8 * a.dtype.itemsize) for name, a in stored.items()}
    tensors["x"] = Tensor("x", (terms,), np.dtype(np.int8), encoding=Encoding(1.0, zero_in))
    tensors["y"] = Tensor("y", (units,), np.dtype(np.int8), encoding=Encoding(1.0, zero_out))
    limits: dict[str, Attribute] = {"activation_min": -128, "activation_max": 127, "rounding": "double"}
    operator = Operator("fully_connected", ("x",), ("y",), {name: name for name in stored}, limits)
    contract = InputContract(np.dtype(np.int8), (terms,), -128, 127)
    graph = Graph("layer", tensors, (operator,), "x", "y", contract, tuple(range(units)))
    return graph.predict(codes)


def _with_sums(
    sums_of: Callable[[Array, int, Array, Array], Array], after: Callable[[Array, int], Array] | None = None
) -> Callable[..., Array]:
    """Make the answer of somebody who adds up otherwise, or ends otherwise; all integers come as int64."""

    def answer(
        codes: Array, zero_in: int, weights: Array, bias: Array, multiplier: Array, shift: Array, zero_out: int
    ) -> Array:
        wide = [a.astype(np.int64) for a in (codes, weights, bias)]
        sums = sums_of(wide[0], zero_in, wide[1], wide[2])
        scaled = multiply_by_quantized_multiplier(sums, multiplier, shift)
        return after(scaled, zero_out) if after else np.clip(scaled + zero_out, -128, 127).astype(np.int8)

    return answer


def _sums(codes: Array, zero_in: int, weights: Array, bias: Array) -> Array:
    return np.asarray((codes - zero_in) @ weights.T + bias)


DENSE_INT8 = Check(
    objective="04.5",
    task="A dense layer in integers",
    function="dense_int8",
    parts=(
        Part("sums and requantization", 2, _plain_layers),
        Part("both zero points", 1, _layers_with_zero_points),
        Part("saturation", 1, _saturating_layers),
    ),
    can_now="compute a whole dense layer in integers, exactly as the board does",
    arguments=("codes", "zero_in", "weights", "bias", "multiplier", "shift", "zero_out"),
    expected=_exactly,
    misconceptions=(
        Misconception(
            "overflow of int8",
            "Your sums wrapped around: NumPy multiplies and adds int8 in int8. Widen codes and weights to int32 first.",
            _with_sums(lambda c, z, w, b: ((c - z).astype(np.int8) @ w.T.astype(np.int8)).astype(np.int64) + b),
        ),
        Misconception(
            "sums of 16 bits",
            "Your sums wrapped around at 16 bits: 6 products of two int8 can reach 98,304. Sum in int32.",
            _with_sums(lambda c, z, w, b: _sums(c, z, w, b).astype(np.int16).astype(np.int64)),
        ),
        Misconception(
            "bias forgotten",
            "The bias is missing from the sums.",
            _with_sums(lambda c, z, w, b: _sums(c, z, w, 0 * b)),
        ),
        Misconception(
            "bias after requantization",
            "You added the bias to the output codes. It has the scale of the sums: add it before the requantization.",
            lambda codes, zero_in, weights, bias, multiplier, shift, zero_out: np.clip(
                multiply_by_quantized_multiplier(
                    _sums(codes.astype(np.int64), zero_in, weights.astype(np.int64), 0 * bias), multiplier, shift
                )
                + bias
                + zero_out,
                -128,
                127,
            ),
        ),
        Misconception(
            "no requantization",
            "You clipped the sums themselves. Multiplier and shift bring them to the scale of the output first.",
            lambda codes, zero_in, weights, bias, multiplier, shift, zero_out: np.clip(
                _sums(codes.astype(np.int64), zero_in, weights.astype(np.int64), bias) + zero_out, -128, 127
            ),
        ),
        Misconception(
            "zero point of the input forgotten",
            "You multiplied plain codes. A code stands for its distance from the input's zero point.",
            _with_sums(lambda c, z, w, b: _sums(c, 0, w, b)),
        ),
        Misconception(
            "sign of the input's zero point",
            "Your input zero point has the opposite sign: the code `zero_in` stands for real zero.",
            _with_sums(lambda c, z, w, b: _sums(c, -z, w, b)),
        ),
        Misconception(
            "input's zero point once",
            "You took the input's zero point off each sum once. Every one of the added products has it in it.",
            _with_sums(lambda c, z, w, b: _sums(c, 0, w, b) - z),
        ),
        Misconception(
            "differences wrapped",
            "The differences from the zero point wrapped around: int8 minus a whole number stays int8. Widen first.",
            _with_sums(lambda c, z, w, b: _sums((c - z).astype(np.int8).astype(np.int64), 0, w, b)),
        ),
        Misconception(
            "zero point of the output forgotten",
            "The output's zero point is missing: a sum of zero must give the code `zero_out`.",
            _with_sums(_sums, lambda scaled, zero: np.clip(scaled, -128, 127)),
        ),
        Misconception(
            "sign of the output's zero point",
            "Your output zero point has the opposite sign: a sum of zero must give the code `zero_out`.",
            _with_sums(_sums, lambda scaled, zero: np.clip(scaled - zero, -128, 127)),
        ),
        Misconception(
            "zero point before requantization",
            "You added the output's zero point to the sums. It is an output code: add it after the requantization.",
            lambda codes, zero_in, weights, bias, multiplier, shift, zero_out: np.clip(
                multiply_by_quantized_multiplier(
                    _sums(codes.astype(np.int64), zero_in, weights.astype(np.int64), bias) + zero_out,
                    multiplier,
                    shift,
                ),
                -128,
                127,
            ),
        ),
        Misconception(
            "no saturation",
            "Some outputs wrapped around from one end to the other: clip before you change the type to int8.",
            _with_sums(_sums, lambda scaled, zero: (scaled + zero).astype(np.int8)),
        ),
        Misconception(
            "no saturation",
            "Some of your outputs are no codes of int8: clip them to −128 … 127.",
            _with_sums(_sums, lambda scaled, zero: scaled + zero),
        ),
        Misconception(
            "ReLU in the middle",
            "You set outputs below zero to zero. This layer has no ReLU: clip to −128 … 127 only.",
            _with_sums(_sums, lambda scaled, zero: np.clip(scaled + zero, 0, 127)),
        ),
    ),
)
