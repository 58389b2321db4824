"""Typical wrong answers to exercise 04, written as learners write them, each with its score and its hint."""

import math
import warnings

import numpy as np
import pytest
from lessons import judge

from tinyml_course.fixed_point import multiply_by_quantized_multiplier as requantize


def away(x):
    return np.sign(x) * np.floor(np.abs(x) + 0.5)


def widened(low, high):
    return min(low, 0.0), max(high, 0.0)


def from_range(low, high, steps=255, zero=lambda low, scale: round(-128 - low / scale)):
    low, high = widened(low, high)
    scale = (high - low) / steps or 1.0
    return scale, zero(low, scale)


def not_widened(low, high):
    scale = (high - low) / 255
    return scale, round(-128 - low / scale)


def not_widened_but_clipped(low, high):
    scale = (high - low) / 255
    return scale, int(np.clip(round(-128 - low / scale), -128, 127))


def no_care_for_zero_width(low, high):
    low, high = widened(low, high)
    scale = (high - low) / 255
    return scale, round(-128 - low / scale)


def one_value_gets_scale_one(low, high):
    return (1.0, -128) if low == high else from_range(low, high)


RANGES = [
    (lambda low, high: from_range(low, high, 256), 0, "256 steps"),
    (lambda low, high: from_range(low, high, 254), 0, "one code left out"),
    (lambda low, high: (max(-low, high) / 127 or 1.0, 0), 0, "symmetric range"),
    (lambda low, high: from_range(low, high)[::-1], 0, "swapped"),
    (lambda low, high: from_range(low, high)[0], 0, None),
    (lambda low, high: (1 / from_range(low, high)[0], from_range(low, high)[1]), 1, "inverted scale"),
    (lambda low, high: from_range(low, high, zero=lambda low, s: round(128 + low / s)), 1, "sign of the zero point"),
    (lambda low, high: from_range(low, high, zero=lambda low, s: round(-128 + low / s)), 1, "sign of the zero point"),
    (lambda low, high: from_range(low, high, zero=lambda low, s: round(-low / s)), 1, "codes from 0"),
    (lambda low, high: from_range(low, high, zero=lambda low, s: -128 - low / s), 3, "zero point not whole"),
    (lambda low, high: from_range(low, high, zero=lambda low, s: int(-128 - low / s)), 3, "zero point cut off"),
    (lambda low, high: (from_range(low, high)[0], 0), 1, "zero point always 0"),
    (lambda low, high: from_range(low, high, zero=lambda low, s: round(low / s)), 1, None),
    (not_widened, 2, "range not widened"),
    (not_widened_but_clipped, 2, "range not widened"),
    (no_care_for_zero_width, 3, "division by zero"),
    (one_value_gets_scale_one, 3, "one value is no special case"),
    (lambda low, high: (0.0, -128) if low == high == 0 else from_range(low, high), 3, "scale of zero"),
]


def codes_of(x, scale, zero, rounding=away, low=-128, high=127):
    return np.clip(rounding(x / scale) + zero, low, high)


CODES = [
    (lambda x, scale, zero: codes_of(x, scale, zero, np.round).astype(np.int8), 2, "halves to even"),
    (lambda x, scale, zero: codes_of(x, scale, zero, lambda q: np.floor(q + 0.5)).astype(np.int8), 2, "halves up"),
    (lambda x, scale, zero: np.clip((x / scale).astype(int) + zero, -128, 127).astype(np.int8), 2, "cut off"),
    (lambda x, scale, zero: codes_of(x, scale, zero, np.floor).astype(np.int8), 2, "rounded down"),
    (
        lambda x, scale, zero: np.clip(away(x / scale + zero), -128, 127).astype(np.int8),
        2,
        "zero point before rounding",
    ),
    (lambda x, scale, zero: codes_of(x, scale, -zero).astype(np.int8), 1, "sign of the zero point"),
    (lambda x, scale, zero: codes_of(x, scale, 0).astype(np.int8), 1, "zero point forgotten"),
    (lambda x, scale, zero: codes_of(x, 1 / scale, zero).astype(np.int8), 1, "multiplied by the scale"),
    (lambda x, scale, zero: (away(x / scale) + zero).astype(np.int64).astype(np.int8), 3, "overflow"),
    (lambda x, scale, zero: (away(x / scale) + zero).astype(int), 2, "no saturation"),
    (lambda x, scale, zero: np.clip(away(x / scale), -128, 127) + zero, 2, "saturation before the zero point"),
    (lambda x, scale, zero: codes_of(x, scale, zero, low=0, high=255).astype(np.uint8), 0, "codes of uint8"),
    (lambda x, scale, zero: codes_of(x, scale, zero, low=-127).astype(np.int8), 3, "−128 left out"),
    (codes_of, 3, "wrong type"),
    (lambda x, scale, zero: codes_of(x, scale, zero).astype(int), 3, "wrong type"),
    (lambda x, scale, zero: codes_of(x, scale, zero).tolist(), 3, None),
]


