"""How a submission is locked in: bubblewrap where it works, limits alone where somebody vouches for the code.

Limits alone contain time, address space and file sizes of each process, standard input and output, and the
environment. They do not contain what files are read and written outside of the submission's own folder, the
network, how many processes there are, and processes that first kill their supervisor.

Inside the walls three things stay open. A submission may spoil its own answers. Where the grader is no root it may
stop its supervisor, and is ended some seconds after its time. And whatever feedback says of hidden inputs, how many
are wrong and which of Python's errors was raised, a function can choose: some bits of them per submission.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tinyml_course.errors import GradingError

RUNNER = Path(__file__).with_name("runner.py")
_SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/localtime", "/etc/alternatives")
_FIRST_USER = 61_000
_TRIAL_SECONDS = 60.0
_CELLS = 3  # so many may run until they are stopped before the notebook is


# What a trial asks inside: is this another list of processes, is there no network, can rights be given up?
_TRIAL = """
import os, socket, sys
if os.geteuid() == 0:
    os.setgroups([])
    os.setresuid(*[int(sys.argv[1])] * 3)
names = [name for _, name in socket.if_nameindex()]
print("locked in" if os.getpid() < 10 and not set(names) - {"lo", "sit0", "tunl0", "ip6tnl0"} else "not locked in")
"""


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    Parameters
    ----------
    seconds : float
        Wall clock of the whole notebook. One cell may take a third of it.
    task_seconds : float
        Wall clock of all questions of one task.
    cpu_seconds : int
        Processor time of one process.
    memory_bytes : int
        Address space of one process, and memory that all of them take. TensorFlow alone has 2.8 GB of addresses.
    file_bytes, disk_bytes : int
        One file, and everything it writes together.
    processes, open_files : int
        At the same time.
    output_bytes : int
        Everything that leaves through the pipe.
    """

    seconds: float = 60.0
    task_seconds: float = 10.0
    cpu_seconds: int = 60
    memory_bytes: int = 4 << 30
    file_bytes: int = 32 << 20
    disk_bytes: int = 64 << 20
    processes: int = 64
    open_files: int = 128
    output_bytes: int = 16 << 20


def why_not_confined() -> str:
    """Return why bubblewrap cannot be used here; empty if it can."""
    return _why_not(shutil.which("bwrap") or "")


@cache
def _why_not(program: str) -> str:
    if not program and sys.platform == "darwin":
        return "macOS has no bubblewrap (a virtual machine with Linux has)"
    if not program:
        return "the program bwrap is not installed (Debian, Ubuntu: sudo apt-get install bubblewrap)"
    trial = [program, *_walls(Limits(), 0), "--", sys.executable, "-I", "-c", _TRIAL, str(_FIRST_USER)]
    try:
        done = subprocess.run(
            trial, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=_TRIAL_SECONDS
        )
    except subprocess.TimeoutExpired:
        said = "it gives no answer"
    except OSError as error:
        said = f"it cannot be started: {error.strerror}"
    else:
        if done.returncode == 0 and done.stdout.strip() == "locked in":
            return ""
        said = (done.stderr.strip().splitlines() or ["what it runs is not locked in"])[-1]
    return (
        f"bwrap is installed and does not work here: {said}. On Ubuntu 24.04 an administrator allows it with: "
        "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0"
    )


def command(limits: Limits, slot: int, trusted: bool, program: Path = RUNNER) -> list[str]:
    """Return the command that runs a program of Python inside; arguments of the program can be added.

    Parameters
    ----------
    limits : Limits
        What it may use.
    slot : int
        Number of the worker, from 0: each has two users of its own where the grader is root.
    trusted : bool
        Whether somebody vouches for the submissions: they run without walls where there are none to be had.
    program : pathlib.Path
        What to run; default: a submission's runner, whose argument is the number of its pipe.

    Raises
    ------
    GradingError
        If there are no walls and nobody vouches.
    """
    if sys.platform == "win32":
        raise GradingError("Submissions run on Linux and macOS only: on Windows, grade in WSL.")
    inside = [sys.executable, "-I", str(program)]
    problem = why_not_confined()
    if not problem:
        return [str(shutil.which("bwrap")), *_walls(limits, slot), "--", *inside]
    if trusted:
        return inside
    raise GradingError(
        f"Submissions are programs of other people, and nothing here can lock them in: {problem}. "
        "Grade on Linux with bubblewrap, or add --trust-submissions if you have read every one of them."
    )


def user_of(slot: int) -> int:
    """Return the user of a confined submission's supervisor; the next is its worker's. 0: it stays who it is."""
    return _FIRST_USER + 2 * slot if os.geteuid() == 0 and not why_not_confined() else 0


def inner_limits(limits: Limits, slot: int) -> dict[str, float]:
    """Return what a program inside sets for itself, as :func:`runner.confine` reads it."""
    return {
        "user": user_of(slot),
        "seconds": limits.seconds,
        "cell_seconds": limits.seconds / _CELLS,
        "task_seconds": limits.task_seconds,
        "memory_bytes": limits.memory_bytes,
        "cpu_seconds": limits.cpu_seconds,
        "file_bytes": limits.file_bytes,
        "open_files": limits.open_files,
        # Without walls the limit would count every process of the user, the desktop's too.
        "processes": 0 if why_not_confined() else limits.processes,
    }


def _walls(limits: Limits, slot: int) -> list[str]:
    """Flags of bubblewrap: nothing is there but Python, this package without its sheets, and empty folders."""
    package = Path(__file__).resolve().parents[2]
    flags = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    flags += ["--die-with-parent", "--new-session", "--clearenv", "--hostname", "sandbox", "--cap-drop", "ALL"]
    if os.geteuid() == 0:
        flags += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]  # the runner gives them up first of all
    else:
        flags += ["--unshare-user"]
    for name, value in environment("/box").items():
        flags += ["--setenv", name, value]
    for path in _SYSTEM:
        flags += ["--ro-bind-try", path, path]
    flags += ["--proc", "/proc", "--dev", "/dev"]
    for folder in ("/tmp", "/box", "/dev/shm"):
        flags += ["--perms", "1777", "--size", str(limits.disk_bytes), "--tmpfs", folder]
    for prefix in dict.fromkeys((sys.base_prefix, sys.prefix, str(package))):
        if not prefix.startswith("/usr/"):
            for parent in reversed(Path(prefix).parents):  # bwrap's own would be closed to the runner's user
                flags += ["--perms", "0755", "--dir", str(parent)]
            flags += ["--ro-bind", prefix, prefix]
    sheets = str(package / "grading" / "sheets")
    flags += ["--tmpfs", sheets]
    for folder in (sheets, "/dev", "/"):  # without a size each of them could take half of the computer's memory
        flags += ["--remount-ro", folder]
    return [*flags, "--chdir", "/box"]


def environment(home: str) -> dict[str, str]:
    """Return every environment variable that a submission has; `home` is its folder."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": home,
        "LANG": "C.UTF-8",
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": home,
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
    }
