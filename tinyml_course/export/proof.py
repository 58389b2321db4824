"""Proof, at export, that no integer of a program can overflow, whatever the input."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinyml_course.convert.bonsai import node_sums, score_bounds
from tinyml_course.errors import ExportError
from tinyml_course.features import FeatureEncoding
from tinyml_course.graph import Array, Graph, Operator
from tinyml_course.intervals import Interval, linear


@dataclass(frozen=True)
class BonsaiProof:
    """Bounds that hold for every input the contract allows.

    Parameters
    ----------
    z_sum : int
        Largest magnitude of any partial sum of the projection, its rounding constant included.
    z : int
        Largest magnitude of a projected feature.
    node_sum : int
        Largest magnitude of any partial sum in a node or a branch.
    score : int
        Largest magnitude of a class's score, in any order of the nodes on a path.
    """

    z_sum: int
    z: int
    node_sum: int
    score: int

    @property
    def z_sum_type(self) -> str:
        """Narrowest C type of the projection's accumulators."""
        return accumulator_type(self.z_sum)

    @property
    def node_sum_type(self) -> str:
        """Narrowest C type of a node's accumulators."""
        return accumulator_type(self.node_sum)


def accumulator_type(largest: int) -> str:
    """Return the narrowest of int16_t and int32_t that holds sums of this magnitude.

    Raises
    ------
    ExportError
        If neither does.
    """
    for bits in (16, 32):
        if largest < 2 ** (bits - 1):
            return f"int{bits}_t"
    raise ExportError(f"A sum can reach {largest:,}, more than 32 bits hold. Use fewer features or fewer weight bits.")


def input_codes(graph: Graph, first: Operator) -> Interval:
    """Bounds of the codes that the first operator after the encoding sees."""
    contract = graph.contract
    ends = [np.full((1, contract.size), end, contract.dtype) for end in (contract.minimum, contract.maximum)]
    encode = graph.operator("encode_features")
    if encode is not None:
        shift, zero_point = (graph.parameter(encode, role).astype(np.int64) for role in ("shift", "zero_point"))
        encoding = FeatureEncoding(shift, zero_point, code_of_one=1)
        ends = [encoding.encode(end) for end in ends]
    low, high = (end[0].astype(np.int64) for end in ends)
    return Interval(low, high)


def projection_inputs(graph: Graph) -> Interval:
    """Bounds of the bias input and the codes, shape (1 + D,)."""
    project = graph.operator("bonsai_projection")
    if project is None:
        raise ExportError("Not a Bonsai graph: it lacks the projection.")
    bias, codes = graph.scalar(project, "bias_input"), input_codes(graph, project)
    return Interval(np.concatenate([[bias], codes.low]), np.concatenate([[bias], codes.high]))


def prove_bonsai(graph: Graph) -> BonsaiProof:
    """Bound everything a Bonsai program computes.

    Raises
    ------
    ExportError
        If a projected feature does not fit int8, a score does not fit int16, or a sum no type at all.
    """
    project, tree = graph.operator("bonsai_projection"), graph.operator("bonsai_tree")
    if project is None or tree is None:
        raise ExportError("Not a Bonsai graph: it lacks the projection or the tree.")
    Z, shift, inputs = graph.parameter(project, "Z"), graph.scalar(project, "shift"), projection_inputs(graph)
    z = linear(Z, inputs).shift_right(shift)
    nodes: dict[str, Array] = {role: graph.parameter(tree, role) for role in ("W", "V", "theta")}
    sums = {role: node_sums(matrix, Z, inputs, shift) for role, matrix in nodes.items()}
    scores = score_bounds(sums["W"], sums["V"], graph.scalar(tree, "one"), graph.scalar(tree, "score_shift"))
    proof = BonsaiProof(
        z_sum=linear(Z, inputs).largest + ((1 << shift) >> 1),
        z=z.largest,
        node_sum=max(linear(matrix, z).largest for matrix in nodes.values()),
        score=scores.largest,
    )
    if proof.z > 127 or proof.score > 2**15 - 1:
        raise ExportError(
            f"This graph could overflow: a projected feature can reach {proof.z} (int8 holds 127), "
            f"a score {proof.score:,} (int16 holds 32,767). Quantize the model again."
        )
    return proof
