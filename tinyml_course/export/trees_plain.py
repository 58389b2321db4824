"""Decision trees and forests as plain C: every comparison is an ``if``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tinyml_course.export.c_text import fixed_c, table
from tinyml_course.graph import Graph, Operator

#: Up to this many leaves a branch over a side is short.
FEW_LEAVES = 8
#: One level of nesting.
INDENT = "    "


@dataclass(frozen=True)
class Trees:
    """What the writers need of a forest: plain Python integers.

    Parameters
    ----------
    feature, threshold : list of int
        Of each node: it goes to its first child where ``x[feature] <= threshold``.
    children : list of (int, int)
        Index of a node; ``-1 - index`` of a leaf.
    root : list of int
        Where each tree starts, written the same way.
    size : list of int
        Leaves below each node.
    """

    feature: list[int]
    threshold: list[int]
    children: list[tuple[int, int]]
    root: list[int]
    size: list[int]

    @classmethod
    def of(cls, graph: Graph, operator: Operator) -> Trees:
        """Read them off a graph."""
        children = [(int(a), int(b)) for a, b in graph.parameter(operator, "children")]
        size = [0] * len(children)
        for node in reversed(range(len(children))):  # children come after their parent
            size[node] = sum(1 if child < 0 else size[child] for child in children[node])
        values = (graph.parameter(operator, role).tolist() for role in ("feature", "threshold", "root"))
        feature, threshold, root = values
        return cls(feature, threshold, children, root, size)

    def leaves(self, place: int) -> int:
        """Leaves below a place; a leaf is one itself."""
        return 1 if place < 0 else self.size[place]

    def left_first(self, node: int) -> bool:
        """Tell which side comes first in the code; a branch that is taken, to the other side, costs a cycle.

        First comes the larger side, where more samples go, unless the branch over it would be long: then the smaller.
        """
        left, right = (self.leaves(child) for child in self.children[node])
        return left >= right if max(left, right) <= FEW_LEAVES else left <= right


def comparison_macros(graph: Graph, name: str) -> str:
    """Return how a float32 is compared without floating point; nothing for integers."""
    return fixed_c("tree_float.h", name) if graph.contract.dtype.kind == "f" else ""


def condition(graph: Graph, feature: int, threshold: int, name: str) -> tuple[str, str]:
    """Return the C test that a value passes, and its opposite."""
    if graph.contract.dtype.kind != "f":
        return f"x[{feature}] <= {threshold}", f"x[{feature}] > {threshold}"
    sign, bits = ("", threshold) if threshold >= 0 else ("_negative", threshold ^ 0x7FFFFFFF)
    value = np.array(bits, np.int64).astype(np.int32).view(np.float32)
    text = f"{name}_at_most{sign}(x, {feature}, 0x{bits & 0xFFFFFFFF:08X} /* {value:.7g} */)"
    return text, f"!{text}"


def leaf_type(graph: Graph, operator: Operator) -> str:
    """C type of a leaf's number."""
    leaves = (
        len(graph.labels) if operator.attributes["vote"] == "hard" else graph.parameter(operator, "leaf_start").size
    )
    return "uint8_t" if leaves <= 256 else "uint16_t"


def tree_function(graph: Graph, trees: Trees, tree: int, name: str) -> str:
    """Return one tree as a C function that gives the number of the leaf a sample reaches."""
    lines = list(_branches(graph, trees, trees.root[tree], 1, name))
    unused = f"{INDENT}(void)x; /* a single leaf */\n" if trees.root[tree] < 0 else ""
    number = f"_{tree}" if len(trees.root) > 1 else ""
    head = f"static {leaf_type(graph, graph.operators[0])} {name}_tree{number}(const {name}_input_t *x)"
    return f"{head}\n{{\n{unused}" + "\n".join(lines) + "\n}\n"


def _branches(graph: Graph, trees: Trees, place: int, level: int, name: str) -> Iterator[str]:
    """The lines of a subtree. Of a large one the smaller side stands inside the ``if``, so nesting stays shallow."""
    while place >= 0:
        left, right = trees.children[place]
        passes, fails = condition(graph, trees.feature[place], trees.threshold[place], name)
        first = trees.left_first(place)
        test, inner, outer = (passes, left, right) if first else (fails, right, left)
        if inner < 0:
            yield f"{INDENT * level}if ({test}) return {-1 - inner};"
        else:
            yield f"{INDENT * level}if ({test}) {{"
            yield from _branches(graph, trees, inner, level + 1, name)
            yield f"{INDENT * level}}}"
        place = outer
    yield f"{INDENT * level}return {-1 - place};"


def leaf_tables(graph: Graph, operator: Operator, name: str) -> tuple[str, int]:
    """Return the tables of the leaves' votes, and their bytes."""
    start, classes, votes = (graph.parameter(operator, f"leaf_{role}") for role in ("start", "class", "vote"))
    width = votes.dtype.itemsize
    text = (
        "/* Leaf k votes with the entries from leaf_start[k] to the one before leaf_start[k + 1]. */\n"
        + table("uint16_t", f"{name}_leaf_start[{start.size}]", [("first entry of each leaf", start)], name)
        + table("uint8_t", f"{name}_leaf_class[{classes.size}]", [("class of each entry", classes)], name)
        + table(f"uint{8 * width}_t", f"{name}_leaf_vote[{votes.size}]", [("votes of each entry", votes)], name)
        + f"#define {name}_read_vote(address) {name}_read{'' if width == 1 else f'_{8 * width}'}(address)\n"
        + fixed_c("forest_votes.h", name)
    )
    return text, 2 * start.size + classes.size + width * votes.size


def forest_invoke(graph: Graph, trees: Trees, name: str, *, soft: bool) -> str:
    """Return the function that adds up the votes of all trees."""
    calls = [f"{name}_tree_{k}(input)" for k in range(len(trees.root))]
    each = [f"{INDENT}{name}_add_votes({call}, output);" if soft else f"{INDENT}output[{call}]++;" for call in calls]
    return (
        "/* The votes of all trees, class by class. */\n"
        f"static void {name}_invoke(const {name}_input_t *input, {name}_output_t *output)\n{{\n"
        f"{INDENT}for (uint16_t c = 0; c < {name}_OUTPUT_SIZE; c++) output[c] = 0;\n" + "\n".join(each) + "\n}\n"
    )


def leaf_votes(graph: Graph, operator: Operator) -> list[dict[int, int]]:
    """Return the votes of each leaf that are not zero, class to number."""
    start, classes, votes = (graph.parameter(operator, f"leaf_{role}").tolist() for role in ("start", "class", "vote"))
    return [dict(zip(classes[a:b], votes[a:b], strict=True)) for a, b in pairwise(start)]
