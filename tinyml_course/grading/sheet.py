"""A sheet: the questions of one task, drawn from a seed, and what is needed to judge the answers.

A sheet is data. It holds answers, not the functions that found them, so the sheets that come with the course
(seed 0, for a learner's own checks) hold no solution. Graders make sheets with other seeds from the definitions
in ``content/``, which no learner's package contains.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, astuple, dataclass
from typing import Any

from tinyml_course.errors import LessonError
from tinyml_course.grading.ask import Question
from tinyml_course.grading.values import Value
from tinyml_course.grading.wire import decode, encode

#: Raised with every change of the form; a reader refuses other ones.
VERSION = 2
_DRIFT = 1e-12


@dataclass(frozen=True)
class Part:
    """A property of the answers that earns points by itself.

    Parameters
    ----------
    name : str
        What is right when it is right: ``"the zero point"``.
    points : int
        What it is worth.
    questions : tuple of int
        Which questions of the sheet it looks at.
    select : str
        What of an answer counts: ``""`` all of it, ``"dtype"`` or ``"shape"`` of an array, the number of an item,
        ``"1"``, the name of one, ``"outputs"``, whether one is small enough, ``"cycles <= 900"``, or the class of
        the error, ``"error"``, which is None where the function returned.
    relative_tolerance : float, optional
        Largest relative difference that counts as equal here. None: that of the sheet.
    tolerance_reason : str
        Why that much.
    """

    name: str
    points: int
    questions: tuple[int, ...]
    select: str = ""
    relative_tolerance: float | None = None
    tolerance_reason: str = ""


@dataclass(frozen=True)
class Idea:
    """A misconception: what somebody who has it answers to each question.

    Parameters
    ----------
    name, hint : str
        For statistics, and for the learner.
    answers : tuple of Value
        One for each question.
    """

    name: str
    hint: str
    answers: tuple[Value, ...]


@dataclass(frozen=True)
class BoardTask:
    """What a learner's C is put into: the inputs, and how its function is called.

    Parameters
    ----------
    declarations : str
        C in front of the learner's: types, tables with the inputs.
    call : str
        A C expression with the number ``k`` of the input: ``"branch(inputs[k])"``.
    stub : str
        C of a function that does nothing: what it takes is not the learner's.
    count : int
        How many inputs, at most 100.
    """

    declarations: str
    call: str
    stub: str
    count: int


@dataclass(frozen=True)
class Sheet:
    """Questions and right answers of one task.

    Parameters
    ----------
    objective, task, function, can_now : str
        As in :class:`~tinyml_course.grading.checks.Check`.
    arguments : tuple of str
        The names of the function's arguments.
    questions : tuple of Question
        What the function is called with.
    expected : tuple of Value
        The right answers.
    parts : tuple of Part
        What earns points.
    ideas : tuple of Idea
        Misconceptions, the more specific first.
    slips : tuple of str
        Names of slips with numbers that are looked for after the ideas.
    relative_tolerance : float
        Largest relative difference that counts as equal.
    tolerance_reason : str
        Why that much.
    normaliser : str
        Name of what brings equally right answers into one form; empty if nothing does.
    board : BoardTask, optional
        For a task whose function returns C as text, which is measured on the virtual Uno. None for all others.
    """

    objective: str
    task: str
    function: str
    can_now: str
    arguments: tuple[str, ...]
    questions: tuple[Question, ...]
    expected: tuple[Value, ...]
    parts: tuple[Part, ...]
    ideas: tuple[Idea, ...]
    slips: tuple[str, ...] = ()
    relative_tolerance: float = 0.0
    tolerance_reason: str = ""
    normaliser: str = ""
    board: BoardTask | None = None

    @property
    def points(self) -> int:
        """What the task is worth."""
        return sum(part.points for part in self.parts)

    def tolerance_of(self, part: Part) -> tuple[float, str]:
        """Return the largest relative difference that counts as equal in a part, and why that much."""
        if part.relative_tolerance is None:
            return self.relative_tolerance, self.tolerance_reason
        return part.relative_tolerance, part.tolerance_reason

    def to_dict(self) -> dict[str, Any]:
        """Return the sheet as what ``json.dumps`` takes."""
        return {
            "objective": self.objective,
            "task": self.task,
            "function": self.function,
            "can_now": self.can_now,
            "arguments": list(self.arguments),
            "questions": [encode(question) for question in self.questions],
            "expected": [encode(answer) for answer in self.expected],
            "parts": [list(astuple(part)) for part in self.parts],
            "ideas": [[idea.name, idea.hint, [encode(answer) for answer in idea.answers]] for idea in self.ideas],
            "slips": list(self.slips),
            "relative_tolerance": self.relative_tolerance,
            "tolerance_reason": self.tolerance_reason,
            "normaliser": self.normaliser,
            "board": None if self.board is None else asdict(self.board),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Sheet:
        """Read what :meth:`to_dict` wrote."""
        values = dict(data)
        values["arguments"] = tuple(values["arguments"])
        values["questions"] = tuple(_arguments(question) for question in values["questions"])
        values["expected"] = tuple(decode(answer) for answer in values["expected"])
        values["parts"] = tuple(Part(name, points, tuple(of), *more) for name, points, of, *more in values["parts"])
        values["ideas"] = tuple(
            Idea(name, hint, tuple(decode(answer) for answer in answers)) for name, hint, answers in values["ideas"]
        )
        values["slips"] = tuple(values["slips"])
        values["board"] = None if values["board"] is None else BoardTask(**values["board"])
        return cls(**values)


def _arguments(data: Any) -> Question:
    question = decode(data)
    if not isinstance(question, tuple):
        raise LessonError(f"A sheet's question should hold arguments, got {type(question).__name__}.")
    return question


def alike(one: Sheet, other: Sheet) -> bool:
    """Whether two sheets differ in nothing but the last digits of real numbers."""
    return _same(one.to_dict(), other.to_dict())


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        if one.keys() != other.keys():
            return False
        if "float" in one:
            first, second = float.fromhex(one["float"]), float.fromhex(other["float"])
            return (
                first == second
                or math.isclose(first, second, rel_tol=_DRIFT)
                or (math.isnan(first) and math.isnan(second))
            )
        return all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def to_text(sheets: tuple[Sheet, ...]) -> str:
    """Write sheets as stable JSON: one line for each field, one line feed at the end."""
    blocks = []
    for sheet in sheets:
        lines = (f"  {json.dumps(key)}: {_compact(value)}" for key, value in sheet.to_dict().items())
        blocks.append(" {\n" + ",\n".join(lines) + "\n }")
    return f'{{"version": {VERSION}, "sheets": [\n' + ",\n".join(blocks) + "\n]}\n"


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def from_text(text: str, name: str) -> tuple[Sheet, ...]:
    """Read sheets.

    Parameters
    ----------
    text : str
        What :func:`to_text` wrote.
    name : str
        Of the file, for the error.

    Raises
    ------
    LessonError
        If the text is damaged or of another version.
    """
    try:
        data = json.loads(text)
        if data["version"] != VERSION:
            raise LessonError(f"{name} has version {data['version']}, expected {VERSION}. Run: tinyml build")
        return tuple(Sheet.from_dict(sheet) for sheet in data["sheets"])
    except (ValueError, KeyError, TypeError) as error:
        raise LessonError(f"{name} is damaged: {error}. Install the course again, or run: tinyml build") from error
