"""How long does a learner wait for a check? Run it with ``python benchmarks/checks.py [--runs N] [--json]``.

Each exercise's solution runs in a kernel of its own, as in JupyterLab: first the cell with the imports, then the other
cells, one after the other. What is timed is each cell that checks, from the request to the kernel until it is idle
again. **First** is a learner's first time: a kernel that has checked nothing, and no compiled program in the cache.
**Again** is the same cell once more: the longest of N times. Then ``tinyml check`` runs over the same notebook in a
process of its own, with the cache empty and with it filled. Cells behind the last task are no checks and do not run.

The promise is 2 s for a check and 5 s for one that measures C on the virtual Uno; a check that breaks it, or an answer
that is not full marks, ends the benchmark with exit code 1.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tinyml_course.grading.exercise import closing_cells
from tinyml_course.grading.registry import lessons, sheets_of

ROOT = Path(__file__).resolve().parents[1]
PROMISED, PROMISED_ON_BOARD = 2.0, 5.0


@dataclass(frozen=True)
class Waited:
    """Seconds for one thing that a learner starts; the promise is None where none was made."""

    what: str
    first: float
    again: float
    promised: float | None

    @property
    def kept(self) -> bool:
        """Whether both times keep the promise."""
        return self.promised is None or max(self.first, self.again) <= self.promised


class Kernel:
    """A kernel of this Python, with a cache of its own; a context manager."""

    def __init__(self, cache: Path) -> None:
        from jupyter_client.manager import KernelManager

        self._manager = KernelManager(kernel_name="python3")
        if self._manager.has_trait("transport_encryption"):  # recent kernels complain without
            self._manager.transport_encryption = "auto"
        self._environment = {**os.environ, "TINYML_CACHE_DIR": str(cache)}

    def __enter__(self) -> Kernel:
        self._manager.start_kernel(env=self._environment, cwd=str(ROOT / "solutions"))
        self._client = self._manager.client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=60)
        return self

    def __exit__(self, *exception: object) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)

    def run(self, source: str) -> tuple[float, str]:
        """Run a cell; return the seconds and what it printed."""
        printed: list[str] = []

        def hear(message: dict[str, Any]) -> None:
            if message["msg_type"] == "stream":
                printed.append(message["content"]["text"])

        started = time.perf_counter()
        reply = self._client.execute_interactive(source, timeout=120, output_hook=hear)
        seconds = time.perf_counter() - started
        if reply["content"]["status"] != "ok":
            sys.exit(f"A cell fails: {reply['content'].get('evalue')}\n{source}")
        return seconds, "".join(printed)


def cells_of(lesson: str) -> tuple[Path, list[str]]:
    """A lesson's solution, and the sources of its code cells up to the last check."""
    (path,) = (ROOT / "solutions").glob(f"{lesson}_*.ipynb")
    closing = closing_cells(ROOT / "exercises" / path.name)
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return path, [source for source in sources if source.strip() not in closing]


def in_a_notebook(lesson: str, sources: list[str], runs: int) -> list[Waited]:
    """Seconds of the cell with the imports, and of each check."""
    on_board = {sheet.objective: sheet.board is not None for sheet in sheets_of(lesson)}
    waited: list[Waited] = []
    with tempfile.TemporaryDirectory(prefix="tinyml-checks-") as cache, Kernel(Path(cache)) as kernel:
        for number, source in enumerate(sources):
            first, printed = kernel.run(source)
            if number == 0:
                waited.append(Waited(f"{lesson} imports", first, kernel.run(source)[0], None))
            if not source.startswith("check("):
                continue
            if not printed.startswith("✓"):
                sys.exit(f"The solution does not pass: {printed}")
            again = max(kernel.run(source)[0] for _ in range(runs))
            objective = source.split('"')[1]
            board = on_board[objective]
            what = f"{objective} on the virtual Uno" if board else objective
            waited.append(Waited(what, first, again, PROMISED_ON_BOARD if board else PROMISED))
    return waited


def in_a_terminal(lesson: str, path: Path, runs: int) -> Waited:
    """Seconds of ``tinyml check``: all tasks of a lesson, the start of Python included."""
    command = [sys.executable, "-m", "tinyml_course", "check", lesson, str(path)]
    seconds: list[float] = []
    with tempfile.TemporaryDirectory(prefix="tinyml-checks-") as cache:
        for _ in range(1 + runs):
            started = time.perf_counter()
            done = subprocess.run(
                command, cwd=ROOT, env={**os.environ, "TINYML_CACHE_DIR": cache}, capture_output=True, text=True,
                encoding="utf-8", check=False,
            )  # fmt: skip
            seconds.append(time.perf_counter() - started)
            if done.returncode:
                sys.exit(f"tinyml check {lesson} ends with {done.returncode}: {done.stdout}{done.stderr}")
    on_board = any(sheet.board for sheet in sheets_of(lesson))
    return Waited(f"tinyml check {lesson}", seconds[0], max(seconds[1:]), PROMISED_ON_BOARD if on_board else PROMISED)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.partition("?")[0])
    options.add_argument("--runs", type=int, default=3, help="how often again")
    options.add_argument("--json", action="store_true", help="print JSON")
    arguments = options.parse_args()
    waited: list[Waited] = []
    for lesson in lessons():
        path, sources = cells_of(lesson)
        waited += in_a_notebook(lesson, sources, arguments.runs)
        waited.append(in_a_terminal(lesson, path, arguments.runs))
    if arguments.json:
        print(json.dumps([{**vars(one), "kept": one.kept} for one in waited], indent=1))
    else:
        show(waited)
    sys.exit(0 if all(one.kept for one in waited) else 1)


def show(waited: list[Waited]) -> None:
    """Print the table."""
    table = Table(box=None, pad_edge=False)
    for name in ("what", "first, s", "again, s", "promised, s", ""):
        table.add_column(name, justify="left" if name in ("what", "") else "right")
    for one in waited:
        promised = "–" if one.promised is None else f"{one.promised:g}"
        table.add_row(one.what, f"{one.first:.2f}", f"{one.again:.2f}", promised, "" if one.kept else "BROKEN")
    Console().print(table)


if __name__ == "__main__":
    main()
