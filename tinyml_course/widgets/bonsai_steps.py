"""Step an image through a Bonsai tree: every integer between the pixels and the answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import traitlets

from tinyml_course.board import Run
from tinyml_course.errors import InputError
from tinyml_course.graph import Array, Graph
from tinyml_course.reference import BonsaiTrace, bonsai_trace
from tinyml_course.widgets.base import Piece, Still, esm
from tinyml_course.widgets.bonsai_still import draw_still
from tinyml_course.widgets.bonsai_words import describe_steps

#: A square number of features is drawn as an image from this side length on.
SMALLEST_SIDE = 4


class BonsaiSteps(Piece):
    """A Bonsai tree that a sample goes through step by step, with the bytes that each step reads.

    All integers are those of :func:`tinyml_course.reference.bonsai_trace`, which are those of the board.

    Parameters
    ----------
    graph : Graph
        A Bonsai in integers.
    x : array_like of shape (n, *graph.contract.shape) or (n, graph.contract.size)
        Samples.
    y : array_like of shape (n,), optional
        Their labels, such as `graph.labels` holds.
    board : Run or array_like of shape (n,), optional
        What a board answered for the same samples: the run, or class indices.
    image_shape : (int, int), optional
        Height and width of a sample. By default a sample's own two axes, or a square; anything else is drawn
        as bars.

    Attributes
    ----------
    index : int
        Which sample is shown. Can be set.
    step : int
        Which step is shown, from 0. Can be set.
    steps : int
        How many there are: input, projection, each node and each branch on the path, answer.
    playing : bool
        Whether the page goes on by itself. Can be set.
    shown : dict
        Everything about the sample that the page shows. Read it.

    Raises
    ------
    InputError
        If `graph` is no Bonsai, `x` breaks its contract, or the lengths differ.
    """

    _esm = esm("bonsai_steps")
    index = traitlets.Int(0).tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)
    steps = traitlets.Int(1).tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)
    shown = traitlets.Dict().tag(sync=True)
    tree = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        graph: Graph,
        x: npt.ArrayLike,
        y: npt.ArrayLike | None = None,
        *,
        board: Run | npt.ArrayLike | None = None,
        image_shape: tuple[int, int] | None = None,
    ) -> None:
        self._graph, self._x = graph, np.asarray(x)
        if not len(self._x.reshape(-1)):
            raise InputError(f"Expected at least one sample, got an array of shape {self._x.shape}.")
        first = bonsai_trace(graph, self._x[0])
        self._classes = graph.classify(self._x)
        self._labels = None if y is None else self._one_each("y", np.asarray(y))
        answers = board.classes if isinstance(board, Run) else board
        self._board = None if answers is None else self._one_each("board", np.asarray(answers))
        names = np.array(graph.labels, object)
        right = np.ones(len(self._x), bool) if self._labels is None else names[self._classes] == self._labels
        self._wrong = np.flatnonzero(~right)
        self._started = False
        super().__init__()
        self.tree = self._describe(first, image_shape)
        self._started = True
        self._trace_sample()
        self.on_msg(self._asked)

    def next(self) -> None:
        """Show the next sample; after the last one, the first."""
        self.index = (self.index + 1) % len(self._x)

    def previous(self) -> None:
        """Show the sample before; before the first one, the last."""
        self.index = (self.index - 1) % len(self._x)

    def next_wrong(self) -> None:
        """Show the next sample that the model gets wrong.

        Raises
        ------
        InputError
            If it gets all of them right, or no labels were given.
        """
        if not len(self._wrong):
            raise InputError("No sample to show: without labels none is known to be wrong, or all of them are right.")
        after = self._wrong[self._wrong > self.index]
        self.index = int(after[0] if len(after) else self._wrong[0])

    def forward(self) -> None:
        """Go one step forward, if there is one."""
        self.step = min(self.step + 1, self.steps - 1)

    def back(self) -> None:
        """Go one step back, if there is one."""
        self.step = max(self.step - 1, 0)

    @property
    def trace(self) -> BonsaiTrace:
        """Every integer of the sample that is shown."""
        return bonsai_trace(self._graph, self._x[self.index])

    def still(self) -> Still:
        """Return the whole way of this sample in one picture, and each step in words."""
        return draw_still(self.trace, self.tree, self.shown)

    def _one_each(self, name: str, values: Array) -> Array:
        if values.shape != (len(self._x),):
            raise InputError(
                f"Expected {name} to hold one value for each of {len(self._x)} samples, got shape {values.shape}."
            )
        return values

    def _describe(self, trace: BonsaiTrace, image_shape: tuple[int, int] | None) -> dict[str, Any]:
        graph = self._graph
        return {
            "depth": len(trace.nodes) - 1,
            "classes": [str(label) for label in graph.labels],
            "image": _image_shape(graph.contract.shape, graph.contract.size, image_shape),
            "low": float(graph.contract.minimum),
            "high": float(graph.contract.maximum),
            "samples": len(self._x),
            "labelled": self._labels is not None,
            "wrong": len(self._wrong),
            "largest_z": max(1, int(np.abs(graph.run(self._x)["z"].astype(int)).max())),
            "bytes": {
                "total": trace.bytes_total,
                "projection": trace.projection_bytes,
                "node": trace.node_bytes,
                "branch": trace.branch_bytes,
                "other": trace.other_bytes,
            },
        }

    @traitlets.observe("index")
    def _trace_sample(self, _: Any = None) -> None:
        if not self._started:
            return
        trace, i = self.trace, self.index
        label = None if self._labels is None else str(self._labels[i])
        board = None if self._board is None else str(self._graph.labels[int(self._board[i])])
        described = describe_steps(trace, self.tree, i, label, board)
        with self.hold_sync():
            self.steps = len(described)
            self.shown = {
                "index": i,
                "sample": [float(v) for v in trace.sample],
                "z": trace.z.tolist(),
                "one": trace.one,
                "nodes": [_node(node) for node in trace.nodes],
                "scores": trace.scores.tolist(),
                "class": trace.class_index,
                "answer": str(trace.label),
                "label": label,
                "board": board,
                "steps": described,
            }

    @traitlets.validate("index", "step")
    def _check_place(self, proposal: Any) -> int:
        name, value = proposal["trait"].name, int(proposal["value"])
        count = len(self._x) if name == "index" else self.steps
        if not 0 <= value < count:
            raise InputError(f"Expected {name} to be from 0 to {count - 1}, got {value}.")
        return value

    def _asked(self, _: object, content: dict[str, Any], __: object) -> None:
        if content.get("do") == "next_wrong":
            self.next_wrong()


def _node(step: Any) -> dict[str, Any]:
    arrays = {name: getattr(step, name).tolist() for name in ("w", "v", "gate", "scores", "totals")}
    return {"node": step.node, "branch": step.branch, "next": step.next_node, **arrays}


def _image_shape(shape: tuple[int, ...], size: int, asked: tuple[int, int] | None) -> list[int] | None:
    """Height and width to draw a sample with, or None."""
    if asked is not None:
        if len(asked) != 2 or asked[0] * asked[1] != size:
            raise InputError(f"Expected an image_shape of {size} pixels, got {asked}.")
        return [int(asked[0]), int(asked[1])]
    if len(shape) == 2 and min(shape) >= SMALLEST_SIDE:
        return [shape[0], shape[1]]
    side = round(size**0.5)
    return [side, side] if side >= SMALLEST_SIDE and side * side == size else None
