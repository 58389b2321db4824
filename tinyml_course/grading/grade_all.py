"""Many submissions graded: side by side, in any order, kept one by one, and in the same order in the end."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tinyml_course.grading.exercise import Exercise, without_closing
from tinyml_course.grading.grade import Graded, digest, fingerprint, grade_one
from tinyml_course.grading.sandbox import Limits
from tinyml_course.grading.sheet import Sheet
from tinyml_course.grading.store import Store
from tinyml_course.grading.submissions import Submission

_ATTEMPTS = 2


@dataclass(frozen=True)
class Held(Submission):
    """A submission with what was handed in, so that it can be graded where the folder is not.

    Parameters
    ----------
    content : bytes or str
        The notebook without its closing cells; text says why it cannot be had.
    """

    content: bytes | str = b""

    def read(self) -> bytes | str:
        """Return the content."""
        return self.content


def hold(submission: Submission, exercise: Exercise) -> Held:
    """Read a submission, and leave out the cells that earn nothing."""
    content = submission.read()
    if isinstance(content, bytes):
        content = without_closing(content, exercise.closing)
    return Held(submission.student, submission.exercise, submission.place, submission.source, content)


@dataclass(frozen=True)
class Job:
    """Everything that grading one submission needs. It can be pickled and sent to another computer.

    Parameters
    ----------
    submission : Held
        What was handed in.
    sheets : tuple of Sheet
        Questions and right answers.
    asked : str
        Their :func:`~tinyml_course.grading.grade.digest`.
    limits : Limits
        What the submission may use.
    trusted : bool
        Whether it may run without walls where there are none.
    """

    submission: Held
    sheets: tuple[Sheet, ...]
    asked: str
    limits: Limits
    trusted: bool = False

    def run(self, slot: int = 0) -> Graded:
        """Grade the submission.

        Parameters
        ----------
        slot : int, default 0
            Number of the worker on this computer; no two may use one at the same time.

        Returns
        -------
        Graded
            Without results where the grader itself failed twice: that is no zero, and it is not kept.
        """
        for _ in range(_ATTEMPTS):
            try:
                return grade_one(
                    self.submission, self.sheets, self.limits, slot=slot, trusted=self.trusted, asked=self.asked
                )
            except Exception as error:  # one submission must not end the run for all others
                problem = f"{type(error).__name__}: {error}"
        return self.failed(problem)

    def failed(self, problem: str) -> Graded:
        """Return what is noted when nobody could run the job; `problem` says why."""
        one, told = self.submission, f"The grader failed, not the student: {problem}"
        return Graded(one.student, one.exercise, one.source, "", (), (told,))


Spread = Callable[[Iterable[Job]], Iterator[Graded]]
"""Runs jobs somewhere and yields what they find, in any order, as it comes. Takes a job only when it has room."""


def in_threads(workers: int) -> Spread:
    """Run jobs on this computer, each worker with a sandbox slot of its own.

    Parameters
    ----------
    workers : int
        How many at the same time. Threads do: the work is in the sandboxes' processes.
    """

    def spread(jobs: Iterable[Job]) -> Iterator[Graded]:
        waiting, done = iter(jobs), queue.SimpleQueue[Graded | BaseException | None]()
        taking, stopped = threading.Lock(), threading.Event()

        def work(slot: int) -> None:
            try:
                while not stopped.is_set():
                    with taking:
                        job = next(waiting, None)
                    if job is None:
                        break
                    done.put(job.run(slot))
            except BaseException as error:
                done.put(error)
            finally:
                done.put(None)

        threads = [threading.Thread(target=work, args=(slot,), daemon=True) for slot in range(workers)]
        for thread in threads:
            thread.start()
        try:
            for _ in threads:
                while (found := done.get()) is not None:
                    if isinstance(found, BaseException):
                        raise found
                    yield found
        finally:  # with Ctrl-C what runs may end, so that nothing of it is left behind; a second one leaves at once
            stopped.set()
            for thread in threads:
                thread.join()

    return spread


def grade_many(
    submissions: Sequence[Submission],
    exercises: Mapping[str, Exercise],
    limits: Limits,
    spread: Spread,
    *,
    store: Store | None = None,
    trusted: bool = False,
    step: Callable[[int, bool], None] = lambda done, again: None,
) -> list[Graded]:
    """Grade submissions and keep every result as it comes.

    Parameters
    ----------
    submissions : sequence of Submission
        What :func:`~tinyml_course.grading.submissions.find_submissions` found.
    exercises : mapping of str to Exercise
        Name to what is asked.
    limits : Limits
        What each submission may use.
    spread : callable
        Where they run: :func:`in_threads`, or a cluster.
    store : Store, optional
        Where results are kept, and looked up: one that follows from the same notebook, sheets and limits is used
        again. None keeps nothing.
    trusted : bool, default False
        Whether submissions may run without walls where there are none.
    step : callable, optional
        Called after each with how many are done, and whether the result was there already.

    Returns
    -------
    list of Graded
        In the order of `submissions`, however the work was spread.
    """
    found: dict[tuple[str, str], Graded] = {}
    asked = {name: digest(exercise.sheets) for name, exercise in exercises.items()}

    def jobs() -> Iterator[Job]:
        for one in submissions:
            exercise = exercises[one.exercise]
            held = hold(one, exercise)
            key = fingerprint(held.content, asked[one.exercise], limits)
            kept = store.find(one.student, one.exercise, key) if store else None
            if kept is not None:
                found[one.student, one.exercise] = kept
                step(len(found), True)
                continue
            yield Job(held, exercise.sheets, asked[one.exercise], limits, trusted)

    for graded in spread(jobs()):
        if store and graded.results:
            store.keep(graded)
        found[graded.student, graded.exercise] = graded
        step(len(found), False)
    return [found[one.student, one.exercise] for one in submissions]
