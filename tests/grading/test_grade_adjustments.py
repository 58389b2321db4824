"""Points set by hand: what counts then, who is told why, and lines that would change the wrong thing."""

import pytest
from graded import exercise, graded, result

from tinyml_course.errors import GradingError
from tinyml_course.grading.adjustments import Adjustment, adjusted, read_adjustments
from tinyml_course.grading.class_report import class_report, misconceptions, task_scores
from tinyml_course.grading.feedback import feedback
from tinyml_course.grading.gradebook import Gradebook, to_csv

EXERCISES = (exercise("01_first", 2, 2), exercise("02_second", 3))
GRADED = (
    graded("ada", "01_first", result("01.1", 2), result("01.2", 0, misconception="bits for bytes")),
    graded("=bob", "01_first", result("01.1", 0), result("01.2", 0)),
)
STUDENTS = ("ada", "=bob", "zoe, the last")


def read(tmp_path, *lines, head="student,task,points,reason"):
    path = tmp_path / "book.adjustments.csv"
    path.write_bytes("\r\n".join((head, *lines)).encode("utf-8-sig"))
    return read_adjustments(path, EXERCISES, STUDENTS, {"03"})


def book(*adjustments):
    return Gradebook(EXERCISES, tuple(adjusted(GRADED, EXERCISES, adjustments)), {"zoe, the last": ""})


def points(made):
    return {student: made.points(student) for student in made.rows}


def test_a_file_is_read_as_spreadsheets_write_it(tmp_path):
    expected = (Adjustment("ada", "01.2", 1, "Half, of it"), Adjustment("zoe, the last", "02", 3, "Oral exam"))
    commas = read(
        tmp_path, 'ada,01.2,1,"Half, of it"', "", '"zoe, the last",02,3, Oral exam', ",,,", "ada,03.1,9,not now"
    )
    assert commas == expected
    semicolons = read(
        tmp_path, "ada;01.2;1;Half, of it", "zoe, the last;02;3;Oral exam", head="student;task;points;reason"
    )
    assert semicolons == expected


def test_a_name_is_known_as_the_gradebook_shows_it(tmp_path):
    assert [one.student for one in read(tmp_path, "'=bob,01.1,1,x", "=bob,01.2,1,x")] == ["=bob", "=bob"]


ALIKE = ("ada", "ada ", "b  ob", "b\u200eob", "=x", "'=x")


@pytest.mark.parametrize("order", [ALIKE, ALIKE[::-1]])
def test_nobody_gets_the_points_of_somebody_who_looks_the_same(tmp_path, order):
    path = tmp_path / "book.adjustments.csv"
    for name in ("ada", "=x", "'=x"):
        path.write_text(f"student,task,points,reason\n{name},01.1,1,x\n", encoding="utf-8")
        assert [one.student for one in read_adjustments(path, EXERCISES, order)] == [name]
    path.write_text("student,task,points,reason\nb ob,01.1,1,x\n", encoding="utf-8")
    with pytest.raises(
        GradingError, match=r"line 2: 'b ob' may be 'b  ob', 'b\\u200eob'\. Write the name as its folder"
    ):
        read_adjustments(path, EXERCISES, order)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["ada,01.1," + "9" * 5000 + ",x"], "expected whole points from 0 to 2"),
        (["adda,01.1,1,x"], "line 2: nobody is called 'adda'. Did you mean 'ada'?"),
        (["xyz,01.1,1,x"], "line 2: nobody is called 'xyz'. Write names as in the gradebook."),
        (["ada,01.3,1,x"], "there is no task '01.3'. There are: 01, 01.1, 01.2, 02, 02.1"),
        (["ada,1.1,1,x"], "there is no task '1.1'"),
        (["ada,01.1,3,x"], "expected whole points from 0 to 2 for 01.1, got '3'"),
        (["ada,01.1,+1,x"], "got '+1'. They count instead of what the check gave; they are not added to it."),
        (["ada,01.1,-1,x"], "got '-1'"),
        (["ada,01.1,1.5,x"], "got '1.5'"),
        (["ada,01.1,²,x"], "got '²'"),
        (["ada,01,5,x"], "from 0 to 4 for 01, got '5'"),
        (["ada,01.1,1,"], "expected a reason, which the student reads; got none"),
        (["ada,01.1,1"], "line 2: expected 4 cells, got 3"),
        (["ada,01.1,1,x", "ada,01.1,2,y"], "line 3: 01.1 of 'ada' stands in an earlier line too"),
        (['ada,01.1,1,"x'], "Cannot read"),
    ],
)
def test_a_line_that_cannot_count_is_told(tmp_path, lines, message):
    with pytest.raises(GradingError) as told:
        read(tmp_path, *lines)
    assert message in str(told.value)


