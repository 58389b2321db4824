"""``tinyml doctor``: what is installed, what is missing, and the line that installs it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tinyml_course import doctor


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the table.")
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """Show what the course finds on this computer, what is missing, and how to get it.

    Leaves with 0 if the whole course runs here on the virtual board, with 1 if something it needs is missing.
    """
    from tinyml_course import doctor

    findings = doctor.examine()
    complete = doctor.is_complete(findings)
    if as_json:
        click.echo(json.dumps({"complete": complete, "findings": [asdict(finding) for finding in findings]}, indent=2))
    else:
        _print_table(findings, complete)
    context.exit(0 if complete else 1)


def _print_table(findings: list[doctor.Finding], complete: bool) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    marks = {"ok": Text("✓", "green"), "missing": Text("✗", "bold red"), "optional": Text("–", "yellow")}
    table = Table(box=None, pad_edge=False)
    for title in ("", "What", "Found", "To get it"):
        table.add_column(title, overflow="fold")
    for finding in findings:
        table.add_row(marks[finding.state], Text(finding.name), Text(finding.found), Text(finding.remedy))
    console = Console()
    console.print(table)
    if complete:
        console.print("\nEverything the course needs is here. Lines with – are optional.", highlight=False)
    else:
        console.print("\nLines with ✗ are needed; lines with – are optional.", highlight=False)
