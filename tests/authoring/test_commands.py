"""`tinyml build`, `validate` and `lab` as commands."""

import json

import nbformat
import pytest
from click.testing import CliRunner
from small_course import NAME

from tinyml_course.authoring.validate import notebooks_to_validate, validate
from tinyml_course.cli import build as build_command
from tinyml_course.cli import lab as lab_command
from tinyml_course.cli import validate as validate_command
from tinyml_course.errors import LessonError


def call(module, *arguments):
    return CliRunner().invoke(module.command, [str(argument) for argument in arguments])


def test_build_and_check(course, monkeypatch):
    monkeypatch.setattr("tinyml_course.authoring.find_root", lambda start=None: course)
    built = call(build_command)
    assert built.exit_code == 0
    assert f"wrote notebooks/{NAME}.ipynb" in built.stderr
    assert "4 files written, 0 unchanged" in built.stderr
    assert built.stdout == ""
    assert call(build_command, "--check").exit_code == 0
    (course / "exercises" / f"{NAME}.ipynb").unlink()
    drifted = call(build_command, "--check")
    assert isinstance(drifted.exception, LessonError)
    assert "is missing" in str(drifted.exception)


def test_validate_runs_lessons_and_solutions(built, monkeypatch):
    monkeypatch.setattr("tinyml_course.authoring.find_root", lambda start=None: built)
    passed = call(validate_command)
    assert passed.exit_code == 0, passed.stdout
    assert "2 notebooks" in passed.stderr
    assert passed.stdout.count("as shown") == 2
    figures = json.loads(call(validate_command, "--json", "--jobs", "1").stdout)
    assert figures["passed"]
    assert [one["notebook"] for one in figures["notebooks"]] == [
        f"{f}/{NAME}.ipynb" for f in ("notebooks", "solutions")
    ]
    assert [one["cells"] for one in figures["notebooks"]] == [4, 3]


def test_validate_fails_when_a_notebook_does_not_do_what_it_shows(built, monkeypatch):
    monkeypatch.setattr("tinyml_course.authoring.find_root", lambda start=None: built)
    path = built / "notebooks" / f"{NAME}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    shown, *_, last = [cell for cell in notebook.cells if cell.cell_type == "code"]
    shown.outputs[0].data.update({"text/plain": "3"})  # it is compared
    last.source = "raise ValueError('why')"
    nbformat.write(notebook, path)
    failed = call(validate_command, "--jobs", "1")
    assert isinstance(failed.exception, LessonError)
    assert "1 of 2 notebooks do not do what they show" in str(failed.exception)
    assert "2 cells differ or fail" in failed.stdout
    assert "mismatch 'text/plain'" in failed.stdout
    assert "ValueError: why" in failed.stdout
    assert f"notebooks/{NAME}.ipynb, Cell 0" in failed.stdout
    assert f"notebooks/{NAME}.ipynb, Cell 3" in failed.stdout


def test_a_notebook_that_nbval_cannot_read_is_no_success(built):
    path = built / "notebooks" / f"{NAME}.ipynb"
    path.write_text("{")
    report = validate([path])
    assert not report.passed
    assert report.log


def test_progress_of_a_validation_ends_at_its_total(built):
    seen = []
    report = validate([built / "notebooks" / f"{NAME}.ipynb"], progress=lambda done, total: seen.append((done, total)))
    assert report.passed
    assert seen[-1] == (4, 4)


def test_validate_without_notebooks_is_an_error(course):
    with pytest.raises(LessonError, match="there are none"):
        notebooks_to_validate(course)
    with pytest.raises(LessonError, match="'42'"):
        notebooks_to_validate(course, ["42"])


@pytest.mark.parametrize("module", [build_command, validate_command, lab_command])
def test_help(module):
    shown = call(module, "--help")
    assert shown.exit_code == 0
    assert "--root" in shown.stdout


def test_lab_without_the_course_says_where_to_get_it(tmp_path, monkeypatch):
    import tinyml_course

    monkeypatch.setattr(tinyml_course, "__file__", str(tmp_path / "site" / "tinyml_course" / "__init__.py"))
    stopped = call(lab_command, "--root", tmp_path)
    assert isinstance(stopped.exception, LessonError)
    assert "git clone" in str(stopped.exception)
