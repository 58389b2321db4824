"""A whole class through the sandbox: what each submission earns, in which order, and what is kept."""

import json

import pytest
from handed_in import NAMES, ROOT, TRUSTED, add, code, hand_in, needs_posix, solution, solved, stub

from tinyml_course.errors import GradingError
from tinyml_course.grading.checks import draw_sheet
from tinyml_course.grading.definitions import read_checks
from tinyml_course.grading.exercise import Exercise, closing_cells, without_closing
from tinyml_course.grading.grade_all import Job, grade_many, in_threads
from tinyml_course.grading.sandbox import Limits
from tinyml_course.grading.store import Store
from tinyml_course.grading.submissions import find_submissions

pytestmark = needs_posix
LIMITS = Limits(seconds=20, task_seconds=3)
SYNTAX = "def model_bytes(parameters, bits):\n    return (parameters\n"
LOOP = "def gpt_parameters(layers, width, vocabulary, context):\n    while True:\n        pass"


@pytest.fixture(scope="module")
def exercises():
    return {
        NAMES[lesson]: Exercise(
            NAMES[lesson],
            tuple(draw_sheet(check, 7) for check in read_checks(ROOT / "content" / NAMES[lesson])),
            closing_cells(ROOT / "exercises" / f"{NAMES[lesson]}.ipynb"),
        )
        for lesson in ("01", "12")
    }


@pytest.fixture(scope="module")
def submissions(tmp_path_factory):
    folder = tmp_path_factory.mktemp("submitted")
    for lesson in ("01", "12"):
        hand_in(folder, "full", lesson, solution(lesson))
        hand_in(folder, "none", lesson, stub(lesson))
        hand_in(folder, "some", lesson, solved(lesson, 2))
    hand_in(folder, "syntax", "01", add(stub("01"), SYNTAX))
    hand_in(folder, "loop", "01", add(solution("01"), LOOP))
    hand_in(folder, "torn", "01", "{")
    return find_submissions(folder, [NAMES["01"], NAMES["12"]])


@pytest.fixture(scope="module")
def first(submissions, exercises, tmp_path_factory):
    """The class graded once, and where it is kept."""
    store = Store(tmp_path_factory.mktemp("files"))
    graded = grade_many(submissions, exercises, LIMITS, in_threads(2), store=store, trusted=TRUSTED)
    return store, graded


def test_points_of_every_kind_of_submission(first):
    points = {(one.student, one.exercise[:2]): one.points for one in first[1]}
    assert points == {
        ("full", "01"): 10,
        ("full", "12"): 10,
        ("loop", "01"): 8,
        ("none", "01"): 0,
        ("none", "12"): 0,
        ("some", "01"): 4,
        ("some", "12"): 4,
        ("syntax", "01"): 0,
        ("torn", "01"): 0,
    }
    assert all(one.possible == 10 for one in first[1])


def test_problems_name_the_cell(first):
    problems = {(one.student, one.exercise[:2]): one.problems for one in first[1] if one.problems}
    assert problems.keys() == {("syntax", "01"), ("torn", "01")}
    count = sum(cell["cell_type"] == "code" for cell in stub("01")["cells"])
    (problem,) = problems["syntax", "01"]
    assert problem.startswith(f"Code cell {count + 1} stops with line 2: SyntaxError")
    assert "damaged" in problems["torn", "01"][0]


def test_an_endless_loop_costs_its_own_task(first):
    (loop,) = (one for one in first[1] if one.student == "loop")
    assert [result.points for result in loop.results] == [2, 2, 0, 2, 2]
    assert "loop that does not end" in loop.results[2].message


def test_results_come_in_the_order_of_the_submissions(submissions, exercises, first):
    def backwards(jobs):
        kept = {(one.student, one.exercise): one for one in first[1]}
        for job in reversed(list(jobs)):
            yield kept[job.submission.student, job.submission.exercise]

    again = grade_many(submissions, exercises, LIMITS, backwards)
    assert again == first[1]


