"""What a plain run of the tests leaves out it names; a run of the system tests leaves out nothing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
ONE_THAT_SKIPS = "import pytest\n\ndef test_a(): pass\n\ndef test_b(): pytest.skip('needs a thing')\n"


@pytest.fixture
def run(tmp_path):
    """Run pytest in a small project with these rules; return exit code and output."""
    for name in ("test_plain.py", "browser/test_page.py", "system/test_board.py"):
        file = tmp_path / "tests" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(ONE_THAT_SKIPS)
    shutil.copy(TESTS / "left_out.py", tmp_path / "tests" / "conftest.py")
    (tmp_path / "apt-system.txt").write_text("chromium\nmake\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\ntestpaths = tests\naddopts = -q --strict-markers\n")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment.pop("CI", None)  # with it pytest writes whole messages into its summary as well
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # some plugins take seconds to import

    def pytest_there(*arguments: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "xdist.plugin", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    return pytest_there


@pytest.mark.parametrize("workers", ["0", "2"])
def test_plain_run_names_what_it_leaves_out(run, workers):
    code, output = run("-n", workers)
    listed = output.partition("left out on this computer")[2]
    assert code == 0
    assert re.findall(r"^ +(\d+  .*)$", listed, re.MULTILINE) == [
        "1  needs a thing",
        "2  system tests, in a browser: make test-system",
        "2  system tests, with a board behind a serial port, or nbgrader: make test-system",
    ]
    assert "1 passed, 1 skipped" in output


def test_system_run_fails_for_what_is_missing(run):
    code, output = run("-n", "0", "-m", "system")
    assert code == 1
    assert "2 failed, 2 passed, 2 deselected" in output
    assert output.count("needs a thing\nEverything they need: sudo apt-get install chromium make") == 2
    assert "left out" not in output


@pytest.mark.parametrize("named", ["tests/browser", "tests/browser/test_page.py::test_a"])
def test_system_test_that_is_named_runs(run, named):
    code, output = run("-n", "0", named)
    assert (code, "1 passed" in output, "make test-system" in output) == (0, True, False)
