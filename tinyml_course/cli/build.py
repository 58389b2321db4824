"""``tinyml build``: make the notebooks from ``content/``, or check that they have not drifted."""

from __future__ import annotations

from pathlib import Path

import click

from tinyml_course.errors import LessonError


@click.command("build")
@click.argument("lessons", nargs=-1)
@click.option("--check", "check_only", is_flag=True, help="Write nothing; fail when a notebook has drifted.")
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(1, 32), help="Notebooks run at a time.")
@click.option("--timeout", default=300, show_default=True, type=click.IntRange(1), help="Seconds a cell may take.")
@click.option("--root", type=click.Path(path_type=Path, file_okay=False), help="The course's folder.")
def command(lessons: tuple[str, ...], check_only: bool, jobs: int, timeout: int, root: Path | None) -> None:
    """Make notebooks, exercises and solutions from content/ (all LESSONS, or some: 01 12)."""
    from tinyml_course import authoring

    folder = authoring.find_root(root)
    if check_only:
        problems = authoring.check(folder)
        if problems:
            raise LessonError("\n".join(problems))
        click.echo("Every notebook is what its source makes.", err=True)
        return

    def tell(title: str) -> None:
        click.echo(f"ran {title}", err=True)

    report = authoring.build(folder, lessons, parallel=jobs, timeout_s=timeout, done=tell)
    for path in report.written:
        click.echo(f"wrote {path.relative_to(folder).as_posix()}", err=True)
    click.echo(f"{len(report.written)} files written, {len(report.unchanged)} unchanged.", err=True)
