"""``tinyml size``: what a model takes on a board."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tinyml_course.cli.options import model_argument, rounding_option

if TYPE_CHECKING:
    from tinyml_course.report import SizeReport


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
    import tinyml_course as tc
    from tinyml_course.cli.reading import read_graph
    from tinyml_course.progress import bar

    with bar("Compiling and running", 2) as step:
        graph = read_graph(file, rounding)
        step(1)
        report = tc.size(graph, "uno" if board == "all" else board, measure=not no_measure)
        step(2)
    if as_json:
        click.echo(json.dumps({"file": str(file), **(_all_boards(report) if board == "all" else report.to_dict())}))
    else:
        _print(report, board == "all")


def _all_boards(report: SizeReport) -> dict[str, Any]:
    own = {name: int(getattr(report, name)) for name in ("parameters", "macs", "model_bytes", "peak_activation_bytes")}
    return {"model": report.model, **own, "boards": [fit.to_dict() for fit in report.boards.fits]}


def _print(report: SizeReport, all_boards: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    if not all_boards:
        Console().print(report)
        return
    table = Table(title=f"{report.model}, {report.model_bytes:,} B", title_justify="left", box=None, pad_edge=False)
    for number, title in enumerate(("board", "fits", "flash", "SRAM", "time", "energy", "how")):
        table.add_column(title, justify="right" if 2 <= number <= 5 else "left", no_wrap=True)
    for fit in report.boards.fits:
        shares = fit.flash_bytes / fit.board.flash_bytes, fit.sram_bytes / fit.board.sram_bytes
        figures = (*(f"{share:.1%}" for share in shares), f"{fit.milliseconds:,.3g} ms", f"{fit.millijoules:,.3g} mJ")
        table.add_row(fit.board.name, "yes" if fit.fits else "no", *figures, fit.kind)
    Console().print(table)
