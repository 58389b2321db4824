"""Results as the grader makes them, without running anything."""

from tinyml_course.grading.exercise import Exercise
from tinyml_course.grading.grade import Graded
from tinyml_course.grading.judge import PartResult, Result
from tinyml_course.grading.sheet import Part, Sheet


def sheet(objective, *points):
    """A sheet that is worth these points, part by part."""
    parts = tuple(Part(f"part {k}", worth, (0,)) for k, worth in enumerate(points, start=1))
    return Sheet(objective, f"Task {objective}", "f", "do it", (), ((),), (1,), parts, ())


def exercise(name, *points):
    """An exercise with one task for each number of points."""
    return Exercise(name, tuple(sheet(f"{name[:2]}.{k}", worth) for k, worth in enumerate(points, start=1)))


def result(objective, earned, possible=2, status=None, text="another answer.", misconception=None):
    """The result of a task with one part."""
    status = status or ("right" if earned == possible else "wrong")
    message = f"✗ {objective} Task {objective} · {earned} of {possible} points · {text}"
    parts = (PartResult("all inputs", earned, possible),)
    return Result(objective, f"Task {objective}", status, parts, message, misconception)


def graded(student, name, *results, source="", problems=()):
    """A submission's result."""
    return Graded(student, name, source or f"{student}/{name}.ipynb", "0" * 64, results, tuple(problems))
