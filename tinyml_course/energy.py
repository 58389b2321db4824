"""Cycles and energy before anything is compiled: estimates from a graph's work and a processor's cycles."""

from __future__ import annotations

from collections.abc import Iterable

from tinyml_course.boards import CORES, BoardSpec, Core
from tinyml_course.cost import OperatorCost


def operator_cycles(cost: OperatorCost, core: Core) -> float:
    """Return the estimated cycles of one operator for one sample."""
    return cost.macs * core.cycles_per_mac + cost.rescales * core.cycles_per_rescale + cost.steps * core.cycles_per_step


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
