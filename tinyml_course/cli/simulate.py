"""``tinyml simulate``: a model or a sketch on the virtual Uno, over a file of samples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tinyml_course.cli.options import data_option, encode_option, labels_option, optimize_option, rounding_option

if TYPE_CHECKING:
    from rich.table import Table

    from tinyml_course.board import Run
    from tinyml_course.cli.samples import Array
    from tinyml_course.graph import Graph


@click.command("simulate")
@click.argument("model", metavar="FILE|SKETCH_FOLDER", type=click.Path(path_type=Path))
@data_option
@labels_option
@optimize_option
@click.option(
    "--level",
    default="Os",
    show_default=True,
    type=click.Choice(["Os", "O1", "O2", "O3"]),
    help="The compiler's optimization; the Arduino tools use Os.",
)
@encode_option
@rounding_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the table.")
def command(
    model: Path,
    data: Path,
    labels: Path | None,
    optimize: str,
    level: str,
    encode: bool,
    rounding: str,
    as_json: bool,
) -> None:
    """Compile a model, run it on the virtual Uno over all samples, and measure it.

    FILE is a .tflite file (integers only) or a graph's .npz file; every output integer is compared with the
    exact model in Python. SKETCH_FOLDER is a folder that tinyml export wrote; there is nothing to compare it with.

    Leaves with 1 if an answer differs from Python's or the sketch's self-test fails.
    """
    from rich.console import Console

    from tinyml_course.board import simulate
    from tinyml_course.cli.program import read_program, read_samples_for
    from tinyml_course.cli.samples import indices_of
    from tinyml_course.progress import bar

    graph, sketch = read_program(model, "simulated", optimize, rounding)
    x, names = read_samples_for(graph, sketch, data, labels, encode)
    y = None if names is None else indices_of(names, sketch.labels, labels or data)
    with bar("Running on the virtual Uno", len(x)) as step:
        run = simulate(sketch, x, optimization=f"-{level}", progress=lambda done, total: step(done))
    figures = _figures(model, graph, run, x, y)
    if as_json:
        click.echo(json.dumps(figures))
    else:
        Console().print(_table(figures, run))
    if figures["mismatches"]:
        raise click.ClickException(f"{figures['mismatches']} of {len(x)} answers differ between the board and Python.")
    if not run.self_test_passed:
        raise click.ClickException("The sketch's self-test failed: a stored sample got another class.")


def _figures(model: Path, graph: Graph | None, run: Run, x: Array, y: Array | None) -> dict[str, Any]:
    mismatches = None
    if graph is not None:
        mismatches = int((run.outputs != graph.predict(x)).any(axis=1).sum())
    return {
        "model": str(model),
        "samples": len(run.classes),
        "accuracy": None if y is None else float((run.classes == y).mean()),
        "mismatches": mismatches,
        "self_test_passed": run.self_test_passed,
        **run.to_dict(),
    }


def _table(figures: dict[str, Any], run: Run) -> Table:
    from rich.table import Table

    table = Table(
        title=f"{figures['model']} on the {run.board.name} (virtual)", title_justify="left", show_header=False
    )
    accuracy, mismatches = figures["accuracy"], figures["mismatches"]
    table.add_column("figure")
    table.add_column("value", justify="right")
    table.add_column("remark", overflow="fold")
    rows = [
        ("samples", f"{figures['samples']:,}", ""),
        ("accuracy", "–" if accuracy is None else f"{accuracy:.2%}", "no labels given" if accuracy is None else ""),
        (
            "answers that differ from Python",
            "–" if mismatches is None else f"{mismatches:,}",
            "a sketch alone has nothing to compare with" if mismatches is None else "every output integer compared",
        ),
        ("self-test", "passed" if run.self_test_passed else "FAILED", ""),
        ("clock cycles", f"{figures['cycles']:,.0f}", f"at most {figures['cycles_maximum']:,}"),
        ("time", f"{figures['milliseconds']:.3f} ms", f"at {run.board.clock_hz / 1e6:.0f} MHz"),
        ("energy", f"{figures['energy_millijoules_estimated']:.3f} mJ", "estimated, whole board"),
        ("flash", f"{run.flash_bytes:,} B", _share(run.board.flash_bytes, run.model_flash_bytes)),
        (
            "SRAM, deepest stack included",
            f"{run.sram_peak_bytes:,} B",
            _share(run.board.sram_bytes, run.model_sram_peak_bytes),
        ),
    ]
    for row in rows:
        table.add_row(*row)
    table.caption, table.caption_justify = f"compiled by {run.toolchain}, {run.optimization}", "left"
    return table


def _share(available: int, model: int | None) -> str:
    return f"of {available:,} B" + ("" if model is None else f"; the model takes {model:,} B")
