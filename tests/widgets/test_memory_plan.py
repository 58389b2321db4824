import re

import numpy as np
import pytest
from hand_made_networks import dense_network
from random_blocks import ABOVE_THE_BOUND
from traitlets import TraitError

from tinyml_course.graph import Graph, InputContract, Operator, Tensor
from tinyml_course.memory import plan_memory
from tinyml_course.packing import Block
from tinyml_course.widgets import MemoryPlanExplorer
from tinyml_course.widgets.placement import judge, own_places


def graph_of(sizes, operators, output, dtypes=None):
    """A graph of tensors `a`, `b`, ... with so many values; the first one is the input."""
    dtypes = {name: np.dtype((dtypes or {}).get(name, np.int8)) for name in sizes}
    tensors = {name: Tensor(name, (size,), dtypes[name]) for name, size in sizes.items()}
    contract = InputContract(dtypes["a"], (sizes["a"],), -128, 127)
    return Graph("test", tensors, tuple(operators), "a", output, contract, (0,))


def residual(dtypes=None):
    """A small network with a branch, for which the greedy planner is not the best."""
    sizes = {"a": 784, "b": 640, "c": 320, "d": 640, "e": 320, "f": 160, "g": 10}
    operators = [
        Operator("conv_2d", ("a",), ("b",)), Operator("depthwise_conv_2d", ("b",), ("c",)),
        Operator("conv_2d", ("c",), ("d",)), Operator("conv_2d", ("d",), ("e",)),
        Operator("add", ("c", "e"), ("f",)), Operator("fully_connected", ("f",), ("g",)),
    ]  # fmt: skip
    return graph_of(sizes, operators, "g", dtypes)


@pytest.fixture
def explorer():
    return MemoryPlanExplorer(residual())


def test_the_plans_are_those_of_the_library(explorer):
    plan = plan_memory(explorer.graph)
    assert explorer.plans["best"]["arena_bytes"] == plan.arena_bytes == explorer.lower_bound_bytes == 1424
    assert explorer.plans["greedy"]["arena_bytes"] == plan.greedy_bytes == 1744
    assert explorer.plans["none"]["arena_bytes"] == 784 + 640 + 320 + 640 + 320 + 160 + 10
    at = {block["names"]: offset for block, offset in zip(explorer.blocks, explorer.offsets, strict=True)}
    assert at == dict(plan.offsets)


@pytest.mark.parametrize("name", ["best", "greedy", "none"])
def test_every_planned_plan_is_one(explorer, name):
    explorer.plan = name
    assert explorer.verdict.is_plan and explorer.clashes == []
    assert explorer.arena_bytes == explorer.plans[name]["arena_bytes"]
    assert explorer.verdict_text.startswith(f"Arena: {explorer.arena_bytes:,} B, ")


def test_it_opens_at_the_peak(explorer):
    assert explorer.step == 0
    assert "That is the peak" in explorer.step_text


def test_a_step_says_what_is_alive_and_what_is_free(explorer):
    explorer.step = 3
    assert explorer.step_text == (
        "Operator 3, conv_2d: reads output 2 (640 B); writes output 3 (320 B). Kept for a later operator: "
        "output 1 (320 B). Alive: 1,280 B. Free in the arena: 144 of 1,424 B."
    )
    assert explorer.free == [[1280, 1424]]
    assert [explorer.blocks[i]["label"] for i in explorer.steps[3]["alive"]] == ["output 1", "output 2", "output 3"]
    explorer.plan = "none"
    assert sum(high - low for low, high in explorer.free) == 2874 - 1280


def test_free_and_alive_bytes_fill_the_arena_at_every_step(explorer):
    for name in ("best", "greedy", "none"):
        explorer.plan = name
        for step in range(len(explorer.steps)):
            explorer.step = step
            free = sum(high - low for low, high in explorer.free)
            assert free + explorer.steps[step]["alive_bytes"] == explorer.arena_bytes


def test_moving_a_block_makes_the_plan_mine(explorer):
    explorer.offsets = [*explorer.offsets[:-1], 100]
    assert explorer.plan == "mine" and explorer.arena_bytes == 1424
    assert (
        "the lower bound: no plan is smaller. You beat TFLite Micro's greedy planner (1,744 B)" in explorer.verdict_text
    )
    explorer.plan = "greedy"
    assert explorer.arena_bytes == 1744
    explorer.plan = "mine"
    assert explorer.offsets[-1] == 100 and explorer.arena_bytes == 1424


def test_mine_begins_with_nothing_shared(explorer):
    explorer.plan = "mine"
    assert explorer.offsets == explorer.plans["none"]["offsets"]
    assert "A plan of 1,424 B exists." in explorer.verdict_text


