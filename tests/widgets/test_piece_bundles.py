"""The committed bundles of the interactive pieces are what their sources give: small, whole, and quiet."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from importlib import resources
from pathlib import Path

import pytest

PACKAGE = Path(str(resources.files("tinyml_course")))
JS = PACKAGE / "widgets" / "js"
NAMES = sorted(path.parent.name for path in (JS / "src").glob("*/index.js"))
LARGEST_BYTES = 150_000
NODE_TOO_OLD = 18
OFFLINE = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT")
SOURCES = shutil.ignore_patterns("node_modules", "dist")


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    surroundings = {key: value for key, value in os.environ.items() if not key.startswith("NODE_")}
    return subprocess.run(command, cwd=folder, env=surroundings, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the JavaScript folders with their pinned packages installed."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("needs Node.js 18 or later with npm (Debian: apt-get install nodejs npm)")
    version = run([node, "--version"], PACKAGE).stdout.strip()
    if int(version.lstrip("v").split(".")[0]) < NODE_TOO_OLD:
        pytest.skip(f"needs Node.js 18 or later with npm, found {version}")
    top = tmp_path_factory.mktemp("package")
    for part in ("board", "widgets"):  # the virtual Uno takes the board's own sources
        shutil.copytree(PACKAGE / part / "js", top / part / "js", ignore=SOURCES)
    folder = top / "widgets" / "js"
    done = run([npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], folder)
    if done.returncode and any(code in done.stderr for code in OFFLINE):
        pytest.skip("needs the npm registry, to install esbuild, avr8js and @wokwi/elements")
    assert done.returncode == 0, done.stderr
    done = run([npm, "run", "build"], folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def bundle(name: str) -> str:
    return (JS / "dist" / f"{name}.js").read_text(encoding="utf-8")


def test_a_rebuild_gives_the_same_bytes(workshop: Path) -> None:
    built = {path.name: path.read_bytes() for path in (workshop / "dist").iterdir()}
    committed = {path.name: path.read_bytes() for path in (JS / "dist").iterdir()}
    assert sorted(built) == sorted(committed) == [f"{name}.js" for name in NAMES]
    assert [name for name in built if built[name] != committed[name]] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_bundle_is_small(name: str) -> None:
    assert (JS / "dist" / f"{name}.js").stat().st_size <= LARGEST_BYTES


@pytest.mark.parametrize("name", NAMES)
def test_a_bundle_loads_nothing_and_evaluates_nothing(name: str) -> None:
    code = re.sub(r"^/\*!.*?\*/", "", bundle(name), flags=re.DOTALL)
    addresses = set(re.findall(r"https?://[^\s\"'`)]+", code))
    assert {address for address in addresses if not address.startswith("http://www.w3.org/")} == set()  # names of SVG
    for word in (r"\bfetch\(", r"\bimport\(", r"\beval\(", r"new Function\b", r"XMLHttpRequest", r"sendBeacon"):
        assert re.search(word, code) is None, word
    assert not re.search(r"(?:src|href)\s*=\s*[\"']?https?:", code)
    assert "console.log" not in code


@pytest.mark.parametrize("name", NAMES)
def test_a_bundle_names_what_it_contains(name: str) -> None:
    banner = bundle(name)[:9000]
    assert "SPDX-License-Identifier: Apache-2.0" in banner
    if name == "virtual_uno":
        for words in ("avr8js 0.21.1", "@wokwi/elements 1.9.2", "Contains parts of lit", "Uri Shaked", "BSD 3-Clause"):
            assert words in banner


def test_the_lock_file_names_no_download_addresses() -> None:
    lock = (JS / "package-lock.json").read_text(encoding="utf-8")
    assert "resolved" not in lock
    assert "http" not in lock
