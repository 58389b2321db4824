"""Checks 01.1 and 01.3: the parameters of a dense network and of a GPT."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinyml_course.grading.checks import Case, Check, Misconception, Part
from tinyml_course.grading.slips import NUMBER_SLIPS


def _wide_layers(rng: np.random.Generator) -> Sequence[Case]:
    """One layer each. Its biases, also if they are counted by its inputs, are at most one in 500 parameters."""
    return [((int(inputs), int(outputs)),) for inputs, outputs in rng.integers(500, 2000, (3, 2))]


def _layer_sizes(rng: np.random.Generator) -> Sequence[Case]:
    drawn = [tuple(int(size) for size in rng.integers(3, 300, rng.integers(3, 6))) for _ in range(4)]
    return [((64, 10),), *((sizes,) for sizes in drawn)]


def _dense_parameters(sizes: tuple[int, ...]) -> int:
    return int(np.dot(np.add(sizes[:-1], 1), sizes[1:]))


DENSE_PARAMETERS = Check(
    objective="01.1",
    task="Parameters of a dense network",
    function="dense_parameters",
    parts=(
        Part(
            "the weights of one layer",
            1,
            _wide_layers,
            relative_tolerance=0.002,
            tolerance_reason="this part asks for the weights, and so wide a layer has one bias for 500 of them at most",
        ),
        Part("all layers with their biases", 1, _layer_sizes),
    ),
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


def _large_gpt_configurations(rng: np.random.Generator) -> Sequence[Case]:
    """GPT-3's and others of its size: to count the tables twice, or not at all, changes less than one hundredth.

    The tables are at most (60,000 + 4,096) w, the matrices at least 12 · 80 · 9,600 w: 0.7 in a hundred.
    """
    drawn = [
        (
            int(rng.integers(80, 120)),
            64 * int(rng.integers(150, 250)),
            int(rng.integers(10_000, 60_000)),
            2 ** int(power),
        )
        for power in rng.integers(7, 13, 2)
    ]
    return [(96, 12_288, 50_257, 2_048), *drawn]


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
    parts=(
        Part(
            "the large matrices of all blocks",
            1,
            _large_gpt_configurations,
            relative_tolerance=0.01,
            tolerance_reason="this part asks for the matrices, and all else is a hundredth of so large a model at most",
        ),
        Part("every part", 1, _gpt_configurations),
    ),
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
