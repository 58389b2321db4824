"""What a program takes that nobody has compiled: flash and SRAM, from the kinds of a graph's operators.

The bytes are those of avr-gcc at ``-Os``, rounded up; ``python benchmarks/estimates.py`` compiles one model of
each kind and prints them. Code for 32-bit processors is of about the same size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tinyml_course.boards import BoardSpec
from tinyml_course.graph import Graph
from tinyml_course.memory import plan_memory, tensor_bytes

#: Flash of a sketch without a model: start-up, serial protocol, self-test.
SKETCH_BYTES = 2500
#: Flash of the code that all operators of a kind share.
KERNEL_BYTES: Mapping[str, int] = {
    "encode_features": 150,
    "bonsai_projection": 600,
    "bonsai_tree": 900,
    "conv_2d": 1000,
    "depthwise_conv_2d": 1200,
    "fully_connected": 400,
    "add": 1100,
    "mul": 1000,
    "average_pool_2d": 1200,
    "max_pool_2d": 650,
    "mean": 1100,
    "pad": 300,
    "concatenation": 100,
    "reshape": 0,
    "relu": 600,
    "relu6": 600,
    "quantize": 600,
    "lookup": 60,
    "softmax": 700,
    "encode_input": 60,
    "encode_thresholds": 200,
    "decision_forest": 300,
    "linear_classifier": 400,
}
#: Flash that each operator adds beside its stored bytes: its call and its constants.
CALL_BYTES = 350
#: Flash of one comparison of a decision tree, and of one stored byte of its leaves' votes: trees become code, and
#: leaves with the same votes share them.
NODE_BYTES, LEAF_SHARE = 11, 0.55
#: SRAM beside the model's values: static variables of the sketch, serial buffers, and the deepest stack.
STACK_AND_STATIC_BYTES = 400


@dataclass(frozen=True)
class Needs:
    """What the program of a graph takes, the board's own share left out.

    Parameters
    ----------
    flash_bytes : int
        The model, its code, the serial protocol.
    sram_bytes : int
        The input, the arena of all other values, the answer, variables and stack.
    """

    flash_bytes: int
    sram_bytes: int

    @classmethod
    def of(cls, graph: Graph) -> Needs:
        """Estimate what the sketch of `graph` takes."""
        kinds = [operator.kind for operator in graph.operators]
        code = SKETCH_BYTES + sum(KERNEL_BYTES[kind] for kind in set(kinds)) + CALL_BYTES * len(kinds)
        sample = graph.contract.size * graph.contract.dtype.itemsize
        answer = tensor_bytes(graph.tensors[graph.output])
        arena = plan_memory(graph, include_input=False).arena_bytes
        return cls(_stored(graph) + code, sample + arena + answer + STACK_AND_STATIC_BYTES)

    def on(self, board: BoardSpec) -> tuple[int, int]:
        """Return flash and SRAM on a board, in bytes."""
        return self.flash_bytes + board.empty_flash_bytes, self.sram_bytes + board.empty_sram_bytes


def _stored(graph: Graph) -> int:
    """Flash of what is stored: tables, or the code that trees become."""
    total = graph.model_bytes
    for tree in (operator for operator in graph.operators if operator.kind == "decision_forest"):
        stored = {role: graph.tensors[name].stored_bytes for role, name in tree.parameters.items()}
        leaves = sum(size for role, size in stored.items() if role.startswith("leaf"))
        code = NODE_BYTES * graph.parameter(tree, "feature").size + LEAF_SHARE * leaves
        total += round(code) - sum(stored.values())
    return total
