"""Compile and run every program; what goes wrong is a result as well."""

from __future__ import annotations

import functools
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
from programs import Candidate
from training import inputs_of

from tinyml_course import toolchain
from tinyml_course.board import simulate
from tinyml_course.datasets import Dataset
from tinyml_course.errors import MemoryLimitError, TinyMLError
from tinyml_course.progress import bar

LEVELS = ("-Os", "-O2")
#: Characters of an error in the table.
SHOWN = 160


@functools.cache
def toolchain_for_everybody() -> toolchain.Toolchain:
    """The first compiler without an Arduino core, so that no figure holds a part of the core; else the first."""
    found = [one for one in toolchain.available() if one.arduino_core is None]
    return found[0] if found else toolchain.find()


def measure_all(candidates: list[Candidate], models: dict[str, Any], data: Dataset, jobs: int) -> list[dict[str, Any]]:
    """Return one row for each candidate and level, in their order."""
    answers = {
        name: np.asarray(model.predict(inputs_of(name, data.x_test)), np.int64) for name, model in models.items()
    }
    tasks = [(one, level) for one in candidates for level in LEVELS]
    # Processes of their own kind: TensorFlow's threads do not survive a fork.
    pool = ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn"))
    with bar("Running on the virtual Uno", len(tasks)) as step, pool:
        futures = [
            pool.submit(measure, one, level, data.x_test, data.y_test, answers.get(one.model, one.source))
            for one, level in tasks
        ]
        rows = []
        for number, future in enumerate(futures, start=1):
            rows.append(future.result())
            step(number)
    return rows


def measure(
    candidate: Candidate, level: str, x: np.ndarray, y: np.ndarray, source: Sequence[int] | np.ndarray | None
) -> dict[str, Any]:
    """Return one row of the table.

    Parameters
    ----------
    candidate : Candidate
        The program.
    level : str
        The compiler's optimization.
    x, y : ndarray
        Raw pixels and labels of the test set.
    source : sequence of int or None
        The answers of the trained model itself, in Python.
    """
    row: dict[str, Any] = {
        "model": candidate.model,
        "exporter": candidate.exporter,
        "setting": candidate.setting,
        "level": level,
        "model_bytes": candidate.model_bytes,
        "error": candidate.error,
    }
    twin, python = (None if answers is None else np.asarray(answers) for answers in (candidate.twin, source))
    row["accuracy_python"] = None if python is None else float((python == y).mean())
    if candidate.error:
        return row
    try:
        run = simulate(candidate.sketch(), candidate.inputs(x), toolchain=toolchain_for_everybody(), optimization=level)
    except TinyMLError as error:
        return row | {"error": reason(error)}
    return row | {
        "flash_bytes": run.model_flash_bytes,
        "sram_bytes": run.model_sram_peak_bytes,
        "cycles_mean": float(run.cycles.mean()),
        "cycles_max": int(run.cycles.max()),
        "accuracy": float((run.classes == y).mean()),
        "mismatches": None if python is None else int((run.classes != python).sum()),
        "mismatches_twin": None if twin is None else int((run.classes != twin).sum()),
    }


def reason(error: TinyMLError) -> str:
    """What went wrong, short enough for a table."""
    if isinstance(error, MemoryLimitError):
        return f"does not fit: {error.needed:,} B of {error.memory} needed, {error.available:,} available"
    words = " ".join(str(error).split()).replace(f" with {toolchain_for_everybody().description}", "")
    words = words.replace("The sketch 'peer' ", "")
    return words if len(words) <= SHOWN else f"{words[: SHOWN - 3]}..."
