"""Dense layers by columns: tables, the plain C twin, and the step for a chain of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinyml_course.export.c_text import table
from tinyml_course.export.dense_avr import times
from tinyml_course.export.network import Network
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
