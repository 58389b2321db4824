"""Tasks whose answer is C: compiled, run on the virtual Uno, judged by integers, cycles and bytes."""

import json

import numpy as np
import pytest

from tinyml_course.errors import GradingError, LessonError, ToolchainNotFoundError
from tinyml_course.grading import run_check
from tinyml_course.grading.checks import Check, Misconception, Part, draw_sheet
from tinyml_course.grading.grade import grade_one
from tinyml_course.grading.on_board import answered
from tinyml_course.grading.sandbox import Limits, why_not_confined
from tinyml_course.grading.sheet import BoardTask, Sheet
from tinyml_course.grading.submissions import Submission

RIGHT = """
int16_t clamp(int16_t x) {
    if (x > 100) return 100;
    if (x < -100) return -100;
    return x;
}
"""
STUB = "int16_t clamp(int16_t x) { return 0; }"


def one_case(rng):
    return [([-32768, -101, -100, 0, 100, 101, 32767, *(int(x) for x in rng.integers(-300, 300, 9))],)]


def task(values):
    numbers = ", ".join(map(str, values))
    declarations = f"static const int16_t inputs[] PROGMEM = {{{numbers}}};\nint16_t clamp(int16_t x);"
    return BoardTask(declarations, "clamp(pgm_read_word(&inputs[k]))", STUB, len(values))


def make_check(**changes):
    given = {
        "objective": "99.1", "task": "Clamp", "function": "clamp_in_c", "can_now": "clamp", "arguments": ("values",),
        "parts": (Part("the integers", 2, one_case, "outputs"), Part("at most 60 cycles", 1, one_case, "cycles <= 60"),
                  Part("at most 60 bytes", 1, one_case, "flash_bytes <= 60")),
        "expected": lambda values: tuple(int(x) for x in np.clip(values, -100, 100)),
        "misconceptions": (
            Misconception("one side", "The lower end is missing.", lambda values: tuple(min(x, 100) for x in values)),
        ),
        "board": task,
    }  # fmt: skip
    return Check(**{**given, **changes})


@pytest.fixture(scope="module")
def sheet(any_toolchain):
    return draw_sheet(make_check(), seed=3)


def result_of(sheet, text):
    return run_check(sheet, lambda: text)


def test_right_small_and_quick(sheet):
    result = result_of(sheet, RIGHT)
    assert (result.points, result.possible) == (4, 4), result.message


def test_right_and_slow(sheet):
    slow = RIGHT.replace("    return x;", "    volatile uint8_t i = 0;\n    while (++i < 50) {}\n    return x;")
    result = result_of(sheet, slow)
    assert [part.points for part in result.parts] == [2, 0, 1]
    assert "at most 60 cycles" in result.message


def test_right_and_large(sheet):
    table = ", ".join(str(k) for k in range(100))
    large = f"static const uint8_t table[] PROGMEM = {{{table}}};\n" + RIGHT.replace(
        "return x;", "return x + (pgm_read_byte(&table[x & 63]) >> 7);"
    )
    assert [part.points for part in result_of(sheet, large).parts] == [2, 1, 0]


def test_a_function_that_does_nothing_is_not_praised_for_being_quick(sheet):
    assert result_of(sheet, STUB).points == 0


def test_a_misconception_is_recognised_by_its_integers(sheet):
    result = result_of(sheet, "int16_t clamp(int16_t x) { return x > 100 ? 100 : x; }")
    assert (result.points, result.misconception) == (0, "one side")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("int16_t clamp(int16_t x) { return x }", "CompileError"),
        ("", "CompileError"),
        ("int16_t clamp(int16_t x) { for (;;) {} }", "not done after 80,000,000 cycles"),
        ('#include "/etc/passwd"\n' + RIGHT, "needs no '#'"),
        ("int16_t clamp(int16_t x) { GPIOR0 = 2; return x; }", "needs no 'GPIOR0'"),
        ('int16_t clamp(int16_t x) { asm("nop"); return x; }', "needs no 'asm'"),
        ("static uint8_t big[4000];\n" + RIGHT.replace("return x;", "big[x & 1023]++; return x;"), "MemoryLimitError"),
        (RIGHT + "/*" + "x" * 30_000 + "*/", "TooLong"),
        (None, "NoText"),
        (3, "NoText"),
    ],
)
def test_what_cannot_be_measured_is_told(sheet, text, message):
    result = result_of(sheet, text)
    assert result.points == 0
    assert message in result.message


