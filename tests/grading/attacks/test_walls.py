"""Where nothing can lock a submission in, it runs only if somebody vouches for it, and the limits stay."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from attacked import ROOT, SECRET, SECRET_NAME, grade, hand_in, needs_walls, notebook

from notebooks import HONEST, HONEST_SCALE
from tinyml_course.errors import GradingError
from tinyml_course.grading.sandbox import confinement

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="submissions run on Linux and macOS only")
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who descends from whom")
NO_WALLS = '#!/bin/sh\nwhile [ "$1" != "--" ]; do shift; done\nshift\nexec "$@"\n'
BROKEN = {
    "fails": ("#!/bin/sh\necho 'uid map: Permission denied' >&2\nexit 1\n", "uid map: Permission denied"),
    "says nothing": ("#!/bin/sh\nexit 0\n", "what it runs is not locked in"),
    "claims to work": ("#!/bin/sh\necho 42\n", "what it runs is not locked in"),
    "locks nothing in": (NO_WALLS, "what it runs is not locked in"),
    "is no program": ("\0\0\0\0", "it cannot be started"),
    "hangs": ("#!/bin/sh\nexec sleep 60\n", "it gives no answer"),
}  # fmt: skip


@pytest.fixture
def no_walls(tmp_path, monkeypatch):
    """No bwrap anywhere on the path."""
    empty = tmp_path / "bin"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))
    return empty


def test_without_bwrap_submissions_are_refused(no_walls, tmp_path):
    submission = hand_in(tmp_path, "mallory", notebook(HONEST))
    with pytest.raises(GradingError, match=r"bwrap is not installed .*bubblewrap.*--trust-submissions"):
        grade(submission)


@pytest.mark.parametrize(("program", "told"), BROKEN.values(), ids=BROKEN.keys())
def test_a_bwrap_that_does_not_work_is_found_by_running_it(program, told, no_walls, tmp_path, monkeypatch):
    monkeypatch.setattr(confinement, "_TRIAL_SECONDS", 0.5 if "sleep" in program else 30.0)
    monkeypatch.setenv("PATH", f"{no_walls}:/usr/bin:/bin")
    (no_walls / "bwrap").write_text(program)
    (no_walls / "bwrap").chmod(0o755)
    submission = hand_in(tmp_path, "mallory", notebook(HONEST))
    with pytest.raises(GradingError, match=f"does not work here: .*{told}") as refused:
        grade(submission)
    assert "--trust-submissions" in str(refused.value)


def test_whoever_is_trusted_is_graded_without_walls(no_walls, tmp_path):
    submission = hand_in(tmp_path, "ada", notebook(HONEST, "raise ValueError", HONEST_SCALE))
    assert grade(submission, trusted=True).points == 5


TRUSTED = {
    "an endless loop": ("while True:\n    pass", 5, "not done after"),
    "20 GB": ("x = bytearray(20 << 30)", 5, "MemoryError"),
    "a large file": ("open('f', 'wb').write(b'x' * (64 << 20))", 5, "File too large"),
    "os._exit": ("import os\nos._exit(0)", 2, "before the last cell"),
    "reads the environment": ("import os\nraise ValueError(str(dict(os.environ)))", 5, "HOME"),
    "reads standard input": ("import sys\nraise ValueError(repr(sys.stdin.read()))", 5, "ValueError: ''"),
}


@linux
@pytest.mark.parametrize(("cell", "points", "told"), TRUSTED.values(), ids=TRUSTED.keys())
def test_limits_hold_without_walls(cell, points, told, no_walls, tmp_path, monkeypatch):
    monkeypatch.setenv(SECRET_NAME, SECRET)
    graded = grade(hand_in(tmp_path, "ada", notebook(HONEST, cell, HONEST_SCALE)), trusted=True, seconds=2.0)
    assert graded.points == points
    assert told in graded.to_text()
    assert SECRET not in graded.to_text()


@linux
def test_processes_and_files_are_gone_without_walls(no_walls, tmp_path):
    told = tmp_path / "told"
    cell = f"""
