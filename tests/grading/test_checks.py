import math

import numpy as np
import pytest

from tinyml_course.errors import LessonError
from tinyml_course.grading import check, find_sheet
from tinyml_course.grading import run_check as run_sheet
from tinyml_course.grading.checks import Check, Misconception, Part, draw_sheet
from tinyml_course.grading.judge import judge
from tinyml_course.grading.learner import wrapped
from tinyml_course.grading.sheet import from_text, to_text
from tinyml_course.grading.slips import NUMBER_SLIPS, Slip
from tinyml_course.grading.values import Raised


def make_check(expected=lambda a: a * 2, **changes):
    given = {
        "objective": "99.1",
        "task": "Doubling",
        "function": "double",
        "parts": (Part("all inputs", 3, lambda rng: [(3,), (int(rng.integers(10, 20)),)]),),
        "can_now": "double",
        "arguments": ("a",),
        "expected": expected,
        "misconceptions": (Misconception("tripled", "You tripled.", lambda a: a * 3),),
        "slips": NUMBER_SLIPS,
    }
    return Check(**{**given, **changes})


def run_check(definition, function, seed=0):
    return run_sheet(draw_sheet(definition, seed), function)


def test_right():
    result = run_check(make_check(), lambda a: a + a)
    assert result.message == "✓ 99.1 Doubling · 3 of 3 points · You can now double."
    assert (result.status, result.points, result.possible, result.misconception) == ("right", 3, 3, None)


def test_wrong_names_input_answer_expectation_and_misconception():
    result = run_check(make_check(), lambda a: 3 * a)
    assert result.message == "✗ 99.1 Doubling · 0 of 3 points · for a=3 you gave 9, expected 6. You tripled."
    assert result.misconception == "tripled"


def test_the_first_wrong_case_is_told():
    result = run_check(make_check(), lambda a: 6 if a == 3 else 1)
    assert "for a=3" not in result.message
    assert result.misconception is None


def test_a_misconception_must_explain_every_answer():
    result = run_check(make_check(), lambda a: 9 if a == 3 else 0)
    assert result.misconception is None


def test_not_done_yet():
    def stub(a):
        raise NotImplementedError("complete this line: task 99.1")

    result = run_check(make_check(), stub)
    assert result.message == "○ 99.1 Doubling · not done yet: complete this line."
    assert result.status == "not done"


def test_stopped():
    result = run_check(make_check(), lambda a: a / 0)
    assert result.status == "stopped"
    assert "your function stopped with ZeroDivisionError: division by zero" in result.message


def test_a_result_instead_of_a_function_is_told():
    result = run_check(make_check(), 6)
    assert "no brackets" in result.message
    assert result.points == 0


def test_too_few_arguments_are_told():
    assert "TypeError" in run_check(make_check(), lambda: 1).message


def test_nothing_returned():
    assert "`return`" in run_check(make_check(), lambda a: None).message
    assert "three dots" in run_check(make_check(), lambda a: ...).message


def test_an_expected_error_must_be_raised():
    def refuse(a):
        raise ValueError("no")

    definition = make_check(expected=refuse)
    assert run_check(definition, refuse).passed
    wrong = run_check(definition, lambda a: 1)
    assert "you gave 1, expected ValueError: no" in wrong.message
    assert run_check(definition, lambda a: {}[a]).message.count("KeyError") == 1


def test_an_object_that_equals_everything_equals_nothing():
    class Chameleon(int):
        def __eq__(self, other):
            return True

        __hash__ = int.__hash__

    assert run_check(make_check(), lambda a: Chameleon(0)).points == 0


@pytest.mark.parametrize("answer", [lambda a: np.int16(2 * a), lambda a: 2.0 * a, lambda a: np.float64(2 * a)])
def test_numpy_and_whole_floats_count_as_numbers(answer):
    assert run_check(make_check(), answer).passed


def test_true_is_no_number():
    one = make_check(expected=lambda a: 1)
    assert run_check(one, lambda a: 1).passed
    assert not run_check(one, lambda a: True).passed


@pytest.mark.parametrize(
    ("factor", "name"),
    [(8, "bits for bytes"), (1 / 8, "bits for bytes"), (1 / 1024, "KiB for kB"), (1.024, "KiB for kB"),
     (1000, "power of ten"), (0.01, "power of ten"), (-1, "wrong sign")],
)  # fmt: skip
def test_slips_with_numbers_are_named_whatever_the_task(factor, name):
    assert run_check(make_check(), lambda a: 2 * a * factor).misconception == name


def test_an_inverted_ratio_is_named():
    assert run_check(make_check(expected=lambda a: a / 7), lambda a: 7 / a).misconception == "inverted ratio"


def test_a_wrong_number_is_not_called_a_slip_at_random():
    assert run_check(make_check(), lambda a: 2 * a + 1).misconception is None
    assert run_check(make_check(), lambda a: 0).misconception is None


