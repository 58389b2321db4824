"""A model's part of a sketch, and who writes it.

A :class:`Writer` turns the graphs of one family into C. The exporter takes the first one that knows every
operator of a graph; what none of them knows is refused by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

from tinyml_course.errors import ExportError
from tinyml_course.graph import Graph

#: What a program can be written for.
OPTIMIZE = ("size", "speed")


@dataclass(frozen=True)
class Program:
    """The C text of one model, between its interface and the end of ``NAME_model.h``.

    Parameters
    ----------
    sections : tuple of str
        Constants, tables and kernels, in order; ``NAME_invoke`` and ``NAME_classify`` are among them.
    table_bytes : int
        Bytes of flash in tables; what else the model stores is constants in the code.
    arena_bytes : int, default 0
        Bytes of SRAM in static variables.
    largest_table_bytes : int, default 0
        Bytes of the largest single table.
    code_bytes : int, default 0
        Bytes that a model which is written as code takes at the very least.
    """

    sections: tuple[str, ...]
    table_bytes: int
    arena_bytes: int = 0
    largest_table_bytes: int = 0
    code_bytes: int = 0


class WriteProgram(Protocol):
    """Writes one graph as C."""

    def __call__(self, graph: Graph, name: str, optimize: str) -> Program:
        """Return the program of `graph`; raises ExportError where `optimize` is not supported."""
        ...


@dataclass(frozen=True)
class Writer:
    """Knows how to write some kinds of operators.

    Parameters
    ----------
    kinds : frozenset of str
        Operators that it writes.
    home : str
        Module and function, ``"module:function"`` below ``tinyml_course.export``; imported when needed.
    """

    kinds: frozenset[str]
    home: str

    def program(self, graph: Graph, name: str, optimize: str) -> Program:
        """Return the program of a graph."""
        module, function = self.home.split(":")
        write = cast(WriteProgram, getattr(import_module(f"tinyml_course.export.{module}"), function))
        return write(graph, name, optimize)


#: Operators of the TFLite kinds.
NETWORK_KINDS = frozenset(
    "conv_2d depthwise_conv_2d fully_connected add mul average_pool_2d max_pool_2d mean pad concatenation reshape "
    "relu relu6 quantize lookup softmax encode_input encode_thresholds".split()
)

WRITERS: tuple[Writer, ...] = (
    Writer(frozenset({"encode_features", "bonsai_projection", "bonsai_tree"}), "bonsai:bonsai_program"),
    Writer(frozenset({"decision_forest"}), "trees:forest_program"),
    Writer(frozenset({"encode_features", "linear_classifier"}), "linear:linear_program"),
    Writer(NETWORK_KINDS, "network_program:network_program"),
)


def exported_kinds() -> frozenset[str]:
    """Kinds of operators that have a C face."""
    return frozenset[str]().union(*(writer.kinds for writer in WRITERS))


def program_of(graph: Graph, name: str, optimize: str) -> Program:
    """Write a graph with the first writer that knows all of its operators.

    Raises
    ------
    ExportError
        For another `optimize`, or an operator that no writer knows together with the others.
    """
    if optimize not in OPTIMIZE:
        raise ExportError(f"optimize={optimize!r} does not exist. Use one of: {', '.join(map(repr, OPTIMIZE))}.")
    kinds = {operator.kind for operator in graph.operators}
    for writer in WRITERS:
        if kinds <= writer.kinds:
            return writer.program(graph, name, optimize)
    unknown = sorted(kinds - exported_kinds()) or sorted(kinds)
    raise ExportError(
        f"Cannot export a {graph.kind} with {', '.join(unknown)}. Supported: {', '.join(sorted(exported_kinds()))}."
    )
