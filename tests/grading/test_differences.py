"""Where two long answers differ first."""

import numpy as np

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
