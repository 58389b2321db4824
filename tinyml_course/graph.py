"""A model as integers: frozen tensors and the few coarse operators that use them.

Everything after training works on a :class:`Graph`: the exact NumPy reference, the size report and
the exporter. A graph knows nothing about them; the reference registers what each kind of operator
means with :func:`reference_of`.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyml_course.contract import InputContract
from tinyml_course.errors import InputError

__all__ = [
    "Array",
    "Attribute",
    "Encoding",
    "Graph",
    "InputContract",
    "Operator",
    "Reference",
    "Tensor",
    "check_graph",
    "reference_kinds",
    "reference_of",
]

Array = npt.NDArray[Any]
Attribute = int | str | tuple[int, ...]


@dataclass(frozen=True)
class Encoding:
    """How integers stand for real numbers: ``real = scale * (integer - zero_point)``.

    Parameters
    ----------
    scale : float or tuple of float
        Real step between two neighbouring integers; a power of two for a Q format. A tuple holds one step
        for each index along `axis`.
    zero_point : int
        The integer that stands for zero.
    axis : int or None
        The axis that `scale` runs along; None means one scale for the whole tensor.
    """

    scale: float | tuple[float, ...]
    zero_point: int = 0
    axis: int | None = None

    def __post_init__(self) -> None:
        scales = self.scale if isinstance(self.scale, tuple) else (self.scale,)
        if isinstance(self.scale, tuple) == (self.axis is None):
            raise InputError("An encoding has one scale and no axis, or a tuple of scales and their axis.")
        if not all(math.isfinite(scale) and scale > 0 for scale in scales):
            raise InputError(f"A scale must be a finite number above zero, got {self.scale!r}.")

    @property
    def one_scale(self) -> float:
        """The scale of the whole tensor.

        Raises
        ------
        InputError
            If the scale runs along an axis.
        """
        if isinstance(self.scale, tuple):
            raise InputError(f"This encoding has {len(self.scale)} scales along axis {self.axis}.")
        return self.scale


@dataclass(frozen=True)
class Tensor:
    """A named array of integers, or the place for one.

    Parameters
    ----------
    name : str
        Unique in its graph.
    shape : tuple of int
        Without the batch axis.
    dtype : numpy.dtype
        The integer type it is computed with.
    data : ndarray or None
        The stored values (read-only), or None for what is computed at run time.
    bits : int
        Bits that one stored value takes: 4-bit values are packed two to a byte.
    encoding : Encoding or None
        What the integers mean; None where only their order counts.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    data: Array | None = field(default=None, repr=False)
    bits: int = 8
    encoding: Encoding | None = None

    def __post_init__(self) -> None:
        if self.data is None:
            return
        low, high = -(1 << (self.bits - 1)), (1 << self.bits) - 1
        if self.data.shape != self.shape:
            raise InputError(f"Tensor {self.name!r}: expected data of shape {self.shape}, got {self.data.shape}.")
        if self.data.size and not (low <= int(self.data.min()) and int(self.data.max()) <= high):
            raise InputError(f"Tensor {self.name!r}: a value does not fit into {self.bits} bits.")
        frozen = np.array(self.data, dtype=self.dtype)
        frozen.flags.writeable = False
        object.__setattr__(self, "data", frozen)

    @property
    def values(self) -> Array:
        """The stored integers."""
        if self.data is None:
            raise InputError(f"Tensor {self.name!r} is computed at run time; it stores no values.")
        return self.data

    @property
    def stored_bytes(self) -> int:
        """Bytes of flash that the stored values take; 0 for a tensor that is computed."""
        return 0 if self.data is None else math.ceil(self.data.size * self.bits / 8)


@dataclass(frozen=True)
class Operator:
    """One step of a model.

    Parameters
    ----------
    kind : str
        What it does, for example ``"bonsai_tree"``.
    inputs, outputs : tuple of str
        Names of tensors that are computed.
    parameters : mapping of str to str
        Role to the name of the stored tensor that plays it.
    attributes : mapping of str to Attribute
        What becomes code, not stored values: strides, padding, axes, the range of an activation.
    """

    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    parameters: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, Attribute] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", MappingProxyType(dict(self.parameters)))
        object.__setattr__(self, "attributes", MappingProxyType(dict(self.attributes)))

    def integer(self, name: str) -> int:
        """Return the attribute `name`, which is one integer."""
        value = self.attributes[name]
        assert isinstance(value, int), f"{self.kind}: {name} is {value!r}"
        return value

    def integers(self, name: str) -> tuple[int, ...]:
        """Return the attribute `name`, which is a tuple of integers."""
        value = self.attributes[name]
        assert isinstance(value, tuple), f"{self.kind}: {name} is {value!r}"
        return value