def test_a_slip_needs_two_numbers():
    always = Slip("always", "x", lambda expected, got: True)
    assert always.explains(1, 2)
    for got in ("2", None, True, 0, math.nan, math.inf, 10**400):
        assert not always.explains(1, got)


def test_a_tolerance_needs_its_reason():
    with pytest.raises(LessonError, match=r"99\.1.*reason"):
        make_check(relative_tolerance=0.1)
    rough = make_check(relative_tolerance=0.1, tolerance_reason="a test")
    assert run_check(rough, lambda a: 2.1 * a).passed
    assert not run_check(rough, lambda a: 2.3 * a).passed


def test_long_lines_break_between_words():
    reason = ("for a=(-1.25, -0.75) you gave 1, expected 2. " + "Words " * 20).strip()
    points, right, *lines = wrapped(f"◐ 99.1 Doubling · 1 of 3 points · right: the sign · {reason}").split("\n")
    assert (points, right) == ("◐ 99.1 Doubling · 1 of 3 points", "  right: the sign")
    assert len(lines) > 1 and max(map(len, lines)) <= 96
    assert " ".join(line.strip() for line in lines) == reason


def test_check_prints_one_message(capsys):
    check("01.4", lambda large, small: math.log10(large / small))
    out = capsys.readouterr().out
    assert out.startswith("✓ 01.4 Orders of magnitude")
    assert " ".join(out.split()).endswith("You can now say how many orders of magnitude lie between two sizes.")
    assert max(map(len, out.splitlines())) <= 96


@pytest.mark.parametrize("objective", ["01.9", "77.1", "", "01"])
def test_an_unknown_check_is_named_with_the_known_ones(objective):
    with pytest.raises(LessonError, match=r"01\.1"):
        find_sheet(objective)


def ranges(rng):
    return [(-1.0, 3.0), tuple(sorted(float(value) for value in rng.uniform(-5, 5, 2)))]


def positive_ranges(rng):
    return [(2.0, 3.0)]


def two_parts(**changes):
    given = {
        "expected": lambda low, high: (min(low, 0), high),
        "arguments": ("low", "high"),
        "parts": (
            Part("the low end", 1, ranges, "0"),
            Part("the high end", 1, ranges, "1"),
            Part("ranges without zero", 2, positive_ranges),
        ),
        "misconceptions": (Misconception("zero left out", "Zero belongs to it.", lambda low, high: (low, high)),),
    }
    return make_check(**{**given, **changes})


def test_parts_earn_points_by_themselves():
    result = run_check(two_parts(), lambda low, high: (min(low, 0), high + 1))
    assert (result.points, result.possible, result.status) == (1, 4, "partly")
    assert [part.points for part in result.parts] == [1, 0, 0]
    assert result.message.startswith("◐ 99.1 Doubling · 1 of 4 points · right: the low end · for low=-1, high=3 ")
    assert "(the high end)" in result.message


def test_a_misconception_is_looked_for_where_the_part_looks():
    result = run_check(two_parts(), lambda low, high: (low if low > 0 else min(low, 0), high))
    assert (result.points, result.misconception) == (2, "zero left out")


def test_an_idea_that_explains_all_that_is_wrong_comes_before_one_that_explains_a_part():
    def low_and(add):
        return lambda low, high: (low, high + add)

    several = (Misconception("zero left out", "Zero belongs to it.", low_and(0)),
               Misconception("both", "Zero belongs to it, and nothing on top.", low_and(1)))  # fmt: skip
    definition = two_parts(misconceptions=several, parts=(
        Part("ranges without zero", 2, positive_ranges, "0"), Part("the high end", 1, ranges, "1")))  # fmt: skip
    for add, name in ((0, "zero left out"), (1, "both"), (2, "zero left out")):
        assert run_check(definition, low_and(add)).misconception == name


def test_answers_that_lack_an_item_are_not_taken_for_each_other():
    one = Misconception("low end only", "Return two numbers.", lambda low, high: min(low, 0))
    definition = two_parts(misconceptions=(one,))
    assert run_check(definition, lambda low, high: min(low, 0)).misconception == "low end only"
    assert run_check(definition, lambda low, high: high).misconception is None
    assert run_check(definition, lambda low, high: None).misconception == "nothing returned"


def test_an_answer_without_the_selected_item_is_wrong():
    assert run_check(two_parts(), lambda low, high: min(low, 0)).points == 0
    assert run_check(two_parts(), lambda low, high: (min(low, 0),)).points == 1


