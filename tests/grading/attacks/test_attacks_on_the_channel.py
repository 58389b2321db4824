"""The lines between grader and sandbox: who may answer what, and when; and a start or an end that fails."""

import json
import os
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from attacked import (
    ROOT,
    SHEETS,
    SLOT,
    grade,
    hand_in,
    limits,
    needs_walls,
    notebook,
    processes_of,
    sandbox_users,
)

from notebooks import HONEST, HONEST_SCALE
from tinyml_course.errors import GradingError
from tinyml_course.grading.checks import Check, Part, draw_sheet
from tinyml_course.grading.grade import grade_one
from tinyml_course.grading.sandbox import Limits, processes, session
from tinyml_course.grading.sandbox.confinement import user_of
from tinyml_course.grading.values import Raised


def cases(rng):
    return [(int(rng.integers(10**9)),) for _ in range(4)]


def with_answers(rng):
    return [(a, 2 * a) for (a,) in cases(rng)]


def check(objective, function, arguments, draw, expected):
    return Check(objective, function, function, (Part("all", 3, draw),), "x", arguments, expected, ())


#: The questions of the second task hold what is right for the first, as questions of a course should not.
GIVES_AWAY = (
    draw_sheet(check("91.1", "first", ("a",), cases, lambda a: 2 * a), 7),
    draw_sheet(check("91.2", "second", ("a", "twice"), with_answers, lambda a, twice: a + twice), 7),
)
LATER = """
import json, os, stat, time
def tell(**event):
    for d in range(64):
        try:
            if stat.S_ISFIFO(os.fstat(d).st_mode): os.write(d, json.dumps(event).encode() + b'\\n')
        except OSError: pass
def first(a):
    os._exit(0)
number = 0
def second(a, twice):
    global number
    tell(answer='91.1', number=number, value=twice); number += 1
    return a + twice
"""


@needs_walls
def test_a_later_task_s_questions_answer_no_earlier_task(tmp_path):
    submission = hand_in(tmp_path, "mallory", notebook(LATER))
    graded = grade_one(submission, GIVES_AWAY, Limits(seconds=5, task_seconds=2), slot=SLOT)
    assert [result.points for result in graded.results] == [0, 3]
    assert "no answer for 4 of 4 hidden inputs" in graded.results[0].message


def transcript(*writes, asked="90.1", ending="ended"):
    """What a session makes of bytes on the channel while a task is asked."""
    found = session.Transcript(answers={"90.1": [], "90.2": []}, ending=ending)
    lines = session._Lines(16 << 20)
    for data in writes:
        for event in lines.take(data):
            session._note(found, event, asked)
    return found


def line(**event):
    return json.dumps(event).encode() + b"\n"


def test_only_the_task_that_is_asked_is_answered():
    found = transcript(line(answer="90.1", number=0, value=1), line(answer="90.2", number=0, value=2))
    assert found.answers == {"90.1": [1], "90.2": []}


def test_nobody_answers_before_or_speaks_after_the_questions():
    assert transcript(line(answer="90.1", number=0, value=1), ending="").answers["90.1"] == []
    later = transcript(line(cell=1, error="x"), line(defined="90.1"), line(defined="90.3"))
    assert (later.cell_errors, later.answers) == ({}, {"90.1": [], "90.2": []})


def test_an_answer_out_of_order_is_no_answer_and_shifts_none():
    found = transcript(line(answer="90.1", number=1, value=1), line(answer="90.1", number=1, value=2))
    assert found.answers["90.1"] == [Raised("NoAnswer", "an answer came out of order"), 2]


def test_a_line_in_many_pieces_is_one_line():
    data = line(answer="90.1", number=0, value=[1, 2])
    assert transcript(*(data[k : k + 1] for k in range(len(data)))).answers["90.1"] == [(1, 2)]


def test_a_line_that_is_too_long_is_dropped_and_fills_no_memory():
    bomb = b'{"answer": "90.1", "number": 0, "value": [' + b"[]," * 5_000_000 + b"[]]}\n"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = transcript(bomb, line(answer="90.1", number=0, value=1))
    assert found.answers["90.1"] == [1]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 << 10  # KiB


ODD_LINES = [b"", b"null", b"[1]", b"\xff", b"{", b"NaN", b'{"answer": "90.1", "number": NaN, "value": 1}',
             b'{"answer": "90.1", "number": 0.0, "value": 1}', b'{"answer": ["90.1"], "number": 0}', b"9" * 5000,
             b'{"answer": "90.1", "number": ' + b"9" * 5000 + b"}", b"[" * 900_000]  # fmt: skip


@pytest.mark.parametrize("odd", ODD_LINES, ids=range(len(ODD_LINES)))
def test_lines_of_any_form_stop_nothing(odd):
    answers = transcript(odd + b"\n").answers["90.1"]
    assert all(isinstance(answer, Raised) for answer in answers)


