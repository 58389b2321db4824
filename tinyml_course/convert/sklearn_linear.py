"""Linear classifiers of scikit-learn to integers: one int8 weight for each class and feature, one class dropped.

Only differences between the classes' scores decide, so the weights of one class are taken off all others: its score is
zero and it needs no weights. Scaling before the classifier, and the step from raw values to codes, are folded in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tinyml_course.convert.bonsai import choose_examples, encoding_step
from tinyml_course.convert.sklearn import Trained
from tinyml_course.errors import ConversionError
from tinyml_course.features import FeatureEncoding
from tinyml_course.graph import Array, Encoding, Graph, Operator, Tensor
from tinyml_course.intervals import Interval, linear

#: Bits of a weight and of an accumulator, in the order in which they are tried.
WIDTHS = ((8, 16), (8, 32), (16, 32))
#: Share of the representative data that has to get scikit-learn's class; else wider integers are tried.
ENOUGH = 0.99
#: How far the largest weights may be cut off so that the others get finer steps.
STRETCHES = (1.0, 1.15, 1.3, 1.5, 2.0, 3.0, 4.0, 6.0)


@dataclass(frozen=True)
class Lines:
    """Scores of the classes but one: ``weights @ codes + bias``.

    Parameters
    ----------
    weights : ndarray of int64, shape (classes - 1, features)
        Of the classes in order, without the dropped one.
    bias : ndarray of int64, shape (classes - 1,)
        Of the same classes.
    dropped : int
        The class whose score is zero.
    scale : float
        Integers per unit of scikit-learn's scores.
    """

    weights: Array
    bias: Array
    dropped: int
    scale: float

    def scores(self, codes: Array) -> Array:
        """Return the scores of all classes, shape (n, classes)."""
        others = codes.astype(np.int64) @ self.weights.T + self.bias
        return np.insert(others, self.dropped, 0, axis=1)

    def classes_of(self, codes: Array) -> Array:
        """Return the class of each sample: the largest score, the first of equals."""
        best: Array = self.scores(codes).argmax(axis=1)
        return best


def scaling_of(trained: Trained) -> tuple[Array, Array]:
    """Return slope and offset of each feature's scaling, ``scaled = slope * raw + offset``, shape (features,).

    Raises
    ------
    ConversionError
        If a scaler clips.
    """
    if any(getattr(scaler, "clip", False) for scaler in trained.scalers):
        raise ConversionError("A scaler with clip=True is not linear; the input contract limits the range already.")
    offset, ends = trained.scale(np.repeat([[0.0], [1.0]], trained.contract.size, axis=1))
    return ends - offset, offset


def folded_weights(trained: Trained, features: FeatureEncoding) -> tuple[Array, Array]:
    """Return float weights (classes, features) and biases (classes,) that take codes, not scaled values."""
    estimator = trained.estimator
    stored = estimator.coef_  # sparse after sparsify()
    W = np.asarray(stored.toarray() if hasattr(stored, "toarray") else stored, np.float64)
    bias = np.broadcast_to(np.asarray(estimator.intercept_, np.float64), len(W))
    if len(W) == 1 and len(trained.labels) == 2:  # one line between two classes
        W, bias = np.concatenate([0 * W, W]), np.array([0.0, bias[0]])
    slope, offset = scaling_of(trained)
    step = np.ldexp(1.0, -features.shift)
    if trained.contract.dtype.kind == "f":
        middle = (features.zero_point + 0.5) * step
    else:  # integers are shifted right: a code stands for `step` of them
        middle = features.zero_point * step + (step - 1) / 2
    bias = bias + W @ (offset + slope * middle)
    return W * (slope * step), bias


def quantize_lines(
    W: Array, bias: Array, dropped: int, inputs: Interval, bits: tuple[int, int], stretch: float
) -> Lines:
    """Round weights and biases with the finest step that the integers allow.

    Parameters
    ----------
    W, bias : ndarray of float64, shapes (classes, features) and (classes,)
        Of scores on codes.
    dropped : int
        The class whose weights are taken off the others.
    inputs : Interval of shape (features,)
        Bounds of the codes.
    bits : tuple of int
        Of a weight and of a sum. No partial sum can overflow, whatever the input and the order.
    stretch : float
        How far beyond the weights' range the largest ones may lie; they are cut off.
    """
    W, bias = np.delete(W - W[dropped], dropped, axis=0), np.delete(bias - bias[dropped], dropped)
    limit, most = 2 ** (bits[0] - 1) - 1, 2 ** (bits[1] - 1) - 1
    up, down = (np.maximum(sign * W, 0) @ inputs.high + np.maximum(sign * bias, 0) for sign in (1, -1))
    largest, furthest = np.abs(W).max(initial=0.0) or 1.0, max(up.max(), down.max()) or 1.0
    scale = min(stretch * limit / largest, most / furthest)
    ends = Interval(np.append(inputs.low, 1), np.append(inputs.high, 1))
    while True:  # rounding may go beyond the range by a little
        weights = np.clip(np.rint(W * scale), -limit, limit).astype(np.int64)
        whole = np.rint(bias * scale).astype(np.int64)
        if linear(np.column_stack([weights, whole]), ends).largest <= most:
            return Lines(weights, whole, dropped, float(scale))
        scale *= 0.999


def best_lines(W: Array, bias: Array, inputs: Interval, bits: tuple[int, int], codes: Array) -> Lines:
    """Choose the dropped class and the range of the weights with which the scores change least.

    Only differences between classes count, so the mean of a sample's scores is taken off first.
    """
    exact = codes @ W.T + bias
    exact -= exact.mean(axis=1, keepdims=True)

    def error(lines: Lines) -> float:
        scores = lines.scores(codes) / lines.scale
        return float(np.mean((scores - scores.mean(axis=1, keepdims=True) - exact) ** 2))

    dropped = [quantize_lines(W, bias, c, inputs, bits, STRETCHES[0]) for c in range(len(W))]
    best = min(dropped, key=error)  # the first of equals
    stretched = [quantize_lines(W, bias, best.dropped, inputs, bits, stretch) for stretch in STRETCHES[1:]]
    return min([best, *stretched], key=error)


def _choose(
    W: Array, bias: Array, inputs: Interval, codes: Array, expected: Array
) -> tuple[float, Lines, tuple[int, int]]:
    """Return the narrowest integers that agree often enough, or those that agree most often; their share first."""
    found: list[tuple[float, Lines, tuple[int, int]]] = []
    for bits in WIDTHS:
        lines = best_lines(W, bias, inputs, bits, codes)
        found.append((float((lines.classes_of(codes) == expected).mean()), lines, bits))
        if found[-1][0] >= ENOUGH:
            break
    return max(found, key=lambda candidate: candidate[0])


def convert_linear(trained: Trained, representative: Array, vote: str) -> Graph:
    """Turn a linear classifier into integers.

    Parameters
    ----------
    trained : Trained
        An estimator with ``coef_`` and ``intercept_`` whose largest score decides.
    representative : ndarray of shape (n, ...)
        Raw data: their codes decide about the widths of the integers.
    vote : str
        Of no meaning here.
    """
    contract = trained.contract
    if len(trained.labels) < 2:
        raise ConversionError("A linear classifier needs at least two classes.")
    flat = np.asarray(representative).reshape(len(representative), -1)
    features = FeatureEncoding.fit(flat)
    stored, operators, inputs = encoding_step(features, contract)
    W, bias = folded_weights(trained, features)
    if not (np.isfinite(W).all() and np.isfinite(bias).all()):
        raise ConversionError("The classifier has weights that are NaN or infinite. Train it again.")
    same, lines, bits = _choose(W, bias, inputs, features.encode(flat), trained.class_indices(flat))
    description = (
        f"{len(trained.labels)} classes, {bits[0]}-bit weights, {bits[1]}-bit sums; "
        f"as scikit-learn on {same:.1%} of the representative data"
    )
    tensors = [Tensor("x", contract.shape, contract.dtype), *stored, *_tensors(lines, bits)]
    parameters = {"weights": "weights", "bias": "bias"}
    codes = "codes" if operators else "x"
    operators.append(Operator("linear_classifier", (codes,), ("scores",), parameters, {"dropped": lines.dropped}))
    graph = Graph(
        kind=type(trained.estimator).__name__,
        tensors={tensor.name: tensor for tensor in tensors},
        operators=tuple(operators),
        input="x",
        output="scores",
        contract=contract,
        labels=trained.labels,
        description=description,
    )
    return replace(graph, examples=choose_examples(graph, representative))


def _tensors(lines: Lines, bits: tuple[int, int]) -> list[Tensor]:
    """Weights and biases, and the place for the scores."""
    weights, sums = np.dtype(f"int{bits[0]}"), np.dtype(f"int{bits[1]}")
    return [
        Tensor("weights", lines.weights.shape, weights, lines.weights, bits[0]),
        Tensor("bias", lines.bias.shape, sums, lines.bias, bits[1]),
        Tensor("scores", (len(lines.bias) + 1,), sums, encoding=Encoding(1 / lines.scale)),
    ]
