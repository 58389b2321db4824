"""What a page tells of its board, in Python's terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tinyml_course.boards import get_board
from tinyml_course.export.sketch import Sketch


@dataclass(frozen=True)
class BoardAnswer:
    """What the board made of a sample.

    Parameters
    ----------
    class_index : int
        Index into the sketch's labels.
    label : str
        What that class means.
    outputs : tuple of int
        The model's outputs.
    unsure : bool
        Whether another class scores nearly as high.
    number : int
        Counts the answers since the page was opened.
    """

    class_index: int
    label: str
    outputs: tuple[int, ...]
    unsure: bool
    number: int


@dataclass(frozen=True)
class BoardState:
    """A moment of a board, up to a quarter of a second old.

    Parameters
    ----------
    shown : bool
        Whether a page has shown the board yet. Without one, nothing runs and the figures are zero.
    running : bool
        What was chosen: run or pause.
    cycles : int
        Clock cycles since the start.
    milliseconds : float
        The same as time on the board.
    simulated_hz : float
        Clock cycles that are simulated in a second; 0 while it stands still.
    sram_static_bytes, heap_bytes, stack_bytes, stack_peak_bytes, free_bytes : int
        Who has the SRAM: static variables, heap, the stack now and at its deepest, and what nobody ever used.
    lost_bytes : int
        Serial bytes that the program did not read in time.
    led : bool
        Whether LED 13 is lit.
    fault : str or None
        Why the program crashed.
    inference_cycles : int or None
        Clock cycles of the last inference.
    inference_mean_cycles : float or None
        Mean of all inferences since the last reset.
    inferences : int
        How many there were.
    answer : BoardAnswer or None
        The last answer to a sample that the page sent.
    """

    shown: bool
    running: bool
    cycles: int = 0
    milliseconds: float = 0.0
    simulated_hz: float = 0.0
    sram_static_bytes: int = 0
    heap_bytes: int = 0
    stack_bytes: int = 0
    stack_peak_bytes: int = 0
    free_bytes: int = 0
    lost_bytes: int = 0
    led: bool = False
    fault: str | None = None
    inference_cycles: int | None = None
    inference_mean_cycles: float | None = None
    inferences: int = 0
    answer: BoardAnswer | None = None


def state_of(report: Mapping[str, Any], sketch: Sketch, *, shown: bool, running: bool) -> BoardState:
    """Return a page's report as a state; an empty report is a board that was not shown."""
    if not report:
        return BoardState(shown=shown, running=running)
    memory, inference, answer = report["memory"], report["inference"], report["answer"]
    count = inference["count"]
    return BoardState(
        shown=shown,
        running=running,
        cycles=report["cycles"],
        milliseconds=get_board(sketch.board).milliseconds(report["cycles"]),
        simulated_hz=float(report["hertz"]),
        sram_static_bytes=memory["variables"],
        heap_bytes=memory["heap"],
        stack_bytes=memory["stack"],
        stack_peak_bytes=memory["stackPeak"],
        free_bytes=memory["free"],
        lost_bytes=report["lost"],
        led=report["led"],
        fault=report["fault"],
        inference_cycles=inference["last"],
        inference_mean_cycles=inference["total"] / count if count else None,
        inferences=count,
        answer=None if answer is None else _answer(answer),
    )


def _answer(answer: Mapping[str, Any]) -> BoardAnswer:
    return BoardAnswer(
        class_index=answer["classIndex"],
        label=answer["label"],
        outputs=tuple(answer["outputs"]),
        unsure=answer["unsure"],
        number=answer["number"],
    )
