"""A Bonsai graph as C: constants, tables in flash, and the fixed kernels."""

from __future__ import annotations

import numpy as np

from tinyml_course.errors import ExportError
from tinyml_course.export.bonsai_blocks import (
    BlockPlan,
    TableRows,
    block_kernels,
    block_tables,
    code_program,
    plan_blocks,
)
from tinyml_course.export.c_text import defines, fixed_c, table
from tinyml_course.export.features import codes_macro, encoding_c
from tinyml_course.export.program import Program
from tinyml_course.export.proof import BonsaiProof, prove_bonsai
from tinyml_course.graph import Array, Graph


def bonsai_program(graph: Graph, name: str, optimize: str) -> Program:
    """Write a Bonsai as C.

    Raises
    ------
    ExportError
        If the proof that nothing overflows fails, or for ``optimize="speed"`` where that form would not be exact.
    """
    proof = prove_bonsai(graph)
    plan = plan_blocks(graph, proof)
    tables, table_bytes = bonsai_tables(graph, plan, name)
    constants, codes = bonsai_constants(graph, proof, name), encoding_c(graph, name) + codes_macro(graph, name)
    after = fixed_c("classify.h", name)
    if optimize == "size":
        return Program((constants, tables, codes, bonsai_kernels(graph, proof, plan, name), after), table_bytes)
    if plan is None:
        raise ExportError(
            "optimize='speed' needs a Bonsai of 4-bit weights, fewer than 255 inputs and sums that are proven to fit "
            "12 bits. Use optimize='size'."
        )
    return Program((constants, codes, code_program(graph, plan, name, tables), after), 0)


def pack_pairs(first: Array, second: Array, bits: int) -> Array:
    """Lay two arrays of weights side by side, as the kernels read them.

    Parameters
    ----------
    first, second : ndarray of int, same shape
        Signed weights of `bits` bits.
    bits : int
        4: one byte holds both, `first` in its high half. 8: two bytes, `first` before `second`.

    Returns
    -------
    ndarray of uint8, one-dimensional
    """
    a, b = first.ravel().astype(np.int64), second.ravel().astype(np.int64)
    if bits == 4:
        return ((a & 15) << 4 | (b & 15)).astype(np.uint8)
    return np.stack([a & 255, b & 255], axis=1).ravel().astype(np.uint8)


def row_tables(graph: Graph) -> list[TableRows]:
    """Return the tables of Z and the nodes, row by row, as the plain kernels read them."""
    project, tree = graph.operator("bonsai_projection"), graph.operator("bonsai_tree")
    assert project is not None and tree is not None  # the proof has checked it
    bits = graph.tensors["Z"].bits
    Z, W, V = graph.parameter(project, "Z"), graph.parameter(tree, "W"), graph.parameter(tree, "V")
    z_rows = [
        (f"z[{i}], z[{i + 1}]: bias, then one pair for each input", pack_pairs(Z[i], Z[i + 1], bits))
        for i in range(0, len(Z), 2)
    ]
    node_rows = [
        (f"node {k}, class {c}", pack_pairs(W[k, c], V[k, c], bits)) for k in range(len(W)) for c in range(W.shape[1])
    ]
    return [("Z", z_rows), ("nodes", node_rows)]


def bonsai_tables(graph: Graph, plan: BlockPlan | None, name: str) -> tuple[str, int]:
    """Return the text of the tables of Z, the nodes and theta, and the bytes they take."""
    bits = graph.tensors["Z"].bits
    theta = graph.tensors["theta"].values
    nodes, classes, projected = graph.tensors["W"].shape
    tables = row_tables(graph) if plan is None else block_tables(graph, plan)
    if len(theta):
        theta = theta if plan is None else theta[:, plan.rows]
        tables.append(("theta", [(f"node {k}", pack_pairs(row[0::2], row[1::2], bits)) for k, row in enumerate(theta)]))
    titles = {
        "Z": f"Z: {projected} projected features x (1 bias + {graph.contract.size} inputs)",
        "nodes": f"W and V: {nodes} nodes x {classes} classes x {projected} projected features",
        "theta": f"theta: {len(theta)} branching nodes x {projected} projected features",
    }
    text, total = [], 0
    for key, rows in tables:
        count = sum(values.size for _, values in rows)
        total += count
        declaration = f"{name}_{key}[{count}]"
        listing = table("uint8_t", declaration, rows, name, hexadecimal=bits == 4)
        text.append(f"/* {titles[key]}: {count} bytes */\n" + listing)
    return "\n".join(text), total


def bonsai_constants(graph: Graph, proof: BonsaiProof, name: str) -> str:
    """Return ``#define`` lines and accumulator types, the widths as proven."""
    project, tree = graph.operator("bonsai_projection"), graph.operator("bonsai_tree")
    assert project is not None and tree is not None
    nodes, _, projected = graph.parameter(tree, "W").shape
    bits, classes = graph.tensors["W"].bits, len(graph.labels)
    shift = graph.scalar(project, "shift")
    rows: list[tuple[str, object, str]] = [
        ("PROJECTED", projected, "projected features"),
        ("DEPTH", nodes.bit_length() - 1, "branches from the root to a leaf"),
        ("NODE_BYTES", classes * projected * bits // 4, "W and V of one node"),
        ("THETA_BYTES", projected * bits // 8, "theta of one node"),
        ("BIAS_INPUT", graph.scalar(project, "bias_input"), "the input that the bias column is multiplied with"),
        ("Z_SHIFT", shift, "z = (sum + half) >> shift"),
        ("Z_HALF", (1 << shift) >> 1, "rounds to the nearest"),
        ("ONE", graph.scalar(tree, "one"), "1.0 in units of V z: where the hard tanh goes flat"),
        ("SCORE_SHIFT", graph.scalar(tree, "score_shift"), "fraction bits that a product loses"),
    ]

    def wide(sum_type: str) -> str:
        return "_wide" if sum_type == "int32_t" else ""

    index = "uint8_t" if graph.contract.size < 256 else "uint16_t"
    types = (
        f"typedef {proof.z_sum_type} {name}_z_sum_t;    /* proven: |sum| <= {proof.z_sum:,} and |z| <= {proof.z} */\n"
        f"typedef {proof.node_sum_type} {name}_node_sum_t; /* proven: |sum| <= {proof.node_sum:,} */\n"
        f"typedef {index} {name}_index_t;\n"
        f"#define {name}_z_add {name}_add_unsigned{wide(proof.z_sum_type)}\n"
        f"#define {name}_node_add {name}_add_signed{wide(proof.node_sum_type)}\n"
        f"/* proven: a score, an int16_t, stays within +-{proof.score:,} */\n"
    )
    return defines(name, rows) + types


def bonsai_kernels(graph: Graph, proof: BonsaiProof, plan: BlockPlan | None, name: str) -> str:
    """Return the kernels that this graph needs: the fast form where it is exact, else the plain one."""
    if plan is not None:
        return block_kernels(graph, plan, name)
    deep = graph.tensors["theta"].shape[0] > 0
    kinds = {proof.z_sum_type, proof.node_sum_type}
    files = [f"pair_{graph.tensors['Z'].bits}bit.h"]
    files += ["multiply_add.h"] if "int16_t" in kinds else []
    files += ["multiply_add_wide.h"] if "int32_t" in kinds else []
    files += ["bonsai.h"]
    files += ["bonsai_branch.h", "bonsai_invoke.h"] if deep else ["bonsai_invoke_single.h"]
    return "\n".join(fixed_c(file, name) for file in files)
