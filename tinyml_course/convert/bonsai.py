"""A trained Bonsai to a graph of integers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tinyml_course.errors import ConversionError
from tinyml_course.features import FeatureEncoding
from tinyml_course.graph import Array, Encoding, Graph, InputContract, Operator, Tensor
from tinyml_course.intervals import Interval, intersect, linear, linear_of_shifted, product
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


def node_sums(matrix: Array, Z: Array, inputs: Interval, shift: int) -> Interval:
    """Bounds of ``matrix @ z``: the tighter of stage by stage and both stages together."""
    z = linear(Z, inputs).shift_right(shift)
    return intersect(linear(matrix, z), linear_of_shifted(matrix, Z, inputs, shift))


def choose_z_shift(Z: Array, inputs: Interval, nodes: tuple[Array, ...], bits: int) -> int:
    """Return the smallest right shift with which nothing that follows can overflow.

    Parameters
    ----------
    Z : ndarray of int, shape (D̂, 1 + D)
        Projection, bias column first.
    inputs : Interval of shape (1 + D,)
        Bounds of the bias input and the codes.
    nodes : tuple of ndarray, each (..., D̂)
        W, V and theta.
    bits : int
        Of one weight.
    """
    for shift in range(24):
        fits = linear(Z, inputs).shift_right(shift).largest <= Z_LIMIT
        if fits and all(node_sums(m, Z, inputs, shift).largest <= node_limit(bits) for m in nodes):
            return shift
    raise ConversionError("The projection's sums do not fit into 32 bits; train with fewer features or fewer bits.")


def score_bounds(w_sums: Interval, v_sums: Interval, one: int, shift: int) -> Interval:
    """Bounds of each class's score, summed over any path from the root to a leaf.

    Parameters
    ----------
    w_sums, v_sums : Interval of shape (K, C)
        W z and V z of every node.
    one : int
        Where the hard tanh saturates.
    shift : int
        Right shift of every product; rounds down.
    """
    products = product(w_sums, v_sums.clip(one))
    low, high = np.minimum(products.low >> shift, 0), np.maximum(products.high >> shift, 0)
    for parent in reversed(range(len(low) // 2)):  # leaves first: each node adds its worse child
        left, right = 2 * parent + 1, 2 * parent + 2
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
    if data.ndim < 2 or data.size == 0:
        raise ConversionError(f"Expected representative data of shape (n, ...) with n >= 1, got {data.shape}.")
    if data.dtype.kind == "f" and not np.isfinite(data).all():
        raise ConversionError("The representative data has values that are NaN or infinite.")
    return InputContract(data.dtype, data.shape[1:], data.min().item(), data.max().item())


def encoding_step(features: FeatureEncoding, contract: InputContract) -> tuple[list[Tensor], list[Operator], Interval]:
    """The step from raw values to codes, if one is needed, and the bounds of the codes."""
    ends = [np.full((1, contract.size), end, contract.dtype) for end in (contract.minimum, contract.maximum)]
    low, high = (features.encode(end)[0].astype(np.int64) for end in ends)
    if features.is_identity_for(contract):
        return [], [], Interval(low, high)
    stored = [
        Tensor("feature_shift", features.shift.shape, np.dtype(np.int8), features.shift, 8),
        Tensor("feature_zero_point", features.zero_point.shape, np.dtype(np.int32), features.zero_point, 32),
        Tensor("codes", (contract.size,), np.dtype(np.uint8)),
    ]
    roles = {"shift": "feature_shift", "zero_point": "feature_zero_point"}
    return stored, [Operator("encode_features", ("x",), ("codes",), roles)], Interval(low, high)


def _scalar(name: str, dtype: str, value: int) -> Tensor:
    return Tensor(name, (), np.dtype(dtype), np.array(value), np.dtype(dtype).itemsize * 8)


def _tensors(bonsai: Bonsai, inputs: Interval) -> list[Tensor]:
    """Weights, the two shifts and the clipping limit; and the places for what is computed."""
    config, bits = bonsai.configuration_, bonsai.configuration_.bits
    matrices = {name: bonsai.weights_[name] for name in ("Z", "W", "V", "theta")}
    Z, W, V, theta = (matrix.values for matrix in matrices.values())
    z_shift = choose_z_shift(Z, inputs, (W, V, theta), bits)
    z_scale = 2.0**z_shift * matrices["Z"].scale / bonsai.features_.code_of_one
    one = max(1, min(round(1.0 / (matrices["V"].scale * z_scale)), node_limit(bits)))
    sums = node_sums(W, Z, inputs, z_shift), node_sums(V, Z, inputs, z_shift)
    score_shift = SMALLEST_SCORE_SHIFT
    while score_bounds(*sums, one, score_shift).largest > 2**15 - 1:
        score_shift += 1
    score_scale = matrices["W"].scale * matrices["V"].scale * z_scale**2 * 2.0**score_shift
    int8 = np.dtype(np.int8)
    return [
        *(Tensor(name, m.values.shape, int8, m.values, bits, Encoding(m.scale)) for name, m in matrices.items()),
        _scalar("bias_input", "uint8", bonsai.features_.code_of_one),
        _scalar("z_shift", "uint8", z_shift),
        _scalar("one", "int16", one),
        _scalar("score_shift", "uint8", score_shift),
        Tensor("z", (config.projection_dim,), int8, encoding=Encoding(z_scale)),
        Tensor("scores", (len(bonsai.classes_),), np.dtype(np.int16), encoding=Encoding(score_scale)),
        Tensor("path", (config.depth + 1,), np.dtype(np.uint8)),
    ]


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
    encoding, operators, codes = encoding_step(bonsai.features_, contract)
    bias = bonsai.features_.code_of_one
    inputs = Interval(np.concatenate([[bias], codes.low]), np.concatenate([[bias], codes.high]))
    tensors = [Tensor("x", contract.shape, contract.dtype), *encoding, *_tensors(bonsai, inputs)]
    first = "codes" if operators else "x"
    operators += [
        Operator("bonsai_projection", (first,), ("z",), {"Z": "Z", "bias_input": "bias_input", "shift": "z_shift"}),
        Operator(
            "bonsai_tree",
            ("z",),
            ("scores", "path"),
            {"W": "W", "V": "V", "theta": "theta", "one": "one", "score_shift": "score_shift"},
        ),
    ]
    graph = Graph(
        kind="Bonsai",
        tensors={tensor.name: tensor for tensor in tensors},
        operators=tuple(operators),
        input="x",
        output="scores",
        contract=contract,
        labels=tuple(bonsai.classes_.tolist()),
        description=str(bonsai.configuration_),
    )
    return replace(graph, examples=choose_examples(graph, representative))


def choose_examples(graph: Graph, samples: Array, count: int = 4) -> Array:
    """Return a few samples of different classes, the first of each, for a self-test."""
    seen = samples[:200]
    classes = graph.classify(seen)
    firsts = np.sort(np.unique(classes, return_index=True)[1])[:count]
    return np.array(seen[firsts])
