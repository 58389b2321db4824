"""The command line: help everywhere, clear errors, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from tinyml_course.cli import COMMANDS, tinyml


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tinyml_course", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help(name):
    result = CliRunner().invoke(tinyml, [name, "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.output


def test_help_lists_every_command():
    output = CliRunner().invoke(tinyml, ["--help"]).output
    assert all(name in output and text in output for name, text in COMMANDS.items())


def test_unknown_command():
    done = run("fly")
    assert done.returncode == 2
    assert "No such command 'fly'" in done.stderr


def test_an_error_is_one_line_and_no_traceback():
    done = run("demo", "--budget", "20")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "fits a budget of 20 bytes" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_demo_is_the_main_job(tmp_path):
    done = run("demo", "--json", "--write", str(tmp_path))
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert done.stdout.count("\n") == 1
    assert figures["model_bytes"] <= 2048
    assert figures["mismatches"] == 0
    assert figures["images"] == 540
    assert figures["accuracy"] == figures["accuracy_on_board"] >= 0.975
    assert figures["cycles"] <= 40_000
    assert figures["milliseconds"] == pytest.approx(figures["cycles"] / 16_000)
    assert figures["sram_peak_bytes"] <= 700
    assert figures["model_sram_peak_bytes"] <= 256
    assert {rival["stored_bytes"] for rival in figures["rivals"]} == {321_792, 38_440}
    assert (tmp_path / "digits" / "digits.ino").is_file()
    assert "Traceback" not in done.stderr