def test_what_is_kept_is_not_run_again(submissions, exercises, first):
    steps = []
    again = grade_many(
        submissions, exercises, LIMITS, _nothing, store=first[0], step=lambda done, kept: steps.append((done, kept))
    )
    assert again == first[1]
    assert steps == [(k, True) for k in range(1, len(submissions) + 1)]


def _nothing(jobs):
    left = [job.submission.source for job in jobs]
    assert left == []
    yield from ()


@pytest.mark.parametrize("change", ["notebook", "limits", "sheets", "torn"])
def test_what_changed_is_run_again(tmp_path, submissions, exercises, first, change):
    submissions = [one for one in submissions if (one.student, one.exercise[:2]) in (("none", "01"), ("some", "01"))]
    store, limits, asked = Store(tmp_path), LIMITS, dict(exercises)
    for one in first[1]:
        store.keep(one)
    expected = [one.source for one in submissions]
    if change == "notebook":
        hand_in(tmp_path / "new", "none", "01", solved("01", 1))
        new = find_submissions(tmp_path / "new", [NAMES["01"]])
        submissions, expected = [*new, submissions[1]], [new[0].source]
    elif change == "limits":
        limits = Limits(seconds=19)
    elif change == "sheets":
        asked = {name: Exercise(name, one.sheets[:-1], one.closing) for name, one in exercises.items()}
    else:
        path = store._path("some", NAMES["01"])
        path.write_bytes(path.read_bytes()[:100])
        expected = [submissions[1].source]
    ran = []

    def spread(jobs):
        for job in jobs:
            ran.append(job.submission.source)
            yield next(one for one in first[1] if one.source == job.submission.source)

    grade_many(submissions, asked, limits, spread, store=store)
    assert ran == expected


def test_a_failure_of_the_grader_is_no_zero_and_is_not_kept(tmp_path, monkeypatch, submissions, exercises):
    calls = []

    def fail(*_arguments, **_named):
        calls.append(1)
        raise OSError("no more processes")

    monkeypatch.setattr("tinyml_course.grading.grade_all.grade_one", fail)
    store = Store(tmp_path)
    (one,) = grade_many(submissions[:1], exercises, LIMITS, in_threads(1), store=store)
    assert (one.results, len(calls)) == ((), 2)
    assert "The grader failed, not the student: OSError: no more processes" in one.problems[0]
    assert list((tmp_path / "results").iterdir()) == []


def test_the_workers_of_a_stopped_run_end(submissions, exercises, first):
    started = []

    class Slow(Job):
        def run(self, slot=0):
            started.append(slot)
            return first[1][0]

    def jobs():
        for _ in range(100):
            yield Slow(None, (), "", LIMITS)

    results = in_threads(2)(jobs())
    next(results)
    results.close()
    count = len(started)
    assert set(started) <= {0, 1}
    assert len(started) == count


def test_a_failing_source_of_jobs_is_told():
    def jobs():
        raise GradingError("the disk is full")
        yield

    with pytest.raises(GradingError, match="the disk is full"):
        list(in_threads(2)(jobs()))


def test_closing_cells_are_left_out_unless_they_were_changed():
    closing = closing_cells(ROOT / "exercises" / f"{NAMES['12']}.ipynb")
    assert len(closing) == 2
    notebook = add(solution("12"), "print('mine')")
    before = notebook["cells"]
    after = json.loads(without_closing(json.dumps(notebook).encode(), closing))["cells"]
    gone = [k for k, (one, other) in enumerate(zip(before, after, strict=True)) if one != other]
    assert ["".join(before[k]["source"]).strip() in closing for k in gone] == [True, True]
    assert all(after[k]["source"] == "" for k in gone)
    changed = code(*(source + "\n1" for source in closing))
    assert json.loads(without_closing(json.dumps(changed).encode(), closing)) == changed


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"cells": 3}', b'{"cells": [3, null]}', b"\xff", b"[" * 10**5])
def test_a_damaged_notebook_is_left_as_it_is(content):
    assert without_closing(content, frozenset({"x"})) == content


def test_closing_cells_need_the_exercise(tmp_path):
    with pytest.raises(GradingError, match="Run: tinyml build"):
        closing_cells(tmp_path / "none.ipynb")
