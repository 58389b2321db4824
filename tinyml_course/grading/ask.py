"""Questions to a learner's function. This runs where the learner's code runs: it knows no right answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tinyml_course.grading.values import Raised, Value, plain
from tinyml_course.grading.wire import argument

Question = tuple[Value, ...]
"""The arguments of one call, as plain values."""


def ask(function: Callable[..., object], questions: Sequence[Question]) -> list[Value]:
    """Call a function with the arguments of each question.

    Parameters
    ----------
    function : callable
        The learner's.
    questions : sequence of tuple
        Arguments as plain values; each call gets objects of its own, so that a function that changes its
        arguments changes nothing else.

    Returns
    -------
    list of Value
        One for each question; :class:`Raised` where the function raised. After a ``NotImplementedError``, which
        a task starts with, nothing more is asked.
    """
    answers: list[Value] = []
    for question in questions:
        answer = call(function, tuple(argument(value) for value in question))
        answers.append(answer)
        if is_undone(answer):
            break
    return answers


def call(function: Callable[..., object], arguments: tuple[object, ...]) -> Value:
    """Return what a function returns or raises, as a plain value."""
    try:
        return plain(function(*arguments))
    except (Exception, SystemExit) as error:  # whatever a learner's code raises is an answer too
        return Raised(type(error).__name__, _text(error))


def is_undone(answer: Value) -> bool:
    """Whether it is the error that an untouched task raises."""
    return isinstance(answer, Raised) and answer.kind == "NotImplementedError"


def _text(error: BaseException) -> str:
    try:
        return str(error)[:500]
    except Exception:  # an error of the learner's own class may fail to say what it is
        return ""
