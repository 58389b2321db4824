"""A graph as a sketch that listens: it samples an analog pin, computes features, classifies, and shows the class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tinyml_course.boards import get_board
from tinyml_course.errors import ExportError, InputError
from tinyml_course.export.arduino import (
    check_memory,
    empty_body,
    guarded,
    interface,
    model_header,
    protocol_text,
)
from tinyml_course.export.c_text import check_name, comment_text, defines, fixed_c
from tinyml_course.export.program import program_of
from tinyml_course.export.sketch import Sketch
from tinyml_course.graph import Graph, InputContract, check_graph
from tinyml_course.signal_features import SignalFeatures
from tinyml_course.version import __version__

#: Timer 1 counts this often in a second; a period has a whole number of counts, at most 65,535.
TIMER_HZ = 2_000_000
RATES = range(31, 2001)
#: A: the Uno's analog inputs.
_ANALOG_INPUTS = 6
_LONGEST_NAME = 29
#: The LED's pattern lasts about a second: eight parts for up to four classes, sixteen for up to eight.
_FEW_CLASSES, _MOST_CLASSES = 4, 8


@dataclass(frozen=True)
class Sensing:
    """How a board listens to an analog pin; and, in Python, exactly what it makes of what it hears.

    Parameters
    ----------
    pin : int, default 0
        Analog input: 0 is A0.
    rate_hz : int, default 400
        Samples in a second. 2,000,000 is a multiple of it, so that the distance between samples is exact.
    window : int, default 128
        Samples that are classified together: 16, 32, 64 or 128.
    hop : int, default 64
        New samples from one window to the next, at most `window`.
    class_names : tuple of str, default ()
        What each class is, for the comments of the sketch. Empty: the graph's labels.

    Raises
    ------
    InputError
        If a value is not possible.
    """

    pin: int = 0
    rate_hz: int = 400
    window: int = 128
    hop: int = 64
    class_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.pin not in range(_ANALOG_INPUTS):
            raise InputError(f"The Uno's analog inputs are A0 to A5: pin is 0 to 5, got {self.pin!r}.")
        if self.rate_hz not in RATES or TIMER_HZ % self.rate_hz:
            exact = [rate for rate in RATES if not TIMER_HZ % rate]
            raise InputError(
                f"The board samples at exact rates: {', '.join(map(str, exact))} Hz. Got rate_hz={self.rate_hz!r}."
            )
        if self.hop not in range(1, self.features.window + 1):
            raise InputError(f"hop is 1 to {self.window} new samples, so that none is left out; got {self.hop!r}.")
        for name in ("pin", "rate_hz", "window", "hop"):
            object.__setattr__(self, name, int(getattr(self, name)))  # 400.0 and NumPy's integers are as good

    @property
    def features(self) -> SignalFeatures:
        """The features of a window."""
        return SignalFeatures(self.window)

    def inputs(self, graph: Graph, windows: npt.ArrayLike) -> npt.NDArray[np.uint8]:
        """Return what the graph gets: features of windows, moved into the range that the graph was made for.

        Parameters
        ----------
        graph : Graph
            A classifier of these features.
        windows : ndarray of uint8, shape (n, window)
            Raw samples.

        Returns
        -------
        ndarray of uint8, shape (n, features)

        Raises
        ------
        ExportError
            If the graph takes something else than these features.
        InputError
            If type or shape of the windows are others.
        """
        contract = check_graph(graph).contract
        names = self.features.names
        if contract.dtype != np.uint8 or contract.size != len(names):
            raise ExportError(
                f"A window of {self.window} samples has {len(names)} features of type uint8 ({', '.join(names)}), and "
                f"this graph takes {contract.size} values of type {contract.dtype}. Train it on "
                f"SignalFeatures({self.window}).compute(windows)."
            )
        low, high = int(contract.minimum), int(contract.maximum)
        return np.clip(self.features.compute(windows), low, high).astype(np.uint8)

    def predict(self, graph: Graph, windows: npt.ArrayLike) -> npt.NDArray[np.generic]:
        """Return the scores that the board computes of windows, integer for integer; shape (n, classes)."""
        inputs = self.inputs(graph, windows)
        return graph.predict(inputs)

    def classify(self, graph: Graph, windows: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Return the class index that the board gives each window; shape (n,)."""
        inputs = self.inputs(graph, windows)
        return graph.classify(inputs)


