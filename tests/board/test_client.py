"""The serial client against a scripted board: what it sends, and what it makes of each answer."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tinyml_course.board import Answer, BoardClient, BoardInfo
from tinyml_course.errors import InputError, ProtocolError
from tinyml_course.export.sketch import Sketch

SAMPLE = np.array([1, -2, 256, 1000], np.int16)
SAMPLE_HEX = "0100feff0001e803"


class Script:
    """A board that says what it is told to say."""

    def __init__(self, *lines: str) -> None:
        self.lines = [line.encode() + b"\n" for line in lines]
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data

    def read_line(self, timeout: float) -> bytes:
        assert timeout == 3.5
        return self.lines.pop(0)


@pytest.fixture
def talk(tiny: Callable[..., Sketch]) -> Callable[..., tuple[BoardClient, Script]]:
    def start(*lines: str, **fields: object) -> tuple[BoardClient, Script]:
        script = Script(*lines)
        return BoardClient(script, tiny(**fields), timeout=3.5), script

    return start


Talk = Callable[..., tuple[BoardClient, Script]]


def test_values_travel_in_memory_order(talk: Talk) -> None:
    client, script = talk("c 2 17")
    assert client.classify(SAMPLE) == Answer(2, 17)
    assert script.written == f"c {SAMPLE_HEX}\n".encode()


def test_big_endian_arrays_are_the_same_type_with_other_bytes(talk: Talk) -> None:
    client, script = talk("c 2 17")
    with pytest.raises(InputError, match="type >i2"):
        client.classify(SAMPLE.astype(">i2"))
    assert script.written == b""


def test_floats_travel_too(talk: Talk) -> None:
    client, script = talk("c 0 1", input_dtype=np.dtype(np.float32))
    client.classify(np.array([1, 0, 0, -0.5], np.float32))
    assert script.written == b"c 0000803f0000000000000000000000bf\n"


def test_outputs(talk: Talk) -> None:
    client, script = talk("o 0 1204 2147483647 -2147483648 0\r")
    assert client.outputs(SAMPLE.reshape(2, 2)) == Answer(0, 1204, (2147483647, -2147483648, 0))
    assert script.written == f"o {SAMPLE_HEX}\n".encode()


def test_info(talk: Talk) -> None:
    client, script = talk("i tiny 4 2 3 -1000 1000 12", "i tiny 4 2 3 - - 12")
    assert client.info() == BoardInfo("tiny", 4, 2, 3, -1000, 1000, 12)
    assert client.info() == BoardInfo("tiny", 4, 2, 3, None, None, 12)
    assert script.written == b"i\ni\n"


def test_ready_may_follow_what_was_in_the_line_before(talk: Talk) -> None:
    client, _ = talk("3 2 ok", "", "ready tiny\r")
    client.ready()


@pytest.mark.parametrize("lines", [["ready tuny"], ["ready tinyx"], ["hello"] * 8])
def test_another_program_is_not_ready(lines: list[str], talk: Talk) -> None:
    client, _ = talk(*lines)
    with pytest.raises(ProtocolError, match="should say 'ready tiny' after a reset, got"):
        client.ready()


def test_self_test(talk: Talk) -> None:
    client, script = talk("t 0 1 1 ok", "t 1 2 0 WRONG", "t passed 1 of 2")
    result = client.self_test()
    assert (result.classes, result.expected, result.passed) == ((1, 2), (1, 0), False)
    assert script.written == b"t\n"


@pytest.mark.parametrize(
    "lines",
    [
        ["t 0 1 1 ok", "t passed 2 of 2"],
        ["t 0 1 1 ok", "t passed 1 of 1 "],
        ["t 1 1 1 ok"],
        ["t 0 1 2 ok"],
        ["t 0 1 1 WRONG"],
        ["t 0 1 1 perhaps"],
        ["t 0 1 ok"],
        ["c 1 2"],
    ],
)
def test_a_self_test_that_contradicts_itself(lines: list[str], talk: Talk) -> None:
    client, _ = talk(*lines)
    with pytest.raises(ProtocolError, match="expected t .*, got"):
        client.self_test()


@pytest.mark.parametrize(
    ("refusal", "meaning"),
    [
        ("e command", "does not know this request"),
        ("e length", "too few or too many bytes"),
        ("e hex", "no hexadecimal digit"),
        ("e range", "outside the range"),
        ("e whatever", "not part of the protocol"),
    ],
)
def test_a_refusal_is_explained(refusal: str, meaning: str, talk: Talk) -> None:
    client, _ = talk(refusal)
    with pytest.raises(ProtocolError, match=f"refused 'c {SAMPLE_HEX}' with '{refusal}': .*{meaning}"):
        client.classify(SAMPLE)


@pytest.mark.parametrize(
    "line",
    [
        "c 1",
        "c 1 2 3",
        "c x 2",
        "c 1 2.5",
        "c  1 2",
        "o 1 2",
        "",
        "c 3 17",
        "c -1 17",
        "c ² 17",
        "c 1\xff 17",
        "ready tuny",
    ],
)
def test_a_wrong_form_of_class(line: str, talk: Talk) -> None:
    client, _ = talk(line)
    with pytest.raises(ProtocolError, match=f"answered 'c {SAMPLE_HEX}' in another form: expected .*, got"):
        client.classify(SAMPLE)


@pytest.mark.parametrize("line", ["o 1 2 3 4", "o 1 2 3 4 5 6", "o 1 2 2147483648 0 0", "o 1 2 0 0 -2147483649"])
def test_a_wrong_form_of_outputs(line: str, talk: Talk) -> None:
    client, _ = talk(line)
    with pytest.raises(ProtocolError, match="in another form: expected .*, got"):
        client.outputs(SAMPLE)


@pytest.mark.parametrize(
    "line", ["i tony 4 2 3 0 0 1", "i tiny 5 2 3 0 0 1", "i tiny 4 1 3 0 0 1", "i tiny 4 2 2 0 0 1"]
)
def test_another_sketch_on_the_board(line: str, talk: Talk) -> None:
    client, _ = talk(line)
    with pytest.raises(ProtocolError, match=r"runs another sketch: expected .*\('tiny', 4, 2, 3\), got"):
        client.info()


@pytest.mark.parametrize("sample", [SAMPLE.astype(np.int32), SAMPLE[:3], np.uint16([0, 0, 0, 0])])
def test_a_sample_of_another_type_or_size_is_not_sent(sample: np.ndarray, talk: Talk) -> None:
    client, script = talk()
    with pytest.raises(InputError, match="takes 4 values of type int16, got"):
        client.outputs(sample)
    assert script.written == b""


@pytest.mark.parametrize("line", ["ready tiny", "\x14\x10ready tiny"])
def test_board_that_starts_anew(talk: Talk, line: str) -> None:
    """A boot loader may have answered to a piece of the request first."""
    client, _ = talk(line)
    with pytest.raises(ProtocolError, match="started anew in the middle of the run.*reset button"):
        client.classify(SAMPLE)
