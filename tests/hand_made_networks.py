"""Networks of one or two layers whose every number a test says."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np

from tinyml_course.graph import Attribute, Encoding, Graph, InputContract, Operator, Tensor

Array = np.ndarray[Any, Any]
CODES = {"activation_min": -128, "activation_max": 127, "rounding": "double"}


def value(name: str, shape: tuple[int, ...], zero_point: int = 0, dtype: str = "int8") -> Tensor:
    """A computed tensor."""
    return Tensor(name, shape, np.dtype(dtype), encoding=Encoding(0.05, zero_point))


def stored(name: str, values: object, dtype: str) -> Tensor:
    """A stored tensor."""
    array = np.asarray(values, dtype)
    return Tensor(name, array.shape, array.dtype, array, 8 * array.dtype.itemsize)


def layer(
    number: int, kind: str, x: str, y: str, roles: Mapping[str, Tensor], attributes: Mapping[str, Attribute]
) -> tuple[Operator, dict[str, Tensor]]:
    """An operator and its parameters, renamed so that they are unique."""
    named = {role: Tensor(f"{number}/{t.name}", t.shape, t.dtype, t.data, t.bits) for role, t in roles.items()}
    names = {role: tensor.name for role, tensor in named.items()}
    operator = Operator(kind, (x,), (y,), names, {**CODES, **attributes})
    return operator, {tensor.name: tensor for tensor in named.values()}


def weights_of(seed: int, shape: tuple[int, ...], channels: int, shift: int = -8) -> dict[str, Tensor]:
    """Random weights, biases, multipliers and shifts, different for each channel."""
    rng = np.random.default_rng(seed)
    return {
        "weights": stored("weights", rng.integers(-127, 128, shape), "int8"),
        "bias": stored("bias", rng.integers(-4000, 4000, channels), "int32"),
        "multiplier": stored("multiplier", rng.integers(2**30, 2**31 - 1, channels), "int32"),
        "shift": stored("shift", rng.integers(shift - 1, shift + 2, channels), "int8"),
    }


def dense_network(seed: int, sizes: tuple[int, ...], shift: int = -9) -> Graph:
    """Dense layers one after the other, int8."""
    tensors = {"v0": value("v0", (sizes[0],), -3)}
    operators = []
    for k, (terms, channels) in enumerate(itertools.pairwise(sizes)):
        roles = weights_of(seed + k, (channels, terms), channels, shift)
        operator, parameters = layer(k, "fully_connected", f"v{k}", f"v{k + 1}", roles, {})
        operators.append(operator)
        tensors |= {**parameters, f"v{k + 1}": value(f"v{k + 1}", (channels,), 5 * k)}
    return graph_of(tensors, operators, "v0", f"v{len(operators)}")


def graph_of(tensors: Mapping[str, Tensor], operators: list[Operator], first: str, last: str) -> Graph:
    """A graph that takes every code."""
    x = tensors[first]
    limits = np.iinfo(x.dtype)
    contract = InputContract(x.dtype, x.shape, limits.min, limits.max)
    labels = tuple(range(int(np.prod(tensors[last].shape))))
    return Graph("TFLite", tensors, tuple(operators), first, last, contract, labels, "hand-made")
