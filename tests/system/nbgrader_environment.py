"""An environment that holds nbgrader, apart from the learners' own, and calls of the programs in it."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / "build" / "nbgrader"
PINS = Path(__file__).with_name("nbgrader.txt")


def make() -> Path:
    """Make the environment if it is not there or its pins have changed; return its folder.

    The test that asks is left out where the packages are neither on this computer nor to be had.
    """
    stamp = PLACE / "made-from"
    wanted = hashlib.sha256(PINS.read_bytes() + sys.version.encode()).hexdigest()
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return PLACE
    shutil.rmtree(PLACE, ignore_errors=True)
    _uv("venv", "--python", sys.executable, str(PLACE))
    install = ("pip", "install", "--python", str(PLACE), "-r", str(PINS))
    if _uv(*install, "--offline"):  # what uv has kept needs no question to the network
        problem = _uv(*install)
        if problem:
            pytest.skip(f"needs nbgrader, which could not be installed in {PLACE.relative_to(ROOT)}: {problem}")
    stamp.write_text(wanted, encoding="utf-8")
    return PLACE


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the environment's Python in a folder, away from the settings of the person who runs the tests."""
    programs = make() / ("Scripts" if os.name == "nt" else "bin")
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        "PATH": os.pathsep.join([str(programs), os.environ["PATH"]]),  # nbgrader calls alembic
        "JUPYTER_CONFIG_DIR": str(folder / "settings"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "IPYTHONDIR": str(folder / "ipython"),
    }
    command = [str(programs / "python"), *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def _uv(*arguments: str) -> str:
    """Run uv; return the last thing it said if it failed, else an empty text."""
    command = [sys.executable, "-m", "uv", *arguments, "--quiet"]
    environment = {**os.environ, **_make_env().package_index()}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return " ".join(done.stderr.split()) or "uv failed" if done.returncode else ""


def _make_env():
    """The file that makes the learners' environment: it knows which package index this computer uses."""
    spec = importlib.util.spec_from_file_location("make_env", ROOT / "tools" / "make_env.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
