"""What would help a model that does not fit."""

from __future__ import annotations

from collections.abc import Sequence

from tinyml_course.cost import OperatorCost
from tinyml_course.report.fit import BoardFit, BoardTable

_FEWER_UNITS = "Fewer units or channels there help most."
_SMALLER_BUDGET = "A smaller budget_bytes helps."
_REMEDIES = {
    "decision_forest": "Fewer trees, or trees with fewer leaves, help.",
    "linear_classifier": "Fewer features help.",
    "bonsai_projection": _SMALLER_BUDGET,
    "bonsai_tree": _SMALLER_BUDGET,
}


def advice(fit: BoardFit, layers: Sequence[OperatorCost], boards: BoardTable) -> tuple[str, ...]:
    """Say what is missing and what would help; nothing if the program fits."""
    if fit.fits:
        return ()
    board, lines = fit.board, []
    if fit.flash_bytes > board.flash_bytes:
        largest = max(layers, key=lambda layer: layer.parameter_bytes)
        lines.append(
            f"Flash: {fit.flash_bytes:,} B needed, {board.flash_bytes:,} B available, "
            f"{fit.flash_bytes - board.flash_bytes:,} B missing. "
            f"Most is stored by {_called(largest, layers)}: {largest.parameter_bytes:,} B. "
            f"{_REMEDIES.get(largest.kind, _FEWER_UNITS)}"
        )
    if fit.sram_bytes > board.sram_bytes:
        peak = max(layers, key=lambda layer: layer.activation_bytes)
        lines.append(
            f"SRAM: {fit.sram_bytes:,} B needed, {board.sram_bytes:,} B available, "
            f"{fit.sram_bytes - board.sram_bytes:,} B missing. "
            f"Most is alive in {_called(peak, layers)}: {peak.activation_bytes:,} B. "
            "A smaller input, a larger stride or fewer channels there help."
        )
    others = [other.name for other in boards.fitting() if other.id != board.id]
    lines.append(f"It fits: {', '.join(others)}." if others else "It fits no board of the catalogue.")
    return tuple(lines)


def _called(layer: OperatorCost, layers: Sequence[OperatorCost]) -> str:
    return f"operator {layers.index(layer)} ({layer.kind})"
