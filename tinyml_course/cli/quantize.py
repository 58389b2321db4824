"""``tinyml quantize``: a trained model to integers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tinyml_course.cli.options import data_option, labels_option
from tinyml_course.errors import ExportError, InputError

if TYPE_CHECKING:
    from tinyml_course.cli.samples import Array
    from tinyml_course.graph import Graph


@click.command("quantize")
@click.argument("model", type=click.Path(path_type=Path))
@data_option
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), metavar="OUT", help="A .tflite or .npz file."
)
@labels_option
@click.option(
    "--mode",
    default="int8",
    show_default=True,
    type=click.Choice(["int8", "int16x8", "dynamic", "float16"]),
    help="Of Keras models. The last two keep float arithmetic: no board without a float unit wants them.",
)
@click.option(
    "--rounding",
    type=click.Choice(["tflm", "litert"]),
    help="How a Keras model's .npz graph rounds: as TFLite Micro (default) or as LiteRT.",
)
@click.option("--per-tensor", is_flag=True, help="One weight scale for each layer of a Keras model, not each channel.")
@click.option(
    "--vote",
    type=click.Choice(["soft", "hard"]),
    help="How a forest votes: soft as scikit-learn does (default), or one vote for each tree.",
)
@click.option("--trust-pickle", is_flag=True, help="Read .joblib and .pkl files, which can run any code.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the table.")
def command(
    model: Path,
    data: Path,
    output: Path,
    labels: Path | None,
    mode: str,
    rounding: str | None,
    per_tensor: bool,
    vote: str | None,
    trust_pickle: bool,
    as_json: bool,
) -> None:
    """Turn the trained MODEL into integers, with the samples of DATA to find its ranges.

    \b
    MODEL                                 OUT
    Keras: .keras, .h5                    .tflite (takes int8 codes), or .npz (takes raw values)
    scikit-learn: .skops                  .npz
    the same as .joblib, .pkl             .npz, with --trust-pickle only: reading a pickle runs
                                          whatever program its author put into it

    The samples' type, shape and range become what the model accepts. Labels, if there are any, are those to
    compare the accuracy with, before and after.
    """  # noqa: D301 (click reads the backspace)
    from tinyml_course.cli.samples import read_labels, read_samples, with_smallest_type
    from tinyml_course.cli.trained import KERAS, read_trained
    from tinyml_course.progress import bar

    is_keras = model.suffix.lower() in KERAS
    _check_options(is_keras, output, mode, rounding, per_tensor, vote)
    samples = read_samples(data)
    x = with_smallest_type(samples)
    y = samples.labels if labels is None else read_labels(labels, len(x))
    with bar("Quantizing", 3) as step:
        trained = read_trained(model, trust_pickle)
        step(1)
        if is_keras:
            as_graph = (rounding or "tflm") if output.suffix.lower() == ".npz" else None
            content, figures = _from_keras(trained, x, y, mode, not per_tensor, as_graph)
        else:
            content, figures = _from_estimator(trained, x, y, labels or data, vote or "soft")
            figures |= {"bytes_before": model.stat().st_size}
        step(2)
        _write(output, content)
    figures = {"model": str(model), "output": str(output), **figures, "bytes_after": len(content)}
    if as_json:
        click.echo(json.dumps(figures))
    else:
        _print_table(model, output, figures)


def _check_options(
    is_keras: bool, output: Path, mode: str, rounding: str | None, per_tensor: bool, vote: str | None
) -> None:
    """Refuse options that would be ignored, and an output that the model cannot become."""
    only_keras = {"--mode": mode != "int8", "--rounding": rounding is not None, "--per-tensor": per_tensor}
    wrong = [name for name, given in (only_keras if not is_keras else {"--vote": vote is not None}).items() if given]
    if wrong:
        raise click.UsageError(f"{wrong[0]} is only for {'scikit-learn forests' if is_keras else 'Keras models'}.")
    endings = [".npz"] if not is_keras else [".tflite"] if mode in ("dynamic", "float16") else [".tflite", ".npz"]
    if output.suffix.lower() not in endings:
        raise click.UsageError(f"This model becomes a {' or '.join(endings)} file; OUT is {output.name!r}.")
    if rounding is not None and output.suffix.lower() == ".tflite":
        raise click.UsageError("A .tflite file does not say how to round; --rounding is for a .npz graph.")
    if not output.parent.is_dir():
        raise ExportError(f"Cannot write {output}: there is no folder {output.parent}.")


def _from_keras(
    trained: Any, x: Array, y: Array | None, mode: str, per_channel: bool, as_graph: str | None
) -> tuple[bytes, dict[str, Any]]:
    """Convert a Keras model to the content of a file: a graph's with the rounding `as_graph`, or a .tflite file's."""
    import tinyml_course as tc
    from tinyml_course.graph_file import to_bytes

    if y is not None and y.dtype.kind not in "iu":
        raise InputError(f"The labels of a Keras model are class indices, integers from 0; got type {y.dtype}.")
    x = _shaped_for(trained, x)
    validation = None if y is None else (x, y)
    converted = tc.convert_keras(trained, x, mode, per_channel=per_channel, validation_data=validation)
    report = converted.report.to_dict()
    if as_graph is None:
        return converted.bytes, {**report, "model_bytes": None, "description": converted.report.summary}
    graph = converted.graph(as_graph)
    return to_bytes(graph), {**report, "model_bytes": graph.model_bytes, "description": graph.description}


def _shaped_for(trained: Any, x: Array) -> Array:
    """Give flat samples, as a .csv file has them, the shape of a Keras model's input."""
    import math

    shape = getattr(trained, "input_shape", None)
    if not isinstance(shape, tuple) or not all(isinstance(length, int) for length in shape[1:]):
        return x
    flat = x.ndim == 2 and x.shape[1] == math.prod(shape[1:])
    return x.reshape(len(x), *shape[1:]) if flat else x


