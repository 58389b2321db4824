"""``tinyml validate``: run every lesson and solution again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tinyml_course.errors import LessonError

if TYPE_CHECKING:
    from rich.table import Table

    from tinyml_course.authoring.validate import Validation


@click.command("validate")
@click.argument("lessons", nargs=-1)
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(1, 32), help="Notebooks run at a time.")
@click.option("--timeout", default=300, show_default=True, type=click.IntRange(1), help="Seconds a cell may take.")
@click.option("--root", type=click.Path(path_type=Path, file_okay=False), help="The course's folder.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the table.")
def command(lessons: tuple[str, ...], jobs: int, timeout: int, root: Path | None, as_json: bool) -> None:
    """Run nbval over lessons and solutions (all LESSONS, or some: 01 12)."""
    from rich.console import Console

    from tinyml_course.authoring import find_root
    from tinyml_course.authoring.validate import notebooks_to_validate, validate
    from tinyml_course.progress import bar

    folder = find_root(root)
    paths = notebooks_to_validate(folder, lessons)
    with bar("Running notebooks", 100) as step:
        report = validate(
            paths, parallel=jobs, timeout_s=timeout, progress=lambda done, total: step(round(100 * done / total))
        )
    if as_json:
        click.echo(json.dumps(_figures(report, folder)))
    else:
        Console().print(_table(report, folder))
        for notebook in report.notebooks:
            for cell, problem in notebook.problems.items():
                click.echo(f"\n{notebook.path.relative_to(folder).as_posix()}, {cell}\n{problem}")
    if not report.passed:
        bad = [one for one in report.notebooks if one.problems or not one.passed]
        if not bad or not any(one.problems for one in bad):
            click.echo(report.log, err=True)
        raise LessonError(f"{len(bad)} of {len(paths)} notebooks do not do what they show.")
    click.echo(f"{len(paths)} notebooks run and agree with what they show.", err=True)


def _figures(report: Validation, folder: Path) -> dict[str, Any]:
    return {
        "passed": report.passed,
        "seconds": report.seconds,
        "notebooks": [
            {
                "notebook": one.path.relative_to(folder).as_posix(),
                "cells": one.passed + len(one.problems),
                "seconds": one.seconds,
                "problems": one.problems,
            }
            for one in report.notebooks
        ],
    }


def _table(report: Validation, folder: Path) -> Table:
    from rich.table import Table

    count = len(report.notebooks)
    title = f"nbval over {count} notebooks: {report.seconds:.1f} s, {report.seconds / count:.1f} s for each"
    table = Table(title=title, title_justify="left")
    table.add_column("notebook")
    for title in ("code cells", "seconds"):
        table.add_column(title, justify="right")
    table.add_column("result")
    for one in report.notebooks:
        result = (
            f"{len(one.problems)} cells differ or fail" if one.problems else "as shown" if one.passed else "not run"
        )
        cells = str(one.passed + len(one.problems))
        table.add_row(one.path.relative_to(folder).as_posix(), cells, f"{one.seconds:.1f}", result)
    return table
