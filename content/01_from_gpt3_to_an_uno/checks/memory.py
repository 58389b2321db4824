"""Checks 01.2 and 01.5: the bytes of a model, and whether an Uno holds them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinyml_course.boards import UNO
from tinyml_course.grading.checks import Case, Check, Misconception, Part
from tinyml_course.grading.slips import NUMBER_SLIPS


def _large_models(rng: np.random.Generator) -> Sequence[Case]:
    """A million bytes and more, and no two parameters in one of them."""
    return [(int(rng.integers(10**6, 10**9)), bits) for bits in (32, 16, 8)]


def _parameters_and_bits(rng: np.random.Generator) -> Sequence[Case]:
    drawn = [(int(rng.integers(1_000, 10**9)), int(bits)) for bits in rng.choice([4, 8, 16, 32], 4)]
    return [(1_000, 32), (1_001, 4), (1_003, 4), (int(rng.integers(100, 10_000)) * 2 + 1, 4), *drawn]


MODEL_BYTES = Check(
    objective="01.2",
    task="Bytes of a model",
    function="model_bytes",
    parts=(
        Part(
            "bits into bytes",
            1,
            _large_models,
            relative_tolerance=1e-6,
            tolerance_reason="this part asks for bytes, and rounding to whole ones changes one in a million at most",
        ),
        Part("packed into whole bytes", 1, _parameters_and_bits),
    ),
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
            "rounded to nearest",
            "You rounded to the nearest, and `round` takes a half to the even side: half a byte needs a whole one.",
            lambda parameters, bits: round(parameters * bits / 8),
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


def _clear_in_sram(rng: np.random.Generator) -> Sequence[Case]:
    """Working values that clearly fit the SRAM, or clearly do not; weights that fit the flash, but for one."""
    sram = UNO.sram_bytes
    fit = [(int(rng.integers(sram + 1, 30_000)), int(rng.integers(1, 1_500))) for _ in range(3)]
    too_much = [(int(rng.integers(100, 30_000)), int(rng.integers(sram + 500, 20_000))) for _ in range(3)]
    return [(300, 900), (1_500, 2_500), (600, 40_000), (40_000, 5_000), *fit, *too_much]


def _close_in_flash(rng: np.random.Generator) -> Sequence[Case]:
    """Working values that fit the SRAM, once to the last byte; weights that fit the flash or do not, by a byte too."""
    flash, sram = UNO.flash_bytes, UNO.sram_bytes
    edges = [(flash, sram), (flash + 1, 70), (30_000, 500), (sram - 100, sram - 100), (40_000, 300)]
    fit = [(int(rng.integers(sram, flash)), int(rng.integers(1, sram))) for _ in range(3)]
    too_much = [(int(rng.integers(flash + 1, 2 * flash)), int(rng.integers(1, sram))) for _ in range(3)]
    return [*edges, (flash - 99, sram - 9), *fit, *too_much]


FITS_AN_UNO = Check(
    objective="01.5",
    task="What fits an Uno",
    function="fits_an_uno",
    parts=(
        Part("the SRAM", 1, _clear_in_sram),
        Part("the flash, and memories full to the last byte", 1, _close_in_flash),
    ),
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
