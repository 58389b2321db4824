"""Grading on a Dask cluster: the same results in the same order, also when a worker is killed."""

from __future__ import annotations

import os
import signal
import socket

import pytest
from handed_in import NAMES, ROOT, TRUSTED, add, hand_in, needs_posix, solution, solved, stub

from tinyml_course.errors import GradingError
from tinyml_course.grading.checks import draw_sheet
from tinyml_course.grading.cluster import on_cluster
from tinyml_course.grading.definitions import read_checks
from tinyml_course.grading.exercise import Exercise, closing_cells
from tinyml_course.grading.grade_all import grade_many, in_threads
from tinyml_course.grading.sandbox import Limits
from tinyml_course.grading.submissions import find_submissions

pytestmark = needs_posix
LIMITS = Limits(seconds=30, task_seconds=10)
SLOW = "import time\ntime.sleep(4)"


@pytest.fixture(scope="module")
def exercises():
    name = NAMES["01"]
    sheets = tuple(draw_sheet(check, 7) for check in read_checks(ROOT / "content" / name))
    return {name: Exercise(name, sheets, closing_cells(ROOT / "exercises" / f"{name}.ipynb"))}


@pytest.fixture(scope="module")
def submissions(tmp_path_factory):
    folder = tmp_path_factory.mktemp("submitted")
    for number in range(4):
        hand_in(folder, f"full{number}", "01", solution("01"))
        hand_in(folder, f"some{number}", "01", solved("01", number + 1))
    hand_in(folder, "none", "01", stub("01"))
    hand_in(folder, "slow", "01", add(solution("01"), SLOW))
    return find_submissions(folder, [NAMES["01"]])


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed", reason="Dask is not installed (pip install distributed)")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=50
    ) as made:
        yield made


def graded(submissions, exercises, spread, step=lambda done, again: None):
    return grade_many(submissions, exercises, LIMITS, spread, trusted=TRUSTED, step=step)


@pytest.fixture(scope="module")
def here(submissions, exercises):
    return [one.to_text() for one in graded(submissions, exercises, in_threads(2))]


def test_the_same_results_in_the_same_order(cluster, submissions, exercises, here):
    spread = on_cluster(cluster.scheduler_address, trusted=TRUSTED)
    assert [one.to_text() for one in graded(submissions, exercises, spread)] == here


def test_a_killed_worker_costs_nothing_but_time(cluster, submissions, exercises, here):
    pids = [info["id"] for info in cluster.scheduler_info["workers"].values()]
    assert len(pids) == 2
    processes = {worker.process.pid for worker in cluster.workers.values()}
    killed = []

    def kill(done, again):
        if done == 2 and not killed:
            killed.append(min(processes))
            os.kill(killed[0], signal.SIGKILL)

    spread = on_cluster(cluster.scheduler_address, trusted=TRUSTED)
    assert [one.to_text() for one in graded(submissions, exercises, spread, kill)] == here
    assert killed


def test_a_scheduler_that_is_not_there_is_told(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("tinyml_course.grading.cluster.CONNECT_SECONDS", 1)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
    with pytest.raises(GradingError, match=f"No Dask scheduler answers at {address}"):
        list(on_cluster(address)([]))


def test_a_scheduler_without_workers_is_told(cluster):
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address=None, silence_logs=50) as empty,
        pytest.raises(GradingError, match="has no workers"),
    ):
        list(on_cluster(empty.scheduler_address)([]))


def test_another_version_on_a_worker_is_told(cluster, monkeypatch):
    monkeypatch.setattr("tinyml_course.grading.cluster.__version__", "9.9")
    with pytest.raises(GradingError, match=r"needs tinyml-course 9\.9"):
        list(on_cluster(cluster.scheduler_address)([]))


def test_workers_without_walls_need_trust(cluster, submissions, exercises, here, monkeypatch):
    monkeypatch.setattr("tinyml_course.grading.cluster._problem", _no_walls)
    with pytest.raises(
        GradingError, match=r"nothing locks them in on these workers\. tcp://.*: no walls; .*--trust-sub"
    ):
        list(on_cluster(cluster.scheduler_address)([]))
    told = []
    assert list(on_cluster(cluster.scheduler_address, trusted=True, warn=told.append)([])) == []
    assert len(told) == 1 and told[0].count(": no walls") == len(cluster.workers)


def _no_walls():
    return "no walls"
