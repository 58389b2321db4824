"""A graph as one file: its arrays and a description of everything else, without pickle.

The file is a ``.npz`` archive, so that NumPy alone can look into it::

    graph.json      format, version, operators, tensors, input contract, labels
    tensor_0.npy    the first stored tensor, and so on in the order of the description
    examples.npy    the samples of the board's self-test

Reading takes nothing on trust: what is not exactly such a file is an error, never half a graph.
"""

from __future__ import annotations

import io
import json
import math
import os
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from tinyml_course.errors import ExportError, InputError
from tinyml_course.graph import Array, Graph
from tinyml_course.graph_description import check_format, describe, graph_of

#: A graph for a microcontroller is far smaller; a larger archive is damaged or made to exhaust the memory.
LIMIT_BYTES = 1 << 28
_DESCRIPTION = "graph.json"
_EXAMPLES = "examples.npy"
# ZIP archives store a time; a fixed one makes equal graphs equal files.
_TIME = (1980, 1, 1, 0, 0, 0)


def save_graph(graph: Graph, path: str | os.PathLike[str]) -> Path:
    """Write a graph into one file. The file appears whole or not at all, and an older one stays until then.

    Parameters
    ----------
    graph : Graph
        Any graph whose labels are integers or text.
    path : path-like
        Where; the name ends in ``.npz``.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ExportError
        If the name has another ending, the file cannot be written, or the graph holds what a file cannot.
    """
    target = Path(path)
    if target.suffix.lower() != ".npz":
        raise ExportError(f"A graph is written as a .npz file, got {target.name!r}. Name it {target.stem}.npz.")
    content = to_bytes(graph)
    try:
        write_whole(target, content)
    except OSError as error:
        raise ExportError(f"Cannot write the graph {target}: {error.strerror or error}.") from error
    return target


def write_whole(target: Path, content: bytes) -> None:
    """Write a file so that it appears whole or not at all, and an older one stays until then.

    Raises
    ------
    OSError
        If it cannot be written (no folder, no permission, disk full); nothing is left behind.
    """
    handle, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    scratch = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files that nobody else may read; a model is no secret.
        scratch.chmod(target.stat().st_mode if target.exists() else 0o644)
        scratch.replace(target)
    finally:
        scratch.unlink(missing_ok=True)


def load_graph(path: str | os.PathLike[str]) -> Graph:
    """Read a graph that :meth:`Graph.save` wrote.

    Parameters
    ----------
    path : path-like
        The ``.npz`` file.

    Returns
    -------
    Graph
        Equal to the saved one in every field.

    Raises
    ------
    InputError
        If there is no such file, it cannot be read, is damaged, holds something else, or was written by a newer
        version.
    """
    source = Path(path)
    try:
        if source.stat().st_size > LIMIT_BYTES:
            raise InputError(f"{source} is larger than {LIMIT_BYTES:,} bytes: it is no graph for a small board.")
        content = source.read_bytes()
    except OSError as error:
        raise InputError(f"Cannot read the graph {source}: {error.strerror or error}.") from error
    return from_bytes(content, str(source))


def to_bytes(graph: Graph) -> bytes:
    """Return the content of a graph's file; equal graphs give equal bytes."""
    stored = [tensor.data for tensor in graph.tensors.values() if tensor.data is not None]
    members = {_DESCRIPTION: json.dumps(describe(graph), indent=1, allow_nan=False).encode()}
    members |= {f"tensor_{number}.npy": _npy(data) for number, data in enumerate(stored)}
    members[_EXAMPLES] = _npy(graph.examples)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, _TIME), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _npy(data: Array) -> bytes:
    target = io.BytesIO()
    little = data.astype(data.dtype.newbyteorder("<"), order="C", copy=False)
    np.lib.format.write_array(target, little, version=(1, 0), allow_pickle=False)
    return target.getvalue()


def from_bytes(content: bytes, name: str = "the graph's file") -> Graph:
    """Read a graph from the content of its file; `name` stands in the messages. Raises as :func:`load_graph`."""
    try:
        members = _members(content)
    except Exception as error:  # zipfile has no common error for what it finds in a damaged archive
        raise InputError(f"{name} is no graph, or it is damaged: {error}. Save the graph again.") from error
    try:
        description = json.loads(members[_DESCRIPTION].decode())
    except (KeyError, ValueError, RecursionError) as error:
        problem = f"{name} holds no graph: expected {_DESCRIPTION} in it"
        raise InputError(f"{problem}. Graph.save writes such files.") from error
    check_format(description, name)
    try:
        arrays = [_array(members[f"tensor_{number}.npy"]) for number in range(len(members) - 2)]
        examples = _array(members[_EXAMPLES])
    except Exception as error:  # NumPy evaluates a header's text; damaged text fails in many ways
        raise InputError(f"{name} is damaged: {error}. Save the graph again.") from error
    return graph_of(description, arrays, examples, name)


def _members(content: bytes) -> dict[str, bytes]:
    """Unpack an archive; every member's checksum is compared."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        total = sum(member.file_size for member in archive.infolist())
        if total > LIMIT_BYTES:
            raise zipfile.BadZipFile(f"it would unpack to {total:,} bytes")
        return {member.filename: archive.read(member) for member in archive.infolist()}


def _array(content: bytes) -> Array:
    """Read a ``.npy`` member. The header's shape is compared with the bytes before anything is allocated."""
    source = io.BytesIO(content)
    if np.lib.format.read_magic(source) != (1, 0):
        raise ValueError("an array has another version of the .npy format")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(source)
    if dtype.kind not in "iuf" or fortran:
        raise ValueError(f"an array of {dtype} in this order is none of a graph's")
    if math.prod(shape) * dtype.itemsize != len(content) - source.tell():
        raise ValueError("an array is shorter or longer than its header says")
    values = np.frombuffer(content, dtype, offset=source.tell()).reshape(shape)
    return values.astype(dtype.newbyteorder("="))
