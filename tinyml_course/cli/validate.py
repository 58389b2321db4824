"""``tinyml validate``: run every lesson and solution again."""

from __future__ import annotations

from pathlib import Path

import click

from tinyml_course.errors import LessonError


@click.command("validate")
@click.argument("lessons", nargs=-1)
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(1, 32), help="Notebooks run at a time.")
@click.option("--timeout", default=300, show_default=True, type=click.IntRange(1), help="Seconds a cell may take.")
@click.option("--root", type=click.Path(path_type=Path, file_okay=False), help="The course's folder.")
def command(lessons: tuple[str, ...], jobs: int, timeout: int, root: Path | None) -> None:
    """Run nbval over lessons and solutions (all LESSONS, or some: 01 12)."""
    from tinyml_course.authoring import find_root
    from tinyml_course.authoring.validate import notebooks_to_validate, validate

    paths = notebooks_to_validate(find_root(root), lessons)
    code = validate(paths, parallel=jobs, timeout_s=timeout)
    if code:
        raise LessonError(f"nbval found problems in {len(paths)} notebooks (exit code {code}); its report is above.")
    click.echo(f"{len(paths)} notebooks run and agree with what they show.", err=True)
