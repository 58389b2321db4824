"""What the tests of the lessons' checks share."""

from functools import cache
from pathlib import Path

from tinyml_course.authoring.builder import plan_lesson
from tinyml_course.authoring.project import lesson_names
from tinyml_course.authoring.source import read_source
from tinyml_course.grading import run_check
from tinyml_course.grading.checks import draw_sheet
from tinyml_course.grading.definitions import read_checks

ROOT = Path(__file__).resolve().parents[2]


@cache
def _functions(lesson, solved):
    """Run the imports and the answers of an exercise, solved or untouched; its functions by task."""
    folder = next((ROOT / "content").glob(f"{lesson}_*"))
    names: dict = {}
    found = {}
    for cell in read_source(folder / "exercise.py"):
        if cell.kind == "code" and (cell.task == "setup" or cell.has_solution):
            before = set(names)
            exec(cell.with_solution() if solved else cell.without_solution(), names)
            if cell.has_solution:
                (found[cell.task],) = (names[name] for name in set(names) - before if not name.startswith("_"))
    return found


def solution(objective):
    """The function that the solution notebook defines."""
    return _functions(objective[:2], solved=True)[objective]


def stub(objective):
    """The function that a learner starts from."""
    return _functions(objective[:2], solved=False)[objective]


@cache
def all_checks():
    """Every check of every lesson, in the order of the lessons."""
    return tuple(check for name in lesson_names(ROOT) for check in read_checks(ROOT / "content" / name))


@cache
def sheet(objective, seed=0):
    """The questions and answers of a check."""
    (found,) = (check for check in all_checks() if check.objective == objective)
    return draw_sheet(found, seed)


def judge(objective, function, seed=0):
    """The result of a check."""
    return run_check(sheet(objective, seed), function)


def plan(lesson):
    """The plan of a lesson."""
    return plan_lesson(ROOT, next((ROOT / "content").glob(f"{lesson}_*")).name)
