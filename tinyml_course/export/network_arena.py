"""What a network keeps in its arena, given the steps that it is written as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tinyml_course.export.network import Network, Step
from tinyml_course.graph import Graph, Operator, Tensor

#: Name of the bytes that a step may use while it runs.
SCRATCH = "scratch {}"


def widest(graph: Graph) -> np.dtype[Any]:
    """Return the widest type of the values that are computed: int8 or int16."""
    computed = {name for operator in graph.operators for name in operator.outputs}
    return max((graph.tensors[name].dtype for name in computed), key=lambda dtype: dtype.itemsize)


def fused_graph(graph: Graph, steps: list[Step]) -> Graph:
    """Return a graph with one operator for each step, for the memory plan.

    What a step keeps to itself is gone; its scratch bytes are one more input. A step that may work in place does
    so as a reshape: input and output share their bytes.
    """
    operators: list[Operator] = []
    tensors, shared, readers = dict(graph.tensors), Shared.of(graph), Network(graph, "").readers
    wide = widest(graph)
    first = 0
    for step in steps:
        part = graph.operators[first : first + step.count]
        first += step.count
        written = [name for operator in part for name in operator.outputs]
        inputs = [n for o in part for n in o.inputs if n not in written and graph.tensors[n].data is None]
        outputs = [name for name in written if readers.get(name, (-1,))[-1] >= first] or written[-1:]
        free = step.in_place and shared.root(inputs[0]) != graph.input and shared.last_reader(inputs[0]) < first
        alias = free or (part[0].kind == "reshape" and step.count == 1)
        if step.scratch_bytes:
            scratch = SCRATCH.format(len(operators))
            tensors[scratch] = Tensor(scratch, (-(-step.scratch_bytes // wide.itemsize),), wide)
            inputs.append(scratch)
        operators.append(Operator("reshape" if alias else "step", tuple(dict.fromkeys(inputs)), tuple(outputs)))
    return replace(graph, operators=tuple(operators), tensors=tensors)


@dataclass(frozen=True)
class Shared:
    """Which tensors are the same bytes under another shape, and who reads them last.

    Parameters
    ----------
    roots : mapping of str to str
        For the output of a reshape, the first tensor that has its bytes.
    last : mapping of str to int
        For such a first tensor, the index of the last operator that reads its bytes.
    """

    roots: Mapping[str, str]
    last: Mapping[str, int]

    @classmethod
    def of(cls, graph: Graph) -> Shared:
        """Follow the reshapes of a graph."""
        roots: dict[str, str] = {}
        last: dict[str, int] = {}
        for index, operator in enumerate(graph.operators):
            if operator.kind == "reshape":
                roots[operator.outputs[0]] = roots.get(operator.inputs[0], operator.inputs[0])
            for name in operator.inputs:
                last[roots.get(name, name)] = index
        last[roots.get(graph.output, graph.output)] = len(graph.operators)
        return cls(roots, last)

    def root(self, name: str) -> str:
        """Return the first tensor that has these bytes."""
        return self.roots.get(name, name)

    def last_reader(self, name: str) -> int:
        """Return the index of the last operator that reads these bytes; -1 if none does."""
        return self.last.get(self.root(name), -1)
