"""What is handed in may be no notebook at all: it is named, earns nothing, and the others are graded."""

import json
import os
import socket
import sys
import tracemalloc
import zipfile

import pytest
from attacked import EXERCISE, SECRET, grade, hand_in, needs_walls, notebook

from notebooks import HONEST
from tinyml_course.errors import GradingError
from tinyml_course.grading.exercise import Exercise
from tinyml_course.grading.grade import Graded
from tinyml_course.grading.grade_all import hold
from tinyml_course.grading.submissions import NOTEBOOK_BYTES, Submission, find_submissions

NAME = f"{EXERCISE}.ipynb"
CELL = {"cell_type": "code", "metadata": {}, "outputs": [], "source": HONEST}
DAMAGED = {
    "nothing": b"",
    "no JSON": b"{not json",
    "half a notebook": json.dumps(notebook(HONEST)).encode()[:60],
    "no UTF-8": b'{"cells": ["\xff\xfe"]}',
    "zeros": bytes(1000),
    "a list": b"[]",
    "a number": b"1e999",
    "deep lists": b"[" * 1_000_000,
    "deep objects": b'{"cells":' * 100_000,
    "a number of a million digits": b'{"cells": ' + b"9" * 1_000_000 + b"}",
    "no cells": json.dumps(notebook()).encode(),
    "cells that are text": b'{"cells": "def double(a): return 2 * a"}',
    "cells of wrong types": json.dumps({"cells": [None, 1, [], {"cell_type": ["code"]}, {"source": "1"}]}).encode(),
    "only text": json.dumps({"cells": [{"cell_type": "markdown", "source": HONEST}]}).encode(),
    "format 3": json.dumps({"worksheets": [{"cells": [CELL]}], "nbformat": 3}).encode(),
    "a pickle": b"cposix\nsystem\n(S'touch stolen'\ntR.",
}  # fmt: skip
ODD = {
    "sources of wrong types": {"cells": [{**CELL, "source": {"a": 1}}, {**CELL, "source": [1, None]}, CELL]},
    "ids that are no ids": {"cells": [{**CELL, "id": ["x"] * 3, "metadata": "none"}, {**CELL, "id": 7}]},
    "ids that are all the same": {"cells": [{**CELL, "id": "task"}, {**CELL, "id": "task"}]},
    "renamed ids of nbgrader": {
        "cells": [{**CELL, "id": "x", "metadata": {"nbgrader": {"grade_id": "task-90-3", "points": 9, "grade": True}}}]
    },
    "points in its metadata": {"cells": [CELL], "metadata": {"points": 9, "score": [9, 9]}, "nbformat": 10**9},
    "a zero in its source": {"cells": [CELL, {**CELL, "source": "scale = \0"}]},
    "half a character in its source": {"cells": [CELL, {**CELL, "source": "scale = '\ud800'\n\udfff"}]},
    "the same key twice": '{"cells": [], "cells": [%s]}' % json.dumps(CELL),  # noqa: UP031
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED.keys())
def test_what_is_no_notebook_is_named_and_earns_nothing(content, tmp_path):
    graded = grade(hand_in(tmp_path, "mallory", content))
    assert graded.points == 0
    assert graded.possible == 9
    assert len(graded.problems) == 1
    assert all("not graded: it " in result.message for result in graded.results)
    assert Graded.from_text(graded.to_text()) == graded


@needs_walls
@pytest.mark.parametrize("content", ODD.values(), ids=ODD.keys())
def test_what_is_odd_earns_its_honest_part(content, tmp_path):
    made = content.encode() if isinstance(content, str) else content
    graded = grade(hand_in(tmp_path, "mallory", made))
    assert graded.points == 2
    assert graded.to_text().encode()


