"""Typical wrong answers to exercise 12, written as learners write them, each with its score and its hint."""

import pytest
from lessons import judge

from tinyml_course.boards import UNO


def ms(cycles):
    return cycles / UNO.clock_hz * 1000


def mj(cycles):
    return cycles * UNO.nj_per_cycle_board / 1e6


def refusal(line):
    if line.startswith("e"):
        raise ValueError(line)
    return line.split()


MUTANTS = [
    ("12.1", lambda pixels: "c " + "".join(str(pixel) for pixel in pixels), None),
    ("12.1", lambda pixels: "c " + "".join(f"{pixel:02}" for pixel in pixels), "decimal digits"),
    ("12.1", lambda pixels: "c " + "".join(hex(pixel)[2:] for pixel in pixels), "leading zeros lost"),
    ("12.1", lambda pixels: "c " + "".join(hex(pixel) for pixel in pixels), "0x in front"),
    ("12.1", lambda pixels: "c " + " ".join(f"{pixel:02x}" for pixel in pixels), "spaces between bytes"),
    ("12.1", lambda pixels: "o " + bytes(pixels).hex(), "wrong command"),
    ("12.1", lambda pixels: bytes(pixels).hex(), "command missing"),
    ("12.2", lambda line: tuple(refusal(line)[1:]), "text for numbers"),
    ("12.2", lambda line: tuple(int(word) for word in reversed(refusal(line)[1:])), "swapped"),
    ("12.2", lambda line: int(refusal(line)[1]), "class only"),
    ("12.2", lambda line: (int(line.split()[1]), int(line.split()[2])) if line[0] == "c" else None,
     "refusal overlooked"),
    ("12.2", lambda line: (int(refusal(line)[1]), int(refusal(line)[2]) / 1000), "milliseconds"),
    ("12.2", lambda line: (0, 0), None),
    ("12.3", lambda flash, static, stack: (UNO.flash_bytes - flash, UNO.sram_bytes - static), "stack forgotten"),
    ("12.3", lambda flash, static, stack: (UNO.flash_bytes - flash, UNO.sram_bytes - stack),
     "static variables forgotten"),
    ("12.3", lambda flash, static, stack: (32 * 1024 - flash, 2 * 1024 - static - stack), "boot loader forgotten"),
    ("12.3", lambda flash, static, stack: (UNO.flash_bytes - flash, 2000 - static - stack), "2 KB of 1,000 bytes"),
    ("12.3", lambda flash, static, stack: (flash, static + stack), "taken, not left"),
    ("12.4", lambda cycles: (ms(cycles) / 1000, mj(cycles)), "seconds"),
    ("12.4", lambda cycles: (ms(cycles), mj(cycles) * 1000), "microjoules"),
    ("12.4", lambda cycles: (ms(cycles), mj(cycles) / 1000), "joules"),
    ("12.4", lambda cycles: (ms(cycles), cycles * UNO.nj_per_cycle_chip / 1e6), "chip for board"),
    ("12.4", lambda cycles: (mj(cycles), ms(cycles)), "swapped"),
    ("12.4", ms, "time only"),
    ("12.5", lambda q, on, off, t, T: q / (t / 1000 / T * on + (1 - t / 1000 / T) * off), "hours for days"),
    ("12.5", lambda q, on, off, t, T: q / (t / 1000 / T * on) / 24, "sleep forgotten"),
    ("12.5", lambda q, on, off, t, T: q / on / 24, "always awake"),
    ("12.5", lambda q, on, off, t, T: q / (t / T * on + (1 - t / T) * off) / 24, "milliseconds for seconds"),
    ("12.5", lambda q, on, off, t, T: q / (t / 1000 / T * on + off) / 24, "sleep all the time"),
    ("12.5", lambda q, on, off, t, T: q / ((on + off) / 2) / 24, "plain mean of the currents"),
]  # fmt: skip


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(("objective", "mutant", "name"), MUTANTS)
def test_a_typical_wrong_answer_earns_nothing_and_is_named(objective, mutant, name, seed):
    result = judge(objective, mutant, seed)
    assert (result.points, result.misconception) == (0, name)


def test_every_exercise_has_at_least_five_mutants():
    objectives = [objective for objective, _, _ in MUTANTS]
    assert all(objectives.count(objective) >= 5 for objective in set(objectives))
    assert set(objectives) == {"12.1", "12.2", "12.3", "12.4", "12.5"}


@pytest.mark.parametrize(
    "request_line",
    [
        lambda pixels: "c " + bytes(pixels).hex().upper(),
        lambda pixels: "c" + bytes(pixels).hex(),
        lambda pixels: "c " + bytes(pixels).hex() + "\n",
    ],
)
def test_what_the_board_reads_alike_earns_all_points(request_line):
    assert judge("12.1", request_line).passed
