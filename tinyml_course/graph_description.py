"""Everything of a graph but its arrays, as JSON has it, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from tinyml_course.errors import ExportError, InputError
from tinyml_course.graph import Array, Encoding, Graph, InputContract, Operator, Tensor, reference_kinds
from tinyml_course.version import __version__

#: What the description calls itself, and the newest version of it that this module reads and writes.
FORMAT, VERSION = "tinyml_course graph", 1

T = TypeVar("T")


def describe(graph: Graph) -> dict[str, Any]:
    """Return everything of a graph but its arrays, ready for JSON.

    Raises
    ------
    ExportError
        For a value that JSON cannot hold exactly.
    """
    contract = graph.contract
    return {
        "format": FORMAT,
        "version": VERSION,
        "written_by": f"tinyml_course {__version__}",
        "kind": graph.kind,
        "description": graph.description,
        "input": graph.input,
        "output": graph.output,
        "contract": {
            "dtype": contract.dtype.name,
            "shape": _plain(contract.shape),
            "minimum": _plain(contract.minimum),
            "maximum": _plain(contract.maximum),
        },
        "labels": _plain(tuple(graph.labels)),
        "tensors": [_describe_tensor(tensor) for tensor in graph.tensors.values()],
        "operators": [_describe_operator(operator) for operator in graph.operators],
    }


def _describe_tensor(tensor: Tensor) -> dict[str, Any]:
    encoding = tensor.encoding
    return {
        "name": tensor.name,
        "shape": _plain(tensor.shape),
        "dtype": tensor.dtype.name,
        "bits": tensor.bits,
        "stored": tensor.data is not None,
        "encoding": None
        if encoding is None
        else {"scale": _plain(encoding.scale), "zero_point": _plain(encoding.zero_point), "axis": encoding.axis},
    }


def _describe_operator(operator: Operator) -> dict[str, Any]:
    return {
        "kind": operator.kind,
        "inputs": list(operator.inputs),
        "outputs": list(operator.outputs),
        "parameters": dict(operator.parameters),
        "attributes": {name: _plain(value) for name, value in operator.attributes.items()},
    }


def _plain(value: Any) -> Any:
    """Integers, floats, text, booleans and tuples of them, as JSON has them; anything else is refused."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise ExportError(f"A graph's file holds finite numbers only, got {value}.")
    if not isinstance(value, int | float | str):
        raise ExportError(
            f"A graph's file holds integers, numbers and text, got {value!r} of type {type(value).__name__}. "
            "Train with labels that are integers or text."
        )
    return value


def check_format(description: Any, name: str) -> None:
    """Raise InputError if a description is that of something else, or of a newer version."""
    if not isinstance(description, dict) or description.get("format") != FORMAT:
        raise InputError(f"{name} holds no graph: its description is not that of a {FORMAT}.")
    version = description.get("version")
    if not isinstance(version, int) or version < 1:
        raise InputError(f"{name} is damaged: expected a version number, got {version!r}.")
    if version > VERSION:
        raise InputError(
            f"{name} has version {version} of the format, written by {description.get('written_by')}; "
            f"this is tinyml_course {__version__}, which reads up to version {VERSION}. Update it."
        )


def graph_of(description: Any, arrays: Sequence[Array], examples: Array, name: str) -> Graph:
    """Return the graph of a description, the opposite of :func:`describe`.

    Parameters
    ----------
    description : object
        What the JSON text holds.
    arrays : sequence of ndarray
        The values of the stored tensors, in the order of the description.
    examples : ndarray
        Samples of the self-test.
    name : str
        Of the file, for messages.

    Raises
    ------
    InputError
        If it does not hold together.
    """
    try:
        return _graph(description, arrays, examples)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        problem = f"{type(error).__name__}: {error}"
        raise InputError(f"{name} is damaged: its description does not hold together ({problem}).") from error


def _graph(description: Mapping[str, Any], arrays: Sequence[Array], examples: Array) -> Graph:
    places = np.cumsum([0] + [bool(entry["stored"]) for entry in description["tensors"]])
    if places[-1] != len(arrays):
        raise ValueError(f"{places[-1]} stored tensors, {len(arrays)} arrays")
    tensors = [
        _tensor(entry, arrays[place] if entry["stored"] else None)
        for entry, place in zip(description["tensors"], places, strict=False)
    ]
    graph = Graph(
        kind=_typed(str, description["kind"]),
        tensors={tensor.name: tensor for tensor in tensors},
        operators=tuple(_operator(entry) for entry in description["operators"]),
        input=_typed(str, description["input"]),
        output=_typed(str, description["output"]),
        contract=_contract(description["contract"]),
        labels=tuple(description["labels"]),
        description=_typed(str, description["description"]),
        examples=examples,
    )
    _check_names(graph, len(tensors))
    return graph


def _contract(entry: Mapping[str, Any]) -> InputContract:
    dtype = np.dtype(entry["dtype"])
    minimum, maximum = entry["minimum"], entry["maximum"]
    if dtype.kind not in "iuf":
        raise ValueError(f"samples of type {dtype}")
    if not isinstance(minimum, int | float) or not isinstance(maximum, int | float):
        raise TypeError("expected a range of two numbers")
    return InputContract(dtype, _integers(entry["shape"]), minimum, maximum)


def _tensor(entry: Mapping[str, Any], data: Array | None) -> Tensor:
    dtype, encoding = np.dtype(entry["dtype"]), entry["encoding"]
    if data is not None and data.dtype != dtype:
        raise ValueError(f"tensor {entry['name']!r} should be {dtype}, its array is {data.dtype}")
    return Tensor(
        name=_typed(str, entry["name"]),
        shape=_integers(entry["shape"]),
        dtype=dtype,
        data=data,
        bits=_typed(int, entry["bits"]),
        encoding=None if encoding is None else _encoding(encoding),
    )


def _encoding(entry: Mapping[str, Any]) -> Encoding:
    scale = entry["scale"]
    return Encoding(tuple(scale) if isinstance(scale, list) else scale, entry["zero_point"], entry["axis"])


def _operator(entry: Mapping[str, Any]) -> Operator:
    return Operator(
        kind=_typed(str, entry["kind"]),
        inputs=tuple(_typed(str, name) for name in entry["inputs"]),
        outputs=tuple(_typed(str, name) for name in entry["outputs"]),
        parameters=entry["parameters"],
        attributes={name: _tuples(value) for name, value in entry["attributes"].items()},
    )


def _check_names(graph: Graph, count: int) -> None:
    """What is referred to exists, and the operators are known."""
    if len(graph.tensors) != count:
        raise ValueError("two tensors have one name")
    unknown = {operator.kind for operator in graph.operators} - reference_kinds()
    if unknown:
        raise ValueError(f"unknown operators: {', '.join(sorted(unknown))}; a newer tinyml_course may know them")
    for operator in graph.operators:
        for name in (*operator.inputs, *operator.outputs, *operator.parameters.values()):
            if name not in graph.tensors:
                raise ValueError(f"{operator.kind} uses {name!r}, which is no tensor")
    if graph.input not in graph.tensors or graph.output not in graph.tensors:
        raise ValueError("its input or its output is no tensor")


def _integers(values: Any) -> tuple[int, ...]:
    return tuple(_typed(int, value) for value in _typed(list, values))


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def _typed(kind: type[T], value: Any) -> T:
    if not isinstance(value, kind):
        raise TypeError(f"expected {kind.__name__}, got {value!r}")
    return value
