"""The steps of a sample through a Bonsai tree, in words and bytes."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinyml_course.reference import BonsaiTrace, NodeTrace


def describe_steps(
    trace: BonsaiTrace, tree: dict[str, Any], index: int, label: str | None, board: str | None
) -> list[dict[str, Any]]:
    """Return one entry for each step: ``kind``, ``level`` on the path, ``title``, ``words``, ``read`` bytes so far.

    Parameters
    ----------
    trace : BonsaiTrace
        The sample's integers.
    tree : dict
        What the page knows about the model.
    index : int
        Of the sample.
    label, board : str or None
        What is right, and what a board answered.
    """
    steps = [_input(trace, tree, index, label), _projection(trace)]
    read = trace.projection_bytes + trace.other_bytes
    steps[1]["read"] = read
    for level, node in enumerate(trace.nodes):
        read += trace.node_bytes
        steps.append(_score(trace, node, level, read, tree))
        if node.branch is not None:
            read += trace.branch_bytes
            steps.append(_branch(node, level, read, trace.branch_bytes))
    return [*steps, _answer(trace, label, board, len(tree["classes"]))]


def plain(value: float) -> str:
    """An integer with thousands separated and a real minus sign."""
    return f"{value:,}".replace("-", "−")


def _input(trace: BonsaiTrace, tree: dict[str, Any], index: int, label: str | None) -> dict[str, Any]:
    zeros = int((trace.codes == 0).sum())
    words = (
        f"Sample {index + 1:,} of {tree['samples']:,}: {trace.codes.size} values, {tree['low']:g} to {tree['high']:g}."
    )
    if label is not None:
        words += f" Its label is {label}."
    if zeros:
        whose = "of them" if np.array_equal(trace.codes, trace.sample) else "of their codes"
        words += f" {zeros} {whose} are 0; what Z multiplies with them adds nothing, and a program can skip it."
    return {"kind": "input", "level": -1, "title": "The input", "words": words, "read": 0}


def _projection(trace: BonsaiTrace) -> dict[str, Any]:
    half = (1 << trace.z_shift) >> 1
    words = (
        f"z = (Z · [{trace.bias_input}, x] + {half}) >> {trace.z_shift}: {trace.codes.size} values become "
        f"{trace.z.size} integers. The first is ({plain(int(trace.accumulators[0]))} + {half}) >> {trace.z_shift} = "
        f"{plain(int(trace.z[0]))}. All of Z is read: {trace.projection_bytes:,} bytes; "
        f"and {trace.other_bytes} bytes of shifts, limits and other constants."
    )
    return {"kind": "project", "level": -1, "title": "The projection z", "words": words}


def _score(trace: BonsaiTrace, node: NodeTrace, level: int, read: int, tree: dict[str, Any]) -> dict[str, Any]:
    best = int(np.argmax(node.scores))
    w, v, gate, score = (int(values[best]) for values in (node.w, node.v, node.gate, node.scores))
    held = f"{plain(v)}, held at {plain(gate)}" if v != gate else plain(v)
    name = tree["classes"][best]
    words = (
        f"Each class gets (W z · hard tanh(V z)) >> {trace.score_shift} from this node. The hard tanh holds V z "
        f"between −{trace.one} and {trace.one}. Class {name} gets most: W z = {plain(w)}, V z = {held}, "
        f"so ({plain(w)} · {plain(gate)}) >> {trace.score_shift} = {plain(score)}. W and V of one node: "
        f"{trace.node_bytes:,} bytes."
    )
    title = f"Node {node.node} scores the classes"
    return {"kind": "node", "level": level, "title": title, "words": words, "read": read}


def _branch(node: NodeTrace, level: int, read: int, stored: int) -> dict[str, Any]:
    assert node.branch is not None
    way = "left" if node.goes_left else "right"
    sign = "is above zero" if node.goes_left else "is not above zero"
    words = (
        f"theta · z = {plain(node.branch)} {sign}: the path goes {way}, to node {node.next_node}. "
        f"Its theta: {stored:,} bytes. Whatever lies below the other child is never read."
    )
    return {"kind": "branch", "level": level, "title": f"Node {node.node} branches {way}", "words": words, "read": read}


def _answer(trace: BonsaiTrace, label: str | None, board: str | None, classes: int) -> dict[str, Any]:
    top = plain(int(trace.scores[trace.class_index]))
    words = f"The largest of {classes} scores is {top}: the answer is {trace.label}"
    if label is not None:
        words += ", which is right." if str(trace.label) == label else f", but the label is {label}."
    else:
        words += "."
    if board is not None:
        words += f" The board answers {board}" + (" too." if board == str(trace.label) else ": not the same!")
    off = (1 << len(trace.nodes)) - 1 - len(trace.nodes)
    words += f" Of {trace.bytes_total:,} bytes, {trace.bytes_read:,} were read"
    words += f"; the {trace.bytes_not_read:,} bytes of the {off} nodes off the path were not." if off else "."
    return {
        "kind": "answer", "level": len(trace.nodes) - 1, "title": f"The answer: {trace.label}", "words": words,
        "read": trace.bytes_read,
    }  # fmt: skip