def test_an_overlap_is_no_plan(explorer):
    explorer.plan = "none"
    explorer.offsets = [0, 700, *explorer.offsets[2:]]
    assert explorer.verdict_text == (
        "Not a plan: input and output 0 share 84 B while operator 0 runs: one would overwrite the other."
    )
    assert explorer.clashes == [{"a": 0, "b": 1, "low": 700, "high": 784, "first": 0, "last": 0}]
    explorer.offsets = [0] * 7
    assert "7 more pairs overlap." in explorer.verdict_text


def test_the_greedy_plan_can_be_beaten_by_hand(explorer):
    explorer.plan = "greedy"
    explorer._handle_custom_msg({"block": 2, "upwards": False, "fine": False}, [])
    assert explorer.plan == "mine" and explorer.offsets[2] == 960  # on top of what lives with it
    explorer.offsets = [0, 784, 0, 320, 960, 320, 0]
    assert "You beat TFLite Micro's greedy planner (1,744 B)" in explorer.verdict_text


def test_keys_move_a_block_to_what_it_touches(explorer):
    explorer.plan = "mine"
    assert explorer.offsets[1:3] == [784, 1424]
    explorer.move(1, upwards=False)
    assert explorer.offsets[1] == 0
    explorer.move(1, upwards=False)
    assert explorer.offsets[1] == 0
    explorer.move(1, upwards=True, fine=True)
    assert explorer.offsets[1] == 1
    for _ in range(9):
        explorer.move(1, upwards=True)
    assert explorer.offsets[1] == explorer.offsets[2] + 320


def test_offsets_stay_multiples_of_the_element():
    explorer = MemoryPlanExplorer(residual({"b": np.int32, "f": np.int16}))
    alignments = [block["alignment"] for block in explorer.blocks]
    assert sorted(alignments) == [1, 1, 1, 1, 1, 2, 4]
    explorer.offsets = [offset + 1 for offset in explorer.plans["none"]["offsets"]]
    assert all(offset % alignment == 0 for offset, alignment in zip(explorer.offsets, alignments, strict=True))
    block = alignments.index(4)
    before = explorer.offsets[block]
    explorer.move(block, upwards=True, fine=True)
    assert explorer.offsets[block] == before + 4


def test_offsets_off_the_picture_come_back(explorer):
    explorer.offsets = [-50, 10**9, *explorer.offsets[2:]]
    assert explorer.offsets[0] == 0
    assert explorer.offsets[1] < 3 * 2874


@pytest.mark.parametrize("offsets", [[], [0], [0] * 8])
def test_one_offset_for_each_block(explorer, offsets):
    with pytest.raises(TraitError, match="Expected 7 offsets"):
        explorer.offsets = offsets


def test_a_step_beyond_the_last_is_the_last(explorer):
    explorer.step = 99
    assert explorer.step == 5
    with pytest.raises(TraitError):
        explorer.step = -1


def test_what_the_caller_owns_is_not_there():
    explorer = MemoryPlanExplorer(residual(), include_input=False, include_output=False)
    assert "input" not in [block["label"] for block in explorer.blocks]
    assert len(explorer.blocks) == 5
    explorer.step = 0
    assert explorer.step_text.startswith("Operator 0, conv_2d: writes output 0 (640 B).")


def test_tensors_that_share_their_bytes_are_one_block():
    operators = [
        Operator("relu", ("a",), ("b",)), Operator("reshape", ("b",), ("c",)), Operator("relu", ("c",), ("d",)),
    ]  # fmt: skip
    explorer = MemoryPlanExplorer(graph_of({"a": 4, "b": 6, "c": 6, "d": 2}, operators, "d"))
    assert [block["names"] for block in explorer.blocks] == ["a", "b, c", "d"]
    assert explorer.arena_bytes == 10


def test_a_bound_that_cannot_be_reached():
    blocks = [Block(*values) for values in ABOVE_THE_BOUND]
    placed = judge(blocks, own_places(blocks))
    assert placed.is_plan and placed.arena_bytes == sum(block.size for block in blocks)


def test_the_static_face_carries_the_idea(explorer):
    html, text = explorer.still()
    assert "<svg" in html and "lower bound: 1,424 B" in html
    assert "TFLite Micro&#x27;s greedy plan: 1,744 B" in html and "nothing shared: 2,874 B" in text
    assert "Run this cell" in html
    assert len(re.findall("<title>", html)) >= 7


def test_a_network_with_stored_weights_can_be_explored():
    graph = dense_network(1, (64, 32, 10))
    explorer = MemoryPlanExplorer(graph)
    assert [block["size"] for block in explorer.blocks] == [64, 32, 10]  # weights stay in flash
    assert explorer.arena_bytes == plan_memory(graph).arena_bytes == 96
    assert explorer.verdict.is_plan
    assert "of the Uno's SRAM" in explorer.verdict_text
