"""Submissions on a Dask cluster: the same results, in the same order, on more computers than one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tinyml_course.errors import GradingError
from tinyml_course.grading.grade_all import Job, Spread
from tinyml_course.version import __version__

if TYPE_CHECKING:
    from distributed import Client

    from tinyml_course.grading.grade import Graded

#: Seconds until the scheduler must have answered.
CONNECT_SECONDS = 10
_slots: dict[int, int] = {}  # of this worker's threads
_FIRST_SLOT, _WORKERS, _THREADS = 1_000, 997, 64
#: Jobs that the cluster holds for each of its threads: enough that none waits, few enough to be sent quickly.
_AHEAD = 2


def on_cluster(address: str, *, trusted: bool = False, warn: Callable[[str], None] = lambda problem: None) -> Spread:
    """Run jobs on the workers of a Dask scheduler.

    Each worker needs this package in the same version, and bubblewrap. A worker process runs as many submissions at
    a time as it has threads. One that is killed costs nothing but what it was running, which runs again elsewhere.

    Parameters
    ----------
    address : str
        Of the scheduler, such as ``"tcp://10.0.0.5:8786"``.
    trusted : bool, default False
        Whether submissions may run where nothing locks them in.
    warn : callable, optional
        Called with what is wrong where they do.

    Raises
    ------
    GradingError
        If Dask is not installed, no scheduler answers, it has no workers, a worker has another version, or nothing
        locks submissions in there and nobody vouches for them.
    """

    def spread(jobs: Iterable[Job]) -> Iterator[Graded]:
        client = _connect(address)
        try:
            _check_workers(client, address, trusted, warn)
            yield from _run(client, iter(jobs))
        finally:
            with suppress(Exception):  # the answers are here; a scheduler that has gone changes nothing
                client.close()

    return spread


def _connect(address: str) -> Client:
    try:
        from distributed import Client
    except ImportError as error:
        raise GradingError("A cluster needs Dask: python -m pip install 'distributed>=2024.5'") from error
    try:
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise GradingError(
            f"No Dask scheduler answers at {address}: {error}. Start one with `dask scheduler`, and workers with "
            "`dask worker ADDRESS`."
        ) from error


def _check_workers(client: Client, address: str, trusted: bool, warn: Callable[[str], None]) -> None:
    versions: dict[str, str] = client.run(_version, on_error="return")
    if not versions:
        raise GradingError(f"The Dask scheduler at {address} has no workers: start some with `dask worker {address}`.")
    wrong = sorted(f"{worker}: {found}" for worker, found in versions.items() if found != __version__)
    if wrong:
        raise GradingError(f"Every worker needs tinyml-course {__version__}, as this computer has. {'; '.join(wrong)}.")
    problems: dict[str, str] = client.run(_problem, on_error="return")
    open_ones = sorted(f"{worker}: {problem}" for worker, problem in problems.items() if problem)
    if open_ones and not trusted:
        raise GradingError(
            "Submissions are programs of other people, and nothing locks them in on these workers. "
            f"{'; '.join(open_ones)}. Use workers on Linux with bubblewrap, or add --trust-submissions if you have "
            "read every submission."
        )
    if open_ones:
        warn("; ".join(open_ones))


def _version() -> str:
    from tinyml_course.version import __version__ as version

    return version


def _problem() -> str:
    """Why this worker cannot lock submissions in; empty if it can."""
    from tinyml_course.grading.sandbox import why_not_confined

    return why_not_confined()


def _run(client: Client, jobs: Iterator[Job]) -> Iterator[Graded]:
    from distributed import as_completed

    running: dict[Any, Job] = {}
    done = as_completed(loop=client.loop, with_results=False, raise_errors=False)

    def send(count: int) -> None:
        for _, job in zip(range(count), jobs, strict=False):
            future = client.submit(_grade, job, pure=False, retries=0)
            running[future] = job
            done.add(future)

    send(_AHEAD * max(1, sum(client.nthreads().values())))
    while running:
        future = next(done)
        job = running.pop(future)
        yield _result(future, job)
        send(1)


def _result(future: Any, job: Job) -> Graded:
    """What a job found; one that the cluster could not run is told, and is no zero."""
    if future.status == "finished":
        graded: Graded = future.result()
        return graded
    error = future.exception()
    return job.failed(f"{type(error).__name__}: {error}")


def _grade(job: Job) -> Graded:
    """Run a job on a worker. Each of its threads has a slot of its own."""
    return job.run(_slot())


def _slot() -> int:
    """The number of this thread among those of all workers of this computer."""
    from distributed import get_worker

    worker, thread = get_worker(), threading.get_ident()
    own = _slots.setdefault(thread, len(_slots))
    port = int(str(worker.address).rpartition(":")[2])
    return _FIRST_SLOT + port % _WORKERS * _THREADS + own % _THREADS
