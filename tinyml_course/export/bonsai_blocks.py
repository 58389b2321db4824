"""Bonsai's fast form: 4-bit weights in blocks, with register kernels for the AVR and plain C elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from tinyml_course.convert.bonsai import node_sums
from tinyml_course.export.bonsai_avr import avr_kernels
from tinyml_course.export.bonsai_code import code_kernels
from tinyml_course.export.c_text import defines, fixed_c
from tinyml_course.export.proof import BonsaiProof, projection_inputs
from tinyml_course.graph import Array, Graph
from tinyml_course.intervals import linear

#: Bytes in a block: their sums take four registers each, from r2 on.
LARGEST_BLOCK = 5
#: A table: its key, and comment and integers of each part.
TableRows = tuple[str, list[tuple[str, Array]]]
#: Magnitude that 16 bits hold beside a factor of 16.
HIGH_LIMIT = 2**11


@dataclass(frozen=True)
class BlockPlan:
    """How rows and classes are spread over blocks.

    Parameters
    ----------
    row_blocks, class_blocks : tuple of int
        Bytes of each block, of the projection and of a node. The first block of the projection is smaller
        than the largest: it sums up the inputs as well.
    rows : ndarray of int
        The order in which the blocks write the projected features: of each block, first the rows in the
        high halves of its bytes, then those in the low halves.
    """

    row_blocks: tuple[int, ...]
    class_blocks: tuple[int, ...]
    rows: Array


def split(count: int, first: int) -> tuple[int, ...]:
    """Split into blocks of at most five, the first of at most `first`, as equal as that allows."""
    head = min(count, first)
    blocks = -(-(count - head) // LARGEST_BLOCK)
    rest = [(count - head + i) // blocks for i in range(blocks)]
    return (head, *sorted(rest, reverse=True))


def plan_blocks(graph: Graph, proof: BonsaiProof) -> BlockPlan | None:
    """Return the plan, or None where the fast form would not be exact.

    A sum of high halves is carried times 16, so it must stay below 2,048; the rows of Z that can reach
    more must find room in the low halves. The gate works with one byte and a score shift of four.
    """
    project, tree = graph.operator("bonsai_projection"), graph.operator("bonsai_tree")
    assert project is not None and tree is not None  # the proof has checked it
    Z, shift = graph.parameter(project, "Z"), graph.scalar(project, "shift")
    inputs, half = projection_inputs(graph), (1 << shift) >> 1
    sums = linear(Z, inputs)
    reach = np.maximum(np.abs(sums.low), np.abs(sums.high)) + half
    order = np.argsort(reach, kind="stable")
    pairs = len(Z) // 2
    nodes = [node_sums(graph.parameter(tree, role), Z, inputs, shift).largest for role in ("W", "V")]
    exact = (
        graph.tensors["Z"].bits == 4
        and graph.contract.size < 255
        and reach[order[:pairs]].max() < HIGH_LIMIT
        and reach.max() < 2**15
        and nodes[0] < HIGH_LIMIT
        and graph.scalar(tree, "one") <= 127
        and nodes[1] + graph.scalar(tree, "one") < 2**15
        and node_sums(graph.parameter(tree, "theta"), Z, inputs, shift).largest < HIGH_LIMIT
        and shift <= 8
        and graph.scalar(tree, "score_shift") == 4
        and proof.z_sum_type == proof.node_sum_type == "int16_t"
    )
    if not exact:
        return None
    row_blocks = split(pairs, LARGEST_BLOCK - 1)
    ends = list(accumulate(row_blocks))
    rows = [
        part
        for start, end in zip([0, *ends], ends, strict=False)
        for part in (order[start:end], order[pairs + start : pairs + end])
    ]
    return BlockPlan(row_blocks, split(len(graph.labels), LARGEST_BLOCK), np.concatenate(rows))


def pack_blocks(high: Array, low: Array, sizes: tuple[int, ...]) -> list[Array]:
    """Pack two matrices of 4-bit weights, shape (count, values), block by block.

    Returns
    -------
    list of ndarray of uint8, each of shape (values, size)
        For each value one byte for each row of the block, ``16 * high + low + 8``.
    """
    packed = ((high.astype(np.int64) & 15) << 4 | (low.astype(np.int64) + 8)).astype(np.uint8)
    return [part.T for part in np.split(packed, list(accumulate(sizes))[:-1])]


def block_tables(graph: Graph, plan: BlockPlan) -> list[TableRows]:
    """Return the tables of Z and the nodes, block by block."""
    project, tree = graph.operator("bonsai_projection"), graph.operator("bonsai_tree")
    assert project is not None and tree is not None
    Z, W, V = graph.parameter(project, "Z"), graph.parameter(tree, "W"), graph.parameter(tree, "V")
    z_rows: list[tuple[str, Array]] = []
    start = 0
    for size in plan.row_blocks:
        ordered = Z[plan.rows[start : start + 2 * size]]
        (block,) = pack_blocks(ordered[:size], ordered[size:], (size,))
        title = f"z[{start}] to z[{start + 2 * size - 1}]: {size} bytes for the bias, then {size} for each input"
        z_rows.append((title, block))
        start += 2 * size
    node_rows: list[tuple[str, Array]] = []
    for k in range(len(W)):
        first = 0
        for block in pack_blocks(W[k][:, plan.rows], V[k][:, plan.rows], plan.class_blocks):
            last = first + block.shape[1] - 1
            node_rows.append((f"node {k}, classes {first} to {last}: {last - first + 1} bytes for each z", block))
            first = last + 1
    return [("Z", z_rows), ("nodes", node_rows)]


def _plain(name: str, plan: BlockPlan) -> str:
    """The same integers as the register kernels, in plain C."""
    sizes = [
        f"static const uint8_t {name}_{key}_blocks[] = {{{', '.join(map(str, blocks))}}};\n"
        for key, blocks in (("row", plan.row_blocks), ("class", plan.class_blocks))
    ]
    largest = defines(name, [("LARGEST_BLOCK", LARGEST_BLOCK, "bytes")])
    return largest + "".join(sizes) + "\n" + fixed_c("blocks_plain.h", name)


def block_kernels(graph: Graph, plan: BlockPlan, name: str) -> str:
    """Return the kernels and the invocation: registers on an AVR, plain C elsewhere."""
    parts = [
        fixed_c("blocks.h", name) + "#if defined(__AVR__)\n",
        avr_kernels(graph, name, plan.row_blocks, plan.class_blocks) + "\n#else\n",
        _plain(name, plan) + "\n#endif\n",
        fixed_c("blocks_invoke.h", name),
    ]
    return "\n".join(parts)


def code_program(graph: Graph, plan: BlockPlan, name: str, tables: str) -> str:
    """Return kernels with their weights as code on an AVR, and tables with plain C elsewhere."""
    parts = [
        "#if defined(__AVR__)\n",
        code_kernels(graph, name) + "\n#else\n",
        fixed_c("blocks.h", name) + tables,
        _plain(name, plan) + "\n#endif\n",
        fixed_c("code_invoke.h", name),
    ]
    return "\n".join(parts)
