"""Where a graph's values live while it runs: one arena, planned before anything runs.

A tensor's bytes are needed from the operator that writes them to the last one that reads them; afterwards
others may take their place. :func:`plan_memory` gives each tensor an offset in one arena, and says how far
the arena is from the lower bound: the most bytes that any single operator needs alive.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tinyml_course.graph import Graph, Tensor
from tinyml_course.packing import Block, bytes_alive, greedy_by_size, pack

#: Operators whose output is their input's bytes under another shape.
ALIASES = frozenset({"reshape"})


@dataclass(frozen=True)
class MemoryPlan:
    """Offsets in an arena.

    Parameters
    ----------
    offsets : mapping of str to int
        First byte of each planned tensor. Tensors that share their bytes (a reshape's input and output)
        have the same offset. A tensor that the caller owns is missing.
    sizes : mapping of str to int
        Bytes of each planned tensor.
    lifetimes : mapping of str to (int, int)
        Numbers of the first and the last operator during which its bytes are needed, both included. An
        operator's inputs and outputs overlap: it may write its output while it still reads.
    alive_bytes : tuple of int
        For each operator, the bytes that are needed while it runs.
    arena_bytes : int
        What the arena takes.
    lower_bound_bytes : int
        The most of `alive_bytes`: no plan for this order of operators is smaller.
    greedy_bytes : int
        What TFLite Micro's planner (the largest tensor first) would take.
    optimal : bool
        Whether it is known that no plan is smaller.
    method : str
        What found the plan.
    """

    offsets: Mapping[str, int]
    sizes: Mapping[str, int]
    lifetimes: Mapping[str, tuple[int, int]]
    alive_bytes: tuple[int, ...]
    arena_bytes: int
    lower_bound_bytes: int
    greedy_bytes: int
    optimal: bool
    method: str

    def __post_init__(self) -> None:
        for name in ("offsets", "sizes", "lifetimes"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    @property
    def excess(self) -> float:
        """How far the arena is above the lower bound, as a fraction: 0.0 at the bound."""
        return self.arena_bytes / self.lower_bound_bytes - 1 if self.lower_bound_bytes else 0.0

    def verdict(self) -> str:
        """Say in one sentence how good the plan is."""
        size = f"{self.arena_bytes:,} B"
        if self.arena_bytes == self.lower_bound_bytes:
            return f"{size}: the lower bound."
        known = "which is the smallest plan there is" if self.optimal else "no smaller plan was found"
        return f"{size}: {self.excess:.1%} above the lower bound of {self.lower_bound_bytes:,} B, {known}."

    def __str__(self) -> str:
        rows = [f"arena {self.verdict()}"]
        for name, offset in sorted(self.offsets.items(), key=lambda item: (self.lifetimes[item[0]], item[1])):
            first, last = self.lifetimes[name]
            rows.append(f"  {offset:>7,} to {offset + self.sizes[name]:>7,}  operators {first} to {last}  {name}")
        return "\n".join(rows)


def plan_memory(graph: Graph, include_input: bool = True, include_output: bool = True) -> MemoryPlan:
    """Plan the arena of a graph.

    Parameters
    ----------
    graph : Graph
        The model. Its order of operators is kept.
    include_input : bool, default True
        Whether the model's input lies in the arena, where later values may take its place. False: the caller
        owns it; it and what shares its bytes get no offset.
    include_output : bool, default True
        The same for the model's output.

    Returns
    -------
    MemoryPlan
        Offsets are multiples of the element's size. The same graph gives the same plan on any machine.
    """
    life = _Lifetimes.of(graph)
    owned = {
        life.root[name] for name, keep in ((graph.input, include_input), (graph.output, include_output)) if not keep
    }
    roots = [root for root in life.spans if root not in owned]
    blocks = [Block(life.bytes[root], *life.spans[root], life.alignment[root]) for root in roots]
    packing = pack(blocks)
    place = dict(zip(roots, packing.offsets, strict=True))
    names = [name for name, root in life.root.items() if root in place]
    alive = bytes_alive(blocks)
    return MemoryPlan(
        offsets={name: place[life.root[name]] for name in names},
        sizes={name: tensor_bytes(graph.tensors[name]) for name in names},
        lifetimes={name: life.spans[life.root[name]] for name in names},
        alive_bytes=tuple(alive + [0] * (len(graph.operators) - len(alive))),
        arena_bytes=packing.height,
        lower_bound_bytes=packing.lower_bound,
        greedy_bytes=greedy_by_size(blocks).height,
        optimal=packing.optimal,
        method=packing.method,
    )


def tensor_bytes(tensor: Tensor) -> int:
    """SRAM of a computed tensor, in bytes."""
    return math.prod(tensor.shape) * tensor.dtype.itemsize


@dataclass
class _Lifetimes:
    """When the bytes of each tensor are needed; tensors that share bytes share a root."""

    root: dict[str, str] = field(default_factory=dict)
    spans: dict[str, tuple[int, int]] = field(default_factory=dict)
    bytes: dict[str, int] = field(default_factory=dict)
    alignment: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, graph: Graph) -> _Lifetimes:
        """Follow the operators in their order."""
        life = cls()
        life._use(graph, graph.input, 0)
        read = {name for operator in graph.operators for name in operator.inputs} | {graph.output}
        for step, operator in enumerate(graph.operators):
            for name in operator.inputs:
                life._use(graph, name, step)
            for number, name in enumerate(operator.outputs):
                # Further outputs that nobody reads are there to look inside; a program does not store them.
                if number == 0 or name in read:
                    shared = life.root[operator.inputs[0]] if operator.kind in ALIASES else name
                    life.root[name] = shared
                    life._use(graph, name, step)
        life._use(graph, graph.output, max(0, len(graph.operators) - 1))
        return life

    def _use(self, graph: Graph, name: str, step: int) -> None:
        """Note that `name` is needed at `step`; stored tensors live in flash."""
        tensor = graph.tensors[name]
        if tensor.data is not None:
            return
        root = self.root.setdefault(name, name)
        first, last = self.spans.get(root, (step, step))
        self.spans[root] = (min(first, step), max(last, step))
        self.bytes[root] = max(self.bytes.get(root, 0), tensor_bytes(tensor))
        self.alignment[root] = max(self.alignment.get(root, 1), tensor.dtype.itemsize)
