"""The static face of a Bonsai tree's steps: the whole way of one sample in a picture, and each step in words."""

from __future__ import annotations

import html
from typing import Any

from tinyml_course.pictures.svg import Drawing, circle, path, rectangle, text
from tinyml_course.reference import BonsaiTrace
from tinyml_course.widgets.base import Still, run_this_cell
from tinyml_course.widgets.bonsai_words import plain

WIDTH, HEIGHT = 860, 330
IMAGE, TREE, SCORES = (20, 60, 140), (190, 330), (560, 280)
#: Scores that are listed, at most.
MOST_ROWS = 12


def draw_still(trace: BonsaiTrace, tree: dict[str, Any], shown: dict[str, Any]) -> Still:
    """Draw a sample's path and list the steps.

    Parameters
    ----------
    trace : BonsaiTrace
        The sample's integers.
    tree, shown : dict
        What the page knows about the model and about the sample.
    """
    nodes = " to ".join(f"node {node}" for node in trace.path)
    title = (
        f"{nodes[0].upper()}{nodes[1:]}: {trace.bytes_read:,} of {trace.bytes_total:,} bytes read, answer {trace.label}"
    )
    steps = [f"{step['title']}. {step['words']}" for step in shown["steps"]]
    alt = (
        f"A sample, the {trace.z.size} bars of its projection, a tree of {(2 << tree['depth']) - 1} nodes with the "
        f"path {nodes} marked, and the scores of {len(tree['classes'])} classes. " + steps[-1]
    )
    body = text(20, 26, title, 14, bold=True)
    body += _sample(shown["sample"], tree) + _projection(trace) + _tree(trace, tree) + _scores(trace, tree)
    drawing = Drawing(WIDTH, HEIGHT, title, alt, body)
    listed = "".join(f"<li>{html.escape(step)}</li>" for step in steps)
    more = run_this_cell("go through the steps yourself, with this sample or another one")
    return Still(f"{drawing.svg}<ol>{listed}</ol>{more}", "\n".join([title, *steps]))


def _sample(values: list[float], tree: dict[str, Any]) -> str:
    left, top, side = IMAGE
    span = (tree["high"] - tree["low"]) or 1.0
    shares = [(value - tree["low"]) / span for value in values]
    caption = text(left, top - 10, "input", 11)
    if tree["image"] is None:
        across = side / len(shares)
        return caption + "".join(
            rectangle(
                left + i * across, top + side * (1 - share), max(across - 0.3, 0.2), max(side * share, 0.5), "float"
            )
            for i, share in enumerate(shares)
        )
    height, width = tree["image"]
    cell = side / max(height, width)
    body = caption
    for i, share in enumerate(shares):
        grey = round(255 * (1 - share))
        body += rectangle(
            left + i % width * cell, top + i // width * cell, cell, cell, f"#{grey:02x}{grey:02x}{grey:02x}"
        )
    return body + rectangle(left, top, width * cell, height * cell, "none", "faint")


def _projection(trace: BonsaiTrace) -> str:
    left, top, side = IMAGE
    middle, tall = top + side + 70, 40
    largest = max(1, int(abs(trace.z).max()))
    across = side / trace.z.size
    body = text(left, top + side + 22, f"z: {trace.z.size} integers", 11)
    for i, value in enumerate(trace.z.tolist()):
        size = tall * abs(value) / largest
        body += rectangle(left + i * across, middle - (size if value > 0 else 0), max(across - 1, 0.5), size, "bonsai")
    return body + path(f"M{left} {middle}H{left + side}", "text", width=1)


def _place(node: int, depth: int) -> tuple[float, float]:
    level = (node + 1).bit_length() - 1
    in_level = node + 1 - (1 << level)
    left, width = TREE
    return left + width * (in_level + 0.5) / (1 << level), 80 + level * (200 / max(1, depth))


def _tree(trace: BonsaiTrace, tree: dict[str, Any]) -> str:
    depth, lines, dots = tree["depth"], "", ""
    radius = 15 if depth < 4 else 9
    for node in range((2 << depth) - 1):
        x, y = _place(node, depth)
        on_path = node in trace.path
        if node:
            from_x, from_y = _place((node - 1) // 2, depth)
            stroke, width = ("bonsai", 5) if on_path else ("faint", 1.5)
            lines += path(f"M{from_x:g} {from_y:g}L{x:g} {y:g}", stroke, width=width)
        dots += circle(x, y, radius, "bonsai" if on_path else "white", "bonsai" if on_path else "faint")
        dots += text(x, y + 4, str(node), 11 if depth < 4 else 8, "middle", on_path, "white" if on_path else "big")
    for step in trace.nodes:
        if step.branch is not None:
            x, y = _place(step.node, depth)
            side, anchor = (-1, "end") if step.node % 2 else (1, "start")  # away from the parent
            dots += text(x + side * (radius + 6), y - 6, f"θ·z = {plain(step.branch)}", 11, anchor)
    note = f"grey: {trace.bytes_not_read:,} bytes not read"
    return lines + dots + text(TREE[0] + TREE[1] / 2, HEIGHT - 14, note, 11, "middle")


def _scores(trace: BonsaiTrace, tree: dict[str, Any]) -> str:
    left, width = SCORES
    order = sorted(range(len(trace.scores)), key=lambda c: (-trace.scores[c], c))
    rows = sorted(order[:MOST_ROWS])
    largest = max(1, int(abs(trace.scores).max()))
    middle, step = left + 60 + (width - 110) / 2, min(22, 250 / len(rows))
    body = text(left, 50, "scores, summed over the path", 11)
    for row, c in enumerate(rows):
        y, score, best = 60 + row * step, int(trace.scores[c]), c == trace.class_index
        size = (width - 130) / 2 * abs(score) / largest
        body += text(left + 44, y + step * 0.7, tree["classes"][c], 11, "end", best)
        body += rectangle(
            middle - (size if score < 0 else 0), y + 2, max(size, 0.5), step - 5, "bonsai" if best else "faint"
        )
        body += text(left + width, y + step * 0.7, plain(score), 11, "end", best)
    return body
