"""Small convolutions as one step: encoding, convolution and pooling, 1x1 convolutions place by place, and a mean.

What one place of the image gives stays in a few bytes: a 1x1 convolution reads it at once, and a mean adds it up.
"""

from __future__ import annotations

import math

import numpy as np

from tinyml_course.export.c_text import fixed_c, table
from tinyml_course.export.conv import ConvStage
from tinyml_course.export.conv_avr import (
    conv_lines,
    depthwise_lines,
    fill_lines,
    pooled_conv_lines,
    requantize_lines,
    rows_lines,
)
from tinyml_course.export.conv_chain import ConvChain, find_conv_chain
from tinyml_course.export.dense import CODE_OFFSET, encode_table, narrow_c
from tinyml_course.export.dense_avr import lookup
from tinyml_course.export.narrow_avr import Line, asm_statement
from tinyml_course.export.network import Network, Places, Step, fuser

_BYTE = np.dtype(np.uint8)


def _tables(network: Network, chain: ConvChain, index: int) -> tuple[list[str], int]:
    """Tables of a step, and the bytes of those that an AVR needs."""
    name, texts, total = network.name, [], 0
    if chain.encode is not None:
        _, text, size = encode_table(network, chain.encode, index)
        texts.append(text)
        total += size
    for k, stage in enumerate(chain.stages):
        constants, form = stage.narrow.table(), stage.narrow.form
        low, high = int(stage.narrow.reach.low.min()), int(stage.narrow.reach.high.max())
        title = f"{form.multiplier_bytes} bytes of multiplier, {form.rounding[1]} of rounding, channel after channel"
        texts.append(
            f"/* Proven: the convolution's sums stay within {low:,} and {high:,}, and the requantization is exact for\n"
            f"   all of them. {constants.size} bytes */\n"
            + table("uint8_t", f"{name}_scales_{index}_{k}[{constants.size}]", [(title, constants)], name)
        )
        total += constants.size
        weights = table(
            "uint8_t",
            f"{name}_weights_{index}_{k}[{stage.weights.size}]",
            [(f"output {o}", stage.weights[o] & 255) for o in range(stage.outputs)],
            name,
        )
        biases = table(
            "int32_t", f"{name}_biases_{index}_{k}[{stage.outputs}]", [("with their rounding", stage.biases)], name
        )
        texts.append(f"#if !{name}_REGISTERS /* on an AVR these are code */\n{weights}{biases}#endif\n")
    if chain.mean is not None:
        constants = chain.mean.narrow.table()
        texts.append(table("uint8_t", f"{name}_mean_{index}[{constants.size}]", [("the mean", constants)], name))
        total += constants.size
    if chain.stages[0].tested:
        stage = chain.stages[0]
        rows = [("rows", np.array(stage.inside(0))), ("columns, times 16", np.array(stage.inside(1)) << 4)]
        size = sum(values.size for _, values in rows)
        text = table("uint8_t", f"{name}_inside_{index}[{size}]", rows, name)
        texts.append(
            f"#if {name}_REGISTERS /* which rows and columns of a window lie inside the image */\n{text}#endif\n"
        )
        total += size
    return texts, total


def _operands(network: Network, chain: ConvChain, index: int, places: Places) -> dict[str, str]:
    operands = chain.places(places.scratch_of(_BYTE))
    operands["raw"] = f"{network.name}_bytes_{index}"
    operands["mean"] = f"{network.name}_mean_{index}"
    operands["target"] = places.of(chain.target)
    return operands | {f"scales{k}": f"{network.name}_scales_{index}_{k}" for k in range(len(chain.stages))}


def _copy_lines(chain: ConvChain) -> list[Line]:
    """Bring the image at X into its place between the borders."""
    assert chain.border is not None
    (height, width, channels), stage = chain.image, chain.stages[0]
    first = chain.border[0] * stage.pitch + chain.border[1] * channels
    one = "ld r20, X+; subi r20, 128; st Y+, r20"
    lines: list[Line] = []
    if chain.encode is not None:
        one = lookup("raw", chain.encode.integer("minimum"), chain.entries)
        lines.append(("ldi r31, hi8(%[raw])", ""))
    return [*lines, *rows_lines("image", first, height, width * channels, stage.pitch - width * channels, one)]


def _indent(text: str, levels: int) -> str:
    return "\n".join(" " * 4 * levels + line if line and line[0] != "#" else line for line in text.split("\n"))


