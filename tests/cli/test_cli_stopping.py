"""A grading run that is told to stop: it ends in good order, loses nothing, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from handed_in import ROOT, TRUSTED, add, hand_in, needs_posix, solved

from tinyml_course.cli.stopping import stoppable
from tinyml_course.errors import GradingError

TRUST = ("--trust-submissions",) if TRUSTED else ()
pytestmark = needs_posix


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_is_told_and_the_handlers_come_back(number, capsys):
    before = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
    with pytest.raises(GradingError, match=r"Stopped\. .* run the command again"), stoppable("wait"):
        os.kill(os.getpid(), number)
        time.sleep(5)
    assert capsys.readouterr().err == "\nwait\n"
    assert [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)] == before


def test_a_block_that_ends_by_itself_changes_nothing():
    before = signal.getsignal(signal.SIGTERM)
    with stoppable("wait"):
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


def of_run(place):
    """Processes of a run that still live."""
    found = []
    for line in Path("/proc").glob("[0-9]*/environ"):
        try:
            if str(place).encode() in line.read_bytes():
                found.append((line.parent / "cmdline").read_bytes())
        except OSError:
            continue
    return [one for one in found if one]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which processes there are")
@pytest.mark.parametrize("numbers", [(signal.SIGINT,), (signal.SIGTERM,), (signal.SIGINT, signal.SIGINT)], ids=str)
def test_a_run_that_is_stopped_goes_on_where_it_was(numbers, tmp_path):
    for student in ("ada", "bob", "eve"):
        slow = add(solved("01", 2), "import time\ntime.sleep(1)")
        hand_in(tmp_path / "in", student, "01", slow)
    work = tmp_path / "work"
    work.mkdir()
    command = [sys.executable, "-m", "tinyml_course", "grade", tmp_path / "in", "-o", tmp_path / "book.csv",
               "--jobs", "1", "--seed", "3", *TRUST]  # fmt: skip
    options = {"cwd": ROOT, "text": True, "env": {**os.environ, "TMPDIR": str(work)}}
    results = tmp_path / "book_files" / "results"
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    end = time.monotonic() + 120
    while time.monotonic() < end and not list(results.glob("*.json")):
        time.sleep(0.02)
    for number in numbers:
        running.send_signal(number)
        time.sleep(0.3)
    out, told = running.communicate(timeout=120)
    assert running.returncode == 1, told
    assert out == ""
    assert "Stopping: what runs now may end" in told
    assert "Error: Stopped. What was graded is kept: run the command again to go on." in told
    assert "Traceback" not in told
    assert not (tmp_path / "book.csv").exists()
    end = time.monotonic() + 20
    while time.monotonic() < end and (of_run(work) or list(work.iterdir())):
        time.sleep(0.1)
    assert (of_run(work), list(work.iterdir())) == ([], [])
    kept = len(list(results.glob("*.json")))
    assert 1 <= kept < 3
    done = subprocess.run(command, capture_output=True, check=True, **options)
    assert f"{3 - kept} graded, {kept} unchanged" in done.stdout
