"""A committed prediction: say a number first, see later how far off it was."""

from __future__ import annotations

import html
import math
from typing import Any

from traitlets import Bool, Float, Unicode, observe

from tinyml_course.errors import InputError
from tinyml_course.pictures.prediction_picture import draw_guess, times_text
from tinyml_course.units import format_count, orders_of_magnitude
from tinyml_course.widgets.base import Piece, Still, esm, run_this_cell
from tinyml_course.widgets.typed_number import read_number

_CLOSE = 1.1
"""Up to this ratio a guess counts as right: within 10 %."""
_asked: dict[tuple[str, str], Prediction] = {}
"""What :func:`predict` has asked in this kernel: a question asked again still knows its guess."""


class Prediction(Piece):
    """A question with a box for one number, which can be committed once.

    The box takes ``5000``, ``5e3``, ``5 thousand`` and the unit; it says how it reads that, and Enter commits it.

    Parameters
    ----------
    question : str
        What to guess.
    unit : str
        What is counted, in the plural: ``"Unos"``.
    """

    _esm = esm("prediction")
    question = Unicode().tag(sync=True)
    unit = Unicode().tag(sync=True)
    entry = Unicode().tag(sync=True)
    reading = Unicode().tag(sync=True)
    guess = Float(None, allow_none=True).tag(sync=True)
    skipped = Bool(False).tag(sync=True)
    outcome = Unicode().tag(sync=True)
    asked_as = Unicode().tag(sync=True)

    def __init__(self, question: str, unit: str = "") -> None:
        super().__init__(question=question, unit=unit, asked_as=f"{question} [{unit}]")
        self.on_msg(self._hear)

    def commit(self, guess: float | str) -> None:
        """Commit a guess; the first one stays.

        Raises
        ------
        InputError
            If it is no positive number.
        """
        number = read_number(guess, self.unit) if isinstance(guess, str) else float(guess)
        if not (math.isfinite(number) and number > 0):
            raise InputError(f"Expected a positive number, got {guess!r}.")
        if self.guess is None and not self.skipped:
            self.entry = guess if isinstance(guess, str) else format_count(number)
            self.outcome = f"Committed: {self.count(number)}. The answer comes further down."
            self.guess = number

    def skip(self) -> None:
        """Give up guessing: the answer may be shown, and no guess can be committed afterwards."""
        if self.guess is None:
            self.outcome = "You looked at the answer without a guess."
            self.skipped = True

    def reveal(self, answer: float, why: str = "") -> Reveal:
        """Compare the guess with the answer.

        Parameters
        ----------
        answer : float
            The right number, in the question's unit.
        why : str
            Why people go wrong here.

        Returns
        -------
        Reveal
            Shows itself as the last expression of a cell.

        Raises
        ------
        InputError
            If the answer is no positive number: it stands on a logarithmic axis.
        """
        return Reveal(self, answer, why)

    def count(self, number: float) -> str:
        """Write a number with the unit: ``"5 codes"``, ``"1 code"``."""
        unit = self.unit.removesuffix("s") if number == 1 else self.unit
        return f"{format_count(number)} {unit}".strip()

    def still(self) -> Still:
        """Return the question, for those who only read."""
        asked = f"<p><strong>Predict.</strong> {html.escape(self.question)}</p>"
        committed = f"<p><strong>{html.escape(self.outcome)}</strong></p>" if self.outcome else ""
        page = asked + (committed or run_this_cell("get a box for your guess"))
        return Still(page, f"Predict. {self.question} {self.outcome}".strip())

    @observe("entry")
    def _read(self, change: object) -> None:
        try:
            self.reading = f"That is {self.count(read_number(self.entry, self.unit))}." if self.entry.strip() else ""
        except InputError as error:
            self.reading = str(error)

    def _hear(self, widget: object, content: Any, buffers: object) -> None:
        """Do what the page asks for: commit what was typed, or restore what this tab has committed before."""
        if "restore" in content:
            self.commit(float(content["restore"]))
            return
        try:
            self.commit(str(content["commit"]))
        except InputError as error:
            self.reading = str(error)
        self.send({"read": self.reading})


class Reveal(Piece):
    """The answer beside the guess; asks for a guess first, and a reader may go on without one.

    Parameters
    ----------
    prediction : Prediction
        The question.
    answer : float
        The right number, in the question's unit.
    why : str
        Why people go wrong here.
    """

    _esm = esm("reveal")
    asked_as = Unicode().tag(sync=True)
    opened = Bool(False).tag(sync=True)
    shown = Unicode().tag(sync=True)

    def __init__(self, prediction: Prediction, answer: float, why: str = "") -> None:
        if not (math.isfinite(answer) and answer > 0):
            raise InputError(f"Expected a positive number as the answer, got {answer!r}.")
        super().__init__(asked_as=prediction.asked_as)
        self.prediction, self.answer, self.why = prediction, float(answer), why
        self._show()
        prediction.observe(self._show, ["guess", "skipped"])
        self.on_msg(self._hear)

    @property
    def text(self) -> str:
        """One or two sentences: the guess, the answer, and how far apart they are."""
        guess, truth = self.prediction.guess, self.prediction.count(self.answer)
        if guess is None:
            return f"It is {truth}."
        said = f"You said {self.prediction.count(guess)}, it is {truth}"
        ratio = max(guess / self.answer, self.answer / guess)
        if ratio <= _CLOSE:
            return f"{said}: right within 10 %."
        way = "too high" if guess > self.answer else "too low"
        orders = orders_of_magnitude(ratio, 1)
        also = f", {orders:.1f} orders of magnitude" if orders >= 1 else ""
        return f"{said}: {times_text(ratio)} times {way}{also}."

    def still(self) -> Still:
        """Return the answer: a page that only shows it asks for no guess."""
        return Still(self._page(on_white=True), f"{self.text}\n{self._because()}")

    def _page(self, on_white: bool) -> str:
        guess = self.prediction.guess
        picture = draw_guess(guess, self.answer, self.prediction.unit, self.text, on_white) if guess else ""
        return f"<p><strong>{html.escape(self.text)}</strong></p>{picture}<p>{html.escape(self._because())}</p>"

    def _because(self) -> str:
        return self.why if self.prediction.guess is not None else f"(You committed no guess.) {self.why}".strip()

    def _show(self, change: object = None) -> None:
        self.shown = self._page(on_white=False)
        self.opened = self.prediction.guess is not None or self.prediction.skipped

    def _hear(self, widget: object, content: Any, buffers: object) -> None:
        if content.get("skip"):
            self.prediction.skip()


def predict(question: str, unit: str = "") -> Prediction:
    """Ask for a committed guess; show it as the last expression of a cell.

    The same question asked again in this kernel, by running its cell again, still has its guess.

    Parameters
    ----------
    question : str
        What to guess.
    unit : str
        What is counted, in the plural.
    """
    if (question, unit) not in _asked:
        _asked[question, unit] = Prediction(question, unit)
    return _asked[question, unit]
