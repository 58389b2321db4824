"""What compiles a learner's C inside the sandbox: a compiler reads files, and C can name any of them.

This file is a program, started by :mod:`tinyml_course.grading.sandbox.compiler`. It reads one line of JSON from
standard input and writes one to standard output.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path


def main() -> None:
    """Compile the text on standard input."""
    from tinyml_course.errors import TinyMLError
    from tinyml_course.grading.on_board import compile_here
    from tinyml_course.grading.sandbox.runner import confine

    work = json.loads(sys.stdin.buffer.readline())
    confine(work["limits"])
    os.environ["TINYML_CACHE_DIR"] = str(Path.cwd() / "cache")
    try:
        answer = asdict(compile_here(work["text"]))
    except TinyMLError as error:
        answer = {"error": type(error).__name__, "text": str(error)}
    print(json.dumps(answer))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))  # the course, wherever it is installed
    main()
