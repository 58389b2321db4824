"""Dense layers by columns: tables, the plain C twin, and the step for a chain of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tinyml_course.export.c_text import fixed_c, table
from tinyml_course.export.dense_avr import copy_lines, dense_lines, encode_lines, times
from tinyml_course.export.narrow_avr import Line, asm_statement
from tinyml_course.export.network import Network, Places, Step, fuser
from tinyml_course.export.network_bounds import sum_bounds
from tinyml_course.export.requantize import Narrow, Requantization, narrow_requantization
from tinyml_course.graph import Array, Operator
from tinyml_course.intervals import Interval

#: Outputs of a block whose sums fit the registers, by the bytes of a sum.
LARGEST_BLOCK = {2: 10, 3: 8}
#: Outputs of a layer, and values of a window: one byte counts them.
MOST_VALUES = 255
#: Values of a dense layer; more do not fit the SRAM.
MOST_INPUTS = 2000
#: A code's byte is the code plus this, so that it is not negative.
CODE_OFFSET = 128


@dataclass(frozen=True)
class DenseLayer:
    """A dense layer that the register kernels can compute.

    Parameters
    ----------
    weights : ndarray of int64, shape (outputs, count)
        As the model has them.
    biases : ndarray of int64, shape (outputs,)
        What the sums of ``weight * (code + 128)`` start at: the zero point and the rounding are in them.
    narrow : Narrow
        The proven requantization.
    sum_bytes : int
        Bytes of a sum: 2 or 3.
    block, blocks : int
        Outputs of a block, and how many blocks.
    base : int
        The byte of a result that stands for zero.
    """

    weights: Array
    biases: Array
    narrow: Narrow
    sum_bytes: int
    block: int
    blocks: int
    base: int

    @property
    def outputs(self) -> int:
        """Number of outputs."""
        return len(self.weights)

    @property
    def count(self) -> int:
        """Number of values that it takes."""
        return int(self.weights.shape[1])

    @property
    def stored_weights(self) -> Array:
        """Weights as they are stored, padded to whole blocks, shape (blocks * block, count)."""
        padding = self.blocks * self.block - self.outputs
        offset = CODE_OFFSET if self.sum_bytes == 3 else 0
        return np.pad(self.weights, ((0, padding), (0, 0))) + offset

    @property
    def first_weights_nonzero(self) -> bool:
        """Whether a product with the first weight of a block is zero for no other value than zero."""
        return bool((self.stored_weights[:: self.block] != 0).all())

    def rows(self) -> list[tuple[str, Array]]:
        """Return the table's comments and bytes, block after block."""
        padding = self.blocks * self.block - self.outputs
        biases = np.pad(self.biases, (0, padding))
        constants = np.pad(self.narrow.table(), ((0, padding), (0, 0)))
        rows: list[tuple[str, Array]] = []
        for start in range(0, self.outputs, self.block):
            part = slice(start, start + self.block)
            last = min(start + self.block, self.outputs) - 1
            bias_bytes = np.stack([biases[part] >> 8 * k & 255 for k in range(self.sum_bytes)], axis=1)
            rows.append((f"outputs {start} to {last}: biases, {self.sum_bytes} bytes each", bias_bytes))
            title = f"weights{' plus 128' if self.sum_bytes == 3 else ''}, {self.block} for each value"
            rows.append((title, self.stored_weights[part].T & 255))
            rows.append(("multipliers and roundings, least significant byte first", constants[part]))
        return rows


def requantization_of(network: Network, operator: Operator, channels: int) -> Requantization:
    """Return the exact requantization of an operator with roles multiplier and shift."""
    multiplier, shift = (
        np.broadcast_to(network.graph.parameter(operator, role).astype(np.int64).ravel(), channels)
        for role in ("multiplier", "shift")
    )
    return Requantization(
        multiplier,
        shift,
        network.zero_point(operator.outputs[0]),
        operator.integer("activation_min"),
        operator.integer("activation_max"),
        str(operator.attributes["rounding"]),
    )


def plan_dense(network: Network, operator: Operator) -> DenseLayer | None:
    """Return how the register kernels compute a fully_connected, results as codes; None where they cannot."""
    weights = network.graph.parameter(operator, "weights").astype(np.int64)
    count = weights.shape[1]
    if network.size(operator.inputs[0]) != count or not 1 <= count <= MOST_INPUTS or times(count) is None:
        return None
    return plan_columns(network, operator, weights)


