"""What the tests of the lessons' checks share."""

from functools import cache
from pathlib import Path

from tinyml_course.authoring.builder import plan_lesson
from tinyml_course.authoring.source import read_source
from tinyml_course.grading import find_check, run_check

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


def judge(objective, function, seed=0):
    """The result of a check."""
    return run_check(find_check(objective), function, seed)


def plan(lesson):
    """The plan of a lesson."""
    return plan_lesson(ROOT, next((ROOT / "content").glob(f"{lesson}_*")).name)
