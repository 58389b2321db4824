"""nbgrader 0.9 finds our exercises in order and collects what students hand in; tinyml grade takes it from there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import nbgrader_environment
import pytest
from handed_in import NAMES, ROOT, stub

from tinyml_course.grading.registry import sheets_of
from tinyml_course.grading.submissions import find_submissions

READER = Path(__file__).with_name("cells_that_nbgrader_reads.py")
CONFIG = r"""
c = get_config()
c.CourseDirectory.course_id = "tinyml"
c.FileNameCollectorPlugin.named_regexp = r".*[/\\](?P<student_id>[a-z]+)_(?P<file_id>.*)\.ipynb$"
"""


@pytest.fixture(scope="module")
def nbgrader(tmp_path_factory):
    """Run the Python that has nbgrader in the folder of a course that holds all our exercises."""
    course = tmp_path_factory.mktemp("course")
    (course / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    shutil.copytree(ROOT / "exercises", course / "source" / "all", ignore=shutil.ignore_patterns(".*"))

    def run(*arguments):
        done = nbgrader_environment.run(course, *map(str, arguments))
        assert done.returncode == 0, done.stderr
        return done.stdout

    run.course = course
    return run


@pytest.fixture(scope="module")
def cells(nbgrader):
    """What nbgrader reads in each exercise, and in one with two cells of one name."""
    notebook = stub("01")
    twice = next(cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("grade"))
    notebook["cells"].append({**twice, "id": "twice"})
    bad = nbgrader.course / "twice.ipynb"
    bad.write_text(json.dumps(notebook), encoding="utf-8")
    read = json.loads(nbgrader(READER, bad, *sorted((nbgrader.course / "source" / "all").glob("*.ipynb"))))
    return {Path(path).stem: cells for path, cells in read.items()}


@pytest.mark.parametrize("lesson", sorted(NAMES))
def test_cells_are_valid_and_carry_the_points_of_the_checks(cells, lesson):
    graded = cells[NAMES[lesson]]
    assert [cell["points"] for cell in graded] == [sheet.points for sheet in sheets_of(lesson)]
    assert all(cell["locked"] for cell in graded)


def test_two_cells_of_one_name_are_refused(cells):
    name = cells[NAMES["01"]][0]["name"]
    assert cells["twice"] == f"Duplicate grade id: {name}"


def test_what_nbgrader_releases_and_collects_is_found(nbgrader):
    """Released, handed in by two students, collected: all there, byte for byte."""
    nbgrader("-m", "nbgrader", "generate_assignment", "all")
    released = {path.stem: path for path in (nbgrader.course / "release" / "all").glob("*.ipynb")}
    assert sorted(released) == sorted(NAMES.values())
    archive = nbgrader.course / "downloaded" / "all" / "archive"
    archive.mkdir(parents=True)
    for student in ("ada", "bob"):
        for name, path in released.items():
            shutil.copy(path, archive / f"{student}_{name}.ipynb")
    nbgrader("-m", "nbgrader", "zip_collect", "all")
    found = {(each.student, each.exercise): each for each in find_submissions(nbgrader.course, list(NAMES.values()))}
    assert sorted(found) == sorted((student, name) for student in ("ada", "bob") for name in released)
    for (student, name), each in found.items():
        assert each.source == f"submitted/{student}/all/{name}.ipynb"
        assert each.read() == released[name].read_bytes()