def bounds_of(codes, scale):
    return np.where((codes == -128) | (codes == 127), np.inf, scale / 2)


def reals_of(codes, scale, zero):
    return scale * (codes.astype(int) - zero)


REALS = [
    (lambda c, scale, zero: (scale * (c.astype(int) + zero), bounds_of(c, scale)), 2, "sign of the zero point"),
    (lambda c, scale, zero: (scale * c - zero, bounds_of(c, scale)), 2, "zero point as a real number"),
    (lambda c, scale, zero: (scale * c, bounds_of(c, scale)), 2, "zero point forgotten"),
    (lambda c, scale, zero: (scale * (c - np.int8(zero)), bounds_of(c, scale)), 2, "overflow"),
    (lambda c, scale, zero: ((c.astype(int) - zero) / scale, bounds_of(c, scale)), 2, "divided by the scale"),
    (reals_of, 0, "values only"),
    (lambda c, scale, zero: (bounds_of(c, scale), reals_of(c, scale, zero)), 0, "swapped"),
    (lambda c, scale, zero: (reals_of(c, scale, zero), bounds_of(c, 2 * scale)), 2, "a whole step"),
    (lambda c, scale, zero: (reals_of(c, scale, zero), scale / 2), 2, "one number for all"),
    (lambda c, scale, zero: (reals_of(c, scale, zero), np.full(c.shape, scale / 2)), 3, "ends overlooked"),
    (
        lambda c, scale, zero: (reals_of(c, scale, zero), np.where(c == 127, np.inf, scale / 2)),
        3,
        "one end overlooked",
    ),
]


def rows_by(scales_of):
    def answer(weights):
        scales = scales_of(weights)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a row of zeros divides 0 by 0, and says so
            codes = np.nan_to_num(away((weights.T / scales).T)).clip(-127, 127)
        return scales, codes.astype(np.int8)

    return answer


def right_rows(weights):
    largest = np.abs(weights).max(axis=1)
    scales = np.where(largest > 0, largest / 127, 1)
    return scales, away(weights / scales[:, None]).astype(np.int8)


ROWS = [
    (rows_by(lambda w: np.abs(w).max() / 127), 0, "one scale for all"),
    (rows_by(lambda w: np.full(len(w), np.abs(w).max() / 127)), 0, "one scale for all"),
    (lambda w: (np.abs(w).max(axis=0) / 127, away(w / (np.abs(w).max(axis=0) / 127))), 0, "wrong axis"),
    (rows_by(lambda w: np.abs(w).max(axis=1) / 128), 0, "128 for 127"),
    (rows_by(lambda w: w.max(axis=1) / 127), 0, "sign of the largest"),
    (rows_by(lambda w: (w.max(axis=1) - w.min(axis=1)) / 255), 0, "from lowest to highest"),
    (lambda w: (1 / right_rows(w)[0], right_rows(w)[1]), 1, "inverted scale"),
    (lambda w: (right_rows(w)[0].reshape(-1, 1), right_rows(w)[1]), 1, "scales in a column"),
    (lambda w: right_rows(w)[::-1], 0, "swapped"),
    (rows_by(lambda w: np.abs(w).max(axis=1) / 127), 3, "division by zero"),
    (rows_by(lambda w: np.maximum(np.abs(w).max(axis=1), 1e-8) / 127), 3, "tiny scale for zeros"),
    (lambda w: (right_rows(w)[0], (w / right_rows(w)[0][:, None]).astype(np.int8)), 2, "cut off"),
]


def dense(sums_of, end=lambda y: np.clip(y, -128, 127).astype(np.int8), zero=1):
    def answer(codes, zero_in, weights, bias, multiplier, shift, zero_out):
        sums = sums_of(codes, zero_in, weights, bias)
        return end(requantize(sums, multiplier, shift) + zero * zero_out)

    return answer


def sums_of(codes, zero_in, weights, bias):
    return (codes.astype(np.int32) - zero_in) @ weights.T.astype(np.int32) + bias


def zero_out_too_early(codes, zero_in, weights, bias, multiplier, shift, zero_out):
    return np.clip(requantize(sums_of(codes, zero_in, weights, bias) + zero_out, multiplier, shift), -128, 127)


