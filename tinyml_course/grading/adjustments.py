"""Points that an instructor sets by hand: for a student who was right against the check, an oral exam, a late notebook.

They stand in a file of their own beside the gradebook, so that grading again keeps them and nobody forgets them::

    student,task,points,reason
    ada,04.3,4,A list is a good answer too
    bob,04,0,Handed in after the deadline
"""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tinyml_course.errors import GradingError
from tinyml_course.grading.exercise import Exercise
from tinyml_course.grading.feedback import said
from tinyml_course.grading.grade import Graded
from tinyml_course.grading.gradebook import cell, clean
from tinyml_course.grading.judge import PartResult, Result, Status

#: Names of the file's columns.
COLUMNS = ("student", "task", "points", "reason")
#: What feedback and report call them.
BY_HAND = "set by hand"


@dataclass(frozen=True)
class Adjustment:
    """Points that count instead of those that a check gave.

    Parameters
    ----------
    student : str
        Who earns them.
    task : str
        A task, ``"04.3"``, or a whole exercise, ``"04"``.
    points : int
        What counts.
    reason : str
        Why; the student reads it.
    """

    student: str
    task: str
    points: int
    reason: str


def read_adjustments(
    path: Path, exercises: Iterable[Exercise], students: Collection[str], others: Collection[str] = ()
) -> tuple[Adjustment, ...]:
    """Read the file; every line must be one that counts.

    Parameters
    ----------
    path : pathlib.Path
        Comma-separated, or with semicolons as some spreadsheets write them.
    exercises : iterable of Exercise
        What is graded.
    students : collection of str
        Everybody in the gradebook.
    others : collection of str, optional
        Numbers of exercises that are not graded now: lines about them are left alone.

    Raises
    ------
    GradingError
        If the file cannot be read, or a line names nobody, no task, points that cannot be earned or no reason.
    """
    known = {exercise.number: exercise.points for exercise in exercises}
    known |= {sheet.objective: sheet.points for exercise in exercises for sheet in exercise.sheets}
    names = _names(students)
    found: dict[tuple[str, str], Adjustment] = {}
    for number, row in _rows(path):
        where = f"{path}, line {number}"
        student, task, points, reason = row
        if task.partition(".")[0] in others:
            continue
        if len(names.get(student, ())) > 1:
            told = ", ".join(map(repr, sorted(names[student])))
            raise GradingError(f"{where}: {student!r} may be {told}. Write the name as its folder is called.")
        if student not in names:
            near = difflib.get_close_matches(student, names, 1)
            hint = f"Did you mean {near[0]!r}?" if near else "Write names as in the gradebook."
            raise GradingError(f"{where}: nobody is called {student!r}. {hint}")
        if task not in known:
            raise GradingError(f"{where}: there is no task {task!r}. There are: {', '.join(sorted(known))}.")
        if not re.fullmatch("[0-9]{1,9}", points) or int(points) > known[task]:
            raise GradingError(
                f"{where}: expected whole points from 0 to {known[task]} for {task}, got {points!r}. They count "
                "instead of what the check gave; they are not added to it."
            )
        if not reason:
            raise GradingError(f"{where}: expected a reason, which the student reads; got none.")
        (who,) = names[student]
        key = (who, task)
        if key in found:
            raise GradingError(f"{where}: {task} of {student!r} stands in an earlier line too. Keep one of them.")
        found[key] = Adjustment(who, task, int(points), reason)
    return tuple(found.values())


def _names(students: Collection[str]) -> Mapping[str, Collection[str]]:
    """Who may be meant by each name, as it is or as the gradebook shows it; who is called so means nobody else."""
    names: dict[str, set[str]] = {}
    for student in students:
        for shown in (clean(student), str(cell(student))):
            names.setdefault(shown, set()).add(student)
    return {**names, **{student: {student} for student in students}}


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """The lines below the heading, with their numbers."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        separator = ";" if ";" in text.partition("\n")[0] else ","
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        rows = [(reader.line_num, [value.strip() for value in row]) for row in reader]
    except (OSError, ValueError, csv.Error) as error:
        raise GradingError(f"Cannot read {path}: {error}. Save it as CSV, in UTF-8.") from error
    if not rows or rows[0][1] != list(COLUMNS):
        came = ",".join(rows[0][1]) if rows else "nothing"
        raise GradingError(f"{path}: expected {','.join(COLUMNS)} in the first line, got {came}.")
    rows = [(number, row) for number, row in rows[1:] if any(row)]
    for number, row in rows:
        if len(row) != len(COLUMNS):
            raise GradingError(
                f"{path}, line {number}: expected {len(COLUMNS)} cells, got {len(row)}. Put a reason with a comma in "
                "quotes."
            )
    return rows


def adjusted(
    graded: Sequence[Graded], exercises: Iterable[Exercise], adjustments: Sequence[Adjustment]
) -> list[Graded]:
    """Return results in which the adjustments count.

    Parameters
    ----------
    graded : sequence of Graded
        What the checks gave. One that is not there is made where an adjustment speaks of it.
    exercises : iterable of Exercise
        What was graded.
    adjustments : sequence of Adjustment
        Those of tasks count first, then those of whole exercises.
    """
    results = {(one.student, one.exercise): one for one in graded}
    by_number = {exercise.number: exercise for exercise in exercises}
    for one in sorted(adjustments, key=lambda one: "." not in one.task):
        exercise = by_number[one.task[:2]]
        key = (one.student, exercise.name)
        old = results.get(key, Graded(one.student, exercise.name, "", "", ()))
        if old.problems and not old.results and "." in one.task:  # the grader failed: the other tasks are not known yet
            continue
        task = next((sheet.task for sheet in exercise.sheets if sheet.objective == one.task), "The whole exercise")
        results[key] = _with(old, one, task, exercise)
    return list(results.values())


def _with(old: Graded, one: Adjustment, task: str, exercise: Exercise) -> Graded:
    """A part that is worth nothing by itself makes the difference, so what the check gave stays to be seen."""
    found = next((result for result in old.results if result.objective == one.task), None)
    whole = one.task == exercise.number
    tasks = {sheet.objective: sheet.points for sheet in exercise.sheets}
    possible = exercise.points if whole else tasks[one.task]
    before = old.points if whole else found.points if found else 0
    checked = found.parts if found else () if whole else (PartResult("all of it", 0, possible),)
    parts = (*checked, PartResult(BY_HAND, one.points - before, 0))
    status: Status = "right" if one.points == possible else "partly" if one.points else "wrong"
    told = f"{BY_HAND.capitalize()}: {one.points} instead of {before} points. {one.reason}"
    if found and status != "right":
        told = f"{told}{'' if one.reason.endswith(('.', '!', '?')) else '.'} {said(found)}"
    score = "" if whole else f"{one.points} of {possible} points · "
    message = f"{one.task} {task} · {score}{told}"
    misconception = found.misconception if found and status != "right" else None
    new = Result(one.task, task, status, parts, " ".join(message.split()), misconception)
    results = tuple(new if result is found else result for result in old.results)
    return replace(old, results=results if found else (new, *results))
