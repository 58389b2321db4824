"""Typical wrong answers to exercise 01, written as learners write them, each with its score and its hint."""

import math
from itertools import pairwise

import pytest
from lessons import judge

from tinyml_course.boards import UNO

DENSE = [
    # One point for the weights of one wide layer, one for every layer with its biases.
    (lambda sizes: sum(a * b for a, b in pairwise(sizes)), 1, "biases forgotten"),
    (lambda sizes: sum(a * b + a for a, b in pairwise(sizes)), 1, "bias per input"),
    (lambda sizes: sum(a * b + 1 for a, b in pairwise(sizes)), 1, "one bias per layer"),
    (lambda sizes: (sizes[-2] + 1) * sizes[-1], 1, "last layer only"),
    (lambda sizes: (sizes[0] + 1) * sizes[1], 1, "first layer only"),
    (lambda sizes: sum((a + 1) * b for a, b in pairwise(sizes[:-1])), 0, None),
    (lambda sizes: sum(a * b for a, b in pairwise(sizes)) + sum(sizes), 1, None),
    (sum, 0, "neurons counted"),
    (lambda sizes: sum(sizes[1:]), 0, "neurons counted"),
    (lambda sizes: sum(a + b for a, b in pairwise(sizes)), 0, "neurons counted"),
    (lambda sizes: 4 * sum(a * b + b for a, b in pairwise(sizes)), 0, None),
]
BYTES = [
    # One point for bytes, to a millionth, one for packing and whole bytes.
    (lambda parameters, bits: int(parameters * bits / 8), 1, "rounded down"),
    (lambda parameters, bits: parameters * bits // 8, 1, "rounded down"),
    (lambda parameters, bits: parameters * bits / 8, 1, "fraction of a byte"),
    (lambda parameters, bits: parameters * bits // 8 + 1, 1, "one spare byte"),
    (lambda parameters, bits: parameters * max(1, bits // 8), 1, "a byte per small weight"),
    (lambda parameters, bits: round(parameters * bits / 8), 1, "rounded to nearest"),
    (lambda parameters, bits: parameters * bits, 0, "bits for bytes"),
    (lambda parameters, bits: parameters, 0, "bits ignored"),
    (lambda parameters, bits: parameters * bits / 8 / 1024, 0, "KiB for bytes"),
    (lambda parameters, bits: parameters * bits / 8 / 1000, 0, "kB for bytes"),
    (lambda parameters, bits: parameters * 8 / bits, 0, None),
]
GPT = [
    # One point for the matrices of the blocks, to a hundredth, one for every part.
    (lambda n, w, v, c: n * (12 * w**2 + 13 * w) + v * w + 2 * w, 1, "positions forgotten"),
    (lambda n, w, v, c: n * (12 * w**2 + 13 * w) + c * w + 2 * w, 1, "words forgotten"),
    (lambda n, w, v, c: n * (12 * w**2 + 13 * w) + (2 * v + c + 2) * w, 1, "words counted twice"),
    (lambda n, w, v, c: n * (12 * w**2 + 13 * w) + (v + c) * w, 1, "last normalization forgotten"),
    (lambda n, w, v, c: n * 12 * w**2 + (v + c + 2) * w, 1, "blocks without their small parts"),
    (lambda n, w, v, c: n * (12 * w**2 + 13 * w), 1, "blocks only"),
    (lambda n, w, v, c: n * (12 * w**2 + 13 * w) + v + c + 2 * w, 1, "tables without their width"),
    (lambda n, w, v, c: 12 * n * w**2, 1, None),
    (lambda n, w, v, c: 12 * w**2 + 13 * w + (v + c + 2) * w, 0, "one block"),
    (lambda n, w, v, c: n * (8 * w**2 + 9 * w) + (v + c + 2) * w, 0, None),
    (lambda n, w, v, c: n * (12 * w**2 + 13 * w + (v + c) * w) + 2 * w, 0, None),
]
ORDERS = [
    # One point for powers of ten, one for what lies between them.
    (lambda large, small: int(math.log10(large / small)), 1, "whole orders only"),
    (lambda large, small: round(math.log10(large / small)), 1, "whole orders only"),
    (lambda large, small: len(str(large)) - len(str(small)), 1, None),
    (lambda large, small: math.log(large / small), 0, "natural logarithm"),
    (lambda large, small: math.log2(large / small), 0, "logarithm to base 2"),
    (lambda large, small: large / small, 0, "the ratio itself"),
    (lambda large, small: large - small, 0, "the difference"),
    (lambda large, small: math.log10(small / large), 0, "inverted ratio"),
    (lambda large, small: math.log10(large - small), 0, None),
]
FITS = [
    # One point for the SRAM, one for the flash and the last byte of both.
    (lambda weights, work: weights <= UNO.flash_bytes, 1, "SRAM forgotten"),
    (lambda weights, work: work <= UNO.sram_bytes, 1, "flash forgotten"),
    (lambda weights, work: weights <= 32 * 1024 and work <= 2 * 1024, 1, "boot loader forgotten"),
    (lambda weights, work: weights < UNO.flash_bytes and work < UNO.sram_bytes, 1, "full is too full"),
    (lambda weights, work: weights <= UNO.flash_bytes and work < UNO.sram_bytes, 1, "full is too full"),
    (lambda weights, work: weights <= 32_000 and work <= 2_000, 1, None),
    (lambda weights, work: weights + work <= UNO.sram_bytes, 0, "weights in SRAM"),
    (lambda weights, work: weights <= UNO.sram_bytes and work <= UNO.sram_bytes, 0, "weights in SRAM"),
    (lambda weights, work: weights <= UNO.flash_bytes or work <= UNO.sram_bytes, 0, "either for both"),
    (lambda weights, work: weights + work <= UNO.flash_bytes + UNO.sram_bytes, 0, None),
    (lambda weights, work: True, 0, None),
    (lambda weights, work: False, 0, None),
]
TASKS = {"01.1": DENSE, "01.2": BYTES, "01.3": GPT, "01.4": ORDERS, "01.5": FITS}
MUTANTS = [(objective, *mutant) for objective, mutants in TASKS.items() for mutant in mutants]


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("objective", "mutant", "points", "name"), MUTANTS)
def test_a_typical_wrong_answer_earns_what_is_right_in_it_and_is_named(objective, mutant, points, name, seed):
    result = judge(objective, mutant, seed)
    assert (result.points, result.misconception) == (points, name)


def test_every_task_has_at_least_five_mutants_and_partial_credit():
    for mutants in TASKS.values():
        assert len(mutants) >= 5
        assert {points for _, points, _ in mutants} == {0, 1}


def test_every_task_is_worth_two_points_in_two_parts():
    for objective in TASKS:
        result = judge(objective, lambda *case: None)
        assert [(part.points, part.possible) for part in result.parts] == [(0, 1), (0, 1)]
        assert result.misconception == "nothing returned"


PLAIN = [
    ("01.1", lambda sizes: sum(a * b for a, b in pairwise(sizes)) + sum(sizes[1:])),
    ("01.2", lambda parameters, bits: math.ceil(parameters * bits / 8)),
    ("01.2", lambda parameters, bits: -(-parameters * bits // 8)),
    ("01.3", lambda n, w, v, c: n * (4 * w * w + 4 * w + 8 * w * w + 5 * w + 4 * w) + v * w + c * w + 2 * w),
    ("01.4", lambda large, small: math.log10(large) - math.log10(small)),
    ("01.4", lambda large, small: math.log(large / small, 10)),
    ("01.5", lambda weights, work: not (weights > UNO.flash_bytes or work > UNO.sram_bytes)),
]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("objective", "function"), PLAIN)
def test_other_ways_to_write_it_earn_all_points(objective, function, seed):
    assert judge(objective, function, seed).passed


LEFT_OUT = [
    ("01.1", lambda sizes: sizes[0] * sizes[1]),
    ("01.1", lambda sizes: (sizes[1] + 1) * sizes[0]),
    ("01.2", lambda parameters, bits: parameters * bits // 8 + 1),
    ("01.2", lambda parameters, bits: parameters * bits // 8 - 1),
    ("01.3", lambda n, w, v, c: 12 * n * w**2),
    ("01.3", lambda n, w, v, c: n * (12 * w**2 + 13 * w) + 2 * (v + c + 2) * w),
]


@pytest.mark.parametrize(("objective", "rough"), LEFT_OUT)
def test_what_a_part_leaves_out_is_always_within_its_tolerance(objective, rough):
    for seed in range(40):
        assert [part.points for part in judge(objective, rough, seed).parts] == [1, 0]


def test_somebody_who_is_near_is_told_the_tolerance_of_the_part_and_why():
    message = judge("01.3", lambda n, w, v, c: n * (12 * w**2 + 13 * w) * 0.95).message
    assert "A relative difference of 0.01 is allowed: this part asks for the matrices" in message
