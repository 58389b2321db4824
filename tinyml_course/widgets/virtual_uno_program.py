"""What a page needs to be a board: the program, what is known about it, and what can be shown to it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyml_course.board.faults import CRASH, PLACE, PLACE_IN_FUNCTION, REASONS, flash_symbols
from tinyml_course.boards import get_board
from tinyml_course.errors import InputError
from tinyml_course.export.sketch import Sketch
from tinyml_course.graph import InputContract
from tinyml_course.toolchain import Build, Toolchain, find
from tinyml_course.toolchain.elf import AvrElf

#: Voltages, and how many of them play in a second.
Signal = tuple[npt.ArrayLike, float]
#: Samples for the button "Next example".
MOST_EXAMPLES = 100
_DATA_SPACE = 0x800000  # data addresses in AVR ELF files start here
_SIDES = range(4, 17)  # of an image that is drawn on: a smaller one has no room for a stroke
_MOST_LEVELS = 255


def compiled(sketch: Sketch, toolchain: Toolchain | None) -> Build:
    """Compile a sketch for the virtual Uno.

    Raises
    ------
    InputError
        If this is no sketch, or one for a board with another processor.
    ToolchainNotFoundError, CompileError, MemoryLimitError
        If it cannot be compiled, or does not fit the board.
    """
    if not isinstance(sketch, Sketch):
        raise InputError(
            f"Expected a Sketch, got {type(sketch).__name__}. tinyml_course.export_arduino(graph) makes one of a graph."
        )
    get_board(sketch.board).require_virtual()
    return (toolchain or find()).build(sketch)


def program_of(
    sketch: Sketch,
    build: Build,
    class_names: list[str],
    examples: list[dict[str, Any]],
    signals: dict[str, tuple[list[float], float]],
) -> dict[str, Any]:
    """Return what the page gets, ready for JSON."""
    board = get_board(sketch.board)
    symbols = AvrElf(build.elf).symbols
    heap_pointer = symbols.get("__brkval")
    return {
        "name": sketch.name,
        "hex": build.hex,
        "staticEnd": build.sram_static_end,
        "clockHz": board.clock_hz,
        "flashBytes": build.flash_bytes,
        "flashSize": board.flash_bytes,
        "symbols": sorted(flash_symbols(symbols).items()),
        "heapPointer": None if heap_pointer is None else heap_pointer - _DATA_SPACE,
        "faults": {"crash": CRASH, "place": PLACE, "inFunction": PLACE_IN_FUNCTION, "reasons": dict(REASONS)},
        "labels": class_names,
        "outputs": sketch.output_size,
        "bytesEach": sketch.input_dtype.itemsize,
        "image": image_of(sketch),
        "examples": examples,
        "analogPins": list(sketch.analog_pins),
        "signals": [{"name": name, "volts": volts, "rate": rate} for name, (volts, rate) in signals.items()],
    }


def image_of(sketch: Sketch) -> dict[str, int] | None:
    """Return side, minimum and maximum if a sample is a square image of small integers, else None.

    Images have 4 to 16 pixels on a side and up to 256 greys. A sketch that samples an analog input takes no drawing.
    """
    side = math.isqrt(sketch.input_size)
    minimum, maximum = sketch.input_minimum, sketch.input_maximum
    if side * side != sketch.input_size or side not in _SIDES or sketch.analog_pins:
        return None
    if np.dtype(sketch.input_dtype).kind not in "iu" or not 0 < maximum - minimum <= _MOST_LEVELS:
        return None
    return {"side": side, "minimum": int(minimum), "maximum": int(maximum)}


def checked_names(sketch: Sketch, class_names: Sequence[str] | None) -> list[str]:
    """Return what the classes are called.

    Raises
    ------
    InputError
        If there is another number of names than of the sketch's labels.
    """
    names = [str(name) for name in (sketch.labels if class_names is None else class_names)]
    if len(names) != len(sketch.labels):
        raise InputError(f"Expected {len(sketch.labels)} class_names, one for each label, got {len(names)}: {names}.")
    return names


def checked_sample(sketch: Sketch, sample: npt.ArrayLike) -> list[int]:
    """Return one sample as the integers that travel to the board.

    Raises
    ------
    InputError
        If type, size or range are not what the sketch takes.
    """
    values = np.asarray(sample)
    return _integers(_contract(sketch).check(values.reshape(1, -1)))[0]


def checked_samples(
    sketch: Sketch, examples: npt.ArrayLike | None, labels: npt.ArrayLike | None
) -> list[dict[str, Any]]:
    """Return the examples for the page: values, and labels or None.

    Raises
    ------
    InputError
        If the examples are not what the sketch takes, or there is another number of labels.
    """
    if examples is None:
        if labels is not None:
            raise InputError("labels belong to examples; there are none. Give examples=..., too.")
        return []
    batch = np.asarray(examples)
    checked = _contract(sketch).check(batch.reshape(len(batch), -1) if batch.ndim else batch)
    names = None if labels is None else np.asarray(labels)
    if names is not None and names.shape != (len(checked),):
        raise InputError(
            f"Expected one label for each of the {len(checked)} examples, got labels of shape {names.shape}."
        )
    rows = _integers(checked[:MOST_EXAMPLES])
    return [{"values": row, "label": None if names is None else str(names[i])} for i, row in enumerate(rows)]


def _contract(sketch: Sketch) -> InputContract:
    return InputContract(np.dtype(sketch.input_dtype), (sketch.input_size,), sketch.input_minimum, sketch.input_maximum)


def _integers(values: npt.NDArray[Any]) -> list[list[int]]:
    """The values as integers of their bytes: a float's bits travel as they are."""
    if values.dtype.kind == "f":
        values = np.ascontiguousarray(values).view(f"u{values.dtype.itemsize}")
    rows: list[list[int]] = values.tolist()
    return rows
