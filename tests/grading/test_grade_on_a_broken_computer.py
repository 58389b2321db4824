"""Full disks, torn and damaged files: nothing is lost, nothing is silently wrong, and the message says what to do."""

import errno
import json
import os
import sys
from pathlib import Path

import pytest
from graded import exercise, graded, result

from tinyml_course.errors import GradingError
from tinyml_course.grading.class_run import Places, grade_class
from tinyml_course.grading.exercise import Exercise
from tinyml_course.grading.grade import Graded, digest, fingerprint
from tinyml_course.grading.store import Store
from tinyml_course.grading.submissions import look_over

NAME = "01_first"
EXERCISES: dict[str, Exercise] = {NAME: exercise(NAME, 2, 3)}
STUDENTS = ("ada", "bob", "eve")


class Sandboxes:
    """Instead of sandboxes: every student earns what the length of the name tells."""

    def __init__(self):
        self.ran = 0

    def __call__(self, jobs):
        for job in jobs:
            self.ran += 1
            student = job.submission.student
            key = fingerprint(job.submission.read(), digest(job.sheets), job.limits)
            earned = STUDENTS.index(student)
            found = graded(student, NAME, result("01.1", earned), result("01.2", 0, 3), source=job.submission.source)
            yield Graded(found.student, found.exercise, found.source, key, found.results)


def run(folder, place):
    """Grade the class; return how many notebooks ran."""
    sandboxes = Sandboxes()
    places = Places(place / "book.csv")
    store = Store(places.files)
    with store.alone():
        store.seed(None)
        grade_class(look_over(folder, [NAME]), EXERCISES, store, places, sandboxes)
    return sandboxes.ran


def content(place):
    """Every file of a run but the lock and the seed, which is drawn."""
    return {
        str(path.relative_to(place)): path.read_bytes()
        for path in sorted(place.rglob("*"))
        if path.is_file() and path.name not in (".lock", "run.json")
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three students."""
    place = tmp_path_factory.mktemp("class")
    for student in STUDENTS:
        (place / student).mkdir()
        cell = {"cell_type": "code", "source": f"x = {student!r}"}
        (place / student / f"{NAME}.ipynb").write_text(json.dumps({"cells": [cell]}), encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def whole(folder, tmp_path_factory):
    """What an undisturbed run writes."""
    place = tmp_path_factory.mktemp("run")
    assert run(folder, place) == 3
    return content(place)


PROBLEMS = {errno.ENOSPC: "Free some space", errno.EROFS: "with -o", errno.EIO: "with -o", errno.EDQUOT: "Free some"}


@pytest.mark.parametrize(("number", "remedy"), PROBLEMS.items(), ids=lambda one: errno.errorcode.get(one, ""))
@pytest.mark.parametrize("way", ["write_bytes", "replace"])
def test_whatever_cannot_be_written_the_next_run_completes_it(
    folder, whole, tmp_path, monkeypatch, way, number, remedy
):
    write, failed, at = getattr(Path, way), [], 0
    while True:
        place = tmp_path / f"{at}"
        place.mkdir()
        count = iter(range(1000))

        def sometimes(self, argument, count=count, at=at):
            if next(count) == at:
                if way == "write_bytes":
                    write(self, argument[: len(argument) // 2])  # a full disk takes the first half
                raise OSError(number, os.strerror(number))
            return write(self, argument)

        with monkeypatch.context() as patched:
            patched.setattr(Path, way, sometimes)
            try:
                ran = run(folder, place)
            except GradingError as error:
                failed.append(str(error))
            else:
                assert ran == 3
                break
        assert os.strerror(number) in failed[-1]
        assert remedy in failed[-1]
        assert not list(place.rglob("*.part")), "a full disk is fuller than it must be"
        kept = len(list(place.glob("book_files/results/*.json")))
        assert run(folder, place) == 3 - kept
        assert content(place) == whole
        at += 1
    assert len(failed) == len(whole) + 1  # and the seed


def test_a_gradebook_of_a_run_that_failed_is_the_old_one_or_the_new_one(folder, whole, tmp_path, monkeypatch):
    run(folder, tmp_path)
    before = (tmp_path / "book.csv").read_bytes()
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
    with pytest.raises(GradingError):
        run(folder, tmp_path)
    assert (tmp_path / "book.csv").read_bytes() == before


def test_a_result_with_any_damaged_byte_is_made_again(folder, whole, tmp_path):
    store = Store(tmp_path)
    one = graded("ada", NAME, result("01.1", 1), result("01.2", 0, 3))
    store.keep(one)
    (path,) = (tmp_path / "results").iterdir()
    good = path.read_bytes()
    assert store.find("ada", NAME, one.fingerprint) == one
    for at in range(len(good)):
        for value in {good[at] ^ 1, 0, ord("9")} - {good[at]}:
            path.write_bytes(good[:at] + bytes([value]) + good[at + 1 :])
            assert store.find("ada", NAME, one.fingerprint) is None, (at, value)
    for length in range(len(good)):
        path.write_bytes(good[:length])
        assert store.find("ada", NAME, one.fingerprint) is None


@pytest.mark.parametrize("content", [b"", b"{}", b"[" * 100_000, b"\xff", b"null", b'{"results": 3}', bytes(10_000)])
def test_results_of_any_form_are_made_again(folder, whole, tmp_path, content):
    run(folder, tmp_path)
    path = next((tmp_path / "book_files" / "results").glob("bob*"))
    path.write_bytes(content)
    assert run(folder, tmp_path) == 1
    assert path.read_bytes() == whole[f"book_files/results/{path.name}"]


SEEDS = ["", "{", "{}", "[]", "null", '{"seed": 0}', '{"seed": -3}', '{"seed": 1.5}', '{"seed": true}', '{"seed": "7"}',
         '{"seed": 1e999}', '{"seed": null}', "[" * 100_000, '{"seed": ' + "9" * 5000 + "}"]  # fmt: skip


@pytest.mark.parametrize("text", SEEDS, ids=lambda text: text[:14])
def test_a_seed_that_was_not_drawn_is_no_seed(tmp_path, text):
    store = Store(tmp_path)
    (tmp_path / "run.json").write_text(text, encoding="utf-8")
    with pytest.raises(GradingError, match=r"run\.json is damaged: .*--seed"):
        store.seed(None)
    assert store.seed(5) == store.seed(None) == 5


@pytest.mark.skipif(sys.platform == "win32", reason="nothing is locked there")
def test_a_disk_on_which_nothing_can_be_locked_is_told(tmp_path, monkeypatch):
    import fcntl

    def none(*_arguments):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    with pytest.raises(GradingError, match="Cannot lock .*: No locks available. .*-o"), Store(tmp_path).alone():
        pass


def test_a_lock_that_cannot_be_made_is_told(tmp_path):
    store = Store(tmp_path)
    (tmp_path / ".lock").mkdir()
    if sys.platform == "win32":
        return
    with pytest.raises(GradingError, match=r"Cannot write .*\.lock: Is a directory"), store.alone():
        pass


def test_a_page_that_cannot_be_removed_is_told(tmp_path):
    store = Store(tmp_path)
    (tmp_path / "feedback" / "former.html").mkdir()
    with pytest.raises(GradingError, match=r"Cannot write .*former\.html"):
        store.tidy({"ada"})
