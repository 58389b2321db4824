"""Memory plans of graphs: lifetimes, shared bytes, what the caller owns."""

from __future__ import annotations

import numpy as np
import pytest
from random_blocks import ABOVE_THE_BOUND

from tinyml_course.graph import Graph, InputContract, Operator, Tensor
from tinyml_course.memory import plan_memory


def graph_of(sizes, operators, output, dtype=np.int8):
    """A graph of tensors `a`, `b`, ... with so many values; the first one is the input."""
    tensors = {name: Tensor(name, (size,), np.dtype(dtype)) for name, size in sizes.items()}
    contract = InputContract(np.dtype(dtype), (sizes["a"],), -128, 127)
    return Graph("test", tensors, tuple(operators), "a", output, contract, (0,))


CHAIN = graph_of(
    {"a": 640, "b": 128, "c": 8, "d": 640},
    [Operator("fully_connected", ("a",), ("b",)), Operator("relu", ("b",), ("c",)), Operator("relu", ("c",), ("d",))],
    "d",
)
RESIDUAL = graph_of(
    {"a": 10, "b": 30, "c": 40, "d": 30},
    [Operator("conv_2d", ("a",), ("b",)), Operator("conv_2d", ("b",), ("c",)), Operator("add", ("b", "c"), ("d",))],
    "d",
)


def test_a_chain_by_hand():
    plan = plan_memory(CHAIN)
    assert plan.lifetimes == {"a": (0, 0), "b": (0, 1), "c": (1, 2), "d": (2, 2)}
    assert plan.alive_bytes == (768, 136, 648)
    assert plan.arena_bytes == plan.lower_bound_bytes == 768
    assert plan.optimal
    assert plan.verdict() == "768 B: the lower bound."
    assert plan.excess == 0


def test_a_value_that_is_read_again_stays():
    plan = plan_memory(RESIDUAL)
    assert plan.lifetimes["b"] == (0, 2)
    assert plan.alive_bytes == (40, 70, 100)
    assert len({plan.offsets[name] for name in "bcd"}) == 3


def test_what_the_caller_owns_has_no_offset():
    plan = plan_memory(CHAIN, include_input=False, include_output=False)
    assert set(plan.offsets) == {"b", "c"}
    assert plan.alive_bytes == (128, 136, 8)
    assert plan.arena_bytes == 136


def test_a_reshape_shares_its_bytes():
    operators = [
        Operator("relu", ("a",), ("b",)),
        Operator("reshape", ("b",), ("c",)),
        Operator("relu", ("c",), ("d",)),
    ]
    plan = plan_memory(graph_of({"a": 4, "b": 6, "c": 6, "d": 2}, operators, "d"))
    assert plan.offsets["b"] == plan.offsets["c"]
    assert plan.lifetimes["b"] == plan.lifetimes["c"] == (0, 2)
    assert plan.arena_bytes == 10


def test_a_reshaped_input_belongs_to_the_caller():
    operators = [Operator("reshape", ("a",), ("b",)), Operator("relu", ("b",), ("c",))]
    plan = plan_memory(graph_of({"a": 4, "b": 4, "c": 5}, operators, "c"), include_input=False)
    assert set(plan.offsets) == {"c"}


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32])
def test_offsets_are_multiples_of_the_element(dtype):
    sizes = {"a": 3, "b": 5, "c": 1}
    operators = [Operator("relu", ("a",), ("b",)), Operator("add", ("a", "b"), ("c",))]
    graph = graph_of(sizes, operators, "c", dtype)
    mixed = Graph(**{**graph.__dict__, "tensors": {**graph.tensors, "b": Tensor("b", (5,), np.dtype(np.int8))}})
    for plan, item in ((plan_memory(graph), dtype), (plan_memory(mixed), np.int8)):
        width = np.dtype(item).itemsize
        assert plan.sizes["b"] == 5 * width
        assert all(plan.offsets[n] % np.dtype(dtype).itemsize == 0 for n in "ac")


def test_stored_tensors_take_no_sram():
    weights = Tensor("w", (3,), np.dtype(np.int8), np.zeros(3, np.int8))
    graph = graph_of({"a": 3, "b": 3}, [Operator("add", ("a", "w"), ("b",))], "b")
    plan = plan_memory(Graph(**{**graph.__dict__, "tensors": {**graph.tensors, "w": weights}}))
    assert set(plan.offsets) == {"a", "b"}


def test_bonsai(digits_graph):
    plan = plan_memory(digits_graph)
    assert plan.sizes == {"x": 64, "z": 18, "scores": 20}
    assert plan.arena_bytes == plan.lower_bound_bytes == 82
    assert "operators 0 to 0  x" in str(plan)


def test_the_distance_is_told():
    numbers = ABOVE_THE_BOUND  # five bytes are alive at most, but these lifetimes need six
    names = "bcdefghijk"
    operators = []
    for step in range(8):
        written = tuple(n for n, (_, first, _) in zip(names, numbers, strict=True) if first == step)
        read = tuple(n for n, (_, first, last) in zip(names, numbers, strict=True) if first < step <= last)
        operators.append(Operator("add", read, written))
    # A last operator that reads what lives to its own end would lengthen it; zero bytes stand for the ends.
    operators[0] = Operator("add", ("a",), operators[0].outputs)
    sizes = {"a": 0, **{n: size for n, (size, _, _) in zip(names, numbers, strict=True)}}
    graph = graph_of(sizes, operators, "k")
    plan = plan_memory(graph)
    assert plan.arena_bytes == 6
    assert plan.verdict() == "6 B: 20.0% above the lower bound of 5 B, which is the smallest plan there is."
