"""The integer weights of a trained Bonsai, and what they say about a sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinyml_course.graph import Array


@dataclass(frozen=True)
class QuantizedMatrix:
    """Integer weights and the real step of one integer.

    Parameters
    ----------
    values : ndarray of int64
        Integers, symmetric around zero.
    scale : float
        ``real = scale * integer``.
    """

    values: Array
    scale: float


Weights = dict[str, QuantizedMatrix]


def hard_scores(weights: Weights, codes: Array) -> Array:
    """Scores along the one hard path, in real arithmetic.

    Parameters
    ----------
    weights : dict of str to QuantizedMatrix
        ``Z`` (D̂, 1 + D) with the bias column first, ``W`` and ``V`` (K, C, D̂), ``theta`` (I, D̂).
    codes : ndarray of float, shape (n, D)
        Codes divided by the code of one.

    Returns
    -------
    ndarray of float, shape (n, C)
    """
    Z, W, V, theta = (weights[name].values * weights[name].scale for name in ("Z", "W", "V", "theta"))
    z = codes @ Z[:, 1:].T + Z[:, 0]
    goes_left = z @ theta.T > 0
    rows, node = np.arange(len(z)), np.zeros(len(z), dtype=np.int64)
    scores = np.zeros((len(z), W.shape[1]))
    while True:
        scores += np.einsum("nd,ncd->nc", z, W[node]) * np.clip(np.einsum("nd,ncd->nc", z, V[node]), -1, 1)
        if node.max() >= len(theta):
            return scores
        node = np.where(goes_left[rows, node], 2 * node + 1, 2 * node + 2)


def accuracy(weights: Weights, codes: Array, labels: Array) -> float:
    """Fraction of samples whose largest score is their label's."""
    return float((hard_scores(weights, codes).argmax(axis=1) == labels).mean())


def log_loss(weights: Weights, codes: Array, labels: Array) -> float:
    """Mean cross-entropy of the scores, in nats; smoother than the accuracy on few samples."""
    scores = hard_scores(weights, codes)
    scores -= scores.max(axis=1, keepdims=True)
    return float((np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(len(labels)), labels]).mean())


def standard_error(fraction: float, samples: int) -> float:
    """Return the standard error of an accuracy that was measured on so many samples."""
    return float(np.sqrt(max(fraction * (1 - fraction), 0.0) / samples))
