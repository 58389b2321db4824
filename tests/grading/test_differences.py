"""Where two long answers differ first, and what is shown of an answer."""

import numpy as np
from lessons import judge

from tinyml_course.grading.differences import first_difference
from tinyml_course.grading.values import plain


def difference(expected, got, tolerance=0.0):
    return first_difference(plain(expected), plain(got), tolerance)


def test_the_first_place_is_named():
    right = np.arange(1000, 1060).reshape(5, 12)
    wrong = right.copy()
    wrong[3, 7] = wrong[4, 0] = -5
    assert difference(right, wrong) == "at [3, 7] you gave -5, expected 1,043"
    assert difference(right, wrong.tolist()) == "at [3, 7] you gave -5, expected 1,043"


def test_what_is_shown_whole_needs_no_place():
    assert difference([1, 2, 3], [1, 2, 4]) == ""
    assert difference(1, 2) == ""


def test_other_shapes_have_no_place():
    long = list(range(1000, 1050))
    assert difference(long, long[:-1]) == ""
    assert difference(long, "x" * 100) == ""
    assert difference(long, [*long[:-1], [1, 2]]) == "at [49] you gave (1, 2), expected 1,049"


def test_what_is_near_enough_is_no_difference():
    long = [float(k) for k in range(1000, 1050)]
    near = [*(one * (1 + 1e-9) for one in long[:-1]), 5.0]
    assert difference(long, near, 1e-6) == "at [49] you gave 5, expected 1,049"


def test_the_item_that_is_wrong_is_shown_alone():
    message = judge("04.1", lambda low, high: (9, -128)).message
    assert "for low=-1, high=3 you gave 9, expected 0.0156863 (the scale)." in message
    assert "you gave 9, expected (0.0156863, -64) (the scale)." in judge("04.1", lambda low, high: 9).message


def test_an_error_is_told_with_enough_of_its_text():
    message = judge("10.1", lambda x, Z, bias_input, shift: Z @ x).message
    assert "your function stopped with ValueError: matmul: " in message
    assert "(size 2 is different from 3), expected (" in message


def test_an_error_without_a_text_has_no_colon():
    def stops(low, high):
        raise KeyError

    assert "your function stopped with KeyError, expected 0.0156863 (the scale)." in judge("04.1", stops).message
