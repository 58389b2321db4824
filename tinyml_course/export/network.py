"""What the writer of networks works with: steps, the facts they are made from, and who makes them.

A network is a chain of operators of the TFLite kinds. A :class:`Step` is one call of ``NAME_run`` with the
tables and kernels it needs. A function registered with :func:`step_of` writes one kind of operator; a function
registered with :func:`fuser` may take several operators that follow each other and write them as one step, for
example a convolution and its pooling. Fusers are asked first, in the order in which they were registered.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinyml_course.errors import ExportError
from tinyml_course.export.c_text import fixed_c
from tinyml_course.export.network_bounds import Bounds, graph_bounds
from tinyml_course.graph import Graph, Operator, Tensor


@dataclass(frozen=True)
class Places:
    """Where values lie, as C expressions.

    Parameters
    ----------
    graph : Graph
        Whose tensors they are.
    offsets : mapping of str to int
        First byte of each tensor in the arena.
    given : frozenset of str
        Tensors that are the caller's input, or the same bytes under another shape.
    arena : str
        The arena's C name.
    arena_type : numpy.dtype
        Of the arena's elements.
    scratch : int or None
        First byte of the step's own bytes; None if it asked for none.
    """

    graph: Graph
    offsets: Mapping[str, int]
    given: frozenset[str]
    arena: str
    arena_type: np.dtype[Any]
    scratch: int | None = None

    def of(self, tensor: str, first: int = 0) -> str:
        """Return a pointer to a tensor's value number `first`."""
        dtype = self.graph.tensors[tensor].dtype
        if tensor not in self.offsets:
            if tensor not in self.given:
                raise ExportError(f"{tensor!r} is read, but no operator of this {self.graph.kind} computes it.")
            return f"input + {first}" if first else "input"
        return self._pointer(self.offsets[tensor] + first * dtype.itemsize, dtype)

    def scratch_of(self, dtype: np.dtype[Any]) -> str:
        """Return a pointer to the step's own bytes, for values of this type."""
        assert self.scratch is not None, "the step asked for no scratch bytes"
        return self._pointer(self.scratch, dtype)

    def _pointer(self, offset: int, dtype: np.dtype[Any]) -> str:
        if dtype == self.arena_type:
            return f"{self.arena} + {offset // dtype.itemsize}"
        return f"({dtype.name}_t *){self.arena} + {offset // dtype.itemsize}"


@dataclass(frozen=True)
class Step:
    """One call of ``NAME_run``.

    Parameters
    ----------
    title : str
        What it does and what is proven, for the comment before the call.
    call : callable
        Given the places of the values, returns the C statements.
    count : int
        How many operators, one after the other, it stands for.
    tables : tuple of str
        C text of its tables.
    table_bytes : int
        Bytes of flash that the tables take on an AVR.
    kernels : tuple of str
        C text of functions, each after those it calls. The same text is written once for all steps.
    scratch_bytes : int
        Bytes it needs while it runs; aligned for the widest value type of the graph.
    in_place : bool
        Whether the first output may take the place of the first input: no value is written before all that is
        computed from the value there has been read.
    speed : bool
        Whether this is the form for ``optimize="speed"``.
    """

    title: str
    call: Callable[[Places], str]
    count: int = 1
    tables: tuple[str, ...] = ()
    table_bytes: int = 0
    kernels: tuple[str, ...] = ()
    scratch_bytes: int = 0
    in_place: bool = False
    speed: bool = False


