"""How an author defines a check: the functions from which sheets are made.

A check knows its task, how inputs are drawn from a seed, the right answer as a function of the inputs, and the
ideas that lead astray, each as what it would answer and the hint it deserves. Definitions stand in
``content/NN_name/checks.py``, or in the modules of a folder ``checks``: they hold the solution, so no learner's
package contains them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tinyml_course.errors import LessonError
from tinyml_course.grading import normalisers, sheet, slips
from tinyml_course.grading.ask import Question, ask
from tinyml_course.grading.values import Value, plain
from tinyml_course.grading.wire import argument

Case = tuple[object, ...]
Cases = Callable[[np.random.Generator], Sequence[Case]]


@dataclass(frozen=True)
class Part:
    """A property of the answers that earns points by itself.

    Parameters
    ----------
    name : str
        What is right when it is right, to follow "right: ": ``"the zero point"``.
    points : int
        What it is worth.
    cases : callable
        Draws the inputs from a ``numpy.random.Generator``. Parts may share one.
    select : str
        What of an answer counts: ``""`` all of it, ``"dtype"`` or ``"shape"`` of an array, the number of an item,
        ``"1"``, the name of one, ``"outputs"``, whether one is small enough, ``"cycles <= 900"``, or the class of
        the error, ``"error"``, which is None where the function returned.
    relative_tolerance : float, optional
        Largest relative difference that counts as equal here. None: that of the check.
    tolerance_reason : str
        Why that much; needed where the part has a tolerance of its own.
    """

    name: str
    points: int
    cases: Cases
    select: str = ""
    relative_tolerance: float | None = None
    tolerance_reason: str = ""


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


@dataclass(frozen=True)
class Check:
    """One task that can be checked.

    Parameters
    ----------
    objective : str
        Lesson and number, ``"01.2"``.
    task : str
        The task's name, as its heading in the lesson.
    function : str
        The name of the function that the learner writes.
    parts : tuple of Part
        What earns points.
    can_now : str
        What the learner can do now, to finish the sentence "You can now …".
    arguments : tuple of str
        The names of the function's arguments, for the feedback.
    expected : callable
        The right answer for a case; it may raise an error that the learner's function must raise too.
    misconceptions : tuple of Misconception
        The first that explains the answers is named.
    slips : tuple of str
        Names in :data:`tinyml_course.grading.slips.SLIPS`, looked for after the misconceptions.
    relative_tolerance : float, default 0.0
        Largest relative difference that counts as equal. 0 means exactly equal.
    tolerance_reason : str
        Why that much; needed where the tolerance is not 0.
    normaliser : str
        A name in :data:`tinyml_course.grading.normalisers.NORMALISERS`: brings equally right answers into one form.
    board : callable, optional
        For a task whose function takes nothing and returns C as text: takes the one case that the parts draw and
        returns the :class:`~tinyml_course.grading.sheet.BoardTask` with its inputs. `expected` and the
        misconceptions then return the integers that the C should give, a tuple, and the parts select
        ``"outputs"``, ``"cycles <= 900"``, ``"flash_bytes <= 120"`` or ``"sram_bytes <= 80"``.
    """

    objective: str
    task: str
    function: str
    parts: tuple[Part, ...]
    can_now: str
    arguments: tuple[str, ...]
    expected: Callable[..., object]
    misconceptions: tuple[Misconception, ...]
    slips: tuple[str, ...] = ()
    relative_tolerance: float = 0.0
    tolerance_reason: str = ""
    normaliser: str = ""
    board: Callable[..., sheet.BoardTask] | None = None

    def __post_init__(self) -> None:
        tolerances = [(self.relative_tolerance, self.tolerance_reason)]
        tolerances += [(part.relative_tolerance or 0.0, part.tolerance_reason) for part in self.parts]
        if any(tolerance and not reason for tolerance, reason in tolerances):
            raise LessonError(f"Check {self.objective} has a tolerance without a reason.")
        if not self.parts:
            raise LessonError(f"Check {self.objective} has no part that earns points.")
        unknown = [name for name in self.slips if name not in slips.SLIPS]
        if unknown or self.normaliser not in normalisers.NORMALISERS:
            raise LessonError(
                f"Check {self.objective} names what there is not: {', '.join(unknown) or self.normaliser}."
            )

    @property
    def points(self) -> int:
        """What the task is worth."""
        return sum(part.points for part in self.parts)


def draw_sheet(check: Check, seed: int = 0) -> sheet.Sheet:
    """Draw a task's questions and find their right and wrong answers.

    Parameters
    ----------
    check : Check
        The definition.
    seed : int, default 0
        0 is for the learner's own checks; graders take others.

    Raises
    ------
    LessonError
        If a part has no questions, or a misconception gives the right answers and so could never be told.
    """
    if check.board is not None:
        return _draw_board_sheet(check, check.board, seed)
    questions: list[Question] = []
    drawn: dict[Cases, tuple[int, ...]] = {}
    for part in check.parts:
        if part.cases not in drawn:
            rng = np.random.default_rng([seed, len(drawn)])
            cases = [tuple(plain(value) for value in case) for case in part.cases(rng)]
            drawn[part.cases] = tuple(range(len(questions), len(questions) + len(cases)))
            questions += cases
        if not drawn[part.cases]:
            raise LessonError(f"Check {check.objective}: the part {part.name!r} has no questions.")
    ideas = [(idea, _answers(check, idea.answer, questions)) for idea in check.misconceptions]
    parts = [_part(part, drawn[part.cases]) for part in check.parts]
    return _sheet(check, questions, _answers(check, check.expected, questions), parts, ideas)


def _draw_board_sheet(check: Check, board: Callable[..., sheet.BoardTask], seed: int) -> sheet.Sheet:
    """One question without arguments; its answer is the C, and what counts is what the C does on the board."""
    draws = {part.cases for part in check.parts}
    cases = [tuple(plain(value) for value in case) for draw in draws for case in draw(np.random.default_rng([seed, 0]))]
    if len(cases) != 1 or not all(part.select for part in check.parts):
        raise LessonError(f"Check {check.objective} runs on the board: its parts need one case and say what counts.")
    arguments = tuple(argument(value) for value in cases[0])

    def on_board(function: Callable[..., object]) -> tuple[Value, ...]:
        (outputs,) = _answers(check, function, cases)
        # Figures that every budget allows: what is compared is whether a part's condition holds.
        return ({"outputs": outputs, "cycles": 0.0, "flash_bytes": 0, "sram_bytes": 0},)

    ideas = [(idea, ({"outputs": _answers(check, idea.answer, cases)[0]},)) for idea in check.misconceptions]
    parts = [_part(part, (0,)) for part in check.parts]
    return _sheet(check, [()], on_board(check.expected), parts, ideas, board(*arguments))


def _part(part: Part, questions: tuple[int, ...]) -> sheet.Part:
    return sheet.Part(part.name, part.points, questions, part.select, part.relative_tolerance, part.tolerance_reason)


def _sheet(
    check: Check,
    questions: Sequence[Question],
    expected: tuple[Value, ...],
    parts: Sequence[sheet.Part],
    ideas: Sequence[tuple[Misconception, tuple[Value, ...]]],
    board: sheet.BoardTask | None = None,
) -> sheet.Sheet:
    return sheet.Sheet(
        objective=check.objective,
        task=check.task,
        function=check.function,
        can_now=check.can_now,
        arguments=check.arguments,
        questions=tuple(questions),
        expected=expected,
        parts=tuple(parts),
        ideas=tuple(sheet.Idea(idea.name, idea.hint, answers) for idea, answers in ideas),
        board=board,
        slips=check.slips,
        relative_tolerance=check.relative_tolerance,
        tolerance_reason=check.tolerance_reason,
        normaliser=check.normaliser,
    )


def _answers(check: Check, function: Callable[..., object], questions: Sequence[Question]) -> tuple[Value, ...]:
    answers = ask(function, questions)
    if len(answers) != len(questions):
        raise LessonError(f"Check {check.objective}: an answer of its own raises NotImplementedError.")
    return tuple(answers)