def bias_too_late(codes, zero_in, weights, bias, multiplier, shift, zero_out):
    scaled = requantize(sums_of(codes, zero_in, weights, 0), multiplier, shift)
    return np.clip(scaled + bias + zero_out, -128, 127).astype(np.int8)


def sums_for_outputs(codes, zero_in, weights, bias, multiplier, shift, zero_out):
    return np.clip(sums_of(codes, zero_in, weights, bias) + zero_out, -128, 127).astype(np.int8)


LAYERS = [
    (dense(lambda c, z, w, b: (c - np.int8(z)) @ w.T + b), 0, "overflow of int8"),
    (dense(lambda c, z, w, b: sums_of(c, z, w, b).astype(np.int16)), 0, "sums of 16 bits"),
    (dense(lambda c, z, w, b: sums_of(c, z, w, 0)), 0, "bias forgotten"),
    (bias_too_late, 0, "bias after requantization"),
    (sums_for_outputs, 0, "no requantization"),
    (dense(lambda c, z, w, b: sums_of(c, 0, w, b)), 2, "zero point of the input forgotten"),
    (dense(lambda c, z, w, b: sums_of(c, -z, w, b)), 2, "sign of the input's zero point"),
    (dense(lambda c, z, w, b: sums_of(c, 0, w, b) - z), 2, "input's zero point once"),
    (dense(lambda c, z, w, b: (c - np.int8(z)).astype(int) @ w.T.astype(int) + b), 2, "differences wrapped"),
    (dense(sums_of, zero=0), 2, "zero point of the output forgotten"),
    (dense(sums_of, zero=-1), 2, "sign of the output's zero point"),
    (zero_out_too_early, 2, "zero point before requantization"),
    (dense(sums_of, lambda y: y.astype(np.int8)), 3, "no saturation"),
    (dense(sums_of, lambda y: y), 3, "no saturation"),
    (dense(sums_of, lambda y: np.clip(y, 0, 127)), 0, "ReLU in the middle"),
    (dense(lambda c, z, w, b: sums_of(c[:, ::-1], z, w, b)), 0, None),
]

TASKS = {"04.1": RANGES, "04.2": CODES, "04.3": REALS, "04.4": ROWS, "04.5": LAYERS}
MUTANTS = [(task, *mutant) for task, mutants in TASKS.items() for mutant in mutants]


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("objective", "mutant", "points", "name"), MUTANTS)
def test_a_typical_wrong_answer_has_its_score_and_its_name(objective, mutant, points, name, seed):
    result = judge(objective, mutant, seed)
    assert (result.points, result.misconception) == (points, name)


def test_every_task_has_at_least_five_mutants_and_partial_credit():
    assert set(TASKS) == {"04.1", "04.2", "04.3", "04.4", "04.5"}
    for mutants in TASKS.values():
        assert len(mutants) >= 5
        assert len({points for _, points, _ in mutants}) >= 3


def test_every_task_is_worth_four_points_in_parts():
    for objective in TASKS:
        result = judge(objective, lambda *case: None)
        assert (result.points, result.possible, len(result.parts) >= 3) == (0, 4, True)
        assert result.misconception == "nothing returned"


def test_float32_is_as_good_as_float64():
    def in_float32(low, high):
        low, high = (np.float32(end) for end in widened(low, high))
        scale = (high - low) / np.float32(255) or np.float32(1)
        return float(scale), int(np.round(np.float32(-128) - low / scale))

    def halves_by_python(x, scale, zero):
        whole = [math.floor(abs(v) / scale + 0.5) * (1 if v >= 0 else -1) for v in x.astype(np.float32).tolist()]
        return np.clip(np.array(whole) + zero, -128, 127).astype(np.int8)

    for seed in range(5):
        assert judge("04.1", in_float32, seed).passed
        assert judge("04.2", halves_by_python, seed).passed
        assert judge("04.3", lambda c, s, z: (np.float32(s) * (c.astype(np.float32) - z), bounds_of(c, s)), seed).passed


def test_somebody_who_is_near_is_told_the_tolerance_and_why():
    def near(low, high):
        scale, zero = from_range(low, high)
        return scale * (1 + 1e-5), zero

    message = judge("04.1", near).message
    assert "a relative difference of 1e-06 is allowed: a float32 keeps 24 bits" in message.lower()


def test_every_hint_speaks_of_part_of_the_work_only():
    """What is right is said first."""
    result = judge("04.2", codes_of)
    assert result.message.startswith("◐ 04.2")
    assert "right: rounding, saturation" in result.message
