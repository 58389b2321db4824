"""What a learner calls: ``check("01.2", my_function)``."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

from tinyml_course.grading.ask import ask
from tinyml_course.grading.judge import Result, judge, refused
from tinyml_course.grading.registry import find_sheet
from tinyml_course.grading.sheet import Sheet
from tinyml_course.grading.values import describe
from tinyml_course.grading.wire import decode, encode

#: Characters of a line: as many as a notebook's page holds beside the file browser.
_WIDTH = 96


def check(objective: str, function: Callable[..., object]) -> None:
    """Check a learner's function and print what is right and what is not.

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
    print(wrapped(run_check(find_sheet(objective), function).message))


def wrapped(message: str, width: int = _WIDTH) -> str:
    """Lay a message out: points first, then a line for what is right, then why not all is.

    Lines break between words, and nowhere else: JupyterLab and terminals break in the middle of numbers.
    """
    task, *pieces = message.split(" · ")
    lines = [f"{task} · {pieces[0]}" if pieces else task, *(f"  {piece}" for piece in pieces[1:])]
    fill = textwrap.TextWrapper(width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False).fill
    return "\n".join(fill(line) for line in lines)


def run_check(sheet: Sheet, function: object) -> Result:
    """Ask a function a sheet's questions and judge the answers.

    The answers take the same way as a submission's: they are encoded, decoded and judged.

    Returns
    -------
    Result
        Never raises for anything the function does, short of ending the process.
    """
    if not callable(function):
        hint = f"pass the function itself, not its result: no brackets behind its name (got {describe(function)})."
        return refused(sheet, hint)
    answers = [decode(encode(answer)) for answer in ask(function, sheet.questions)]
    if sheet.board is not None:
        from tinyml_course.grading.on_board import answered

        answers = [answered(sheet.board, answers, sheet.expected[0])]
    return judge(sheet, answers)
