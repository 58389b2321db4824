"""Three tasks with inputs that can be recognised anywhere, and the world outside of the sandbox."""

import contextlib
import json
import os
import platform
import re
import socket
import sys
from pathlib import Path

import numpy as np
import pytest

from tinyml_course.grading.checks import Check, Misconception, Part, draw_sheet
from tinyml_course.grading.grade import grade_one
from tinyml_course.grading.sandbox import Limits, why_not_confined
from tinyml_course.grading.sandbox.confinement import user_of
from tinyml_course.grading.slips import NUMBER_SLIPS
from tinyml_course.grading.submissions import find_submissions

ROOT = Path(__file__).resolve().parents[3]
EXERCISE = "90_attacked"
#: Holds the slot as long as this process runs.
TAKEN = socket.socket(socket.AF_UNIX) if sys.platform == "linux" else None


def free_slot():
    """A slot whose sandbox users nobody else has, also in another run of these tests."""
    for slot in range(20, 90) if TAKEN else ():
        with contextlib.suppress(OSError):
            TAKEN.bind(f"\0tinyml-attacked-{slot}")
            return slot
    return 0


SLOT = free_slot()
SECRET = "squeamish-ossifrage"
SECRET_NAME = "TINYML_ATTACKED_SECRET"


def large(rng):
    """A number that nothing else has."""
    return int(rng.integers(10**11, 10**12))


def check(objective, function, arguments, points, expected, cases):
    """A task whose only misconception is an answer of nothing."""
    parts = (Part("all inputs", points, cases),)
    ideas = (Misconception("nothing", "Nothing.", lambda *case: None),)
    return Check(objective, function, function, parts, "x", arguments, expected, ideas, NUMBER_SLIPS)


CHECKS = (
    check("90.1", "double", ("a",), 2, lambda a: 2 * a, lambda rng: [(large(rng),) for _ in range(4)]),
    check(
        "90.2",
        "scale",
        ("low", "high"),
        3,
        lambda low, high: (high - low) / 255,
        lambda rng: [(float(large(rng)) / 8, float(large(rng)) * 2) for _ in range(4)] + [(0.0, 0.001)],
    ),
    check(
        "90.3",
        "codes",
        ("x",),
        4,
        lambda x: (x % 200 - 100).astype(np.int8),
        lambda rng: [(np.array([large(rng) for _ in range(3)]),) for _ in range(3)],
    ),
)
SHEETS = tuple(draw_sheet(one, 20_261) for one in CHECKS)
#: Every hidden input, as it could be written.
HIDDEN = tuple(
    str(int(number))[:9]
    for sheet in SHEETS
    for question in sheet.questions
    for value in question
    for number in (value.items if hasattr(value, "items") else (value,))
    if abs(number) > 10**9
)


def notebook(*cells):
    """A notebook with these code cells."""
    made = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": source} for source in cells]
    return {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def hand_in(folder, student, content):
    """Write a notebook where a student's belongs; return its submission."""
    path = folder / student / f"{EXERCISE}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return next(one for one in find_submissions(folder, [EXERCISE]) if one.student == student)


def limits(**changes):
    """Small ones: the attacks are over soon."""
    given = {"seconds": 5.0, "task_seconds": 1.5, "cpu_seconds": 20, "disk_bytes": 32 << 20, "file_bytes": 16 << 20}
    return Limits(**{**given, **changes})


def grade(submission, trusted=False, **changes):
    """Grade against the three tasks."""
    return grade_one(submission, SHEETS, limits(**changes), slot=SLOT, trusted=trusted)


def processes_of(*users):
    """Numbers of the running processes of users."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text()
        except OSError:
            continue
        if int(re.search(r"Uid:\s+(\d+)", text)[1]) in users and "State:\tZ" not in text:
            found.append(int(status.parent.name))
    return found


def sandbox_users():
    """The users of this worker's slot."""
    user = user_of(SLOT)
    return (user, user + 1) if user else ()


class Outside:
    """What must not be reached: a folder with a secret, four listeners, and the grader's own temporary files."""

    def __init__(self, folder, temporary):
        self.folder, self.temporary = folder, temporary
        (folder / "ada.ipynb").write_text(SECRET)
        self.listeners = {"four": socket.create_server(("127.0.0.1", 0))}
        with contextlib.suppress(OSError):  # a computer may have no IPv6
            self.listeners["six"] = socket.create_server(("::1", 0), family=socket.AF_INET6)
        port = self.listeners["four"].getsockname()[1]
        for name, address in {"path": str(folder / "socket"), "abstract": f"\0tinyml-{port}"}.items():
            self.listeners[name] = socket.socket(socket.AF_UNIX)
            self.listeners[name].bind(address)
            self.listeners[name].listen()
        os.chmod(folder / "socket", 0o777)  # noqa: PTH101
        six = self.listeners.get("six", self.listeners["four"])
        self.words = {
            "PORT4": str(port),
            "PORT6": str(six.getsockname()[1]),
            "OUTSIDE": str(folder),
            "REPOSITORY": str(ROOT),
            "HOME": str(Path.home()),
            "SECRET_NAME": SECRET_NAME,
            "ADD_KEY": {"x86_64": "248", "aarch64": "217"}.get(platform.machine(), "-1"),
        }
        self.before = self.files()

    def files(self):
        """What stands outside."""
        return sorted(str(path) for place in (self.folder, self.temporary) for path in place.rglob("*"))

    def fill(self, text):
        """Put in what an attack wants to reach."""
        for word, value in self.words.items():
            text = text.replace(f"@{word}@", value)
        return text

    def connections(self):
        """Names of the listeners that somebody reached."""
        reached = []
        for name, listener in self.listeners.items():
            listener.setblocking(False)
            try:
                listener.accept()[0].close()
                reached.append(name)
            except BlockingIOError:
                pass
        return reached

    def close(self):
        """Stop listening."""
        for listener in self.listeners.values():
            listener.close()


needs_walls = pytest.mark.skipif(
    sys.platform == "win32" or bool(why_not_confined()), reason="bubblewrap does not work here"
)
