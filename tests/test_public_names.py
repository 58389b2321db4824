"""The package's front: every public name is there, and none costs anything before it is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

import tinyml_course as tc


@pytest.mark.parametrize("name", tc.__all__)
def test_every_public_name_exists(name):
    assert getattr(tc, name) is not None
    assert name in dir(tc)


def test_homes_and_public_names_agree():
    assert sorted(tc._HOMES) == sorted(set(tc.__all__) - {"__version__"})


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'load_cats'"):
        _ = tc.load_cats


def test_the_import_brings_nothing_heavy():
    code = (
        "import sys, tinyml_course; print([m for m in ('numpy', 'keras', 'tensorflow', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_graph_works_without_the_front():
    code = "from tinyml_course.graph import reference_kinds; print(sorted(reference_kinds()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "bonsai_tree" in done.stdout


def test_the_sandbox_imports_no_judge_and_no_board():
    code = """
import sys
import tinyml_course.grading.wire
import tinyml_course.grading.sandbox.kernel
import tinyml_course.grading.cells
print([name for name in sys.modules if name.endswith(("judge", "sheet", "board", "session"))])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
