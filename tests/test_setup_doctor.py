"""``tinyml doctor`` tells the truth about what is there and what is missing."""

from __future__ import annotations

import json
import sys
from importlib import metadata
from pathlib import Path

import pytest
from click.testing import CliRunner

from tinyml_course import doctor
from tinyml_course.board import SerialPort
from tinyml_course.cli.doctor import command
from tinyml_course.errors import PortError, ToolchainNotFoundError
from tinyml_course.toolchain.discovery import NAMES
from tinyml_course.toolchain.discovery import Finding as Compiler


@pytest.fixture
def requirements(monkeypatch):
    """Pretend that the course needs these packages."""

    def pretend(*lines: str) -> None:
        monkeypatch.setattr(metadata, "requires", lambda name: list(lines))

    return pretend


def by_name(findings: list[doctor.Finding]) -> dict[str, doctor.Finding]:
    return {finding.name: finding for finding in findings}


def test_every_part_is_reported():
    names = set(by_name(doctor.examine()))
    assert {"Python", "C compiler for this computer", "V8, which runs the virtual Uno", "node", "chromium"} <= names
    assert {f"compiler: {name}" for name in NAMES} <= names
    assert {"uploader", "boards", "libsimavr", "bubblewrap", "disk space", "cache of compiled programs"} <= names


def test_json_and_exit_code_agree(requirements):
    requirements("numpy>=1.26")
    result = CliRunner().invoke(command, ["--json"])
    answer = json.loads(result.output)
    assert result.exit_code == (0 if answer["complete"] else 1)
    assert answer["complete"] == all(finding["state"] != "missing" for finding in answer["findings"])


def test_table_names_everything(requirements):
    requirements("numpy>=1.26")
    result = CliRunner().invoke(command, [], env={"COLUMNS": "200"})
    assert metadata.version("numpy") in result.output
    assert "compiler: pypi" in result.output


@pytest.mark.parametrize(
    ("system", "problem", "path", "state", "found", "remedy"),
    [
        ("linux", "", "/bin/bwrap", "ok", "works (", ""),
        ("linux", "not installed", None, "optional", "not on PATH (", "sudo apt-get install bubblewrap"),
        (
            "linux",
            "it does not work: no. On Ubuntu do this",
            "/bin/bwrap",
            "optional",
            "not work: no (",
            "On Ubuntu do this",
        ),
        ("darwin", "unasked", None, "optional", "Linux only (", "grade in a virtual machine with Linux"),
        ("win32", "unasked", None, "optional", "Linux only (", "grade in WSL"),
    ],
)
def test_what_locks_submissions_in(monkeypatch, system, problem, path, state, found, remedy):
    monkeypatch.setattr("tinyml_course.grading.sandbox.why_not_confined", lambda: problem)
    monkeypatch.setattr(doctor.shutil, "which", lambda name: path)
    monkeypatch.setattr(doctor.sys, "platform", system)
    finding = doctor._sandbox()
    assert (finding.name, finding.state, finding.remedy) == ("bubblewrap", state, remedy)
    assert found in finding.found and "what students hand in" in finding.found


def test_packages(requirements):
    requirements("numpy>=1.26", "no-such-package>=3", "click>=999", 'no-such-tool>=1; extra == "test"')
    found = by_name(list(doctor._packages()))
    assert found["Python packages"] == doctor.Finding("Python packages", "ok", f"numpy {metadata.version('numpy')}")
    assert (found["no-such-package"].state, found["click"].state) == ("missing", "missing")
    assert found["no-such-package"].remedy.endswith('-m pip install "no-such-package>=3"')
    assert found["click"].found == f"{metadata.version('click')}; wanted >=999"
    assert (found["no-such-tool"].state, "for tests" in found["no-such-tool"].found) == ("optional", True)


def test_course_that_is_not_installed(monkeypatch):
    def missing(name: str) -> list[str]:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", missing)
    assert [finding.state for finding in doctor._packages()] == ["missing"]


