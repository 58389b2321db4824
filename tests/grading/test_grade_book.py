"""The gradebook in its three forms, and names that spreadsheets would run."""

import csv
import io

import pytest
from graded import exercise, graded, result

from tinyml_course.grading import gradebook
from tinyml_course.grading.gradebook import Gradebook, clean, to_canvas, to_moodle

EXERCISES = (exercise("01_first", 2, 2), exercise("02_second", 2))


def book(*rows, without=None):
    return Gradebook(EXERCISES, rows, without or {})


def to_csv(made):
    text = gradebook.to_csv(made)
    assert text[0] == "\ufeff"  # without it Excel reads names as Latin-1
    return text[1:]


def both(student, *points, source=""):
    first, second, third = points
    return (
        graded(student, "01_first", result("01.1", first), result("01.2", second), source=source),
        graded(student, "02_second", result("02.1", third), source=source),
    )


def test_one_row_a_student_sorted():
    text = to_csv(book(*both("bob", 2, 0, 2), *both("ada", 2, 2, 2)))
    assert text == "student,01_first,02_second,total,possible\nada,4,2,6,6\nbob,2,2,4,6\n"


def test_the_order_of_results_makes_no_difference():
    rows = (*both("bob", 2, 0, 2), *both("ada", 2, 2, 2), *both("Ada", 0, 0, 0))
    for form in (to_csv, to_canvas, to_moodle):
        assert form(book(*rows)) == form(book(*reversed(rows)))
    assert [line.split(",")[0] for line in to_csv(book(*rows)).splitlines()[1:]] == ["Ada", "ada", "bob"]


def test_an_exercise_that_was_not_handed_in_is_empty_and_earns_nothing():
    text = to_csv(book(graded("ada", "02_second", result("02.1", 2))))
    assert text.splitlines()[1] == "ada,,2,2,6"


def test_a_submission_that_could_not_be_graded_is_empty():
    text = to_csv(book(graded("ada", "01_first", problems=("the grader failed",)), both("ada", 0, 0, 2)[1]))
    assert text.splitlines()[1] == "ada,,2,2,6"


def test_canvas():
    assert to_canvas(book(*both("ada", 2, 0, 2))) == (
        "Student,ID,SIS User ID,SIS Login ID,Section,01_first,02_second\nPoints Possible,,,,,4,2\nada,,,ada,,2,2\n"
    )


def test_moodle_knows_the_number_of_its_zip_file():
    source = "Ada Lovelace_4711_assignsubmission_file/01_first.ipynb"
    text = to_moodle(book(*both("Ada Lovelace (4711)", 2, 0, 2, source=source), *both("bob (12)", 0, 0, 0)))
    assert text == (
        "Identifier,Full name,Username,01_first,02_second,Grade,Maximum Grade,Last modified (grade)\n"
        "Participant 4711,Ada Lovelace,,2,2,4,6,\n"
        ",bob (12),bob (12),0,0,0,6,\n"
    )


def test_canvas_knows_the_number_of_its_zip_file():
    source = "lovelaceada_4711_90210_01_first.ipynb"
    rows = book(*both("lovelaceada (4711)", 2, 0, 2, source=source))
    assert to_canvas(rows).splitlines()[2] == "lovelaceada,4711,,,,2,2"
    assert to_moodle(rows).splitlines()[1] == ",lovelaceada,lovelaceada,2,2,4,6,"


def test_who_handed_in_nothing_has_a_row_and_no_grade():
    source = "Ada Lovelace_4711_assignsubmission_file_/homework.ipynb"
    rows = book(*both("bob", 2, 0, 2), without={"Ada Lovelace (4711)": source, "zoe": ""})
    assert to_csv(rows).splitlines()[1:] == ["Ada Lovelace (4711),,,0,6", "bob,2,2,4,6", "zoe,,,0,6"]
    assert to_canvas(rows).splitlines()[2:] == ["Ada Lovelace,,,Ada Lovelace,,,", "bob,,,bob,,2,2", "zoe,,,zoe,,,"]
    moodle = ["Participant 4711,Ada Lovelace,,,,,6,", ",bob,bob,2,2,4,6,", ",zoe,zoe,,,,6,"]
    assert to_moodle(rows).splitlines()[1:] == moodle
    assert rows.totals == [4]


def test_canvas_gets_moodles_name_without_the_number():
    source = "Ada Lovelace_4711_assignsubmission_file/01_first.ipynb"
    assert "\nAda Lovelace,,,Ada Lovelace,,2,2\n" in to_canvas(
        book(*both("Ada Lovelace (4711)", 2, 0, 2, source=source))
    )


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", " =1", "\t=1", "\r=1", "＝1", "=cmd|' /C calc'!A0"])
@pytest.mark.parametrize("form", [to_csv, to_canvas, to_moodle])  # the byte order mark is none either
def test_no_cell_is_a_formula(name, form):
    for row in csv.reader(io.StringIO(form(book(*both(name, 0, 0, 0))))):
        assert all(cell.strip()[:1] not in tuple("=+-@＝＋－＠\t\r") or cell == "" for cell in row)


@pytest.mark.parametrize("name", ["x;=1+1", "x; =cmd|' /C calc'!A0;@y", 'a","=1', "a\n;-1"])
@pytest.mark.parametrize("form", [to_csv, to_canvas, to_moodle])
def test_no_cell_is_a_formula_where_semicolons_part_cells(name, form):
    text = form(book(*both(name, 0, 0, 0)))
    for delimiter in ",;":
        for row in csv.reader(io.StringIO(text), delimiter=delimiter):
            assert all(cell.strip()[:1] not in tuple("=+-@＝＋－＠") or cell == "" for cell in row)


@pytest.mark.parametrize("name", ["Points Possible", "  points   possible", "Mallory (Points Possible)"])
def test_nobody_is_called_as_the_row_of_possible_points(name):
    lines = to_canvas(book(*both(name, 2, 2, 2))).splitlines()
    assert [line for line in lines if "points possible" in line.lower()] == ["Points Possible,,,,,4,2"]
    assert len(lines) == 3


def test_a_name_with_commas_quotes_and_lines_stays_one_cell():
    rows = list(csv.reader(io.StringIO(to_csv(book(*both('Lovelace, "Ada"\nx', 0, 0, 0))))))
    assert rows[1] == ['Lovelace, "Ada" x', "0", "0", "0", "6"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\x00b", "a b"), ("a\u202eb", "a b"), ("\udcff", "?"), (" a \n b ", "a b"), ("Ådä 李", "Ådä 李")],
)
def test_clean(text, shown):
    assert clean(text) == shown