def test_other_files_are_told(tmp_path):
    for content in (b"", b"name,points\n", b"\xff\xfe", b"student,task\n"):
        (tmp_path / "x.csv").write_bytes(content)
        with pytest.raises(GradingError):
            read_adjustments(tmp_path / "x.csv", EXERCISES, STUDENTS)


def test_points_of_a_task_count_instead_of_the_checks():
    made = book(Adjustment("ada", "01.2", 1, "Half of it"))
    assert points(made) == {"=bob": [0, ""], "ada": [3, ""], "zoe, the last": ["", ""]}
    assert "ada,3,,3,7" in to_csv(made)
    assert [(one.objective, one.points) for one in task_scores(made)] == [("01.2", 1), ("01.1", 2)]
    page = feedback(made, "ada")
    assert "Set by hand: 1 instead of 0 points. Half of it. Another answer." in page
    assert "bits for bytes" in page and "set by hand" in page and "+1" in page


def test_full_points_by_hand_are_right():
    made = book(Adjustment("ada", "01.2", 2, "You were right"))
    assert points(made)["ada"] == [4, ""]
    assert misconceptions(made) == []
    page = feedback(made, "ada")
    assert page.count("✓ right</span> · 2 of 2 points") == 2
    assert page.count("Another answer.") == 1  # that of the other task


def test_a_whole_exercise_counts_after_its_tasks():
    made = book(Adjustment("ada", "01", 1, "Late by a week"), Adjustment("ada", "01.2", 2, "You were right"))
    assert points(made)["ada"] == [1, ""]
    page = feedback(made, "ada")
    assert "The whole exercise" in page and "−3 points" in page
    assert "Set by hand: 1 instead of 4 points. Late by a week" in page
    assert [one.objective for one in task_scores(made)] == ["01.1", "01.2"]


def test_who_handed_in_nothing_can_have_points():
    made = book(Adjustment("zoe, the last", "02", 3, "Oral exam"), Adjustment("zoe, the last", "01.1", 1, "On paper"))
    assert points(made)["zoe, the last"] == [1, 3]
    page = feedback(made, "zoe, the last")
    assert "Oral exam" in page and "1 of 4 points" in page and "Graded:" not in page
    assert "3 students, 2 notebooks" in class_report(made)


def test_a_failure_of_the_grader_stays_one():
    lost = graded("ada", "01_first", problems=("The grader failed, not the student: OSError",))
    assert adjusted([lost], EXERCISES, [Adjustment("ada", "01.2", 2, "You were right")]) == [lost]
    (whole,) = adjusted([lost], EXERCISES, [Adjustment("ada", "01", 3, "By hand")])
    assert whole.points == 3


def test_the_report_lists_what_was_set_by_hand():
    report = class_report(book(Adjustment("ada", "01.2", 1, "<b>Half"), Adjustment("=bob", "01", 4, "Oral exam")))
    assert "2 scores were set by hand" in report
    assert "&lt;b&gt;Half" in report and "Exercise 01" in report and "+4" in report


def test_nothing_changes_without_adjustments():
    assert adjusted(GRADED, EXERCISES, ()) == list(GRADED)
    same = adjusted(GRADED, EXERCISES, [Adjustment("ada", "01.1", 2, "As it was")])
    assert sum(one.points for one in same) == 2
