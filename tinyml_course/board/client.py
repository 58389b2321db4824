"""The computer's side of the serial protocol that every exported sketch speaks.

One line to the board, one line back (after ``t``: several), 115200 baud:

======== ============================================= =======================================
request  answer                                        meaning
======== ============================================= =======================================
(reset)  ``ready NAME``                                the board waits for requests
``i``    ``i NAME SIZE BYTES OUTPUTS MIN MAX MODEL``   the sketch's own description
``c HEX``  ``c CLASS MICROSECONDS``                    classify one sample
``o HEX``  ``o CLASS MICROSECONDS OUT0 OUT1 ...``      the same, with all outputs
``t``    ``t INDEX CLASS EXPECTED ok`` (or ``WRONG``), run the samples stored in flash
         at the end ``t passed K of N``
``s``    ``s on`` or ``s off``; while it is on         for sketches that listen to a pin:
         ``w NUMBER CLASS MICROSECONDS MISSED``        starts or stops a line for each window
else     ``e command``, ``e length``, ``e hex``,       a request the board cannot answer
         ``e range``
======== ============================================= =======================================

``HEX`` is the sample in memory order: two digits a byte, little-endian values. Lines of the stream may come between a
request and its answer.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyml_course.board.answers import Answer, BoardInfo, LiveWindow, SelfTest
from tinyml_course.board.transport import Transport
from tinyml_course.errors import InputError, ProtocolError
from tinyml_course.export.sketch import Sketch

__all__ = ["ANSWER_SECONDS", "Answer", "BoardClient", "BoardInfo", "LiveWindow", "SelfTest"]

#: Seconds of the board's time for one answer.
ANSWER_SECONDS = 10.0
# What a port may still hold from before the reset: half a line, or a few.
_LINES_BEFORE_READY = 8
_SHOWN_CHARACTERS = 60
_REFUSALS = {
    "command": "it does not know this request; the program on the board may be another or an older one",
    "length": "the sample has too few or too many bytes; characters may have been lost on the way",
    "hex": "a character is no hexadecimal digit; characters may have been damaged on the way",
    "range": "a value lies outside the range that the model was made for",
}


class BoardClient:
    """Ask a board that runs an exported sketch.

    Parameters
    ----------
    transport : Transport
        The line to the board.
    sketch : Sketch
        What runs there: its name, types and sizes.
    timeout : float
        Seconds of the board's time for one answer; default 10.
    """

    def __init__(self, transport: Transport, sketch: Sketch, timeout: float = ANSWER_SECONDS) -> None:
        self._transport = transport
        self._sketch = sketch
        self._timeout = timeout
        self._windows: deque[str] = deque()  # lines of the stream that came before an answer

    def ready(self) -> None:
        """Wait for the line that the board prints after a reset.

        Raises
        ------
        ProtocolError
            If another sketch is ready, or other text comes instead.
        """
        lines = []
        for _ in range(_LINES_BEFORE_READY):
            lines.append(self._read())
            if lines[-1].startswith("ready "):
                break
        if lines[-1] != f"ready {self._sketch.name}":
            raise ProtocolError(
                f"The board should say 'ready {self._sketch.name}' after a reset, got {_shown(lines[-1])}. "
                "Upload the sketch again, and check that the port belongs to this board."
            )

    def info(self) -> BoardInfo:
        """Ask the sketch for its description, and compare it with what was exported.

        Raises
        ------
        ProtocolError
            If name or sizes differ, or the answer has another form.
        """
        name, *numbers = self._ask("i", "NAME and six numbers", 7)
        size, width, outputs, minimum, maximum, model_bytes = (
            None if text == "-" else self._number("i", text) for text in numbers
        )
        sketch = self._sketch
        expected = (sketch.name, sketch.input_size, sketch.input_dtype.itemsize, sketch.output_size)
        if (name, size, width, outputs) != expected:
            raise ProtocolError(
                f"The board runs another sketch: expected (name, inputs, bytes each, outputs) {expected}, "
                f"got {(name, size, width, outputs)}. Upload the sketch again."
            )
        return BoardInfo(*expected, minimum, maximum, model_bytes or 0)

    def classify(self, sample: npt.NDArray[Any]) -> Answer:
        """Send one sample and return its class.

        Parameters
        ----------
        sample : ndarray of the sketch's input type
            All values of one sample, in any shape.

        Raises
        ------
        InputError
            If type or size of the sample are not the sketch's.
        ProtocolError
            If the board refuses the sample, or the answer has another form.
        """
        request = f"c {self._encode(sample)}"
        return self._answer(request, self._ask(request, "CLASS MICROSECONDS", 2))

    def outputs(self, sample: npt.NDArray[Any]) -> Answer:
        """Send one sample and return its class with all the model's outputs; otherwise as :meth:`classify`."""
        request = f"o {self._encode(sample)}"
        count = self._sketch.output_size
        return self._answer(request, self._ask(request, f"CLASS MICROSECONDS and {count} outputs", 2 + count))

    def self_test(self) -> SelfTest:
        """Let the board classify the samples in its flash.

        Raises
        ------
        ProtocolError
            If the lines contradict each other or have another form.
        """
        classes: list[int] = []
        expected: list[int] = []
        form = "t INDEX CLASS EXPECTED ok (or WRONG), or t passed K of N"
        self._transport.write(b"t\n")
        while True:
            words = self._words("t", form)
            if words[:1] == ["passed"]:
                break
            if len(words) != 4 or words[3] not in ("ok", "WRONG"):
                raise self._unexpected("t", form, " ".join(words))
            index, found, wanted = (self._number("t", word) for word in words[:3])
            if index != len(classes) or (found == wanted) != (words[3] == "ok"):
                raise self._unexpected("t", f"{form}, counted from 0", " ".join(words))
            classes.append(found)
            expected.append(wanted)
        right = sum(one == other for one, other in zip(classes, expected, strict=True))
        if words != ["passed", str(right), "of", str(len(classes))]:
            raise self._unexpected("t", f"t passed {right} of {len(classes)}, as the lines before say", " ".join(words))
        return SelfTest(tuple(classes), tuple(expected))

    def stream(self, on: bool) -> None:
        """Start or stop the stream of a sketch that listens to a pin.

        Raises
        ------
        ProtocolError
            If the sketch does not listen, or the answer has another form.
        """
        for _ in range(2):  # the request changes from one to the other
            (state,) = self._ask("s", "on or off", 1)
            if state not in ("on", "off"):
                raise self._unexpected("s", "s on or s off", state)
            if (state == "on") == on:
                return
        raise self._unexpected("s", f"s {'on' if on else 'off'}", f"s {state}")

    def next_window(self) -> LiveWindow:
        """Return the next window of the stream; those that came before an answer are first.

        Raises
        ------
        ProtocolError
            If another line comes.
        """
        line = self._windows.popleft() if self._windows else self._read()
        letter, *words = line.split(" ")
        if letter != "w" or len(words) != 4:
            raise self._unexpected("s", "w NUMBER CLASS MICROSECONDS MISSED", line)
        window = LiveWindow(*(self._number("s", word) for word in words))
        if not 0 <= window.class_index < self._sketch.output_size:
            raise self._unexpected("s", f"a class from 0 to {self._sketch.output_size - 1}", line)
        return window

    def _encode(self, sample: npt.NDArray[Any]) -> str:
        values, sketch = np.asarray(sample), self._sketch
        if values.dtype != sketch.input_dtype or values.size != sketch.input_size:
            raise InputError(
                f"The sketch {sketch.name!r} takes {sketch.input_size} values of type {sketch.input_dtype}, "
                f"got {values.size} of type {values.dtype}. Send one sample, with the type it was exported for."
            )
        return values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes().hex()

    def _answer(self, request: str, words: list[str]) -> Answer:
        class_index, microseconds, *outputs = (self._number(request, word) for word in words)
        bounds = np.iinfo(self._sketch.output_dtype)
        if class_index < 0 or (self._sketch.labels and class_index >= len(self._sketch.labels)):
            raise self._unexpected(request, f"a class from 0 to {len(self._sketch.labels) - 1}", " ".join(words))
        if any(not bounds.min <= value <= bounds.max for value in outputs):
            raise self._unexpected(request, f"outputs of type {self._sketch.output_dtype}", " ".join(words))
        return Answer(class_index, microseconds, tuple(outputs))

    def _ask(self, request: str, form: str, count: int) -> list[str]:
        self._transport.write(f"{request}\n".encode("ascii"))
        words = self._words(request, f"{request[0]} {form}")
        if len(words) != count:
            raise self._unexpected(request, f"{request[0]} {form}", " ".join(words))
        return words

    def _words(self, request: str, form: str) -> list[str]:
        while (line := self._read()).startswith("w "):
            self._windows.append(line)
        if line.endswith(f"ready {self._sketch.name}"):
            raise ProtocolError(
                f"The board started anew in the middle of the run: expected {form}, got {_shown(line)}. "
                "Its reset button was pressed, its power failed for a moment (a loose cable, too much current from its "
                "pins), or the program crashed. Start the run again."
            )
        letter, *words = line.split(" ")
        if letter == "e":
            meaning = _REFUSALS.get(" ".join(words), "the reason is not part of the protocol")
            raise ProtocolError(f"The board refused {_shown(request)} with {_shown(line)}: {meaning}.")
        if letter != request[0]:
            raise self._unexpected(request, form, line)
        return words

    def _read(self) -> str:
        return self._transport.read_line(self._timeout).decode("ascii", "backslashreplace").rstrip("\r\n")

    def _number(self, request: str, text: str) -> int:
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit()):
            raise self._unexpected(request, "a whole number", text)
        return int(text)

    @staticmethod
    def _unexpected(request: str, expected: str, got: str) -> ProtocolError:
        return ProtocolError(
            f"The board answered {_shown(request)} in another form: expected {expected}, got {_shown(got)}. "
            "Characters may have been lost on the way, or the board runs another sketch: upload it again."
        )


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}...")
