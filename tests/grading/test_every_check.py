"""What holds for every check of every lesson."""

import re

import pytest
from lessons import all_checks, judge, sheet, solution, stub

from tinyml_course.grading import find_sheet
from tinyml_course.grading.checks import draw_sheet
from tinyml_course.grading.sheet import alike

STRANGE = {
    "nothing": None,
    "dots": ...,
    "text": "text",
    "empty": (),
    "nan": float("nan"),
    "infinite": float("inf"),
    "huge": 1 << 20_000,
    "object": object(),
    "nested": [[1], 2],
}
CHECKS = pytest.mark.parametrize("check", all_checks(), ids=lambda check: check.objective)
#: Tasks whose misconceptions are functions like the learner's; those of C are tried in the lessons' own tests.
IN_PYTHON = [check for check in all_checks() if check.board is None]


@CHECKS
def test_an_untouched_exercise_earns_nothing_and_is_told_so(check):
    result = judge(check.objective, stub(check.objective))
    assert result.status == "not done"
    assert result.points == 0
    assert result.message.startswith(f"○ {check.objective} ")


@CHECKS
@pytest.mark.parametrize("seed", range(5))
def test_the_solution_earns_everything_with_any_inputs(check, seed):
    result = judge(check.objective, solution(check.objective), seed)
    assert result.passed
    assert result.points == check.points > 0
    assert check.can_now in result.message


@pytest.mark.parametrize("check", IN_PYTHON, ids=lambda check: check.objective)
def test_every_misconception_is_recognised_with_its_own_hint(check):
    assert len(check.misconceptions) >= 5
    for idea in check.misconceptions:
        result = judge(check.objective, idea.answer)
        assert result.points < result.possible, idea.name
        assert result.misconception == idea.name
        assert result.message.endswith(idea.hint)


@CHECKS
def test_feedback_is_one_line_and_never_shows_the_solution(check):
    solved = {line.strip() for line in _solution_text(check.objective)}
    for idea in check.misconceptions:
        assert "\n" not in idea.hint
        assert not any(line in idea.hint for line in solved)
    assert "\n" not in judge(check.objective, lambda *case: "a\nb").message


def _solution_text(objective):
    from lessons import plan

    cells = [cell for cell in plan(objective[:2]).exercise_cells if cell.task == objective]
    return [line for cell in cells for line in cell.solution_lines() if len(line.strip()) > 12]


@CHECKS
@pytest.mark.parametrize("answer", STRANGE.values(), ids=STRANGE.keys())
def test_strange_answers_earn_nothing_and_stop_nothing(check, answer):
    result = judge(check.objective, lambda *case: answer)
    assert result.points == 0
    assert result.status == "wrong"
    assert re.match(r"✗ \d\d\.\d ", result.message)


@CHECKS
@pytest.mark.parametrize("error", [ValueError("no"), ZeroDivisionError(), RecursionError(), SystemExit(3)])
def test_errors_of_the_learner_are_told_with_the_input(check, error):
    def stops(*case):
        raise error

    result = judge(check.objective, stops)
    assert result.points == 0
    assert type(error).__name__ in result.message
    assert all(name in result.message for name in check.arguments[:1])


@CHECKS
def test_the_inputs_follow_from_the_seed_alone(check):
    first, again, other = (draw_sheet(check, seed) for seed in (3, 3, 4))
    assert first == again
    assert (first.questions, first.board) != (other.questions, other.board)


@CHECKS
def test_the_learners_sheet_is_drawn_with_seed_0(check):
    assert alike(find_sheet(check.objective), sheet(check.objective))
