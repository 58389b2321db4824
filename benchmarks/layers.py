"""A graph against a real interpreter, layer by layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from interpreters import RUNNERS, Array

from tinyml_course.convert.tflite import load_layers
from tinyml_course.convert.tflite_file import read_tflite


@dataclass(frozen=True)
class Layer:
    """One operator's output compared.

    Parameters
    ----------
    name, kind : str
        The output tensor and its operator, as the graph has them.
    values : int
        How many integers were compared.
    distinct : int
        How many different ones there are: a layer with few is a weak test.
    mismatches : int
        How many differ, given the interpreter's own integers before.
    largest : int
        The largest difference.
    """

    name: str
    kind: str
    values: int
    distinct: int
    mismatches: int
    largest: int


def random_codes(shape: tuple[int, ...], dtype: np.dtype[np.generic], count: int, seed: int = 0) -> Array:
    """Inputs: one half spread evenly over all codes, the other half bell-shaped around the middle."""
    rng = np.random.default_rng(seed)
    limits = np.iinfo(dtype)  # type: ignore[arg-type]
    spread = (int(limits.max) - int(limits.min)) / 5
    middle = (int(limits.max) + int(limits.min) + 1) // 2
    x = np.clip(rng.normal(middle, spread, (count, *shape)), limits.min, limits.max).astype(dtype)
    x[: count // 2] = rng.integers(limits.min, limits.max, (count // 2, *shape), dtype, endpoint=True)
    return x


def compare(content: bytes, rounding: str, x: Array | None = None, count: int = 12) -> list[Layer]:
    """Run a model here and in the interpreter that `rounding` names, and compare every tensor.

    Parameters
    ----------
    content : bytes
        A ``.tflite`` file.
    rounding : {"tflm", "litert"}
        Whose integers are meant.
    x : ndarray, optional
        Codes of the input; None for random ones.
    count : int
        How many random inputs.
    """
    graph, names = load_layers(content, rounding)
    if x is None:
        x = random_codes(graph.contract.shape, graph.contract.dtype, count)
    numbers = {name: number for number, name in names.items()}
    ours = graph.run(x)
    file = read_tflite(content)
    if file.tensors[file.input].type == "FLOAT32":  # a float end: these real numbers become the same codes
        encoding = graph.tensors[graph.input].encoding
        assert encoding is not None
        x = ((x.astype(np.float64) - encoding.zero_point) * encoding.one_scale).astype(np.float32)
    theirs = RUNNERS[rounding](content, x, [numbers[op.outputs[0]] for op in graph.operators])
    layers = []
    for operator in graph.operators:
        name = operator.outputs[0]
        a, b = ours[name].reshape(len(x), -1), theirs[numbers[name]]
        if a.shape != b.shape or a.dtype != b.dtype:
            raise ValueError(f"{name}: {a.shape} {a.dtype} here, {b.shape} {b.dtype} there.")
        difference = np.abs(a.astype(np.int64) - b.astype(np.int64))
        distinct, wrong = len(np.unique(b)), int((difference > 0).sum())
        layers.append(Layer(name, operator.kind, a.size, distinct, wrong, int(difference.max(initial=0))))
    return layers
