"""The fast form: how rows and classes are spread over blocks, and when it may be used."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from random_models import random_block_graph, random_graph

from tinyml_course.export.bonsai_blocks import HIGH_LIMIT, LARGEST_BLOCK, pack_blocks, plan_blocks, split
from tinyml_course.export.proof import projection_inputs, prove_bonsai
from tinyml_course.intervals import linear


@pytest.mark.parametrize("count", range(1, 40))
@pytest.mark.parametrize("first", [4, 5])
def test_blocks_are_small_enough_and_complete(count, first):
    blocks = split(count, first)
    assert sum(blocks) == count
    assert blocks[0] <= first
    assert all(1 <= size <= LARGEST_BLOCK for size in blocks)


def test_the_digits_use_it(digits_graph):
    plan = plan_blocks(digits_graph, prove_bonsai(digits_graph))
    assert plan is not None
    assert plan.row_blocks == (4, 5)
    assert plan.class_blocks == (5, 5)
    assert sorted(plan.rows) == list(range(18))


def test_bytes_hold_two_weights():
    (block,) = pack_blocks(np.array([[1, -7], [0, 7]]), np.array([[-1, 7], [-7, 0]]), (2,))
    assert block.tolist() == [[0x17, 0x01], [0x9F, 0x78]]  # 16 * high + low + 8, one row for each value


def test_both_forms_occur_among_the_random_models():
    plans = [plan_blocks(graph, prove_bonsai(graph)) for graph, _ in (random_graph(seed) for seed in range(20))]
    assert any(plan is None for plan in plans)
    plans = [plan_blocks(graph, prove_bonsai(graph)) for graph, _ in (random_block_graph(seed) for seed in range(16))]
    assert sum(plan is not None for plan in plans) >= 8


@pytest.mark.parametrize(("name", "value"), [("one", 200), ("score_shift", 5)])
def test_what_the_gate_cannot_hold_takes_the_plain_form(digits_graph, name, value):
    tensor = replace(digits_graph.tensors[name], data=np.array(value))
    graph = replace(digits_graph, tensors={**digits_graph.tensors, name: tensor})
    assert plan_blocks(graph, prove_bonsai(graph)) is None


def test_large_rows_go_into_the_low_halves():
    found = 0
    for seed in range(16):
        graph, _ = random_block_graph(seed)
        plan = plan_blocks(graph, prove_bonsai(graph))
        if plan is None:
            continue
        sums = linear(graph.tensors["Z"].values, projection_inputs(graph))
        reach = np.maximum(np.abs(sums.low), np.abs(sums.high))
        start = 0
        for size in plan.row_blocks:
            high, low = plan.rows[start : start + size], plan.rows[start + size : start + 2 * size]
            assert reach[high].max() < HIGH_LIMIT
            assert (reach[high] <= reach[low].max()).all()
            start, found = start + 2 * size, found + 1
    assert found
