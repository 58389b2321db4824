"""Bonsai with its weights as code for an AVR: more flash, about half the cycles."""

from __future__ import annotations

from itertools import accumulate

from tinyml_course.export.bonsai_avr import clobbers, shifts
from tinyml_course.export.c_text import fixed_c
from tinyml_course.export.multiples import multiply_add
from tinyml_course.export.proof import projection_inputs
from tinyml_course.graph import Array, Graph
from tinyml_course.intervals import Interval, linear

#: Sums that fit into the registers at the same time.
SUMS = 10
#: Words that a conditional branch reaches.
REACH = 60
#: Instructions on one line of text.
PER_LINE = 5
Place = tuple[int, int]


def _places(count: int) -> list[Place]:
    """Low and high register of each sum."""
    return [(2 + 2 * i, 3 + 2 * i) for i in range(count)]


def _groups(count: int, most: int) -> list[range]:
    """Split into as few groups as possible, as equal as that allows."""
    groups = -(-count // most)
    ends = list(accumulate((count + i) // groups for i in range(groups)))
    return [range(start, end) for start, end in zip([0, *ends], ends, strict=False)]


def _line(*instructions: str, comment: str = "") -> str:
    """One statement's text: a few instructions on each line."""
    lines = [instructions[start : start + PER_LINE] for start in range(0, len(instructions), PER_LINE)]
    texts = ['"' + "".join(f"{instruction} \\n\\t " for instruction in line).rstrip() + '"' for line in lines]
    texts[0] += f" /* {comment} */" if comment else ""
    return "\n        ".join(texts)


def _skipping(instructions: list[str]) -> list[str]:
    """Instructions that a value of zero, in r22, jumps over."""
    if not instructions:
        return []
    jump = ["breq 1f"] if len(instructions) <= REACH else ["brne 2f", "rjmp 1f", "2:"]
    return ["tst r22", *jump, *instructions, "1:"]


def _back(count: int) -> str:
    return _line(f"subi r26, lo8({count})", f"sbci r27, hi8({count})")


def _project(graph: Graph, name: str) -> str:
    """The projection: for each input, its products are added to all sums of a group."""
    Z, shift = graph.tensors["Z"].values, int(graph.tensors["z_shift"].values)
    inputs, half = projection_inputs(graph), (1 << shift) >> 1
    bias, limits = int(inputs.high[0]), inputs.high[1:]
    groups = _groups(len(Z), SUMS)
    lines: list[str] = []
    for group in groups:
        rows, places = Z[list(group)], _places(len(group))
        lines += [
            f"{name}_SUM({low}, {high}, {int(row[0]) * bias + half})"
            for row, (low, high) in zip(rows, places, strict=True)
        ]
        for j, limit in enumerate(limits):
            products = multiply_add(rows[:, 1 + j].tolist(), places, int(limit), signed=False)
            lines.append(_line("ld r22, X+", *_skipping(products), comment=f"x[{j}]"))
        lines += [f"{name}_Z({low}, {high})" for low, high in places]
        if group is not groups[-1]:
            lines.append(_back(len(limits)))
    body = "\n        ".join(lines)
    return (
        "/* z = (Z * [bias, x] + half) >> shift: every input feature, as a few numbers. */\n"
        f"{name}_KERNEL void {name}_project(const uint8_t *x, int8_t *z)\n{{\n"
        f'    __asm__ volatile(\n        {body}\n        : "+x"(x), "+y"(z)\n        :\n'
        f'        : {clobbers(25)}, "r30", "r31", "memory");\n}}\n'
    )


def _node(name: str, W: Array, V: Array, limits: Array, *, root: bool) -> list[str]:
    """One node: half of the classes after the other, W z and V z of each."""
    lines: list[str] = []
    classes, count = W.shape
    groups = _groups(classes, SUMS // 2)
    for group in groups:
        places = _places(2 * len(group))
        first, second = places[0::2], places[1::2]
        lines.append(_line("ldi r24, %[one]", "ldi r25, 0", "ldi r30, 0", "ldi r31, 0"))
        lines.append(_line(*(f"movw r{low}, r30" for low, _ in first), *(f"movw r{low}, r24" for low, _ in second)))
        for j in range(count):
            weights = [int(matrix[c, j]) for matrix in (W, V) for c in group]
            products = multiply_add(weights, [*first, *second], int(limits[j]), signed=True)
            lines.append(_line("ld r22, X+", *products, comment=f"z[{j}]"))
        lines.append(_line("clr r25"))
        for i, (a, b) in enumerate(zip(first, second, strict=True)):
            kind = "FIRST" if root else "NEXT"
            score = 2 * (group[0] + i)
            lines.append(f"{name}_{kind}({a[0]}, {a[1]}, {b[0]}, {b[1]}, {score}, {score + 1})")
        lines.append(_back(count))
    return lines


def _branch(theta: Array, right: str) -> list[str]:
    """The sign of theta z: a sum that is not positive goes right."""
    lines = [_line("clr r2", "clr r3")]
    for j, weight in enumerate(theta.tolist()):
        product = [f"ldi r23, {weight}", "muls r22, r23", "add r2, r0", "adc r3, r1"]
        lines.append(_line("ld r22, X+", *(product if weight else []), comment=f"z[{j}]"))
    lines.append(_back(len(theta)))
    lines.append(_line("clr r1", "cp r1, r2", "cpc r1, r3", "brlt 1f", f"jmp {right}", "1:"))
    return lines


def _tree(graph: Graph, name: str, z: Interval) -> str:
    """Every node as code, each before the left child and that before the right one."""
    W, V, theta = (graph.tensors[key].values for key in ("W", "V", "theta"))
    limits = abs(z.low).clip(min=abs(z.high))

    def label(node: int | str) -> str:
        return f".L{name}_{node}_%="

    def subtree(node: int) -> list[str]:
        lines = [f"/* node {node} */", _line(f"{label(node)}:")]
        lines += _node(name, W[node], V[node], limits, root=node == 0)
        if node >= len(theta):
            return [*lines, _line(f"jmp {label('end')}")]
        left, right = 2 * node + 1, 2 * node + 2
        return [*lines, *_branch(theta[node], label(right)), *subtree(left), *subtree(right)]

    body = "\n        ".join([*subtree(0), _line(f"{label('end')}:", "clr r1")])
    return (
        "/* The scores of every node on the way from the root to a leaf: (W z) * clip(V z), class by class. */\n"
        f"{name}_KERNEL void {name}_tree(const int8_t *z, int16_t *scores)\n{{\n"
        f'    __asm__ volatile(\n        {body}\n        : "+x"(z), "+y"(scores)\n'
        f'        : [one] "M"({name}_ONE), [two] "M"(2 * {name}_ONE), [top] "M"(2 * {name}_ONE + 1)\n'
        f'        : {clobbers(25)}, "r30", "r31", "memory");\n}}\n'
    )


def code_kernels(graph: Graph, name: str) -> str:
    """Return the projection and the tree with their weights as code, for an AVR.

    Parameters
    ----------
    graph : Graph
        A Bonsai that the fast form is exact for.
    name : str
        The sketch's name.
    """
    Z, shift = graph.tensors["Z"].values, int(graph.tensors["z_shift"].values)
    z = linear(Z, projection_inputs(graph)).shift_right(shift)
    parts = [shifts(name, shift), fixed_c("code_avr.h", name), _project(graph, name), _tree(graph, name, z)]
    return "\n".join(parts)
