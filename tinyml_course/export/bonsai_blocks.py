"""Bonsai's fast form: 4-bit weights in blocks, with register kernels for the AVR and plain C elsewhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from tinyml_course.convert.bonsai import node_sums
from tinyml_course.export.c_text import fixed_c
from tinyml_course.export.proof import BonsaiProof, projection_inputs
from tinyml_course.graph import Array, Graph
from tinyml_course.intervals import linear

#: Bytes in a block: their sums take four registers each, from r2 on.
LARGEST_BLOCK = 5
_ADD_NODE = "static void {name}_add_node(uint8_t node, const int8_t *z, uint16_t z_sum, int16_t *scores)"
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


def _registers(size: int) -> list[str]:
    """Four registers for each byte of a block."""
    return [f"{r}, {r + 1}, {r + 2}, {r + 3}" for r in range(2, 2 + 4 * size, 4)]


def _clobbers(last: int) -> str:
    names = [f'"r{r}"' for r in [0, *range(2, last + 1)]]
    rows = [", ".join(names[start : start + 12]) for start in range(0, len(names), 12)]
    return ",\n          ".join(rows)


def _columns(name: str, size: int, pair: str, start: str, extra: str = "") -> list[str]:
    """The loop over the values: X reads them, Z reads `size` bytes for each; a value of zero skips its bytes."""
    return [
        f'"ldi r24, %[count] \\n\\t {start} \\n\\t"',
        f'"3: adiw r30, {size} \\n\\t dec r24 \\n\\t breq 4f \\n\\t"',
        '"1: ld r23, X+ \\n\\t tst r23 \\n\\t breq 3b \\n\\t 2: \\n\\t"',
        *(f"{name}_{pair}({r})" for r in _registers(size)),
        *([extra] if extra else []),
        '"dec r24 \\n\\t brne 1b \\n\\t 4: \\n\\t"',
    ]


def _project_block(name: str, size: int, *, first: bool, last: bool) -> list[str]:
    """One block of the projection over all inputs.

    The first block sums up the inputs as well and leaves half - 8 * (their sum) in r25:r24; the others
    start with it.
    """
    each = _registers(size)
    s, zero = 2 + 4 * size, 4 + 4 * size
    begin = [f"{name}_{'CLEAR' if first else 'START'}({r})" for r in each]
    extra, end = "", []
    if first:
        begin.append(f'"clr r{s} \\n\\t clr r{s + 1} \\n\\t clr r{zero} \\n\\t"')
        extra = f'"add r{s}, r23 \\n\\t adc r{s + 1}, r{zero} \\n\\t"'
        end = [f'"lsl r{s} \\n\\t rol r{s + 1} \\n\\t"'] * 3
        end.append('"ldi r24, %[half] \\n\\t ldi r25, 0 \\n\\t"')
        end.append(f'"sub r24, r{s} \\n\\t sbc r25, r{s + 1} \\n\\t"')
    elif not last:  # the counter needs r24
        begin.append('"push r24 \\n\\t"')
        end.append('"pop r24 \\n\\t"')
    end += [f"{name}_HIGH({r})" for r in each]
    end += [f"{name}_{'LOW_FIRST' if first else 'LOW'}({r})" for r in each]
    loop = _columns(name, size, "UNSIGNED_PAIR", "ldi r23, %[bias] \\n\\t rjmp 2f", extra)
    rewind = [] if last else ['"subi r26, lo8(%[inputs]) \\n\\t sbci r27, hi8(%[inputs]) \\n\\t"']
    return [*begin, *loop, *end, *rewind]


def _avr_project(name: str, plan: BlockPlan) -> str:
    """The projection as a register kernel: block after block over all inputs."""
    count = len(plan.row_blocks)
    body = [
        line
        for i, size in enumerate(plan.row_blocks)
        for line in _project_block(name, size, first=i == 0, last=i == count - 1)
    ]
    lines = "\n        ".join([*body, '"clr r1"'])
    return (
        f"{name}_KERNEL void {name}_project(const uint8_t *x, int8_t *z)\n{{\n"
        f"    const uint8_t *weights = {name}_Z;\n"
        f"    __asm__ volatile(\n        {lines}\n"
        '        : "+z"(weights), "+x"(x), "+y"(z)\n'
        f'        : [count] "M"({name}_INPUT_SIZE + 1), [inputs] "M"({name}_INPUT_SIZE), '
        f'[bias] "M"({name}_BIAS_INPUT),\n'
        f'          [half] "M"({name}_Z_HALF), [round] "i"(-16 * {name}_Z_HALF)\n'
        f'        : {_clobbers(25)}, "memory");\n}}\n'
    )


def _node_blocks(name: str, size: int, blocks: int) -> str:
    """A register kernel: some classes of one node over all projected features, added to the scores."""
    each = _registers(size)
    body = [
        *(f"{name}_START({r})" for r in each),
        *_columns(name, size, "PAIR", "rjmp 1f"),
        '"clr r25 \\n\\t"',
        *(f"{name}_GATE({r}, {2 * i}, {2 * i + 1})" for i, r in enumerate(each)),
    ]
    if blocks > 1:  # one block after the other; no register is free, so what they share waits on the stack
        body = [
            f'"ldi r22, {blocks} \\n\\t 7: push r22 \\n\\t"',
            '"push r24 \\n\\t push r25 \\n\\t push r26 \\n\\t push r27 \\n\\t"',
            *body,
            '"pop r27 \\n\\t pop r26 \\n\\t pop r25 \\n\\t pop r24 \\n\\t"',
            f'"adiw r28, {2 * size} \\n\\t pop r22 \\n\\t dec r22 \\n\\t breq 8f \\n\\t rjmp 7b \\n\\t 8: \\n\\t"',
        ]
    lines = "\n        ".join([*body, '"clr r1"'])
    return (
        f"{name}_KERNEL void {name}_node_{size}"
        "(const uint8_t *weights, const int8_t *z, int16_t *scores, int16_t start)\n{\n"
        f"    __asm__ volatile(\n        {lines}\n"
        '        : "+z"(weights), "+x"(z), "+y"(scores), "+w"(start)\n'
        f'        : [count] "M"({name}_PROJECTED), [one] "M"({name}_ONE), [two] "M"(2 * {name}_ONE), '
        f'[top] "M"(2 * {name}_ONE + 1)\n'
        f'        : {_clobbers(23)}, "memory");\n}}\n'
    )


def _shifts(name: str, shift: int) -> str:
    """The macros that bring z into the upper byte, r23."""

    def text(left: int) -> str:
        if left == 4:  # half a byte: swap the halves instead
            return '"swap r22 \\n\\t swap r23 \\n\\t andi r22, 15 \\n\\t andi r23, 240 \\n\\t or r23, r22 \\n\\t"'
        steps = ["lsl r22 \\n\\t rol r23 \\n\\t"] * left + ["asr r23 \\n\\t"] * -left
        return " ".join(f'"{step}"' for step in steps) or '""'

    return f"#define {name}_SHIFT_HIGH {text(4 - shift)}\n#define {name}_SHIFT_LOW {text(8 - shift)}\n"


def _avr_add_node(name: str, plan: BlockPlan) -> str:
    lines = [
        f"    const uint8_t *weights = {name}_nodes + (uint16_t)(node * (uint16_t){name}_NODE_BYTES);",
        f"    const int16_t start = (int16_t)({name}_ONE - 8 * z_sum);",
    ]
    first = 0
    for size, blocks in Counter(plan.class_blocks).items():
        offset = f"weights + {first} * {name}_PROJECTED" if first else "weights"
        lines.append(f"    {name}_node_{size}({offset}, z, scores + {first}, start);")
        first += size * blocks
    return _ADD_NODE.format(name=name) + "\n{\n" + "\n".join(lines) + "\n}\n"


def _plain_project(name: str, plan: BlockPlan) -> str:
    sizes = ", ".join(map(str, plan.row_blocks))
    return (
        f"static void {name}_project(const uint8_t *x, int8_t *z)\n{{\n"
        f"    static const uint8_t sizes[] = {{{sizes}}};\n"
        f"    const uint8_t *bytes = {name}_Z;\n"
        f"    for (uint8_t b = 0; b < {len(plan.row_blocks)}; b++) {{\n"
        f"        int32_t sums[{2 * LARGEST_BLOCK}] = {{0}};\n"
        "        const uint8_t size = sizes[b];\n"
        f"        {name}_block(bytes, size, {name}_BIAS_INPUT, sums, sums + size);\n"
        f"        for (uint8_t j = 0; j < {name}_INPUT_SIZE; j++) {{\n"
        f"            {name}_block(bytes + (j + 1) * size, size, x[j], sums, sums + size);\n        }}\n"
        f"        for (uint8_t i = 0; i < 2 * size; i++) "
        f"*z++ = (int8_t)((sums[i] + {name}_Z_HALF) >> {name}_Z_SHIFT);\n"
        f"        bytes += ({name}_INPUT_SIZE + 1) * size;\n    }}\n}}\n"
    )


def _plain_add_node(name: str, plan: BlockPlan) -> str:
    sizes = ", ".join(map(str, plan.class_blocks))
    return (
        f"{_ADD_NODE.format(name=name)}\n{{\n"
        f"    static const uint8_t sizes[] = {{{sizes}}};\n"
        f"    const uint8_t *bytes = {name}_nodes + node * {name}_NODE_BYTES;\n"
        "    (void)z_sum; /* only the register kernels need it */\n"
        f"    for (uint8_t b = 0; b < {len(plan.class_blocks)}; b++) {{\n"
        f"        int32_t w[{LARGEST_BLOCK}] = {{0}}, v[{LARGEST_BLOCK}] = {{0}};\n"
        f"        for (uint8_t j = 0; j < {name}_PROJECTED; j++, bytes += sizes[b]) {{\n"
        f"            {name}_block(bytes, sizes[b], z[j], w, v);\n        }}\n"
        "        for (uint8_t i = 0; i < sizes[b]; i++) {\n"
        f"            if (v[i] > {name}_ONE) v[i] = {name}_ONE; /* the hard tanh */\n"
        f"            if (v[i] < -{name}_ONE) v[i] = -{name}_ONE;\n"
        f"            *scores++ += (int16_t)(w[i] * v[i] >> {name}_SCORE_SHIFT);\n        }}\n    }}\n}}\n"
    )


def block_kernels(graph: Graph, plan: BlockPlan, name: str) -> str:
    """Return the kernels and the invocation: registers on an AVR, plain C elsewhere."""
    deep = len(graph.tensors["theta"].values) > 0
    avr = [
        *(_node_blocks(name, size, blocks) for size, blocks in Counter(plan.class_blocks).items()),
        "/* z = (Z * [bias, x] + half) >> shift: every input feature, as a few numbers. */\n"
        + _avr_project(name, plan),
        "/* Adds one node's scores: (W z) * clip(V z), class by class. */\n" + _avr_add_node(name, plan),
    ]
    plain = [_plain_project(name, plan), _plain_add_node(name, plan)]
    shifts = "#if defined(__AVR__)\n" + _shifts(name, int(graph.tensors["z_shift"].values)) + "#endif\n"
    last = ["blocks_branch.h", "blocks_invoke.h"] if deep else ["blocks_invoke_single.h"]
    kernels = [shifts, fixed_c("blocks.h", name), "#if defined(__AVR__)\n", *avr, "#else\n", *plain, "#endif\n"]
    return "\n".join([*kernels, *(fixed_c(file, name) for file in last)])
