"""C that a learner wrote, compiled and measured on the virtual Uno.

A task hands its C out as text. The text is put into a program that calls the learner's function once for each
input, between two marks whose cycles the simulator counts. What comes back is data: the integers, the cycles,
and what the function adds in flash and takes of SRAM.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from tinyml_course.board import UnoSimulator, intel_hex
from tinyml_course.board.observed import Mark
from tinyml_course.board.simulator import SRAM_LAST_ADDRESS
from tinyml_course.errors import (
    BoardError,
    GradingError,
    MemoryLimitError,
    TinyMLError,
    ToolchainError,
    ToolchainNotFoundError,
)
from tinyml_course.export.sketch import Sketch
from tinyml_course.grading.sheet import BoardTask
from tinyml_course.grading.values import Raised, Value
from tinyml_course.toolchain.discovery import look
from tinyml_course.toolchain.elf import AvrElf

#: Characters of a learner's C, at most.
LONGEST = 20_000
#: Cycles that the whole program may take: five seconds of the board's time.
MOST_CYCLES = 80_000_000
_NAME = "task"
#: Marks of the frame: the start of ``main``, before and after the learner's function; four with the answer follow.
_START, _BEFORE, _AFTER = 3, 1, 2
_ANSWER_MARKS = 4
_OF_ONE_INPUT = 2 + _ANSWER_MARKS
# A program runs in pieces, so that one that does nothing but write marks fills no memory.
_PIECE_CYCLES = 400_000
#: Cycles that the compiler may need more, here and there, around a learner's function than around a stub: fewer than
#: an interrupt takes that does anything.
_ROOM_CYCLES = 12
#: Cycles that the start of a program takes for each byte: copied from flash, or cleared.
_COPY_CYCLES, _CLEAR_CYCLES = 9, 6

# What is no code of its own: texts, single characters, comments. A line that ends in a backslash goes on in the next.
_SPLICE = re.compile(r"\\[ \t\f\v]*\n")
_QUIET = re.compile(r"(?P<text>\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*')|//[^\n]*|/\*.*?\*/", re.DOTALL)
_ATTRIBUTE = re.compile(r"\b__attribute__\s*\(\(\s*(?:noinline|always_inline|unused|pure|const)\s*\)\)")
# Nothing of these is needed, and each could disturb the counting or look at files of the computer.
_FORBIDDEN = re.compile(
    r"#|%:|<[:%]|\[\s*\[|\?\?|\w*R\"|\b(?:asm|_Pragma|main|__(?!flash\b)\w*|GPIOR[012]|_SFR_\w+|UDR0|_VECTOR"
    r"|ISR\w*|SIGNAL|EMPTY_INTERRUPT|BADISR_vect|sei|cli|reti)\b"
)


@dataclass(frozen=True)
class Program:
    """A compiled task.

    Parameters
    ----------
    hex : str
        What the board gets.
    flash_bytes, sram_static_bytes, sram_static_end : int
        As in :class:`tinyml_course.toolchain.Build`.
    set_up_cycles : int, default 0
        Cycles that the start of the program takes for its variables.
    """

    hex: str
    flash_bytes: int
    sram_static_bytes: int
    sram_static_end: int
    set_up_cycles: int = 0


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
    sections = AvrElf(build.elf).sections
    copied, cleared = (sections[name].size if name in sections else 0 for name in (".data", ".bss"))
    return Program(
        build.hex,
        max(build.flash_bytes, intel_hex.parse(build.hex).data_bytes),  # whatever the sections are called
        build.sram_static_bytes,
        build.sram_static_end,
        _COPY_CYCLES * copied + _CLEAR_CYCLES * cleared,
    )


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

    Raises
    ------
    GradingError
        If a grader's computer cannot compile or run the task's own stub: that is no fault of the learner's.
    """
    text = _text(answers)
    if isinstance(text, Raised):
        return text
    try:
        stub = _measure_stub(task, compile_program)
    except TinyMLError as error:
        if compile_program is compile_here:
            return Raised(type(error).__name__, str(error)[:500])
        raise GradingError(f"C cannot be measured on this computer: {error} Run: tinyml doctor") from error
    try:
        measured = _measure(task, text, compile_program, stub)
    except (BoardError, MemoryLimitError, ToolchainError) as error:
        return Raised(type(error).__name__, str(error)[:500])
    right = isinstance(expected, dict) and measured["outputs"] == expected["outputs"]
    return measured if right else {"outputs": measured["outputs"]}


