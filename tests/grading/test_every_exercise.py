"""What holds for the grader's view of every exercise: untouched, solved, and with a cell that is no Python."""

from functools import cache

import pytest
from handed_in import NAMES, ROOT, TRUSTED, hand_in, needs_posix, solution, stub

from tinyml_course.grading.checks import draw_sheet
from tinyml_course.grading.definitions import read_checks
from tinyml_course.grading.exercise import Exercise, closing_cells
from tinyml_course.grading.grade_all import grade_many, in_threads
from tinyml_course.grading.sandbox import Limits
from tinyml_course.grading.submissions import find_submissions

pytestmark = needs_posix
each_exercise = pytest.mark.parametrize("lesson", sorted(NAMES))


@cache
def exercise(lesson):
    """The exercise with a grader's hidden inputs."""
    sheets = tuple(draw_sheet(check, 7) for check in read_checks(ROOT / "content" / NAMES[lesson]))
    return Exercise(NAMES[lesson], sheets, closing_cells(ROOT / "exercises" / f"{NAMES[lesson]}.ipynb"))


@pytest.fixture
def grade(tmp_path, any_toolchain):
    def graded(lesson, notebook):
        hand_in(tmp_path, "ada", lesson, notebook)
        submissions = find_submissions(tmp_path, [NAMES[lesson]])
        (result,) = grade_many(
            submissions, {NAMES[lesson]: exercise(lesson)}, Limits(seconds=60), in_threads(1), trusted=TRUSTED
        )
        return result

    return graded


@each_exercise
def test_untouched_it_earns_nothing(grade, lesson):
    graded = grade(lesson, stub(lesson))
    assert (graded.points, graded.problems) == (0, ())
    assert {result.status for result in graded.results} == {"not done"}
    assert graded.possible == sum(sheet.points for sheet in exercise(lesson).sheets)


@each_exercise
def test_solved_it_earns_everything(grade, lesson):
    graded = grade(lesson, solution(lesson))
    assert (graded.points, graded.problems) == (graded.possible, ())
    assert {result.status for result in graded.results} == {"right"}


@each_exercise
def test_a_syntax_error_is_named_with_its_cell_and_costs_its_task(grade, lesson):
    notebook, broken = solution(lesson), exercise(lesson).sheets[-1]
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    number, cell = next(
        (number, cell) for number, cell in enumerate(cells, 1) if f"def {broken.function}(" in "".join(cell["source"])
    )
    cell["source"] = "".join(cell["source"]) + "\nx = (1,"
    line = len(cell["source"].splitlines())
    graded = grade(lesson, notebook)
    told = f"line {line}: SyntaxError: '(' was never closed"
    assert f"Code cell {number} stops with {told}" in graded.problems
    assert f"the cell that should define {broken.function} stops with {told}" in graded.results[-1].message
    assert graded.points == graded.possible - broken.points