def plan_columns(network: Network, operator: Operator, weights: Array) -> DenseLayer | None:
    """Return how the register kernels multiply values with a matrix, or None where that is not proven to be exact.

    Parameters
    ----------
    network : Network
        The network.
    operator : Operator
        With the roles bias, multiplier and shift.
    weights : ndarray of int64, shape (outputs, count)
        The matrix.
    """
    source, target = operator.inputs[0], operator.outputs[0]
    outputs = len(weights)
    if (
        network.tensor(source).dtype != np.int8
        or network.tensor(target).dtype != np.int8
        or operator.attributes["rounding"] not in ("double", "single")
        or not 1 <= outputs <= MOST_VALUES
    ):
        return None
    bias = network.graph.parameter(operator, "bias").astype(np.int64)
    low, high = network.bounds[source]
    zero_point = network.zero_point(source)
    reach = sum_bounds(weights, bias, (low - zero_point, high - zero_point))
    exact = requantization_of(network, operator, outputs)
    for sum_bytes in (2, 3):
        narrow = narrow_requantization(exact, Interval(reach.low, reach.high), sum_bytes)
        if narrow is not None:
            break
    else:
        return None
    blocks = -(-outputs // LARGEST_BLOCK[sum_bytes])
    return DenseLayer(
        weights=weights,
        biases=bias - (CODE_OFFSET + zero_point) * weights.sum(axis=1) + narrow.offsets,
        narrow=narrow,
        sum_bytes=sum_bytes,
        block=-(-outputs // blocks),
        blocks=blocks,
        base=exact.zero_point,
    )


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


def raw_encode(network: Network, operator: Operator) -> Operator | None:
    """Return an encode_input if its raw values are bytes and its codes int8, else None."""
    raw, codes = network.tensor(operator.inputs[0]), network.tensor(operator.outputs[0])
    return operator if raw.dtype.itemsize == 1 and codes.dtype == np.int8 else None


def encode_table(network: Network, operator: Operator, index: int) -> tuple[str, str, int]:
    """Return the table of bytes of an encode_input: its C name, its text, and how many bytes it has."""
    name, codes = network.name, network.graph.parameter(operator, "table").astype(np.int64) + CODE_OFFSET
    c_name = f"{name}_bytes_{index}"
    text = table("uint8_t", f"{c_name}[{len(codes)}]", [("code + 128 of each raw value", codes)], name)
    if 1 < len(codes) <= 32:  # within 256 bytes: then one byte of the address changes
        aligned = f"__attribute__((aligned({1 << (len(codes) - 1).bit_length()})))"
        text = text.replace(f"{name}_FLASH =", f"{name}_FLASH {name}_ALIGNED =")
        guard = f"#if {name}_REGISTERS\n#define {name}_ALIGNED {aligned}\n#else\n#define {name}_ALIGNED\n#endif\n"
        text = guard + text
    return c_name, text, len(codes)


def narrow_c(narrow: Narrow, base: int, name: str, variable: str) -> str:
    """Return the C definition of what ``model_narrow`` needs to know."""
    form = narrow.form
    below = narrow.below if form.signed else 0
    sizes = (int(form.signed), form.sum_bytes, form.multiplier_bytes, form.lowest, form.result, *form.rounding)
    fields = ", ".join(map(str, (*sizes, below, narrow.above, base & 255)))
    return f"static const {name}_narrow_t {variable} = {{{fields}}};"


def layer_table(network: Network, layer: DenseLayer, c_name: str) -> tuple[str, int]:
    """Return the text of a layer's table, and its bytes."""
    rows = layer.rows()
    size = sum(values.size for _, values in rows)
    low, high = int(layer.narrow.reach.low.min()), int(layer.narrow.reach.high.max())
    title = (
        f"/* {layer.count} values, {layer.outputs} outputs, {size:,} bytes. Proven: sums stay within {low:,} and "
        f"{high:,}, and the requantization\n   is exact for all of them with multipliers of "
        f"{layer.narrow.form.multiplier_bytes} bytes. */\n"
    )
    return title + table("uint8_t", f"{c_name}[{size}]", rows, network.name), size


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

    shapes = " → ".join(str(layer.count) for layer in chain.layers) + f" → {chain.layers[-1].outputs}"
    return Step(
        title=f"Dense layers {shapes} in registers",
        call=call,
        count=chain.count,
        tables=tuple(texts),
        table_bytes=total,
        kernels=tuple(fixed_c(file, network.name) for file in ("narrow_plain.h", "dense_plain.h")),
        scratch_bytes=second + max(sizes[1::2], default=0),
    )
