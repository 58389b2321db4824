"""Pictures of models: a glyph for each kind of operator, a whole graph, and a memory plan.

The pictures are SVG text, so that they need no drawing library and stay sharp at any size.
"""

from __future__ import annotations

from tinyml_course.graph import Graph, check_graph
from tinyml_course.memory import MemoryPlan
from tinyml_course.pictures.glyphs import Glyph, glyph_of, picture_kinds, picture_of
from tinyml_course.pictures.graph_picture import draw_graph
from tinyml_course.pictures.memory_picture import draw_plan
from tinyml_course.pictures.svg import Drawing

__all__ = ["Drawing", "Glyph", "draw_graph", "draw_plan", "glyph_of", "picture", "picture_kinds", "picture_of"]


def picture(what: Graph | MemoryPlan) -> Drawing:
    """Draw a model or a memory plan; shows itself as the last expression of a cell.

    Parameters
    ----------
    what : Graph or MemoryPlan
        A model: its operators with what they store and what is alive. A plan: when each value lives, and where.

    Returns
    -------
    Drawing
        ``drawing.svg`` is the text; ``drawing.save(path)`` writes it.
    """
    return draw_plan(what) if isinstance(what, MemoryPlan) else draw_graph(check_graph(what))
