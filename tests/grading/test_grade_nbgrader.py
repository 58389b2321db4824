"""nbgrader 0.9 finds our exercises in order and collects what students hand in; tinyml grade takes it from there."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from handed_in import NAMES, ROOT

from tinyml_course.grading.registry import sheets_of
from tinyml_course.grading.submissions import find_submissions

nbgraderformat = pytest.importorskip(
    "nbgrader.nbgraderformat", reason="nbgrader is not installed (pip install nbgrader)"
)
CONFIG = r"""
c = get_config()
c.CourseDirectory.course_id = "tinyml"
c.FileNameCollectorPlugin.named_regexp = r".*[/\\](?P<student_id>[a-z]+)_(?P<file_id>.*)\.ipynb$"
"""


@pytest.mark.parametrize("lesson", sorted(NAMES))
def test_cells_are_valid_and_carry_the_points_of_the_checks(lesson):
    from nbgrader import utils
    from nbgrader.preprocessors import CheckCellMetadata

    notebook = nbgraderformat.read(str(ROOT / "exercises" / f"{NAMES[lesson]}.ipynb"), as_version=4)  # validates it
    CheckCellMetadata().preprocess(notebook, {})  # raises if two cells share a name
    points = [cell.metadata.nbgrader["points"] for cell in notebook.cells if utils.is_grade(cell)]
    assert points == [sheet.points for sheet in sheets_of(lesson)]
    assert all(utils.is_locked(cell) for cell in notebook.cells if utils.is_grade(cell))


def test_what_nbgrader_collects_is_found(tmp_path):
    name = NAMES["01"]
    (tmp_path / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    for folder, file in (("source/ex01", name), ("downloaded/ex01/archive", f"ada_{name}")):
        (tmp_path / folder).mkdir(parents=True)
        shutil.copy(ROOT / "exercises" / f"{name}.ipynb", tmp_path / folder / f"{file}.ipynb")
    _nbgrader(tmp_path, "generate_assignment", "ex01")
    _nbgrader(tmp_path, "zip_collect", "ex01")
    (found,) = find_submissions(tmp_path, list(NAMES.values()))
    assert (found.student, found.exercise, found.source) == ("ada", name, f"submitted/ada/ex01/{name}.ipynb")
    assert found.read() == (ROOT / "exercises" / f"{name}.ipynb").read_bytes()
    assert (tmp_path / "release" / "ex01" / f"{name}.ipynb").is_file()


def _nbgrader(folder, *arguments):
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # nbgrader calls alembic
    environment = {
        **os.environ,
        "PATH": programs,
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "IPYTHONDIR": str(folder / "ipython"),
    }
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
