"""Where the course's folders are."""

from __future__ import annotations

import re
from pathlib import Path

import tinyml_course
from tinyml_course.errors import LessonError

_LESSON_NAME = re.compile(r"\d\d_[a-z0-9_]+")
FIRST_LESSON = "01_from_gpt3_to_an_uno"
"""The notebook that ``tinyml lab`` opens."""


def find_root(start: Path | None = None) -> Path:
    """Find the folder that holds ``notebooks/``.

    Parameters
    ----------
    start : pathlib.Path, optional
        Where to look first; its parents come next, then the folder the package was
        installed from. None: the current folder.

    Raises
    ------
    LessonError
        If none of them holds the course: it was installed without its notebooks.
    """
    here = (start or Path.cwd()).resolve()
    installed_from = Path(tinyml_course.__file__).resolve().parents[1]
    for folder in (here, *here.parents, installed_from):
        if (folder / "notebooks" / f"{FIRST_LESSON}.ipynb").is_file() or (folder / "content" / FIRST_LESSON).is_dir():
            return folder
    raise LessonError(
        f"The lessons are not in {here} nor above it. The installed package holds the library alone: "
        "get the course's repository (git clone) and run this command in its folder."
    )


def lesson_names(root: Path) -> list[str]:
    """Names of the authored lessons, such as ``"01_from_gpt3_to_an_uno"``, in order.

    Raises
    ------
    LessonError
        If there is no ``content/`` folder, or a folder in it is not named ``NN_name``.
    """
    content = root / "content"
    if not content.is_dir():
        raise LessonError(f"Expected the folder {content} with one folder a lesson; it is not there.")
    folders = sorted(folder.name for folder in content.iterdir() if folder.is_dir() and folder.name[0] not in "._")
    for name in folders:
        if not _LESSON_NAME.fullmatch(name):
            raise LessonError(f"Expected lesson folders named like 01_short_name, found content/{name}.")
    return folders
