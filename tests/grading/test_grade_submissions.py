"""Finding what was handed in: layouts, whose it is, and that nothing is passed over silently."""

import zipfile
from pathlib import PurePosixPath

import pytest

from tinyml_course.errors import GradingError
from tinyml_course.grading.layouts import known_by, number_of, student_of
from tinyml_course.grading.submissions import PassedOver, find_submissions, look_over

EXERCISES = ["01_first", "04_second"]
NO_NUMBER = "its name begins with no exercise's number"


def lay(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}", encoding="utf-8")
    return folder


def found(handed_in):
    return [(one.student, one.exercise, one.source) for one in handed_in.submissions]


def pack(path, *names):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "{}")
    return path


@pytest.mark.parametrize(
    ("path", "student", "own"),
    [
        ("ada/01_first.ipynb", "ada", "01_first.ipynb"),
        ("ada/deep/er/01_first.ipynb", "ada", "01_first.ipynb"),
        ("Ada L_4711_assignsubmission_file_/01.ipynb", "Ada L (4711)", "01.ipynb"),
        ("Ada L_4711_assignsubmission_file/01.ipynb", "Ada L (4711)", "01.ipynb"),
        ("Ada L_4711_assignsubmission_file_01.ipynb", "Ada L (4711)", "01.ipynb"),
        ("Participant_4711_assignsubmission_file_/01.ipynb", "Participant (4711)", "01.ipynb"),
        ("lovelaceada_4711_90210_01_first.ipynb", "lovelaceada (4711)", "01_first.ipynb"),
        ("lovelaceada_LATE_4711_90210_01_first-2.ipynb", "lovelaceada (4711)", "01_first-2.ipynb"),
        ("ada/bob_4711_90210_01_first.ipynb", "ada", "bob_4711_90210_01_first.ipynb"),
        ("01_first.ipynb", "", "01_first.ipynb"),
        ("01_2_3.ipynb", "", "01_2_3.ipynb"),
    ],
)
def test_who_handed_in_a_file(path, student, own):
    assert student_of(PurePosixPath(path)) == (student, own)


def test_systems_know_their_students_and_take_feedback_back():
    moodle = known_by("Ada L_4711_assignsubmission_file_/01.ipynb")
    assert (moodle.system, moodle.name, moodle.number) == ("moodle", "Ada L", "4711")
    assert moodle.answer == "Ada L_4711_assignfeedback_file_/feedback.html"
    canvas = known_by("lovelaceada_LATE_4711_90210_01_first.ipynb")
    assert (canvas.system, canvas.name, canvas.number) == ("canvas", "lovelaceada", "4711")
    assert canvas.answer == "lovelaceada_4711_90210_feedback.html"
    assert known_by("ada/01_first.ipynb") is None


@pytest.mark.parametrize(
    ("path", "student"),
    [
        ("Mallory_1_assignsubmission_file_/Ada_2_assignsubmission_file_/01_first.ipynb", "Mallory (1)"),
        ("Mallory_1_assignsubmission_file_Ada_2_assignsubmission_file_01_first.ipynb", "Mallory (1)"),
        ("Mallory_1_assignsubmission_file_/ada_2_3_01_first.ipynb", "Mallory (1)"),
        ("mallory_1_2_ada_3_4_01_first.ipynb", "mallory (1)"),
        ("mallory_LATE_1_2_ada_3_4_01_first.ipynb", "mallory (1)"),
        ("mallory/ada_2_3_01_first.ipynb", "mallory"),
        ("..\\..\\x_1_assignsubmission_file_/01_first.ipynb", "..\\..\\x_1_assignsubmission_file_"),
        ("a\nb_1_assignsubmission_file_/01_first.ipynb", "a\nb_1_assignsubmission_file_"),
    ],
)
def test_nobody_hands_in_for_somebody_else(path, student):
    assert student_of(PurePosixPath(path))[0] == student


def test_numbers():
    assert [number_of(name) for name in ("01_x", "010_x", "1_x", "x01", "04", "")] == ["01", "", "", "", "04", ""]