def _place_lines(chain: ConvChain) -> list[Line]:
    """Everything for one place: X points at its window, r30 tells what of that lies inside."""
    first = chain.stages[0]
    sums_of = depthwise_lines if first.per_channel else pooled_conv_lines if first.pool != (1, 1) else conv_lines
    lines: list[Line] = [("movw r28, r26", "Y: the window"), *sums_of(first, "sums")]
    here = "even"
    for k, stage in enumerate(chain.stages[1:], 1):
        before = chain.stages[k - 1]
        lines += _point_to("sums", here)
        lines += requantize_lines(before.narrow, before.base, before.outputs, f"scales{k - 1}")
        lines.append((f"ldi r28, lo8(%[{here}]); ldi r29, hi8(%[{here}])", "Y: the results"))
        lines += conv_lines(stage, "sums")
        here = "odd" if here == "even" else "even"
    last = chain.stages[-1]
    if chain.mean is not None:
        lines += _point_to("sums", "totals")
        scales = f"scales{len(chain.stages) - 1}"
        lines += requantize_lines(last.narrow, last.base, last.outputs, scales, add_to_sums=True)
    return lines


def _point_to(x: str, y: str) -> list[Line]:
    return [(f"ldi r26, lo8(%[{x}]); ldi r27, hi8(%[{x}]); ldi r28, lo8(%[{y}]); ldi r29, hi8(%[{y}])", "")]


def _registers_c(network: Network, chain: ConvChain, index: int, places: Places) -> tuple[str, str, str, str]:
    """C for the register kernels: before the loops, at each place, behind each row, behind the loops."""
    operands = _operands(network, chain, index, places)
    first, last = chain.stages[0], chain.stages[-1]
    before = [f"const void *x = {places.of(chain.source)};"]
    fills: list[Line] = []
    if chain.border is not None and chain.buffer_bytes > math.prod(chain.image):
        fills += fill_lines("image", chain.buffer_bytes, first.zero)
    if chain.mean is not None:
        fills += fill_lines("totals", 2 * last.outputs, 0)
    lines: list[Line] = [("movw r20, r26", ""), *fills, ("movw r26, r20", "")] if fills else []
    if chain.border is not None:
        lines += _copy_lines(chain)
    if lines:
        before.append(asm_statement(lines, '"+x"(x)', operands, free=(30, 31)))
    (down, right), (pool_down, pool_right) = first.position_steps, first.pool_strides
    start = first.start[0] * first.pitch + first.start[1] * first.shape[2]
    image = operands["image"] if chain.border is not None else "x"
    before.append(f"uint16_t window = (uint16_t)(uintptr_t)({image}) - {start};")
    each = ["uint16_t at = window;"]
    outputs = '"+x"(at)'
    if first.tested:
        inside, rows = f"{network.name}_inside_{index}", chain.stages[0].places_out[0]
        each.append(
            f"uint16_t inside = {network.name}_read({inside} + row) | {network.name}_read({inside} + {rows} + column);"
        )
        outputs += ', "+z"(inside)'
    each.append(asm_statement(_place_lines(chain), outputs, operands, free=() if first.tested else (30, 31)))
    after: list[str] = []
    if chain.mean is None:
        before.append(f"void *y = {places.of(chain.target)};")
        lines = [("movw r28, r26; ldi r26, lo8(%[sums]); ldi r27, hi8(%[sums])", "Y: the results")]
        lines += requantize_lines(last.narrow, last.base, last.outputs, f"scales{len(chain.stages) - 1}")
        lines.append(("movw r26, r28", ""))
        each.append(asm_statement(lines, '"+x"(y)', operands, free=(30, 31)))
    else:
        mean = chain.mean
        lines = _point_to("totals", "target")
        lines += requantize_lines(mean.narrow, mean.base, last.outputs, "mean", mean_offset=mean.offset)
        after.append(asm_statement(lines, "", operands, free=(26, 27, 30, 31)))
    each.append(f"window += {right * pool_right};")
    row = f"window += {down * pool_down - right * pool_right * first.places_out[1]};"
    return "\n".join(before), "\n".join(each), row, "\n".join(after)


def _conv_c(stage: ConvStage, name: str, variable: str) -> str:
    fields = (
        *stage.shape,
        stage.outputs,
        stage.per_channel,
        *stage.weights.shape[1:3],
        *stage.strides,
        *stage.dilations,
        *stage.start,
        *stage.pool,
        *stage.pool_strides,
        CODE_OFFSET if stage.codes else 0,
        stage.zero,
    )
    return f"static const {name}_conv_t {variable} = {{{', '.join(map(str, fields))}}};"


