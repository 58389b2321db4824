"""A C compiler for this computer: runs an exported model here, with the sanitizers if wanted."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from types import TracebackType

import numpy as np

from tinyml_course.errors import InputError, SketchFaultError, ToolchainError, ToolchainNotFoundError
from tinyml_course.export.sketch import Sketch
from tinyml_course.toolchain.cache import Cache, digest
from tinyml_course.toolchain.diagnostics import refusal
from tinyml_course.toolchain.process import run

_STRICT = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic"]
_SANITIZE = ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"]
# A leak is no fault of a model, and the leak check fails where programs may not be traced.
_SANITIZER_OPTIONS = {"ASAN_OPTIONS": "detect_leaks=0:abort_on_error=0", "UBSAN_OPTIONS": "print_stacktrace=0"}
_HELLO = "int main(void) { return 0; }\n"


@dataclass(frozen=True)
class HostCompiler:
    """A C compiler for this computer that was run once and works.

    Parameters
    ----------
    path : Path
        The program.
    description : str
        Its own first line of ``--version``.
    """

    path: Path
    description: str

    @functools.cached_property
    def has_sanitizers(self) -> bool:
        """Whether it can check for undefined behaviour and memory faults."""
        return not _problem(self.path, _SANITIZE)


def find_host() -> HostCompiler:
    """Find a C compiler: the variable ``CC``, then ``cc``, ``gcc`` and ``clang`` on PATH.

    Raises
    ------
    ToolchainNotFoundError
        If none works; the message says how to install one.
    """
    return _find_host(os.environ.get("CC"), os.environ.get("PATH"))


@functools.lru_cache(maxsize=16)
def _find_host(chosen: str | None, path: str | None) -> HostCompiler:
    problems = []
    for name in [chosen] if chosen else ["cc", "gcc", "clang"]:
        found = shutil.which(name, path=path)
        problem = _problem(Path(found), []) if found else "not on PATH"
        if found and not problem:
            version = run([found, "--version"]).stdout.decode("utf-8", "replace").splitlines()
            return HostCompiler(Path(found), version[0] if version else name)
        problems.append(f"  {name}: {problem}")
    raise ToolchainNotFoundError(
        "No C compiler for this computer was found:\n" + "\n".join(problems) + f"\n{_remedy()}"
    )


def _problem(compiler: Path, flags: list[str]) -> str:
    """Compile and run a small program; return what went wrong, or an empty string."""
    if sys.platform == "darwin" and compiler == Path("/usr/bin") / compiler.name and not _has_apple_tools():
        return "the Xcode command line tools are not installed"
    with tempfile.TemporaryDirectory(prefix="tinyml-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "hello.c").write_text(_HELLO, encoding="ascii")
        try:
            made = run([compiler, *flags, "hello.c", "-o", "hello.exe"], cwd=folder)
            if made.returncode == 0:
                made = run([folder / "hello.exe"], environment=_SANITIZER_OPTIONS)
        except ToolchainError as error:
            return str(error)
    lines = made.stderr.strip().splitlines()
    return "" if made.returncode == 0 else (lines[-1] if lines else f"exit code {made.returncode}")


def _has_apple_tools() -> bool:
    # Without them /usr/bin/cc opens a window and asks to install them.
    return subprocess.run(["/usr/bin/xcode-select", "-p"], capture_output=True, check=False).returncode == 0


def _remedy() -> str:
    if sys.platform == "win32":
        return "Install GCC (for example with: winget install BrechtSanders.WinLibs.POSIX.UCRT). MSVC is not supported."
    if sys.platform == "darwin":
        return "Install one with: xcode-select --install"
    return "Install one with: sudo apt-get install gcc libc6-dev (or your distribution's gcc)"


class HostProgram:
    """A sketch's model compiled for this computer, strictly as C99 without a single warning.

    Parameters
    ----------
    sketch : Sketch
        Only its header files are used.
    optimization : str
        For example ``"-O0"`` or ``"-O2"``; default ``"-O2"``.
    sanitize : bool
        Stop at undefined behaviour and at memory faults. Default False.

    Raises
    ------
    ToolchainNotFoundError
        If there is no C compiler, or none with sanitizers where they are asked for.
    CompileError
        If the header does not compile, or gives a warning.

    Notes
    -----
    The program lies in a temporary folder that :meth:`close` removes; ``with`` does that by itself.
    """

    def __init__(self, sketch: Sketch, optimization: str = "-O2", *, sanitize: bool = False) -> None:
        self.sketch = sketch
        self.compiler = find_host()
        if sanitize and not self.compiler.has_sanitizers:
            raise ToolchainNotFoundError(
                f"{self.compiler.path} ({self.compiler.description}) has no sanitizers. Use GCC or Clang with libasan "
                "and libubsan, or leave sanitize=False."
            )
        if not re.fullmatch(r"-O[0-3s]", optimization):
            raise InputError(f"Unknown optimization {optimization!r}. Known: -O0, -O1, -O2, -O3, -Os.")
        self.description = f"{self.compiler.description}, {optimization}{', sanitized' if sanitize else ''}"
        self._folder = tempfile.TemporaryDirectory(prefix="tinyml-host-", ignore_cleanup_errors=True)
        flags = [*_STRICT, optimization, *(_SANITIZE if sanitize else [])]
        try:
            self._program = self._compile(Path(self._folder.name), flags)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> HostProgram:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove the program from the disk."""
        self._folder.cleanup()

    def run(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Run the model on samples.

        Parameters
        ----------
        x : ndarray, shape (n, input_size), or any shape with the same number of values per sample
            Values that ``NAME_input_t`` can hold.

        Returns
        -------
        outputs : ndarray, shape (n, output_size), dtype of ``NAME_output_t``
        classes : ndarray, shape (n,), dtype int64

        Raises
        ------
        InputError
            If `x` has another size, or values that the input type cannot hold.
        SketchFaultError
            If the program crashes or a sanitizer stops it; the message quotes the reason.
        """
        samples = self._samples(x)
        done = run([self._program], stdin=samples.tobytes(), environment=_SANITIZER_OPTIONS)
        if done.returncode:
            raise SketchFaultError("host", _fault(done.stderr, done.returncode, self.description))
        record = np.dtype(
            [("outputs", self.sketch.output_dtype, (self.sketch.output_size,)), ("class", self.sketch.class_dtype)]
        )
        if len(done.stdout) != len(samples) * record.itemsize:
            raise SketchFaultError(
                "host", f"Expected {len(samples)} answers of {record.itemsize} bytes, got {len(done.stdout)} bytes."
            )
        answers = np.frombuffer(done.stdout, dtype=record)
        return answers["outputs"].copy(), answers["class"].astype(np.int64)

    def _samples(self, x: np.ndarray) -> np.ndarray:
        given = np.asarray(x)
        size = self.sketch.input_size
        if given.ndim < 1 or len(given) == 0 or given.size != len(given) * size:
            raise InputError(f"Expected samples of shape (n, {size}), got an array of shape {given.shape}.")
        samples = given.reshape(-1, size).astype(self.sketch.input_dtype)
        if not np.array_equal(samples, given.reshape(-1, size)):
            low, high = given.min(), given.max()
            raise InputError(
                f"Expected values that {self.sketch.input_dtype} can hold, got {given.dtype} from {low} to {high}."
            )
        return samples

    def _compile(self, folder: Path, flags: list[str]) -> Path:
        name = self.sketch.name
        driver = resources.files("tinyml_course.toolchain").joinpath("c", "host_driver.c").read_text(encoding="utf-8")
        headers = {file: text for file, text in self.sketch.files.items() if file.endswith(".h")}
        if f"{name}_model.h" not in headers:
            raise InputError(
                f"The sketch {name!r} has no file {name}_model.h. It has: {', '.join(sorted(self.sketch.files))}."
            )
        program = folder / "model.exe"
        cache = Cache()
        sources = [text for item in sorted({**headers, "host_driver.c": driver}.items()) for text in item]
        key = digest(["host-1", str(self.compiler.path), self.compiler.description, *flags, *sources])
        kept = cache.get(key)
        if kept is None:
            for file, text in {**headers, "host_driver.c": driver}.items():
                (folder / file).write_text(text, encoding="utf-8", newline="\n")
            defines = [
                f'-DMODEL_HEADER="{name}_model.h"',
                f"-DMODEL(x)={name}_##x",
                f"-DMODEL_CLASS={self.sketch.class_dtype}_t",
            ]
            done = run([self.compiler.path, *flags, *defines, "host_driver.c", "-o", program, "-lm"], cwd=folder)
            if done.returncode:
                raise refusal(done.stderr, name, self.compiler.description, folder)
            cache.put(key, program.read_bytes())
        else:
            program.write_bytes(kept)
            program.chmod(0o755)
        return program


def _fault(stderr: str, returncode: int, compiler: str) -> str:
    lines = [line.strip() for line in stderr.splitlines()]
    reasons = [line for line in lines if "runtime error:" in line or "ERROR: AddressSanitizer" in line]
    reason = "; ".join(reasons[:3]) or " ".join(lines[-2:]) or f"exit code {returncode}"
    return f"The model crashed on this computer ({compiler}): {reason}"
