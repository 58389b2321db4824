"""Ways to call a command in this process."""

from __future__ import annotations

import json

from click.testing import CliRunner, Result

from tinyml_course.cli import tinyml
from tinyml_course.errors import TinyMLError


def call(*arguments: object, code: int = 0) -> Result:
    """Run a command; an error of the course counts as its message and exit code 1, as for a person."""
    result = CliRunner().invoke(tinyml, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit | TinyMLError):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


def refused(*arguments: object) -> str:
    """Run a command that fails with an error of the course; nothing is on standard output."""
    result = call(*arguments, code=1)
    assert isinstance(result.exception, TinyMLError), result.output
    assert result.stdout == ""
    return str(result.exception)


def figures(*arguments: object) -> dict:
    """Run a command with --json: exactly one JSON object on standard output."""
    output = call(*arguments, "--json").stdout
    assert output.count("\n") == 1
    return json.loads(output)
