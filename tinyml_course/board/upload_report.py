"""What a real board answered, beside the virtual board and Python."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyml_course.board.client import Answer
from tinyml_course.board.ports import SerialPort
from tinyml_course.board.run import Run
from tinyml_course.export.sketch import Sketch

#: Microseconds between two counts of the board's timer: 64 cycles at 16 MHz.
TIMER_STEP_MICROSECONDS = 4
#: The sketch's timer has 16 bits, and notices one overflow.
TIMER_END_MICROSECONDS = 2 * 65536 * TIMER_STEP_MICROSECONDS
_HEADER = ("", "this board", "virtual Uno", "Python")
_NONE = "–"


def _no_answers() -> npt.NDArray[Any]:
    return np.empty(0, np.int64)


@dataclass(frozen=True, eq=False)
class UploadReport:
    """The answers of a real board, compared.

    Parameters
    ----------
    port : SerialPort
        Where the board is.
    uploader : str
        What wrote the program, with its version.
    toolchain : str
        Compiler and core with versions.
    seconds : float
        Writing and verifying.
    flash_bytes : int
        Of the whole program.
    sketch : Sketch
        What was uploaded.
    samples : int
        How many samples the board was to classify. It has answered fewer if the run broke off.
    self_test_passed : bool or None
        Whether every sample stored on the board got the expected class; None if the run broke off before.
    outputs : ndarray of the sketch's output type, shape (n, outputs)
        The board's outputs.
    classes : ndarray of int64, shape (n,)
        The board's class indices.
    microseconds : ndarray of int64, shape (n,)
        Time of each inference by the board's own timer, in steps of 4 µs.
    expected : ndarray of int64, shape (samples,), optional
        The right class indices.
    python : ndarray, shape (samples, outputs), optional
        The outputs of the model in Python.
    python_classes : ndarray of int64, shape (samples,), optional
        Its class indices.
    virtual : Run, optional
        The same samples on the virtual Uno.
    """

    port: SerialPort
    uploader: str
    toolchain: str
    seconds: float
    flash_bytes: int
    sketch: Sketch = field(repr=False)
    samples: int = 0
    self_test_passed: bool | None = None
    outputs: npt.NDArray[Any] = field(default_factory=_no_answers, repr=False)
    classes: npt.NDArray[np.int64] = field(default_factory=_no_answers, repr=False)
    microseconds: npt.NDArray[np.int64] = field(default_factory=_no_answers, repr=False)
    expected: npt.NDArray[np.int64] | None = field(default=None, repr=False)
    python: npt.NDArray[Any] | None = field(default=None, repr=False)
    python_classes: npt.NDArray[np.int64] | None = field(default=None, repr=False)
    virtual: Run | None = field(default=None, repr=False)

    def with_answers(self, answers: Sequence[Answer], self_test_passed: bool | None) -> UploadReport:
        """Return the same report with what the board answered."""
        outputs = np.array([answer.outputs for answer in answers], self.sketch.output_dtype)
        return replace(
            self,
            outputs=outputs.reshape(len(answers), self.sketch.output_size),
            classes=np.array([answer.class_index for answer in answers], np.int64),
            microseconds=np.array([answer.microseconds for answer in answers], np.int64),
            self_test_passed=self_test_passed,
        )

    @property
    def is_complete(self) -> bool:
        """Whether the board answered to every sample."""
        return len(self.classes) == self.samples and self.self_test_passed is not None

    @property
    def mismatches_virtual(self) -> int | None:
        """Samples for which an output of the board differs from the virtual board's; None without a virtual run."""
        return None if self.virtual is None else self._differing(self.virtual.outputs)

    @property
    def mismatches_python(self) -> int | None:
        """Samples for which an output of the board differs from Python's; None without a graph."""
        return None if self.python is None else self._differing(self.python)

    @property
    def accuracy(self) -> float | None:
        """Share of the board's classes that are right, 0 to 1; None without labels or answers."""
        return self._accuracy(self.classes)

    @property
    def accuracy_virtual(self) -> float | None:
        """The same for the virtual board."""
        return None if self.virtual is None else self._accuracy(self.virtual.classes)

    @property
    def accuracy_python(self) -> float | None:
        """The same for the model in Python, over the samples that the board answered."""
        return None if self.python_classes is None else self._accuracy(self.python_classes)

    @property
    def microseconds_virtual(self) -> npt.NDArray[np.float64] | None:
        """Time of each inference as the virtual Uno's cycles tell it; None without a virtual run."""
        return None if self.virtual is None else self.virtual.milliseconds * 1e3

    @property
    def microseconds_difference(self) -> float | None:
        """Largest difference between a measured and a simulated time.

        None without a virtual run, or where inferences are longer than the board's timer counts (0.52 s).
        """
        simulated = self.microseconds_virtual
        if simulated is None or not len(self.microseconds) or simulated.max() >= TIMER_END_MICROSECONDS:
            return None
        return float(np.abs(self.microseconds - simulated[: len(self.microseconds)]).max())

    def to_dict(self) -> dict[str, Any]:
        """Return the figures, ready for JSON; times are means, accuracies are shares."""
        simulated = self.microseconds_virtual
        return {
            "port": self.port.device,
            "board": self.port.name,
            "serial_number": self.port.serial_number,
            "uploader": self.uploader,
            "toolchain": self.toolchain,
            "seconds": self.seconds,
            "flash_bytes": self.flash_bytes,
            "self_test_passed": self.self_test_passed,
            "samples": self.samples,
            "samples_answered": len(self.classes),
            "accuracy": self.accuracy,
            "accuracy_virtual": self.accuracy_virtual,
            "accuracy_python": self.accuracy_python,
            "mismatches_virtual": self.mismatches_virtual,
            "mismatches_python": self.mismatches_python,
            "microseconds": float(self.microseconds.mean()) if len(self.microseconds) else None,
            "microseconds_maximum": int(self.microseconds.max()) if len(self.microseconds) else None,
            "microseconds_virtual": None if simulated is None else float(simulated.mean()),
            "microseconds_difference": self.microseconds_difference,
        }

    def rows(self) -> list[tuple[str, str, str, str]]:
        """Return the comparison: what it is, this board, the virtual Uno, Python."""
        virtual = self.virtual
        tests = self.self_test_passed, None if virtual is None else virtual.self_test_passed
        rows = [("self-test", _passed(tests[0]), _passed(tests[1]), _NONE)]
        if not self.samples:
            return rows
        done = f"{len(self.classes):,}" if self.is_complete else f"{len(self.classes):,} of {self.samples:,}"
        in_python = _NONE if self.python is None else f"{self.samples:,}"
        rows.append(("samples", done, _NONE if virtual is None else f"{len(virtual.classes):,}", in_python))
        if self.expected is not None:
            board, simulated, python = map(_percent, (self.accuracy, self.accuracy_virtual, self.accuracy_python))
            rows.append(("accuracy", board, simulated, python))
        counts = _count(self.mismatches_virtual), _count(self.mismatches_python)
        rows.append(("answers that differ from this board", _NONE, *counts))
        if len(self.microseconds):
            rows += self._times()
        return rows

    def notes(self) -> list[str]:
        """Return what else is to be known, line by line."""
        lines = [
            f"{self.port}: {self.flash_bytes:,} bytes written and verified by {self.uploader} in {self.seconds:.1f} s"
        ]
        if not self.is_complete:
            lines.append("The run broke off; what had come until then is shown.")
        if self.microseconds_difference is not None:
            lines.append(
                f"Measured and simulated times differ by {self.microseconds_difference:.1f} µs at most; "
                f"the board's timer counts in steps of {TIMER_STEP_MICROSECONDS} µs."
            )
        elif self.virtual is not None and len(self.microseconds):
            lines.append(
                "The board's timer counts to 0.52 s only; an inference takes longer, so its times mean nothing."
            )
        return [*lines, f"Compiled by {self.toolchain}"]

    def _times(self) -> list[tuple[str, str, str, str]]:
        measured, simulated = self.microseconds, self.microseconds_virtual
        pairs = (("time, mean", np.mean), ("time, slowest", np.max))
        return [
            (name, f"{figure(measured):,.0f} µs", _NONE if simulated is None else f"{figure(simulated):,.0f} µs", _NONE)
            for name, figure in pairs
        ]

    def _differing(self, others: npt.NDArray[Any]) -> int:
        return int((self.outputs != others[: len(self.outputs)]).any(axis=1).sum())

    def _accuracy(self, classes: npt.NDArray[np.int64]) -> float | None:
        answered = len(self.classes)
        if self.expected is None or not answered:
            return None
        return float((classes[:answered] == self.expected[:answered]).mean())

    def __str__(self) -> str:
        rows = [_HEADER, *self.rows()]
        widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
        lines = [
            "  ".join([row[0].ljust(widths[0]), *(row[k].rjust(widths[k]) for k in range(1, len(row)))]) for row in rows
        ]
        return "\n".join([f"{self.sketch.name} on a real board", *lines, *self.notes()])

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        """Yield rich's table and the notes."""
        from rich.table import Table
        from rich.text import Text

        table = Table(title=f"{self.sketch.name} on a real board", title_justify="left")
        for number, name in enumerate(_HEADER):
            table.add_column(name, justify="right" if number else "left")
        for row in self.rows():
            table.add_row(*map(Text, row))
        yield table
        yield from (Text(note) for note in self.notes())

    def _repr_html_(self) -> str:
        def cells(tag: str, row: Sequence[str], scope: str) -> str:
            first, *rest = (html.escape(text) for text in row)
            style = "style='text-align:right;padding:2px 8px'"
            other = "".join(f"<{tag}{' scope=col' if tag == 'th' else ''} {style}>{text}</{tag}>" for text in rest)
            return f"<tr><th scope='{scope}' style='text-align:left;padding:2px 8px'>{first}</th>{other}</tr>"

        body = "".join(cells("td", row, "row") for row in self.rows())
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in self.notes())
        caption = html.escape(f"{self.sketch.name} on a real board")
        return (
            f"<table><caption>{caption}</caption><thead>{cells('th', _HEADER, 'col')}</thead>"
            f"<tbody>{body}</tbody></table>{notes}"
        )


def _passed(test: bool | None) -> str:
    return {None: _NONE, True: "passed", False: "FAILED"}[test]


def _percent(share: float | None) -> str:
    return _NONE if share is None else f"{share:.2%}"


def _count(number: int | None) -> str:
    return _NONE if number is None else f"{number:,}"
