"""What a Keras model and its data must be before TensorFlow's converter sees them."""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np

from tinyml_course.convert.bonsai import contract_of
from tinyml_course.errors import ConversionError
from tinyml_course.graph import Array, InputContract


def is_keras_model(model: Any) -> bool:
    """Tell whether `model` is a Keras 3 model, without importing Keras."""
    keras = sys.modules.get("keras")
    return keras is not None and isinstance(model, keras.Model)


def check_model(model: Any) -> tuple[int, ...]:
    """Return the shape of one input sample of a Keras model.

    Raises
    ------
    ConversionError
        If the model is not built, has several inputs or outputs, has a shape that is not fixed, takes other than
        float32, or has weights that are no numbers; or if Keras runs on another engine than TensorFlow.
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        raise ConversionError(
            f"Keras runs on {keras.backend.backend()}, but the converter is TensorFlow's. Set the environment variable "
            "KERAS_BACKEND=tensorflow before Python starts; a saved .keras file loads there too."
        )
    if not model.built or not getattr(model, "inputs", None):
        raise ConversionError(
            f"The Keras model {model.name!r} is not built: its input shape is not known. Begin a Sequential with "
            "keras.Input(shape), or wrap a subclassed model: x = keras.Input(shape); keras.Model(x, model(x))."
        )
    for what, tensors in (("input", model.inputs), ("output", model.outputs)):
        if len(tensors) != 1:
            raise ConversionError(f"Expected a Keras model with one {what}, {model.name!r} has {len(tensors)}.")
    _check_tensor(model.inputs[0], "input")
    _check_tensor(model.outputs[0], "output")
    for weight in model.weights:
        if not np.isfinite(np.asarray(weight, np.float64)).all():
            raise ConversionError(f"The weights {weight.path!r} are NaN or infinite: the training diverged.")
    return tuple(model.inputs[0].shape[1:])


def _check_tensor(tensor: Any, what: str) -> None:
    batch, *shape = tensor.shape
    if not shape or any(length is None for length in shape):
        raise ConversionError(
            f"The {what} has the shape {tuple(tensor.shape)}: a board needs every length but the batch's fixed. "
            "Give them, for example keras.Input((28, 28, 1))."
        )
    if batch not in {None, 1}:
        raise ConversionError(f"The {what} has a fixed batch of {batch}; a board computes one sample at a time.")
    if tensor.dtype != "float32":
        raise ConversionError(
            f"The {what} is {tensor.dtype}; expected float32. Raw integers become float32 before the model: "
            "keras.Input(shape) without a dtype takes them."
        )


def check_data(representative: Array, shape: tuple[int, ...]) -> tuple[InputContract, Array]:
    """Return the input contract of raw data, and the data as the model takes them.

    Parameters
    ----------
    representative : ndarray of shape (n, ...)
        Raw values. A sample has the model's shape, but for axes of length 1, or is flat.
    shape : tuple of int
        Of one input sample of the model.

    Returns
    -------
    InputContract, ndarray of float32 of shape (n, *shape)

    Raises
    ------
    ConversionError
        For another shape, no samples, NaN, or a dtype that a board's program cannot take.
    """
    contract = contract_of(representative)
    given = tuple(length for length in contract.shape if length > 1)
    if given not in {tuple(length for length in shape if length > 1), (math.prod(shape),)}:
        raise ConversionError(
            f"The model takes samples of shape {shape}; the representative data has samples of shape {contract.shape}. "
            f"Reshape it, for example x.reshape(-1, {', '.join(map(str, shape))})."
        )
    return contract, representative.reshape(-1, *shape).astype(np.float32)


def check_labels(labels: Array, samples: int, outputs: int) -> Array:
    """Return validation labels as class indices.

    Raises
    ------
    ConversionError
        If there is not one label for each sample, or a label is no output's index.
    """
    y = np.asarray(labels)
    classes = max(outputs, 2)
    if y.shape != (samples,):
        raise ConversionError(f"Expected one label for each of {samples} validation samples, got shape {y.shape}.")
    if y.dtype.kind not in "iub" or (y.size and not 0 <= int(y.min()) <= int(y.max()) < classes):
        raise ConversionError(
            f"Expected validation labels as integers from 0 to {classes - 1}, got {np.unique(y)[:12]}."
        )
    return y.astype(np.int64)
