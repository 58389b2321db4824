"""``tinyml explain``: an instructor sees what a student was asked, in the run that is meant, and nobody else does."""

from __future__ import annotations

import json

import pytest
from command_line import call, refused
from handed_in import NAMES, TRUSTED, add, hand_in, needs_posix, solution, solved

pytestmark = needs_posix
TRUST = ("--trust-submissions",) if TRUSTED else ()
BITS = "def model_bytes(parameters, bits):\n    return parameters * bits\n"
ESCAPE = "def orders_between(a, b):\n    raise ValueError('\\x1b[31mred')\n"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A class that was graded: its folder and its gradebook."""
    place = tmp_path_factory.mktemp("class")
    hand_in(place / "in", "Ada, the first", "01", add(solution("01"), BITS, ESCAPE))
    hand_in(place / "in", "Ada, the first", "12", solved("12", 1))
    hand_in(place / "in", "bob", "01", solved("01", 1))
    (place / "in" / "eve").mkdir()
    call("grade", place / "in", "-o", place / "book.csv", "--seed", 11, "--jobs", 1, *TRUST)
    return place / "in", place / "book.csv"


def files(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_inputs_answers_and_expectations_are_shown_and_nothing_is_written(run):
    before = files(run[1].parent)
    lines = call("explain", run[0], "Ada, the first", "-o", run[1], *TRUST).stdout.splitlines()
    (wrong,) = (line for line in lines if "01.2" in line)
    assert (
        "for parameters=" in wrong and "you gave" in wrong and "expected" in wrong and "a byte has 8 of them" in wrong
    )
    assert lines[0].startswith(f"Ada, the first/{NAMES['01']}.ipynb: ") and lines[0].endswith(" of 10 points")
    assert any(line.startswith(f"Ada, the first/{NAMES['12']}.ipynb: 2 of 10 points") for line in lines)
    assert not any("\x1b" in line for line in lines) and any("[31mred" in line for line in lines)
    assert files(run[1].parent) == before
    hidden = wrong.partition("parameters=")[2].partition(" you gave")[0]
    pages = [content.decode() for path, content in before.items() if path.suffix == ".html"]
    assert hidden and not any(hidden in page for page in pages)


def test_one_exercise_as_json(run):
    told = call("explain", run[0], "bob", "-o", run[1], "--lessons", "01", "--json", *TRUST).stdout
    (one,) = json.loads(told)
    assert (one["student"], one["points"], one["possible"], len(one["results"])) == ("bob", 2, 10, 5)


def test_the_same_points_as_in_the_run(run):
    for student in ("Ada, the first", "bob"):
        kept = [json.loads(path.read_bytes()) for path in (run[1].parent / "book_files" / "results").iterdir()]
        points = {
            one["exercise"]: [sum(part["points"] for part in result["parts"]) for result in one["results"]]
            for one in kept
            if one["student"] == student
        }
        told = json.loads(call("explain", run[0], student, "-o", run[1], "--json", *TRUST).stdout)
        again = {
            one["exercise"]: [sum(part["points"] for part in result["parts"]) for result in one["results"]]
            for one in told
        }
        assert again == points


def test_errors(run, tmp_path):
    assert "Did you mean 'bob'?" in refused("explain", run[0], "bobb", "-o", run[1], *TRUST)
    assert "Write the name as in the gradebook." in refused("explain", run[0], "x", "-o", run[1], *TRUST)
    assert "eve handed in nothing" in refused("explain", run[0], "eve", "-o", run[1], *TRUST)
    assert "There is no run in" in refused("explain", run[0], "bob", "-o", tmp_path / "x.csv", *TRUST)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_locked_in_needs_trust(run, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "--trust-submissions" in refused("explain", run[0], "bob", "-o", run[1])
