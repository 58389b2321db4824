"""A whole graph: its operators from top to bottom, what they store, and what is alive while they run."""

from __future__ import annotations

from tinyml_course.cost import OperatorCost, costs
from tinyml_course.graph import Graph
from tinyml_course.memory import tensor_bytes
from tinyml_course.pictures.glyphs import glyph_of, shape_text
from tinyml_course.pictures.svg import Drawing, path, rectangle, shortened, text

ROW, BOX, BOX_WIDTH, LANE, BAR_WIDTH = 72, 52, 430, 14, 150


def draw_graph(graph: Graph) -> Drawing:
    """Draw a graph.

    Parameters
    ----------
    graph : Graph
        The model.

    Returns
    -------
    Drawing
        A box for each operator; arrows for what they read, those that skip operators at the left; bars for the
        bytes that are alive.
    """
    rows = costs(graph)
    skips = _skips(graph)
    lanes = _lanes(skips)
    left = 20 + LANE * (max(lanes, default=-1) + 1)
    title = f"{graph.kind}: {graph.description}" if graph.description else graph.kind
    peak = max((row.activation_bytes for row in rows), default=0)
    width, height = left + BOX_WIDTH + BAR_WIDTH + 140, 78 + ROW * (len(rows) + 2)
    body = text(20, 26, shortened(title, width - 40, 14), 14, bold=True)
    body += text(left + BOX_WIDTH + 24, 48, "alive while it runs", 11)
    body += _end(graph, graph.input, "input", left, 60)
    for number, row in enumerate(rows):
        body += _operator(graph, number, row, left, peak)
    body += _end(graph, graph.output, f"output: {len(graph.labels)} values", left, _top(len(rows)))
    body += "".join(_arrow(left + BOX_WIDTH / 2, _top(k) - ROW + BOX, _top(k)) for k in _straight(graph))
    body += "".join(_skip(left, lane, first, last) for (first, last), lane in zip(skips, lanes, strict=True))
    return Drawing(width, height, title, _alt(graph, rows, peak), body)


def _top(row: int) -> float:
    """Upper edge of a row's box; row -1 is the input."""
    return 60 + ROW * (row + 1)


def _readers(graph: Graph) -> list[tuple[int, int]]:
    """Return pairs of rows: who writes a value and who reads it. Row -1 is the input, the last one the output."""
    writer = {graph.input: -1}
    pairs = []
    for number, operator in enumerate(graph.operators):
        pairs += [(writer[name], number) for name in operator.inputs if name in writer]
        writer.update(dict.fromkeys(operator.outputs, number))
    pairs.append((writer[graph.output], len(graph.operators)))
    return sorted(set(pairs))


def _straight(graph: Graph) -> list[int]:
    return [last for first, last in _readers(graph) if last == first + 1]


def _skips(graph: Graph) -> list[tuple[int, int]]:
    return [(first, last) for first, last in _readers(graph) if last > first + 1]


def _lanes(skips: list[tuple[int, int]]) -> list[int]:
    """Return a lane for each skipping arrow, so that no two in one lane meet."""
    ends: list[int] = []
    lanes = []
    for first, last in skips:
        lane = next((k for k, end in enumerate(ends) if end <= first), len(ends))
        ends[lane : lane + 1] = [last]
        lanes.append(lane)
    return lanes


def _end(graph: Graph, name: str, words: str, left: float, top: float) -> str:
    tensor = graph.tensors[name]
    box = rectangle(left, top, BOX_WIDTH, BOX, "flash", "uno", rx=26)
    about = f"{shape_text(tensor.shape)} {tensor.dtype}, {tensor_bytes(tensor):,} B"
    middle = left + BOX_WIDTH / 2
    return box + text(middle, top + 23, words, 13, "middle", True) + text(middle, top + 41, about, 11, "middle")


def _operator(graph: Graph, number: int, row: OperatorCost, left: float, peak: int) -> str:
    operator, top = graph.operators[number], _top(number)
    glyph = glyph_of(graph, operator)
    box = rectangle(left, top, BOX_WIDTH, BOX, "white", "text", rx=6)
    drawn = f'<g transform="translate({left + 8:g} {top + 6:g})">\n{glyph.shapes}</g>\n'
    facts = [f"→ {shape_text(row.output_shape)}"]
    facts += [f"{row.parameter_bytes:,} B stored"] if row.parameter_bytes else []
    facts += [f"{row.macs:,} MACs"] if row.macs else []
    words = text(left + 60, top + 22, shortened(glyph.words, BOX_WIDTH - 84, 13), 13, bold=True)
    words += text(left + 60, top + 40, shortened(" · ".join(facts), BOX_WIDTH - 70, 11), 11)
    words += text(left + BOX_WIDTH - 8, top + 16, str(number), 10, "end", colour="big")
    length = BAR_WIDTH * row.activation_bytes / peak if peak else 0
    at = left + BOX_WIDTH + 24
    colour = "4-bit" if row.activation_bytes == peak else "network"
    most = " peak" if row.activation_bytes == peak else ""
    bar = rectangle(at, top + 18, max(1.0, length), 16, colour)
    return box + drawn + words + bar + text(at + length + 6, top + 30, f"{row.activation_bytes:,} B{most}", 11)


def _arrow(x: float, start: float, end: float) -> str:
    return path(f"M{x:g} {start:g}V{end:g}m-5 -7l5 7l5 -7", "text", width=1.5)


def _skip(left: float, lane: int, first: int, last: int) -> str:
    """Return an arrow at the left from one row's box to a later one's."""
    x, start, end = left - LANE * (lane + 1), _top(first) + BOX * 0.7, _top(last) + BOX * 0.35
    return path(f"M{left:g} {start:g}H{x:g}V{end:g}H{left:g}m-7 -5l7 5l-7 5", "float", width=1.5)


def _alt(graph: Graph, rows: list[OperatorCost], peak: int) -> str:
    steps = [
        f"{number} {glyph_of(graph, operator).words}, output {shape_text(row.output_shape)}"
        for number, (operator, row) in enumerate(zip(graph.operators, rows, strict=True))
    ]
    source = graph.tensors[graph.input]
    return (
        f"The model's {len(rows)} operators from top to bottom. Input {shape_text(source.shape)} {source.dtype}; "
        f"{'; '.join(steps)}. At most {peak:,} bytes of values are alive at once."
    )
