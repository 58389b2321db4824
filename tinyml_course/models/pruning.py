"""Magnitude pruning: the smallest weights become zero, a few more after every step, while the others train on.

Zhu and Gupta, "To prune, or not to prune", 2017: the sparsity grows along a cube, fast at first, when there is
much to spare. A zero costs as many stored bytes as any other weight. Only a code that makes zeros short saves any,
see :mod:`tinyml_course.models.coding`.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from tinyml_course.errors import InputError
from tinyml_course.graph import Array
from tinyml_course.models.training import kernels


def sparsity_at(progress: float, target: float) -> float:
    """Fraction of zeros after a share `progress` (0 to 1) of the pruning."""
    return target * (1.0 - (1.0 - min(max(progress, 0.0), 1.0)) ** 3)


def magnitude_mask(weights: Array, sparsity: float) -> Array:
    """Say which weights stay.

    Parameters
    ----------
    weights : ndarray
        Any shape.
    sparsity : float
        Fraction that goes, 0 to 1.

    Returns
    -------
    ndarray of bool, same shape
        False for the ``round(sparsity * size)`` weights of smallest magnitude; of equals, the first go.
    """
    order = np.argsort(np.abs(weights), axis=None, kind="stable")
    mask = np.ones(weights.size, bool)
    mask[order[: round(sparsity * weights.size)]] = False
    return mask.reshape(weights.shape)


class Pruning(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no type hints
    """Prune every kernel to the same sparsity while a model trains.

    Parameters
    ----------
    sparsity : float
        Fraction of zeros at the end, 0 to 1 (1 excluded).
    epochs : int
        Epochs until it is reached; the masks stay as they are from then on.
    """

    def __init__(self, sparsity: float, epochs: int) -> None:
        super().__init__()
        if not 0.0 <= sparsity < 1.0:
            raise InputError(f"The sparsity is a fraction of 0 to below 1, got {sparsity}.")
        self.sparsity, self.epochs = sparsity, epochs
        self.masks: list[Array] = []

    def on_train_begin(self, logs: Any = None) -> None:
        """Begin with all weights."""
        self.masks = [np.ones(kernel.shape, bool) for kernel in kernels(self.model)]

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Let more of the small weights go."""
        if epoch > self.epochs:
            return
        wanted = sparsity_at(epoch / self.epochs, self.sparsity)
        self.masks = [magnitude_mask(np.asarray(kernel), wanted) for kernel in kernels(self.model)]
        self._apply()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Hold the zeros: the optimizer's momentum would move them."""
        self._apply()

    def _apply(self) -> None:
        for kernel, mask in zip(kernels(self.model), self.masks, strict=True):
            kernel.assign(np.asarray(kernel) * mask)


class KeepZeros(Pruning):
    """Hold the zeros that a model has already, for example while it trains quantization-aware."""

    def __init__(self) -> None:
        super().__init__(0.0, 1)

    def on_train_begin(self, logs: Any = None) -> None:
        """Remember where the zeros are."""
        self.masks = [np.asarray(kernel) != 0 for kernel in kernels(self.model)]

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """The masks stay."""


def zero_fraction(model: Any) -> float:
    """Fraction of a model's kernel weights that are zero."""
    values = [np.asarray(kernel) for kernel in kernels(model)]
    return float(sum((v == 0).sum() for v in values) / max(1, sum(v.size for v in values)))
