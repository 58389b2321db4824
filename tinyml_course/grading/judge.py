"""Answers against a sheet: points for each part, and the hint that a wrong answer deserves.

The learner's own check and the grader both end here.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tinyml_course.grading.ask import is_undone
from tinyml_course.grading.differences import first_difference
from tinyml_course.grading.normalisers import NORMALISERS
from tinyml_course.grading.sheet import Part, Sheet
from tinyml_course.grading.slips import SLIPS
from tinyml_course.grading.values import Numbers, Raised, Value, describe, same

Status = Literal["right", "partly", "wrong", "stopped", "not done"]

_MARKS: dict[Status, str] = {"right": "✓", "partly": "◐", "wrong": "✗", "stopped": "✗", "not done": "○"}
_COMPILER_ERROR = re.compile(r"your function:(?P<line>\d+):(?:\d+:)?(?: error:)? (?P<text>[^\n]*)")
_ERROR_CHARACTERS = 200
_HARMLESS = {"BoardError", "NotAllowed", "TooLong", "NoText", "NoAnswer", "MemoryLimitError"}
_KNOWN_ERRORS = {
    name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, Exception)
}


@dataclass(frozen=True)
class PartResult:
    """What one part earned.

    Parameters
    ----------
    name : str
        Of the part.
    points, possible : int
        What was earned, and what could be.
    """

    name: str
    points: int
    possible: int


@dataclass(frozen=True)
class Result:
    """What a check found.

    Parameters
    ----------
    objective, task : str
        Of the check.
    status : {"right", "partly", "wrong", "stopped", "not done"}
        ``"stopped"``: the function raised an error.
    parts : tuple of PartResult
        Points of each part.
    message : str
        One line for the learner.
    misconception : str, optional
        The name of the recognised misconception; None if there was none.
    """

    objective: str
    task: str
    status: Status
    parts: tuple[PartResult, ...]
    message: str
    misconception: str | None = None

    @property
    def points(self) -> int:
        """What was earned."""
        return sum(part.points for part in self.parts)

    @property
    def possible(self) -> int:
        """What could be earned."""
        return sum(part.possible for part in self.parts)

    @property
    def passed(self) -> bool:
        """Whether all points were earned."""
        return self.status == "right"


def judge(sheet: Sheet, answers: Sequence[Value], reveal: bool = True) -> Result:
    """Compare answers with a sheet's.

    Parameters
    ----------
    sheet : Sheet
        Questions and right answers.
    answers : sequence of Value
        What came back, in the order of the questions. One that is missing counts as wrong.
    reveal : bool, default True
        Whether the message may name inputs and expected values. A grader's feedback must not.
    """
    for answer in answers:
        if isinstance(answer, Raised) and is_undone(answer):
            # The text is the author's, or one in which a learner carries the hidden inputs out.
            todo = (reveal and answer.text.removesuffix(f": task {sheet.objective}")) or "replace the line that raises"
            return _result(sheet, "not done", f"not done yet: {todo}{'' if todo.endswith('.') else '.'}")
    normalise = NORMALISERS[sheet.normaliser]
    given = [normalise(answer) for answer in answers]
    given += [Raised("NoAnswer", "nothing came back")] * (len(sheet.questions) - len(given))
    wanted = [normalise(answer) for answer in sheet.expected]
    wrong = {part: _wrong(part, wanted, given, sheet.tolerance_of(part)[0]) for part in sheet.parts}
    failed = [part for part in sheet.parts if wrong[part]]
    if not failed:
        return _result(sheet, "right", f"You can now {sheet.can_now}.", sheet.parts)
    earned = tuple(part for part in sheet.parts if not wrong[part])
    name, hint = _explain(sheet, failed, wanted, given)
    first = wrong[failed[0]][0]
    right = f"right: {', '.join(part.name for part in earned)} · " if earned else ""
    if sheet.board is not None:
        text = _measured(sheet, failed[0], given[0], reveal)
        return _result(sheet, "partly" if earned else "wrong", f"{right}{text} {hint}", earned, name)
    stopped = isinstance(given[first], Raised) and not isinstance(wanted[first], Raised)
    status: Status = "partly" if earned else "stopped" if stopped else "wrong"
    says = _shown if reveal else _hidden
    text = says(sheet, failed[0], wrong[failed[0]], given, stopped)
    return _result(sheet, status, f"{right}{text} {hint}", earned, name)


def refused(sheet: Sheet, text: str) -> Result:
    """Return the result of a task that could not be asked; `text` says why."""
    return _result(sheet, "wrong", text)


def selected(value: Value, select: str) -> Value:
    """Return what of an answer counts; :class:`Raised` for what the answer does not have."""
    if select == "error":
        return value.kind if isinstance(value, Raised) else None
    if not select or isinstance(value, Raised):
        return value
    if select in ("dtype", "shape"):
        return _form(value, select)
    if not select.isdigit():
        return _named(value, select)
    items = value.items if isinstance(value, Numbers) else value
    number = int(select)
    if not isinstance(items, tuple) or number >= len(items):
        return Raised("NoItem", f"{describe(value)} has no item {number}")
    return items[number]


def _form(value: Value, select: str) -> Value:
    """Return the type of an array's numbers, or the array's shape."""
    if not isinstance(value, Numbers):
        return Raised("NoArray", f"{describe(value)} is no array")
    return value.dtype if select == "dtype" else _shape(value.items)


def _named(value: Value, select: str) -> Value:
    """Return an item by its name, or whether it is small enough."""
    name, _, limit = select.partition(" <= ")
    if not isinstance(value, dict) or name not in value:
        return Raised("NoItem", f"there is no figure {name!r}: it counts when the integers are right")
    return value[name] <= float(limit) if limit else value[name]


def _shape(items: Value) -> Value:
    if not isinstance(items, tuple):
        return ()
    inner = _shape(items[0]) if items else ()
    return (len(items), *inner) if isinstance(inner, tuple) else (len(items),)


def _wrong(part: Part, wanted: Sequence[Value], given: Sequence[Value], tolerance: float) -> list[int]:
    """Numbers of the questions that this part finds answered wrongly."""
    return [
        index
        for index in part.questions
        if not same(selected(wanted[index], part.select), selected(given[index], part.select), tolerance)
    ]


def _explain(
    sheet: Sheet, failed: Sequence[Part], wanted: Sequence[Value], given: Sequence[Value]
) -> tuple[str | None, str]:
    """Name and hint of what explains the answers to all parts that failed; else those to the first of them."""
    normalise = NORMALISERS[sheet.normaliser]
    ideas = [(idea, [normalise(answer) for answer in idea.answers]) for idea in sheet.ideas]
    for parts in (failed, failed[:1]):
        for idea, told in ideas:
            if all(_alike(part, told, given, sheet.relative_tolerance) for part in parts):
                return idea.name, idea.hint
        for name in sheet.slips:
            if all(_slipped(part, wanted, given, name) for part in parts):
                return name, SLIPS[name].hint
    if all(answer is None for answer in given):
        return "nothing returned", "Your function returns nothing: does it end with `return`?"
    if all(answer is Ellipsis for answer in given):
        return "nothing returned", "Replace the three dots."
    return None, ""


def _alike(part: Part, told: Sequence[Value], given: Sequence[Value], tolerance: float) -> bool:
    """Whether two rows of answers are the same where the part looks; whole answers count if it finds nothing there."""
    for k in part.questions:
        one, other = selected(told[k], part.select), selected(given[k], part.select)
        if isinstance(one, Raised):  # answers that lack an item may be quite different ones
            one, other = told[k], given[k]
        if not same(one, other, tolerance):
            return False
    return True


def _slipped(part: Part, wanted: Sequence[Value], given: Sequence[Value], name: str) -> bool:
    """Whether all answers stand in a slip's relation to the right ones, where the part looks."""
    pairs = ((selected(wanted[k], part.select), selected(given[k], part.select)) for k in part.questions)
    return all(SLIPS[name].explains(right, got) for right, got in pairs)


