"""A student's feedback as a page: what each task earned, what went wrong, what to do next.

The page shows no hidden input, no expected value and no text of an error that a task's function raised: the messages
come from :func:`~tinyml_course.grading.judge.judge` without them.
"""

from __future__ import annotations

from collections.abc import Mapping

from tinyml_course.grading.grade import Graded
from tinyml_course.grading.gradebook import Gradebook
from tinyml_course.grading.judge import Result, Status
from tinyml_course.grading.page import page, table, text

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
        body.append(f"<section>\n<h2>{text(_title(exercise.name))}</h2>")
        one = row.get(exercise.name)
        if one is None:
            body.append(
                f"<p>No notebook was handed in. Expected a file whose name begins with {text(exercise.name[:2])}.</p>"
            )
        else:
            body += _exercise(one)
        body.append("</section>")
    return page(f"Feedback for {student}", body)


def _title(name: str) -> str:
    number, _, words = name.partition("_")
    return f"Exercise {number}: {words.replace('_', ' ')}"


def _overview(book: Gradebook, student: str) -> str:
    if len(book.exercises) < 2:
        return ""
    pairs = zip(book.exercises, book.points(student), strict=True)
    rows = [
        (_title(exercise.name), f"{points} of {exercise.points}" if points != "" else "–") for exercise, points in pairs
    ]
    return table("Points of each exercise", ("Exercise", "Points"), rows)


def _exercise(one: Graded) -> list[str]:
    lines = [f'<p class="score">{one.points} of {one.possible} points</p>'] if one.results else []
    lines.append(f'<p class="quiet">Graded: <code>{text(one.source)}</code></p>')
    if one.problems:
        lines.append("<h3>About the notebook</h3>\n<ul>")
        lines += [f"<li>{text(problem)}</li>" for problem in one.problems]
        lines.append("</ul>")
    return lines + [_task(result) for result in one.results]


def _task(result: Result) -> str:
    status = result.status.replace(" ", "-")
    lines = [
        f'<article class="task {status}">',
        f"<h3>Task {text(result.objective)}: {text(result.task)}</h3>",
        f'<p><span class="mark">{_WORDS[result.status]}</span> · {result.points} of {result.possible} points</p>',
    ]
    if len(result.parts) > 1:
        rows = [
            (part.name, "right" if part.points == part.possible else "missing", f"{part.points} of {part.possible}")
            for part in result.parts
        ]
        lines.append(table(f"Parts of task {result.objective}", ("Part", "Result", "Points"), rows))
    if result.misconception:
        lines.append(f"<p>Looks like: <strong>{text(result.misconception)}</strong></p>")
    lines.append(f"<p>{text(said(result))}</p>")
    if _NEXT[result.status]:
        lines.append(f"<p>{text(_NEXT[result.status])}</p>")
    return "\n".join([*lines, "</article>"])


def said(result: Result) -> str:
    """Return a result's message without what stands in front of it: mark, task, points."""
    message = result.message
    head = " ".join(f"{result.objective} {result.task}".split())
    at = message.find(head)
    pieces = message[at + len(head) :] if at >= 0 else message
    pieces = pieces.removeprefix(" · ").removeprefix(f"{result.points} of {result.possible} points").removeprefix(" · ")
    return pieces[:1].upper() + pieces[1:]
