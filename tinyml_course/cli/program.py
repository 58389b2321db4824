"""What ``tinyml simulate`` and ``tinyml upload`` share: the program that is meant, and its samples."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tinyml_course.errors import InputError

if TYPE_CHECKING:
    from tinyml_course.cli.samples import Array
    from tinyml_course.export import Sketch
    from tinyml_course.graph import Encoding, Graph


def read_program(model: Path, name: str, optimize: str, rounding: str) -> tuple[Graph | None, Sketch]:
    """Read a model and export it, or read a sketch that was exported.

    Parameters
    ----------
    model : Path
        A ``.tflite`` or ``.npz`` file, or a folder that tinyml export wrote.
    name : str
        Name of the sketch that is made of a file.
    optimize, rounding : str
        As in the options of the same names; a folder needs neither.

    Returns
    -------
    Graph or None
        None for a folder: it holds no graph.
    Sketch
        The program.
    """
    from tinyml_course.cli.reading import read_graph
    from tinyml_course.export import export_arduino
    from tinyml_course.export.sketch_reader import read_sketch

    if model.is_dir():
        return None, read_sketch(model)
    graph = read_graph(model, rounding)
    return graph, export_arduino(graph, name=name, optimize=optimize)


def read_samples_for(
    graph: Graph | None, sketch: Sketch, data: Path, labels: Path | None, encode: bool
) -> tuple[Array, Array | None]:
    """Read samples of the sketch's type, and the label of each where labels are known.

    Raises
    ------
    InputError
        If they cannot be read, or are not what the sketch takes.
    """
    from tinyml_course.cli.samples import read_labels, read_samples, typed_for

    samples = read_samples(data)
    if encode:
        x = _encoded(graph, samples.x)
    elif samples.has_dtype and samples.x.dtype != sketch.input_dtype and _input_encoding(graph) is not None:
        raise InputError(
            f"{data}: the model takes {sketch.input_dtype} codes, got values of type {samples.x.dtype}. "
            "If they are the real numbers that it was trained with, add --encode."
        )
    else:
        x = typed_for(samples, sketch.input_dtype, data)
    return x, samples.labels if labels is None else read_labels(labels, len(x))


def _input_encoding(graph: Graph | None) -> Encoding | None:
    return None if graph is None else graph.tensors[graph.input].encoding


def _encoded(graph: Graph | None, x: Array) -> Array:
    """Real numbers to the codes of the model's input, as TFLite's QUANTIZE makes them."""
    from tinyml_course.convert.encode import quantize_values

    encoding = _input_encoding(graph)
    if graph is None or encoding is None:
        raise InputError(
            "--encode needs a .tflite model, whose input is a code with a scale; this model takes raw values."
        )
    return quantize_values(x, encoding, graph.contract.dtype)
