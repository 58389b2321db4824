"""Data files that the commands read: samples and labels."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinyml_course.cli.reading import by_ending, read_bytes
from tinyml_course.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[Any]

#: Names under which a .npz file or a .csv file's first line holds samples and labels.
_SAMPLES, _LABELS = ("x", "X", "x_test", "samples"), ("y", "y_test", "label", "labels", "class", "target")


@dataclass(frozen=True, eq=False)
class Samples:
    """What a data file holds.

    Parameters
    ----------
    x : ndarray of shape (n, ...)
        At least one sample.
    labels : ndarray of shape (n,) or None
        The labels beside them, if the file has some.
    has_dtype : bool
        False for a .csv file: its numbers have no type, so that the reader may choose one.
    """

    x: Array
    labels: Array | None
    has_dtype: bool


def read_samples(path: Path) -> Samples:
    """Read samples, and labels where they are in the same file.

    Parameters
    ----------
    path : Path
        ``.npy``: one array. ``.npz``: one array, or ``x`` and perhaps ``y``. ``.csv``: numbers, one sample a line;
        the first line may name the columns, one of them ``label``.

    Raises
    ------
    InputError
        If it cannot be read, has no samples, has anything but numbers, or values that are NaN or infinite.
    """
    samples: Samples = by_ending(path, "data", {".npy": _npy, ".npz": _npz, ".csv": _csv})
    x = samples.x
    if x.dtype.kind not in "biuf":
        raise InputError(f"{path}: expected numbers, got an array of type {x.dtype}.")
    if x.ndim < 2 or not x.size:
        raise InputError(f"{path}: expected an array of shape (samples, values), at least one of each, got {x.shape}.")
    if samples.labels is not None and samples.labels.shape not in {(len(x),), (len(x), 1)}:
        got = samples.labels.shape
        raise InputError(f"{path}: expected {len(x)} labels, one for each sample, got an array of shape {got}.")
    if x.dtype.kind == "f":
        import numpy as np

        bad = ~np.isfinite(x).reshape(len(x), -1).all(axis=1)
        if bad.any():
            rows = ", ".join(map(str, np.flatnonzero(bad)[:5]))
            raise InputError(
                f"{path}: {bad.sum()} of {len(x)} samples have values that are NaN or infinite (samples {rows}"
                f"{', ...' if bad.sum() > 5 else ''}, counted from 0). Remove or fill them first."
            )
    return samples if samples.labels is None else replace(samples, labels=samples.labels.reshape(len(x)))


def read_labels(path: Path, count: int) -> Array:
    """Read one label for each of `count` samples: ``.npy``, ``.npz`` (one array, or ``y``) or ``.csv``.

    Raises
    ------
    InputError
        If it cannot be read, or has another number of labels.
    """

    def from_npz(file: Path) -> Array:
        found = _npz(file)
        return found.x if found.labels is None else found.labels

    def from_csv(file: Path) -> Array:
        rows = _rows(file)
        cells = [row[-1] for row in rows]
        return _values_of(cells[1:] if len(cells) == count + 1 else cells)

    readers = {".npy": lambda file: _npy(file).x, ".npz": from_npz, ".csv": from_csv}
    labels: Array = by_ending(path, "labels", readers)
    if labels.shape not in {(count,), (count, 1)}:
        raise InputError(f"{path}: expected {count} labels, one for each sample, got an array of shape {labels.shape}.")
    return labels.reshape(count)


def typed_for(samples: Samples, dtype: np.dtype[Any], path: Path) -> Array:
    """Give the numbers of a ``.csv`` file the type that a model takes; arrays keep theirs.

    Raises
    ------
    InputError
        If a number does not survive that.
    """
    if samples.has_dtype:
        return samples.x
    import numpy as np

    with np.errstate(invalid="ignore", over="ignore"):
        typed: Array = samples.x.astype(dtype)
    same = typed.astype(np.float64) == samples.x
    # A decimal fraction has no exact float32; the nearest one is what anybody means by it.
    if not same.all() if dtype.kind != "f" else not np.isfinite(typed).all():
        value = samples.x[~same][0]
        raise InputError(f"{path}: the model takes values of type {dtype}, and {value:g} is none.")
    return typed


def with_smallest_type(samples: Samples) -> Array:
    """Give the numbers of a ``.csv`` file the smallest type that holds all of them; arrays keep theirs."""
    if samples.has_dtype:
        return samples.x
    import numpy as np

    x = samples.x
    for name in ("uint8", "int8", "uint16", "int16", "int32"):
        limits = np.iinfo(name)
        if (x == np.round(x)).all() and limits.min <= x.min() and x.max() <= limits.max:
            return x.astype(name)
    return x.astype(np.float32)


def indices_of(labels: Array, known: Sequence[Any], path: Path) -> npt.NDArray[np.int64]:
    """Return the class index of each label.

    Raises
    ------
    InputError
        If a label is none of the model's.
    """
    import numpy as np

    places = {label: index for index, label in enumerate(known)}
    values = labels.tolist()
    unknown = [value for value in values if value not in places]
    if unknown:
        shown = ", ".join(map(repr, list(places)[:12])) + (", ..." if len(places) > 12 else "")
        raise InputError(f"{path}: the label {unknown[0]!r} is none of the model's {len(places)}: {shown}.")
    return np.array([places[value] for value in values], np.int64)


def _npy(path: Path) -> Samples:
    return Samples(_loaded(path, path.name), None, True)


def _npz(path: Path) -> Samples:
    archive = _loaded(path, path.name)
    with archive:
        names = list(archive.files)
        x = next((name for name in _SAMPLES if name in names), names[0] if len(names) == 1 else None)
        y = next((name for name in _LABELS if name in names), None)
        if x is None or x == y:
            raise InputError(
                f"{path} holds {', '.join(names) or 'nothing'}: which of them are the samples? "
                "Name the samples x and the labels y, or keep one array in a .npy file."
            )
        return Samples(_member(archive, x, path), None if y is None else _member(archive, y, path), True)


def _loaded(path: Path, name: str) -> Any:
    import numpy as np

    content = read_bytes(path, "data")
    expected = b"PK" if path.suffix.lower() == ".npz" else b"\x93NUMPY"
    try:
        if not content.startswith(expected):
            raise ValueError("its first bytes are others")
        return np.load(io.BytesIO(content), allow_pickle=False)
    except Exception as error:  # NumPy has no common error for what it finds in a damaged file
        raise InputError(f"{path} is no {path.suffix} file of numbers, or it is damaged: {error}.") from error


def _member(archive: Any, name: str, path: Path) -> Array:
    try:
        values: Array = archive[name]
    except Exception as error:
        raise InputError(f"{path} is damaged: {name}: {error}.") from error
    return values


def _rows(path: Path) -> list[list[str]]:
    try:
        text = read_bytes(path, "data").decode("utf-8-sig")
        rows = [row for row in csv.reader(io.StringIO(text), strict=True) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} is no .csv file: {error}.") from error
    if not rows:
        raise InputError(f"{path} is empty: expected numbers, one sample a line.")
    return rows


def _csv(path: Path) -> Samples:
    import numpy as np

    rows = _rows(path)
    head = None if _is_number(rows[0][0]) else [cell.strip() for cell in rows.pop(0)]
    width = len(head or rows[0])
    label = next((head.index(name) for name in _LABELS if name in head), None) if head else None
    numbers = []
    for line, row in enumerate(rows, start=2 if head else 1):
        if len(row) != width:
            raise InputError(f"{path}, line {line}: expected {width} values as in the first line, got {len(row)}.")
        try:
            numbers.append([float(cell) for place, cell in enumerate(row) if place != label])
        except ValueError as error:
            raise InputError(f"{path}, line {line}: expected numbers; {error}.") from error
    labels = None if label is None else _values_of([row[label] for row in rows])
    shape = len(rows), width - (label is not None)
    return Samples(np.array(numbers, np.float64).reshape(shape), labels, False)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _values_of(cells: list[str]) -> Array:
    """Labels as integers where all of them are, otherwise as text."""
    import numpy as np

    try:
        return np.array([int(cell) for cell in cells], np.int64)
    except ValueError:
        return np.array([cell.strip() for cell in cells])
