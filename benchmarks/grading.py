"""What grading costs: processor time of a light submission, the time for 200, and a run that is killed 20 times.

Run it with ``python benchmarks/grading.py [STUDENTS] [KILLS]`` (100 and 20 by default) in the course's folder. Each
student hands in exercises 04 and 10, the second with C for the board; a fifth of the tasks are wrong in one of five
ways. One of them makes a loop of exercise 10 endless, which costs each who has it two times ten seconds.

The processor time is that of the whole tree of processes. What a submission's processes took cannot be had from
``resource.getrusage``: the sandbox kills what it does not need any more, and nobody waits for those. So the tree below
the grader is looked at every few milliseconds, and each process counts with the last value of its
``/proc/PID/schedstat``, in nanoseconds. What a process takes between the last look and its end is missing: at most one
interval each. Linux only.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
LESSONS = ("04_quantization_by_hand", "10_how_bonsai_decides")
INTERVAL = 0.004
BAD = ("return None", "return 0", "raise ValueError", "return arguments", "return 'seven'")


def main() -> None:
    """Measure and print."""
    students = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    kills = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    with tempfile.TemporaryDirectory(prefix="tinyml-grading-") as place:
        folder = Path(place)
        hand_in(folder / "class", students)
        alone = measure([*command(folder, "none"), "--help"])
        first = measure(command(folder, "whole"))
        again = measure(command(folder, "whole"))
        light = measure([*command(folder, "light"), "--lessons", "04"])
        count = first["submissions"]
        stopped = kill(folder, kills, first["seconds"])
        same = contents(folder, "whole") == contents(folder, "killed")
    table = Table(box=None, pad_edge=False)
    table.add_column("What")
    table.add_column("Measured", justify="right")
    rows = (
        ("submissions, exercises 04 and 10", f"{count}"),
        ("seconds, wall clock", f"{first['seconds']:.1f}"),
        ("processor seconds of a light submission, exercise 04", per_submission(light, alone, "cpu")),
        ("processor seconds of that in the grader itself", per_submission(light, alone, "own")),
        ("processor seconds of a submission to either, C on the board included", per_submission(first, alone, "cpu")),
        ("seconds of a second run, nothing changed", f"{again['seconds']:.1f}"),
        ("kills at random moments that hit a running grader", f"{stopped} of {kills}"),
        ("every file the same, byte for byte", "yes" if same else "NO"),
    )
    for row in rows:
        table.add_row(*row)
    Console().print(table)
    sys.exit(0 if same else 1)


def per_submission(run: dict[str, float], alone: dict[str, float], what: str) -> str:
    """Seconds of one submission; what the program takes to start is not theirs."""
    return f"{(run[what] - alone[what]) / run['submissions']:.3f}"


def hand_in(folder: Path, students: int) -> None:
    """Write a class: solutions with some answers overwritten."""
    chance = random.Random(1)
    for number in range(students):
        for name in LESSONS:
            notebook = json.loads((ROOT / "solutions" / f"{name}.ipynb").read_text(encoding="utf-8"))
            for cell in notebook["cells"]:
                source = "".join(cell["source"])
                if source.startswith("def ") and chance.random() < 0.2:
                    function = source[4:].partition("(")[0]
                    cell["source"] = f"def {function}(*arguments):\n    {chance.choice(BAD)}"
            path = folder / f"student{number:03d}" / f"{name}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(notebook), encoding="utf-8")


def command(folder: Path, name: str) -> list[str]:
    """The command that grades the class into a gradebook of this name; the same seed everywhere."""
    output = str(folder / name / "book.csv")
    place = str(folder / "class")
    return [sys.executable, "-m", "tinyml_course", "grade", place, "-o", output, "--seed", "1", "--json"]


def measure(program: list[str]) -> dict[str, float]:
    """Run a program to its end: wall clock, processor time of its tree and of itself, and how many submissions."""
    started = time.monotonic()
    process = subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    spent: dict[tuple[int, str], int] = {}
    while process.poll() is None:
        for pid in tree(process.pid):
            try:
                stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
                tasks = Path(f"/proc/{pid}/task").iterdir()
                total = sum(int((task / "schedstat").read_text(encoding="utf-8").split()[0]) for task in tasks)
            except (OSError, IndexError):
                continue
            key = (pid, stat[19])  # the start time: numbers of processes are used again
            spent[key] = max(total, spent.get(key, 0))
        time.sleep(INTERVAL)
    seconds = time.monotonic() - started
    assert process.stdout is not None
    said = process.stdout.read()
    own = max((value for (pid, _), value in spent.items() if pid == process.pid), default=0)
    submissions = json.loads(said)["submissions"] if said.startswith("{") else 0
    return {"seconds": seconds, "cpu": sum(spent.values()) / 1e9, "own": own / 1e9, "submissions": submissions}


def tree(pid: int) -> Iterator[int]:
    """A process and all below it, those in other name spaces included."""
    yield pid
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text(encoding="utf-8").split():
                yield from tree(int(child))
    except OSError:
        return


def kill(folder: Path, kills: int, seconds: float) -> int:
    """Kill a run again and again, then let it end; return how many kills hit."""
    chance, hits = random.Random(), 0
    for _ in range(kills):
        process = subprocess.Popen(command(folder, "killed"), cwd=ROOT, stdout=subprocess.DEVNULL)
        time.sleep(1 + chance.random() * seconds / (kills / 2))
        process.kill()
        hits += process.wait() != 0
    subprocess.run(command(folder, "killed"), cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return hits


def contents(folder: Path, name: str) -> dict[str, bytes]:
    """Every file of a run."""
    place = folder / name
    return {path.relative_to(place).as_posix(): path.read_bytes() for path in place.rglob("*") if path.is_file()}


if __name__ == "__main__":
    main()