def export_sensing(
    graph: Graph,
    name: str = "listener",
    sensing: Sensing | None = None,
    examples: npt.ArrayLike | None = None,
    *,
    optimize: str = "size",
    board: str = "uno",
) -> Sketch:
    """Write a graph as a sketch that listens to an analog pin and classifies on the board.

    It samples at an exact rate, sleeps between samples, and shows the class by blinks of the LED on pin 13, without
    any wire but the sensor's. It speaks the serial protocol, too; a sample is then a whole window. The request ``s``
    starts and stops a stream of lines ``w NUMBER CLASS MICROSECONDS MISSED``, one for each window.

    Parameters
    ----------
    graph : Graph
        A classifier of :class:`~tinyml_course.signal_features.SignalFeatures`.
    name : str, default "listener"
        A C identifier of at most 29 characters; files, functions and macros carry it.
    sensing : Sensing, optional
        Pin, rate, window and hop. Default: ``Sensing()``.
    examples : ndarray of uint8, shape (k, window), optional
        Windows for the board's self-test, at most 255, stored in flash. Default: one of silence.
    optimize : str, default "size"
        As in :func:`~tinyml_course.export_arduino`.
    board : str, default "uno"
        Short name of a board with an ATmega328P.

    Returns
    -------
    Sketch
        ``NAME.ino``, ``NAME_main.c``, ``NAME_protocol.h``, ``NAME_model.h`` (features and classifier: C99 for any
        computer), ``NAME_classifier_model.h`` and ``NAME_sensing.h``.

    Raises
    ------
    ExportError
        If the name is no C identifier, the graph takes something else, or has more than eight classes.
    InputError
        If the board has another processor, or an example is no window.
    MemoryLimitError
        If the model is larger than the board's memory.
    """
    chosen = sensing or Sensing()
    spec = get_board(board)
    spec.require_virtual()
    windows = np.full((1, chosen.window), 128, np.uint8) if examples is None else np.asarray(examples)
    classes = chosen.classify(graph, windows)
    _check(graph, name, chosen, len(windows))
    contract = InputContract(np.dtype(np.uint8), (chosen.window,), 0, 255)
    inner = f"{name}_classifier"
    program = program_of(graph, inner, optimize)
    check_memory(graph, program, spec)
    files = {
        f"{name}.ino": fixed_c("sensing.ino", name),
        f"{name}_main.c": fixed_c("sensing_main.c", name),
        f"{name}_protocol.h": protocol_text(graph, name, contract, windows, classes),
        f"{name}_model.h": _model_text(graph, name, chosen, contract),
        f"{inner}_model.h": model_header(graph, program, inner, spec),
        f"{name}_sensing.h": _sensing_text(graph, name, chosen),
    }
    output = graph.tensors[graph.output]
    return Sketch(
        name=name,
        files=files,
        input_dtype=contract.dtype,
        output_dtype=output.dtype,
        input_size=contract.size,
        output_size=len(graph.labels),
        input_minimum=contract.minimum,
        input_maximum=contract.maximum,
        labels=graph.labels,
        model_bytes=graph.model_bytes,
        board=spec.id,
        empty_model=_empty_text(graph, name, contract),
        analog_pins=(chosen.pin,),
        sampling_hz=chosen.rate_hz,
    )


