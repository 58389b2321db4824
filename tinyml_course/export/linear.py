"""Linear classifiers as C: sums of all classes at once, in the registers of an AVR where they fit.

A score is ``bias + weights · codes``. The weights lie column by column, so that a value is loaded once for all classes
and a value of zero skips its column. One class is dropped: its score is zero.
"""

from __future__ import annotations

from itertools import accumulate

import numpy as np

from tinyml_course.errors import ExportError
from tinyml_course.export.assembly import clobbers, join, pop_scores, quoted
from tinyml_course.export.c_text import c_integer, defines, fixed_c, table
from tinyml_course.export.features import codes_macro, encoding_c
from tinyml_course.export.program import Program
from tinyml_course.export.proof import input_codes
from tinyml_course.graph import Array, Graph, Operator
from tinyml_course.intervals import Interval, linear

#: Sums of 16 bits that the registers r4 to r21 hold.
LARGEST_BLOCK = 9
#: Blocks that are written out; more classes take loops.
MOST_BLOCKS = 4
#: Values that one loop with an 8-bit counter takes, and all loops together.
LOOP_VALUES, MOST_VALUES = 255, 2040


def linear_program(graph: Graph, name: str, optimize: str) -> Program:
    """Write a linear classifier as C.

    Raises
    ------
    ExportError
        If a sum could overflow, or for ``optimize="speed"`` where the sums do not fit into registers.
    """
    operator = graph.operators[-1]
    largest = prove_sums(graph, operator)
    weights = graph.parameter(operator, "weights")
    rows, values = weights.shape
    head = (
        defines(name, [("DROPPED", operator.integer("dropped"), "the class whose score is zero")])
        + f"/* proven: no score and no part of its sum goes beyond +-{largest:,} */\n"
    )
    encoding = encoding_c(graph, name) + codes_macro(graph, name)
    fast = (
        weights.dtype == np.int8
        and graph.tensors[graph.output].dtype == np.int16
        and rows <= LARGEST_BLOCK * MOST_BLOCKS
        and values <= MOST_VALUES
    )
    if not fast:
        if optimize == "speed":
            raise ExportError(
                "optimize='speed' keeps the sums of all classes in registers: it takes 8-bit weights, 16-bit sums, at "
                f"most {LARGEST_BLOCK * MOST_BLOCKS + 1} classes and {MOST_VALUES} inputs. Use optimize='size'."
            )
        return _loops(graph, operator, name, head + encoding)
    blocks = block_sizes(rows)
    text, table_bytes = column_table(graph, operator, blocks, name)
    kernel = register_kernel(graph, operator, blocks, name, immediate=optimize == "speed")
    if optimize == "speed":  # the weights are in the code; the table serves other processors
        text, table_bytes = f"#if !defined(__AVR__)\n{text}#endif\n", 0
    return Program((head + encoding, text, kernel), table_bytes)


def prove_sums(graph: Graph, operator: Operator) -> int:
    """Return the largest magnitude that any part of a sum can reach.

    Raises
    ------
    ExportError
        If the scores' type does not hold it.
    """
    weights, bias = graph.parameter(operator, "weights"), graph.parameter(operator, "bias")
    codes = input_codes(graph, operator)
    one = np.ones(1, np.int64)
    inputs = Interval(np.concatenate([codes.low, one]), np.concatenate([codes.high, one]))
    largest = linear(np.column_stack([weights.astype(np.int64), bias]), inputs).largest
    dtype = graph.tensors[graph.output].dtype
    if largest > np.iinfo(dtype).max:
        raise ExportError(f"A score can reach {largest:,}, more than {dtype} holds. Quantize the model again.")
    return largest


