"""The package's names are imported when they are first used, so that its parts cost nothing but themselves."""

import subprocess
import sys

import pytest

from tinyml_course import convert


@pytest.mark.parametrize("name", convert.__all__)
def test_every_public_name_exists(name):
    assert getattr(convert, name) is not None
    assert name in dir(convert)


def test_homes_and_public_names_agree():
    assert sorted(convert._HOMES) == sorted(convert.__all__)


def test_one_part_brings_no_converter():
    code = (
        "import sys, tinyml_course.convert.affine; print(*(name for name in sys.modules if 'tinyml_course.' in name))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    brought = set(done.stdout.split())
    assert "tinyml_course.convert.affine" in brought
    assert not {name for name in brought if name.startswith(("tinyml_course.models", "tinyml_course.convert.sk"))}
