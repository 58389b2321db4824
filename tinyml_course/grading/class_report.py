"""The class as a page for its instructor: scores, hardest tasks, misconceptions, each drawn and in a table."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tinyml_course.grading.feedback import said
from tinyml_course.grading.gradebook import Gradebook, clean
from tinyml_course.grading.page import Link, page, picture, table, text
from tinyml_course.plots import COLOURS, Picture, new_axes

_BINS = 10
_SHOWN = 12
_NAME_CHARACTERS = 44


@dataclass(frozen=True)
class TaskScore:
    """How a task went.

    Parameters
    ----------
    objective, task : str
        Which one.
    points, possible : int
        Earned and to be earned by all who handed the exercise in.
    """

    objective: str
    task: str
    points: int
    possible: int

    @property
    def share(self) -> float:
        """Of the points that could be earned."""
        return self.points / self.possible


def task_scores(book: Gradebook) -> list[TaskScore]:
    """Return how each task went, the hardest first."""
    earned: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for one in book.graded:
        for result in one.results:
            earned[result.objective, result.task].append((result.points, result.possible))
    scores = [TaskScore(*key, sum(p for p, _ in pairs), sum(p for _, p in pairs)) for key, pairs in earned.items()]
    return sorted((score for score in scores if score.possible), key=lambda score: (score.share, score.objective))


def misconceptions(book: Gradebook) -> list[tuple[str, str, int]]:
    """Return objective, name and number of students of each misconception, the commonest first."""
    counts = Counter(
        (result.objective, result.misconception)
        for one in book.graded
        for result in one.results
        if result.misconception
    )
    return sorted(((*key, count) for key, count in counts.items()), key=lambda row: (-row[2], row[0], row[1]))


def class_report(book: Gradebook, page_of: Callable[[str], str] | None = None) -> str:
    """Return the page.

    Parameters
    ----------
    book : Gradebook
        At least one student.
    page_of : callable, optional
        A student to the path of the feedback from this page's folder; None: the report leads nowhere.
    """
    submissions = sum(bool(one.results and one.source) for one in book.graded)
    body = [f"<p>{_count(len(book.rows), 'student')}, {_count(submissions, 'notebook')}.</p>"]
    sections = [_scores(book), _hardest(task_scores(book)), _astray(misconceptions(book)), _problems(book)]
    for title, lines in (*sections, *_by_hand(book), *_passed_over(book), _students(book, page_of)):
        body += [f"<section>\n<h2>{text(title)}</h2>", *lines, "</section>"]
    return page("How the class did", body)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _scores(book: Gradebook) -> tuple[str, list[str]]:
    totals = book.totals
    if not totals:
        return "Nothing was graded", []
    bins = [0] * _BINS
    for total in totals:
        bins[min(_BINS - 1, total * _BINS // book.possible)] += 1
    median = f"{statistics.median(totals):g}"
    title = f"Half of those who handed in have at least {median} of {book.possible} points"
    edges = [f"{10 * k}–{10 * k + 10} %" for k in range(_BINS)]
    figure, axes = new_axes("", 3.0)  # the section's heading states the finding
    axes.bar(range(_BINS), bins, width=0.92, color=COLOURS["int8"])
    axes.set_xticks(range(_BINS), edges, fontsize=8)
    axes.set_xlabel("share of all points")
    axes.set_ylabel("students")
    axes.yaxis.get_major_locator().set_params(integer=True)
    told = "; ".join(f"{edge}: {count}" for edge, count in zip(edges, bins, strict=True) if count)
    drawn = Picture(figure, f"Histogram of the shares of all points. Students in each tenth: {told}.")
    rows = [(edge, count) for edge, count in zip(edges, bins, strict=True)]
    shares = table("Students by their share of all points", ("Share", "Students"), rows)
    return title, [picture(drawn), shares, _exercises(book)]


def _exercises(book: Gradebook) -> str:
    rows = []
    for exercise in book.exercises:
        points = [one.points for one in book.graded if one.exercise == exercise.name and one.results]
        middle = (statistics.fmean(points), statistics.median(points)) if points else ()
        figures = [f"{value:.1f}" for value in middle] or ["–", "–"]
        rows.append((exercise.title, len(points), *figures, exercise.points))
    head = ("Exercise", "Notebooks", "Mean", "Median", "Possible")
    return table("Points of those who handed the exercise in", head, rows, wide=True)


def _hardest(scores: Sequence[TaskScore]) -> tuple[str, list[str]]:
    if not scores:
        return "No task was graded", []
    first = scores[0]
    if first.share == 1:
        title = "No task was hard: every point was earned"
    else:
        title = f"Task {first.objective} is the hardest: {100 * first.share:.0f} % of its points were earned"
    shown = scores[:_SHOWN]
    names = [_short(f"{score.objective} {score.task}") for score in shown]
    values = [100 * score.share for score in shown]
    drawn = _bars(names, values, "% of the points earned", COLOURS["float"], "Share of the points earned, by task")
    rows = [(f"{s.objective} {s.task}", f"{100 * s.share:.0f} %", f"{s.points} of {s.possible}") for s in scores]
    return title, [picture(drawn), table("All tasks, the hardest first", ("Task", "Share", "Points"), rows)]


def _astray(found: Sequence[tuple[str, str, int]]) -> tuple[str, list[str]]:
    if not found:
        return "No known misconception was met", []
    objective, name, count = found[0]
    title = f"“{name}” ({objective}) led {count} {'student' if count == 1 else 'students'} astray"
    shown = found[:_SHOWN]
    names = [_short(f"{objective} {name}") for objective, name, _ in shown]
    counts = [float(count) for _, _, count in shown]
    drawn = _bars(names, counts, "students", COLOURS["4-bit"], "Number of students, by misconception")
    drawn.figure.axes[0].xaxis.get_major_locator().set_params(integer=True)
    return title, [picture(drawn), table("All misconceptions", ("Task", "Misconception", "Students"), found, wide=True)]


def _problems(book: Gradebook) -> tuple[str, list[str]]:
    number = {exercise.name: exercise.number for exercise in book.exercises}
    rows = [
        (one.student, f"Exercise {number[one.exercise]}", problem)
        for row in book.rows.values()
        for one in row.values()
        for problem in one.problems
    ]
    if not rows:
        return "Every notebook ran to its end", []
    count = len({row[:2] for row in rows})
    title = "One notebook did not run as it should" if count == 1 else f"{count} notebooks did not run as they should"
    return title, [table("What the notebooks ran into", ("Student", "Where", "What happened"), rows, wide=True)]


def _by_hand(book: Gradebook) -> list[tuple[str, list[str]]]:
    rows = [
        (
            one.student,
            f"Task {result.objective}" if result.possible else f"Exercise {result.objective}",
            f"{part.points:+d}".replace("-", "−"),
            said(result),
        )
        for row in book.rows.values()
        for one in row.values()
        for result in one.results
        for part in result.parts
        if not part.possible
    ]
    if not rows:
        return []
    title = "One score was set by hand" if len(rows) == 1 else f"{len(rows)} scores were set by hand"
    return [
        (title, [table("What counts instead of the checks", ("Student", "Where", "Change", "Reason"), rows, wide=True)])
    ]


def _passed_over(book: Gradebook) -> list[tuple[str, list[str]]]:
    lines = []
    if book.without:
        names = ", ".join(sorted(book.without))
        lines.append(f"<p>{_count(len(book.without), 'student')} without a notebook that counts: {text(names)}.</p>")
    if book.passed_over:
        rows = [(one.source, one.why) for one in book.passed_over]
        lines.append(table("Notebooks that were not graded", ("Notebook", "Why"), rows, wide=True))
    if not lines:
        return []
    count = len(book.passed_over)
    title = "One notebook was not graded" if count == 1 else f"{count} notebooks were not graded"
    return [(title if count else "Some students handed nothing in", lines)]


def _students(book: Gradebook, page_of: Callable[[str], str] | None) -> tuple[str, list[str]]:
    full = sum("" not in book.points(student) for student in book.rows)
    head = ("Student", *(exercise.number for exercise in book.exercises), "Total")
    rows = [
        (Link(student, page_of(student)) if page_of else student, *book.points(student), book.total(student))
        for student in book.rows
    ]
    title = f"{full} of {_count(len(book.rows), 'student')} handed in every exercise"
    caption = "Points of each exercise" + (", with a link to the student's feedback" if page_of else "")
    return title, [table(caption, head, rows, wide=True)]


def _bars(names: Sequence[str], values: Sequence[float], label: str, colour: str, introduction: str) -> Picture:
    figure, axes = new_axes("", 1.0 + 0.34 * len(names))
    bars: Any = axes.barh(range(len(names)), values, color=colour, height=0.7)
    axes.bar_label(bars, [f"{value:.0f}" for value in values], padding=4, fontsize=9)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(0, max(1.0, *values) * 1.08)
    axes.set_xlabel(label)
    told = "; ".join(f"{name}: {value:.0f}" for name, value in zip(names, values, strict=True))
    return Picture(figure, f"{introduction}, in {label}. {told}.")


def _short(name: str) -> str:
    # Matplotlib takes what stands between two dollar signs for a formula.
    name = clean(name).replace("$", r"\$")
    return name if len(name) <= _NAME_CHARACTERS else name[: _NAME_CHARACTERS - 1] + "…"