def test_what_is_passed_over_is_told_and_who_handed_in_nothing(tmp_path):
    place = lay(
        tmp_path, "ada/01_first.ipynb", "ada/01_first-Copy1.ipynb", "bob/homework.ipynb", "zoe/04_b.ipynb",
        "zoe/04_a.ipynb", "zoe/09_x.ipynb", "01_first.ipynb", "ada/.ipynb_checkpoints/01_first.ipynb", ".git/x",
        "eve/notes.txt",
    )  # fmt: skip
    handed_in = look_over(place, EXERCISES)
    assert found(handed_in) == [
        ("ada", "01_first", "ada/01_first.ipynb"), ("zoe", "04_second", "zoe/04_b.ipynb"),
    ]  # fmt: skip
    assert handed_in.passed_over == (
        PassedOver("", "01_first.ipynb", "it lies in no student's folder"),
        PassedOver("ada", "ada/01_first-Copy1.ipynb", "01_first.ipynb counts"),
        PassedOver("bob", "bob/homework.ipynb", NO_NUMBER),
        PassedOver("zoe", "zoe/04_a.ipynb", "04_b.ipynb counts"),
        PassedOver("zoe", "zoe/09_x.ipynb", NO_NUMBER),
    )
    assert handed_in.without == {"bob": "bob/homework.ipynb", "eve": ""}
    assert find_submissions(place, EXERCISES) == list(handed_in.submissions)


def test_exercises_that_are_not_asked_for_are_nothing_to_tell_of(tmp_path):
    place = lay(tmp_path, "ada/01_first.ipynb", "bob/04_second.ipynb", "bob/x.ipynb")
    handed_in = look_over(place, EXERCISES[:1], EXERCISES)
    assert handed_in.passed_over == (PassedOver("bob", "bob/x.ipynb", NO_NUMBER),)
    assert list(handed_in.without) == ["bob"]


def test_nbgraders_folder(tmp_path):
    place = lay(
        tmp_path, "submitted/ada/ps1/01_first.ipynb", "submitted/eve/ps1/timestamp.txt", "source/ps1/01_first.ipynb"
    )
    handed_in = look_over(place, EXERCISES)
    assert found(handed_in) == [("ada", "01_first", "submitted/ada/ps1/01_first.ipynb")]
    assert (handed_in.passed_over, handed_in.without) == ((), {"eve": ""})


def test_moodles_zip_and_its_folder(tmp_path):
    names = (
        "Ada L_1_assignsubmission_file_/01_first.ipynb", "Bob_2_assignsubmission_file_01_first.ipynb",
        "Zoe_3_assignsubmission_file_/homework.ipynb",
    )  # fmt: skip
    packed = look_over(
        pack(tmp_path / "x.zip", *names, "Eve_4_assignsubmission_onlinetext_/onlinetext.html"), EXERCISES
    )
    assert [one[0] for one in found(packed)] == ["Ada L (1)", "Bob (2)"]
    assert packed.without == {"Zoe (3)": names[2]}
    folder = lay(tmp_path / "unpacked", *names, "Eve_4_assignsubmission_onlinetext_/onlinetext.html")
    unpacked = look_over(folder, EXERCISES)
    assert found(unpacked) == found(packed)
    assert unpacked.without == packed.without


def test_canvass_zip_and_its_folder(tmp_path):
    names = ("bobby_LATE_12_99_01_first-1.ipynb", "lovelaceada_11_98_01_first.ipynb", "zoe_13_97_homework.ipynb")
    for place in (pack(tmp_path / "x.zip", *names), lay(tmp_path / "unpacked", *names)):
        handed_in = look_over(place, EXERCISES)
        assert [one[0] for one in found(handed_in)] == ["bobby (12)", "lovelaceada (11)"]
        assert handed_in.without == {"zoe (13)": names[2]}
        assert [one.why for one in handed_in.passed_over] == [NO_NUMBER]


def test_a_place_without_notebooks_is_told(tmp_path):
    lay(tmp_path, "ada/homework.ipynb")
    with pytest.raises(GradingError, match="holds no notebook of 01_first, 04_second.* Other notebooks there: 1"):
        look_over(tmp_path, EXERCISES)
