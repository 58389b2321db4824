"""Imports point down only, and `import tinyml_course` stays light."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CHECK = """
import sys
from importlinter.cli import lint_imports

sys.path.insert(0, "")
sys.exit(lint_imports(no_cache=True))
"""


def check_layers(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", CHECK], cwd=folder, capture_output=True, text=True, check=False)


def test_imports_point_down():
    done = check_layers(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("errors.py", "from tinyml_course import boards"),
        ("toolchain/cache.py", "from tinyml_course import board"),
        ("graph.py", "def late():\n    from tinyml_course.export import sketch"),
        ("nowhere.py", ""),
    ],
)
def test_wrong_import_is_noticed(tmp_path, file, line):
    shutil.copytree(ROOT / "tinyml_course", tmp_path / "tinyml_course", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / "tinyml_course" / file).open("a", encoding="utf-8") as target:
        target.write(f"\n{line}\n")
    done = check_layers(tmp_path)
    assert done.returncode == 1
    assert file.removesuffix(".py").replace("/", ".") in done.stdout


def test_import_loads_nothing_heavy():
    code = "import sys, tinyml_course; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    heavy = {"tensorflow", "keras", "sklearn", "scipy", "matplotlib", "py_mini_racer", "pandas", "jupytext", "IPython"}
    assert heavy & set(done.stdout.split()) == set()
