"""Data sets the lessons use. All of them are bundled or generated: nothing is downloaded here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Dataset:
    """A data set that is split already.

    Parameters
    ----------
    x_train, x_test : ndarray of shape (n, features)
        One sample a row.
    y_train, y_test : ndarray of shape (n,), int64
        Labels.
    image_shape : tuple of int or None
        Height and width, when a sample is an image stored row by row.
    name, source : str
        What it is and where it comes from.
    """

    x_train: npt.NDArray[Any]
    y_train: npt.NDArray[np.int64]
    x_test: npt.NDArray[Any]
    y_test: npt.NDArray[np.int64]
    image_shape: tuple[int, int] | None
    name: str
    source: str


def load_digits(*, split_seed: int = 0) -> Dataset:
    """Handwritten digits, 8 x 8 pixels of 0 to 16, from scikit-learn.

    Parameters
    ----------
    split_seed : int, default 0
        ``random_state`` of the stratified 70/30 split. The course uses 0 everywhere; the benchmarks
        repeat their figures over 0 to 4.

    Returns
    -------
    Dataset
        ``x`` of shape (n, 64), uint8, 0 to 16; ``y`` of shape (n,), int64; 1,257 samples to train with
        and 540 to test with.

    Notes
    -----
    These 1,797 images are the *test* file of the UCI data set "Optical Recognition of Handwritten
    Digits" (Alpaydin and Kaynak, 1998). So never train on them and test on that file.
    """
    from sklearn.datasets import load_digits as sklearn_digits
    from sklearn.model_selection import train_test_split

    pixels, labels = sklearn_digits(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(
        pixels.astype(np.uint8), labels.astype(np.int64), test_size=0.3, stratify=labels, random_state=split_seed
    )
    return Dataset(
        x_train,
        y_train,
        x_test,
        y_test,
        image_shape=(8, 8),
        name="digits",
        source="scikit-learn load_digits: UCI optdigits, test part (Alpaydin and Kaynak, 1998), CC BY 4.0",
    )
