"""Compile a sketch, run it on the virtual Uno, and measure it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyml_course.board.client import Answer, BoardClient
from tinyml_course.board.observed import Mark
from tinyml_course.board.run import Run
from tinyml_course.board.samples import checked_samples
from tinyml_course.board.simulator import UnoSimulator
from tinyml_course.board.transport import SimulatorTransport
from tinyml_course.boards import get_board
from tinyml_course.errors import InputError, ProtocolError
from tinyml_course.export.sketch import Sketch
from tinyml_course.toolchain import Build, Toolchain, find
from tinyml_course.toolchain.elf import AvrElf

Progress = Callable[[int, int], None]
_MARK_BEFORE, _MARK_AFTER = 1, 2


def simulate(
    sketch: Sketch,
    x: npt.ArrayLike,
    *,
    toolchain: Toolchain | None = None,
    optimization: str = "-Os",
    progress: Progress | None = None,
) -> Run:
    """Compile `sketch`, run it on the virtual Uno, and send it every sample of `x`.

    Parameters
    ----------
    sketch : Sketch
        The program, as :func:`tinyml_course.export_arduino` makes it.
    x : ndarray of the sketch's input type, shape (n, size) or (n, ...) with that size
        At least one sample. Values are sent as they are: nothing is cast.
    toolchain : Toolchain, optional
        The compiler. Default: the first that works here, :func:`tinyml_course.toolchain.find`.
    optimization : str
        Optimization level of the compiler; default ``"-Os"``, as the Arduino tools.
    progress : callable, optional
        Called after every sample with the number of samples done and their total.

    Returns
    -------
    Run
        Outputs and classes, exact cycles, and the flash and SRAM that the sketch takes.

    Raises
    ------
    InputError
        If type, shape or range of `x` are not what the sketch takes, or the sketch is for a board with another
        processor than the Uno's.
    ToolchainNotFoundError, CompileError, MemoryLimitError
        If the sketch cannot be compiled, or does not fit the board.
    SketchFaultError
        If the program crashes or hangs.
    ProtocolError
        If it answers something else than agreed.
    """
    if not isinstance(sketch, Sketch):
        raise InputError(
            f"Expected a Sketch, got {type(sketch).__name__}. tinyml_course.export_arduino(graph) makes one of a graph."
        )
    get_board(sketch.board).require_virtual()
    samples = checked_samples(sketch, x, "simulate")
    compiler = toolchain or find()
    build = compiler.build(sketch, optimization)
    empty = compiler.build(sketch.without_model(), optimization) if sketch.empty_model else None
    measured = _measure(sketch, build, samples, progress or _silent)
    added_sram = None if empty is None else build.sram_static_bytes - empty.sram_static_bytes
    input_bytes = sketch.input_size * sketch.input_dtype.itemsize
    return Run(
        outputs=np.array([answer.outputs for answer in measured.answers], sketch.output_dtype),
        classes=np.array([answer.class_index for answer in measured.answers], np.int64),
        cycles=np.array(measured.cycles, np.int64),
        board=get_board(sketch.board),
        toolchain=build.toolchain,
        optimization=build.optimization,
        flash_bytes=build.flash_bytes,
        sram_peak_bytes=build.sram_static_bytes + measured.stack_peak_bytes,
        model_flash_bytes=None if empty is None else build.flash_bytes - empty.flash_bytes,
        model_sram_peak_bytes=None if added_sram is None else added_sram + input_bytes + measured.model_stack_bytes,
        self_test_passed=measured.self_test_passed,
    )


@dataclass(frozen=True)
class _Measured:
    answers: list[Answer]
    cycles: list[int]
    stack_peak_bytes: int
    model_stack_bytes: int
    self_test_passed: bool


def _measure(sketch: Sketch, build: Build, samples: npt.NDArray[Any], progress: Progress) -> _Measured:
    answers, cycles, model_stack = [], [], 0
    symbols = AvrElf(build.elf).symbols
    clock_hz = get_board(sketch.board).clock_hz
    with UnoSimulator(build.hex, build.sram_static_end, clock_hz, symbols=symbols) as uno:
        client = BoardClient(SimulatorTransport(uno), sketch)
        client.ready()
        client.info()
        self_test = client.self_test()
        for number, sample in enumerate(samples, start=1):
            uno.clear_marks()
            answers.append(client.outputs(sample))
            before, after = _pair(uno.marks)
            cycles.append(after.cycle - before.cycle)
            model_stack = max(model_stack, before.stack_pointer - after.stack_pointer_minimum)
            progress(number, len(samples))
        return _Measured(answers, cycles, uno.stack_peak_bytes, model_stack, self_test.passed)


def _pair(marks: Sequence[Mark]) -> tuple[Mark, Mark]:
    own = [mark for mark in marks if mark.value in (_MARK_BEFORE, _MARK_AFTER)]  # a sketch that listens has others
    values = [mark.value for mark in own]
    if values != [_MARK_BEFORE, _MARK_AFTER]:
        raise ProtocolError(
            f"The sketch should write {_MARK_BEFORE} to GPIOR0 before the inference and {_MARK_AFTER} after it, "
            f"so that its cycles can be counted; it wrote {values or 'nothing'}. Export the sketch again."
        )
    return own[0], own[1]


def _silent(_done: int, _total: int) -> None:
    """Report nothing."""
