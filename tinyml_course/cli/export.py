"""``tinyml export``: a model as an Arduino sketch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tinyml_course.cli.options import model_argument, rounding_option
from tinyml_course.errors import ExportError

if TYPE_CHECKING:
    from tinyml_course.export import Sketch


@click.command("export")
@model_argument
@click.option(
    "-o", "--output", "folder", required=True, type=click.Path(path_type=Path), help="Folder for the sketch's folder."
)
@click.option("--name", default="model_sketch", show_default=True, help="Of the sketch: a C identifier.")
@click.option(
    "--optimize",
    default="size",
    show_default=True,
    type=click.Choice(["size", "speed"]),
    help="Weights in tables, or flash spent where that saves cycles.",
)
@click.option("--board", default="uno", show_default=True, help="Short name of the board.")
@click.option("--force", is_flag=True, help="Replace files that are there, whoever wrote them.")
@rounding_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the folder's name.")
def command(
    file: Path, folder: Path, name: str, optimize: str, board: str, force: bool, rounding: str, as_json: bool
) -> None:
    """Write the model in FILE as a sketch: the folder NAME with NAME.ino and self-contained C.

    FILE is a .tflite file (integers only) or a graph's .npz file. Files that this command wrote before are
    replaced; those that somebody else wrote or changed are not, unless --force says so.
    """
    import tinyml_course as tc
    from tinyml_course.cli.reading import read_graph
    from tinyml_course.progress import bar

    with bar("Exporting", 2) as step:
        graph = read_graph(file, rounding)
        step(1)
        sketch = tc.export_arduino(graph, name=name, optimize=optimize, board=board)
        step(2)
    if not force:
        refuse_foreign_files(sketch, folder / name)
    written = sketch.write(folder)
    if as_json:
        figures = {"folder": str(written), "files": sorted(sketch.files), "model_bytes": sketch.model_bytes}
        click.echo(json.dumps({**figures, "board": sketch.board, "optimize": optimize}))
    else:
        click.echo(str(written))


def refuse_foreign_files(sketch: Sketch, folder: Path) -> None:
    """Make sure that writing a sketch replaces nothing but what an export wrote.

    A generated header says at its top who wrote it. The fixed files carry no such line: a different one is
    an edited one.

    Raises
    ------
    ExportError
        If a file is in the way; the message names it.
    """
    try:
        there = {name: (folder / name).read_bytes() for name in sketch.files if (folder / name).exists()}
    except OSError as error:
        raise ExportError(f"Cannot look into {folder}: {error.strerror or error}.") from error
    model = there.get(f"{sketch.name}_model.h", b"")
    ours = b"Written by tinyml_course" in model.split(b"*/")[0]
    generated = {f"{sketch.name}_model.h", f"{sketch.name}_protocol.h"} if ours else set()
    foreign = [n for n, text in there.items() if n not in generated and text != sketch.files[n].encode()]
    if foreign:
        raise ExportError(
            f"{folder} has {', '.join(sorted(foreign))} that this export did not write, or that was changed since. "
            "Nothing was written. Choose another folder or --name, or replace the files with --force."
        )
