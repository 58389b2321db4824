"""Files that the commands read. What a file is, its ending says."""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinyml_course.errors import InputError

if TYPE_CHECKING:
    from tinyml_course.graph import Graph


def read_bytes(path: Path, what: str) -> bytes:
    """Return the content of a file.

    Raises
    ------
    InputError
        If it is not there, is a folder, or may not be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"Cannot read the {what} {path}: {error.strerror or error}.") from error


def by_ending(path: Path, what: str, readers: Mapping[str, Callable[[Path], Any]], hint: str = "") -> Any:
    """Read a file with the reader of its ending.

    Raises
    ------
    InputError
        If it is missing or is a folder, or the ending is none of `readers`.
    """
    try:
        is_folder = stat.S_ISDIR(path.stat().st_mode)
    except OSError as error:
        raise InputError(f"Cannot read the {what} {path}: {error.strerror or error}.") from error
    if is_folder:
        raise InputError(f"Cannot read the {what} {path}: it is a folder, expected a file.")
    reader = readers.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(readers)
        raise InputError(f"Cannot read the {what} {path}: expected a file that ends in {known}.{hint}")
    return reader(path)


def read_graph(path: Path, rounding: str = "tflm") -> Graph:
    """Read a model in integers: a ``.tflite`` file or a graph's ``.npz`` file.

    Parameters
    ----------
    path : Path
        The file.
    rounding : str
        How a ``.tflite`` model rounds, ``"tflm"`` or ``"litert"``.
    """
    import tinyml_course as tc

    def tflite(file: Path) -> Graph:
        graph: Graph = tc.load_tflite(read_bytes(file, "model"), rounding=rounding)
        return graph

    hint = ""
    if path.suffix.lower() in (".keras", ".h5", ".skops", ".joblib", ".pkl"):
        hint = f" Make integers of it first: tinyml quantize {path} --help"
    graph: Graph = by_ending(path, "model", {".tflite": tflite, ".npz": tc.load_graph}, hint)
    return graph
