"""``tinyml check`` as a learner uses it: which notebook counts, what is wrong with it, and what to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest
from command_line import call, refused
from handed_in import NAMES, ROOT, code, solved, stub


def write(path, notebook):
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def test_it_names_the_file_and_when_it_was_saved(tmp_path):
    path = write(tmp_path / "mine.ipynb", stub("01"))
    os.utime(path, (time.time() - 150,) * 2)
    said = call("check", "01", path, code=1).stderr
    assert said == f"Checking {path}, saved 2 minutes ago …\n"


def test_outside_of_the_course_the_notebook_in_the_current_folder_counts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "01_mine.ipynb", solved("01", 2))
    result = call("check", "01", code=1)
    assert result.stderr.startswith("Checking 01_mine.ipynb, saved ")
    assert result.stdout.endswith("Exercise 01: 4 of 10 points\n")
    write(tmp_path / "01_other.ipynb", stub("01"))
    assert "01_mine.ipynb, 01_other.ipynb. Name one of them." in refused("check", "01")


def test_in_the_course_its_own_exercise_counts(monkeypatch):
    monkeypatch.chdir(ROOT / "solutions")
    assert "exercises" in call("check", "01", code=1).stderr


def test_the_notebook_alone_is_enough(tmp_path):
    path = write(tmp_path / f"{NAMES['01']}.ipynb", solved("01", 1))
    assert "Exercise 01: 2 of 10 points" in call("check", path, code=1).stdout


def test_a_notebook_of_another_exercise_is_recognised(tmp_path):
    result = call("check", "01", ROOT / "exercises" / f"{NAMES['04']}.ipynb", code=1)
    assert result.stdout.count("is this the notebook of another exercise?") == 5


def test_a_cell_that_stops_is_named_once_with_its_beginning(tmp_path):
    cells = ("from tinyml_course.grading import check", "def dense_parameters(inputs, outputs):\n    return (inputs",
             'check("01.1", dense_parameters)')  # fmt: skip
    lines = call("check", "01", write(tmp_path / "x.ipynb", code(*cells)), code=1).stdout.splitlines()
    stopped = [line for line in lines if line.startswith("Code cell")]
    assert stopped == [
        "Code cell 2 (`def dense_parameters(inputs, outputs):`) stops with line 2: SyntaxError: '(' was never closed"
    ]
    assert "there is no function named dense_parameters: look for its cell among those that stop." in lines[1]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.ipynb", None, "The current folder is "),
        ("notes.txt", "hello", "A notebook's name ends in .ipynb."),
        ("x.ipynb", "{", "damaged"),
    ],
)
def test_what_cannot_be_read_is_told_with_what_to_do(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")
    assert message in refused("check", "01", tmp_path / name)


def test_a_lesson_without_checks_is_refused_with_an_example():
    assert "For example: tinyml check 04" in refused("check", "99")


def test_help_says_that_the_file_must_be_saved():
    said = " ".join(call("check", "--help").stdout.split())
    assert "save the notebook first" in said and "For example: tinyml check 04" in said


def test_a_console_without_the_marks_gets_the_points_all_the_same(tmp_path):
    """Pipes of Windows speak cp1252; what a cell prints does not matter either."""
    notebook = code("print('✓ → µ')", *("".join(cell["source"]) for cell in solved("01", 5)["cells"]))
    path = write(tmp_path / "mine.ipynb", notebook)
    done = subprocess.run(
        [sys.executable, "-m", "tinyml_course", "check", "01", str(path)],
        env={**os.environ, "PYTHONIOENCODING": "cp1252"}, cwd=ROOT, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = done.stdout.decode("cp1252").splitlines()
    assert lines[0].startswith("? 01.1 ") and "2 of 2 points" in lines[0]
    assert lines[-1] == "Exercise 01: 10 of 10 points"


def test_a_thread_that_goes_on_is_not_waited_for(tmp_path):
    endless = "import threading, time\nthreading.Thread(target=time.sleep, args=(3000,)).start()"
    notebook = code(endless, *("".join(cell["source"]) for cell in solved("01", 5)["cells"]))
    assert "10 of 10" in call("check", "01", write(tmp_path / "mine.ipynb", notebook), "--seconds", 3000).stdout
