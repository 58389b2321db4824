"""What several checks of lesson 10 share: a small Bonsai as the library's reference takes it, and its arithmetic."""

from __future__ import annotations

import numpy as np

from tinyml_course.graph import Array, Graph, InputContract, Operator, Tensor

BIAS_INPUT, BRIGHTEST = 16, 16
STORED = ("Z", "bias_input", "z_shift", "theta", "W", "V", "one", "score_shift")
_INT32 = np.dtype(np.int32)


def bonsai(
    Z: Array, bias_input: int, z_shift: int, theta: Array, W: Array, V: Array, one: int, score_shift: int
) -> Graph:
    """A Bonsai of these integers, as the library's reference takes it."""
    values = dict(zip(STORED, (Z, bias_input, z_shift, theta, W, V, one, score_shift), strict=True))
    stored = [Tensor(name, np.shape(value), _INT32, np.asarray(value), 32) for name, value in values.items()]
    classes, projected = np.shape(W)[1:]
    computed = (("x", (np.shape(Z)[1] - 1,)), ("z", (projected,)), ("scores", (classes,)), ("path", (len(theta) + 1,)))
    roles = {"Z": "Z", "bias_input": "bias_input", "shift": "z_shift"}
    tree = {name: name for name in ("W", "V", "theta", "one", "score_shift")}
    return Graph(
        kind="Bonsai",
        tensors={tensor.name: tensor for tensor in [*stored, *(Tensor(n, shape, _INT32) for n, shape in computed)]},
        operators=(
            Operator("bonsai_projection", ("x",), ("z",), roles),
            Operator("bonsai_tree", ("z",), ("scores", "path"), tree),
        ),
        input="x",
        output="scores",
        contract=InputContract(np.dtype(np.int16), (np.shape(Z)[1] - 1,), -(2**15), 2**15 - 1),
        labels=tuple(range(classes)),
    )


def integers(rng: np.random.Generator, limit: int, *shape: int) -> Array:
    return rng.integers(-limit, limit, shape, endpoint=True)


def shifted_round(sums: Array, shift: int) -> Array:
    return (sums + ((1 << shift) >> 1)) >> shift
