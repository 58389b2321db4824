"""Which tests a run leaves out: hooks of pytest that name them, and let the system tests run only when asked for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

_LEFT_OUT = pytest.StashKey[dict[str, int]]()
#: Folders of the system tests, and what their tests need.
_SYSTEM = {
    Path(__file__).parent / "browser": "in a browser",
    Path(__file__).parent / "system": "with a board behind a serial port, or nbgrader",
}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the system tests; leave them out unless they are asked for, by ``-m`` or by the name of a folder or file."""
    config.addinivalue_line("markers", "system: needs a browser, avrdude or libsimavr; run by `make test-system`")
    named = [config.invocation_params.dir / argument.partition("::")[0] for argument in config.args]
    kept, left_out = [], []
    for item in items:
        folder = _system_folder(item.path)
        if folder is None:
            kept.append(item)
            continue
        item.add_marker("system")
        if config.option.markexpr or any(path.is_relative_to(folder) for path in named):
            kept.append(item)
        else:
            left_out.append(item)
            counts = config.stash.setdefault(_LEFT_OUT, {})
            counts[_SYSTEM[folder]] = counts.get(_SYSTEM[folder], 0) + 1
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept
    if hasattr(config, "workeroutput"):  # every worker finds the same; the process that prints hears of it below
        config.workeroutput["left_out"] = config.stash.setdefault(_LEFT_OUT, {})


@cache
def _system_folder(file: Path) -> Path | None:
    return next((folder for folder in _SYSTEM if folder in file.parents), None)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take what a worker process left out."""
    node.config.stash.setdefault(_LEFT_OUT, {}).update(getattr(node, "workeroutput", {}).get("left_out", {}))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Let a system test fail that would skip: whoever asks for them wants to know that they hold."""
    outcome: Any = yield
    report = outcome.get_result()
    if report.skipped and item.config.option.markexpr == "system" and not hasattr(report, "wasxfail"):
        names = (Path(__file__).parents[1] / "apt-system.txt").read_text(encoding="utf-8").split()
        report.outcome = "failed"
        report.longrepr = f"{report.longrepr[2]}\nEverything they need: sudo apt-get install {' '.join(names)}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what was left out, and what it needs."""
    reasons: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reason = reason.removeprefix("Skipped: ")
        reasons[reason] = reasons.get(reason, 0) + 1
    for what, count in terminalreporter.config.stash.setdefault(_LEFT_OUT, {}).items():
        reasons[f"system tests, {what}: make test-system"] = count
    if reasons:
        terminalreporter.section("left out on this computer")
        for reason, count in sorted(reasons.items()):
            terminalreporter.write_line(f"{count:4d}  {reason}")
