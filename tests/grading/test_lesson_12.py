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


def whole(line):
    return tuple(int(word) for word in refusal(line)[1:])


REQUESTS = [
    # One point for bytes that have two digits by themselves, one for zeros in front.
    (lambda pixels: "c " + "".join(hex(pixel)[2:] for pixel in pixels), 1, "leading zeros lost"),
    (lambda pixels: "c " + "".join(f"{pixel:2x}" for pixel in pixels), 1, None),
    (lambda pixels: "c " + "".join(str(pixel) for pixel in pixels), 0, "decimal digits"),
    (lambda pixels: "c " + "".join(f"{pixel:02}" for pixel in pixels), 0, "decimal digits"),
    (lambda pixels: "c " + "".join(f"{pixel:03x}" for pixel in pixels), 0, None),
    (lambda pixels: "c " + "".join(hex(pixel) for pixel in pixels), 0, "0x in front"),
    (lambda pixels: "c " + "".join(f"{pixel:#04x}" for pixel in pixels), 0, "0x in front"),
    (lambda pixels: "c " + " ".join(f"{pixel:02x}" for pixel in pixels), 0, "spaces between bytes"),
    (lambda pixels: "o " + bytes(pixels).hex(), 0, "wrong command"),
    (lambda pixels: bytes(pixels).hex(), 0, "command missing"),
    (lambda pixels: [f"{pixel:02x}" for pixel in pixels], 0, "bytes for text"),
]
REPLIES = [
    # One point for the two numbers, one for refusals.
    (lambda line: tuple(refusal(line)[1:]), 1, "text for numbers"),
    (lambda line: whole(line)[::-1], 1, "swapped"),
    (lambda line: whole(line)[0], 1, "class only"),
    (lambda line: (whole(line)[0], whole(line)[1] / 1000), 1, "milliseconds"),
    (lambda line: (int(line.split()[1]), int(line.split()[2])) if line[0] == "c" else None, 1, "refusal overlooked"),
    (lambda line: (int(line.split()[1]), int(line.split()[2])), 1, "refusal overlooked"),
    (lambda line: tuple(int(word) for word in line.split()[1:] if word.isdigit()), 1, "refusal overlooked"),
    (lambda line: refusal(line)[9], 0, None),
    (lambda line: line.split(), 0, "text for numbers"),
    (lambda line: (0, 0), 0, None),
    (lambda line: refusal("e" + line), 0, None),
]
ROOM = [
    # One point for the flash, one for the SRAM.
    (lambda flash, static, stack: (UNO.flash_bytes - flash, UNO.sram_bytes - static), 1, "stack forgotten"),
    (lambda flash, static, stack: (UNO.flash_bytes - flash, UNO.sram_bytes - stack), 1, "static variables forgotten"),
    (lambda flash, static, stack: (UNO.flash_bytes - flash, 2000 - static - stack), 1, "2 KB of 1,000 bytes"),
    (lambda flash, static, stack: (32 * 1024 - flash, 2 * 1024 - static - stack), 1, "boot loader forgotten"),
    (lambda flash, static, stack: (UNO.flash_bytes - flash - static, UNO.sram_bytes - static - stack), 1, None),
    (lambda flash, static, stack: (UNO.sram_bytes - static - stack, UNO.flash_bytes - flash), 0, "swapped"),
    (lambda flash, static, stack: (flash - UNO.flash_bytes, static + stack - UNO.sram_bytes), 0, "wrong sign"),
    (
        lambda flash, static, stack: (max(0, UNO.flash_bytes - flash), max(0, UNO.sram_bytes - static - stack)),
        0,
        "cut at zero",
    ),
    (lambda flash, static, stack: (flash, static + stack), 0, "taken, not left"),
    (lambda flash, static, stack: UNO.flash_bytes - flash, 0, None),
]
ENERGY = [
    # One point for the time, one for the energy.
    (lambda cycles: (ms(cycles) / 1000, mj(cycles)), 1, "seconds"),
    (lambda cycles: (ms(cycles) * 1000, mj(cycles)), 1, "microseconds"),
    (lambda cycles: (ms(cycles), mj(cycles) * 1000), 1, "microjoules"),
    (lambda cycles: (ms(cycles), mj(cycles) / 1000), 1, "joules"),
    (lambda cycles: (ms(cycles), cycles * UNO.nj_per_cycle_board), 1, "nanojoules"),
    (lambda cycles: (ms(cycles), cycles * UNO.nj_per_cycle_chip / 1e6), 1, "chip for board"),
    (lambda cycles: (UNO.clock_hz / cycles / 1000, mj(cycles)), 1, "inverted ratio"),
    (lambda cycles: (ms(cycles), ms(cycles) * UNO.nj_per_cycle_board), 1, None),
    (lambda cycles: (ms(cycles) / 1000, mj(cycles) / 1000), 0, "seconds"),
    (lambda cycles: (mj(cycles), ms(cycles)), 0, "swapped"),
    (ms, 0, "time only"),
]
DAYS = [
    # One point for the current while awake, one for the current asleep too.
    (lambda q, on, off, t, T: q / (t / 1000 / T * on) / 24, 1, "sleep forgotten"),
    (lambda q, on, off, t, T: q / (t / 1000 / T * on + off) / 24, 1, "sleep all the time"),
    (lambda q, on, off, t, T: q / (t / 1000 / T * on - (1 - t / 1000 / T) * off) / 24, 1, None),
    (lambda q, on, off, t, T: q / (t / 1000 / T * on + (1 - t / 1000 / T) * off), 0, "hours for days"),
    (lambda q, on, off, t, T: q / on / 24, 0, "always awake"),
    (lambda q, on, off, t, T: q / (t / T * on + (1 - t / T) * off) / 24, 0, "milliseconds for seconds"),
    (lambda q, on, off, t, T: q / ((on + off) / 2) / 24, 0, "plain mean of the currents"),
    (lambda q, on, off, t, T: q * (t / 1000 / T * on + (1 - t / 1000 / T) * off) / 24, 0, None),
    (lambda q, on, off, t, T: q / (t / 1000 / T * on + (1 - t / 1000 / T) * off) / 24 / 1000, 0, "power of ten"),
]  # fmt: skip
TASKS = {"12.1": REQUESTS, "12.2": REPLIES, "12.3": ROOM, "12.4": ENERGY, "12.5": DAYS}
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


def test_a_refusal_that_is_noticed_is_said_to_be_right():
    message = judge("12.2", lambda line: whole(line)[::-1]).message
    assert message.startswith("◐ 12.2 Read the answer · 1 of 2 points · right: the refusal · for line='c 7 2140")


def test_somebody_who_refuses_everything_has_noticed_nothing():
    def refuses(line):
        raise ValueError(line)

    assert judge("12.2", refuses).points == 0


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