def _check(graph: Graph, name: str, sensing: Sensing, examples: int) -> None:
    """Refuse what the sketch has no place for."""
    check_name(name)
    if len(name) > _LONGEST_NAME:
        raise ExportError(f"The name of a sketch that listens has at most {_LONGEST_NAME} characters, got {name!r}.")
    classes = len(graph.labels)
    if classes > _MOST_CLASSES:
        raise ExportError(f"The LED can show up to {_MOST_CLASSES} classes by its blinks, the graph has {classes}.")
    if sensing.class_names and len(sensing.class_names) != classes:
        raise ExportError(f"The graph has {classes} classes and sensing names {len(sensing.class_names)}.")
    if not 1 <= examples <= 255:
        raise InputError(f"The self-test takes 1 to 255 windows, got {examples}.")


def _model_text(graph: Graph, name: str, sensing: Sensing, contract: InputContract) -> str:
    """Return the text of ``NAME_model.h``: from raw samples to a class."""
    features, taken = sensing.features, graph.contract
    title = (
        f"/* {name}_model.h - features of {sensing.window} samples, and a classifier of them ({graph.kind})\n"
        f'   Written by tinyml_course {__version__}: export_sensing(graph, name="{name}"). '
        "Do not edit: export it again.\n"
        f"   Use:   {name}_classify(samples) gives the index of a class; {name}_invoke(samples, scores) all scores.\n"
        "   In integers, without division and heap. It is proven for all samples that nothing overflows.\n"
        "   SPDX-License-Identifier: Apache-2.0 */\n"
    )
    sizes = [
        ("FEATURES", len(features.names), "bytes that describe a window"),
        ("OCTAVES", features.octaves, "frequency bands"),
        ("WINDOW_SHIFT", sensing.window.bit_length() - 1, "binary logarithm of INPUT_SIZE"),
    ]
    limits = [("FEATURE_MINIMUM", taken.minimum), ("FEATURE_MAXIMUM", taken.maximum)]
    sections = (
        fixed_c("portable.h", name),
        interface(graph, name, contract),
        defines(name, sizes),
        f'#include "{name}_classifier_model.h"\n',
        "/* Of the classifier's training data. */\n"
        + "".join(f"#define {name}_{key} {int(value)}\n" for key, value in limits),
        fixed_c("features.h", name),
    )
    return title + guarded(name, "model", "\n".join(sections))


def _sensing_text(graph: Graph, name: str, sensing: Sensing) -> str:
    """Return the text of ``NAME_sensing.h``: sampling, ring buffer, LED and stream."""
    names = sensing.class_names or graph.labels
    slots = 8 if len(names) <= _FEW_CLASSES else 16
    shown = [f"{'dark' if k == 0 else f'{k} blink' + 's' * (k > 1)}: {label}" for k, label in enumerate(names)]
    text = (
        f"/* {name}_sensing.h - listens to A{sensing.pin}. The LED on pin 13 tells what it hears:\n"
        + "".join(f"     {comment_text(line)}\n" for line in shown)
        + "   SPDX-License-Identifier: Apache-2.0 */\n\n"
    )
    values = [
        ("ANALOG_PIN", sensing.pin, f"A{sensing.pin}"),
        ("SAMPLE_RATE_HZ", sensing.rate_hz, "samples in a second, exactly"),
        ("HOP", sensing.hop, "new samples from one window to the next"),
        ("SLOTS", slots, "parts of the LED's pattern, which takes about a second"),
        ("SLOT_SAMPLES", max(1, sensing.rate_hz // slots), "samples in each of them"),
    ]
    return guarded(name, "sensing", text + defines(name, values) + "\n" + fixed_c("sensing.h", name))


def _empty_text(graph: Graph, name: str, contract: InputContract) -> str:
    """Return a ``NAME_model.h`` with the same interface, no features and no model."""
    sections = (
        fixed_c("portable.h", name),
        interface(graph, name, contract),
        empty_sensing_body(name, len(graph.labels)),
    )
    return guarded(name, "model", "\n".join(sections))


def empty_sensing_body(name: str, classes: int) -> str:
    """Return what a sketch that listens calls, without features and model."""
    return empty_body(name, classes) + (
        f"\nstatic inline uint8_t {name}_classify_at(const {name}_input_t *samples, uint8_t first)\n"
        "{\n    return samples[first];\n}\n"
    )
