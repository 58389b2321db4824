"""A trained Bonsai to a graph of integers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinyml_course.errors import ConversionError
from tinyml_course.graph import Array, Encoding, Graph, InputContract, Operator, Tensor
from tinyml_course.intervals import Interval, linear, product
from tinyml_course.features import FeatureEncoding

if TYPE_CHECKING:
    from tinyml_course.models.bonsai import Bonsai

#: Largest magnitude of a projected feature: it is an int8.
Z_LIMIT = 127
#: Fraction bits that every product W z * tanh(V z) loses at least, so that scores stay small.
SMALLEST_SCORE_SHIFT = 4


def node_limit(bits: int) -> int:
    """Largest magnitude of a node's sums W z, V z and theta z.

    Two 4-bit weights that share a byte can be multiplied in one go when their sums fit into 12 bits
    (the upper one is 16 times its weight); 8-bit weights have the whole 16-bit accumulator.
    """
    return 2**11 - 1 if bits <= 4 else 2**15 - 1


def choose_z_shift(accumulator: Interval, nodes: tuple[Array, ...], bits: int) -> int:
    """Return the smallest right shift with which nothing that follows can overflow.

    Parameters
    ----------
    accumulator : Interval of shape (D̂,)
        Bounds of Z x, before the shift.
    nodes : tuple of ndarray, each (..., D̂)
        W, V and theta.
    bits : int
        Of one weight.
    """
    for shift in range(32):
        z = accumulator.shift_right(shift)
        if z.largest <= Z_LIMIT and all(linear(m, z).largest <= node_limit(bits) for m in nodes):
            return shift
    raise ConversionError("The projection's sums do not fit into 32 bits; train with fewer features or fewer bits.")


def score_bounds(W: Array, V: Array, z: Interval, one: int, shift: int) -> Interval:
    """Bounds of each class's score, summed over any path from the root to a leaf.

    Parameters
    ----------
    W, V : ndarray of int, shape (K, C, D̂)
        Node matrices.
    z : Interval of shape (D̂,)
        Projected features.
    one : int
        Where the hard tanh saturates.
    shift : int
        Right shift of every product; rounds down.
    """
    products = product(linear(W, z), linear(V, z).clip(one))
    low, high = np.minimum(products.low >> shift, 0), np.maximum(products.high >> shift, 0)
    for node in reversed(range(1, len(W) // 2 + 1)):  # parents of parents last: each takes its worse child
        left, right = 2 * node - 1, 2 * node
        parent = node - 1
        low[parent] += np.minimum(low[left], low[right])
        high[parent] += np.maximum(high[left], high[right])
    return Interval(low[0], high[0])


def contract_of(representative: Array) -> InputContract:
    """Read the input contract off representative data.

    Raises
    ------
    ConversionError
        For a dtype that a board's program cannot take in, no samples, or values that are no numbers.
    """
    data = np.asarray(representative)
    if data.dtype not in {np.dtype(t) for t in ("uint8", "int8", "uint16", "int16", "float32")}:
        raise ConversionError(
            f"Values of type {data.dtype} cannot be the input of a board's program. "
            "Use uint8, int8, uint16, int16 or float32, for example x.astype(np.float32)."
        )
    if data.ndim < 2 or data.size == 0:  # noqa: PLR2004
        raise ConversionError(f"Expected representative data of shape (n, ...) with n >= 1, got {data.shape}.")
    if data.dtype.kind == "f" and not np.isfinite(data).all():
        raise ConversionError("The representative data has values that are NaN or infinite.")
    return InputContract(data.dtype, data.shape[1:], data.min().item(), data.max().item())


def convert_bonsai(bonsai: Bonsai, representative: Array) -> Graph:
    """Turn a trained Bonsai into integers.

    The weights are integers already: quantization-aware training ended on them. What is left are the
    scales between the stages, and those become two shifts and one clipping limit.

    Parameters
    ----------
    bonsai : Bonsai
        After :meth:`~tinyml_course.models.bonsai.Bonsai.fit`.
    representative : ndarray of shape (n, ...)
        Raw data; its dtype, shape and range become the input contract.
    """
    contract = contract_of(representative)
    if contract.size != bonsai.n_features_:
        raise ConversionError(
            f"The model was trained on {bonsai.n_features_} features; the representative data has {contract.size}."
        )
    config, features = bonsai.configuration_, bonsai.features_
    weights = {role: bonsai.weights_[role] for role in ("Z", "W", "V", "theta")}
    Z, W, V, theta = (weights[role].values for role in ("Z", "W", "V", "theta"))

    stored: list[Tensor] = []
    operators: list[Operator] = []
    first = codes = Tensor("x", contract.shape, contract.dtype)
    if features.is_identity_for(contract):
        low, high = np.full(contract.size, contract.minimum), np.full(contract.size, contract.maximum)
    else:
        low, high = (
            encode_features(np.full((1, contract.size), v, contract.dtype), features.shift, features.zero_point)[0]
            for v in (contract.minimum, contract.maximum)
        )
        codes = Tensor("codes", (contract.size,), np.dtype(np.uint8))
        stored += [
            Tensor("feature_shift", features.shift.shape, np.dtype(np.int8), features.shift, 8),
            Tensor("feature_zero_point", features.zero_point.shape, np.dtype(np.int32), features.zero_point, 32),
        ]
        operators.append(
            Operator("encode_features", ("x",), ("codes",), {"shift": "feature_shift", "zero_point": "feature_zero_point"})
        )

    bias_input = features.code_of_one
    inputs = Interval(
        np.concatenate([[bias_input], low]).astype(np.int64), np.concatenate([[bias_input], high]).astype(np.int64)
    )
    shift = choose_z_shift(linear(Z, inputs), (W, V, theta), config.bits)
    z = linear(Z, inputs).shift_right(shift)
    z_scale = 2.0**shift * weights["Z"].scale / bias_input
    one = max(1, min(round(1.0 / (weights["V"].scale * z_scale)), node_limit(config.bits)))
    score_shift = SMALLEST_SCORE_SHIFT
    while score_bounds(W, V, z, one, score_shift).largest > 2**15 - 1:
        score_shift += 1

    def scalar(name: str, dtype: type, value: int) -> Tensor:
        return Tensor(name, (), np.dtype(dtype), np.array(value), np.dtype(dtype).itemsize * 8)

    stored += [
        Tensor("Z", Z.shape, np.dtype(np.int8), Z, config.bits, Encoding(weights["Z"].scale)),
        Tensor("W", W.shape, np.dtype(np.int8), W, config.bits, Encoding(weights["W"].scale)),
        Tensor("V", V.shape, np.dtype(np.int8), V, config.bits, Encoding(weights["V"].scale)),
        Tensor("theta", theta.shape, np.dtype(np.int8), theta, config.bits, Encoding(weights["theta"].scale)),
        scalar("bias_input", np.uint8, bias_input),
        scalar("z_shift", np.uint8, shift),
        scalar("one", np.int16, one),
        scalar("score_shift", np.uint8, score_shift),
    ]
    operators += [
        Operator(
            "bonsai_projection",
            (codes.name,),
            ("z",),
            {"Z": "Z", "bias_input": "bias_input", "shift": "z_shift"},
        ),
        Operator(
            "bonsai_tree",
            ("z",),
            ("scores", "path"),
            {"W": "W", "V": "V", "theta": "theta", "one": "one", "score_shift": "score_shift"},
        ),
    ]
    score_scale = weights["W"].scale * weights["V"].scale * z_scale**2 * 2.0**score_shift
    computed = [
        first,
        codes,
        Tensor("z", (config.projection_dim,), np.dtype(np.int8), encoding=Encoding(z_scale)),
        Tensor("scores", (len(bonsai.classes_),), np.dtype(np.int16), encoding=Encoding(score_scale)),
        Tensor("path", (config.depth + 1,), np.dtype(np.uint8)),
    ]
    return Graph(
        kind="Bonsai",
        tensors={tensor.name: tensor for tensor in [*computed, *stored]},
        operators=tuple(operators),
        input="x",
        output="scores",
        contract=contract,
        labels=tuple(bonsai.classes_.tolist()),
        description=f"depth {config.depth}, {config.projection_dim} projected features, {config.bits}-bit weights",
    )


def is_bonsai(model: Any) -> bool:
    """Tell whether `model` is our Bonsai, without importing Keras."""
    return any(c.__name__ == "Bonsai" and c.__module__.startswith("tinyml_course.") for c in type(model).__mro__)