import os, time
open('left', 'w').close()
for _ in range(3):
    if not os.fork():
        os.setsid()
        if not os.fork():
            with open({str(told)!r}, 'a') as file:
                file.write(f'{{os.getpid()}} {{os.getcwd()}}\\n')
            time.sleep(60)
        os._exit(0)
    os.wait()
time.sleep(0.5)
"""
    assert grade(hand_in(tmp_path, "ada", notebook(HONEST, cell, HONEST_SCALE)), trusted=True).points == 5
    lines = [line.split() for line in told.read_text().splitlines()]
    assert len(lines) == 3
    for number, folder in lines:
        assert not Path(folder).exists()
        status = Path(f"/proc/{number}/status")
        assert not status.exists() or "State:\tZ" in status.read_text()


@needs_walls
def test_a_sandbox_that_does_not_start_is_the_graders_trouble(tmp_path):
    submission = hand_in(tmp_path, "ada", notebook(HONEST))
    with pytest.raises(GradingError, match="The sandbox does not start: .*MemoryError|The sandbox does not start"):
        grade(submission, memory_bytes=20 << 20)


@needs_walls
def test_hundreds_of_runs_leave_no_descriptor_and_no_thread(tmp_path):
    submission = hand_in(tmp_path, "ada", notebook(HONEST, "import os\nos._exit(1)"))
    grade(submission)
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for _ in range(3):
        grade(submission)
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


ORDINARY = """
import sys
from pathlib import Path
sys.path[:0] = [{tests!r}, {root!r}]
import attacked, notebooks
from tinyml_course.grading.sandbox import why_not_confined
place = Path({place!r})
if why_not_confined():
    sys.exit(why_not_confined())
for name in {names!r}:
    attack = next(one for one in notebooks.ATTACKS if one.name == name)
    cells = [cell.replace("@REPOSITORY@", {root!r}).replace("@ADD_KEY@", {key!r}) for cell in attack.cells]
    graded = attacked.grade(attacked.hand_in(place, "mallory", attacked.notebook(*cells)), seconds=attack.seconds)
    honest = 2 + 3 * (notebooks.HONEST_SCALE in cells)
    assert graded.points == attack.points or attack.points is None and graded.points <= honest, graded.to_text()
    assert attack.told in graded.to_text(), graded.to_text()
print("all held")
"""
FOR_ORDINARY_USERS = [
    "reads the supervisor's memory and pipes", "reads the questions from standard input", "every disk there is",
    "kills its parent", "stops its parent", "kills everything", "a fork bomb", "leaves keys with the kernel",
    "makes a world of its own", "a fake end", "orphans",
]  # fmt: skip


def as_nobody(*needed):
    """A command line's beginning: an ordinary user, for whom the closed folders above what is needed are open."""
    closed = [folder for path in needed for folder in reversed(path.parents) if not folder.stat().st_mode & 0o001]
    words = [word for folder in dict.fromkeys(closed) for word in ("--perms", "0755", "--tmpfs", str(folder))]
    for path in needed if closed else ():
        for folder in reversed(path.parents):
            words += ["--perms", "0755", "--dir", str(folder)]
        words += ["--ro-bind", str(path), str(path)]
    user = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    return ["bwrap", "--bind", "/", "/", "--dev-bind", "/dev", "/dev", *words, "--", *user]


@pytest.mark.skipif(getattr(os, "geteuid", int)() != 0 or sys.platform == "win32", reason="only root can be another")
@needs_walls
def test_an_ordinary_user_grades_as_safely():
    begin = as_nobody(Path(sys.base_prefix), Path(sys.prefix), ROOT)
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o777)
        words = {"tests": str(Path(__file__).parent), "root": str(ROOT), "place": folder, "names": FOR_ORDINARY_USERS}
        command = [*begin, sys.executable, "-B", "-c", ORDINARY.format(**words, key="248")]
        environment = {**os.environ, "HOME": folder, "TMPDIR": folder}
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=folder, env=environment, timeout=300, check=False
        )
    if "does not work here" in done.stderr:
        pytest.skip("ordinary users may not use bubblewrap here")
    assert done.stdout.endswith("all held\n"), done.stderr
