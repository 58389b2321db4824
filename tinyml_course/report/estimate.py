"""What a program takes that nobody has compiled: flash and SRAM, from the kinds of a graph's operators.

The bytes are those of avr-gcc at ``-Os``, rounded up; ``python benchmarks/estimates.py`` compiles one model of
each kind and prints them. Code for 32-bit processors is of about the same size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tinyml_course.boards import BoardSpec
from tinyml_course.graph import Graph
from tinyml_course.memory import plan_memory

#: Flash of a sketch without a model: start-up, serial protocol, self-test.
SKETCH_BYTES = 1800
#: Flash of the code that all operators of a kind share.
KERNEL_BYTES: Mapping[str, int] = {
    "encode_features": 120,
    "bonsai_projection": 600,
    "bonsai_tree": 800,
    "conv_2d": 900,
    "depthwise_conv_2d": 900,
    "fully_connected": 700,
    "add": 500,
    "mul": 300,
    "average_pool_2d": 400,
    "max_pool_2d": 300,
    "mean": 400,
    "pad": 250,
    "concatenation": 100,
    "reshape": 0,
    "relu": 250,
    "relu6": 250,
    "quantize": 250,
    "lookup": 60,
    "softmax": 900,
    "encode_input": 60,
    "encode_thresholds": 160,
    "decision_forest": 100,
    "linear_classifier": 400,
}
#: Flash that each operator adds beside its stored bytes: its call and its constants.
CALL_BYTES = 90
#: SRAM beside the model's values: static variables of the sketch and the deepest stack.
STACK_AND_STATIC_BYTES = 160


@dataclass(frozen=True)
class Needs:
    """What the program of a graph takes, the board's own share left out.

    Parameters
    ----------
    flash_bytes : int
        The model, its code, the serial protocol.
    sram_bytes : int
        The input, the arena of all other values, variables and stack.
    """

    flash_bytes: int
    sram_bytes: int

    @classmethod
    def of(cls, graph: Graph) -> Needs:
        """Estimate what the sketch of `graph` takes."""
        kinds = [operator.kind for operator in graph.operators]
        code = SKETCH_BYTES + sum(KERNEL_BYTES[kind] for kind in set(kinds)) + CALL_BYTES * len(kinds)
        sample = graph.contract.size * graph.contract.dtype.itemsize
        arena = plan_memory(graph, include_input=False).arena_bytes
        return cls(graph.model_bytes + code, sample + arena + STACK_AND_STATIC_BYTES)

    def on(self, board: BoardSpec) -> tuple[int, int]:
        """Return flash and SRAM on a board, in bytes."""
        return self.flash_bytes + board.empty_flash_bytes, self.sram_bytes + board.empty_sram_bytes
