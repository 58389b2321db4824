"""A plugin of pytest that writes one line of JSON for each cell that nbval ran, as soon as it has.

``tinyml validate`` loads it and reads the lines while pytest runs: for its progress bar and its report.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

#: Names the file that the lines go to.
VARIABLE = "TINYML_NBVAL_EVENTS"
_OUTPUT_SECONDS = 60


def _write(**event: Any) -> None:
    with Path(os.environ[VARIABLE]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(event) + "\n")


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Wait longer than nbval's five seconds for the output behind a cell's answer: a busy computer may need it."""
    for item in items:
        if hasattr(item, "output_timeout"):
            item.output_timeout = _OUTPUT_SECONDS


def pytest_collection_finish(session: Any) -> None:
    """Tell how many cells there are; with several processes each of them sees all."""
    _write(cells=len(session.items))


def pytest_runtest_logreport(report: Any) -> None:
    """Tell how a cell went. Processes of pytest-xdist hand their reports to the first one, which has no number."""
    if "PYTEST_XDIST_WORKER" in os.environ or (report.when != "call" and report.passed):
        return
    path, _, cell = report.nodeid.partition("::")
    problem = "" if report.passed else report.longreprtext
    _write(path=path, cell=cell, outcome=report.outcome, seconds=report.duration, problem=problem)
