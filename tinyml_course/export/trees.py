"""Decision trees and forests as code: every comparison is an ``if``, every threshold a constant."""

from __future__ import annotations

from tinyml_course.export.c_text import fixed_c
from tinyml_course.export.program import Program
from tinyml_course.export.trees_avr import forest_kernel, takes
from tinyml_course.export.trees_plain import Trees, comparison_macros, forest_invoke, leaf_tables, tree_function
from tinyml_course.graph import Graph

#: A comparison with a constant and a jump: less no processor needs.
COMPARISON_BYTES = 4


def forest_program(graph: Graph, name: str, optimize: str) -> Program:
    """Write a tree or a forest as C.

    Trees are code, not tables, for either `optimize`: comparing with a constant is the smallest and the fastest.
    """
    operator = graph.operators[0]
    trees = Trees.of(graph, operator)
    soft = operator.attributes["vote"] == "soft"
    code_bytes = COMPARISON_BYTES * graph.parameter(operator, "feature").size
    functions = "\n".join(tree_function(graph, trees, k, name) for k in range(len(trees.root)))
    if len(trees.root) == 1 and not soft:
        sections = comparison_macros(graph, name), functions, fixed_c("tree_invoke.h", name)
        return Program(tuple(section for section in sections if section), 0, code_bytes=code_bytes)
    tables, table_bytes = leaf_tables(graph, operator, name) if soft else ("", 0)
    invoke = forest_invoke(graph, trees, name, soft=soft), fixed_c("classify.h", name)
    plain = tuple(part for part in (comparison_macros(graph, name), tables, functions, *invoke) if part)
    if not takes(graph, operator):
        return Program(plain, table_bytes, code_bytes=code_bytes)
    avr = forest_kernel(graph, trees, operator, name), fixed_c("forest_run.h", name)
    return Program(("#if defined(__AVR__)\n", *avr, "#else\n", *plain, "#endif\n"), 0, code_bytes=code_bytes)
