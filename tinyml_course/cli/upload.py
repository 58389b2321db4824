"""``tinyml upload``: a model or a sketch into a real Uno, and what it answers there."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tinyml_course.cli.options import (
    encode_option,
    labels_option,
    optimize_option,
    optional_data_option,
    rounding_option,
)
from tinyml_course.errors import BoardError

if TYPE_CHECKING:
    from tinyml_course.board import SerialPort, UploadReport


@click.command("upload")
@click.argument("model", metavar="FILE|SKETCH_FOLDER", required=False, type=click.Path(path_type=Path))
@click.option("-p", "--port", help="Name of the board's port, such as /dev/ttyACM0 or COM3. Default: the only Uno.")
@click.option("--list", "only_list", is_flag=True, help="Show the boards and leave.")
@optional_data_option
@labels_option
@optimize_option
@encode_option
@rounding_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the table.")
def command(
    model: Path | None,
    port: str | None,
    only_list: bool,
    data: Path | None,
    labels: Path | None,
    optimize: str,
    encode: bool,
    rounding: str,
    as_json: bool,
) -> None:
    """Compile a model, write it into a real Uno, verify it, and let the board classify samples.

    FILE is a .tflite file (integers only) or a graph's .npz file; SKETCH_FOLDER is a folder that tinyml export wrote.
    With --data the virtual Uno gets the same samples, and every output integer is compared with it and, for a FILE,
    with the exact model in Python.

    Leaves with 1 if an answer differs, if the self-test fails, or if the board cannot be used; the message says why.
    """
    if only_list:
        _list_boards(as_json)
        return
    if model is None:
        raise click.UsageError(
            "Missing argument 'FILE|SKETCH_FOLDER': what is to be uploaded? --list shows the boards."
        )
    if data is None and (labels is not None or encode):
        raise click.UsageError("--labels and --encode say something about samples: give them with --data.")
    try:
        report = _upload(model, port, data, labels, optimize, encode, rounding)
    except BoardError as error:
        if error.report is not None:  # what came before the error is not lost
            _show(model, error.report, as_json, str(error))
        raise
    _show(model, report, as_json)
    _judge(report)


def _upload(
    model: Path, port: str | None, data: Path | None, labels: Path | None, optimize: str, encode: bool, rounding: str
) -> UploadReport:
    from tinyml_course.board import upload
    from tinyml_course.cli.program import read_program, read_samples_for
    from tinyml_course.cli.samples import indices_of

    graph, sketch = read_program(model, "uploaded", optimize, rounding)
    if data is None:
        return upload(sketch, port)
    x, y = read_samples_for(graph, sketch, data, labels, encode)
    if y is not None:
        indices_of(y, sketch.labels, labels or data)  # its message names the file
    return upload(sketch, port, x, graph=graph, y=y)


def _show(model: Path, report: UploadReport, as_json: bool, error: str | None = None) -> None:
    if as_json:
        failed = {} if error is None else {"error": error}
        click.echo(json.dumps({"model": str(model), **report.to_dict(), **failed}))
    else:
        from rich.console import Console

        Console().print(report, highlight=False)


def _judge(report: UploadReport) -> None:
    for count, other in ((report.mismatches_python, "Python"), (report.mismatches_virtual, "the virtual board")):
        if count:
            raise click.ClickException(f"{count} of {report.samples} answers differ between the board and {other}.")
    if not report.self_test_passed:
        raise click.ClickException("The sketch's self-test failed: a stored sample got another class.")


def _list_boards(as_json: bool) -> None:
    from tinyml_course.board import port_errors
    from tinyml_course.board.ports import all_ports

    ports = all_ports()
    boards = [port for port in ports if port.is_uno]
    others = [port for port in ports if not port.is_uno]
    if as_json:
        click.echo(json.dumps({"boards": list(map(asdict, boards)), "other_ports": list(map(asdict, others))}))
    elif boards:
        _print_boards(boards)
    else:
        raise port_errors.no_board(list(map(str, others)))


def _print_boards(boards: list[SerialPort]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for title in ("Port", "Board", "USB id", "Serial number"):
        table.add_column(title, overflow="fold")
    for board in boards:
        table.add_row(board.device, board.name, f"{board.vid:04X}:{board.pid:04X}", board.serial_number or "–")
    Console().print(table, highlight=False)
