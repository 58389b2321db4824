"""``tinyml lab``: JupyterLab at lesson 1."""

from __future__ import annotations

import os
from pathlib import Path

import click


@click.command("lab")
@click.option("--port", default=8888, show_default=True, type=click.IntRange(1, 65535), help="First port to try.")
@click.option("--no-browser", is_flag=True, help="Open no browser; print the address.")
@click.option("--token", envvar="TINYML_LAB_TOKEN", help="Fixed access token; by default a new secret one.")
@click.option("--root", type=click.Path(path_type=Path, file_okay=False), help="The course's folder.")
def command(port: int, no_browser: bool, token: str | None, root: Path | None) -> None:
    """Open JupyterLab at lesson 1: on this machine only, quiet and offline."""
    from tinyml_course.authoring import find_root
    from tinyml_course.authoring.lab import home_folder, lab_arguments, lesson_address, prepare_environment

    folder = find_root(root)
    os.environ.update(prepare_environment(home_folder()))
    arguments = lab_arguments(folder, port=port, token=token, browser=not no_browser)

    # It reads the environment when it is imported.
    from jupyterlab.labapp import LabApp  # type: ignore[import-untyped]

    server = LabApp.initialize_server(arguments)  # binds the port; it may be one of the next
    click.echo(f"JupyterLab, lesson 1: {lesson_address(server.port, server.token)}\nStop it with Ctrl+C.", err=True)
    server.start()
