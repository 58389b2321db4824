"""A learner's own check of a notebook: every task gets its line, whatever the cells do."""

import json

import pytest
from handed_in import NAMES, ROOT, add, code, solution, solved, stub

from tinyml_course.errors import GradingError
from tinyml_course.grading.exercise import closing_cells
from tinyml_course.grading.own_check import check_notebook


def check(tmp_path, notebook, lesson="01", **options):
    path = tmp_path / "mine.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return check_notebook(path, lesson, **options)


@pytest.mark.parametrize(("lesson", "points"), [("01", 10), ("10", 16), ("12", 10)])
def test_solution_and_stub(tmp_path, lesson, points):
    closing = closing_cells(ROOT / "exercises" / f"{NAMES[lesson]}.ipynb")
    right = check(tmp_path, solution(lesson), lesson, closing=closing)
    assert (right.points, right.possible, right.passed, right.problems) == (points, points, True, ())
    untouched = check(tmp_path, stub(lesson), lesson, closing=closing)
    assert (untouched.points, untouched.passed, untouched.problems) == (0, False, ())
    assert {result.status for result in untouched.results} == {"not done"}


def test_some_tasks(tmp_path):
    found = check(tmp_path, solved("01", 2))
    assert [result.points for result in found.results] == [2, 2, 0, 0, 0]


def test_a_wrong_answer_is_shown_with_its_input(tmp_path):
    found = check(tmp_path, add(solution("01"), "def model_bytes(parameters, bits):\n    return parameters * bits"))
    assert found.results[1].misconception == "bits for bytes"
    assert "you gave" in found.results[1].message and "expected" in found.results[1].message


def test_a_syntax_error_is_named_with_its_cell(tmp_path):
    found = check(tmp_path, code("import math", "x = (1,\n", "def model_bytes(p, b):\n    return -(-p * b // 8)"))
    assert found.problems == ("Code cell 2 (`x = (1,`) stops with line 1: SyntaxError: '(' was never closed",)
    assert [result.points for result in found.results] == [0, 2, 0, 0, 0]
    assert "there is no function named dense_parameters" in found.results[0].message


def test_an_error_that_cannot_be_written_is_named(tmp_path):
    odd = "class Odd(Exception):\n    def __str__(self):\n        raise self\nraise Odd"
    found = check(tmp_path, code(odd, "def model_bytes(p, b):\n    return -(-p * b // 8)"))
    assert found.problems == ("Code cell 1 (`class Odd(Exception):`) stops with line 4: Odd",)
    assert found.points == 2


def test_an_endless_loop_in_a_task_costs_that_task(tmp_path):
    found = check(tmp_path, add(solution("01"), "def model_bytes(p, b):\n    while True: pass"), seconds=2)
    assert [result.points for result in found.results] == [2, 0, 2, 2, 2]
    assert "longer than 2 s" in found.results[1].message


def test_an_endless_loop_in_a_cell_is_named(tmp_path):
    found = check(tmp_path, code("1", "while True: pass", "def model_bytes(p, b):\n    return 0"), seconds=2)
    assert found.problems == ("The notebook did not reach its end: code cell 2 was still running after 2 s.",)
    assert found.points == 0
    assert all("never reached" in result.message for result in found.results)


def test_a_cell_that_ends_the_process_is_named(tmp_path):
    found = check(tmp_path, code("import os", "os._exit(0)"))
    assert found.problems == ("The notebook did not reach its end: the process ended by itself in code cell 2.",)


def test_exit_and_errors_end_their_cell_alone(tmp_path):
    found = check(tmp_path, add(solution("01"), "exit()", "1 / 0"))
    cells = sum(cell["cell_type"] == "code" for cell in solution("01")["cells"])
    assert found.passed
    error = "line 1: ZeroDivisionError: division by zero"
    assert found.problems[-1] == f"Code cell {cells + 2} (`1 / 0`) stops with {error}"


def test_lines_of_ipython_are_passed_over(tmp_path):
    assert check(tmp_path, add(solution("01"), "%matplotlib inline\n!ls\nx = 7 % 2")).problems == ()


def test_cells_run_in_the_notebooks_folder(tmp_path):
    (tmp_path / "there.txt").write_text("", encoding="utf-8")
    assert check(tmp_path, add(solution("01"), "open('there.txt')")).problems == ()


def test_what_is_no_notebook_is_told(tmp_path):
    (tmp_path / "x.ipynb").write_text("{", encoding="utf-8")
    with pytest.raises(GradingError, match="Cannot check .* damaged"):
        check_notebook(tmp_path / "x.ipynb", "01")
    with pytest.raises(GradingError, match="Cannot read"):
        check_notebook(tmp_path / "none.ipynb", "01")
