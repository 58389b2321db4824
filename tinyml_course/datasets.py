"""Data sets the lessons use. All of them are bundled or generated: nothing is downloaded here."""

from __future__ import annotations

import gzip
import io
from dataclasses import dataclass
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyml_course.errors import InputError

_DIGITS_COLUMNS = 65  # 64 pixels and the label
_DIGITS_TESTED = 540


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
    table = _digits_table()
    x, y = table[:, :-1].astype(np.uint8), table[:, -1]
    train, test = _digits_split(y, split_seed)
    return Dataset(
        x[train],
        y[train],
        x[test],
        y[test],
        image_shape=(8, 8),
        name="digits",
        source="scikit-learn load_digits: UCI optdigits, test part (Alpaydin and Kaynak, 1998), CC BY 4.0",
    )


def _digits_table() -> npt.NDArray[np.int64]:
    """Read the file that scikit-learn brings; importing scikit-learn would take ten times as long."""
    found = find_spec("sklearn")
    if found is None or found.origin is None:
        raise InputError("The digits are in the package scikit-learn, which is not installed: pip install scikit-learn")
    file = Path(found.origin).parent / "datasets" / "data" / "digits.csv.gz"
    with gzip.open(file, "rt", encoding="ascii") as text:
        values = np.fromstring(text.read().replace("\n", ","), np.int64, sep=",")
    return values.reshape(-1, _DIGITS_COLUMNS)


def _digits_split(labels: npt.NDArray[np.int64], seed: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Indices of the samples to train and to test with. Those of seed 0 are stored; others need scikit-learn."""
    if seed == 0:
        data = (resources.files("tinyml_course") / "digits_split.npy").read_bytes()
        order = np.load(io.BytesIO(data))
        return order[:-_DIGITS_TESTED], order[-_DIGITS_TESTED:]
    from sklearn.model_selection import train_test_split

    train, test = train_test_split(np.arange(len(labels)), test_size=0.3, stratify=labels, random_state=seed)
    return train, test
