"""Distillation: a small network learns from a large one's soft answers as well as from the labels.

::

    loss = weight * T**2 * KL(teacher at T || student at T) + (1 - weight) * cross-entropy(label, student)

At a temperature T the logits are divided by T before the softmax, so that the small probabilities, which say what
a digit nearly was, count too. Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network", 2015.
(Bonsai's own teacher is in :mod:`tinyml_course.models.distillation`.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from tinyml_course.errors import InputError
from tinyml_course.graph import Array
from tinyml_course.models.training import SMALLEST, fit_classifier, gives_probabilities, log_probabilities


def soften(logs: Array, temperature: float) -> Array:
    """Probabilities at a temperature.

    Parameters
    ----------
    logs : ndarray of shape (n, classes)
        Logits, or logarithms of probabilities: they differ by a constant, which drops out.
    temperature : float
        1 leaves the probabilities as they are.

    Returns
    -------
    ndarray of float32, same shape
    """
    raised = np.exp((logs - logs.max(axis=1, keepdims=True)) / temperature)
    probabilities: Array = raised / raised.sum(axis=1, keepdims=True)
    return probabilities.astype(np.float32)


def distillation_loss(
    temperature: float, weight: float, classes: int, *, from_logits: bool
) -> Callable[[Any, Any], Any]:
    """Return the loss above.

    It takes targets of shape (n, 2 * classes): the teacher's probabilities at the temperature, then the
    label's one-hot row; and the student's outputs of shape (n, classes).
    """

    def loss(targets: Any, outputs: Any) -> Any:
        teacher, label = targets[:, :classes], targets[:, classes:]
        logs = outputs if from_logits else ops.log(ops.maximum(outputs, SMALLEST))
        soft = ops.log_softmax(logs / temperature)
        divergence = ops.sum(teacher * (ops.log(teacher + SMALLEST) - soft), axis=-1)
        hard = -ops.sum(label * ops.log_softmax(logs), axis=-1)
        return weight * temperature**2 * divergence + (1.0 - weight) * hard

    return loss


def distill(
    student: Any,
    teacher: Any,
    x: Array,
    y: Array,
    *,
    validation_data: tuple[Array, Array],
    temperature: float = 4.0,
    weight: float = 0.5,
    **training: Any,
) -> float:
    """Train a student under a teacher.

    Parameters
    ----------
    student : keras.Model
        Changed in place. Ends in a softmax or in logits.
    teacher : keras.Model
        Trained already, with as many outputs.
    x : ndarray of shape (n, ...)
        Raw training data.
    y : ndarray of int, shape (n,)
        Class indices.
    validation_data : (x, y)
        Chooses the epoch, by the labels alone.
    temperature : float, default 4
        Above 0.
    weight : float, default 0.5
        Of the teacher, 0 to 1; 0 is ordinary training.
    **training
        Other arguments of :func:`~tinyml_course.models.training.fit_classifier`.

    Returns
    -------
    float
        Accuracy on the validation data.

    Raises
    ------
    InputError
        For a temperature or a weight out of range, or another number of outputs.
    """
    classes = int(student.outputs[0].shape[-1])
    if not temperature > 0 or not 0 <= weight <= 1:
        raise InputError(f"Expected a temperature above 0 and a weight of 0 to 1, got {temperature} and {weight}.")
    if teacher.outputs[0].shape[-1] != classes:
        raise InputError(f"The teacher has {teacher.outputs[0].shape[-1]} outputs, the student {classes}.")
    one_hot = keras.utils.to_categorical(y, classes)
    targets = np.concatenate([soften(log_probabilities(teacher, x), temperature), one_hot], axis=1)
    loss = distillation_loss(temperature, weight, classes, from_logits=not gives_probabilities(student))
    return fit_classifier(student, x, targets, validation_data=validation_data, loss=loss, **training)