def _from_estimator(trained: Any, x: Array, y: Array | None, source: Path, vote: str) -> tuple[bytes, dict[str, Any]]:
    """Convert a scikit-learn estimator (or a Bonsai) to the content of a graph's file; `source` has the labels."""
    import numpy as np

    import tinyml_course as tc
    from tinyml_course.cli.samples import indices_of
    from tinyml_course.graph_file import to_bytes

    graph: Graph = tc.quantize(trained, x, vote=vote)
    before = indices_of(np.asarray(trained.predict(x.reshape(len(x), -1))), graph.labels, source)
    after = graph.classify(x)
    right = None if y is None else indices_of(y, graph.labels, source)
    return to_bytes(graph), {
        "mode": "int8",
        "accuracy_before": None if right is None else float((before == right).mean()),
        "accuracy_after": None if right is None else float((after == right).mean()),
        "samples": len(x),
        "agreement": float((before == after).mean()),
        "model_bytes": graph.model_bytes,
        "description": graph.description,
    }


def _write(output: Path, content: bytes) -> None:
    from tinyml_course.graph_file import write_whole

    try:
        write_whole(output, content)
    except OSError as error:
        raise ExportError(f"Cannot write {output}: {error.strerror or error}.") from error


def _print_table(model: Path, output: Path, figures: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{model.name} to {output.name}", title_justify="left")
    for title in ("", "before", "after"):
        table.add_column(title, justify="right" if title else "left")
    table.add_row("file", f"{figures['bytes_before']:,} B", f"{figures['bytes_after']:,} B")
    if figures["model_bytes"] is not None:
        table.add_row("stored parameters", "", f"{figures['model_bytes']:,} B")
    if figures["accuracy_before"] is not None:
        accuracies = f"{figures['accuracy_before']:.2%}", f"{figures['accuracy_after']:.2%}"
        table.add_row(f"accuracy on {figures['samples']:,} samples", *accuracies)
    if "agreement" in figures:
        table.add_row("same answer before and after", "", f"{figures['agreement']:.2%}")
    table.caption, table.caption_justify = figures["description"], "left"
    Console().print(table)
