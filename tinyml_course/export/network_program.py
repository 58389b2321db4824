"""A network of the TFLite kinds as C: one arena, one call for each layer."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np

from tinyml_course.export.c_text import class_integer, fixed_c
from tinyml_course.export.network import Network, Places, Step, steps_of
from tinyml_course.export.network_arena import SCRATCH, Shared, fused_graph, widest
from tinyml_course.export.program import Program
from tinyml_course.graph import Graph
from tinyml_course.memory import MemoryPlan, plan_memory

#: Modules that register steps and fusers when they are imported.
_HOMES = (
    "dense_step",
    "conv_step",
    "conv_windows",
    "network_layers",
    "network_elementwise",
    "network_pairs",
    "network_shapes",
)


def load_writers() -> None:
    """Import the modules that register who writes which operators."""
    for home in _HOMES:
        import_module(f"tinyml_course.export.{home}")


def network_program(graph: Graph, name: str, optimize: str) -> Program:
    """Write a network as C.

    Raises
    ------
    ExportError
        If a proof fails, or ``optimize="speed"`` where no layer has such a form.
    """
    load_writers()
    network = Network(graph, name, optimize)
    steps = steps_of(network)
    fused = fused_graph(graph, steps)
    plan = plan_memory(fused, include_input=False)
    arena_type = widest(fused)
    kernels = dict.fromkeys(text for step in steps for text in step.kernels)
    sections = (
        _arena(network, plan, arena_type),
        fixed_c("network_read.h", name),
        *kernels,
        *(text for step in steps for text in step.tables),
        _run(network, steps, plan, arena_type),
        fixed_c("network_invoke.h", name).replace(f"{name}_class_t", class_integer(len(graph.labels))),
    )
    largest = max((tensor.stored_bytes for tensor in graph.tensors.values()), default=0)
    return Program(sections, sum(step.table_bytes for step in steps), plan.arena_bytes, largest)


def _arena(network: Network, plan: MemoryPlan, arena_type: np.dtype[Any]) -> str:
    """Types, and the one buffer that all values lie in.

    It is static: the linker then counts it, so that a program that is too large is found before it runs, and
    addresses in it are constants. Boards with threads have stacks of a few KB only.
    """
    count = -(-plan.arena_bytes // arena_type.itemsize)
    arena = (
        "/* Every value between the input and the output lies in here. Values whose lifetimes do not meet share their\n"
        f"   bytes. The arena is {plan.verdict()[:-1]}. */\n"
        f"static {arena_type.name}_t {network.name}_arena[{count}];\n"
    )
    return (
        f"typedef {network.size_type} {network.name}_size_t; /* counts values */\n"
        f"typedef {network.size_type[1:]} {network.name}_step_t; /* from one value to another */\n\n"
        f"{arena if count else ''}"
    )


def _run(network: Network, steps: list[Step], plan: MemoryPlan, arena_type: np.dtype[Any]) -> str:
    """``NAME_run``: one call for each layer."""
    graph, shared = network.graph, Shared.of(network.graph)
    given = frozenset(name for name in graph.tensors if shared.root(name) == graph.input)
    places = Places(graph, plan.offsets, given, f"{network.name}_arena", arena_type)
    lines = []
    for number, step in enumerate(steps):
        scratch = SCRATCH.format(number)
        own = replace(places, scratch=plan.offsets[scratch]) if scratch in plan.offsets else places
        comment = textwrap.wrap(f"/* {number}. {step.title}. */", 112, subsequent_indent="   ")
        lines += [*comment, *step.call(own).splitlines()]
    body = "\n".join(f"    {line}" for line in lines)
    return (
        "/* Runs the network, layer by layer; returns where the outputs lie. */\n"
        f"static const {network.name}_output_t *{network.name}_run(const {network.name}_input_t *input)\n{{\n"
        f"{body}\n    return {places.of(network.graph.output)};\n}}\n"
    )
