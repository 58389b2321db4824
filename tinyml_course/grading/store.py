"""Where a grading run keeps its results, so that a run that is killed loses nothing.

::

    gradebook_files/
        run.json            the seed: a run that is started again asks the same questions
        results/*.json      one for each submission, for the next run
        feedback/*.html     one page a student
        feedback.*.zip      these pages in the form in which Moodle or Canvas takes them
        report.html         the class
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import secrets
import sys
import unicodedata
from collections.abc import Collection, Iterator
from pathlib import Path

from tinyml_course.errors import GradingError
from tinyml_course.grading.grade import Graded
from tinyml_course.toolchain.process import NO_ROOM

_PLAIN = re.compile(r"[^a-z0-9]+")
# Letters that Unicode does not take apart into a plain one and its accent.
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ð": "d", "þ": "th", "ł": "l", "đ": "d", "ı": "i"})
_SEAL = re.compile(rb',\n "sha256": "(?P<hash>[0-9a-f]{64})"\n}\n\Z')
_SHOWN_CHARACTERS = 40
_SEEDS = 2**53  # below it, every reader of JSON sees the same number


def safe_name(text: str) -> str:
    """Turn a student's name into a part of a file name.

    Students may be called ``../x``, ``CON`` or like somebody else but for the case of a letter: the name keeps what is
    plain, for people, and a hash tells it from all others.

    Parameters
    ----------
    text : str
        Any text.
    """
    letters = unicodedata.normalize("NFKD", text.lower()).translate(_LETTERS)
    plain = (
        _PLAIN.sub("-", "".join(one for one in letters if not unicodedata.combining(one)))
        .strip("-")[:_SHOWN_CHARACTERS]
        .strip("-")
    )
    code = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{plain or 'student'}-{code}"


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, even if the program is killed meanwhile.

    Raises
    ------
    GradingError
        If it cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):  # on a full disk every byte counts
            part.unlink()
        raise cannot_write(path, error) from error


def cannot_write(path: Path, error: OSError) -> GradingError:
    """Return the error for a file or folder that cannot be written, with what to do about it."""
    remedy = "Free some space" if error.errno in NO_ROOM else "Give a place that you may write to with -o"
    return GradingError(
        f"Cannot write {path}: {error.strerror or error}. {remedy}, and run the command again: what was graded and "
        "could be kept is not graded again."
    )


class Store:
    """The folder of one grading run.

    Parameters
    ----------
    folder : pathlib.Path
        Made if it is not there.

    Raises
    ------
    GradingError
        If it cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.report = folder / "report.html"
        self._results, self._feedback = folder / "results", folder / "feedback"
        try:
            for place in (self._results, self._feedback):
                place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise GradingError(
                f"Cannot make the folder {folder}: {error.strerror or error}. "
                "Give a place that you may write to with -o."
            ) from error

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other graders out of the folder while the block runs.

        The lock ends with the process, however that ends.

        Raises
        ------
        GradingError
            If another one is at work there.
        """
        if sys.platform == "win32":  # nothing can be locked in there, so nobody grades at scale there
            yield
            return
        import fcntl

        path = self.folder / ".lock"
        try:
            lock = path.open("w")
        except OSError as error:
            raise cannot_write(path, error) from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise GradingError(f"Another `tinyml grade` is at work in {self.folder}: wait for its end.") from error
            except OSError as error:
                raise GradingError(
                    f"Cannot lock {path}: {error.strerror or error}. Give a place on this computer's own disk with -o."
                ) from error
            yield

    def seed(self, asked: int | None) -> int:
        """Return the seed of this run: the asked one, else that of the run before, else a new one.

        Raises
        ------
        GradingError
            If the stored seed is damaged.
        """
        path = self.folder / "run.json"
        if asked is None and path.is_file():
            try:
                kept = json.loads(path.read_text(encoding="utf-8"))["seed"]
            except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
                raise _no_seed(path, str(error)) from error
            if type(kept) is not int or kept < 1:  # 0 draws what every learner has
                raise _no_seed(path, f"expected a whole number from 1 on as seed, got {str(kept)[:40]!r}")
            return kept
        seed = 1 + secrets.randbelow(_SEEDS - 1) if asked is None else asked
        write_whole(path, f'{{"seed": {seed}}}\n'.encode())
        return seed

    def _path(self, student: str, exercise: str) -> Path:
        return self._results / f"{safe_name(student)}.{exercise}.json"

    def find(self, student: str, exercise: str, fingerprint: str) -> Graded | None:
        """Return a result that follows from the same notebook, sheets and limits; None if there is none."""
        try:
            graded = Graded.from_text(_unsealed(self._path(student, exercise).read_bytes()))
        except (OSError, ValueError, RecursionError, GradingError):  # a damaged result is made again
            return None
        key = (graded.student, graded.exercise, graded.fingerprint)
        return graded if key == (student, exercise, fingerprint) else None

    def keep(self, graded: Graded) -> None:
        """Write a result."""
        write_whole(self._path(graded.student, graded.exercise), _sealed(graded.to_text()))

    def feedback_page(self, student: str) -> Path:
        """Where a student's feedback lies."""
        return self._feedback / f"{safe_name(student)}.html"

    def feedback_zip(self, system: str) -> Path:
        """Where all feedback lies in a system's form."""
        return self.folder / f"feedback.{system}.zip"

    def tidy(self, students: Collection[str]) -> None:
        """Remove the feedback pages of former runs for students who are in this one no more, and torn files."""
        wanted = {self.feedback_page(student).name for student in students}
        former = [path for path in sorted(self._feedback.glob("*.html")) if path.name not in wanted]
        for place in (self._results, self._feedback, self.folder):
            former += place.glob(".*.part")
        for path in former:
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise cannot_write(path, error) from error


def _no_seed(path: Path, problem: str) -> GradingError:
    return GradingError(f"{path} is damaged: {problem}. Delete it, or give a seed with --seed.")


def _sealed(text: str) -> bytes:
    """A result with its hash as the last entry: a damaged disk must not change points unnoticed."""
    # A file's name may hold bytes that are no text; Python passes them on as lone surrogates.
    content = text.encode("utf-8", "surrogatepass")
    return content.removesuffix(b"\n}\n") + f',\n "sha256": "{hashlib.sha256(content).hexdigest()}"\n}}\n'.encode()


def _unsealed(content: bytes) -> str:
    found = _SEAL.search(content)
    original = content[: found.start()] + b"\n}\n" if found else b""
    if found is None or hashlib.sha256(original).hexdigest().encode() != found["hash"]:
        raise GradingError("A stored result is damaged.")
    return original.decode("utf-8", "surrogatepass")
