"""Checks 12.1 and 12.2: a request to the board, and its answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinyml_course.grading.checks import Case, Check, Misconception, Part


def _bright_pixels(rng: np.random.Generator) -> Sequence[Case]:
    """Each has two digits by itself."""
    return [((16, 31, 128, 255),), *((tuple(int(pixel) for pixel in rng.integers(16, 256, 64)),) for _ in range(2))]


def _pixels(rng: np.random.Generator) -> Sequence[Case]:
    drawn = [(tuple(int(pixel) for pixel in rng.integers(0, 17, 64)),) for _ in range(2)]
    return [((0, 5, 16, 10),), *drawn]


def _request(pixels: tuple[int, ...]) -> str:
    return "c " + np.array(pixels, np.uint8).tobytes().hex()


REQUEST = Check(
    objective="12.1",
    task="Ask the board",
    function="request",
    parts=(Part("two digits", 1, _bright_pixels), Part("zeros in front", 1, _pixels)),
    can_now="write any image as a request that the board understands",
    arguments=("pixels",),
    expected=_request,
    normaliser="request line",
    misconceptions=(
        Misconception(
            "decimal digits",
            "You wrote decimal numbers; the board reads two hexadecimal digits for each byte.",
            lambda pixels: "c " + "".join(f"{pixel:02d}" for pixel in pixels),
        ),
        Misconception(
            "leading zeros lost",
            "Small pixels have one digit in your line; every byte needs two, so 5 is 05.",
            lambda pixels: "c " + "".join(f"{pixel:x}" for pixel in pixels),
        ),
        Misconception(
            "0x in front",
            "The board wants the two digits alone, without 0x in front of them.",
            lambda pixels: "c " + "".join(f"{pixel:#04x}" for pixel in pixels),
        ),
        Misconception(
            "0x in front",
            "The board wants two digits for each byte, without 0x in front of them.",
            lambda pixels: "c " + "".join(f"{pixel:#x}" for pixel in pixels),
        ),
        Misconception(
            "spaces between bytes",
            "The board allows no spaces between the bytes.",
            lambda pixels: "c " + " ".join(f"{pixel:02x}" for pixel in pixels),
        ),
        Misconception(
            "command missing",
            "The letter of the command is missing in front: c asks for a class.",
            lambda pixels: _request(pixels)[2:],
        ),
        Misconception(
            "wrong command",
            "The command is o, which asks for the outputs too; c asks for the class.",
            lambda pixels: "o" + _request(pixels)[1:],
        ),
        Misconception(
            "bytes for text",
            "You built the right line as a list of parts; join them into one text.",
            lambda pixels: tuple(f"{pixel:02x}" for pixel in pixels),
        ),
    ),
)


def _answers(rng: np.random.Generator) -> Sequence[Case]:
    drawn = [(f"c {rng.integers(0, 10)} {rng.integers(500, 9000)}\r\n",) for _ in range(4)]
    return [("c 7 2140\n",), ("c 0 985",), *drawn]


def _answers_and_refusals(rng: np.random.Generator) -> Sequence[Case]:
    """Refusals as the board writes them, and one with numbers, at which `int` does not stop by itself."""
    answer, refusal = (f"{kind} {rng.integers(0, 10)} {rng.integers(500, 9000)}\n" for kind in "ce")
    return [("e length\r\n",), ("e hex\n",), ("e range",), (refusal,), (answer,)]


def _parse_reply(line: str) -> tuple[int, int]:
    kind, *numbers = line.split()
    if kind != "c":
        raise ValueError(line.strip())
    return tuple(map(int, numbers))  # type: ignore[return-value]


def _numbers(line: str) -> tuple[int, int]:
    return int(line.split()[1]), int(line.split()[2])


PARSE_REPLY = Check(
    objective="12.2",
    task="Read the answer",
    function="parse_reply",
    parts=(
        Part("the class and the microseconds", 1, _answers),
        Part("the refusal", 1, _answers_and_refusals, "error"),
    ),
    can_now="read the board's answers, and notice when it refuses a request",
    arguments=("line",),
    expected=_parse_reply,
    misconceptions=(
        # These come first: text for numbers may overlook refusals too, and is told from them by the answers.
        Misconception(
            "refusal overlooked",
            "An answer that starts with e is a refusal: raise a ValueError, so that nobody takes it for a class.",
            lambda line: _parse_reply(line) if line[0] == "c" else None,
        ),
        Misconception(
            "refusal overlooked",
            "An answer that starts with e is a refusal: raise a ValueError, not an IndexError.",
            lambda line: _parse_reply(line) if line[0] == "c" else line.split()[2],
        ),
        Misconception(
            "refusal overlooked",
            "An answer that starts with e is a refusal, even if numbers follow: raise a ValueError.",
            _numbers,
        ),
        Misconception(
            "text for numbers",
            "The parts are still text: '7' is not 7.",
            lambda line: tuple(line.split()[1:]) if line[0] == "c" else _parse_reply(line),
        ),
        Misconception(
            "text for numbers",
            "The parts are still text, and the command letter is still among them.",
            lambda line: tuple(line.split()),
        ),
        Misconception(
            "swapped",
            "You swapped the two numbers: first the class, then the microseconds.",
            lambda line: _parse_reply(line)[::-1],
        ),
        Misconception(
            "class only",
            "The microseconds are missing: return both numbers.",
            lambda line: _parse_reply(line)[0],
        ),
        Misconception(
            "milliseconds",
            "The task asks for whole microseconds, as the board sends them.",
            lambda line: (_parse_reply(line)[0], _parse_reply(line)[1] / 1000),
        ),
    ),
)
