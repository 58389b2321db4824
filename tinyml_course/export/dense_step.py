"""Dense layers that follow each other, and the encoding before them, as one step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tinyml_course.export.c_text import fixed_c
from tinyml_course.export.dense import (
    CODE_OFFSET,
    DenseLayer,
    encode_table,
    layer_table,
    narrow_c,
    plan_dense,
    raw_encode,
)
from tinyml_course.export.dense_avr import copy_lines, dense_lines, encode_lines
from tinyml_course.export.narrow_avr import Line, asm_statement
from tinyml_course.export.network import Network, Places, Step, fuser
from tinyml_course.graph import Operator


@dataclass(frozen=True)
class DenseChain:
    """Operators that one step computes: perhaps an encode_input, then dense layers.

    Parameters
    ----------
    encode : Operator or None
        What gives the first layer its codes; None where they lie in memory.
    layers : tuple of DenseLayer
        At least one.
    count : int
        Operators, reshapes among them.
    source, target : str
        Tensors that it reads and writes.
    """

    encode: Operator | None
    layers: tuple[DenseLayer, ...]
    count: int
    source: str
    target: str


def find_chain(network: Network, index: int) -> DenseChain | None:
    """Return the longest chain from an operator on that the register kernels can compute, or None."""
    operators = network.graph.operators
    position = index
    encode = None
    if operators[index].kind == "encode_input":
        encode = raw_encode(network, operators[index])
        if encode is None:
            return None
        position += 1
    found: list[Operator] = []
    layers: list[DenseLayer] = []
    end = index
    while position < len(operators):
        operator = operators[position]
        if position > index and not network.follows(position - 1, operators[position - 1].kind, operator.kind):
            break
        if operator.kind == "fully_connected":
            layer = plan_dense(network, operator)
            if layer is None:
                break
            found.append(operator)
            layers.append(layer)
            end = position + 1
        elif operator.kind != "reshape" or (not found and encode is None):
            break
        position += 1
    if not found:
        return None
    layers[:-1] = [replace(layer, base=layer.base + CODE_OFFSET) for layer in layers[:-1]]
    source = operators[index].inputs[0]
    return DenseChain(encode, tuple(layers), end - index, source, found[-1].outputs[0])


def _tables(network: Network, chain: DenseChain, index: int) -> tuple[list[str], int]:
    """Tables of a chain, and their bytes."""
    name = network.name
    texts, total = [], 0
    if chain.encode is not None:
        _, text, size = encode_table(network, chain.encode, index)
        texts.append(text)
        total += size
    for k, layer in enumerate(chain.layers):
        text, size = layer_table(network, layer, f"{name}_dense_{index + k}")
        texts.append(text)
        total += size
    return texts, total


def _assembly(network: Network, chain: DenseChain, index: int, places: Places, offsets: Sequence[int]) -> str:
    """The whole chain as one asm statement."""
    name, layers = network.name, chain.layers
    scratch = places.scratch_of(np.dtype(np.uint8))
    operands = {f"v{k}": f"{scratch} + {offset}" for k, offset in enumerate(offsets)}
    operands[f"v{len(layers)}"] = places.of(chain.target)
    operands |= {f"w{k}": f"{name}_dense_{index + k}" for k in range(len(layers))}
    lines: list[Line] = []
    if chain.encode is None:
        lines += copy_lines("v0", layers[0].count)
    else:
        operands["table"] = f"{name}_bytes_{index}"
        entries = len(network.graph.parameter(chain.encode, "table"))
        lines += encode_lines("table", "v0", layers[0].count, chain.encode.integer("minimum"), entries)
    for k, layer in enumerate(layers):
        last = k == len(layers) - 1
        add_up = not last and layers[k + 1].sum_bytes == 3
        lines += dense_lines(layer, f"w{k}", f"v{k}", f"v{k + 1}", hidden=not last, add_up=add_up)
    statement = asm_statement(lines, '"+x"(x)', operands, free=(30, 31))
    return f"        const void *x = {places.of(chain.source)};\n        {statement}"


def _plain(network: Network, chain: DenseChain, index: int, places: Places, offsets: Sequence[int]) -> str:
    """The same in plain C."""
    name = network.name
    scratch = places.scratch_of(np.dtype(np.uint8))
    value = [f"{scratch} + {offset}" for offset in offsets]
    value.append(f"(uint8_t *)({places.of(chain.target)})")
    source, count = places.of(chain.source), chain.layers[0].count
    if chain.encode is None:
        code = f"(uint8_t)(({source})[i] + {CODE_OFFSET})"
    else:
        code = f"{name}_read({name}_bytes_{index} + (({source})[i] - {chain.encode.integer('minimum')}))"
    lines = [f"for (uint16_t i = 0; i < {count}; i++) ({value[0]})[i] = {code};"]
    for k, layer in enumerate(chain.layers):
        lines.append(narrow_c(layer.narrow, layer.base, name, f"form_{k}"))
        lines.append(
            f"{name}_dense(&form_{k}, {name}_dense_{index + k}, {layer.sum_bytes}, {layer.block}, "
            f"{value[k]}, {layer.count}, {value[k + 1]}, {layer.outputs});"
        )
    return "\n".join("        " + line for line in lines)


@fuser
def dense_chain(network: Network, index: int) -> Step | None:
    """Write dense layers that follow each other, and the encoding before them, as one step."""
    chain = find_chain(network, index)
    if chain is None:
        return None
    # The values of every other layer share a place.
    sizes = [layer.count + 1 for layer in chain.layers]
    second = max(sizes[0::2])
    offsets = [second if k % 2 else 0 for k in range(len(sizes))]
    texts, total = _tables(network, chain, index)

    def call(places: Places) -> str:
        return (
            f"#if {network.name}_REGISTERS\n    {{\n{_assembly(network, chain, index, places, offsets)}\n    }}\n"
            f"#else\n    {{\n{_plain(network, chain, index, places, offsets)}\n    }}\n#endif"
        )

    shapes = " -> ".join(str(size) for size in (*(layer.count for layer in chain.layers), chain.layers[-1].outputs))
    return Step(
        title=f"Dense layers {shapes} in registers",
        call=call,
        count=chain.count,
        tables=tuple(texts),
        table_bytes=total,
        kernels=tuple(fixed_c(file, network.name) for file in ("narrow_plain.h", "dense_plain.h")),
        scratch_bytes=second + max(sizes[1::2], default=0),
    )
