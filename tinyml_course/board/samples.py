"""Samples and labels as a sketch takes them; what is wrong with them is said before a board is touched."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tinyml_course.errors import InputError
from tinyml_course.export.sketch import Sketch
from tinyml_course.graph import InputContract


def checked_samples(sketch: Sketch, x: npt.ArrayLike, verb: str) -> npt.NDArray[Any]:
    """Return `x` as a batch of flat samples, shape (n, size), of the sketch's input type.

    Parameters
    ----------
    sketch : Sketch
        What takes them.
    x : ndarray of the sketch's input type, shape (n, size) or (n, ...) with that size
        At least one sample. Nothing is cast.
    verb : str
        Name of the function that was called, for the message.

    Raises
    ------
    InputError
        If type, shape or range are not what the sketch takes.
    """
    batch = np.asarray(x)
    if batch.ndim and not len(batch):
        raise InputError(f"{verb} needs at least one sample, got an empty batch.")
    if batch.ndim > 2 and batch[0].size == sketch.input_size:
        batch = batch.reshape(len(batch), sketch.input_size)
    contract = InputContract(
        np.dtype(sketch.input_dtype), (sketch.input_size,), sketch.input_minimum, sketch.input_maximum
    )
    return contract.check(batch)


def class_indices(sketch: Sketch, y: npt.ArrayLike, count: int) -> npt.NDArray[np.int64]:
    """Return the class index of each label.

    Parameters
    ----------
    sketch : Sketch
        Its ``labels`` say which label has which index; without labels, `y` holds indices.
    y : array_like of shape (count,)
        Labels.
    count : int
        Number of samples.

    Returns
    -------
    ndarray of int64, shape (count,)

    Raises
    ------
    InputError
        If there are more or fewer labels than samples, or one is none of the sketch's.
    """
    labels = np.asarray(y)
    if labels.shape != (count,):
        raise InputError(f"Expected {count} labels y, one for each sample, got an array of shape {labels.shape}.")
    known = sketch.labels or tuple(range(sketch.output_size))
    places = {label: index for index, label in enumerate(known)}
    missing = [label for label in labels.tolist() if label not in places]
    if missing:
        shown = ", ".join(map(str, known[:12])) + (", ..." if len(known) > 12 else "")
        raise InputError(f"The label {missing[0]!r} is none of the sketch's {len(known)}: {shown}.")
    return np.array([places[label] for label in labels.tolist()], np.int64)
