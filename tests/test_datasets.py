"""The digits and their split."""

from __future__ import annotations

import numpy as np

import tinyml_course as tc


def test_digits_are_what_the_course_says(digits):
    assert digits.x_train.shape == (1257, 64)
    assert digits.x_test.shape == (540, 64)
    assert digits.x_train.dtype == digits.x_test.dtype == np.uint8
    assert digits.y_train.dtype == digits.y_test.dtype == np.int64
    assert (digits.x_train.min(), digits.x_train.max()) == (0, 16)
    assert digits.image_shape == (8, 8)


def test_the_split_is_scikit_learns(digits):
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    x, y = load_digits(return_X_y=True)
    _, x_test, _, y_test = train_test_split(x, y, test_size=0.3, stratify=y, random_state=0)
    np.testing.assert_array_equal(digits.x_test, x_test)
    np.testing.assert_array_equal(digits.y_test, y_test)


def test_other_splits_differ(digits):
    other = tc.load_digits(split_seed=1)
    assert not np.array_equal(other.y_test, digits.y_test)
    assert np.bincount(other.y_test).tolist() == np.bincount(digits.y_test).tolist()
