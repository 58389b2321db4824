"""What a Bonsai costs in bytes, and which one to train under a budget."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tinyml_course.errors import BudgetError

#: Stored beside the weights: bias input, two shifts (a byte each) and the clipping limit (two bytes).
CONSTANT_BYTES = 5
#: Shift and zero point, when raw values must be turned into codes first.
ENCODING_BYTES = 5
#: Deepest tree considered; depth 3 gained nothing on validation data.
DEEPEST = 2
#: Most projected features considered; a bound on the work for one sample, not tuned.
WIDEST_PROJECTION = 40
#: A deeper tree with fewer projected features than this lost against a shallower one.
NARROWEST_PROJECTION = 10


@dataclass(frozen=True)
class BonsaiConfiguration:
    """Shape of a Bonsai tree.

    Parameters
    ----------
    depth : int
        Branches between the root and a leaf; 0 is a single node.
    projection_dim : int
        D̂, projected features; even, because two 4-bit weights share a byte.
    bits : int
        Bits of one weight, 4 or 8.
    """

    depth: int
    projection_dim: int
    bits: int

    @property
    def nodes(self) -> int:
        """K: nodes in the tree, each with its own W and V."""
        return (1 << (self.depth + 1)) - 1

    @property
    def inner_nodes(self) -> int:
        """I: nodes that branch, each with its own theta."""
        return (1 << self.depth) - 1

    def weight_count(self, n_features: int, n_classes: int) -> int:
        """Weights in Z (with its bias column), W, V and theta."""
        return self.projection_dim * (n_features + 1 + 2 * self.nodes * n_classes + self.inner_nodes)

    def model_bytes(self, n_features: int, n_classes: int, encoding_bytes: int = ENCODING_BYTES) -> int:
        """Every stored parameter, in bytes; `encoding_bytes` for the input's shifts and zero points."""
        weights = math.ceil(self.weight_count(n_features, n_classes) * self.bits / 8)
        return weights + CONSTANT_BYTES + encoding_bytes

    def __str__(self) -> str:
        return f"depth {self.depth}, {self.projection_dim} projected features, {self.bits}-bit weights"


def widest(
    budget_bytes: int, n_features: int, n_classes: int, depth: int, bits: int, encoding_bytes: int = ENCODING_BYTES
) -> BonsaiConfiguration | None:
    """Return the widest Bonsai of this depth and these bits within the budget, or None."""
    pair = BonsaiConfiguration(depth, 2, bits)
    pair_bits = pair.weight_count(n_features, n_classes) * bits
    pairs = (budget_bytes - CONSTANT_BYTES - encoding_bytes) * 8 // pair_bits
    cap = min(WIDEST_PROJECTION, 2 * math.ceil((n_features + 1) / 2))
    return BonsaiConfiguration(depth, min(2 * pairs, cap), bits) if pairs >= 1 else None


def candidates(
    budget_bytes: int, n_features: int, n_classes: int, encoding_bytes: int = ENCODING_BYTES
) -> list[BonsaiConfiguration]:
    """Every shape worth a try under the budget: each depth and width of bits, as wide as it fits."""
    found = (
        widest(budget_bytes, n_features, n_classes, depth, bits, encoding_bytes)
        for bits in (4, 8)
        for depth in range(DEEPEST, -1, -1)
    )
    return [configuration for configuration in found if configuration is not None]


def choose_configuration(
    budget_bytes: int, n_features: int, n_classes: int, encoding_bytes: int = ENCODING_BYTES
) -> BonsaiConfiguration:
    """Choose a shape without training: 4 bits, and the deepest tree that is still wide enough.

    The rule: 4-bit weights (twice as many as 8-bit ones in the same bytes); depth 2 if at least
    ``NARROWEST_PROJECTION`` projected features fit, else depth 1, else a single node; then as many
    projected features as the budget holds. `benchmarks/bonsai_validation.py` shows the
    cross-validation it comes from.

    Raises
    ------
    BudgetError
        If not even a single node with two projected features fits.
    """
    narrow = None
    for depth in range(DEEPEST, -1, -1):
        found = widest(budget_bytes, n_features, n_classes, depth, 4, encoding_bytes)
        if found is not None and found.projection_dim >= min(NARROWEST_PROJECTION, n_features):
            return found
        narrow = found or narrow
    if narrow is None:
        needed = BonsaiConfiguration(0, 2, 4).model_bytes(n_features, n_classes, encoding_bytes)
        raise BudgetError(
            f"No Bonsai for {n_features} features and {n_classes} classes fits a budget of {budget_bytes:,} bytes: "
            f"the smallest needs {needed:,} bytes, {needed - budget_bytes:,} more. "
            "Raise budget_bytes, or use fewer features or classes."
        )
    return narrow
