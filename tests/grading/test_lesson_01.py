"""Typical wrong answers to exercise 01, written as learners write them, each with its score and its hint."""

import math
from itertools import pairwise

import pytest
from lessons import judge

from tinyml_course.boards import UNO

MUTANTS = [
    ("01.1", lambda sizes: sum(a * b for a, b in pairwise(sizes)), "biases forgotten"),
    ("01.1", lambda sizes: sum(a * b + a for a, b in pairwise(sizes)), "bias per input"),
    ("01.1", lambda sizes: sum(a * b + 1 for a, b in pairwise(sizes)), "one bias per layer"),
    ("01.1", sum, "neurons counted"),
    ("01.1", lambda sizes: (sizes[-2] + 1) * sizes[-1], "last layer only"),
    ("01.1", math.prod, None),
    ("01.2", lambda parameters, bits: parameters * bits, "bits for bytes"),
    ("01.2", lambda parameters, bits: int(parameters * bits / 8), "rounded down"),
    ("01.2", lambda parameters, bits: parameters * bits / 8, "fraction of a byte"),
    ("01.2", lambda parameters, bits: parameters * max(1, bits // 8), "a byte per small weight"),
    ("01.2", lambda parameters, bits: parameters * bits / 8 / 1024, "KiB for bytes"),
    ("01.2", lambda parameters, bits: parameters * bits / 8 / 1000, "kB for bytes"),
    ("01.3", lambda layers, w, v, c: layers * (12 * w**2 + 13 * w) + v * w + 2 * w, "positions forgotten"),
    ("01.3", lambda layers, w, v, c: layers * 12 * w**2 + (v + c + 2) * w, "blocks without their small parts"),
    ("01.3", lambda layers, w, v, c: 12 * w**2 + 13 * w + (v + c + 2) * w, "one block"),
    ("01.3", lambda layers, w, v, c: layers * (12 * w**2 + 13 * w) + (2 * v + c + 2) * w, "words counted twice"),
    ("01.3", lambda layers, w, v, c: layers * (12 * w**2 + 13 * w) + (v + c) * w, "last normalization forgotten"),
    ("01.3", lambda layers, w, v, c: 12 * layers * w**2, None),
    ("01.4", lambda large, small: math.log(large / small), "natural logarithm"),
    ("01.4", lambda large, small: math.log2(large / small), "logarithm to base 2"),
    ("01.4", lambda large, small: large / small, "the ratio itself"),
    ("01.4", lambda large, small: math.log10(large - small), None),
    ("01.4", lambda large, small: int(math.log10(large / small)), "whole orders only"),
    ("01.4", lambda large, small: math.log10(small / large), "inverted ratio"),
    ("01.5", lambda weights, work: weights + work <= UNO.sram_bytes, "weights in SRAM"),
    ("01.5", lambda weights, work: weights <= UNO.flash_bytes, "SRAM forgotten"),
    ("01.5", lambda weights, work: work <= UNO.sram_bytes, "flash forgotten"),
    ("01.5", lambda weights, work: weights <= 32 * 1024 and work <= 2 * 1024, "boot loader forgotten"),
    ("01.5", lambda weights, work: weights < UNO.flash_bytes and work < UNO.sram_bytes, "full is too full"),
    ("01.5", lambda weights, work: weights <= 32_000 and work <= 2_000, None),
]


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(("objective", "mutant", "name"), MUTANTS)
def test_a_typical_wrong_answer_earns_nothing_and_is_named(objective, mutant, name, seed):
    result = judge(objective, mutant, seed)
    assert (result.points, result.misconception) == (0, name)


def test_every_exercise_has_at_least_five_mutants():
    objectives = [objective for objective, _, _ in MUTANTS]
    assert all(objectives.count(objective) >= 5 for objective in set(objectives))
    assert set(objectives) == {"01.1", "01.2", "01.3", "01.4", "01.5"}