def _text(answers: list[Value]) -> str | Raised:
    """Return the C, or why it is none that can be measured."""
    text = answers[0] if answers else Raised("NoAnswer", "nothing came back")
    if not isinstance(text, str):
        return text if isinstance(text, Raised) else Raised("NoText", "the function should return C as text")
    if any("\ud800" <= character <= "\udfff" for character in text):
        return Raised("NoText", "the C holds halves of characters")
    if len(text) > LONGEST:
        return Raised("TooLong", f"expected at most {LONGEST:,} characters of C, got {len(text):,}")
    forbidden = _forbidden(text)
    if forbidden:
        return Raised("NotAllowed", f"the task needs no {forbidden!r}: write the function alone")
    return text


def _forbidden(text: str) -> str:
    """Return what of a learner's C is not allowed, as a compiler reads it; empty if all is."""
    joined = _SPLICE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    code = _ATTRIBUTE.sub(" ", _QUIET.sub(lambda found: '""' if found["text"] else " ", joined))
    found = _FORBIDDEN.search(code)
    return found[0].strip() if found else ""


@dataclass(frozen=True)
class _Run:
    """One run of a program: what came out, and the cycles of each piece of it.

    Parameters
    ----------
    outputs : tuple of int
        One for each input.
    cycles : tuple of int
        Of the learner's function, for each input.
    start_cycles : int
        From the reset to ``main``.
    gaps : tuple of int
        Cycles of the frame, in front of each input and behind the last.
    stack_bytes : int
        The most that the stack took.
    """

    outputs: tuple[int, ...]
    cycles: tuple[int, ...]
    start_cycles: int
    gaps: tuple[int, ...]
    stack_bytes: int


def _measure(task: BoardTask, text: str, compile_program: Compile, stub: tuple[Program, _Run]) -> dict[str, Any]:
    program = compile_program(frame(task, text))
    done = _run(program, task.count)
    _expect_nothing_beside(program, done, *stub)
    return {
        "outputs": done.outputs,
        "cycles": sum(done.cycles) / len(done.cycles),
        "flash_bytes": program.flash_bytes - stub[0].flash_bytes,
        "sram_bytes": program.sram_static_bytes + done.stack_bytes,
    }


def _expect_nothing_beside(program: Program, done: _Run, stub: Program, idle: _Run) -> None:
    """Refuse a program that works while nobody counts: before ``main``, between two calls, in an interrupt."""
    start = idle.start_cycles + program.set_up_cycles - stub.set_up_cycles + 2 * _ROOM_CYCLES
    longest = max(idle.gaps) + _ROOM_CYCLES
    if done.start_cycles > start or max(done.gaps) > longest:
        raise BoardError("The program works outside of the function, where nothing is counted.")


def _run(program: Program, count: int) -> _Run:
    """Run a program on the virtual Uno until it has written all marks."""
    wanted, free = 1 + _OF_ONE_INPUT * count, program.sram_static_end
    # As at power-on: anything. The same for the same program, so that it gives the same figures every time.
    noise = hashlib.shake_256(program.hex.encode()).digest(SRAM_LAST_ADDRESS + 1 - free)
    with UnoSimulator(program.hex, free) as uno:
        uno.write_memory(free, noise)
        while len(uno.marks) < wanted:
            if uno.cycles >= MOST_CYCLES:
                raise BoardError(f"The program is not done after {MOST_CYCLES:,} cycles: look for an endless loop.")
            uno.run(_PIECE_CYCLES)
        marks, stack = uno.marks[:wanted], uno.stack_peak_bytes
        untouched = len(noise) - stack
        if uno.read_memory(free, untouched) != noise[:untouched]:
            raise BoardError("The program writes to SRAM that is neither a variable's nor the stack's.")
    inputs = [marks[place : place + _OF_ONE_INPUT] for place in range(1, wanted, _OF_ONE_INPUT)]
    if marks[0].value != _START or any((one[0].value, one[1].value) != (_BEFORE, _AFTER) for one in inputs):
        raise BoardError("The program wrote other marks than it should.")
    edges = [marks[0].cycle, *(cycle for one in inputs for cycle in (one[0].cycle, one[1].cycle)), marks[-1].cycle]
    gaps = tuple(after - before for before, after in zip(edges[::2], edges[1::2], strict=True))
    return _Run(
        tuple(_signed(one[2:]) for one in inputs),
        tuple(one[1].cycle - one[0].cycle for one in inputs),
        marks[0].cycle,
        gaps,
        stack,
    )


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


def _measure_stub(task: BoardTask, compile_program: Compile) -> tuple[Program, _Run]:
    program = compile_program(frame(task, task.stub))
    return program, _run_stub(program, task.count)


@lru_cache(maxsize=64)
def _run_stub(program: Program, count: int) -> _Run:
    return _run(program, count)


def _signed(marks: Sequence[Mark]) -> int:
    return int.from_bytes(bytes(mark.value for mark in marks), "little", signed=True)
