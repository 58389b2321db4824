"""What every learner has, the sheets of seed 0, answers no grader's question; and no task answers another one."""

import secrets
from collections import Counter
from functools import cache

import pytest
from lessons import all_checks

from tinyml_course.grading import find_sheet
from tinyml_course.grading.checks import draw_sheet
from tinyml_course.grading.judge import judge
from tinyml_course.grading.store import Store
from tinyml_course.grading.values import Numbers

SEEDS = (11, 12, 13)
OF_PYTHON = [check for check in all_checks() if check.board is None]
of_every_check = pytest.mark.parametrize("check", OF_PYTHON, ids=lambda check: check.objective)
#: Properties that are the same for every input: knowing them is what earns them.
CONSTANT = ("dtype", "shape")


def earned(check, seed, answer):
    """Names of the parts that somebody earns who answers each question so."""
    sheet = draw_sheet(check, seed)
    result = judge(sheet, [answer(question) for question in sheet.questions], reveal=False)
    constant = {part.name for part in sheet.parts if part.select in CONSTANT}
    return [part.name for part in result.parts if part.points and part.name not in constant]


@of_every_check
@pytest.mark.parametrize("seed", SEEDS)
def test_whoever_knows_the_learners_sheet_by_heart_earns_nothing(check, seed):
    sheet = find_sheet(check.objective)
    known = {repr(question): answer for question, answer in zip(sheet.questions, sheet.expected, strict=True)}
    common = Counter(map(repr, sheet.expected)).most_common(1)[0][0]
    guess = next(answer for answer in sheet.expected if repr(answer) == common)
    assert earned(check, seed, lambda question: known.get(repr(question))) == []
    assert earned(check, seed, lambda question: known.get(repr(question), guess)) == []


@of_every_check
def test_the_same_answer_to_everything_earns_nothing(check):
    for answer in [*find_sheet(check.objective).expected, 0, 1, -1, True, False, (), "", 0.0]:
        assert earned(check, SEEDS[0], lambda _question, answer=answer: answer) == []


@of_every_check
def test_an_answer_that_is_one_of_the_inputs_earns_nothing(check):
    for place in range(len(check.arguments)):
        assert earned(check, SEEDS[0], lambda question, place=place: question[place]) == []


def telling(value, found):
    """Collect what says something by itself: real numbers, large ones, series of at least three."""
    if isinstance(value, Numbers):
        value = value.items
    if isinstance(value, tuple):
        if len(value) >= 4 and len(set(map(repr, value))) > 2:
            found.add(repr(value))
        for item in value:
            telling(item, found)
    elif isinstance(value, int | float) and (abs(value) > 1000 or value != value // 1):
        found.add(repr(value))
    return found


@cache
def told(lesson, seed):
    """For each task of a lesson: what its questions show, and what is right for it."""
    sheets = {check.objective: draw_sheet(check, seed) for check in OF_PYTHON if check.objective.startswith(lesson)}
    return {name: (telling(sheet.questions, set()), telling(sheet.expected, set())) for name, sheet in sheets.items()}


@pytest.mark.parametrize("lesson", sorted({check.objective[:3] for check in OF_PYTHON}))
def test_no_question_shows_what_is_right_for_another_task(lesson):
    first, second = (told(lesson, seed) for seed in SEEDS[:2])
    for one, (shown, _) in first.items():
        for other, (asked, right) in first.items():
            fixed = second[other][1]  # the same for every seed: a learner's own check shows it, too
            assert one == other or not (shown & right) - asked - fixed, (one, other)


def test_seeds_are_drawn_from_what_nobody_can_guess(tmp_path, monkeypatch):
    asked = []
    draw = secrets.randbelow

    def watched(most):
        asked.append(most)
        return draw(most)

    monkeypatch.setattr(secrets, "randbelow", watched)
    seeds = {Store(tmp_path / f"{k}").seed(None) for k in range(50)}
    assert len(seeds) == 50
    assert all(most >= 2**52 for most in asked)
