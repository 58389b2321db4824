"""Checks of lesson 01: parameters, bytes and ratios from a configuration."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tinyml_course.boards import UNO
from tinyml_course.grading.checks import Case, Check, Misconception, Part
from tinyml_course.grading.slips import NUMBER_SLIPS
from tinyml_course.units import orders_of_magnitude


def _layer_sizes(rng: np.random.Generator) -> Sequence[Case]:
    drawn = [tuple(int(size) for size in rng.integers(3, 300, rng.integers(3, 6))) for _ in range(4)]
    return [((64, 10),), *((sizes,) for sizes in drawn)]


def _dense_parameters(sizes: tuple[int, ...]) -> int:
    return int(np.dot(np.add(sizes[:-1], 1), sizes[1:]))


DENSE_PARAMETERS = Check(
    objective="01.1",
    task="Parameters of a dense network",
    function="dense_parameters",
    parts=(Part("all inputs", 2, _layer_sizes),),
    can_now="count the parameters of any dense network from its layer sizes",
    arguments=("sizes",),
    expected=_dense_parameters,
    misconceptions=(
        Misconception(
            "biases forgotten",
            "You counted the weights and forgot the biases: each output has one.",
            lambda sizes: int(np.dot(sizes[:-1], sizes[1:])),
        ),
        Misconception(
            "bias per input",
            "You counted a bias for each input; a bias belongs to an output.",
            lambda sizes: int(np.dot(sizes[:-1], np.add(sizes[1:], 1))),
        ),
        Misconception(
            "one bias per layer",
            "You counted one bias per layer; there is one for each output.",
            lambda sizes: int(np.dot(sizes[:-1], sizes[1:])) + len(sizes) - 1,
        ),
        Misconception(
            "neurons counted",
            "You counted neurons. A parameter is a number that training sets: a weight or a bias.",
            sum,
        ),
        Misconception(
            "neurons counted",
            "You counted neurons. A parameter is a number that training sets: a weight or a bias.",
            lambda sizes: sum(sizes[1:]),
        ),
        Misconception(
            "last layer only",
            "You counted the last layer only: does the sum grow in every turn of the loop?",
            lambda sizes: _dense_parameters(sizes[-2:]),
        ),
        Misconception(
            "first layer only",
            "You counted the first layer only: does the loop end too early?",
            lambda sizes: _dense_parameters(sizes[:2]),
        ),
    ),
    slips=NUMBER_SLIPS,
)


def _parameters_and_bits(rng: np.random.Generator) -> Sequence[Case]:
    drawn = [(int(rng.integers(1_000, 10**9)), int(bits)) for bits in rng.choice([4, 8, 16, 32], 4)]
    return [(1_000, 32), (1_001, 4), (int(rng.integers(100, 10_000)) * 2 + 1, 4), *drawn]


MODEL_BYTES = Check(
    objective="01.2",
    task="Bytes of a model",
    function="model_bytes",
    parts=(Part("all inputs", 2, _parameters_and_bits),),
    can_now="turn a number of parameters and a precision into bytes",
    arguments=("parameters", "bits"),
    expected=lambda parameters, bits: (parameters * bits + 7) // 8,
    misconceptions=(
        Misconception(
            "bits for bytes",
            "You counted bits; a byte has 8 of them.",
            lambda parameters, bits: parameters * bits,
        ),
        Misconception(
            "rounded down",
            "You rounded down: half a byte still needs a whole one.",
            lambda parameters, bits: parameters * bits // 8,
        ),
        Misconception(
            "fraction of a byte",
            "Memory comes in whole bytes: round up.",
            lambda parameters, bits: parameters * bits / 8,
        ),
        Misconception(
            "one spare byte",
            "You add a byte even where the bits fill whole bytes.",
            lambda parameters, bits: parameters * bits // 8 + 1,
        ),
        Misconception(
            "a byte per small weight",
            "You gave every 4-bit weight a whole byte; two of them share one.",
            lambda parameters, bits: parameters * -(-bits // 8),
        ),
        Misconception(
            "bits ignored",
            "You left the precision out: a 32-bit weight takes 4 bytes, an 8-bit weight takes 1.",
            lambda parameters, bits: parameters,
        ),
        Misconception(
            "KiB for bytes",
            "You gave KiB; the task asks for bytes.",
            lambda parameters, bits: parameters * bits / 8 / 1024,
        ),
        Misconception(
            "kB for bytes",
            "You gave kB; the task asks for bytes.",
            lambda parameters, bits: parameters * bits / 8 / 1000,
        ),
    ),
    slips=NUMBER_SLIPS,
)


def _gpt_configurations(rng: np.random.Generator) -> Sequence[Case]:
    drawn = [
        (int(rng.integers(2, 100)), 64 * int(rng.integers(2, 200)), int(rng.integers(1_000, 60_000)), 2 ** int(power))
        for power in rng.integers(7, 13, 3)
    ]
    return [(1, 2, 10, 4), *drawn]


def _gpt_parameters(layers: int, width: int, vocabulary: int, context: int) -> int:
    return width * (layers * (12 * width + 13) + vocabulary + context + 2)


GPT_PARAMETERS = Check(
    objective="01.3",
    task="Parameters of a GPT",
    function="gpt_parameters",
    parts=(Part("all inputs", 2, _gpt_configurations),),
    can_now="count a transformer's parameters from four numbers of its configuration",
    arguments=("layers", "width", "vocabulary", "context"),
    expected=_gpt_parameters,
    misconceptions=(
        Misconception(
            "positions forgotten",
            "The table of positions is missing: one row for each place in the context.",
            lambda layers, width, vocabulary, context: _gpt_parameters(layers, width, vocabulary, 0),
        ),
        Misconception(
            "words forgotten",
            "The table of words is missing: one row for each word of the vocabulary.",
            lambda layers, width, vocabulary, context: _gpt_parameters(layers, width, 0, context),
        ),
        Misconception(
            "words counted twice",
            "You counted the table of words twice; input and output share it.",
            lambda layers, width, vocabulary, context: _gpt_parameters(layers, width, 2 * vocabulary, context),
        ),
        Misconception(
            "last normalization forgotten",
            "The normalization after the last block is missing: two numbers for each unit of the width.",
            lambda layers, width, vocabulary, context: _gpt_parameters(layers, width, vocabulary - 2, context),
        ),
        Misconception(
            "blocks without their small parts",
            "You counted the big matrices of a block and left out its biases and normalizations.",
            lambda layers, width, vocabulary, context: (
                _gpt_parameters(layers, width, vocabulary, context) - 13 * layers * width
            ),
        ),
        Misconception(
            "one block",
            "You counted one block; the network has as many as it has layers.",
            lambda layers, width, vocabulary, context: _gpt_parameters(1, width, vocabulary, context),
        ),
        Misconception(
            "blocks only",
            "You counted the blocks only: the tables and the last normalization are missing.",
            lambda layers, width, vocabulary, context: layers * width * (12 * width + 13),
        ),
        Misconception(
            "tables without their width",
            "You counted the rows of the tables; each row holds as many numbers as the width.",
            lambda layers, width, vocabulary, context: (
                layers * width * (12 * width + 13) + vocabulary + context + 2 * width
            ),
        ),
    ),
    slips=NUMBER_SLIPS,
)


def _sizes_to_compare(rng: np.random.Generator) -> Sequence[Case]:
    drawn = [(int(10 ** rng.uniform(6, 12)), int(10 ** rng.uniform(2, 5))) for _ in range(4)]
    return [(1000, 10), (8000, 10), (2000, 10), *drawn]


ORDERS_OF_MAGNITUDE = Check(
    objective="01.4",
    task="Orders of magnitude",
    function="orders_between",
    parts=(Part("all inputs", 2, _sizes_to_compare),),
    can_now="say how many orders of magnitude lie between two sizes",
    arguments=("large", "small"),
    expected=orders_of_magnitude,
    relative_tolerance=1e-9,
    tolerance_reason="two ways to compute a logarithm of a ratio differ by a few units in the 16th digit",
    misconceptions=(
        Misconception(
            "natural logarithm",
            "You took the natural logarithm, which counts factors of e; count factors of ten.",
            lambda large, small: math.log(large / small),
        ),
        Misconception(
            "logarithm to base 2",
            "You took the logarithm to base 2, which counts doublings; count factors of ten.",
            lambda large, small: math.log2(large / small),
        ),
        Misconception(
            "the ratio itself",
            "You gave the ratio. How many factors of ten make it?",
            lambda large, small: large / small,
        ),
        Misconception(
            "the difference",
            "You subtracted the sizes; orders of magnitude compare by dividing.",
            lambda large, small: large - small,
        ),
        Misconception(
            "whole orders only",
            "You cut the fraction off: 8.2 orders are 60 % more than 8.",
            lambda large, small: math.floor(math.log10(large / small)),
        ),
        Misconception(
            "whole orders only",
            "You rounded to whole orders: 8.2 orders are 60 % more than 8.",
            lambda large, small: round(math.log10(large / small)),
        ),
        Misconception(
            "inverted ratio",
            "Your ratio stands upside down: the large size goes above the line.",
            lambda large, small: math.log10(small / large),
        ),
    ),
    slips=("inverted ratio", "wrong sign"),
)


def _weights_and_working_values(rng: np.random.Generator) -> Sequence[Case]:
    flash, sram = UNO.flash_bytes, UNO.sram_bytes
    edges = [(flash, sram), (flash + 1, 70), (1888, sram + 1), (30_000, 500), (sram - 100, sram - 100), (600, 40_000)]
    edges += [(40_000, 300), (flash - 99, sram - 9)]
    drawn = [(int(rng.integers(1, flash)), int(rng.integers(1, 2 * sram))) for _ in range(6)]
    return [*edges, *drawn]


FITS_AN_UNO = Check(
    objective="01.5",
    task="What fits an Uno",
    function="fits_an_uno",
    parts=(Part("all inputs", 2, _weights_and_working_values),),
    can_now="tell whether a model fits an Uno: its weights in flash, its working values in SRAM",
    arguments=("weights_bytes", "working_bytes"),
    expected=lambda weights_bytes, working_bytes: (
        min(UNO.flash_bytes - weights_bytes, UNO.sram_bytes - working_bytes) >= 0
    ),
    misconceptions=(
        Misconception(
            "weights in SRAM",
            "You put the weights into SRAM. They never change, so they stay in flash.",
            lambda weights_bytes, working_bytes: weights_bytes + working_bytes <= UNO.sram_bytes,
        ),
        Misconception(
            "weights in SRAM",
            "You compared the weights with the SRAM. They never change, so they stay in flash.",
            lambda weights_bytes, working_bytes: weights_bytes <= UNO.sram_bytes and working_bytes <= UNO.sram_bytes,
        ),
        Misconception(
            "SRAM forgotten",
            "You looked at flash only: the working values need room in SRAM at the same time.",
            lambda weights_bytes, working_bytes: weights_bytes <= UNO.flash_bytes,
        ),
        Misconception(
            "flash forgotten",
            "You looked at SRAM only: the weights need room in flash.",
            lambda weights_bytes, working_bytes: working_bytes <= UNO.sram_bytes,
        ),
        Misconception(
            "either for both",
            "You accept a model when one of the two memories is large enough; it needs both.",
            lambda weights_bytes, working_bytes: weights_bytes <= UNO.flash_bytes or working_bytes <= UNO.sram_bytes,
        ),
        Misconception(
            "boot loader forgotten",
            "You gave the model all 32 KiB of flash; the boot loader keeps 512 bytes of them.",
            lambda weights_bytes, working_bytes: (
                weights_bytes <= UNO.flash_bytes + 512 and working_bytes <= UNO.sram_bytes
            ),
        ),
        Misconception(
            "full is too full",
            "A model that fills a memory to the last byte still fits.",
            lambda weights_bytes, working_bytes: weights_bytes < UNO.flash_bytes and working_bytes < UNO.sram_bytes,
        ),
    ),
)

CHECKS: tuple[Check, ...] = (DENSE_PARAMETERS, MODEL_BYTES, GPT_PARAMETERS, ORDERS_OF_MAGNITUDE, FITS_AN_UNO)