def _shown(sheet: Sheet, part: Part, wrong: Sequence[int], given: Sequence[Value], stopped: bool) -> str:
    first = wrong[0]
    right, got = sheet.expected[first], given[first]
    item = selected(got, part.select)
    if part.select.isdigit() and (got is item or not isinstance(item, Raised)):  # the whole, if it has no such item
        right, got = selected(right, part.select), item
    came = f"your function stopped with {_error(got)}" if stopped else f"you gave {describe(got)}"
    inputs = zip(sheet.arguments, sheet.questions[first], strict=True)
    named = ", ".join(f"{name}={describe(value)}" for name, value in inputs)
    what = f" ({part.name})" if part.select else ""
    where = first_difference(right, got, sheet.tolerance_of(part)[0])
    told = f"for {named} {came}, expected {describe(right)}{what}{f'; {where}' if where else ''}."
    return told + _tolerance(sheet, part, first, given)


def _error(value: Value) -> str:
    """An error with more of its text than :func:`describe` shows: it says what to mend."""
    text = " ".join(f"{value.kind}: {value.text}".split()) if isinstance(value, Raised) else describe(value)
    return text.removesuffix(":") if len(text) <= _ERROR_CHARACTERS else text[: _ERROR_CHARACTERS - 1] + "…"


def _measured(sheet: Sheet, part: Part, given: Value, reveal: bool) -> str:
    """Say what a learner's C did on the board."""
    if isinstance(given, Raised):
        error = _COMPILER_ERROR.search(given.text)
        told = f"line {error['line']}: {error['text'].rstrip('.')}" if error else given.text.rstrip(".")
        # What a compiler says quotes the lines around it, and with them the hidden inputs.
        return f"{given.kind}: {told}." if reveal or error or given.kind in _HARMLESS else f"{given.kind}."
    if not isinstance(given, dict) or part.select == "outputs":
        right, got = (selected(value, "outputs") for value in (sheet.expected[0], given))
        if not (isinstance(right, tuple) and isinstance(got, tuple)):
            return "other integers than expected."
        wrong = [k for k, (one, other) in enumerate(zip(right, got, strict=False)) if not same(one, other)]
        told = f"; the first is number {wrong[0]}: it gave {got[wrong[0]]}, expected {right[wrong[0]]}" if wrong else ""
        return f"{len(wrong)} of {len(right)} inputs give another integer{told if reveal else ''}."
    figure = given.get(part.select.partition(" <= ")[0])
    return f"expected {part.name}, measured {describe(figure)}."


