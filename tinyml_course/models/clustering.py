"""Weight clustering: a layer's weights share a few values, so an index of a few bits stands for each.

16 values need 4 bits a weight and a table of 16. Han, Mao and Dally, "Deep Compression", ICLR 2016: the values
start evenly spread between the smallest and the largest weight, which keeps the few large ones that matter most.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from tinyml_course.errors import InputError
from tinyml_course.graph import Array
from tinyml_course.models.training import kernels

#: Rounds of Lloyd's algorithm, at most; it ends when no weight changes its centroid.
ROUNDS = 100


def nearest(values: Array, centroids: Array) -> Array:
    """Index of the nearest of sorted `centroids` for each value; int64, same shape as `values`."""
    return np.searchsorted((centroids[1:] + centroids[:-1]) / 2, values)


def cluster(values: Array, count: int) -> Array:
    """Return the `count` centroids that Lloyd's algorithm (k-means) finds, sorted.

    Parameters
    ----------
    values : ndarray
        Any shape.
    count : int
        How many; fewer come back if there are fewer different values.
    """
    flat = np.asarray(values, np.float64).ravel()
    different = np.unique(flat)
    if len(different) <= count:
        return different
    centroids = np.linspace(different[0], different[-1], count)
    for _ in range(ROUNDS):
        moved = _means(flat, nearest(flat, centroids), centroids)
        if np.array_equal(moved, centroids):
            break
        centroids = moved
    return centroids


def _means(flat: Array, indices: Array, centroids: Array) -> Array:
    """Mean of each cluster; a cluster that is empty stays where it was."""
    sums, sizes = (np.bincount(indices, weights, len(centroids)) for weights in (flat, None))
    return np.where(sizes > 0, sums / np.maximum(sizes, 1), centroids)


class Clustering(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no type hints
    """Hold every kernel's weights on shared values while a model trains on.

    After each step, every value moves to the mean of its weights: it follows their summed gradients.

    Parameters
    ----------
    count : int, default 16
        Values for each kernel. Zeros of a pruned model stay zero and count as one of them.
    """

    def __init__(self, count: int = 16) -> None:
        super().__init__()
        if count < 2:
            raise InputError(f"Weights need at least 2 shared values, got {count}.")
        self.count = count
        self._indices: list[Array] = []
        self._zeros: list[Array] = []

    def on_train_begin(self, logs: Any = None) -> None:
        """Give each weight its cluster."""
        self._indices, self._zeros = [], []
        for kernel in kernels(self.model):
            weights = np.asarray(kernel, np.float64)
            zeros = weights == 0
            centroids = cluster(weights[~zeros], self.count - 1 if zeros.any() else self.count)
            self._indices.append(nearest(weights, centroids))
            self._zeros.append(zeros)
        self._share()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Let each value follow its weights."""
        self._share()

    def _share(self) -> None:
        for kernel, indices, zeros in zip(kernels(self.model), self._indices, self._zeros, strict=True):
            weights = np.asarray(kernel, np.float64)
            means = _means(weights[~zeros], indices[~zeros], np.zeros(self.count))
            kernel.assign(np.where(zeros, 0.0, means[indices]).astype(np.float32))


def shared_values(model: Any) -> list[int]:
    """Return how many different values each kernel has."""
    return [len(np.unique(np.asarray(kernel))) for kernel in kernels(model)]