def test_no_compiler_is_missing_and_leaves_with_1(monkeypatch, requirements):
    requirements("numpy>=1.26")
    monkeypatch.setattr(doctor, "look", lambda name: Compiler(name, None, "not here"))
    result = CliRunner().invoke(command, ["--json"])
    compilers = [one for one in json.loads(result.output)["findings"] if one["name"].startswith("compiler: ")]
    assert result.exit_code == 1
    assert [one["state"] for one in compilers] == ["missing"] * len(NAMES)
    assert all("install" in one["remedy"] for one in compilers)


def test_one_compiler_is_enough(monkeypatch, any_toolchain):
    monkeypatch.setattr(
        doctor, "look", lambda name: Compiler(name, any_toolchain if name == "pypi" else None, "absent")
    )
    assert [finding.state for finding in doctor._compilers()] == ["optional", "optional", "optional", "ok"]


def test_old_python(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 0, "final", 0))
    (finding,) = doctor._python()
    assert (finding.state, "3.11, 3.12 or 3.13" in finding.remedy) == ("missing", True)


def test_broken_v8(monkeypatch):
    monkeypatch.setattr(doctor, "_V8", "import sys; sys.exit('engine on fire')")
    finding = doctor._v8()
    assert (finding.state, finding.found) == ("missing", "engine on fire")
    monkeypatch.setattr(doctor, "_V8", "print(41)")
    assert doctor._v8().found == "it calculated wrong"


def test_no_host_compiler_is_optional(monkeypatch):
    def none() -> None:
        raise ToolchainNotFoundError("No C compiler:\n  cc: not on PATH\nInstall one with: something")

    monkeypatch.setattr(doctor, "find_host", none)
    finding = doctor._host_compiler()
    assert (finding.state, finding.remedy) == ("optional", "Install one with: something")


def test_full_disk(monkeypatch, tmp_path):
    monkeypatch.setenv("TINYML_CACHE_DIR", str(tmp_path / "not" / "yet"))
    monkeypatch.setattr(doctor, "_NEEDED_DISK_BYTES", 1 << 80)
    space, cache = doctor._disk()
    assert (space.state, cache.state) == ("missing", "ok")


def test_cache_that_cannot_be_written(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("TINYML_CACHE_DIR", str(tmp_path / "file" / "cache"))
    _, cache = doctor._disk()
    assert (cache.state, "TINYML_CACHE_DIR" in cache.remedy) == ("optional", True)


def test_real_boards(monkeypatch, tmp_path):
    def nothing() -> None:
        raise PortError("no uploader", "none here")

    board = SerialPort(str(tmp_path / "ttyACM0"), "Arduino Uno", 0x2341, 0x0043, "7503")
    Path(board.device).touch()
    monkeypatch.setattr(doctor, "find_ports", lambda: [board])
    found = by_name(list(doctor._real_board()))
    assert found["boards"] == doctor.Finding("boards", "ok", f"{board.device} (Arduino Uno, serial number 7503)")
    assert found["serial permission"].state == "ok"
    monkeypatch.setattr(doctor.os, "access", lambda *_: False)
    monkeypatch.setattr(doctor, "find_uploader", nothing)
    monkeypatch.setattr(doctor.port_errors, "_group_of", lambda device: "dialout")
    monkeypatch.setattr(doctor.port_errors, "_is_member", lambda group: False)
    found = by_name(list(doctor._real_board()))
    assert (found["uploader"].state, "avrdude" in found["uploader"].remedy) == ("optional", True)
    if sys.platform.startswith("linux"):
        assert found["serial permission"].state == "optional"
        assert "sudo usermod -a -G " in found["serial permission"].remedy
    monkeypatch.setattr(doctor, "find_ports", list)
    assert by_name(list(doctor._real_board()))["boards"].found == "no Arduino Uno is plugged in"


def test_without_pyserial_the_rest_is_reported(monkeypatch):
    monkeypatch.setitem(sys.modules, "serial.tools", None)
    assert "boards" not in by_name(list(doctor._real_board()))