@dataclass(frozen=True, eq=False)
class Network:
    """A graph that is being written.

    Parameters
    ----------
    graph : Graph
        The network.
    name : str
        The sketch's name.
    optimize : str
        ``"size"`` or ``"speed"``.
    memo : dict
        What the writers of steps have found out and need again.
    """

    graph: Graph
    name: str
    optimize: str = "size"
    memo: dict[object, Any] = field(default_factory=dict, repr=False)

    @functools.cached_property
    def bounds(self) -> Mapping[str, Bounds]:
        """Smallest and largest value of each computed tensor, for every allowed input."""
        return graph_bounds(self.graph)

    @functools.cached_property
    def readers(self) -> Mapping[str, tuple[int, ...]]:
        """Indices of the operators that read each tensor; ``len(operators)`` stands for the caller."""
        found: dict[str, list[int]] = {self.graph.output: [len(self.graph.operators)]}
        for index, operator in enumerate(self.graph.operators):
            for tensor in operator.inputs:
                found.setdefault(tensor, []).append(index)
        return {tensor: tuple(sorted(indices)) for tensor, indices in found.items()}

    @functools.cached_property
    def size_type(self) -> str:
        """C type that counts the elements of every tensor, and twice as many."""
        largest = max(math.prod(tensor.shape) for tensor in self.graph.tensors.values())
        return "uint16_t" if largest < 2**15 else "uint32_t"

    def tensor(self, name: str) -> Tensor:
        """Return a tensor."""
        return self.graph.tensors[name]

    def size(self, name: str) -> int:
        """Elements of a tensor."""
        return math.prod(self.graph.tensors[name].shape)

    def zero_point(self, name: str) -> int:
        """Integer that stands for zero in a tensor."""
        encoding = self.graph.tensors[name].encoding
        return 0 if encoding is None else encoding.zero_point

    def follows(self, index: int, *kinds: str) -> bool:
        """Tell whether operators of these kinds follow each other from `index` on.

        Each reads only what the one before wrote, and nobody else reads that.
        """
        chain = self.graph.operators[index : index + len(kinds)]
        if tuple(operator.kind for operator in chain) != kinds:
            return False
        links = zip(chain[:-1], chain[1:], range(index + 1, index + len(kinds)), strict=True)
        return all(
            after.inputs == before.outputs[:1] and self.readers[before.outputs[0]] == (number,)
            for before, after, number in links
        )

    def kernel(self, file: str, value: np.dtype[Any] | None = None, result: np.dtype[Any] | None = None) -> str:
        """Return the text of ``export/c/FILE``, for one type of values.

        Parameters
        ----------
        file : str
            Name of a fixed C file. It may write ``model_value_T`` and ``model_result_T`` for the types of the
            values it reads and writes, and end its own names in ``_T``.
        value, result : numpy.dtype, optional
            Those types. ``_T`` becomes nothing for int8 and for example ``_16`` for int16, so that several forms can
            stand in one program.
        """
        text = fixed_c(file, self.name)
        if value is None:
            return text
        types = {"value": value, "result": value if result is None else result}
        for word, dtype in types.items():
            text = text.replace(f"{self.name}_{word}_T", f"{dtype.name}_t")
        return re.sub(r"_T(?=\b|_t\b)", suffix(value, result), text)


def suffix(value: np.dtype[Any], result: np.dtype[Any] | None = None) -> str:
    """Return what the names of a kernel for these types of values end in: nothing for int8."""
    types = [value] if result is None or result == value else [value, result]
    return (
        "" if all(t == np.int8 for t in types) else "".join(f"_{'u' * (t.kind == 'u')}{8 * t.itemsize}" for t in types)
    )


WriteStep = Callable[[Network, int, Operator], Step]
Fuser = Callable[[Network, int], Step | None]
_STEPS: dict[str, WriteStep] = {}
_FUSERS: list[Fuser] = []


def step_of(*kinds: str) -> Callable[[WriteStep], WriteStep]:
    """Register who writes an operator of these kinds (a decorator)."""

    def register(function: WriteStep) -> WriteStep:
        _STEPS.update(dict.fromkeys(kinds, function))
        return function

    return register


def fuser(function: Fuser) -> Fuser:
    """Register a function that writes the operators from an index on as one step, or returns None (a decorator)."""
    _FUSERS.append(function)
    return function


def step_kinds() -> frozenset[str]:
    """Kinds of operators that are written."""
    return frozenset(_STEPS)


def steps_of(network: Network) -> list[Step]:
    """Write every operator.

    Raises
    ------
    ExportError
        If a proof fails, or ``optimize="speed"`` where no step has such a form.
    """
    steps: list[Step] = []
    index = 0
    while index < len(network.graph.operators):
        operator = network.graph.operators[index]
        fused = next((step for make in _FUSERS if (step := make(network, index)) is not None), None)
        steps.append(fused if fused is not None else _STEPS[operator.kind](network, index, operator))
        index += steps[-1].count
    if network.optimize == "speed" and not any(step.speed for step in steps):
        raise ExportError(
            f"optimize='speed' has no form of its own for this {network.graph.kind}. Use optimize='size': its inner "
            "loops are as fast."
        )
    return steps
