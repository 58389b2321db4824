"""`tinyml build`, `validate` and `lab` as commands."""

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


def test_validate_runs_lessons_and_solutions(built, monkeypatch, capfd):
    monkeypatch.setattr("tinyml_course.authoring.find_root", lambda start=None: built)
    passed = call(validate_command)
    assert passed.exit_code == 0, capfd.readouterr().out
    assert "2 notebooks" in passed.stderr


@pytest.mark.parametrize(
    "damage",
    [
        lambda cell: cell.outputs[0].data.update({"text/plain": "3"}),  # tagged nbval-check-output
        lambda cell: cell.update(source="raise ValueError"),
    ],
)
def test_validate_fails_when_a_notebook_does_not_do_what_it_shows(built, damage, capfd):
    path = built / "notebooks" / f"{NAME}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    damage(notebook.cells[2])
    nbformat.write(notebook, path)
    assert validate([path]) == 1
    assert "1 failed" in capfd.readouterr().out


def test_a_failed_validation_is_an_error(built, monkeypatch):
    monkeypatch.setattr("tinyml_course.authoring.find_root", lambda start=None: built)
    monkeypatch.setattr("tinyml_course.authoring.validate.validate", lambda paths, **options: 1)
    failed = call(validate_command, "77")
    assert isinstance(failed.exception, LessonError)
    assert "2 notebooks (exit code 1)" in str(failed.exception)


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
