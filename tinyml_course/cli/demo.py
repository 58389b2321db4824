"""``tinyml demo``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.table import Table

    from tinyml_course.demo import DemoResult
    from tinyml_course.graph import Graph


@click.command("demo")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output instead of the table.")
@click.option("--seed", default=0, show_default=True, help="Seed of the training.")
@click.option("--budget", default=2048, show_default=True, help="Bytes that every stored parameter must fit into.")
@click.option("--write", type=click.Path(path_type=Path, file_okay=False), help="Keep the sketch in this folder.")
@click.option("--picture", type=click.Path(path_type=Path, dir_okay=False), help="Save the table as an SVG picture.")
def command(as_json: bool, seed: int, budget: int, write: Path | None, picture: Path | None) -> None:
    """Digits to a 2 KB model running on an Uno, in one command.

    Trains Bonsai under the byte budget, quantizes it, writes a sketch, compiles it, runs the .hex on the
    virtual Uno over all 540 test images, and compares every integer with the exact reference.
    """
    from rich.console import Console

    from tinyml_course.demo import run_demo

    errors = Console(stderr=True)
    result = run_demo(seed=seed, budget_bytes=budget, say=lambda line: errors.print(line, highlight=False))
    if write is not None:
        errors.print(f"Sketch written to {result.sketch.write(write)}", highlight=False)
    if picture is not None:
        save_picture(result, picture)
    if as_json:
        click.echo(json.dumps(result.to_dict()))
    else:
        Console().print(demo_table(result))
    if result.mismatches:
        raise click.ClickException(f"{result.mismatches} of {result.images} answers differ between board and Python.")


def demo_table(result: DemoResult) -> Table:
    """Lay the result out as one table."""
    from rich.table import Table

    from tinyml_course.units import format_bytes

    run, graph, board = result.run, result.graph, result.board
    table = Table(title=f"A {graph.model_bytes:,}-byte model on the {board.name}", title_justify="left")
    for title in ("", "bytes", "times Bonsai", "test accuracy"):
        table.add_column(title, justify="left" if not title else "right")
    table.add_row(
        "GPT-3, 16-bit weights", format_bytes(result.gpt3_bytes, "decimal"), _times(result.gpt3_bytes, graph), "–"
    )
    for rival in result.rivals:
        row = rival.name, f"{rival.stored_bytes:,}", _times(rival.stored_bytes, graph), f"{rival.accuracy:.2%}"
        table.add_row(*row)
    table.add_row("Bonsai, integers in Python", f"{graph.model_bytes:,}", "1", f"{result.accuracy:.2%}", style="bold")
    table.add_row(
        "Bonsai, on the virtual Uno", "", "", f"{result.accuracy_on_board:.2%}", style="bold", end_section=True
    )
    on_board = [
        ("answers that differ from Python", f"{result.mismatches} of {result.images}", ""),
        ("flash of the sketch", f"{run.flash_bytes:,}", f"of {board.flash_bytes:,} B"),
        ("SRAM, deepest stack included", f"{run.sram_peak_bytes:,}", f"of {board.sram_bytes:,} B"),
        ("clock cycles for one image", f"{run.cycles.mean():,.0f}", f"at most {run.cycles.max():,}"),
        ("time for one image", f"{run.milliseconds.mean():.2f} ms", f"at {board.clock_hz / 1e6:.0f} MHz"),
        ("energy for one image", f"{run.energy_millijoules.mean():.2f} mJ", "estimated"),
    ]
    for name, value, remark in on_board:
        table.add_row(name, value, remark, "")
    table.caption = f"{graph.description}; compiled by {run.toolchain}, {run.optimization}; {result.seconds:.0f} s"
    table.caption_justify = "left"
    return table


def save_picture(result: DemoResult, path: Path) -> None:
    """Draw what the terminal shows as an SVG picture.

    Raises
    ------
    ExportError
        If the file cannot be written.
    """
    import io
    import re

    from rich.console import Console

    from tinyml_course.errors import ExportError

    console = Console(record=True, width=92, file=io.StringIO())
    console.print(demo_table(result))
    picture = console.export_svg(title="tinyml demo", unique_id="demo")
    picture = re.sub(r"@font-face\s*{[^}]*}", "", picture)  # fonts of this computer: nothing is fetched
    try:
        path.write_text(picture, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ExportError(f"Cannot write the picture {path}: {error.strerror or error}.") from error


def _times(stored_bytes: float, graph: Graph) -> str:
    ratio = stored_bytes / graph.model_bytes
    return f"{ratio:,.0f}" if ratio < 1e6 else f"{ratio / 1e6:,.0f} million"
