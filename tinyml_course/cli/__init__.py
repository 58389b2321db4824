"""The command line. Each subcommand is a module here, imported only when it is called."""

from __future__ import annotations

import importlib
import io
import sys

import click

from tinyml_course.errors import TinyMLError
from tinyml_course.version import __version__

COMMANDS = {
    "build": "Make notebooks, exercises and solutions from content/.",
    "check": "Check your own exercise, task by task.",
    "demo": "Digits to a 2 KB model running on an Uno, in one command.",
    "doctor": "What is installed, what is missing, and how to get it.",
    "explain": "Show what a student was asked, answered, and should have answered.",
    "export": "Write a model as an Arduino sketch.",
    "grade": "Grade submissions: gradebook, feedback pages, class report.",
    "lab": "JupyterLab at lesson 1, quiet and offline.",
    "quantize": "Turn a trained model into integers.",
    "simulate": "Run a model or a sketch on the virtual Uno, and measure it.",
    "size": "What a model takes on a board: flash, SRAM, layer by layer.",
    "upload": "Run a model or a sketch on a real Uno, and compare.",
    "validate": "Run nbval over the notebooks and solutions.",
}


class LazyGroup(click.Group):
    """Commands whose modules are imported when they run, so that ``tinyml --help`` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names, sorted."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"tinyml_course.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


@click.command(cls=LazyGroup)
@click.version_option(__version__, prog_name="tinyml")
def tinyml() -> None:
    """From GPT-3 to a 2 KB model on an Arduino Uno."""


def main() -> None:
    """Run the command line; errors of the course print their message alone and leave with 1."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # not every console and pipe of Windows has a ✓ or a µ
    try:
        tinyml.main(standalone_mode=True)
    except TinyMLError as error:
        click.secho(f"Error: {error}", fg="red", err=True)
        sys.exit(1)
    except BrokenPipeError:  # the reader of a pipe has gone; there is nobody to tell
        sys.stderr.close()
        sys.exit(1)
