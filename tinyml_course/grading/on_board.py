"""C that a learner wrote, compiled and measured on the virtual Uno.

A task hands its C out as text. The text is put into a program that calls the learner's function once for each
input, between two marks whose cycles the simulator counts. What comes back is data: the integers, the cycles,
and what the function adds in flash and takes of SRAM.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from tinyml_course.board import UnoSimulator
from tinyml_course.errors import BoardError, MemoryLimitError, ToolchainError, ToolchainNotFoundError
from tinyml_course.export.sketch import Sketch
from tinyml_course.grading.sheet import BoardTask
from tinyml_course.grading.values import Raised, Value
from tinyml_course.toolchain.discovery import look

#: Characters of a learner's C, at most.
LONGEST = 20_000
#: Cycles that the whole program may take: five seconds of the board's time.
MOST_CYCLES = 80_000_000
_NAME = "task"
_MARKS = (1, 2)
# Nothing of these is needed, and each could disturb the counting or look at files of the computer.
_FORBIDDEN = re.compile(r"^[ \t]*(?:#|%:|\?\?=)|\b(?:asm|__asm__|__asm|GPIOR[012]|_SFR_\w+|UDR0|main)\b", re.MULTILINE)


@dataclass(frozen=True)
class Program:
    """A compiled task.

    Parameters
    ----------
    hex : str
        What the board gets.
    flash_bytes, sram_static_bytes, sram_static_end : int
        As in :class:`tinyml_course.toolchain.Build`.
    """

    hex: str
    flash_bytes: int
    sram_static_bytes: int
    sram_static_end: int


Compile = Callable[[str], Program]
"""Compiles the text of a program; raises a TinyMLError if that cannot be done."""


def compile_here(text: str) -> Program:
    """Compile a program with this computer's compiler, without the Arduino core.

    Raises
    ------
    ToolchainNotFoundError
        If there is none.
    CompileError, MemoryLimitError
        If the compiler refuses the program.
    """
    found = [look(name) for name in ("avr-gcc", "pypi")]
    compiler = next((one.toolchain for one in found if one.toolchain), None)
    if compiler is None:
        problems = "; ".join(one.problem for one in found)
        raise ToolchainNotFoundError(f"This task needs a compiler for the board: {problems}. Run: tinyml doctor")
    build = compiler.build(_sketch(text))
    return Program(build.hex, build.flash_bytes, build.sram_static_bytes, build.sram_static_end)


def _sketch(text: str) -> Sketch:
    import numpy as np

    one = np.dtype(np.uint8)
    return Sketch(_NAME, {f"{_NAME}_main.c": text}, one, one, 1, 1, 0, 255)


def answered(task: BoardTask, answers: list[Value], expected: Value, compile_program: Compile = compile_here) -> Value:
    """Turn the C that a learner's function returned into what it does on the board.

    Parameters
    ----------
    task : BoardTask
        What the C is put into.
    answers : list of Value
        What came back: one text, if all is well.
    expected : Value
        The right answer. Figures count only where the integers are right: a function that does nothing is fast.
    compile_program : callable
        How to compile; a grader locks its compiler in.

    Returns
    -------
    Value
        A dict with ``outputs``, ``cycles`` (the mean), ``flash_bytes`` (more than the task's stub), ``sram_bytes``
        (static and stack of the whole program), or :class:`Raised`.
    """
    text = answers[0] if answers else Raised("NoAnswer", "nothing came back")
    if not isinstance(text, str):
        return text if isinstance(text, Raised) else Raised("NoText", "the function should return C as text")
    if len(text) > LONGEST:
        return Raised("TooLong", f"expected at most {LONGEST:,} characters of C, got {len(text):,}")
    forbidden = _FORBIDDEN.search(text)
    if forbidden:
        return Raised("NotAllowed", f"the task needs no {forbidden[0].strip()!r}: write the function alone")
    try:
        measured = _measure(task, text, compile_program)
    except (ToolchainNotFoundError, BoardError, MemoryLimitError, ToolchainError) as error:
        return Raised(type(error).__name__, str(error)[:500])
    right = isinstance(expected, dict) and measured["outputs"] == expected["outputs"]
    return measured if right else {"outputs": measured["outputs"]}


def _measure(task: BoardTask, text: str, compile_program: Compile) -> dict[str, Any]:
    program, stub = compile_program(frame(task, text)), _stub(task, compile_program)
    with UnoSimulator(program.hex, program.sram_static_end) as uno:
        sent = uno.run_until(b"\n", MOST_CYCLES).decode("ascii", "replace")
        marks, stack = uno.marks, uno.stack_peak_bytes
    values = tuple(mark.value for mark in marks)
    if values != _MARKS * task.count or len(sent) != 8 * task.count + 1:
        raise BoardError("The program wrote other marks, or sent other text, than it should.")
    cycles = [after.cycle - before.cycle for before, after in zip(marks[::2], marks[1::2], strict=True)]
    return {
        "outputs": tuple(_signed(sent[8 * k : 8 * k + 8]) for k in range(task.count)),
        "cycles": sum(cycles) / len(cycles),
        "flash_bytes": program.flash_bytes - stub.flash_bytes,
        "sram_bytes": program.sram_static_bytes + stack,
    }


def frame(task: BoardTask, text: str) -> str:
    """Return the whole program around a learner's C."""
    program = (resources.files("tinyml_course.grading") / "c" / "task_main.c").read_text(encoding="utf-8")
    parts: Mapping[str, str] = {
        "DECLARATIONS": task.declarations,
        "COUNT": str(task.count),
        "CALL": task.call,
        "LEARNER": text,
    }
    for name, part in parts.items():
        program = program.replace(f"@{name}@", part)
    return program


@lru_cache(maxsize=64)
def _stub(task: BoardTask, compile_program: Compile) -> Program:
    return compile_program(frame(task, task.stub))


def _signed(digits: str) -> int:
    number = int(digits, 16)
    return number - 2**32 if number >= 2**31 else number
