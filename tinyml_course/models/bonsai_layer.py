"""Bonsai as a Keras layer: a small tree whose nodes all look at the same few projected features.

Kumar, Goyal and Varma, "Resource-efficient Machine Learning in 2 KB RAM for the Internet of Things",
ICML 2017, section 3. Shapes: D input features, D̂ projected features, C classes, K nodes, I inner nodes.

::

    z       = Z [1, x]                                   projection, D̂ numbers
    score_c = sum over nodes k of  I_k · (W_k z)_c · tanh((V_k z)_c)
    I_k     = 1 on the path that sign(theta_j z) takes through the tree, else 0

While training, a path is soft: a child gets ``(1 ± tanh(sharpness · theta z)) / 2`` of its parent, and
the sharpness grows until the branches are as good as hard. The hard tanh ``clip(u, -1, 1)`` replaces
tanh; it costs no accuracy and integers compute it exactly.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

#: Slope of the hard tanh's gradient where it is flat, so that a saturated unit can come back.
SATURATED_SLOPE = 0.05


def weight_scale(weights: Any, bits: int) -> Any:
    """Real step of one integer weight.

    8-bit weights cover the largest value. 4-bit weights take half the mean magnitude: the seven steps
    then end near 3.5 times the mean, and the few larger weights saturate.
    """
    if bits <= 4:
        return ops.mean(ops.abs(weights)) * 0.5 + 1e-9
    return ops.max(ops.abs(weights)) / (2 ** (bits - 1) - 1) + 1e-9


def to_integers(weights: Any, bits: int) -> tuple[Any, Any]:
    """Round to integers of a symmetric range; returns (integers as float, scale)."""
    limit = 2 ** (bits - 1) - 1
    scale = weight_scale(weights, bits)
    return ops.clip(ops.round(weights / scale), -limit, limit), scale


def fake_quantize(weights: Any, bits: int, amount: Any) -> Any:
    """Quantized values in the forward pass, the gradient of the real ones (straight-through estimator).

    Parameters
    ----------
    weights : tensor
        Real weights.
    bits : int
        4 or 8.
    amount : scalar tensor
        0 for the real weights, 1 for the quantized ones.
    """
    integers, scale = to_integers(weights, bits)
    return weights + amount * ops.stop_gradient(integers * scale - weights)


def hard_tanh(u: Any) -> Any:
    """``clip(u, -1, 1)``, with a small slope left where it is flat."""
    flat = ops.cast(ops.abs(u) >= 1.0, u.dtype)
    return ops.clip(u, -1.0, 1.0) + SATURATED_SLOPE * flat * (u - ops.stop_gradient(u))


class BonsaiLayer(keras.layers.Layer):  # type: ignore[misc]  # Keras has no type hints
    """The tree.

    Parameters
    ----------
    n_classes : int
        C.
    depth : int
        Branches between root and leaf.
    projection_dim : int
        D̂.
    bits : int
        Of one stored weight.
    seed : int
        Of the initial weights.
    """

    def __init__(self, n_classes: int, depth: int, projection_dim: int, bits: int, seed: int = 0, **kwargs: Any):
        super().__init__(**kwargs)
        self.n_classes, self.depth, self.projection_dim, self.bits, self.seed = (
            n_classes, depth, projection_dim, bits, seed
        )  # fmt: skip
        self.nodes, self.inner_nodes = 2 ** (depth + 1) - 1, 2**depth - 1

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create the four matrices, the sharpness and the quantization switch."""

        def matrix(name: str, columns: int, rows: int, spread: float) -> Any:
            start = keras.initializers.RandomNormal(stddev=spread, seed=self.seed * 10 + len(self.weights))
            return self.add_weight(name=name, shape=(rows, columns), initializer=start)

        n_features = int(input_shape[-1] or 0)
        self.Z = matrix("Z", self.projection_dim, n_features + 1, n_features**-0.5)
        self.W = matrix("W", self.nodes * self.n_classes, self.projection_dim, 0.3)
        self.V = matrix("V", self.nodes * self.n_classes, self.projection_dim, 0.3)
        self.theta = matrix("theta", self.inner_nodes, self.projection_dim, 0.5) if self.depth else None
        self.sharpness = self.add_weight(name="sharpness", shape=(), initializer="ones", trainable=False)
        self.quantized = self.add_weight(name="quantized", shape=(), initializer="zeros", trainable=False)

    def call(self, x: Any) -> Any:
        """Scores of the classes for samples x of shape (n, D); returns shape (n, C)."""
        Z, W, V = (fake_quantize(w, self.bits, self.quantized) for w in (self.Z, self.W, self.V))
        z = ops.matmul(x, Z[1:]) + Z[0]
        per_node = (-1, self.nodes, self.n_classes)
        w_scores = ops.reshape(ops.matmul(z, W), per_node)
        gates = hard_tanh(ops.reshape(ops.matmul(z, V), per_node))
        node_scores = w_scores * gates
        if not self.depth:
            return node_scores[:, 0]
        theta = fake_quantize(self.theta, self.bits, self.quantized)
        on_path = self._soft_path(ops.matmul(z, theta))
        return ops.sum(ops.expand_dims(on_path, -1) * node_scores, axis=1)

    def _soft_path(self, branches: Any) -> Any:
        """Share of each node, shape (n, K), from theta z of shape (n, I)."""
        # Normalised: the sharpness is relative to how large theta z is just now.
        typical = ops.stop_gradient(ops.mean(ops.abs(branches))) + 1e-6
        turn = ops.tanh(self.sharpness / typical * branches)
        share = [ops.ones_like(branches[:, 0])]
        for node in range(1, self.nodes):
            parent, is_left = (node - 1) // 2, node % 2
            share.append(share[parent] * 0.5 * (1.0 + (turn if is_left else -turn)[:, parent]))
        return ops.stack(share, axis=1)

    def integer_matrices(self) -> dict[str, tuple[Any, float]]:
        """Return the weights as integers with their scales.

        Returns
        -------
        dict
            ``Z`` (D̂, 1 + D) with the bias column first, ``W`` and ``V`` (K, C, D̂), ``theta`` (I, D̂):
            each a pair of an int64 array and its scale.
        """
        per_node = (self.projection_dim, self.nodes, self.n_classes)
        result = {"theta": (np.zeros((0, self.projection_dim), np.int64), 1.0)}
        for name, weights in {"Z": self.Z, "W": self.W, "V": self.V, "theta": self.theta}.items():
            if weights is None:
                continue
            integers, scale = to_integers(weights, self.bits)
            values = ops.convert_to_numpy(integers).astype(np.int64)
            result[name] = (np.moveaxis(values.reshape(per_node), 0, -1) if name in "WV" else values.T, float(scale))
        return result