class Scripted:
    """Processes that write what a test says, on both lines at once."""

    def __init__(self, channel, control, keep_channel=False):
        self.events, channel_end = os.pipe()
        out, control_end = os.pipe()
        os.write(channel_end, channel)
        os.write(control_end, control)
        self._ends = [channel_end, control_end]
        self.control, self.asked = out, os.pipe()
        self.runner = type("Runner", (), {"stdin": open(os.devnull, "wb", buffering=0)})  # noqa: SIM115, PTH123

    def memory_bytes(self):
        return 0

    def close(self):
        for descriptor in (*self._ends, self.events, self.control, *self.asked):
            os.close(descriptor)
        self.runner.stdin.close()


def test_nothing_is_lost_when_the_end_is_heard_first(monkeypatch):
    channel = line(defined="90.1") + b"".join(line(cell=k, error="late") for k in range(50))
    scripted = Scripted(channel, line(ready=True) + line(over="ended") + line(heard="90.1"))
    # Both lines became readable between two looks: the look finds the end alone.
    monkeypatch.setattr(session, "readable", lambda descriptors, seconds: [scripted.control])
    one = session._Session(scripted, Limits(), [["90.1", []]])
    try:
        assert one._listen() == "ended"
        assert len(one._transcript.cell_errors) == 50
        assert "90.1" in one._transcript.answers
    finally:
        scripted.close()


@needs_walls
def test_a_start_that_fails_leaves_nothing(tmp_path, monkeypatch):
    submission = hand_in(tmp_path, "ada", notebook(HONEST))
    assert grade(submission).points == 2
    before = sorted(os.listdir("/proc/self/fd"))  # noqa: PTH208

    def none(_process):
        raise OSError(24, "Too many open files")

    with monkeypatch.context() as patched:
        patched.setattr(processes.os, "pidfd_open", none)
        with pytest.raises(OSError, match="Too many open files"):
            grade(submission)
    with monkeypatch.context() as patched:
        patched.setattr(subprocess, "Popen", lambda *_, **__: none(0))
        with pytest.raises(OSError, match="Too many open files"):
            grade(submission)
    assert processes_of(*sandbox_users()) == []
    assert sorted(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


@needs_walls
def test_an_end_that_is_not_reached_is_told(tmp_path, monkeypatch):
    submission = hand_in(tmp_path, "ada", notebook(HONEST))
    wait = processes.readable

    def never(descriptors, seconds):
        return wait(descriptors, seconds) and []

    monkeypatch.setattr(processes, "readable", never)
    with pytest.raises(GradingError, match="still there .* fewer --jobs"):
        grade(submission)
    assert processes_of(*sandbox_users()) == []


@needs_walls
def test_descriptors_with_large_numbers_are_fine(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 3000:
        pytest.skip("this computer allows fewer than 3,000 open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (3000, hard))
    kept = [os.open(os.devnull, os.O_RDONLY) for _ in range(1500)]
    try:
        assert grade(hand_in(tmp_path, "ada", notebook(HONEST, HONEST_SCALE))).points == 5
    finally:
        for descriptor in kept:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


GRADER = """
import sys
sys.path[:0] = [{here!r}, {root!r}]
from pathlib import Path
import attacked
from tinyml_course.grading.submissions import find_submissions
attacked.SLOT = {slot}
(one,) = find_submissions(Path({place!r}), [attacked.EXERCISE])
attacked.grade(one, seconds=100.0)
"""


@needs_walls
def test_a_submission_ends_when_its_grader_is_killed(tmp_path):
    slot = SLOT + 100  # not one that any other of these tests takes
    user = user_of(slot)
    if not user:
        pytest.skip("only root gives each submission a user of its own")
    hand_in(tmp_path, "mallory", notebook(HONEST, "import time\ntime.sleep(100)"))
    words = {"here": str(Path(__file__).parent), "root": str(ROOT), "slot": slot, "place": str(tmp_path)}
    grader = subprocess.Popen([sys.executable, "-c", GRADER.format(**words)])
    end = time.monotonic() + 60
    while time.monotonic() < end and not processes_of(user + 1):
        time.sleep(0.02)
    assert processes_of(user + 1)
    grader.kill()
    grader.wait()
    while time.monotonic() < end and processes_of(user, user + 1):
        time.sleep(0.02)
    assert processes_of(user, user + 1) == []


KILLER = """
import os, time
end = time.time() + 1.5
while time.time() < end:
    try: os.kill(-1, 9)
    except OSError: pass
"""


@needs_walls
def test_submissions_side_by_side_do_not_meet(tmp_path):
    ada = hand_in(tmp_path, "ada", notebook(HONEST, "import time\ntime.sleep(1)", HONEST_SCALE))
    mallory = hand_in(tmp_path, "mallory", notebook(HONEST, KILLER))
    found = {}

    def run(one, slot):
        found[one.student] = grade_one(one, SHEETS, limits(), slot=slot)

    threads = [threading.Thread(target=run, args=pair) for pair in ((ada, SLOT), (mallory, SLOT + 100))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found["ada"].points == 5
