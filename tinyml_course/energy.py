"""Cycles and energy before anything is compiled: estimates from a graph's work and a processor's cycles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tinyml_course.boards import CORES, BoardSpec, Core
from tinyml_course.cost import OperatorCost

#: How much more (or less) the work of a kind of operator takes than the same count in a layer with weights. Measured
#: on the virtual Uno; ``python benchmarks/estimates.py`` prints the measured cycles beside the estimated ones.
WEIGHTS: Mapping[str, float] = {
    "bonsai_projection": 0.5,
    "bonsai_tree": 0.5,
    "linear_classifier": 0.55,
    "decision_forest": 0.15,
    "add": 3.9,
    "mul": 5.4,
    "relu": 2.9,
    "relu6": 2.9,
    "quantize": 2.9,
    "max_pool_2d": 1.8,
    "average_pool_2d": 5.2,
    "mean": 1.2,
    "softmax": 2.1,
}


def operator_cycles(cost: OperatorCost, core: Core) -> float:
    """Return the estimated cycles of one operator for one sample."""
    layer = cost.macs * core.cycles_per_mac + cost.rescales * core.cycles_per_rescale
    return WEIGHTS.get(cost.kind, 1.0) * (layer + cost.steps * core.cycles_per_step)


def estimated_cycles(layers: Iterable[OperatorCost], board: BoardSpec) -> int:
    """Return the estimated cycles of one inference.

    Parameters
    ----------
    layers : iterable of OperatorCost
        What :func:`tinyml_course.cost.costs` gives.
    board : BoardSpec
        Its `core` says how many cycles the work takes; :attr:`Core.source` says from what.
    """
    core = CORES[board.core]
    return round(sum(operator_cycles(cost, core) for cost in layers))


def nanojoules_per_mac(board: BoardSpec) -> float:
    """Return the estimated energy of one multiply-accumulate on the whole board, in nanojoules."""
    return CORES[board.core].cycles_per_mac * board.nj_per_cycle_board
