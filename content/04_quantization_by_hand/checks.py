"""Checks of lesson 04: from a range to a scale, from real numbers to codes and back, and a layer in integers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinyml_course.convert.affine import channel_encoding, range_encoding, to_codes
from tinyml_course.fixed_point import multiply_by_quantized_multiplier, round_half_away
from tinyml_course.grading.checks import Case, Check, Misconception, Part
from tinyml_course.graph import Attribute, Encoding, Graph, InputContract, Operator, Tensor

Array = np.ndarray[Any, Any]

_TOLERANCE = 1e-6
_REASON = (
    "a float32 keeps 24 bits, so each rounding changes a number by one part in 2^24 = 6e-8 at most, and the formula "
    "rounds a few times"
)
_MARGIN = 0.05
"""How far a quotient stays from a half, so that float32 and float64 round it alike."""


def _clear_of_halves(quotients: Array) -> bool:
    return bool((np.abs(quotients - np.floor(quotients) - 0.5) > _MARGIN).all())


# 04.1 ───────────────────────────────────────────────────────────────────────────────────────────


def _draw_ranges(rng: np.random.Generator, low: tuple[float, float], high: tuple[float, float]) -> list[Case]:
    """Four ranges; cutting a fraction off, or the order of operations, never changes a zero point by accident."""
    found: list[Case] = []
    while len(found) < 4:
        ends = round(float(rng.uniform(*low)), 2), round(float(rng.uniform(*high)), 2)
        bottom, top = min(ends[0], 0.0), max(ends[1], 0.0)
        steps = np.array(bottom / ((top - bottom) / 255))
        inside = _clear_of_halves(steps) and _clear_of_halves(steps + 0.5) and abs(bottom + top) > 0.2
        if inside or steps in (0.0, -255.0):
            found.append(ends)
    return found


def _ranges_with_zero(rng: np.random.Generator) -> Sequence[Case]:
    return [(-1.0, 3.0), (0.0, 6.0), (-2.0, 3.3), *_draw_ranges(rng, (-5, -0.5), (0.5, 5))]


def _ranges_without_zero(rng: np.random.Generator) -> Sequence[Case]:
    below = _draw_ranges(rng, (-6, -3), (-2, -0.5))
    return [(2.0, 5.0), (-4.0, -1.0), *_draw_ranges(rng, (0.5, 2), (3, 6)), *below]


def _ranges_of_one_value(rng: np.random.Generator) -> Sequence[Case]:
    value = 0.25 * int(rng.integers(3, 20))
    return [(0.0, 0.0), (value, value), (-4.0, -4.0)]


def _from_range(low: float, high: float) -> tuple[float, int]:
    encoding = range_encoding(low, high)
    return encoding.one_scale, encoding.zero_point


def _unwidened(low: float, high: float) -> tuple[float, int]:
    scale = (high - low) / 255
    return scale, round(-128 - low / scale)


def _other_scale(scale_of: Callable[[float, float], float]) -> Callable[[float, float], tuple[float, int]]:
    """Make the answer of somebody who takes another scale and goes on as everybody."""

    def answer(low: float, high: float) -> tuple[float, int]:
        low, high = min(low, 0.0), max(high, 0.0)
        scale = scale_of(low, high) or 1.0
        return scale, round(-128 - low / scale)

    return answer


def _other_zero(zero_of: Callable[[float], float]) -> Callable[[float, float], tuple[float, float]]:
    """Make the answer of somebody who finds the zero point otherwise, from ``low / scale``."""

    def answer(low: float, high: float) -> tuple[float, float]:
        scale = _from_range(low, high)[0]
        return scale, zero_of(min(low, 0.0) / scale)

    return answer


_SIGN = "The sign of your zero point is wrong: the lowest code stands for the lowest value, so count up from −128."
_WIDEN = "Zero must have a code of its own, so a range that leaves it out is widened first, until it holds zero."

SCALE_AND_ZERO_POINT = Check(
    objective="04.1",
    task="Scale and zero point",
    function="scale_and_zero_point",
    parts=(
        Part("the scale", 1, _ranges_with_zero, "0"),
        Part("the zero point", 1, _ranges_with_zero, "1"),
        Part("ranges without zero", 1, _ranges_without_zero),
        Part("ranges of one value", 1, _ranges_of_one_value),
    ),
    can_now="find the scale and the zero point of any range",
    arguments=("low", "high"),
    expected=_from_range,
    relative_tolerance=_TOLERANCE,
    tolerance_reason=_REASON,
    misconceptions=(
        Misconception(
            "256 steps",
            "You divided by 256. There are 256 codes; how many steps lie between the first and the last?",
            _other_scale(lambda low, high: (high - low) / 256),
        ),
        Misconception(
            "one code left out",
            "You divided by 254. This range uses all codes from −128 to 127: how many steps are that?",
            _other_scale(lambda low, high: (high - low) / 254),
        ),
        Misconception(
            "zero point always 0",
            "Your zero point is always 0, which is right for symmetric ranges only.",
            _other_zero(lambda steps: 0),
        ),
        Misconception(
            "symmetric range",
            "You made the range symmetric. That wastes codes here: spread them from low to high.",
            lambda low, high: (max(abs(low), abs(high)) / 127 or 1.0, 0),
        ),
        Misconception(
            "inverted scale",
            "Your scale stands upside down: it is the real distance from one code to the next.",
            lambda low, high: (1 / _from_range(low, high)[0], _from_range(low, high)[1]),
        ),
        Misconception(
            "swapped",
            "You swapped the two numbers: first the scale, then the zero point.",
            lambda low, high: _from_range(low, high)[::-1],
        ),
        Misconception("sign of the zero point", _SIGN, _other_zero(lambda steps: round(128 + steps))),
        Misconception("sign of the zero point", _SIGN, _other_zero(lambda steps: round(-128 + steps))),
        Misconception(
            "codes from 0",
            "Your codes begin at 0, as those of uint8. The codes of int8 begin at −128.",
            _other_zero(lambda steps: round(-steps)),
        ),
        Misconception(
            "zero point not whole",
            "The zero point is a code, so it must be a whole number: round it.",
            _other_zero(lambda steps: -128 - steps),
        ),
        Misconception(
            "zero point cut off",
            "You cut the fraction of the zero point off. Take the nearest whole number.",
            _other_zero(lambda steps: int(-128 - steps)),
        ),
        Misconception(
            "zero point cut off",
            "You rounded the zero point down. Take the nearest whole number.",
            _other_zero(lambda steps: math.floor(-128 - steps)),
        ),
        Misconception("range not widened", _WIDEN, _unwidened),
        Misconception(
            "range not widened",
            _WIDEN,
            lambda low, high: (_unwidened(low, high)[0], min(max(_unwidened(low, high)[1], -128), 127)),
        ),
        Misconception(
            "division by zero",
            "A range from 0 to 0 has no width: say what the scale is there, before you divide by it.",
            lambda low, high: _unwidened(min(low, 0.0), max(high, 0.0)),
        ),
        Misconception(
            "scale of zero",
            "A scale of 0 cannot be divided by: where the range has no width, take 1.",
            lambda low, high: _from_range(low, high) if low or high else (0.0, -128),
        ),
        Misconception(
            "one value is no special case",
            "A range of one value other than zero is widened as every other, down or up to zero.",
            lambda low, high: _from_range(low, high) if low < high else (1.0, -128),
        ),
    ),
)

# 04.2 ───────────────────────────────────────────────────────────────────────────────────────────


def _inside(rng: np.random.Generator) -> Sequence[Case]:
    """Nothing saturates, not even before the zero point is added. Halves are exact: their scales are powers of two."""
    halves = np.array([-2.5, -1.5, -0.5, 0.0, 0.5, 1.5, 2.5, 3.0])
    cases: list[Case] = [(halves * 0.5, 0.5, 3), (halves * 0.25, 0.25, -20)]
    for zero in rng.permutation([-101, -37, 12, 64])[:2].tolist():
        scale = round(float(rng.uniform(0.02, 0.2)), 3)
        codes = rng.integers(max(-120, zero - 120), min(119, zero + 119), 8)
        steps = codes - zero + rng.uniform(0.5 + _MARGIN, 1.5 - _MARGIN, 8)  # none near a half
        cases += [(np.round(steps * scale, 4), scale, zero), ((halves + rng.integers(-20, 20)) * 0.125, 0.125, zero)]
    return cases


def _outside(rng: np.random.Generator) -> Sequence[Case]:
    """Whole steps only, so that saturation is judged and not rounding."""
    cases: list[Case] = [(np.array([-100.0, -64.0, -63.5, 0.0, 63.5, 64.0, 100.0]), 0.5, 0)]
    for zero in (-90, 45):
        ends = [-128 - zero, -129 - zero, 127 - zero, 128 - zero, 300, -300]
        for scale in (0.25, 2.0):
            cases.append((scale * np.array([*ends, *rng.integers(-500, 500, 4).tolist()]), scale, zero))
    return cases


def _codes(x: Array, scale: float, zero: int) -> Array:
    return to_codes(x, Encoding(scale, zero)).astype(np.int8)


def _rounded_by(rounding: Callable[[Array], Array]) -> Callable[[Array, float, int], Array]:
    """Make the answer of somebody who rounds otherwise."""

    def answer(x: Array, scale: float, zero: int) -> Array:
        return np.asarray(np.clip(rounding(x / scale) + zero, -128, 127), np.int8)

    return answer


def _wrapped(x: Array, scale: float, zero: int) -> Array:
    return (round_half_away(x / scale) + zero).astype(np.int64).astype(np.int8)


_TYPE = "The numbers are right, but not yet int8: each takes more than one byte. Change the type behind the clipping."

QUANTIZE = Check(
    objective="04.2",
    task="Quantize with rounding and saturation",
    function="quantize",
    parts=(
        Part("rounding", 2, _inside),
        Part("saturation", 1, _outside),
        Part("the type int8", 1, _inside, "dtype"),
    ),
    can_now="quantize any array of real numbers, as TensorFlow Lite does it",
    arguments=("x", "scale", "zero_point"),
    expected=_codes,
    misconceptions=(
        Misconception("wrong type", _TYPE, lambda x, scale, zero: _codes(x, scale, zero).astype(np.float64)),
        Misconception("wrong type", _TYPE, lambda x, scale, zero: _codes(x, scale, zero).astype(np.int64)),
        Misconception("wrong type", _TYPE, lambda x, scale, zero: _codes(x, scale, zero).astype(np.int32)),
        Misconception(
            "wrong type",
            "uint8 has no codes below zero: the type asked for is int8.",
            lambda x, scale, zero: _codes(x, scale, zero).astype(np.uint8),
        ),
        Misconception(
            "halves to even",
            "`np.round` and `np.rint` round halves to the even neighbour: 0.5 to 0, 2.5 to 2. Here halves go away from "
            "zero.",
            _rounded_by(np.rint),
        ),
        Misconception(
            "cut off",
            "You cut the fraction off, which pulls all values towards zero. Take the nearest whole number.",
            _rounded_by(np.trunc),
        ),
        Misconception(
            "rounded down",
            "You rounded down, which makes all values smaller. Take the nearest whole number.",
            _rounded_by(np.floor),
        ),
        Misconception(
            "halves up",
            "You rounded halves up: −0.5 to 0. Here halves go away from zero, so −0.5 goes to −1.",
            _rounded_by(lambda q: np.floor(q + 0.5)),
        ),
        Misconception(
            "zero point before rounding",
            "You added the zero point before rounding, which sends some halves the other way: round first, then add.",
            lambda x, scale, zero: np.clip(round_half_away(x / scale + zero), -128, 127).astype(np.int8),
        ),
        Misconception(
            "sign of the zero point",
            "Your zero point has the opposite sign: real zero must get the code `zero_point`.",
            lambda x, scale, zero: _codes(x, scale, -zero),
        ),
        Misconception(
            "zero point forgotten",
            "The zero point is missing: real zero must get the code `zero_point`.",
            lambda x, scale, zero: _codes(x, scale, 0),
        ),
        Misconception(
            "multiplied by the scale",
            "You multiplied by the scale. How many steps of this size make x?",
            lambda x, scale, zero: _codes(x, 1 / scale, zero),
        ),
        Misconception(
            "overflow",
            "Codes beyond −128 or 127 wrapped around to the other end: clip them while the type is still wide.",
            _wrapped,
        ),
        Misconception(
            "no saturation",
            "Some of your codes lie beyond −128 or 127, which no int8 can hold: clip them.",
            lambda x, scale, zero: round_half_away(x / scale) + zero,
        ),
        Misconception(
            "saturation before the zero point",
            "You clipped before you added the zero point, so that the sum leaves the range again.",
            lambda x, scale, zero: np.clip(round_half_away(x / scale), -128, 127) + zero,
        ),
        Misconception(
            "saturation before the zero point",
            "You clipped before you added the zero point, so that the sum wraps around.",
            lambda x, scale, zero: (
                (np.clip(round_half_away(x / scale), -128, 127) + zero).astype(np.int64).astype(np.int8)
            ),
        ),
        Misconception(
            "codes of uint8",
            "You clipped to 0 … 255, the codes of uint8. Those of int8 go from −128 to 127.",
            lambda x, scale, zero: np.clip(round_half_away(x / scale) + zero, 0, 255),
        ),
        Misconception(
            "−128 left out",
            "You clipped at −127. Here the code −128 may be used too.",
            lambda x, scale, zero: np.maximum(_codes(x, scale, zero), -127),
        ),
    ),
)

# 04.3 ───────────────────────────────────────────────────────────────────────────────────────────


def _draw_codes(rng: np.random.Generator, *more: int) -> Sequence[Case]:
    encodings = [(0.5, -128), (0.02, 100), *((round(float(rng.uniform(0.01, 2)), 3), int(z)) for z in (-60, 33))]
    cases = []
    for scale, zero in encodings:
        codes = [-120, 120, *rng.integers(-127, 127, 4).tolist(), *more]
        cases.append((np.array(codes, np.int8), scale, zero))
    return cases


def _codes_between(rng: np.random.Generator) -> Sequence[Case]:
    return _draw_codes(rng)


def _codes_at_the_ends(rng: np.random.Generator) -> Sequence[Case]:
    return _draw_codes(rng, 127, -128)


def _bounds(codes: Array, inside: float, highest: int = 127) -> Array:
    return np.where((codes == -128) | (codes == highest), np.inf, inside)


def _dequantize(codes: Array, scale: float, zero: int) -> tuple[Array, Array]:
    return scale * (codes.astype(np.int64) - zero), _bounds(codes, scale / 2)


def _reals_by(reals: Callable[[Array, float, int], Array]) -> Callable[[Array, float, int], tuple[Array, Array]]:
    """Make the answer of somebody who goes back otherwise; codes come as int64."""

    def answer(codes: Array, scale: float, zero: int) -> tuple[Array, Array]:
        return reals(codes.astype(np.int64), scale, zero), _bounds(codes, scale / 2)

    return answer


DEQUANTIZE = Check(
    objective="04.3",
    task="Dequantize, and bound the error",
    function="dequantize",
    parts=(
        Part("the real values", 2, _codes_between, "0"),
        Part("the bound for rounded values", 1, _codes_between, "1"),
        Part("the bound at both ends", 1, _codes_at_the_ends, "1"),
    ),
    can_now="turn codes back into real numbers, and say how far off each may be",
    arguments=("codes", "scale", "zero_point"),
    expected=_dequantize,
    relative_tolerance=_TOLERANCE,
    tolerance_reason=_REASON,
    misconceptions=(
        Misconception(
            "sign of the zero point",
            "Your zero point has the opposite sign: the code `zero_point` must give real zero.",
            _reals_by(lambda codes, scale, zero: scale * (codes + zero)),
        ),
        Misconception(
            "zero point as a real number",
            "You took the zero point off after scaling. It is a code: the code `zero_point` must give real zero.",
            _reals_by(lambda codes, scale, zero: scale * codes - zero),
        ),
        Misconception(
            "zero point forgotten",
            "The zero point is missing: the code `zero_point` must give real zero.",
            _reals_by(lambda codes, scale, zero: scale * codes),
        ),
        Misconception(
            "overflow",
            "Your differences wrapped around: int8 minus a whole number stays int8 in NumPy. Widen the codes first.",
            _reals_by(lambda codes, scale, zero: scale * (codes - zero).astype(np.int8)),
        ),
        Misconception(
            "divided by the scale",
            "You divided by the scale. Each step between two codes is one scale of real distance.",
            _reals_by(lambda codes, scale, zero: (codes - zero) / scale),
        ),
        Misconception(
            "values only",
            "The bounds are missing: return the real values and the bounds.",
            lambda *case: _dequantize(*case)[0],
        ),
        Misconception(
            "swapped",
            "You swapped the two: first the real values, then the bounds.",
            lambda *case: _dequantize(*case)[::-1],
        ),
        Misconception(
            "a whole step",
            "Your bound is a whole step. A value between two codes goes to the nearer one: how far can that be?",
            lambda codes, scale, zero: (_dequantize(codes, scale, zero)[0], _bounds(codes, scale)),
        ),
        Misconception(
            "one number for all",
            "Return a bound for each code, in the shape of the codes.",
            lambda codes, scale, zero: (_dequantize(codes, scale, zero)[0], scale / 2),
        ),
        Misconception(
            "ends overlooked",
            "The codes −128 and 127 also stand for everything that was clipped: no finite number bounds its error.",
            lambda codes, scale, zero: (_dequantize(codes, scale, zero)[0], np.full(codes.shape, scale / 2)),
        ),
        Misconception(
            "one end overlooked",
            "Values are clipped at both ends, not only at 127.",
            lambda codes, scale, zero: (
                _dequantize(codes, scale, zero)[0],
                np.where(codes == 127, np.inf, scale / 2),
            ),
        ),
        Misconception(
            "one end overlooked",
            "Values are clipped at both ends, not only at −128.",
            lambda codes, scale, zero: (
                _dequantize(codes, scale, zero)[0],
                np.where(codes == -128, np.inf, scale / 2),
            ),
        ),
    ),
)

# 04.4 ───────────────────────────────────────────────────────────────────────────────────────────


def _matrix(rng: np.random.Generator, rows: int, columns: int) -> Array:
    """Rows of very different size; one with its largest magnitude below zero; no quotient near a half."""
    while True:
        matrix = np.round(rng.normal(size=(rows, columns)) * 10.0 ** rng.uniform(-1, 1, (rows, 1)), 3)
        largest = matrix[np.arange(rows), np.abs(matrix).argmax(axis=1)]
        matrix *= np.where(np.arange(rows) % 2, -1, 1)[:, None] * np.where(largest > 0, -1, 1)[:, None]
        if _clear_of_halves(matrix / (np.abs(matrix).max(axis=1)[:, None] / 127)):
            return matrix


def _matrices(rng: np.random.Generator) -> Sequence[Case]:
    by_hand = np.array([[0.5, -1.27, 0.1], [12.7, 6.0, -3.3]])
    return [(by_hand,), (_matrix(rng, 3, 5),), (_matrix(rng, 4, 4),), (_matrix(rng, 2, 6),)]


def _matrices_with_zeros(rng: np.random.Generator) -> Sequence[Case]:
    cases = []
    for rows, empty in ((3, 1), (4, 0)):
        matrix = _matrix(rng, rows, 4)
        matrix[empty] = 0.0
        cases.append((matrix,))
    return cases


def _channels(weights: Array) -> tuple[Array, Array]:
    encoding = channel_encoding(weights, 8, 0)
    return np.asarray(encoding.scale), to_codes(weights, encoding).astype(np.int8)


def _scaled_by(scales_of: Callable[[Array], Array]) -> Callable[[Array], tuple[Array, Array]]:
    """Make the answer of somebody who takes other scales, one for each row."""

    def answer(weights: Array) -> tuple[Array, Array]:
        scales = np.asarray(scales_of(weights), np.float64)
        steps = np.where(scales == 0, 1, scales)
        steps = steps[:, None] if steps.shape == weights.shape[:1] else steps
        return scales, np.clip(round_half_away(weights / steps), -128, 127).astype(np.int8)

    return answer


_ONE_SCALE = "You have one scale for the whole matrix. Each row is a channel and gets a scale of its own."

CHANNEL_SCALES = Check(
    objective="04.4",
    task="A scale for each channel",
    function="quantize_rows",
    parts=(
        Part("the scales", 2, _matrices, "0"),
        Part("the codes", 1, _matrices, "1"),
        Part("rows of zeros", 1, _matrices_with_zeros),
    ),
    can_now="quantize a weight matrix with a symmetric scale for each channel",
    arguments=("weights",),
    expected=_channels,
    relative_tolerance=_TOLERANCE,
    tolerance_reason=_REASON,
    misconceptions=(
        Misconception("one scale for all", _ONE_SCALE, _scaled_by(lambda w: np.abs(w).max() / 127)),
        Misconception("one scale for all", _ONE_SCALE, _scaled_by(lambda w: np.full(len(w), np.abs(w).max() / 127))),
        Misconception(
            "wrong axis",
            "You took the largest value of each column. An output channel is a row.",
            _scaled_by(lambda w: np.abs(w).max(axis=0) / 127),
        ),
        Misconception(
            "128 for 127",
            "You divided by 128. There is no code 128: the largest magnitude gets the code 127 or −127.",
            _scaled_by(lambda w: np.abs(w).max(axis=1) / 128),
        ),
        Misconception(
            "sign of the largest",
            "You took the largest value of each row; a value far below zero can be larger in magnitude.",
            _scaled_by(lambda w: w.max(axis=1) / 127),
        ),
        Misconception(
            "from lowest to highest",
            "You divided the whole width of the row by 255. Symmetric codes need the same reach on both sides of zero.",
            _scaled_by(lambda w: np.ptp(w, axis=1) / 255),
        ),
        Misconception(
            "inverted scale",
            "Your scales stand upside down: a scale is the real distance from one code to the next.",
            lambda weights: (1 / _channels(weights)[0], _channels(weights)[1]),
        ),
        Misconception(
            "scales in a column",
            "Your scales are right and stand in a column; return them as one row of numbers, shape (rows,).",
            lambda weights: (_channels(weights)[0][:, None], _channels(weights)[1]),
        ),
        Misconception(
            "swapped",
            "You swapped the two: first the scales, then the codes.",
            lambda weights: _channels(weights)[::-1],
        ),
        Misconception(
            "cut off",
            "You cut the fractions of the codes off. Take the nearest whole number.",
            lambda weights: (
                _channels(weights)[0],
                np.trunc(weights / (np.abs(weights).max(axis=1) / 127 + (weights == 0).all(axis=1))[:, None]),
            ),
        ),
        Misconception(
            "division by zero",
            "A row of zeros has the largest magnitude 0. A scale of 0 stands for nothing: take 1 there.",
            _scaled_by(lambda w: np.abs(w).max(axis=1) / 127),
        ),
        Misconception(
            "tiny scale for zeros",
            "For a row of zeros take the scale 1, as the task says.",
            _scaled_by(lambda w: np.maximum(np.abs(w).max(axis=1), 1e-8) / 127),
        ),
    ),
)

# 04.5 ───────────────────────────────────────────────────────────────────────────────────────────

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

CHECKS: tuple[Check, ...] = (SCALE_AND_ZERO_POINT, QUANTIZE, DEQUANTIZE, CHANNEL_SCALES, DENSE_INT8)
