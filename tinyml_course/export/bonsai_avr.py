"""Bonsai's register kernels for the AVR. Their macros, with what they mean, are in ``export/c/blocks_avr.h``."""

from __future__ import annotations

from itertools import groupby

from tinyml_course.export.c_text import fixed_c
from tinyml_course.graph import Graph

#: One statement holds r2 to r25, X, Y and Z, so what must outlive a block waits on the stack.
_SAVE = '"push r24 \\n\\t push r25 \\n\\t push r26 \\n\\t push r27 \\n\\t"'
_RESTORE = '"pop r27 \\n\\t pop r26 \\n\\t pop r25 \\n\\t pop r24 \\n\\t"'


def _registers(size: int) -> list[str]:
    """Four registers for each byte of a block."""
    return [f"{r}, {r + 1}, {r + 2}, {r + 3}" for r in range(2, 2 + 4 * size, 4)]


def clobbers(last: int) -> str:
    """Clobber list of r0 and r2 up to a register."""
    names = [f'"r{r}"' for r in [0, *range(2, last + 1)]]
    rows = [", ".join(names[start : start + 12]) for start in range(0, len(names), 12)]
    return ",\n          ".join(rows)


def _input_columns(name: str, size: int, extra: str) -> list[str]:
    """The loop over the bias and the inputs; an input of zero skips its bytes."""
    return [
        '"ldi r24, %[count] \\n\\t ldi r23, %[bias] \\n\\t rjmp 2f \\n\\t"',
        f'"3: adiw r30, {size} \\n\\t dec r24 \\n\\t breq 4f \\n\\t"',
        '"1: ld r23, X+ \\n\\t tst r23 \\n\\t breq 3b \\n\\t 2: \\n\\t"',
        *(f"{name}_UNSIGNED_PAIR({r})" for r in _registers(size)),
        *([extra] if extra else []),
        '"dec r24 \\n\\t brne 1b \\n\\t 4: \\n\\t"',
    ]


