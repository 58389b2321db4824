"""``tinyml grade`` and ``tinyml check``: figures, errors, exit codes, and a run that is killed again and again."""

from __future__ import annotations

import csv
import json
import random
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from command_line import call, figures, refused
from handed_in import NAMES, ROOT, TRUSTED, add, code, hand_in, needs_posix, solution, solved, stub

TRUST = ("--trust-submissions",) if TRUSTED else ()
KILLS = 3


@pytest.fixture(scope="module")
def handed(tmp_path_factory) -> Path:
    """Eight students; nobody writes there."""
    folder = tmp_path_factory.mktemp("class")
    for number in range(6):
        hand_in(folder, f"student{number}", "01", solved("01", number))
    hand_in(folder, "=1+1", "01", add(stub("01"), "1 +"))
    hand_in(folder, "Ada", "12", solution("12"))
    return folder


@pytest.fixture(scope="module")
def run(handed, tmp_path_factory) -> tuple[dict, Path]:
    """One run over all of them: its figures and its folder."""
    place = tmp_path_factory.mktemp("run")
    return figures("grade", handed, "-o", place / "book.csv", "--seed", 11, "--jobs", 2, *TRUST), place


@needs_posix
def test_a_run(run):
    found, place = run
    expected = {"seed": 11, "students": 8, "submissions": 8, "graded": 8, "unchanged": 0, "failed": 0, "possible": 20}
    assert {key: found[key] for key in expected} == expected
    assert found["exercises"] == [NAMES["01"], NAMES["12"]]
    with (place / "book.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert list(rows) == ["'=1+1", "Ada", *(f"student{k}" for k in range(6))]
    assert [rows[f"student{k}"]["total"] for k in range(6)] == ["0", "2", "4", "6", "8", "10"]
    assert (rows["Ada"][NAMES["01"]], rows["Ada"][NAMES["12"]], rows["Ada"]["total"]) == ("", "10", "10")
    assert {path.name for path in place.iterdir()} == {"book.csv", "book.canvas.csv", "book.moodle.csv", "book_files"}
    pages = [path.read_text(encoding="utf-8") for path in (place / "book_files" / "feedback").iterdir()]
    assert len(pages) == 8
    assert sum("SyntaxError" in page for page in pages) == 1
    assert "How the class did" in (place / "book_files" / "report.html").read_text(encoding="utf-8")


@needs_posix
def test_a_second_run_changes_nothing_and_runs_nothing(run, handed):
    before = _bytes(run[1])
    found = figures("grade", handed, "-o", run[1] / "book.csv", "--jobs", 1, *TRUST)
    assert (found["graded"], found["unchanged"], found["seed"]) == (0, 8, 11)
    assert _bytes(run[1]) == before


@needs_posix
def test_some_lessons_of_a_zip_file(tmp_path, handed):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        notebook = (handed / "student5" / f"{NAMES['01']}.ipynb").read_bytes()
        archive.writestr(f"Ada Lovelace_4711_assignsubmission_file/{NAMES['01']}.ipynb", notebook)
        archive.writestr(f"Ada Lovelace_4711_assignsubmission_file/{NAMES['12']}.ipynb", notebook)
    result = call("grade", tmp_path / "all.zip", "-o", tmp_path / "x.csv", "--lessons", "01", *TRUST)
    assert "1 graded, 0 unchanged" in result.stdout
    moodle = (tmp_path / "x.moodle.csv").read_text(encoding="utf-8")
    assert moodle.splitlines()[1] == "Participant 4711,Ada Lovelace,,10,10,10,"
    (page,) = (tmp_path / "x_files" / "feedback").iterdir()
    with zipfile.ZipFile(tmp_path / "x_files" / "feedback.moodle.zip") as packed:
        assert packed.namelist() == ["Ada Lovelace_4711_assignfeedback_file_/feedback.html"]
        assert packed.read(packed.namelist()[0]) == page.read_bytes()
    assert "feedback for moodle" in result.stdout and "feedback for canvas" not in result.stdout


@needs_posix
def test_nothing_is_passed_over_silently(tmp_path):
    folder = tmp_path / "in"
    hand_in(folder, "ada", "01", solved("01", 2)).with_name("homework.ipynb").write_text("{}", encoding="utf-8")
    (folder / "Ólafur").mkdir()
    command = ("grade", folder, "-o", tmp_path / "book.csv", "--jobs", 1, "--seed", 3, *TRUST)
    told = call(*command).stdout
    assert "not graded: ada/homework.ipynb: its name begins with no exercise's number" in told
    assert "nothing to grade of: Ólafur" in told and "more: see the report" not in told
    found = figures(*command)
    assert found["passed_over"] == [
        {"source": "ada/homework.ipynb", "why": "its name begins with no exercise's number"}
    ]
    assert (found["without"], found["students"], found["submissions"], found["mean"]) == (["Ólafur"], 2, 1, 4)
    assert (tmp_path / "book.csv").read_text(encoding="utf-8").splitlines()[2] == "Ólafur,,0,10"
    for number in range(12):
        (folder / f"empty{number:02}").mkdir()
    told = call(*command).stdout
    assert told.count("nothing to grade of: ") == 10 and "… and 3 more: see the report" in told


@needs_posix
def test_points_set_by_hand_count_in_every_run(tmp_path):
    hand_in(tmp_path / "in", "ada", "01", solved("01", 2))
    (tmp_path / "book.adjustments.csv").write_text(
        "student,task,points,reason\nada,01.3,1,A good idea\nada,12.1,1,Of another exercise\n", encoding="utf-8"
    )
    command = ("grade", tmp_path / "in", "-o", tmp_path / "book.csv", "--jobs", 1, *TRUST)
    for _ in range(2):
        found = figures(*command)
        assert (found["adjusted"], found["mean"]) == (1, 5)
    assert "ada,5,5,10" in (tmp_path / "book.csv").read_text(encoding="utf-8-sig")
    (page,) = (tmp_path / "book_files" / "feedback").iterdir()
    assert "A good idea" in page.read_text(encoding="utf-8")
    assert "1 set by hand" in call(*command).stdout
    (tmp_path / "book.adjustments.csv").write_text("student,task,points,reason\nadda,01,1,x\n", encoding="utf-8")
    assert "Did you mean 'ada'?" in refused(*command)


@needs_posix
def test_killed_again_and_again_it_gives_the_same_bytes(run, handed, tmp_path):
    command = [sys.executable, "-m", "tinyml_course", "grade", str(handed), "-o", str(tmp_path / "book.csv")]
    command += ["--seed", "11", "--jobs", "1", *TRUST]
    results, chance = tmp_path / "book_files" / "results", random.Random()
    for kept in range(1, 2 * KILLS, 2):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        while process.poll() is None and len(list(results.glob("*.json"))) < kept:
            time.sleep(0.005)
        time.sleep(0.15 * chance.random())
        process.kill()
        _, errors = process.communicate()
        assert process.returncode == -signal.SIGKILL, errors.decode()
        assert not (tmp_path / "book.csv").exists()
    found = figures("grade", handed, "-o", tmp_path / "book.csv", "--jobs", 1, *TRUST)
    assert found["unchanged"] >= 2 * KILLS - 1
    assert found["seed"] == 11
    assert _bytes(tmp_path) == _bytes(run[1])


def _bytes(place: Path) -> dict[str, bytes]:
    """Every file of a run."""
    return {path.relative_to(place).as_posix(): path.read_bytes() for path in place.rglob("*") if path.is_file()}


@needs_posix
def test_ctrl_c_ends_the_run_and_keeps_what_is_done(handed, tmp_path):
    command = [sys.executable, "-m", "tinyml_course", "grade", str(handed), "-o", str(tmp_path / "book.csv")]
    process = subprocess.Popen([*command, "--jobs", "1", *TRUST], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    results = tmp_path / "book_files" / "results"
    while process.poll() is None and not list(results.glob("*.json")):
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 1, errors.decode()
    assert b"Stopped. What was graded is kept" in errors and b"Traceback" not in errors
    assert output == b""
    assert list(results.glob("*.json")) and not list(tmp_path.glob("*.csv"))


@needs_posix
def test_what_cannot_be_locked_in_needs_trust(monkeypatch, handed, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    message = refused("grade", handed, "-o", tmp_path / "book.csv")
    assert "--trust-submissions" in message and "bwrap is not installed" in message
    assert list(tmp_path.iterdir()) == []
    one = hand_in(tmp_path / "in", "ada", "01", solved("01", 1)).parents[1]
    warned = call("grade", one, "-o", tmp_path / "out" / "book.csv", "--trust-submissions", "--jobs", 1)
    assert "WARNING: submissions run as you, with all your rights: the program bwrap is not installed" in warned.stderr


@needs_posix
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere", "-o", "x.csv"], "Expected a folder of submissions"),
        ([".", "-o", "x.csv"], "holds no notebook"),
        ([".", "-o", "x.txt"], "end in .csv"),
        ([".", "-o", "x.csv", "--lessons", "99"], "There is no lesson 99"),
        ([".", "-o", "x.csv", "--lessons", ","], "There is no lesson ','"),
        ([".", "-o", "x.csv", "--root", "."], "Expected the course's folder behind --root"),
    ],
)
def test_errors(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert message in refused("grade", *arguments, *TRUST)
    assert list(tmp_path.iterdir()) == []


def test_a_course_that_is_not_there_is_refused(tmp_path):
    assert "does not exist" in call("grade", tmp_path, "-o", "x.csv", "--root", tmp_path / "none", code=2).stderr


def test_a_seed_of_the_learners_is_refused(tmp_path):
    assert "0 is not in the range" in call("grade", tmp_path, "-o", "x.csv", "--seed", 0, code=2).stderr


def test_check_says_a_line_for_each_task(tmp_path):
    path = tmp_path / "mine.ipynb"
    path.write_text(json.dumps(solved("01", 2)), encoding="utf-8")
    lines = call("check", "01", path, code=1).stdout.splitlines()
    assert [line[:6] for line in lines[:-1]] == ["✓ 01.1", "✓ 01.2", "○ 01.3", "○ 01.4", "○ 01.5"]
    assert lines[-1] == "Exercise 01: 4 of 10 points"


def test_check_leaves_with_0_if_all_is_right():
    found = figures("check", "1", ROOT / "solutions" / f"{NAMES['01']}.ipynb")
    assert (found["passed"], found["points"], found["possible"], found["problems"]) == (True, 10, 10, [])
    assert [task["objective"] for task in found["tasks"]] == [f"01.{k}" for k in range(1, 6)]


def test_check_takes_the_courses_own_exercise(monkeypatch):
    monkeypatch.chdir(ROOT / "tests")
    assert "Exercise 12: " in call("check", "12", code=1).stdout


def test_check_names_a_syntax_error_first(tmp_path):
    (tmp_path / "x.ipynb").write_text(json.dumps(code("1", "x = (")), encoding="utf-8")
    lines = call("check", "01", tmp_path / "x.ipynb", code=1).stdout.splitlines()
    assert lines[0] == "Code cell 2 (`x = (`) stops with line 1: SyntaxError: '(' was never closed"


def test_check_errors(tmp_path):
    assert "There are no checks for lesson '99'" in refused("check", "99")
    assert "Cannot read" in refused("check", "01", tmp_path / "none.ipynb")
