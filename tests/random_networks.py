"""Random networks for the exporter: many small ones in one graph, so that one compiled program tests them all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from random_tflite import RandomModel, Value

from tinyml_course.convert.tflite import load_tflite
from tinyml_course.errors import ConversionError
from tinyml_course.graph import Encoding, Graph, InputContract, Operator, Tensor
from tinyml_course.memory import plan_memory

#: Values in every network's input, and the shapes that they are given.
INPUTS = 48
SHAPES = ((4, 4, 3), (6, 8, 1), (48,), (2, 12, 2), (3, 4, 4), (8, 3, 2), (1, 24, 2), (16, 3, 1))


class SmallModel(RandomModel):
    """A random model of 48 inputs; they and its outputs are codes of its type."""

    def input_shape(self) -> tuple[int, ...]:
        return (1, *SHAPES[int(self.rng.integers(len(SHAPES)))])

    def beginning(self, x: Value) -> int:
        return x.number

    def ending(self, x: Value) -> int:
        return x.number


def random_network(seed: int, kind: str = "INT8", steps: int = 4, extreme: bool = False) -> Graph:
    """A random chain of operators as a graph; where the converter refuses one, the next seed is taken."""
    for attempt in range(1000):
        try:
            model = SmallModel(seed + 100_000 * attempt, kind, steps, extreme)
            return load_tflite(model.file.to_bytes(), rounding="litert" if seed % 3 == 0 else "tflm")
        except ConversionError:
            continue
    raise AssertionError("no model could be converted")


def side_by_side(graphs: Iterable[Graph], every_tensor: bool = False) -> Graph:
    """One graph of networks that read the same input; its output is that of all of them, one after the other.

    Parameters
    ----------
    graphs : iterable of Graph
        With 48 inputs of one type.
    every_tensor : bool, default False
        Whether the output is every computed value instead of the last ones.
    """
    tensors: dict[str, Tensor] = {}
    operators: list[Operator] = []
    parts: list[str] = []
    for number, graph in enumerate(graphs):
        dtype = graph.contract.dtype
        names = {name: f"{number}/{name}" for name in graph.tensors}
        tensors |= {names[n]: replace(t, name=names[n]) for n, t in graph.tensors.items()}
        operators.append(Operator("reshape", ("input",), (names[graph.input],)))
        for operator in graph.operators:
            roles = {role: names[name] for role, name in operator.parameters.items()}
            ends = [tuple(names[name] for name in group) for group in (operator.inputs, operator.outputs)]
            operators.append(replace(operator, inputs=ends[0], outputs=ends[1], parameters=roles))
        shown = [n for o in graph.operators for n in o.outputs] if every_tensor else [graph.output]
        for name in dict.fromkeys(shown):
            tensor = graph.tensors[name]
            flat = Tensor(f"{names[name]} flat", (int(np.prod(tensor.shape)),), dtype, encoding=Encoding(1.0))
            assert tensor.dtype == dtype
            tensors[flat.name] = flat
            operators.append(Operator("reshape", (names[name],), (flat.name,)))
            parts.append(flat.name)
    tensors["input"] = Tensor("input", (INPUTS,), dtype, encoding=Encoding(1.0))
    size = sum(tensors[name].shape[0] for name in parts)
    tensors["output"] = Tensor("output", (size,), dtype, encoding=Encoding(1.0))
    operators.append(Operator("concatenation", tuple(parts), ("output",), {}, {"axis": 0}))
    limits = np.iinfo(dtype)
    contract = InputContract(dtype, (INPUTS,), limits.min, limits.max)
    return Graph("TFLite", tensors, tuple(operators), "input", "output", contract, tuple(range(size)), "side by side")


def small_networks(seed: int, count: int, kind: str = "INT8", arena_bytes: int = 300, steps: int = 3) -> list[Graph]:
    """Random networks with at most 40 outputs and small values in between: several of them fit an Uno together."""
    found: list[Graph] = []
    while len(found) < count:
        graph = random_network(seed, kind, steps)
        seed += 1
        if len(graph.labels) <= 40 and plan_memory(graph).arena_bytes <= arena_bytes:
            found.append(graph)
    return found


def random_codes(seed: int, n: int, dtype: Any) -> np.ndarray[Any, Any]:
    """Codes with the extreme samples among them."""
    limits = np.iinfo(dtype)
    x = np.random.default_rng(seed).integers(limits.min, limits.max + 1, (n, INPUTS)).astype(dtype)
    x[0], x[1] = limits.min, limits.max
    x[2, ::2], x[2, 1::2] = limits.min, limits.max
    return x
