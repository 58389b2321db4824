"""The JavaScript engine's life: in a notebook's event loop, in threads, and at the end of Python."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tinyml_course.board import UnoSimulator
from tinyml_course.errors import BoardError
from tinyml_course.toolchain import Build


@pytest.fixture(scope="module")
def letter(build_program: Callable[..., Build]) -> str:
    return build_program("#include <avr/io.h>\nint main(void) { UCSR0B = 8; UDR0 = 'x'; for (;;) { } }").hex


def say(hex_text: str) -> bytes:
    with UnoSimulator(hex_text) as uno:
        return uno.run_until(b"x", 100_000)


def test_it_runs_inside_an_event_loop_and_beside_it(letter: str) -> None:
    """A notebook's cell runs in a thread with a running loop; a widget may ask from another thread."""

    async def cell() -> list[bytes]:
        with UnoSimulator(letter) as uno:
            first = uno.run_until(b"x", 100_000)
            second = await asyncio.to_thread(uno.run, 10)
            return [first, second]

    assert asyncio.run(cell()) == [b"x", b""]


def test_boards_in_several_threads(letter: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(say, [letter] * 8)) == [b"x"] * 8


def test_closing_ends_the_engines_thread(letter: str) -> None:
    before = threading.active_count()
    boards = [UnoSimulator(letter) for _ in range(3)]
    assert threading.active_count() > before
    for uno in boards:
        uno.close()
    assert threading.active_count() == before


@pytest.mark.parametrize("ending", ["", "import sys; sys.exit(3)", "raise ValueError"])
def test_python_ends_although_a_board_is_open(ending: str, letter: str) -> None:
    program = f"from tinyml_course.board import UnoSimulator\nuno = UnoSimulator({letter!r})\nuno.run(1000)\n{ending}\n"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == {"": 0, "raise ValueError": 1}.get(ending, 3)


def test_a_missing_engine_is_explained(letter: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "py_mini_racer", None)
    with pytest.raises(BoardError, match="needs the package mini-racer.*pip install mini-racer"):
        UnoSimulator(letter)


def test_an_engine_that_does_not_start_is_explained(letter: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("no more threads")

    monkeypatch.setattr("py_mini_racer.MiniRacer", fail)
    with pytest.raises(BoardError, match="does not start: no more threads"):
        UnoSimulator(letter)