Reference = Callable[["Graph", Operator, Mapping[str, Array]], Mapping[str, Array]]
_REFERENCES: dict[str, Reference] = {}


def reference_of(kind: str) -> Callable[[Reference], Reference]:
    """Register the exact NumPy meaning of one kind of operator (a decorator)."""

    def register(function: Reference) -> Reference:
        _REFERENCES[kind] = function
        return function

    return register


def _references() -> Mapping[str, Reference]:
    """All registered references. They live in a layer above this one, so they are looked up by name."""
    if not _REFERENCES:
        import_module("tinyml_course.reference")
    return _REFERENCES


def reference_kinds() -> frozenset[str]:
    """Kinds of operators that have an exact reference."""
    return frozenset(_references())


@dataclass(frozen=True)
class Graph:
    """A model in integers only, from raw input to integer output.

    Parameters
    ----------
    kind : str
        The family of model, for example ``"Bonsai"``.
    tensors : mapping of str to Tensor
        Stored and computed ones.
    operators : tuple of Operator
        In the order in which they run.
    input, output : str
        Names of the first and the last tensor.
    contract : InputContract
        What the model accepts.
    labels : tuple
        The meaning of each class index: the sorted training labels.
    description : str
        One line for reports, for example ``"depth 2, 18 projected features, 4 bits"``.
    examples : ndarray of shape (few, *contract.shape)
        A few raw samples, for a board's self-test. Not part of the model.
    """

    kind: str
    tensors: Mapping[str, Tensor]
    operators: tuple[Operator, ...]
    input: str
    output: str
    contract: InputContract
    labels: tuple[Any, ...]
    description: str = ""
    examples: Array = field(default_factory=lambda: np.zeros((0, 0), np.uint8), repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tensors", MappingProxyType(dict(self.tensors)))

    @property
    def model_bytes(self) -> int:
        """Every stored parameter: weights, biases, tables, scales, shifts, indices. In bytes."""
        return sum(tensor.stored_bytes for tensor in self.tensors.values())

    @property
    def parameter_count(self) -> int:
        """How many numbers are stored."""
        return sum(t.data.size for t in self.tensors.values() if t.data is not None)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write everything into one ``.npz`` file; :func:`tinyml_course.load_graph` reads it, exactly.

        Raises
        ------
        ExportError
            If the file cannot be written, or the labels are neither integers nor text.
        """
        written: Path = import_module("tinyml_course.graph_file").save_graph(self, path)  # a layer above this one
        return written

    def parameter(self, operator: Operator, role: str) -> Array:
        """Return the stored integers that play `role` in `operator`."""
        return self.tensors[operator.parameters[role]].values

    def scalar(self, operator: Operator, role: str) -> int:
        """Return a stored single integer."""
        return int(self.parameter(operator, role))

    def operator(self, kind: str) -> Operator | None:
        """Return the first operator of this kind, or None."""
        return next((op for op in self.operators if op.kind == kind), None)

    def run(self, x: npt.ArrayLike) -> dict[str, Array]:
        """Compute every tensor for a batch; a way to look inside.

        Returns
        -------
        dict of str to ndarray
            Each computed tensor's name and its integers, first axis the batch.

        Raises
        ------
        InputError
            If `x` breaks the input contract.
        """
        computed: dict[str, Array] = {self.input: self.contract.check(x)}
        for operator in self.operators:
            computed.update(_references()[operator.kind](self, operator, computed))
        return computed

    def predict(self, x: npt.ArrayLike) -> Array:
        """Exact integer outputs, the same on a computer and on a board.

        Parameters
        ----------
        x : array_like of shape (n, *contract.shape) or (n, contract.size)
            Raw values, of the contract's dtype and range.

        Returns
        -------
        ndarray of shape (n, outputs)
            Integers of the output tensor's dtype.

        Raises
        ------
        InputError
            If `x` breaks the input contract.
        """
        outputs = self.run(x)[self.output]
        return outputs.reshape(len(outputs), math.prod(outputs.shape[1:]))

    def classify(self, x: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Indices into :attr:`labels`, shape (n,): the largest output, the first one of equals."""
        classes: npt.NDArray[np.int64] = self.predict(x).argmax(axis=1).astype(np.int64)
        return classes


def check_graph(graph: Any) -> Graph:
    """Return `graph` if it is one.

    Raises
    ------
    InputError
        For anything else, with what makes a graph of it.
    """
    if not isinstance(graph, Graph):
        raise InputError(
            f"Expected a Graph, got {type(graph).__name__}. tinyml_course.quantize(model, x) makes one of a trained "
            "model, load_tflite(path) of a .tflite file, load_graph(path) of a saved graph."
        )
    return graph
