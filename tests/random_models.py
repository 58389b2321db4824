"""Bonsai models without a training: random weights, and one trained on the digits that is kept in a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import tinyml_course as tc
from tinyml_course.convert.bonsai import convert_bonsai
from tinyml_course.features import FeatureEncoding
from tinyml_course.graph import Graph
from tinyml_course.models.bonsai_budget import BonsaiConfiguration
from tinyml_course.models.bonsai_weights import QuantizedMatrix

DTYPES = ("uint8", "int8", "uint16", "int16", "float32")


def random_samples(rng: np.random.Generator, dtype: str, features: int, n: int) -> np.ndarray[Any, Any]:
    """Samples with a random range, many zeros, and both ends of the range in them."""
    kind = np.dtype(dtype)
    if kind.kind == "f":
        low, high = sorted(rng.normal(scale=10.0 ** rng.integers(-3, 4), size=2))
        x = rng.uniform(low, high, (n, features)).astype(kind)
    else:
        limits = np.iinfo(kind)
        low, high = sorted(int(v) for v in rng.integers(limits.min, limits.max, 2, endpoint=True))
        x = rng.integers(low, high, (n, features), endpoint=True).astype(kind)
    x[0], x[1] = x.min(), x.max()
    if low <= 0 <= high:
        x[rng.random(x.shape) < 0.3] = 0
    return x


def random_bonsai(
    rng: np.random.Generator,
    x: np.ndarray[Any, Any],
    classes: int,
    configuration: BonsaiConfiguration,
    spreads: tuple[float, ...] = (0.3, 1.0),
) -> tc.Bonsai:
    """A Bonsai that looks trained: any integers of its bits, any scales."""
    limit = (1 << (configuration.bits - 1)) - 1
    depth, projected, nodes = configuration.depth, configuration.projection_dim, configuration.nodes

    def matrix(*shape: int) -> QuantizedMatrix:
        spread = rng.choice(spreads) * limit
        values = np.clip(np.round(rng.normal(scale=spread, size=shape)), -limit, limit).astype(np.int64)
        return QuantizedMatrix(values, float(10.0 ** rng.uniform(-2.5, -0.5)))

    bonsai = tc.Bonsai()
    bonsai.classes_, bonsai.n_features_ = np.arange(classes) * 3, x.shape[1]
    bonsai.configuration_, bonsai.features_ = configuration, FeatureEncoding.fit(x)
    bonsai.weights_ = {
        "Z": matrix(projected, x.shape[1] + 1),
        "W": matrix(nodes, classes, projected),
        "V": matrix(nodes, classes, projected),
        "theta": matrix((1 << depth) - 1, projected),
    }
    return bonsai


def random_block_graph(seed: int, n: int = 40) -> tuple[Graph, np.ndarray[Any, Any]]:
    """A random graph with small inputs and 4-bit weights: mostly such as the fast kernels take."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, int(rng.integers(2, 20)), (n, int(rng.integers(1, 70))), endpoint=True).astype(np.uint8)
    x[0], x[1] = x.min(), x.max()
    x[rng.random(x.shape) < 0.3] = 0
    shape = BonsaiConfiguration(int(rng.integers(0, 3)), 2 * int(rng.integers(1, 14)), 4)
    graph = convert_bonsai(random_bonsai(rng, x, int(rng.integers(2, 35)), shape, spreads=(0.2, 0.4)), x)
    limits = {"one": int(rng.integers(1, 127, endpoint=True)), "score_shift": 4}
    changed = {name: replace(graph.tensors[name], data=np.array(value)) for name, value in limits.items()}
    return replace(graph, tensors={**graph.tensors, **changed}), x


def random_graph(seed: int, n: int = 40) -> tuple[Graph, np.ndarray[Any, Any]]:
    """A random graph and samples that keep its contract, the extreme ones among them."""
    rng = np.random.default_rng(seed)
    features, classes = int(rng.integers(1, 90)), int(rng.integers(2, 13))
    x = random_samples(rng, DTYPES[seed % len(DTYPES)], features, n)
    configuration = BonsaiConfiguration(int(rng.integers(0, 3)), 2 * int(rng.integers(1, 10)), int(rng.choice([4, 8])))
    return convert_bonsai(random_bonsai(rng, x, classes, configuration), x), x


def trained_bonsai() -> tc.Bonsai:
    """The Bonsai that ``data/make_digits_bonsai.py`` trained on the digits."""
    stored = np.load(Path(__file__).parent / "data" / "digits_bonsai.npz")
    names = ("Z", "W", "V", "theta")
    bonsai = tc.Bonsai()
    bonsai.weights_ = {
        name: QuantizedMatrix(stored[name].astype(np.int64), float(scale))
        for name, scale in zip(names, stored["scales"], strict=True)
    }
    projected, features = stored["Z"].shape
    bonsai.n_features_, bonsai.classes_ = features - 1, np.arange(stored["W"].shape[1])
    bonsai.configuration_ = BonsaiConfiguration(len(stored["W"]).bit_length() - 1, projected, 4)
    bonsai.features_ = FeatureEncoding(np.array(0), np.array(0), 16)
    return bonsai