def block_sizes(rows: int) -> tuple[int, ...]:
    """Split the rows into blocks of at most nine, as equal as they can be."""
    count = -(-rows // LARGEST_BLOCK)
    return tuple((rows + k) // count for k in range(count))


def _blocks(matrix: Array, blocks: tuple[int, ...]) -> list[Array]:
    return np.split(matrix, list(accumulate(blocks))[:-1])


def column_table(graph: Graph, operator: Operator, blocks: tuple[int, ...], name: str) -> tuple[str, int]:
    """Return the table of a register kernel, and its bytes: each block's biases, then its columns."""
    weights, bias = graph.parameter(operator, "weights"), graph.parameter(operator, "bias")
    rows: list[tuple[str, Array]] = []
    for part, biases in zip(_blocks(weights, blocks), _blocks(bias, blocks), strict=True):
        rows.append((f"{len(biases)} biases, low byte first", biases.astype("<i2").view(np.int8)))
        rows.append((f"{len(biases)} weights for each of {part.shape[1]} values", part.T))
    total = sum(values.size for _, values in rows)
    return table("int8_t", f"{name}_columns[{total}]", rows, name), total


def _loops(graph: Graph, operator: Operator, name: str, head: str) -> Program:
    """The plain form: one class after the other, with sums as wide as proven."""
    weights, bias = graph.parameter(operator, "weights"), graph.parameter(operator, "bias")
    sums = c_integer(graph.tensors[graph.output].dtype)

    def read(dtype: np.dtype, array: str) -> str:
        width = 8 * dtype.itemsize
        return f"(({c_integer(dtype)}){name}_read{'' if width == 8 else f'_{width}'}(&{name}_{array}[k]))"

    text = (
        table(
            c_integer(weights.dtype),
            f"{name}_weights[{weights.size}]",
            [("class by class, without one", weights)],
            name,
        )
        + table(c_integer(bias.dtype), f"{name}_bias[{bias.size}]", [("of the same classes", bias)], name)
        + f"typedef {sums} {name}_sum_t;\n"
        + f"#define {name}_weight(k) {read(weights.dtype, 'weights')}\n"
        + f"#define {name}_bias_of(k) {read(bias.dtype, 'bias')}\n"
    )
    size = weights.nbytes + bias.nbytes
    return Program((head, text, fixed_c("linear_loops.h", name), fixed_c("classify.h", name)), size)


def _column_loops(size: int, values: int) -> list[str]:
    """All columns of one block: Z reads its table, X the values; r22 holds a weight, r23 a value, r3 counts."""
    lines = [join(f"lpm r{low}, Z+", f"lpm r{low + 1}, Z+") for low in sum_registers(size)]
    for start in range(0, values, LOOP_VALUES):
        lines += [
            join(f"ldi r22, {min(values - start, LOOP_VALUES)}", "mov r3, r22", "rjmp 1f"),
            join(f"3: adiw r30, {size}", "dec r3", "breq 4f"),
            join("1: ld r23, X+", "tst r23", "breq 3b"),
            *(
                join("lpm r22, Z+", "mulsu r22, r23", f"add r{low}, r0", f"adc r{low + 1}, r1")
                for low in sum_registers(size)
            ),
            join("dec r3", "brne 1b"),
            "4:",
        ]
    return lines


def _column_code(weights: Array, bias: Array) -> list[str]:
    """The same with the weights as constants in the code; what is zero takes none. r3 is zero."""
    lines, skipped = ["clr r3"], 0
    for low, value in zip(sum_registers(len(bias)), bias.tolist(), strict=True):
        lines += [
            join(f"ldi r22, {byte}", f"mov r{r}, r22") for r, byte in ((low, value & 255), (low + 1, value >> 8 & 255))
        ]
    for column in weights.T.tolist():
        if not any(column):
            skipped += 1
            continue
        lines += _skip(skipped)
        skipped = 0
        lines.append(join("ld r23, X+", "tst r23", "breq 1f"))
        for low, weight in zip(sum_registers(len(bias)), column, strict=True):
            if abs(weight) == 1:
                add, carry = ("add", "adc") if weight > 0 else ("sub", "sbc")
                lines.append(join(f"{add} r{low}, r23", f"{carry} r{low + 1}, r3"))
            elif weight:
                lines.append(join(f"ldi r22, {weight}", "mulsu r22, r23", f"add r{low}, r0", f"adc r{low + 1}, r1"))
        lines.append("1:")
    return lines + _skip(skipped)


def _skip(values: int) -> list[str]:
    """Leave out values that have no weights."""
    if not values:
        return []
    return [f"adiw r26, {values}" if values < 64 else join(f"subi r26, lo8(-{values})", f"sbci r27, hi8(-{values})")]


def sum_registers(size: int) -> range:
    """The lower register of each sum; the last one ends at r21."""
    return range(22 - 2 * size, 22, 2)


def _push(blocks: tuple[int, ...], dropped: int) -> list[list[str]]:
    """For each block the instructions that push the scores of its classes; the dropped class's score is r1, zero."""
    ends = list(accumulate(blocks))
    pushes: list[list[str]] = [["clr r1"] for _ in blocks]
    for row in range(ends[-1] + 1):  # the row behind the last one stands for a dropped last class
        block = next((b for b, end in enumerate(ends) if row < end), len(blocks) - 1)
        if row == dropped:
            pushes[block].append(join("push r1", "push r1"))
        if row < ends[-1]:
            low = sum_registers(blocks[block])[row - ends[block] + blocks[block]]
            pushes[block].append(join(f"push r{low + 1}", f"push r{low}"))
    return pushes


def _avr_kernel(graph: Graph, operator: Operator, blocks: tuple[int, ...], name: str, *, immediate: bool) -> str:
    """The function that finds all scores, as a register kernel."""
    weights, bias = graph.parameter(operator, "weights"), graph.parameter(operator, "bias")
    pushes = _push(blocks, operator.integer("dropped"))
    body: list[str] = []
    for b, (part, biases) in enumerate(zip(_blocks(weights, blocks), _blocks(bias, blocks), strict=True)):
        if b:  # the values again
            body.append(join(f"subi r26, lo8({part.shape[1]})", f"sbci r27, hi8({part.shape[1]})"))
        body += [*(_column_code(part, biases) if immediate else _column_loops(len(biases), part.shape[1])), *pushes[b]]
    body += ["movw r30, %[output]", *pop_scores(len(bias) + 1, 2, signed=True)]
    changed = [0, 3, *range(min(18, sum_registers(max(blocks))[0]), 24)]
    table = "0" if immediate else f"{name}_columns"
    return (
        f"static __attribute__((noinline)) uint8_t {name}_run(const uint8_t *x, {name}_output_t *output)\n{{\n"
        f"    const int8_t *z = {table}; /* in the end, the class */\n"
        f"    __asm__ volatile(\n        {quoted(body)}\n"
        '        : "+&x"(x), "+&z"(z)\n'
        '        : [output] "r"(output)\n'
        f"        : {clobbers(changed)});\n"
        "    return (uint8_t)(uint16_t)z;\n}\n"
    )


def register_kernel(graph: Graph, operator: Operator, blocks: tuple[int, ...], name: str, *, immediate: bool) -> str:
    """Return the function that finds all scores: registers on an AVR, plain C elsewhere."""
    avr = _avr_kernel(graph, operator, blocks, name, immediate=immediate)
    sizes = ", ".join(map(str, blocks))
    plain = f"static const uint8_t {name}_blocks[] = {{{sizes}}};\n" + fixed_c("linear_columns.h", name)
    return f"#if defined(__AVR__)\n{avr}#else\n{plain}#endif\n\n" + fixed_c("linear_invoke.h", name)