def test_an_untouched_task_is_not_done(sheet):
    def stub():
        raise NotImplementedError("write it in C")

    assert run_check(sheet, stub).status == "not done"


def test_marks_that_were_tampered_with_are_refused(sheet):
    # Without its name: the register's address in the data memory.
    text = "int16_t clamp(int16_t x) { *(volatile uint8_t *)0x3e = 2; return x; }"
    result = result_of(sheet, text)
    assert result.points == 0
    assert "other marks" in result.message


def test_sheets_with_boards_survive_their_file(sheet):
    assert Sheet.from_dict(sheet.to_dict()) == sheet


def test_parts_of_a_board_task_say_what_counts():
    with pytest.raises(LessonError, match="say what counts"):
        draw_sheet(make_check(parts=(Part("all", 1, one_case),)))


@pytest.mark.parametrize(
    "text",
    [
        "// #1: the main idea, asm\n/* __vector_1, GPIOR0 */" + RIGHT,
        "static int16_t __attribute__((noinline)) same(int16_t x) { return x; }\n"
        + RIGHT.replace("(x >", "(same(x) >"),
        RIGHT.replace("\n", "\r\n"),
        "static const __flash int16_t most = 100;\n" + RIGHT.replace("x > 100) return 100", "x > most) return most"),
    ],
)
def test_comments_and_harmless_words_of_the_compiler_are_allowed(sheet, text):
    assert result_of(sheet, text).points == 4


def test_the_start_of_variables_is_the_learners_right(sheet):
    text = "static volatile uint8_t a[400] = {1}, b[400];\n" + RIGHT.replace("{\n", "{\n    a[1]++; b[1]++;\n", 1)
    assert [part.points for part in result_of(sheet, text).parts] == [2, 1, 0]


def test_a_grader_without_a_compiler_gives_no_zero(sheet):
    def none(text):
        raise ToolchainNotFoundError("no compiler")

    with pytest.raises(GradingError, match=r"cannot be measured on this computer: no compiler.* tinyml doctor"):
        answered(sheet.board, [RIGHT], sheet.expected[0], none)


@pytest.fixture
def graded(sheet, tmp_path):
    """Grades a notebook whose function returns some C, in the sandbox."""
    if why_not_confined():
        pytest.skip(f"needs bubblewrap: {why_not_confined()}")

    def grade(text):
        cell = {"cell_type": "code", "source": f"def clamp_in_c():\n    return {text!r}"}
        place = tmp_path / "ada"
        place.mkdir(exist_ok=True)
        (place / "99_clamp.ipynb").write_text(json.dumps({"cells": [cell]}))
        submission = Submission("ada", "99_clamp", tmp_path, "ada/99_clamp.ipynb")
        return grade_one(submission, [sheet], Limits(seconds=20)).results[0]

    return grade


def test_a_grader_measures_the_same_in_the_sandbox(graded):
    assert graded(RIGHT).points == 4
    assert graded(STUB).points == 0
    wrong = graded("int16_t clamp(int16_t x) { return x > 100 ? 100 : x; }")
    assert (wrong.points, wrong.misconception) == (0, "one side")


def test_feedback_on_c_says_why_it_could_not_be_measured(graded):
    assert "look for an endless loop" in graded("int16_t clamp(int16_t x) { for (;;) {} }").message
    assert "neither a variable's" in graded(RIGHT.replace("{", "{ *(volatile char *)0x500 = 1;", 1)).message


def test_feedback_on_c_holds_no_hidden_input(graded):
    wrong = graded("int16_t clamp(int16_t x) { return 0; }\nint inputs;")
    assert wrong.points == 0
    assert "CompileError" in wrong.message
    assert "-32768" not in wrong.message
    assert "-32768" not in graded(STUB).message
