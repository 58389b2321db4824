"""``tinyml size``: what a model takes on a board."""

from __future__ import annotations

import json
from pathlib import Path

import click

from tinyml_course.cli.options import model_argument, rounding_option


@click.command("size")
@model_argument
@click.option("--board", default="uno", show_default=True, metavar="BOARD|all", help="Short name of a board, or all.")
@click.option("--no-measure", is_flag=True, help="Estimate flash and SRAM instead of compiling and running.")
@rounding_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the tables.")
def command(file: Path, board: str, no_measure: bool, rounding: str, as_json: bool) -> None:
    """Show what the model in FILE takes: parameters, flash, SRAM, layer by layer.

    FILE is a .tflite file (integers only) or a graph's .npz file. Each figure says whether it is exact,
    measured or estimated. A model that is too large is reported, not refused: read "fits".
    """
    from rich.console import Console

    import tinyml_course as tc
    from tinyml_course.boards import BOARDS
    from tinyml_course.cli.reading import read_graph
    from tinyml_course.progress import bar

    graph = read_graph(file, rounding)
    names = sorted(BOARDS) if board == "all" else [board]
    reports = []
    with bar("Measuring", len(names)) as step:
        for number, name in enumerate(names, start=1):
            reports.append(tc.size(graph, name, measure=not no_measure))
            step(number)
    if as_json:
        found = [report.to_dict() for report in reports]
        click.echo(json.dumps({"file": str(file), **({"boards": found} if board == "all" else found[0])}))
        return
    for report in reports:
        Console().print(str(report))
