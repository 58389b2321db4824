"""A course of one small lesson with one task, in a folder of its own."""

import shutil
from pathlib import Path

import pytest

from tinyml_course.authoring import build, notebook, objectives
from tinyml_course.grading import Check

LESSON = """\
# %% [markdown] title
# # A lesson about {gpt3.layers}

# %% [markdown] tags=["objectives"]
# - **77.1** double a number

# %% sum tags=["nbval-check-output"]
1 + 1

# %% [markdown] include="setup"

# %% [markdown] include="77.1"
"""
EXERCISE = '''\
# %% [markdown] title
# # Exercise

# %% task="setup"
twice = 2
check = lambda objective, function: print(objective, function.__name__)

# %% [markdown] task="77.1"
# Double it.

# %% task="77.1"
def double(number):
    """Twice the number."""
    ### BEGIN SOLUTION complete this line
    return number * twice  # why
    ### END SOLUTION

# %% task="77.1"
check("77.1", double)

# %% [markdown] why tags=["solution-only"]
# Because.
'''
CHECK = Check("77.1", "Doubling", 4, "double", ("number",), lambda rng: [(3,)], lambda a: 2 * a, ())
NAME = "77_small"


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


def write(root, lesson=None, exercise=None):
    """Write the sources of the lesson."""
    folder = root / "content" / NAME
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("lesson.py", lesson), ("exercise.py", exercise)):
        if text is not None:
            (folder / name).write_text(text, encoding="utf-8")