def test_types_and_shapes_of_arrays_can_be_parts():
    parts = (Part("the numbers", 1, ranges), Part("the type", 1, ranges, "dtype"), Part("the form", 1, ranges, "shape"))
    definition = make_check(
        expected=lambda low, high: np.array([low, high]).astype(np.int8), arguments=("low", "high"), parts=parts,
        misconceptions=(),
    )  # fmt: skip
    assert run_check(definition, lambda low, high: np.array([low, high]).astype(np.int8)).passed
    wide = run_check(definition, lambda low, high: np.array([low, high]).astype(np.int64))
    assert [part.points for part in wide.parts] == [1, 0, 1]
    assert [part.points for part in run_check(definition, lambda low, high: [int(low), int(high)]).parts] == [1, 0, 0]


def large(rng):
    return [(1000,), (int(rng.integers(1000, 2000)),)]


def roughly(**changes):
    rough = Part("the size", 1, large, relative_tolerance=0.01, tolerance_reason="a small rest may be missing")
    return make_check(parts=(rough, Part("every digit", 1, large)), **changes)


def test_a_part_may_have_a_tolerance_of_its_own():
    near, far = (run_check(roughly(), lambda a, more=more: 2 * a + more) for more in (7, 70))
    assert [part.points for part in near.parts] == [1, 0]
    assert "is allowed" not in near.message
    assert [part.points for part in far.parts] == [0, 0]
    assert "A relative difference of 0.01 is allowed: a small rest may be missing." in far.message
    assert run_check(roughly(), lambda a: 2 * a).passed


def test_misconceptions_are_told_exactly_where_a_part_is_not():
    seventy = Misconception("seventy more", "Seventy too many.", lambda a: 2 * a + 70)
    eighty = Misconception("eighty more", "Eighty too many.", lambda a: 2 * a + 80)
    result = run_check(roughly(misconceptions=(seventy, eighty)), lambda a: 2 * a + 80)
    assert result.misconception == "eighty more"


def test_a_part_that_is_tolerant_says_why():
    with pytest.raises(LessonError, match=r"99\.1 has a tolerance without a reason"):
        make_check(parts=(Part("the size", 1, large, relative_tolerance=0.01),))


def refused_below_ten(a):
    if a < 10:
        raise ValueError(a)
    return 2 * a


def test_the_class_of_an_error_can_be_a_part():
    definition = make_check(
        expected=refused_below_ten,
        parts=(Part("the numbers", 2, large), Part("what is refused", 1, lambda rng: [(3,), (30,)], "error")),
    )

    def points(function):
        return [part.points for part in run_check(definition, function).parts]

    def always(a):
        raise ValueError

    assert points(refused_below_ten) == [2, 1]
    assert points(lambda a: 3 * refused_below_ten(a)) == [0, 1]
    assert points(lambda a: 2 * a) == [2, 0]
    assert points(lambda a: 2 * a if a > 9 else (-1) ** 0.5 < 0) == [2, 0]
    assert points(always) == [0, 0]


def test_a_sheet_with_such_parts_is_read_as_it_was_written():
    sheets = (draw_sheet(roughly()), draw_sheet(two_parts(), 3))
    assert from_text(to_text(sheets), "x.json") == sheets


def test_a_function_that_changes_its_arguments_changes_nothing_else():
    definition = make_check(
        expected=lambda a: int(a.sum()), misconceptions=(),
        parts=(Part("all inputs", 1, lambda rng: [(np.arange(4),), (np.arange(5),)]),),
    )  # fmt: skip

    def spoil(a):
        total = int(a.sum())
        a[:] = 0
        return total

    assert run_check(definition, spoil).passed
    assert run_check(definition, spoil).passed


def test_feedback_of_a_grader_shows_no_input_and_no_right_answer():
    sheet = draw_sheet(two_parts(), seed=5)
    answers = [(min(low, 0), high + 1) for low, high in sheet.questions]
    message = judge(sheet, answers, reveal=False).message
    assert "another answer than expected for 2 of 2 hidden inputs (the high end)." in message
    drawn = sheet.questions[1]
    assert not any(f"{number:.6g}"[:4] in message for number in drawn)
    assert "low" not in message.replace("the low end", "")


def test_a_learners_error_carries_nothing_into_the_feedback():
    sheet = draw_sheet(make_check(), seed=5)
    for kind in ("ValueError", "NotImplementedError"):
        result = judge(sheet, [Raised(kind, f"the input is {question}") for question in sheet.questions], reveal=False)
        assert result.points == 0
        assert "the input is" not in result.message


def test_missing_answers_are_wrong():
    sheet = draw_sheet(make_check())
    result = judge(sheet, sheet.expected[:1])
    assert result.points == 0
    assert "NoAnswer" in result.message


def test_what_is_allowed_is_told_to_somebody_who_is_near():
    rough = make_check(relative_tolerance=1e-9, tolerance_reason="floats are rounded")
    assert "1e-09 is allowed: floats are rounded." in run_check(rough, lambda a: 2 * a + 1e-7).message
    assert "allowed" not in run_check(rough, lambda a: 3 * a).message
