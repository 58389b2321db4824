"""An MLPClassifier of scikit-learn to a whole-integer network, quantized after training.

Weights are int8 with one scale for each neuron; what flows between the layers is int8, in the range that the
representative data reach. The operators are those of a TensorFlow Lite model, so reference and kernels are the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tinyml_course.convert.bonsai import choose_examples
from tinyml_course.convert.encode import accept_raw
from tinyml_course.convert.sklearn import Trained
from tinyml_course.convert.sklearn_linear import scaling_of
from tinyml_course.errors import ConversionError
from tinyml_course.fixed_point import quantize_multiplier
from tinyml_course.graph import Array, Attribute, Encoding, Graph, InputContract, Operator, Tensor

#: Share of representative answers that must be scikit-learn's.
LOWEST_AGREEMENT = 0.9
#: Hidden activations: the function in float64, and how their int8 outputs are encoded where a table computes them.
ACTIVATIONS: dict[str, Any] = {
    "identity": lambda v: v,
    "relu": lambda v: np.maximum(v, 0.0),
    "tanh": np.tanh,
    "logistic": lambda v: 1.0 / (1.0 + np.exp(-np.clip(v, -500.0, 500.0))),
}
TABLES = {"tanh": Encoding(1 / 128, 0), "logistic": Encoding(1 / 256, -128)}
#: Shares of a neuron's largest weight that its int8 range may end at.
CUTS = tuple(0.9**k for k in range(24))
#: Largest sum that 32 bits hold.
INT32_MAX = 2**31 - 1


@dataclass
class _Network:
    """The graph while it is built."""

    tensors: dict[str, Tensor] = field(default_factory=dict)
    operators: list[Operator] = field(default_factory=list)

    def value(self, name: str, size: int, encoding: Encoding) -> str:
        """Add a computed int8 tensor."""
        self.tensors[name] = Tensor(name, (size,), np.dtype(np.int8), encoding=encoding)
        return name

    def store(self, name: str, values: Array, dtype: str) -> str:
        """Add a stored tensor."""
        kind = np.dtype(dtype)
        self.tensors[name] = Tensor(name, values.shape, kind, values, 8 * kind.itemsize)
        return name

    def encoding(self, name: str) -> Encoding:
        """How the integers of a computed tensor stand for real numbers."""
        found = self.tensors[name].encoding
        assert found is not None
        return found

    def dense(self, number: int, x: str, W: Array, bias: Array, power: Array, y: str, lowest: int) -> None:
        """Add a dense layer: weights (neurons, inputs), biases and the inputs' mean squares; codes from `lowest` up."""
        scale_x, scale_y = self.encoding(x).one_scale, self.encoding(y).one_scale
        scales = weight_scales(W, power)
        whole = np.rint(bias / (scale_x * scales))
        weights = np.clip(np.rint(W / scales[:, None]), -127, 127).astype(np.int64)
        low, high = (end - self.encoding(x).zero_point for end in (-128, 127))
        reach = np.abs(weights).sum(axis=1) * max(abs(low), abs(high)) + np.abs(whole)
        if reach.max() > INT32_MAX:
            raise ConversionError(f"Layer {number}: a sum could reach {reach.max():.3g}, more than 32 bits hold.")
        factors = [quantize_multiplier(float(scale_x * s / scale_y)) for s in scales]
        roles = {
            "weights": self.store(f"layer_{number}/weights", weights, "int8"),
            "bias": self.store(f"layer_{number}/bias", whole.astype(np.int64), "int32"),
            "multiplier": self.store(f"layer_{number}/multiplier", np.array([m for m, _ in factors]), "int32"),
            "shift": self.store(f"layer_{number}/shift", np.array([s for _, s in factors]), "int8"),
        }
        attributes: dict[str, Attribute] = {"activation_min": lowest, "activation_max": 127, "rounding": "double"}
        self.operators.append(Operator("fully_connected", (x,), (y,), roles, attributes))

    def table(self, number: int, function: str, x: str, y: str) -> None:
        """Add an activation that is looked up: one output for each of the 256 codes."""
        from_codes, to_codes = self.encoding(x), self.encoding(y)
        real = (np.arange(-128, 128) - from_codes.zero_point) * from_codes.one_scale
        codes = np.rint(ACTIVATIONS[function](real) / to_codes.one_scale) + to_codes.zero_point
        name = self.store(f"layer_{number}/{function}", np.clip(codes, -128, 127).astype(np.int64), "int8")
        self.operators.append(Operator("lookup", (x,), (y,), {"table": name}, {"function": function}))


def weight_scales(W: Array, power: Array) -> Array:
    """Choose the scale of each neuron's int8 weights.

    Cutting off the largest weights makes the steps of all others finer. That pays where they belong to inputs that are
    seldom there, as after standardizing pixels of a border.

    Parameters
    ----------
    W : ndarray of float64, shape (neurons, inputs)
        Weights.
    power : ndarray of float64, shape (inputs,)
        Mean square of each input: an error of a weight counts as much as its input.

    Returns
    -------
    ndarray of float64, shape (neurons,)
        Above zero.
    """
    largest = np.abs(W).max(axis=1, initial=0.0)
    largest = np.where(largest > 0, largest, 127.0)
    candidates = np.array([largest / 127 * cut for cut in CUTS])
    steps = candidates[:, :, None]
    errors = ((W - np.clip(np.rint(W / steps), -127, 127) * steps) ** 2) @ power
    chosen: Array = np.take_along_axis(candidates, errors.argmin(axis=0)[None], axis=0)[0]
    return chosen


