"""Moved copies of images."""

from __future__ import annotations

import numpy as np
import pytest

from tinyml_course.models.augmentation import affine_copies

STILL = {"shift": 0.0, "rotate_degrees": 0.0, "scale": 0.0, "shear": 0.0}


def test_no_move_is_the_image_itself(digits):
    images = digits.x_train[:20].astype(np.float32)
    copies = affine_copies(images, (8, 8), np.random.default_rng(0), **STILL)
    np.testing.assert_allclose(copies, images, atol=1e-2)


def test_copies_stay_in_range_and_keep_most_of_their_ink(digits):
    images = digits.x_train[:200].astype(np.float32)
    copies = affine_copies(images, (8, 8), np.random.default_rng(0))
    assert copies.shape == images.shape
    assert copies.dtype == np.float32
    assert copies.min() >= 0
    assert copies.max() <= 16
    assert copies.sum() == pytest.approx(images.sum(), rel=0.05)


def test_images_need_not_be_square():
    image = np.zeros((1, 12), np.float32)
    image[0, 5] = 1.0
    copy = affine_copies(image, (3, 4), np.random.default_rng(0), **STILL)
    np.testing.assert_allclose(copy, image, atol=1e-2)


def test_a_shift_moves_pixels():
    image = np.zeros((1, 64), np.float32)
    image[0, 27] = 1.0
    copy = affine_copies(image, (8, 8), np.random.default_rng(3), **{**STILL, "shift": 1.0})
    assert copy.argmax() in {18, 19, 20, 26, 27, 28, 34, 35, 36}
    assert not np.allclose(copy, image)
