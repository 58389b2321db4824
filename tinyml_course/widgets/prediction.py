"""A committed prediction: say a number first, see later how far off it was."""

from __future__ import annotations

import html
import math
import re
from dataclasses import dataclass
from typing import Any

from tinyml_course.errors import InputError
from tinyml_course.units import format_count, format_digits, orders_of_magnitude

_WORDS = {"thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6, "billion": 1e9, "trillion": 1e12}
_NUMBER = re.compile(r"(?P<digits>[\d][\d.,_ ']*(?:e[+-]?\d+)?)\s*(?P<word>[a-z]*)", re.IGNORECASE)
_CLOSE = 1.1
"""Up to this ratio a guess counts as right: within 10 %."""


def read_number(text: str) -> float:
    """Read a positive number as people type it: ``5000``, ``5,000``, ``5e3``, ``5 thousand``.

    Raises
    ------
    InputError
        If the text is no positive number.
    """
    match = _NUMBER.fullmatch(text.strip())
    word = match["word"].lower() if match else ""
    if match and (not word or word in _WORDS):
        try:
            number = float(re.sub(r"[,_ ']", "", match["digits"])) * _WORDS.get(word, 1.0)
        except ValueError:
            number = 0.0
        if math.isfinite(number) and number > 0:
            return number
    raise InputError(f"Expected a positive number such as 5000, 5e3 or 5 thousand, got {text!r}.")


@dataclass(frozen=True)
class Reveal:
    """The answer beside the guess; shows itself in a notebook.

    Parameters
    ----------
    text : str
        One or two sentences.
    why : str
        Why people go wrong here.
    """

    text: str
    why: str

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        shown = f"<p><strong>{html.escape(self.text)}</strong><br>{html.escape(self.why)}</p>"
        return {"text/html": shown, "text/plain": f"{self.text}\n{self.why}"}


class Prediction:
    """A question with a box for one number, which can be committed once.

    Parameters
    ----------
    question : str
        What to guess.
    unit : str
        What is counted, in the plural: ``"Unos"``.
    """

    def __init__(self, question: str, unit: str = "") -> None:
        self.question = question
        self.unit = unit
        self.guess: float | None = None

    def commit(self, guess: float | str) -> None:
        """Commit a guess; the first one stays.

        Raises
        ------
        InputError
            If it is no positive number.
        """
        number = read_number(guess) if isinstance(guess, str) else float(guess)
        if not (math.isfinite(number) and number > 0):
            raise InputError(f"Expected a positive number, got {guess!r}.")
        if self.guess is None:
            self.guess = number

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
        """
        truth = f"It is {self._count(answer)}."
        if self.guess is None:
            return Reveal(truth, f"(You committed no guess.) {why}".strip())
        ratio = max(self.guess / answer, answer / self.guess)
        if ratio <= _CLOSE:
            return Reveal(f"You said {self._count(self.guess)}. {truth} You were right within 10 %.", why)
        way = "too high" if self.guess > answer else "too low"
        times = format_count(ratio, 2) if ratio >= 1e6 else format_digits(ratio, 2)
        orders = orders_of_magnitude(ratio, 1)
        off = f"You were {times} times {way}" + (f", {orders:.1f} orders of magnitude." if orders >= 1 else ".")
        return Reveal(f"You said {self._count(self.guess)}. {truth} {off}", why)

    def _count(self, number: float) -> str:
        return f"{format_count(number)} {self.unit}".strip()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        # What stands beside the widget is what a reader without a kernel sees.
        asked = f"<p><strong>Predict.</strong> {html.escape(self.question)}</p>"
        still = f"{asked}<p>Run this cell to get a box for your guess.</p>"
        plain = f"Predict. {self.question}"
        return {**self._box()._repr_mimebundle_(), "text/html": still, "text/plain": plain}

    def _box(self) -> Any:
        import ipywidgets as widgets

        question = widgets.HTML(f"<strong>Predict.</strong> {html.escape(self.question)}")
        entry = widgets.Text(description="Your guess", placeholder="such as 5000 or 5 million")
        button = widgets.Button(description="Commit", tooltip="Commit your guess; it cannot be changed afterwards")
        answer = widgets.HTML("")

        def lock() -> None:
            entry.disabled = button.disabled = True
            answer.value = f"Committed: {html.escape(self._count(self.guess or 0))}. The answer comes further down."

        def commit(_: object) -> None:
            try:
                self.commit(entry.value)
            except InputError as error:
                answer.value = html.escape(str(error))
                return
            lock()

        button.on_click(commit)
        if self.guess is not None:
            entry.value = str(self.guess)
            lock()
        return widgets.VBox([question, widgets.HBox([entry, button]), answer])


def predict(question: str, unit: str = "") -> Prediction:
    """Ask for a committed guess; show it as the last expression of a cell.

    Parameters
    ----------
    question : str
        What to guess.
    unit : str
        What is counted, in the plural.
    """
    return Prediction(question, unit)