def _z_columns(name: str, size: int) -> list[str]:
    """The loop over z, up to the zero behind its end. Only where a value is zero, the end is looked for."""
    return [
        '"mov r24, r26 \\n\\t subi r24, lo8(-(%[count] + 1)) \\n\\t rjmp 2f \\n\\t 1: \\n\\t"',
        *(f"{name}_PAIR({r})" for r in _registers(size)),
        '"2: ld r23, X+ \\n\\t tst r23 \\n\\t brne 1b \\n\\t"',
        f'"cp r26, r24 \\n\\t breq 4f \\n\\t adiw r30, {size} \\n\\t rjmp 2b \\n\\t 4: \\n\\t"',
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
    rewind = [] if last else ['"subi r26, lo8(%[inputs]) \\n\\t sbci r27, hi8(%[inputs]) \\n\\t"']
    return [*begin, *_input_columns(name, size, extra), *end, *rewind]


def _project(name: str, blocks: tuple[int, ...]) -> str:
    """The projection: block after block over all inputs, and a zero behind the last z."""
    count = len(blocks)
    body = [
        line for i, size in enumerate(blocks) for line in _project_block(name, size, first=i == 0, last=i == count - 1)
    ]
    lines = "\n        ".join([*body, '"clr r1 \\n\\t st Y+, r1"'])
    return (
        "/* z = (Z * [bias, x] + half) >> shift: every input feature, as a few numbers. */\n"
        f"{name}_KERNEL void {name}_project(const uint8_t *x, int8_t *z)\n{{\n"
        f"    const uint8_t *weights = {name}_Z;\n"
        f"    __asm__ volatile(\n        {lines}\n"
        '        : "+z"(weights), "+x"(x), "+y"(z)\n'
        f'        : [count] "M"({name}_INPUT_SIZE + 1), [inputs] "M"({name}_INPUT_SIZE), '
        f'[bias] "M"({name}_BIAS_INPUT),\n'
        f'          [half] "M"({name}_Z_HALF), [round] "i"(-16 * {name}_Z_HALF)\n'
        f'        : {clobbers(25)}, "memory");\n}}\n'
    )


def _node_blocks(name: str, size: int, repeats: int) -> list[str]:
    """Some classes of one node over all projected features, added to the scores."""
    each = _registers(size)
    body = [
        _SAVE,
        *(f"{name}_START({r})" for r in each),
        *_z_columns(name, size),
        '"clr r25 \\n\\t"',
        *(f"{name}_GATE({r}, {2 * i}, {2 * i + 1})" for i, r in enumerate(each)),
        _RESTORE,
        f'"adiw r28, {2 * size} \\n\\t"',
    ]
    if repeats == 1:
        return body
    return [
        f'"ldi r22, {repeats} \\n\\t 7: push r22 \\n\\t"',
        *body,
        '"pop r22 \\n\\t dec r22 \\n\\t breq 8f \\n\\t rjmp 7b \\n\\t 8: \\n\\t"',
    ]


def _at_node(name: str, table: str, size: int) -> str:
    high = f"{name}_{'NO' if size < 256 else 'AND'}_HIGH"
    return f"{name}_AT_NODE({table}, {table}_bytes, {high})"


def _branch(name: str, theta_bytes: int) -> list[str]:
    """The sign of theta z, a few bytes in each round of the loop."""
    at_once = next(count for count in (3, 2, 1) if theta_bytes % count == 0)
    return [
        _at_node(name, "theta", theta_bytes),
        f"{name}_BRANCH_START({theta_bytes // at_once})",
        *[f"{name}_BRANCH_BYTE"] * at_once,
        f"{name}_BRANCH_END",
    ]


def _tree(name: str, blocks: tuple[int, ...], *, depth: int, projected: int) -> str:
    """The way from the root to a leaf: the scores of a node, then which child comes next."""
    classes = sum(blocks)
    node = [
        _at_node(name, "nodes", classes * projected),
        *(line for size, run in groupby(blocks) for line in _node_blocks(name, size, len(list(run)))),
    ]
    body = [f"{name}_SUM_UP_Z", '"clr r23 \\n\\t"', *node]
    if depth:
        body = [
            f"{name}_SUM_UP_Z",
            f'"clr r23 \\n\\t ldi r22, {depth + 1} \\n\\t 9: push r22 \\n\\t push r23 \\n\\t"',
            *node,
            f'"subi r28, {2 * classes} \\n\\t sbci r29, 0 \\n\\t"',
            '"clr r1 \\n\\t pop r23 \\n\\t pop r22 \\n\\t dec r22 \\n\\t breq 8f \\n\\t"',
            *_branch(name, projected // 2),
            '"rjmp 9b \\n\\t 8: \\n\\t"',
        ]
    lines = "\n        ".join([*body, '"clr r1"'])
    theta = f',\n          [theta] "i"({name}_theta), [theta_bytes] "i"({name}_THETA_BYTES)' if depth else ""
    return (
        "/* Adds the scores of every node on the way from the root to a leaf: (W z) * clip(V z), class by class. */\n"
        f"{name}_KERNEL void {name}_tree(const int8_t *z, int16_t *scores)\n{{\n"
        f"    __asm__ volatile(\n        {lines}\n"
        '        : "+x"(z), "+y"(scores)\n'
        f'        : [count] "M"({name}_PROJECTED), [one] "M"({name}_ONE), [two] "M"(2 * {name}_ONE),\n'
        f'          [top] "M"(2 * {name}_ONE + 1), [nodes] "i"({name}_nodes), '
        f'[nodes_bytes] "i"({name}_NODE_BYTES){theta}\n'
        f'        : {clobbers(25)}, "r30", "r31", "memory");\n}}\n'
    )


def shifts(name: str, shift: int) -> str:
    """Return the macros that bring z into the upper byte, r23."""

    def text(left: int) -> str:
        if left == 4:  # half a byte: swap the halves instead
            return '"swap r22 \\n\\t swap r23 \\n\\t andi r22, 15 \\n\\t andi r23, 240 \\n\\t or r23, r22 \\n\\t"'
        steps = ["lsl r22 \\n\\t rol r23 \\n\\t"] * left + ["asr r23 \\n\\t"] * -left
        return " ".join(f'"{step}"' for step in steps) or '""'

    return f"#define {name}_SHIFT_HIGH {text(4 - shift)}\n#define {name}_SHIFT_LOW {text(8 - shift)}\n"


def avr_kernels(graph: Graph, name: str, row_blocks: tuple[int, ...], class_blocks: tuple[int, ...]) -> str:
    """Return the projection and the tree as register kernels.

    Parameters
    ----------
    graph : Graph
        A Bonsai that the fast form is exact for.
    name : str
        The sketch's name.
    row_blocks, class_blocks : tuple of int
        Bytes of each block, of the projection and of a node.
    """
    depth = (len(graph.tensors["theta"].values) + 1).bit_length() - 1
    parts = [
        shifts(name, int(graph.tensors["z_shift"].values)),
        fixed_c("blocks_avr.h", name),
        _project(name, row_blocks),
        _tree(name, class_blocks, depth=depth, projected=len(graph.tensors["Z"].values)),
    ]
    return "\n".join(parts)
