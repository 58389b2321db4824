"""What a check is, and how one is run.

A check is data: an objective, a task, inputs drawn from a seed, the right answer as a
function of the inputs, and the ideas that lead astray, each with what it would answer
and the hint it deserves. :func:`run_check` calls the learner's function and compares
values; nothing else decides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from tinyml_course.errors import LessonError
from tinyml_course.grading.values import Raised, Value, as_float, describe, plain, same

Case = tuple[Any, ...]
Status = Literal["right", "wrong", "stopped", "not done"]

_MARKS: dict[Status, str] = {"right": "✓", "wrong": "✗", "stopped": "✗", "not done": "○"}


@dataclass(frozen=True)
class Misconception:
    """An idea that leads astray, told by what it answers to the same inputs.

    Parameters
    ----------
    name : str
        Short, for statistics: ``"biases forgotten"``.
    hint : str
        One sentence for the learner. It names the slip and never the solution.
    answer : callable
        Takes a case's inputs, returns what somebody with this idea returns.
    """

    name: str
    hint: str
    answer: Callable[..., object]

    def explains(self, case: Case, expected: Value, got: Value, tolerance: float) -> bool:
        """Whether this idea gives exactly `got` for `case`."""
        return same(_call(self.answer, case), got, tolerance)


@dataclass(frozen=True)
class Slip:
    """A slip that shows in the relation of two numbers, whatever the task: a power of ten, a factor of 8.

    Parameters
    ----------
    name, hint : str
        As in :class:`Misconception`.
    relates : callable
        Takes the expected and the given number, both finite and not zero.
    """

    name: str
    hint: str
    relates: Callable[[float, float], bool]

    def explains(self, case: Case, expected: Value, got: Value, tolerance: float) -> bool:
        """Whether both values are numbers that stand in this relation."""
        numbers = as_float(expected), as_float(got)
        return all(numbers) and self.relates(*numbers)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Check:
    """One task that can be checked.

    Parameters
    ----------
    objective : str
        Lesson and number, ``"01.2"``.
    task : str
        The task's name, as its heading in the lesson.
    points : int
        What it is worth.
    can_now : str
        What the learner can do now, to finish the sentence "You can now …".
    arguments : tuple of str
        The names of the function's arguments, for the feedback.
    cases : callable
        Draws the inputs from a ``numpy.random.Generator``.
    expected : callable
        The right answer for a case; it may raise an error that the learner's function must raise too.
    misconceptions : tuple
        Of :class:`Misconception` and :class:`Slip`; the first that explains every answer is named.
    relative_tolerance : float, default 0.0
        Largest relative difference that counts as equal. 0 means exactly equal.
    tolerance_reason : str
        Why that much; needed where the tolerance is not 0.
    normalise : callable, optional
        Brings equally right answers into one form before they are compared.
    """

    objective: str
    task: str
    points: int
    can_now: str
    arguments: tuple[str, ...]
    cases: Callable[[np.random.Generator], Sequence[Case]]
    expected: Callable[..., object]
    misconceptions: tuple[Misconception | Slip, ...]
    relative_tolerance: float = 0.0
    tolerance_reason: str = ""
    normalise: Callable[[Value], Value] = lambda value: value

    def __post_init__(self) -> None:
        if self.relative_tolerance and not self.tolerance_reason:
            raise LessonError(f"Check {self.objective} has a tolerance without a reason.")


@dataclass(frozen=True)
class Result:
    """What a check found.

    Parameters
    ----------
    objective, task : str
        Of the check.
    status : {"right", "wrong", "stopped", "not done"}
        ``"stopped"``: the function raised an error.
    points, possible : int
        What was earned, and what could be.
    message : str
        One line for the learner.
    misconception : str, optional
        The name of the recognised misconception; None if there was none.
    """

    objective: str
    task: str
    status: Status
    points: int
    possible: int
    message: str
    misconception: str | None = None

    @property
    def passed(self) -> bool:
        """Whether all points were earned."""
        return self.status == "right"


def check(objective: str, function: Callable[..., object]) -> None:
    """Check a learner's function and print one line about it.

    Parameters
    ----------
    objective : str
        Which check, such as ``"01.2"``.
    function : callable
        The function itself, without brackets behind its name.

    Raises
    ------
    LessonError
        If there is no such check.
    """
    from tinyml_course.grading.registry import find_check

    print(run_check(find_check(objective), function).message)


def run_check(definition: Check, function: object, seed: int = 0) -> Result:
    """Call a function on a check's inputs and compare what it returns.

    Parameters
    ----------
    definition : Check
        What to check.
    function : object
        What the learner hands in; it should be a function.
    seed : int, default 0
        Draws the inputs. The learner's own check always uses 0.

    Returns
    -------
    Result
        Never raises for anything the function does, short of ending the process.
    """
    if not callable(function):
        hint = f"pass the function itself, not its result: no brackets behind its name (got {describe(function)})."
        return _result(definition, "wrong", hint)
    cases = list(definition.cases(np.random.default_rng(seed)))
    answers: list[Value] = []
    for case in cases:
        answer = _call(function, case)
        if isinstance(answer, Raised) and answer.kind == "NotImplementedError":
            return _result(definition, "not done", f"not done yet: {answer.text or 'replace the line that raises'}.")
        answers.append(answer)
    expected = [_call(definition.expected, case) for case in cases]
    tolerance = definition.relative_tolerance
    normal = [definition.normalise(answer) for answer in answers]
    wanted = [definition.normalise(value) for value in expected]
    wrong = [index for index in range(len(cases)) if not same(wanted[index], normal[index], tolerance)]
    if not wrong:
        return _result(definition, "right", f"You can now {definition.can_now}.")
    name, hint = _explain(definition, cases, wanted, normal)
    first = wrong[0]
    stopped = isinstance(answers[first], Raised) and not isinstance(expected[first], Raised)
    came = f"{'your function stopped with' if stopped else 'you gave'} {describe(answers[first])}"
    text = f"for {_name_inputs(definition, cases[first])} {came}, expected {describe(expected[first])}. {hint}"
    return _result(definition, "stopped" if stopped else "wrong", text, name)


def _call(function: Callable[..., object], case: Case) -> Value:
    try:
        return plain(function(*case))
    except (Exception, SystemExit) as error:  # whatever a learner's code raises is an answer too
        return Raised(type(error).__name__, str(error))


def _explain(
    definition: Check, cases: Sequence[Case], expected: Sequence[Value], answers: Sequence[Value]
) -> tuple[str | None, str]:
    for idea in definition.misconceptions:
        told = zip(cases, expected, answers, strict=True)
        if all(idea.explains(case, want, got, definition.relative_tolerance) for case, want, got in told):
            return idea.name, idea.hint
    if all(answer is None for answer in answers):
        return "nothing returned", "Your function returns nothing: does it end with `return`?"
    if all(answer is Ellipsis for answer in answers):
        return "nothing returned", "Replace the three dots."
    return None, ""


def _name_inputs(definition: Check, case: Case) -> str:
    return ", ".join(f"{name}={describe(value)}" for name, value in zip(definition.arguments, case, strict=True))


def _result(definition: Check, status: Status, text: str, misconception: str | None = None) -> Result:
    points = definition.points if status == "right" else 0
    score = f"{points} of {definition.points} points" if status in ("right", "wrong", "stopped") else ""
    parts = (f"{_MARKS[status]} {definition.objective} {definition.task}", score, text)
    message = " · ".join(" ".join(part.split()) for part in parts if part)
    return Result(definition.objective, definition.task, status, points, definition.points, message, misconception)
