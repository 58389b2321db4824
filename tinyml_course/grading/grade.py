"""One submission graded: read, run in the sandbox, judged outside of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tinyml_course.errors import GradingError
from tinyml_course.grading import sandbox
from tinyml_course.grading.judge import PartResult, Result, judge, refused
from tinyml_course.grading.on_board import answered
from tinyml_course.grading.sandbox import ConfinedCompiler, Limits, Transcript
from tinyml_course.grading.sheet import Sheet, to_text
from tinyml_course.grading.submissions import Submission, code_cells

#: Raised when grading changes in a way that old results must not survive.
VERSION = 1


@dataclass(frozen=True)
class Graded:
    """What a submission earned.

    Parameters
    ----------
    student, exercise, source : str
        Of the submission.
    fingerprint : str
        Of everything that the result follows from: notebook, sheets, limits. A result is used again only if it
        is the same.
    results : tuple of Result
        One for each task.
    problems : tuple of str
        What the student should know of the notebook itself: a cell that raised, a time that ran out.
    """

    student: str
    exercise: str
    source: str
    fingerprint: str
    results: tuple[Result, ...]
    problems: tuple[str, ...] = ()

    @property
    def points(self) -> int:
        """What was earned."""
        return sum(result.points for result in self.results)

    @property
    def possible(self) -> int:
        """What could be earned."""
        return sum(result.possible for result in self.results)

    def to_text(self) -> str:
        """Write the result as JSON."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_text(cls, text: str) -> Graded:
        """Read what :meth:`to_text` wrote.

        Raises
        ------
        GradingError
            If it is damaged, as a file is whose writer was killed.
        """
        try:
            data: dict[str, Any] = json.loads(text)
            results = tuple(
                Result(**{**result, "parts": tuple(PartResult(**part) for part in result["parts"])})
                for result in data["results"]
            )
            return cls(**{**data, "results": results, "problems": tuple(data["problems"])})
        except (ValueError, KeyError, TypeError) as error:
            raise GradingError(f"A stored result is damaged: {error}.") from error


def digest(sheets: Sequence[Sheet]) -> str:
    """Hash an exercise's sheets."""
    return hashlib.sha256(to_text(tuple(sheets)).encode()).hexdigest()


def fingerprint(content: bytes | str, asked: str, limits: Limits) -> str:
    """Hash everything that a result follows from.

    Parameters
    ----------
    content : bytes or str
        What was handed in.
    asked : str
        The :func:`digest` of the sheets. It takes longer than everything else here, so whoever grades many
        submissions makes it once.
    limits : Limits
        What the submission may use.
    """
    total = hashlib.sha256(f"{VERSION}\n{limits}\n{asked}\n".encode())
    total.update(content if isinstance(content, bytes) else content.encode())
    return total.hexdigest()


def grade_one(
    submission: Submission,
    sheets: Sequence[Sheet],
    limits: Limits,
    *,
    slot: int = 0,
    trusted: bool = False,
    asked: str = "",
    reveal: bool = False,
) -> Graded:
    """Grade a submission, whatever is in it.

    Parameters
    ----------
    submission : Submission
        What was handed in.
    sheets : sequence of Sheet
        One for each task of its exercise, drawn from the grader's seed.
    limits : Limits
        What it may use while it runs.
    slot, trusted
        As in :func:`tinyml_course.grading.sandbox.run`.
    asked : str, optional
        The sheets' :func:`digest`, if it is known already.
    reveal : bool, default False
        Whether messages name hidden inputs and expected values: for the instructor alone.
    """
    content = submission.read()
    cells = code_cells(content) if isinstance(content, bytes) else content
    key = fingerprint(content, asked or digest(sheets), limits)
    source = submission.source.encode("utf-8", "backslashreplace").decode()  # a file's name may hold any byte
    who = (submission.student, submission.exercise, source, key)
    if isinstance(cells, str):
        return Graded(*who, tuple(refused(sheet, f"not graded: {cells}.") for sheet in sheets), (f"{cells}.",))
    transcript = sandbox.run(cells, sheets, limits, slot=slot, trusted=trusted)
    defined = _places(cells, sheets)
    compiler = ConfinedCompiler(limits, slot, trusted)
    for sheet in sheets:
        if sheet.board is not None and transcript.answers.get(sheet.objective):
            text = transcript.answers[sheet.objective]
            transcript.answers[sheet.objective] = [answered(sheet.board, text, sheet.expected[0], compiler)]
    results = tuple(_judge(sheet, transcript, defined, reveal) for sheet in sheets)
    return Graded(*who, results, tuple(_problems(transcript, cells, limits)))


def _places(cells: Sequence[tuple[int, str]], sheets: Sequence[Sheet]) -> Mapping[str, int]:
    """The cell in which each task's function seems to be defined, for messages."""
    return {
        sheet.objective: number
        for sheet in sheets
        for number, source in reversed(cells)
        if f"def {sheet.function}(" in source
    }


def _judge(sheet: Sheet, transcript: Transcript, defined: Mapping[str, int], reveal: bool) -> Result:
    answers = transcript.answers.get(sheet.objective)
    if answers is not None:
        result = judge(sheet, answers, reveal=reveal)
        late = sheet.objective in transcript.late and not result.passed
        return refused_late(sheet, result) if late else result
    cell = defined.get(sheet.objective)
    error = transcript.cell_errors.get(cell) if cell is not None else None
    if error:
        return refused(sheet, f"the cell that should define {sheet.function} stops with {error}")
    if transcript.ending != "ended":
        return refused(sheet, f"never reached: {transcript.ending}.")
    return refused(sheet, f"there is no function named {sheet.function}: define it under the name that the task gives.")


def refused_late(sheet: Sheet, result: Result) -> Result:
    """Say of a wrong result that the function ran too long."""
    message = f"{result.message} It took too long: look for a loop that does not end."
    return Result(sheet.objective, sheet.task, result.status, result.parts, message, "too slow")


def _problems(transcript: Transcript, cells: Sequence[tuple[int, str]], limits: Limits) -> list[str]:
    order = {number: place for place, (number, _) in enumerate(cells, start=1)}
    told = [
        f"Code cell {order[number]} stops with {error}"
        for number, error in sorted(transcript.cell_errors.items())
        if number in order and "NotImplementedError" not in error
    ]
    if transcript.ending != "ended":
        told.append(f"The notebook did not reach its end: {transcript.ending}.")
    return told