def _plain_c(network: Network, chain: ConvChain, index: int, places: Places) -> tuple[str, str, str]:
    """The same in plain C: before the loops, at each place, behind the loops."""
    name, own = network.name, chain.places(places.scratch_of(_BYTE))
    first, last = chain.stages[0], chain.stages[-1]
    before = []
    for k, stage in enumerate(chain.stages):
        before.append(_conv_c(stage, name, f"conv_{k}"))
        before.append(narrow_c(stage.narrow, stage.base, name, f"form_{k}"))
    image, source = f"(const uint8_t *)({places.of(chain.source)})", places.of(chain.source)
    if chain.border is not None:
        (height, width, channels), (top, left) = chain.image, chain.border
        image = own["image"]
        raw = f"({source})[i]"
        value = f"(uint8_t)({raw} + {CODE_OFFSET})"
        if chain.encode is not None:
            value = f"{name}_read({name}_bytes_{index} + ({raw} - {chain.encode.integer('minimum')}))"
        row = f"(i / {width * channels} + {top}) * {first.pitch}"
        before.append(f"for (uint16_t i = 0; i < {chain.buffer_bytes}; i++) ({image})[i] = {first.zero};")
        before.append(
            f"for (uint16_t i = 0; i < {height * width * channels}; i++) "
            f"({image})[{row} + i % {width * channels} + {left * channels}] = {value};"
        )
    if chain.mean is not None:
        before.append(f"uint16_t totals[{last.outputs}] = {{0}};")
    each, values, here = [], image, "even"
    for k in range(len(chain.stages)):
        final = k == len(chain.stages) - 1 and chain.mean is None
        target = f"(uint8_t *)({places.of(chain.target)}) + (row * {first.places_out[1]} + column) * {last.outputs}"
        where = "row, column" if k == 0 else "0, 0"
        tables = ", ".join(f"{name}_{part}_{index}_{k}" for part in ("weights", "biases", "scales"))
        results = target if final else own[here]
        each.append(f"{name}_place(&conv_{k}, &form_{k}, {tables}, {values}, {where}, {results});")
        values, here = own[here], "odd" if here == "even" else "even"
    after = []
    if chain.mean is not None:
        each.append(f"for (uint8_t o = 0; o < {last.outputs}; o++) totals[o] = (uint16_t)(totals[o] + ({values})[o]);")
        after.append(narrow_c(chain.mean.narrow, chain.mean.base, name, "mean"))
        after.append(
            f"for (uint8_t o = 0; o < {last.outputs}; o++) ((uint8_t *)({places.of(chain.target)}))[o] = "
            f"{name}_narrow(&mean, {name}_mean_{index}, (int32_t)totals[o] + {chain.mean.offset});"
        )
    return "\n".join(before), "\n".join(each), "\n".join(after)


def _call(network: Network, chain: ConvChain, index: int, places: Places) -> str:
    before, each, row, after = _registers_c(network, chain, index, places)
    plain_before, plain_each, plain_after = _plain_c(network, chain, index, places)
    rows, columns = chain.stages[0].places_out

    def either(registers: str, plain: str, levels: int) -> str:
        parts = [f"#if {network.name}_REGISTERS"] + [_indent(registers, levels)] * bool(registers)
        parts += ["#else", _indent(plain, levels)] * bool(plain)
        return "\n".join([*parts, "#endif"])

    return "\n".join(
        [
            "{",
            either(before, plain_before, 1),
            f"    for (uint8_t row = 0; row < {rows}; row++) {{",
            f"        for (uint8_t column = 0; column < {columns}; column++) {{",
            either(each, plain_each, 3),
            "        }",
            either(row, "", 2),
            "    }",
            *([either(after, plain_after, 1)] if after else []),
            "}",
        ]
    )


@fuser
def conv_chain(network: Network, index: int) -> Step | None:
    """Write a small convolution, and what is computed place by place behind it, as one step."""
    chain = find_conv_chain(network, index)
    if chain is None:
        return None
    texts, total = _tables(network, chain, index)
    first = chain.stages[0]
    parts = ["depthwise convolution" if first.per_channel else "convolution"]
    parts += ["the largest sum of each pool"] if first.pool != (1, 1) else []
    parts += ["1x1 convolution"] * (len(chain.stages) - 1) + ["mean"] * (chain.mean is not None)
    return Step(
        title=f"In registers, place by place: {', '.join(parts)}",
        call=lambda places: _call(network, chain, index, places),
        count=chain.count,
        tables=tuple(texts),
        table_bytes=total,
        kernels=tuple(fixed_c(file, network.name) for file in ("narrow_plain.h", "conv_plain.h")),
        scratch_bytes=chain.scratch_bytes,
    )
