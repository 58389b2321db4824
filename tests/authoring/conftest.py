"""A course of one small lesson, in a folder of its own."""

import shutil
from pathlib import Path

import pytest
from small_course import CHECK, EXERCISE, LESSON, write

from tinyml_course.authoring import build, notebook, objectives


@pytest.fixture
def course(tmp_path, monkeypatch) -> Path:
    """The folder of the course; its only check is 77.1."""
    _only_this_check(monkeypatch)
    write(tmp_path, LESSON, EXERCISE)
    return tmp_path


@pytest.fixture(scope="module")
def _built_once(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("course")
    write(root, LESSON, EXERCISE)
    with pytest.MonkeyPatch.context() as patch:
        _only_this_check(patch)
        build(root)
    return root


@pytest.fixture
def built(_built_once, course) -> Path:
    """The same, built: a copy that a test may damage."""
    shutil.copytree(_built_once, course, dirs_exist_ok=True)
    return course


def _only_this_check(patch) -> None:
    patch.setattr(objectives, "all_checks", lambda: (CHECK,))
    patch.setattr(notebook, "find_check", lambda objective: CHECK)
