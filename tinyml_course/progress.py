"""Progress bars: one look everywhere, on standard error, and only where somebody watches."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Step(Protocol):
    """Called with how many steps are done now."""

    def __call__(self, done: int) -> None:
        """Move the bar."""


def _watched() -> bool:
    return sys.stderr.isatty() or "ipykernel" in sys.modules


@contextmanager
def bar(title: str, total: int, *, show: bool | None = None, unit: str = "") -> Iterator[Step]:
    """Show a progress bar while the block runs.

    Parameters
    ----------
    title : str
        What is going on, in a few words.
    total : int
        Steps until the end.
    show : bool, optional
        True or False to force it; by default it shows in terminals and notebooks.
    unit : str, optional
        What is counted, in the plural: then the bar tells how many are done, and how many a second.
    """
    if not (_watched() if show is None else show):
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = [TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()]
    if unit:
        columns.insert(2, TextColumn("{task.completed}/{task.total} {task.fields[unit]}{task.fields[rate]}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=total, unit=unit, rate="")

        def step(done: int) -> None:
            speed = progress.tasks[0].speed
            progress.update(task, completed=done, rate="" if speed is None else f", {speed:.1f}/s")

        yield step
