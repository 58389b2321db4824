"""Running notebooks: several at once, each in a kernel of this very environment, quiet and without traces."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinyml_course.authoring.notebook import NOTEBOOK_METADATA
from tinyml_course.errors import LessonError

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
"""The output type that needs a running kernel; what stands beside it is what readers see."""

_TAG = re.compile(r"<[^>]*>")
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Job:
    """One notebook to run.

    Parameters
    ----------
    title : str
        For progress and errors: ``"01_from_gpt3_to_an_uno, lesson"``.
    notebook : nbformat.NotebookNode
        Is changed: outputs and execution counts are filled in.
    folder : pathlib.Path
        The kernel's working folder: the one the notebook will lie in.
    """

    title: str
    notebook: Any
    folder: Path


def execute(
    jobs: Sequence[Job], *, parallel: int = 2, timeout_s: int = 300, done: Callable[[Job], None] = lambda job: None
) -> None:
    """Run notebooks and keep their outputs.

    Parameters
    ----------
    jobs : sequence of Job
        Their notebooks are filled in place.
    parallel : int, default 2
        How many kernels run at the same time.
    timeout_s : int, default 300
        Seconds that one cell may take.
    done : callable
        Called after each notebook.

    Raises
    ------
    LessonError
        If a cell fails, takes too long or writes to standard error; the message names
        notebook and cell. Warnings have no place in a lesson.
    """
    asyncio.run(_execute_all(jobs, parallel, timeout_s, done))


async def _execute_all(jobs: Sequence[Job], parallel: int, timeout_s: int, done: Callable[[Job], None]) -> None:
    gate = asyncio.Semaphore(parallel)

    async def run(job: Job) -> None:
        async with gate:
            await _execute_one(job, timeout_s)
        tidy(job)
        done(job)

    tasks = [asyncio.ensure_future(run(job)) for job in jobs]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _execute_one(job: Job, timeout_s: int) -> None:
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    from tinyml_course.authoring.kernel_client import PatientKernelClient

    job.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tinyml-ipython-", ignore_cleanup_errors=True) as ipython:
        manager = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=_this_environment())
        manager.client_factory = PatientKernelClient
        if manager.has_trait("transport_encryption"):  # recent kernels complain without
            manager.transport_encryption = "auto"
        client = NotebookClient(
            job.notebook,
            km=manager,
            timeout=timeout_s,
            record_timing=False,
            resources={"metadata": {"path": str(job.folder)}},
        )
        try:
            await client.async_execute(env=kernel_environment(Path(ipython)))
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            raise LessonError(f"{job.title} does not run: {_ANSI.sub('', str(error)).strip()}") from error
        finally:
            if client.kc is not None:
                client.kc.stop_channels()
            if manager.has_kernel:
                await manager.shutdown_kernel(now=True)


def _this_environment() -> Any:
    """Kernel specs that know one kernel: the Python that runs now, whatever is installed elsewhere."""
    from ipykernel.kernelspec import get_kernel_dict
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager

    class ThisEnvironment(KernelSpecManager):  # type: ignore[misc]
        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            spec = {**get_kernel_dict(), "display_name": "Python 3 (ipykernel)"}
            spec["argv"] = [sys.executable, *spec["argv"][1:]]
            return KernelSpec(resource_dir="", **spec)

    return ThisEnvironment()


def kernel_environment(ipython: Path) -> dict[str, str]:
    """Environment variables of a kernel: TensorFlow quiet and on the processor, no user configuration.

    Parameters
    ----------
    ipython : pathlib.Path
        An empty folder for IPython's profile. History is switched off in it: parallel
        kernels would wait for each other's history file.
    """
    profile = ipython / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    switch = "get_config().HistoryManager.enabled = False\n"
    (profile / "ipython_kernel_config.py").write_text(switch, encoding="utf-8")
    return {
        **os.environ,
        "IPYTHONDIR": str(ipython),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "CUDA_VISIBLE_DEVICES": "-1",
    }


def tidy(job: Job) -> None:
    """Bring an executed notebook into a form that depends on the lesson alone.

    Widgets that need a kernel leave; the text or picture shown beside them stays. Metadata
    that running adds is taken off. Cell outputs of the same stream become one.

    Raises
    ------
    LessonError
        If a cell wrote to standard error.
    """
    import nbformat

    job.notebook.metadata = nbformat.from_dict(dict(NOTEBOOK_METADATA))
    for number, cell in enumerate((cell for cell in job.notebook.cells if cell.cell_type == "code"), start=1):
        cell.metadata.pop("execution", None)
        for output in cell.outputs:
            if output.output_type == "stream" and output.name == "stderr":
                raise LessonError(f"{job.title}: code cell {number} writes to standard error: {output.text.strip()!r}.")
        cell.outputs = _merge_streams([output for output in cell.outputs if not _says_nothing(output)])
        for output in cell.outputs:
            if "data" in output:
                output.data.pop(WIDGET_VIEW, None)


def _says_nothing(output: Any) -> bool:
    """Whether nothing is left for a reader without a kernel: a finished progress bar, a bare widget."""
    data = output.get("data", {})
    if WIDGET_VIEW in data:
        return set(data) <= {WIDGET_VIEW, "text/plain"}
    blank_html = "<img" not in data.get("text/html", "") and not _TAG.sub("", data.get("text/html", "")).strip()
    return bool(data) and set(data) <= {"text/html", "text/plain"} and blank_html and not data["text/plain"].strip()


def _merge_streams(outputs: list[Any]) -> list[Any]:
    merged: list[Any] = []
    for output in outputs:
        last = merged[-1] if merged else None
        if last is not None and output.output_type == "stream" == last.output_type and output.name == last.name:
            last.text += output.text
        else:
            merged.append(output)
    return merged
