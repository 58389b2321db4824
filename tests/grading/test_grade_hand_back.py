"""Feedback in the form in which Moodle and Canvas take it back."""

import io
import zipfile

import pytest
from graded import exercise, graded, result

from tinyml_course.grading.gradebook import Gradebook
from tinyml_course.grading.hand_back import hand_back

SOURCES = {"moodle": "Ada L_11_assignsubmission_file_/01.ipynb", "canvas": "lovelaceada_11_98_01.ipynb"}
MEMBERS = {"moodle": "Ada L_11_assignfeedback_file_/feedback.html", "canvas": "lovelaceada_11_98_feedback.html"}


def book(source, without=""):
    rows = (graded("ada", "01_first", result("01.1", 2), source=source), graded("bob", "01_first", result("01.1", 0)))
    return Gradebook((exercise("01_first", 2),), rows, {"zoe": without})


@pytest.mark.parametrize("system", ["moodle", "canvas"])
def test_every_student_whom_the_system_knows_gets_the_page(system):
    packed = hand_back(book(SOURCES[system]), system, "page of {}".format)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {MEMBERS[system]: b"page of ada"}
    assert packed == hand_back(book(SOURCES[system]), system, "page of {}".format)


def test_who_handed_in_nothing_that_counts_gets_one_too():
    packed = hand_back(book("x", "Zoe_12_assignsubmission_file_/homework.ipynb"), "moodle", str)
    assert zipfile.ZipFile(io.BytesIO(packed)).namelist() == ["Zoe_12_assignfeedback_file_/feedback.html"]


def test_folders_of_the_instructors_own_go_back_by_hand():
    assert hand_back(book("ada/01.ipynb"), "moodle", str) is None
    assert hand_back(book(SOURCES["moodle"]), "canvas", str) is None
