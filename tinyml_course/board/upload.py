"""Compile a sketch, write it into a real Uno, and ask it what the virtual one was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyml_course.board import port_errors
from tinyml_course.board.bootloader import find_bootloader
from tinyml_course.board.client import Answer, BoardClient
from tinyml_course.board.ports import SerialPort, choose_port
from tinyml_course.board.samples import checked_samples, class_indices
from tinyml_course.board.serial_line import SerialTransport
from tinyml_course.board.simulate import simulate
from tinyml_course.board.upload_report import UploadReport
from tinyml_course.board.uploaders import find_uploader
from tinyml_course.boards import get_board
from tinyml_course.errors import BoardError, InputError, PortError
from tinyml_course.export.sketch import Sketch
from tinyml_course.graph import Graph, check_graph
from tinyml_course.progress import Step, bar
from tinyml_course.toolchain import Toolchain, find

#: Called with what is going on, how much of it is done, and how much there is.
Progress = Callable[[str, int, int], None]


def upload(
    sketch: Sketch,
    port: str | SerialPort | None = None,
    x: npt.ArrayLike | None = None,
    *,
    graph: Graph | None = None,
    y: npt.ArrayLike | None = None,
    toolchain: Toolchain | None = None,
    progress: Progress | None = None,
) -> UploadReport:
    """Write `sketch` into a real Uno, verify it, and let it classify every sample of `x` over the serial port.

    Parameters
    ----------
    sketch : Sketch
        The program, as :func:`tinyml_course.export_arduino` makes it.
    port : str, optional
        Name of the port, for example ``"/dev/ttyACM0"`` or ``"COM3"``. Default: that of the one Uno that is there.
    x : ndarray of the sketch's input type, shape (n, size) or (n, ...) with that size, optional
        Samples. The virtual Uno gets them as well, and the report compares.
    graph : Graph, optional
        The model in Python: its integers are compared too. Needs `x`.
    y : array_like of shape (n,), optional
        The label of each sample, as in ``sketch.labels``: the report gives accuracies. Needs `x`.
    toolchain : Toolchain, optional
        The compiler. Default: the first that works here, :func:`tinyml_course.toolchain.find`.
    progress : callable, optional
        Called with what is going on, how much of it is done, and how much there is. Default: a progress bar in
        terminals and notebooks.

    Returns
    -------
    UploadReport
        Answers and times of the board; compared with the virtual board and Python if there is `x`.

    Raises
    ------
    InputError
        If `x`, `y` or `graph` do not fit the sketch; nothing was uploaded then.
    PortError
        If the board cannot be found, reached, written or heard; its ``kind`` says which, and its ``report`` holds
        what the board had answered, if the run had begun.
    ToolchainError, MemoryLimitError
        If the sketch cannot be compiled, does not fit the board, or the disk is full.
    ProtocolError
        If the program answers something else than agreed; with a ``report`` too.
    """
    task = _check(sketch, x, graph, y)
    chosen = choose_port(port)
    uploader = find_uploader()
    bootloader = find_bootloader(chosen.device)
    with _stage("Compiling", 1, progress) as step:
        build = (toolchain or find()).build(sketch)
        step(1)
    with _stage("Writing and verifying", 100, progress) as step:
        result = uploader.write(chosen.device, build.hex, baud=bootloader.baud, progress=step)
    report = UploadReport(
        port=chosen,
        uploader=uploader.description,
        toolchain=build.toolchain,
        seconds=result.seconds,
        flash_bytes=build.flash_bytes,
        sketch=sketch,
        samples=len(task.samples),
        expected=task.expected,
        python=task.python,
        python_classes=task.python_classes,
    )
    report = _run(report, task, progress)
    if not len(task.samples):
        return report
    with _stage("Running on the virtual Uno", len(task.samples), progress) as step:
        virtual = simulate(sketch, task.samples, toolchain=toolchain, progress=lambda done, total: step(done))
    return replace(report, virtual=virtual)


@dataclass(frozen=True, eq=False)
class _Task:
    """What the board is asked, and what it should answer."""

    samples: npt.NDArray[Any]
    expected: npt.NDArray[np.int64] | None = None
    python: npt.NDArray[Any] | None = None
    python_classes: npt.NDArray[np.int64] | None = None
    answers: list[Answer] = field(default_factory=list)


def _check(sketch: Sketch, x: npt.ArrayLike | None, graph: Graph | None, y: npt.ArrayLike | None) -> _Task:
    if not isinstance(sketch, Sketch):
        raise InputError(
            f"Expected a Sketch, got {type(sketch).__name__}. tinyml_course.export_arduino(graph) makes one of a graph."
        )
    get_board(sketch.board).require_virtual()
    if x is None:
        if graph is not None or y is not None:
            raise InputError("graph and y say what the answers to samples should be: give the samples x as well.")
        return _Task(np.empty((0, sketch.input_size), sketch.input_dtype))
    samples = checked_samples(sketch, x, "upload")
    expected = None if y is None else class_indices(sketch, y, len(samples))
    python = None if graph is None else check_graph(graph).predict(samples)
    if python is not None and python.shape[1] != sketch.output_size:
        raise InputError(
            f"The sketch {sketch.name!r} has {sketch.output_size} outputs, but the graph has {python.shape[1]}. "
            "Give the graph that the sketch was exported from."
        )
    return _Task(samples, expected, python, None if graph is None else graph.classify(samples))


def _run(report: UploadReport, task: _Task, progress: Progress | None) -> UploadReport:
    """Ask the board; an error carries the report with the answers so far."""
    device, count = report.port.device, len(task.samples)
    self_test_passed = None
    try:
        with SerialTransport(device) as line:
            client = BoardClient(line, report.sketch)
            client.ready()
            client.info()
            self_test_passed = client.self_test().passed
            with _stage("Classifying on the board", count, progress) as step:
                for sample in task.samples:
                    task.answers.append(client.outputs(sample))
                    step(len(task.answers))
    except BoardError as error:
        partial = report.with_answers(task.answers, self_test_passed)
        if isinstance(error, PortError) and error.kind == "unplugged":
            error = _unplugged(device, len(task.answers), count)
        error.report = partial
        raise error from error.__cause__
    return report.with_answers(task.answers, self_test_passed)


def _unplugged(device: str, done: int, count: int) -> PortError:
    during = f"after {done} of {count} samples" if count else "while the program was asked"
    kept = f" The {done} answers so far are kept: they are the report of this error." if done else ""
    return port_errors.unplugged(
        device, during, f"The program on it is whole: plug the board in again, and start the run again.{kept}"
    )


@contextmanager
def _stage(title: str, total: int, progress: Progress | None) -> Iterator[Step]:
    if progress is None:
        with bar(title, total) as step:
            yield step
    else:
        yield lambda done: progress(title, done, total)
