"""A course of one small lesson, in a folder of its own."""

import shutil
from pathlib import Path

import pytest
from small_course import CHECKS, EXERCISE, LESSON, write

from tinyml_course.authoring import build


@pytest.fixture
def course(tmp_path) -> Path:
    """The folder of the course; its only check is 77.1."""
    write(tmp_path, LESSON, EXERCISE, CHECKS)
    return tmp_path


@pytest.fixture(scope="module")
def _built_once(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("course")
    write(root, LESSON, EXERCISE, CHECKS)
    build(root)
    return root


@pytest.fixture
def built(_built_once, course) -> Path:
    """The same, built: a copy that a test may damage."""
    shutil.copytree(_built_once, course, dirs_exist_ok=True)
    return course
