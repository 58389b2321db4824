"""The digits and their split."""

from __future__ import annotations

import subprocess
import sys

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
    for seed in (0, 1):
        expected = train_test_split(x, y, test_size=0.3, stratify=y, random_state=seed)
        ours = digits if seed == 0 else tc.load_digits(split_seed=seed)
        for one, other in zip((ours.x_train, ours.x_test, ours.y_train, ours.y_test), expected, strict=True):
            np.testing.assert_array_equal(one, other)


def test_digits_need_no_import_of_scikit_learn():
    code = "import sys, tinyml_course as tc; tc.load_digits(); print('sklearn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_other_splits_differ(digits):
    other = tc.load_digits(split_seed=1)
    assert not np.array_equal(other.y_test, digits.y_test)
    assert np.bincount(other.y_test).tolist() == np.bincount(digits.y_test).tolist()
