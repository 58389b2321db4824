"""The folder of a run: names, seeds, torn files, two graders at a time."""

import json
import sys

import pytest
from graded import graded, result

from tinyml_course.errors import GradingError
from tinyml_course.grading.store import Store, safe_name, write_whole

NAMES = [
    "ada",
    "Ada",
    "../x",
    "..",
    "/etc/passwd",
    "CON",
    "a" * 300,
    "",
    " ",
    "ada ",
    "Ådä",
    "\udcff",
    "a/b",
    "a\\b",
    "\n",
]


def test_safe_names_are_plain_and_all_different():
    names = [safe_name(name) for name in NAMES]
    assert len({name.lower() for name in names}) == len(NAMES)
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") and len(name) <= 60 for name in names)
    assert names[0].startswith("ada-")


@pytest.mark.parametrize("name", NAMES)
def test_a_result_is_found_again_and_lies_in_its_folder(tmp_path, name):
    store = Store(tmp_path / "files")
    one = graded(name, "01_x", result("01.1", 1, text="odd \ud800 text"), problems=("Code cell 1 stops",))
    store.keep(one)
    assert store.find(name, "01_x", one.fingerprint) == one
    assert store.find(name, "01_x", "1" * 64) is None
    assert store.find(name, "02_y", one.fingerprint) is None
    assert len(list((tmp_path / "files" / "results").iterdir())) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["files"]
    assert store.feedback_page(name).parent == tmp_path / "files" / "feedback"


def test_a_seed_is_drawn_once(tmp_path):
    store = Store(tmp_path)
    seed = store.seed(None)
    assert 1 <= seed < 2**53
    assert store.seed(None) == Store(tmp_path).seed(None) == seed
    assert store.seed(5) == store.seed(None) == 5


def test_two_runs_draw_different_seeds(tmp_path):
    assert Store(tmp_path / "a").seed(None) != Store(tmp_path / "b").seed(None)


def test_a_damaged_seed_is_told(tmp_path):
    (tmp_path / "run.json").write_text("{", encoding="utf-8")
    with pytest.raises(GradingError, match="run.json is damaged"):
        Store(tmp_path).seed(None)


@pytest.mark.skipif(sys.platform == "win32", reason="nothing is locked there")
def test_a_second_grader_is_refused(tmp_path):
    with Store(tmp_path).alone(), pytest.raises(GradingError, match="Another"), Store(tmp_path).alone():
        pass
    with Store(tmp_path).alone():
        pass


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "x.json"
    write_whole(path, b"old")
    (tmp_path / ".x.json.part").write_bytes(b"torn by a kill")
    assert path.read_bytes() == b"old"
    write_whole(path, b"new")
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("x.json", b"new")]


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(GradingError, match="Cannot make the folder"):
        Store(tmp_path / "file" / "files")
    with pytest.raises(GradingError, match="Cannot write"):
        write_whole(tmp_path / "none" / "x", b"")


def test_tidy_removes_pages_of_former_students_and_torn_files(tmp_path):
    store = Store(tmp_path)
    for name in ("ada", "bob"):
        store.feedback_page(name).write_text("", encoding="utf-8")
    (tmp_path / "results" / ".a.json.part").write_text("", encoding="utf-8")
    store.tidy({"ada"})
    assert list((tmp_path / "feedback").iterdir()) == [store.feedback_page("ada")]
    assert list((tmp_path / "results").iterdir()) == []


def test_a_result_is_stable_json(tmp_path):
    store = Store(tmp_path)
    store.keep(graded("ada", "01_x", result("01.1", 2)))
    (path,) = (tmp_path / "results").iterdir()
    assert json.loads(path.read_text(encoding="utf-8"))["student"] == "ada"