def refused(place, student="mallory"):
    """Points and problem of a student's notebook."""
    (found,) = (one for one in find_submissions(place, [EXERCISE]) if one.student == student)
    graded = grade(found)
    assert SECRET not in graded.to_text()
    return graded.points, graded.problems[0]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path):
    secret = tmp_path / "secret.ipynb"
    secret.write_text(json.dumps(notebook(HONEST, SECRET)))
    (tmp_path / "in" / "mallory").mkdir(parents=True)
    (tmp_path / "in" / "mallory" / NAME).symlink_to(secret)
    assert refused(tmp_path / "in") == (0, "it is a link to another file; hand in the notebook itself.")


@pytest.mark.parametrize("target", ["../ada/" + NAME, "loop", "/dev/zero", "/proc/self/environ", "missing"])
def test_links_earn_nothing(target, tmp_path):
    hand_in(tmp_path, "ada", notebook(HONEST))
    (tmp_path / "mallory").mkdir()
    (tmp_path / "mallory" / NAME).symlink_to(NAME if target == "loop" else target)
    points, problem = refused(tmp_path)
    assert points == 0
    assert "link" in problem or "No such file" in problem


def test_a_folder_that_is_a_link_is_nobodys(tmp_path):
    hand_in(tmp_path, "ada", notebook(HONEST))
    (tmp_path / "mallory").symlink_to(tmp_path / "ada", target_is_directory=True)
    assert [one.student for one in find_submissions(tmp_path, [EXERCISE])] == ["ada"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
@pytest.mark.parametrize("kind", ["fifo", "socket", "device"])
def test_a_file_that_is_no_file_is_not_waited_for(kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mallory").mkdir()
    path = tmp_path / "mallory" / NAME
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(f"mallory/{NAME}")
    else:
        try:
            os.mknod(path, 0o20666, os.makedev(1, 5))
        except PermissionError:
            pytest.skip("only root makes devices")
    points, problem = refused(tmp_path)
    assert points == 0
    assert "regular file" in problem or "cannot be read" in problem


def test_a_folder_with_a_notebooks_name_is_none(tmp_path):
    hand_in(tmp_path, "ada", notebook(HONEST))
    (tmp_path / "mallory" / NAME).mkdir(parents=True)
    assert [one.student for one in find_submissions(tmp_path, [EXERCISE])] == ["ada"]


def test_a_notebook_of_1_gb_is_not_read(tmp_path):
    submission = hand_in(tmp_path, "mallory", b"{")
    os.truncate(tmp_path / "mallory" / NAME, 1 << 30)
    graded = grade(submission)
    assert graded.points == 0
    assert graded.problems[0].startswith("the notebook has 1,073,741,824 bytes, expected at most 20,000,000")


def moodle(path, members):
    """A .zip file as Moodle makes it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_a_zip_bomb_is_not_unpacked(tmp_path):
    place = moodle(tmp_path / "m.zip", {f"Mallory_1_assignsubmission_file_/{NAME}": bytes(50_000_000)})
    assert place.stat().st_size < 100_000
    points, problem = refused(place, "Mallory (1)")
    assert points == 0
    assert "50,000,000 bytes" in problem


def test_a_zip_that_lies_about_a_size_is_not_believed(tmp_path):
    place = moodle(tmp_path / "m.zip", {f"Mallory_1_assignsubmission_file_/{NAME}": bytes(50_000_000)})
    content = place.read_bytes().replace((50_000_000).to_bytes(4, "little"), (999).to_bytes(4, "little"))
    place.write_bytes(content)
    found = Submission("Mallory (1)", EXERCISE, place, f"Mallory_1_assignsubmission_file_/{NAME}")
    read = found.read()
    assert isinstance(read, str) or len(read) <= NOTEBOOK_BYTES
    assert grade(found).points == 0


def test_paths_out_of_a_zip_write_nothing_and_read_nothing(tmp_path):
    secret = tmp_path / NAME
    secret.write_text(json.dumps(notebook(HONEST)))
    names = [
        f"../Mallory_1_assignsubmission_file_/{NAME}",
        f"Eve_2_assignsubmission_file_/../../{NAME}",
        f"/etc/{NAME}",
    ]
    place = moodle(tmp_path / "m.zip", dict.fromkeys(names, SECRET))
    before = sorted(tmp_path.rglob("*"))
    for submission in find_submissions(place, [EXERCISE]):
        graded = grade(submission)
        assert graded.points == 0
        assert SECRET not in graded.to_text()
    assert sorted(tmp_path.rglob("*")) == before


def test_a_zip_of_very_many_files_is_refused(tmp_path):
    place = moodle(tmp_path / "m.zip", {f"{number}.txt": b"" for number in range(20_001)})
    with pytest.raises(GradingError, match="20,001 files"):
        find_submissions(place, [EXERCISE])


@pytest.mark.parametrize("damage", [lambda content: content[:-30], lambda content: b"PK" + bytes(99)])
def test_a_damaged_zip_is_told(damage, tmp_path):
    place = moodle(tmp_path / "m.zip", {f"Ada_1_assignsubmission_file_/{NAME}": "{}"})
    place.write_bytes(damage(place.read_bytes()))
    with pytest.raises(GradingError, match=r"no \.zip file, or it is damaged"):
        find_submissions(place, [EXERCISE])


def test_a_locked_or_damaged_member_is_told(tmp_path):
    place = moodle(tmp_path / "m.zip", {f"Ada_1_assignsubmission_file_/{NAME}": json.dumps(notebook(HONEST)) * 50})
    content = bytearray(place.read_bytes())
    content[60:120] = bytes(60)
    place.write_bytes(content)
    points, problem = refused(place, "Ada (1)")
    assert points == 0
    assert problem.startswith("the file cannot be unpacked")


METHODS = [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("part", range(4))
def test_one_byte_of_a_zip_may_be_anything(method, part, tmp_path):
    source = json.dumps(notebook(*(f"{HONEST} # {number}" for number in range(40))))
    place = tmp_path / "m.zip"
    with zipfile.ZipFile(place, "w", method) as archive:
        archive.writestr(f"Ada_1_assignsubmission_file_/{NAME}", source)
    content = place.read_bytes()
    for at in range(part, len(content), 4):
        for value in {0, 255, content[at] ^ 1} - {content[at]}:
            damaged = bytearray(content)
            damaged[at] = value
            place.write_bytes(damaged)
            try:
                found = find_submissions(place, [EXERCISE])
            except GradingError:
                continue
            for one in found:
                assert one.read()  # the notebook, or why it cannot be had


def test_a_member_without_a_name_is_passed_over(tmp_path):
    place = moodle(tmp_path / "m.zip", {"x": "", f"Ada_1_assignsubmission_file_/{NAME}": "{}"})
    content = bytearray(place.read_bytes())
    content[content.index(b"PK\1\2") + 46] = 0  # a name ends where a zero stands
    place.write_bytes(content)
    assert [one.student for one in find_submissions(place, [EXERCISE])] == ["Ada (1)"]


def test_a_locked_member_is_told(tmp_path):
    place = moodle(tmp_path / "m.zip", {f"Ada_1_assignsubmission_file_/{NAME}": "{}"})
    content = bytearray(place.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\1\2") + 8] |= 1
    place.write_bytes(content)
    points, problem = refused(place, "Ada (1)")
    assert points == 0
    assert "encrypted" in problem


def test_the_last_of_two_members_with_one_name_counts_as_for_every_unpacker(tmp_path):
    place, name = tmp_path / "m.zip", f"Ada_1_assignsubmission_file_/{NAME}"
    with zipfile.ZipFile(place, "w") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr(name, "{}")
        archive.writestr(name, "[]")
    assert [one.read() for one in find_submissions(place, [EXERCISE])] == [b"[]"]


@pytest.mark.skipif(sys.platform == "win32", reason="its paths are shorter")
def test_folders_in_folders_stop_nothing(tmp_path):
    hand_in(tmp_path, "ada", notebook(HONEST))
    (tmp_path / "mallory").mkdir()
    before, depth = os.getcwd(), 1_500  # noqa: PTH109
    os.chdir(tmp_path / "mallory")
    try:
        for _ in range(depth):
            os.mkdir("a")  # noqa: PTH102
            os.chdir("a")
        assert [one.student for one in find_submissions(tmp_path, [EXERCISE])] == ["ada"]
    finally:
        for _ in range(depth):  # deeper than what removes whole trees can go
            os.chdir("..")
            os.rmdir("a")  # noqa: PTH106
        os.chdir(before)


def test_a_loop_of_links_stops_nothing(tmp_path):
    hand_in(tmp_path, "ada", notebook(HONEST))
    (tmp_path / "mallory").mkdir()
    (tmp_path / "mallory" / "x").symlink_to(tmp_path / "mallory")
    (tmp_path / "mallory" / NAME).symlink_to(tmp_path / "mallory" / NAME)
    points, problem = refused(tmp_path)
    assert points == 0
    assert "cannot be read" in problem


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what was opened")
def test_a_folder_that_becomes_a_link_while_it_is_read_is_noticed(tmp_path, monkeypatch):
    secret = tmp_path / "solutions" / NAME
    secret.parent.mkdir()
    secret.write_text(json.dumps(notebook(HONEST, SECRET)))
    mallory = hand_in(tmp_path / "handed_in", "mallory", notebook(HONEST))
    open_as_it_is = os.open

    def swap(path, flags):
        folder = mallory.place / "mallory"
        folder.rename(tmp_path / "away")
        folder.symlink_to(secret.parent)
        return open_as_it_is(path, flags)

    monkeypatch.setattr(os, "open", swap)
    read = mallory.read()
    assert isinstance(read, str)
    assert "it became a link" in read


def test_a_notebook_of_millions_of_lists_fills_no_memory(tmp_path):
    content = b'{"cells": [' + b"{}," * 6_000_000 + b"{}]}"
    submission = hand_in(tmp_path, "mallory", content)
    tracemalloc.start()
    try:
        held = hold(submission, Exercise(EXERCISE, (), frozenset({"a closing cell"})))
        graded = grade(held)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 4 * len(content)
    assert graded.points == 0
    assert graded.problems[0].startswith("it is no notebook: it has more than 2,000,000 lists")


@pytest.mark.skipif(sys.platform == "win32", reason="a backslash is no part of a name there")
def test_names_that_look_like_others_stay_apart(tmp_path):
    names = ["a\n", "a\\n", "a\\\\n", "Ada", "ada", "\u00e9", "e\u0301", "\u202eadA", "\\u202eadA"]
    for name in names:
        hand_in_quietly(tmp_path, name)
    shown = [one.student for one in find_submissions(tmp_path, [EXERCISE])]
    assert len(set(shown)) == len(names)
    assert all(name.isprintable() for name in shown)


def hand_in_quietly(folder, student):
    """A notebook of a student whose name may be shown otherwise."""
    path = folder / student / NAME
    path.parent.mkdir()
    path.write_text(json.dumps(notebook(HONEST)))


@needs_walls
@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
@pytest.mark.parametrize("name", [b"m\xff\xfe", b"two\nlines", b"\x1b[2J"])
def test_names_of_folders_can_be_stored(name, tmp_path):
    os.makedirs(os.fsencode(tmp_path) + b"/" + name)  # noqa: PTH103
    with open(os.fsencode(tmp_path) + b"/" + name + b"/" + NAME.encode(), "w") as file:  # noqa: PTH123
        json.dump(notebook(HONEST), file)
    (submission,) = find_submissions(tmp_path, [EXERCISE])
    graded = grade(submission)
    assert graded.points == 2
    assert graded.to_text().encode("utf-8")
    assert graded.student.isprintable()
