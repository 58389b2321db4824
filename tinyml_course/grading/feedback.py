"""A student's feedback as a page: what each task earned, what went wrong, what to do next.

The page shows no hidden input, no expected value and no text of an error that a task's function raised: the messages
come from :func:`~tinyml_course.grading.judge.judge` without them.
"""

from __future__ import annotations

from collections.abc import Mapping

from tinyml_course.grading.exercise import Exercise
from tinyml_course.grading.grade import Graded
from tinyml_course.grading.gradebook import Gradebook
from tinyml_course.grading.judge import PartResult, Result, Status
from tinyml_course.grading.page import Link, page, prose, table, text

_WORDS: Mapping[Status, str] = {
    "right": "✓ right",
    "partly": "◐ partly right",
    "wrong": "✗ not right",
    "stopped": "✗ stopped with an error",
    "not done": "○ not done",
}
_NEXT: Mapping[Status, str] = {
    "right": "",
    "partly": "Next: repair the part that is missing, then run the task's check in the notebook.",
    "wrong": "Next: run the task's check in the notebook; it shows an input, your answer and the expected one.",
    "stopped": "Next: run the task's check in the notebook; it shows the input at which your function stops.",
    "not done": "Next: the lesson's section of the same name leads up to this task. Write it, then run its check.",
}
# A task that was never asked has a message that begins so. Its parts say nothing, and its own check does not help.
_NOT_ASKED: Mapping[str, tuple[str, str]] = {
    "Never reached": ("✗ not reached", ""),
    "Not graded": ("✗ not graded", "Next: open the notebook in JupyterLab, save it, and hand it in again."),
    "The cell that should define": ("✗ not defined", "Next: repair that cell, then run the task's check."),
    "There is no function": ("✗ not defined", "Next: give your function this name, then run the task's check."),
}
_UNTIL_THE_END = (
    "Next: in JupyterLab choose Kernel, Restart Kernel and Run All Cells. Repair the cell that does not end or that "
    "stops the notebook; the tasks below it then count."
)
_TOO_SLOW = (
    "✗ took too long",
    "Next: call your function in the notebook. When it hangs, choose Kernel, Interrupt Kernel: the error names a line.",
)


def feedback(book: Gradebook, student: str) -> str:
    """Return a student's page.

    Parameters
    ----------
    book : Gradebook
        Of the class; nothing of other students is shown.
    student : str
        One of its rows.
    """
    row = book.rows[student]
    body = [f'<p class="score">{book.total(student)} of {book.possible} points</p>', _overview(book, student)]
    for exercise in book.exercises:
        body.append(f'<section id="exercise-{exercise.number}">\n<h2>{text(exercise.title)}</h2>')
        one = row.get(exercise.name)
        if one is None:
            body.append(
                f"<p>No notebook was handed in. Expected a file whose name begins with {text(exercise.number)}.</p>"
            )
        else:
            body += _exercise(one, exercise)
        body.append("</section>")
    return page(f"Feedback for {student}", body + _passed_over(book, student))


def _overview(book: Gradebook, student: str) -> str:
    if len(book.exercises) < 2:
        return ""
    rows = []
    for exercise, points in zip(book.exercises, book.points(student), strict=True):
        one = book.rows[student].get(exercise.name)
        right = sum(result.passed and result.possible > 0 for result in one.results) if one else 0
        name = Link(exercise.title, f"#exercise-{exercise.number}")
        there = points != ""
        tasks = f"{right} of {len(exercise.sheets)}" if there else "–"
        rows.append((name, tasks, f"{points} of {exercise.points}" if there else "–"))
    return table("All exercises", ("Exercise", "Tasks right", "Points"), rows)


def _exercise(one: Graded, exercise: Exercise) -> list[str]:
    lines = [f'<p class="score">{one.points} of {exercise.points} points</p>'] if one.results else []
    if one.source:
        lines.append(f'<p class="quiet">Graded: <code>{text(one.source)}</code></p>')
    if one.problems:
        lines.append("<h3>About the notebook</h3>\n<ul>")
        lines += [f"<li>{prose(problem)}</li>" for problem in one.problems]
        lines.append("</ul>")
    if any(said(result).startswith("Never reached") for result in one.results):
        lines.append(f"<p>{text(_UNTIL_THE_END)}</p>")
    if one.results and all(said(result).startswith("Not graded") for result in one.results):
        return [*lines, f"<p>No task could be graded. {text(_NOT_ASKED['Not graded'][1])}</p>"]
    return lines + [_task(result) for result in one.results]


def _passed_over(book: Gradebook, student: str) -> list[str]:
    own = [one for one in book.passed_over if one.student == student]
    if not own:
        return []
    items = [f"<li><code>{text(one.source)}</code>: {text(one.why)}</li>" for one in own]
    return ["<section>\n<h2>Notebooks that were not graded</h2>\n<ul>", *items, "</ul>\n</section>"]


def _task(result: Result) -> str:
    status = result.status.replace(" ", "-")
    word, what_next, has_parts = _verdict(result)
    title = f"Task {result.objective}: {result.task}" if result.possible else result.task
    lines = [
        f'<article class="task {status}">',
        f"<h3>{text(title)}</h3>",
        f'<p><span class="mark">{word}</span> · {_points(result)} points</p>',
    ]
    if len(result.parts) > 1 and has_parts:
        rows = [(part.name, _part(part), _points(part)) for part in result.parts]
        lines.append(table(f"Parts of task {result.objective}", ("Part", "Result", "Points"), rows))
    if result.misconception and result.misconception != "too slow":
        lines.append(f"<p>Looks like: <strong>{text(result.misconception)}</strong></p>")
    lines.append(f"<p>{prose(said(result))}</p>")
    if what_next:
        lines.append(f"<p>{text(what_next)}</p>")
    return "\n".join([*lines, "</article>"])


def _verdict(result: Result) -> tuple[str, str, bool]:
    """What happened in two words, what to do next, and whether its parts say more."""
    if result.misconception == "too slow":
        return *_TOO_SLOW, True
    for beginning, (word, what_next) in _NOT_ASKED.items():
        if said(result).startswith(beginning):
            return word, what_next, False
    if not result.possible:
        return "✎ changed", "", False
    return _WORDS[result.status], _NEXT[result.status], result.status != "not done"


def _part(part: PartResult) -> str:
    if not part.possible:
        return "changed"
    return "right" if part.points == part.possible else "missing"


def _points(one: Result | PartResult) -> str:
    return f"{one.points} of {one.possible}" if one.possible else f"{one.points:+d}".replace("-", "−")


def said(result: Result) -> str:
    """Return a result's message without what stands around it on a page: mark, task, points, parts that are right."""
    message = result.message
    head = " ".join(f"{result.objective} {result.task}".split())
    at = message.find(head)
    rest = message[at + len(head) :] if at >= 0 else message
    right = ", ".join(part.name for part in result.parts if part.points == part.possible)
    points = sum(part.points for part in result.parts)
    for known in ("", f"{points} of {result.possible} points", f"right: {right}" if right else ""):
        rest = rest.removeprefix(known).removeprefix(" · ")
    return rest[:1].upper() + rest[1:]
