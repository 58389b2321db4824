"""The picture of each kind of operator: a glyph of 40 by 40 pixels, and its name in words.

This is the fourth face of an operator, beside its reference, its cost and its C.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tinyml_course.graph import Graph, Operator
from tinyml_course.pictures.svg import circle, path, rectangle

#: Dark lines, what is stored (weights, tables), and what is computed.
LINE, STORED, VALUE, PALE = "text", "int8", "network", "flash"


@dataclass(frozen=True)
class Glyph:
    """How one operator is drawn.

    Parameters
    ----------
    words : str
        What it does, in a few words.
    shapes : str
        SVG elements in a square of 40 by 40 pixels.
    """

    words: str
    shapes: str


Draw = Callable[[Graph, Operator], Glyph]
_GLYPHS: dict[str, Draw] = {}


def picture_of(*kinds: str) -> Callable[[Draw], Draw]:
    """Register the picture of kinds of operators (a decorator)."""

    def register(function: Draw) -> Draw:
        _GLYPHS.update(dict.fromkeys(kinds, function))
        return function

    return register


def picture_kinds() -> frozenset[str]:
    """Kinds of operators that have a picture."""
    return frozenset(_GLYPHS)


def glyph_of(graph: Graph, operator: Operator) -> Glyph:
    """Return the picture of one operator."""
    return _GLYPHS[operator.kind](graph, operator)


def shape_text(shape: tuple[int, ...]) -> str:
    """Write a shape: ``"8×8×3"``."""
    return "×".join(map(str, shape)) or "1"


def _stored(graph: Graph, operator: Operator, role: str) -> tuple[int, ...]:
    return graph.tensors[operator.parameters[role]].shape


def grid(x: float, y: float, cells: int, side: float, filled: Callable[[int, int], bool], fill: str = STORED) -> str:
    """Return a square of cells; those for which ``filled(row, column)`` are coloured."""
    step = side / cells
    marks = "".join(
        rectangle(x + column * step, y + row * step, step, step, fill)
        for row in range(cells)
        for column in range(cells)
        if filled(row, column)
    )
    lines = "".join(f"M{x + k * step:g} {y:g}v{side:g}M{x:g} {y + k * step:g}h{side:g}" for k in range(cells + 1))
    return rectangle(x, y, side, side, "white") + marks + path(lines, LINE, width=1)


def arrow(x: float, y: float, length: float) -> str:
    """Return an arrow to the right."""
    return path(f"M{x:g} {y:g}h{length:g}m-4 -4l4 4l-4 4", LINE, width=1.5)


def axes_and(curve: str) -> str:
    """Return two axes with a curve."""
    return path("M4 24H36M20 4V36", "faint", width=1.5) + path(curve, LINE, width=2.5)


def _tree(x: float, y: float, width: float, depth: int, radius: float) -> str:
    """Return a binary tree whose root is at the top middle; its leaves are coloured."""
    lines, dots = "", ""
    for level in range(depth + 1):
        step = width / (1 << level)
        for k in range(1 << level):
            at, down = x + (k + 0.5) * step, y + level * 12
            if level < depth:
                lines += f"M{at:g} {down:g}l{-step / 4:g} 12M{at:g} {down:g}l{step / 4:g} 12"
            dots += circle(at, down, radius, STORED if level == depth else "white", LINE)
    return path(lines, LINE, width=1.2) + dots


# From raw values to codes


@picture_of("encode_features", "encode_input")
def _encode(graph: Graph, operator: Operator) -> Glyph:
    words = "raw values to codes" + (", by a table" if operator.kind == "encode_input" else "")
    stairs = path("M5 35h7v-9h8v-9h8v-9h7", STORED, width=3)
    return Glyph(words, path("M5 36L36 5", "faint", width=1.5) + stairs)


@picture_of("encode_thresholds")
def _thresholds(graph: Graph, operator: Operator) -> Glyph:
    thresholds = _stored(graph, operator, "thresholds")[0]
    lines = path("M12 5V36M20 5V36M28 5V36", STORED, width=1.5, stroke_dasharray="3 2")
    return Glyph(
        f"raw values to codes, by {thresholds} thresholds", lines + path("M4 35h8v-9h8v-9h8v-9h8", LINE, width=2.5)
    )


# Bonsai


@picture_of("bonsai_projection")
def _projection(graph: Graph, operator: Operator) -> Glyph:
    rows, columns = _stored(graph, operator, "Z")
    funnel = path("M8 4V36L30 27V13Z", LINE, STORED, 1.5)
    bars = rectangle(3, 3, 4, 34, VALUE) + rectangle(32, 12, 4, 16, VALUE)
    return Glyph(f"projection Z, {columns} → {rows}", funnel + bars)


@picture_of("bonsai_tree")
def _bonsai(graph: Graph, operator: Operator) -> Glyph:
    nodes, classes, _ = _stored(graph, operator, "W")
    pot = path("M13 33h14l-2 6h-10z", LINE, "bonsai", 1)
    return Glyph(f"Bonsai tree, {nodes} nodes, {classes} classes", _tree(3, 7, 34, 2, 3) + pot)


# Layers with weights


def _window_words(operator: Operator) -> str:
    strides = operator.attributes.get("strides", (1, 1))
    assert isinstance(strides, tuple)
    return "" if set(strides) == {1} else f", stride {shape_text(strides)}"


@picture_of("conv_2d")
def _conv(graph: Graph, operator: Operator) -> Glyph:
    channels, height, width, _ = _stored(graph, operator, "weights")
    behind = rectangle(12, 3, 24, 24, PALE, LINE) + rectangle(8, 7, 24, 24, PALE, LINE)
    front = grid(4, 11, 4, 24, lambda row, column: row < 3 and column < 3)
    words = f"convolution {height}×{width}, {channels} channels{_window_words(operator)}"
    return Glyph(words, behind + front)


@picture_of("depthwise_conv_2d")
def _depthwise(graph: Graph, operator: Operator) -> Glyph:
    height, width, channels = _stored(graph, operator, "weights")
    planes = "".join(
        grid(x, y, 3, 15, lambda row, column: row < 2 and column < 2) for x, y in ((3, 3), (12, 12), (21, 21))
    )
    return Glyph(f"depthwise convolution {height}×{width}, {channels} channels{_window_words(operator)}", planes)


@picture_of("fully_connected")
def _dense(graph: Graph, operator: Operator) -> Glyph:
    outputs, inputs = _stored(graph, operator, "weights")
    left, right = (6, 15, 25, 34), (11, 20, 29)
    lines = "".join(f"M8 {a}L32 {b}" for a in left for b in right)
    dots = "".join(circle(8, a, 3, VALUE, LINE) for a in left) + "".join(circle(32, b, 3, VALUE, LINE) for b in right)
    return Glyph(f"fully connected, {inputs} → {outputs}", path(lines, STORED, width=1) + dots)


@picture_of("linear_classifier")
def _linear(graph: Graph, operator: Operator) -> Glyph:
    rows, features = _stored(graph, operator, "weights")
    dots = "".join(circle(x, y, 2.6, VALUE, LINE) for x, y in ((8, 10), (15, 7), (8, 20), (17, 16)))
    squares = "".join(rectangle(x, y, 5, 5, "white", LINE) for x, y in ((22, 28), (29, 22), (30, 31)))
    return Glyph(f"linear classifier, {features} → {rows + 1}", dots + squares + path("M5 35L36 5", STORED, width=3))


@picture_of("decision_forest")
def _forest(graph: Graph, operator: Operator) -> Glyph:
    trees = _stored(graph, operator, "root")[0]
    nodes = _stored(graph, operator, "feature")[0] if "feature" in operator.parameters else 0
    if trees == 1:
        return Glyph(f"decision tree, {nodes} comparisons", _tree(4, 8, 32, 2, 3))
    shapes = "".join(_tree(x, y, 17, 1, 2.6) for x, y in ((1, 6), (21, 6), (11, 25)))
    return Glyph(f"{trees} trees, {nodes} comparisons, {operator.attributes.get('vote', 'soft')} votes", shapes)


# Windows and means


@picture_of("max_pool_2d")
def _max_pool(graph: Graph, operator: Operator) -> Glyph:
    before = grid(2, 9, 2, 22, lambda row, column: (row, column) == (1, 0), VALUE)
    after = arrow(25, 20, 5) + rectangle(31.5, 16, 7, 7, VALUE, LINE)
    return Glyph(f"largest of {shape_text(operator.integers('window'))}{_window_words(operator)}", before + after)


@picture_of("average_pool_2d")
def _average_pool(graph: Graph, operator: Operator) -> Glyph:
    before = grid(2, 9, 2, 22, lambda row, column: True, VALUE)
    after = arrow(25, 20, 5) + rectangle(31.5, 16, 7, 7, VALUE, LINE)
    return Glyph(f"mean of {shape_text(operator.integers('window'))}{_window_words(operator)}", before + after)


@picture_of("mean")
def _mean(graph: Graph, operator: Operator) -> Glyph:
    bars = "".join(rectangle(4 + 6 * k, 34 - height, 4, height, VALUE) for k, height in enumerate((10, 26, 16, 30, 12)))
    return Glyph(
        "mean over axes " + ", ".join(map(str, operator.integers("axes"))), bars + path("M2 15H38", LINE, width=2.5)
    )


# Value by value


@picture_of("add", "mul")
def _two_inputs(graph: Graph, operator: Operator) -> Glyph:
    cross = "M20 12V28M12 20H28" if operator.kind == "add" else "M14 14L26 26M26 14L14 26"
    words = {"add": "sum", "mul": "product"}[operator.kind]
    with_stored = " with stored values" if "constant" in operator.parameters else ""
    return Glyph(words + with_stored, circle(20, 20, 15, "white", LINE) + path(cross, LINE, width=3))


@picture_of("relu")
def _relu(graph: Graph, operator: Operator) -> Glyph:
    return Glyph("ReLU", axes_and("M5 24H20L35 7"))


@picture_of("relu6")
def _relu6(graph: Graph, operator: Operator) -> Glyph:
    return Glyph("ReLU6", axes_and("M5 24H18L29 10H36"))


@picture_of("quantize")
def _quantize(graph: Graph, operator: Operator) -> Glyph:
    rulers = path("M6 8V32M6 8h5M6 14h5M6 20h5M6 26h5M6 32h5", LINE) + path("M34 8V32M34 8h-5M34 20h-5M34 32h-5", LINE)
    return Glyph("to another scale", rulers + arrow(14, 20, 12))


@picture_of("lookup")
def _lookup(graph: Graph, operator: Operator) -> Glyph:
    dots = "".join(circle(x, y, 2.2, STORED, LINE) for x, y in ((6, 34), (13, 32), (20, 20), (27, 8), (34, 6)))
    return Glyph(
        f"table of {operator.attributes.get('function', 'a function')}", axes_and("M4 34C22 34 18 6 36 6") + dots
    )


@picture_of("softmax")
def _softmax(graph: Graph, operator: Operator) -> Glyph:
    bars = "".join(
        rectangle(4 + 8 * k, 36 - h, 6, h, STORED if h > 20 else VALUE) for k, h in enumerate((5, 10, 30, 4))
    )
    return Glyph("softmax", bars + path("M2 36H38", LINE))


# Places


@picture_of("pad")
def _pad(graph: Graph, operator: Operator) -> Glyph:
    border = path("M4 4H36V36H4Z", LINE, width=1.5, stroke_dasharray="4 3")
    return Glyph(f"border of {operator.attributes.get('value', 0)}", border + rectangle(11, 11, 18, 18, VALUE, LINE))


@picture_of("concatenation")
def _concatenation(graph: Graph, operator: Operator) -> Glyph:
    blocks = rectangle(4, 12, 14, 16, VALUE, LINE) + rectangle(18, 12, 18, 16, PALE, LINE)
    return Glyph(f"{len(operator.inputs)} values side by side", blocks)


@picture_of("reshape")
def _reshape(graph: Graph, operator: Operator) -> Glyph:
    before = grid(2, 12, 2, 14, lambda row, column: True, VALUE)
    after = "".join(rectangle(26, 6 + 7 * k, 7, 7, VALUE, LINE) for k in range(4))
    return Glyph("another shape, the same bytes", before + arrow(17, 19, 7) + after)