def range_encoding(low: float, high: float) -> Encoding:
    """Spread 256 codes over a range; zero is one of them."""
    low, high = min(0.0, low), max(0.0, high)
    scale = float(np.float32((high - low) / 255)) or 1.0
    return Encoding(scale, int(np.clip(np.rint(-128 - low / scale), -128, 127)))


def input_encoding(contract: InputContract) -> Encoding:
    """How raw values become codes: few integers one to one, whatever else over its range.

    The smallest integer gets the smallest code, so that a smallest value of zero costs no multiplication.
    """
    low, high = contract.minimum, contract.maximum
    if contract.dtype.kind == "f" or high - low > 255:
        return range_encoding(low, high)
    return Encoding(1.0, int(-128 - (0 if low > 0 and high <= 255 else low)))


def _check(trained: Trained) -> None:
    estimator = trained.estimator
    if estimator.out_activation_ == "logistic" and estimator.n_outputs_ > 1:
        raise ConversionError("This MLPClassifier gives several labels for one sample; train one model for each.")
    if estimator.activation not in ACTIVATIONS:
        raise ConversionError(
            f"The activation {estimator.activation!r} is not supported. Supported: {', '.join(ACTIVATIONS)}."
        )
    if not all(np.isfinite(part).all() for part in [*estimator.coefs_, *estimator.intercepts_]):
        raise ConversionError("The network has weights that are NaN or infinite. Train it again.")


def _layers(trained: Trained) -> list[tuple[Array, Array]]:
    """Weights (neurons, inputs) and biases of each layer, on raw values; two classes get two outputs."""
    estimator = trained.estimator
    layers = [
        (np.asarray(W, np.float64).T, np.asarray(b, np.float64))
        for W, b in zip(estimator.coefs_, estimator.intercepts_, strict=True)
    ]
    slope, offset = scaling_of(trained)
    W, bias = layers[0]
    layers[0] = W * slope, bias + W @ offset
    W, bias = layers[-1]
    if len(W) == 1:  # one output above zero means the second class: the first one's is zero
        layers[-1] = np.concatenate([0 * W, W]), np.concatenate([0 * bias, bias])
    return layers


def convert_mlp(trained: Trained, representative: Array, vote: str) -> Graph:
    """Turn an MLPClassifier into a network of integers.

    Parameters
    ----------
    trained : Trained
        The estimator and the scalers before it.
    representative : ndarray of shape (n, ...)
        Raw data; the ranges between the layers are those that they reach.
    vote : str
        Of no meaning here.
    """
    _check(trained)
    contract, activation = trained.contract, trained.estimator.activation
    flat = np.asarray(representative).reshape(len(representative), -1)
    layers, network = _layers(trained), _Network()
    x, real = network.value("x", contract.size, input_encoding(contract)), flat.astype(np.float64)
    for number, (W, bias) in enumerate(layers):
        power, last = (real**2).mean(axis=0), number == len(layers) - 1
        real = real @ W.T + bias
        if not last and activation == "relu":
            real = np.maximum(real, 0.0)
        encoding = range_encoding(float(real.min()), float(real.max()))
        y = network.value("scores" if last else f"layer_{number}", len(bias), encoding)
        lowest = encoding.zero_point if activation == "relu" and not last else -128
        network.dense(number, x, W, bias, power, y, lowest)
        x = y
        if not last and activation in TABLES:
            x = network.value(f"layer_{number}/output", len(bias), TABLES[activation])
            network.table(number, activation, y, x)
            real = ACTIVATIONS[activation](real)
    return _finished(trained, network, x, flat, representative)


def _finished(trained: Trained, network: _Network, output: str, flat: Array, representative: Array) -> Graph:
    neurons = [str(len(b)) for b in trained.estimator.intercepts_[:-1]]
    graph = Graph(
        kind="MLP",
        tensors=network.tensors,
        operators=tuple(network.operators),
        input="x",
        output=output,
        contract=InputContract(np.dtype(np.int8), (trained.contract.size,), -128, 127),
        labels=trained.labels,
    )
    graph = accept_raw(graph, trained.contract)
    same = float((graph.classify(flat) == trained.class_indices(flat)).mean())
    if same < LOWEST_AGREEMENT:
        raise ConversionError(
            f"In integers, the network would answer as scikit-learn's on {same:.1%} of the representative data only. "
            "All features share the input's 256 codes, so features of unlike ranges lose theirs: train on features "
            "of one range (for example scaled to 0...255 before the model), or add more representative data."
        )
    shape = "-".join([str(trained.contract.size), *neurons, str(len(trained.labels))])
    description = (
        f"{shape}, {trained.estimator.activation}, int8; as scikit-learn on {same:.1%} of the representative data"
    )
    graph = replace(graph, description=description)
    return replace(graph, examples=choose_examples(graph, representative))
