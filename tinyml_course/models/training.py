"""Training a small Keras classifier: seeded, quiet, and the best epoch on validation data is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from tinyml_course.errors import InputError
from tinyml_course.graph import Array

#: Smallest probability whose logarithm is taken.
SMALLEST = 1e-7


def kernels(model: Any) -> list[Any]:
    """Return the weight matrices of all layers: what pruning and clustering work on. Biases are left out."""
    return [weight for weight in model.trainable_weights if weight.name.endswith("kernel")]


def gives_probabilities(model: Any) -> bool:
    """Tell whether a model ends in a softmax; otherwise its outputs are taken for logits."""
    last = model.layers[-1]
    activation = getattr(last, "activation", None)
    return isinstance(last, keras.layers.Softmax) or activation is keras.activations.softmax


def as_input(model: Any, x: Array) -> Array:
    """Return raw values as the model takes them: float32, in its input's shape."""
    return np.asarray(x).reshape(-1, *model.inputs[0].shape[1:]).astype(np.float32)


def log_probabilities(model: Any, x: Array) -> Array:
    """Logarithms of a model's class probabilities for raw values; float32, shape (n, classes)."""
    outputs = np.asarray(model.predict_on_batch(as_input(model, x)), np.float64)
    if gives_probabilities(model):
        outputs = np.log(np.maximum(outputs, SMALLEST))
    outputs -= outputs.max(axis=1, keepdims=True)
    logs: Array = outputs - np.log(np.exp(outputs).sum(axis=1, keepdims=True))
    return logs.astype(np.float32)


def accuracy(model: Any, x: Array, y: Array) -> float:
    """Fraction of samples whose largest output is their label's."""
    return float((log_probabilities(model, x).argmax(axis=1) == np.asarray(y)).mean())


def log_loss(model: Any, x: Array, y: Array) -> float:
    """Mean cross-entropy in nats; smoother than the accuracy on few samples."""
    return float(-log_probabilities(model, x)[np.arange(len(y)), np.asarray(y)].mean())


class KeepBest(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no type hints
    """Leave the model as it was after the epoch with the lowest validation loss.

    Parameters
    ----------
    x, y : ndarray
        Validation samples and class indices.
    first_epoch : int, default 0
        Earlier epochs do not count, for example because pruning has not reached its goal yet.
    """

    def __init__(self, x: Array, y: Array, first_epoch: int = 0) -> None:
        super().__init__()
        self.x, self.y, self.first_epoch = x, y, first_epoch
        self.best, self.weights = np.inf, None

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Keep the weights if they are the best so far."""
        if epoch < self.first_epoch:
            return
        loss = log_loss(self.model, self.x, self.y)
        if loss < self.best:
            self.best, self.weights = loss, self.model.get_weights()

    def on_train_end(self, logs: Any = None) -> None:
        """Go back to the best epoch."""
        if self.weights is not None:
            self.model.set_weights(self.weights)


def fit_classifier(
    model: Any,
    x: Array,
    y: Array,
    *,
    validation_data: tuple[Array, Array],
    epochs: int = 30,
    learning_rate: float = 2e-3,
    batch_size: int = 32,
    seed: int = 0,
    callbacks: Sequence[Any] = (),
    first_epoch: int = 0,
    loss: Callable[[Any, Any], Any] | None = None,
) -> float:
    """Train a classifier with Adam; the learning rate falls to zero along half a cosine.

    Parameters
    ----------
    model : keras.Model
        Ends in a softmax or in logits; it is changed in place.
    x : ndarray of shape (n, ...)
        Raw values; they become float32 in the model's input shape.
    y : ndarray of shape (n,)
        Class indices; or the targets that `loss` takes, one row for each sample.
    validation_data : (x, y)
        Raw values and class indices that choose the epoch. Never the test data.
    epochs, learning_rate, batch_size
        How long and how.
    seed : int
        Of the order of samples and of dropout.
    callbacks : sequence of keras.callbacks.Callback
        For example :class:`~tinyml_course.models.pruning.Pruning`.
    first_epoch : int, default 0
        The first epoch that may be chosen.
    loss : callable, optional
        By default the cross-entropy with class indices.

    Returns
    -------
    float
        Accuracy on the validation data.

    Raises
    ------
    InputError
        If samples and labels do not match in number, or no epoch may be chosen.
    """
    if len(x) != len(y) or not len(x):
        raise InputError(f"Expected one label for each sample, got {len(x)} samples and {len(y)} labels.")
    if not 0 <= first_epoch < epochs:
        raise InputError(f"first_epoch must be one of 0 ... {epochs - 1}, got {first_epoch}.")
    keras.utils.set_random_seed(seed)
    steps = epochs * -(-len(x) // batch_size)
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(learning_rate, steps)),
        loss or keras.losses.SparseCategoricalCrossentropy(from_logits=not gives_probabilities(model)),
        jit_compile=False,  # compiling takes longer than such a training
    )
    keep = KeepBest(*validation_data, first_epoch)
    model.fit(as_input(model, x), y, batch_size, epochs, verbose=0, callbacks=[*callbacks, keep])
    return accuracy(model, *validation_data)
