"""What TensorFlow's converter made of a Keras model: the file, what it cost, and the way to a graph."""

from __future__ import annotations

import builtins
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from tinyml_course.convert.bonsai import choose_examples
from tinyml_course.convert.encode import accept_raw
from tinyml_course.errors import ConversionError
from tinyml_course.graph import Array, Graph, InputContract

#: Modes whose file computes in integers only.
INTEGER_MODES = ("int8", "int16x8")
#: Modes that keep float arithmetic.
FLOAT_MODES = ("dynamic", "float16")


@dataclass(frozen=True)
class ConversionReport:
    """What a conversion cost and saved.

    Parameters
    ----------
    mode : str
        ``"int8"``, ``"int16x8"``, ``"dynamic"`` or ``"float16"``.
    per_channel : bool
        Whether each output channel has a weight scale of its own.
    bytes_before, bytes_after : int
        The ``.tflite`` file in float32, and as converted. Both hold the same structure, so small models shrink
        by less than the width of their weights does.
    accuracy_before, accuracy_after : float or None
        Fraction of the validation data that the Keras model, and what was made of it, get right; None without
        validation data.
    samples : int
        Validation samples.
    """

    mode: str
    per_channel: bool
    bytes_before: int
    bytes_after: int
    accuracy_before: float | None = None
    accuracy_after: float | None = None
    samples: int = 0

    @property
    def summary(self) -> str:
        """The report in one line."""
        text = f"{self.mode} {'per channel' if self.per_channel else 'per tensor'}, {self.bytes_after:,} B of .tflite"
        if self.accuracy_before is not None and self.accuracy_after is not None:
            text += f", accuracy {self.accuracy_before:.4f} -> {self.accuracy_after:.4f} on {self.samples} samples"
        return text

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return asdict(self)

    def rows(self) -> list[tuple[str, str, str]]:
        """Figure, before and after, as tables show them."""
        rows = [("file", f"{self.bytes_before:,} B", f"{self.bytes_after:,} B")]
        if self.accuracy_before is not None and self.accuracy_after is not None:
            rows += [
                (f"accuracy ({self.samples} samples)", f"{self.accuracy_before:.4f}", f"{self.accuracy_after:.4f}")
            ]
        return rows

    def __str__(self) -> str:
        head = ("per channel" if self.per_channel else "per tensor", "float32", self.mode)
        return "\n".join(f"{name:<28}{before:>12}{after:>12}" for name, before, after in [head, *self.rows()])

    def _repr_html_(self) -> str:
        cells = "".join(
            f"<tr><th scope='row' style='text-align:left'>{name}</th><td>{before}</td><td>{after}</td></tr>"
            for name, before, after in self.rows()
        )
        head = f"<tr><th scope='col'></th><th scope='col'>float32</th><th scope='col'>{self.mode}</th></tr>"
        return f"<table><caption>Conversion</caption>{head}{cells}</table>"


@dataclass(frozen=True)
class Converted:
    """A converted Keras model.

    Parameters
    ----------
    bytes : bytes
        The ``.tflite`` file. Batch 1; an integer mode has integer input and output.
    report : ConversionReport
        Bytes and accuracy, before and after.
    contract : InputContract
        The raw values that the representative data had.
    samples : ndarray of shape (few, *contract.shape)
        A few of them, for a board's self-test.
    """

    bytes: builtins.bytes = field(repr=False)
    report: ConversionReport
    contract: InputContract
    samples: Array = field(repr=False)

    @property
    def mode(self) -> str:
        """How it was converted."""
        return self.report.mode

    def graph(self, rounding: str = "tflm") -> Graph:
        """Read the file as an exact integer graph that takes the representative data's raw values.

        Parameters
        ----------
        rounding : {"tflm", "litert"}, default "tflm"
            Whose integers: TensorFlow Lite Micro's or LiteRT's reference kernels'.

        Raises
        ------
        ConversionError
            For a mode that keeps floats, an operator that is not supported, or int16 codes of an input that is
            not few integers.
        """
        if self.mode not in INTEGER_MODES:
            raise ConversionError(
                f"A model converted with mode={self.mode!r} keeps float arithmetic, so it is no integer graph. "
                f"Use one of: {', '.join(map(repr, INTEGER_MODES))}."
            )
        from tinyml_course.convert.tflite import load_tflite

        codes = _with_short_names(load_tflite(self.bytes, rounding=rounding))
        graph = accept_raw(codes, self.contract)
        description = f"{self.report.summary}; {codes.description}"
        return replace(graph, kind="Keras", description=description, examples=choose_examples(graph, self.samples))

    def predict(self, x: Array) -> Array:
        """Real outputs by TensorFlow's own interpreter, with its reference kernels.

        Parameters
        ----------
        x : ndarray of shape (n, *contract.shape)
            Raw values under the contract.

        Returns
        -------
        ndarray of float32, shape (n, outputs)
            The codes of an integer mode are turned back into real numbers.

        Raises
        ------
        InputError
            If `x` breaks the contract.
        """
        from tinyml_course.convert.interpreter import interpret

        return interpret(self.bytes, self.contract.check(x))

    def write(self, path: str | Path) -> Path:
        """Write the ``.tflite`` file; returns its path."""
        target = Path(path)
        target.write_bytes(self.bytes)
        return target


def _with_short_names(graph: Graph) -> Graph:
    """Name tensors after their Keras layers: ``model/conv2d/Relu;model/conv2d/BiasAdd`` becomes ``conv2d``."""
    names: dict[str, str] = {}

    def choose(old: str, wanted: str) -> None:
        taken, number = set(names.values()), 2
        name = wanted
        while name in taken:
            name, number = f"{wanted}_{number}", number + 1
        names.setdefault(old, name)

    choose(graph.input, "input")
    for operator in graph.operators:
        for old in operator.outputs:
            scopes = old.split(";")[0].split("/")
            choose(old, "output" if old == graph.output else scopes[1] if len(scopes) > 2 else scopes[-1])
        for role, old in operator.parameters.items():
            choose(old, f"{names[operator.outputs[0]]}/{role}")
    operators = tuple(
        replace(
            operator,
            inputs=tuple(names[old] for old in operator.inputs),
            outputs=tuple(names[old] for old in operator.outputs),
            parameters={role: names[old] for role, old in operator.parameters.items()},
        )
        for operator in graph.operators
    )
    tensors = {names[old]: replace(graph.tensors[old], name=names[old]) for old in names}
    return replace(graph, tensors=tensors, operators=operators, input=names[graph.input], output=names[graph.output])
