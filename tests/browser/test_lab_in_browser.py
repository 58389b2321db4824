"""Real JupyterLab in headless Chromium: it opens at lesson 1, runs it, and stays quiet and offline."""

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from gestures import Gestures, Named

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "token-of-a-test"
START = "from tinyml_course.cli.lab import command; command()"


@pytest.fixture
def address(tmp_path, unused_port):
    """The address that `tinyml lab` prints, for a copy of the notebooks; its settings live in tmp_path."""
    course = tmp_path / "course"
    shutil.copytree(ROOT / "notebooks", course / "notebooks", ignore=shutil.ignore_patterns(".*"))
    home = {"XDG_DATA_HOME": str(tmp_path / "data"), "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime")}
    command = [
        sys.executable,
        "-c",
        START,
        "--no-browser",
        "--port",
        str(unused_port),
        "--token",
        TOKEN,
        "--root",
        str(course),
    ]
    log_file = tmp_path / "lab.log"
    log = log_file.open("w")
    process = subprocess.Popen(
        command, cwd=course, env={**os.environ, **home}, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
    )
    try:
        _wait_until_it_answers(f"http://127.0.0.1:{unused_port}", process)
        yield next(word for word in log_file.read_text().split() if word.startswith("http://127.0.0.1"))
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


@pytest.fixture
def unused_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_it_answers(address, process):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, "JupyterLab ended before it answered."
        try:
            urllib.request.urlopen(f"{address}/api", timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise TimeoutError("JupyterLab did not answer within 120 s.")


def _choose(page, menu, entry):
    page.click(Named("menuitem", menu))
    page.click(Named("menuitem", entry))


def test_lesson_1_opens_runs_and_stays_offline(address, chromium):
    with Gestures(chromium) as page:
        page.goto(address)
        page.wait_for("document.querySelector('.jp-Notebook .jp-Cell h1').textContent.includes('From GPT-3 to an Uno')")
        page.wait_for("document.querySelector('#jp-main-statusbar').textContent.includes('(ipykernel) | Idle')")
        assert page.evaluate("document.querySelectorAll('.jp-Dialog, .Toastify__toast').length") == 0
        pictures = "[...document.querySelectorAll('.jp-OutputArea img')]"
        page.wait_for(f"{pictures}.length >= 2")
        assert page.evaluate(f"{pictures}.every(image => image.alt.length > 50)")

        _choose(page, "Run", "Run All Cells")
        last = "[...document.querySelectorAll('.jp-CodeCell')].at(-1).querySelector('.jp-InputPrompt').textContent"
        failed = "[...document.querySelectorAll('[data-mime-type=\"application/vnd.jupyter.error\"]')]"
        page.wait_for(f"/\\[\\d+\\]/.test({last}) || {failed}.length")
        assert page.evaluate(f"{failed}.map(output => output.textContent)") == []
        page.wait_for("document.body.innerText.includes('Commit a guess first')")
        page.keep_screenshot("lesson-01")
        page.assert_quiet(address.removeprefix("http://").partition("/")[0])
