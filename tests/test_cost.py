"""Costs: multiply-accumulates, other work and stored bytes by hand."""

from __future__ import annotations

import numpy as np
import pytest
from operator_cases import CASES, INT8, one_operator, ones
from random_networks import random_network

from tinyml_course.boards import BOARDS, CORES
from tinyml_course.cost import Work, cost_kinds, costs
from tinyml_course.energy import WEIGHTS, estimated_cycles, nanojoules_per_mac, operator_cycles
from tinyml_course.graph import Graph, Operator, Tensor


@pytest.mark.parametrize("case", CASES)
def test_work_by_hand(case):
    graph, expected = CASES[case]
    (row,) = costs(graph)
    assert (row.macs, row.rescales, row.steps) == expected


def test_every_kind_is_counted_by_hand():
    assert {case.split(",")[0] for case in CASES} == cost_kinds()


def test_only_what_training_found_counts_as_parameters():
    stored = {
        "weights": ones(10, 64),
        "bias": ones(10, dtype=np.int32),
        "multiplier": ones(10, dtype=np.int32),
        "shift": ones(10),
    }
    (row,) = costs(one_operator("fully_connected", [(64,)], (10,), stored))
    assert row.parameters == 650
    assert row.parameter_bytes == 640 + 40 + 40 + 10


def test_what_is_shared_counts_once():
    graph = one_operator("lookup", [(7,)], (7,), {"table": ones(256)})
    again = Operator("lookup", ("y",), ("z",), {"table": "table"})
    tensors = {**graph.tensors, "z": Tensor("z", (7,), INT8)}
    rows = costs(Graph("test", tensors, (*graph.operators, again), "x0", "z", graph.contract, (0,)))
    assert [row.parameter_bytes for row in rows] == [256, 0]


@pytest.mark.parametrize("seed", range(12))
def test_layers_of_networks_add_up(seed):
    graph = random_network(seed)
    rows = costs(graph)
    assert sum(row.parameter_bytes for row in rows) == graph.model_bytes
    assert all(row.activation_bytes > 0 for row in rows)


def test_estimated_cycles_are_the_sum_of_the_work():
    graph, _ = CASES["add"]
    rows = costs(graph)
    core = CORES["cortex_m4"]
    expected = WEIGHTS["add"] * (21 * core.cycles_per_rescale + 7 * core.cycles_per_step)
    assert operator_cycles(rows[0], core) == pytest.approx(expected)
    assert estimated_cycles(rows, BOARDS["uno_r4"]) == round(operator_cycles(rows[0], core))


def test_a_layer_with_weights_is_the_measure():
    (row,) = costs(CASES["fully_connected"][0])
    core = CORES["avr"]
    assert operator_cycles(row, core) == 640 * core.cycles_per_mac + 10 * core.cycles_per_rescale
    assert set(WEIGHTS) <= cost_kinds()


def test_energy_of_a_multiply_accumulate():
    uno, core = BOARDS["uno"], CORES["avr"]
    assert nanojoules_per_mac(uno) == core.cycles_per_mac * uno.nj_per_cycle_board
    assert Work(3).rescales == Work(3).steps == 0
