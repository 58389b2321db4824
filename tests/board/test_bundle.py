"""The committed JavaScript bundle is what its source gives, and its source does what avr8js does."""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib import resources
from pathlib import Path

import pytest

JS = Path(str(resources.files("tinyml_course.board"))) / "js"
COMPARISON = Path(__file__).parent / "data" / "against_avr8js.test.mjs"
NODE_TOO_OLD = 18


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip("needs Node.js 18 or later with npm (Debian: apt-get install nodejs npm)")
    return found


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the JavaScript folder with its pinned packages installed."""
    node, npm = program("node"), program("npm")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.lstrip("v").split(".")[0]) < NODE_TOO_OLD:
        pytest.skip(f"needs Node.js 18 or later with npm, found {version.strip()}")
    folder = tmp_path_factory.mktemp("js") / "js"
    shutil.copytree(JS, folder, ignore=shutil.ignore_patterns("node_modules", "dist"))
    done = subprocess.run(
        [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and any(code in done.stderr for code in ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT")):
        pytest.skip("needs the npm registry, to install avr8js and esbuild")
    assert done.returncode == 0, done.stderr
    return folder


def run(command: list[str | Path], folder: Path) -> str:
    surroundings = {key: value for key, value in os.environ.items() if not key.startswith("NODE_")}
    done = subprocess.run(command, cwd=folder, env=surroundings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_rebuild_gives_the_same_bytes(workshop: Path) -> None:
    run([program("npm"), "run", "build"], workshop)
    assert (workshop / "dist" / "uno.js").read_bytes() == (JS / "dist" / "uno.js").read_bytes()


def test_instructions_timers_and_waiting_loops_agree_with_avr8js(workshop: Path) -> None:
    shutil.copy(COMPARISON, workshop)
    node = program("node")
    bundler = workshop / "node_modules" / "esbuild" / "bin" / "esbuild"
    options = ["--bundle", "--platform=node", "--format=esm", "--outfile=bundled.mjs", "--log-level=error"]
    run([node, bundler, COMPARISON.name, *options], workshop)
    output = run([node, "--test", "bundled.mjs"], workshop)
    assert "pass 6" in output
    assert "fail 0" in output


def test_the_lock_file_names_no_download_addresses() -> None:
    lock = (JS / "package-lock.json").read_text(encoding="utf-8")
    assert "resolved" not in lock
    assert "http" not in lock
    assert (JS / ".npmrc").read_text(encoding="utf-8") == "omit-lockfile-registry-resolved=true\n"


def test_the_bundle_carries_the_licence_of_what_it_contains() -> None:
    text = (JS / "dist" / "uno.js").read_text(encoding="ascii")
    for words in ("The MIT License (MIT)", "Uri Shaked", "Apache-2.0", "avr8js 0.21.1"):
        assert words in text[:2500]
