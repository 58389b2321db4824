"""A trained Bonsai that ships with the course, and a way to change its numbers: to ask what each of them does."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from tinyml_course.errors import InputError
from tinyml_course.graph import Graph
from tinyml_course.graph_file import from_bytes

_STORED = "digits_bonsai.npz"


@cache
def digits_bonsai() -> Graph:
    """Return a Bonsai for the digits, trained and in integers.

    It is what ``tc.Bonsai(budget_bytes=2048, seed=0)`` learns from ``tc.load_digits()``: depth 2, 18 projected
    features, 10 classes, 4 bits a weight. Stored, it is there at once and has the same integers on every computer.

    Returns
    -------
    Graph
        Input: 64 pixels, uint8, 0 to 16.
    """
    return from_bytes((resources.files("tinyml_course.models") / _STORED).read_bytes(), _STORED)


def with_values(graph: Graph, **values: npt.ArrayLike) -> Graph:
    """Return a graph with other stored numbers in some of its tensors.

    Parameters
    ----------
    graph : Graph
        Stays as it is.
    **values : array_like of int
        Name of a stored tensor to its new numbers. Their shape may differ: a Bonsai with the first 3 rows of W and V
        and the first of theta is its tree cut to depth 1.

    Returns
    -------
    Graph
        Whatever follows from the numbers follows anew: outputs, bytes, code.

    Raises
    ------
    InputError
        If there is no stored tensor of that name, the numbers are no integers, or they do not fit its bits.

    Examples
    --------
    >>> bare = with_values(digits_bonsai(), V=np.zeros((7, 10, 18), int))
    >>> int(abs(bare.predict(np.zeros((1, 64), np.uint8))).max())
    0
    """
    changed = {}
    for name, value in values.items():
        tensor = graph.tensors.get(name)
        if tensor is None or tensor.data is None:
            stored = [known.name for known in graph.tensors.values() if known.data is not None]
            raise InputError(f"Expected the name of a stored tensor, got {name!r}. There are: {', '.join(stored)}.")
        data = np.asarray(value)
        if data.dtype.kind not in "iu":
            raise InputError(f"Expected integers for {name!r}, got {data.dtype}.")
        changed[name] = replace(tensor, data=data, shape=data.shape)
    return replace(graph, tensors={**graph.tensors, **changed})