def _tolerance(sheet: Sheet, part: Part, first: int, given: Sequence[Value]) -> str:
    """Say what is tolerated, and why, to somebody who is near."""
    tolerance, reason = sheet.tolerance_of(part)
    near = min(1000 * tolerance, 0.1)
    one, other = selected(sheet.expected[first], part.select), selected(given[first], part.select)
    if not near or not same(one, other, near):
        return ""
    return f" A relative difference of {tolerance:g} is allowed: {reason}."


def _hidden(sheet: Sheet, part: Part, wrong: Sequence[int], given: Sequence[Value], stopped: bool) -> str:
    what = f"{len(wrong)} of {len(part.questions)} hidden inputs" + (f" ({part.name})" if part.select else "")
    first = given[wrong[0]]
    if isinstance(first, Raised) and first.kind == "NoAnswer":
        return f"no answer for {what}."
    if stopped and isinstance(first, Raised):
        # A class of the learner's own could carry hidden inputs out in its name.
        kind = first.kind if first.kind in _KNOWN_ERRORS else "an error of its own"
        return f"your function stopped with {kind} for {what}."
    return f"another answer than expected for {what}."


def _result(
    sheet: Sheet, status: Status, text: str, earned: Sequence[Part] = (), misconception: str | None = None
) -> Result:
    parts = tuple(PartResult(part.name, part.points * (part in earned), part.points) for part in sheet.parts)
    points = sum(part.points for part in parts)
    score = f"{points} of {sheet.points} points" if status != "not done" else ""
    pieces = (f"{_MARKS[status]} {sheet.objective} {sheet.task}", score, text)
    message = " · ".join(" ".join(piece.split()) for piece in pieces if piece)
    return Result(sheet.objective, sheet.task, status, parts, message, misconception)
