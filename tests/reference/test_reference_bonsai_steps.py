"""The trace of one sample is what predict calculates, step for step."""

import dataclasses

import numpy as np
import pytest
from random_models import random_bonsai, random_graph, random_samples

from tinyml_course import Graph
from tinyml_course.convert.bonsai import convert_bonsai
from tinyml_course.errors import InputError
from tinyml_course.models.bonsai_budget import BonsaiConfiguration
from tinyml_course.reference import bonsai_trace


def assert_same(graph: Graph, x) -> None:
    values = graph.run(x)
    outputs, classes = graph.predict(x), graph.classify(x)
    for i, sample in enumerate(x):
        trace = bonsai_trace(graph, sample)
        assert trace.scores.tolist() == outputs[i].tolist()
        assert trace.z.tolist() == values["z"][i].tolist()
        assert list(trace.path) == values["path"][i].tolist()
        assert trace.class_index == classes[i]
        assert trace.label == graph.labels[classes[i]]
        assert trace.bytes_read + trace.bytes_not_read == graph.model_bytes


def test_it_equals_predict_on_every_test_image(digits_graph, digits):
    assert_same(digits_graph, digits.x_test)


@pytest.mark.parametrize("seed", range(20))
def test_it_equals_predict_on_random_graphs(seed):
    assert_same(*random_graph(seed))


@pytest.mark.parametrize("depth", [0, 1, 3, 4])
@pytest.mark.parametrize("bits", [4, 8])
def test_any_depth(depth, bits):
    rng = np.random.default_rng(10 * depth + bits)
    x = random_samples(rng, "uint8", 12, 20)
    graph = convert_bonsai(random_bonsai(rng, x, 3, BonsaiConfiguration(depth, 6, bits)), x)
    assert_same(graph, x)
    trace = bonsai_trace(graph, x[0])
    assert len(trace.nodes) == depth + 1
    off_path = (2 ** (depth + 1) - 1) - (depth + 1)
    assert trace.bytes_not_read == off_path * 2 * 3 * 6 * bits // 8 + max(0, off_path - depth) // 2 * 6 * bits // 8


def test_the_numbers_follow_from_each_other(digits_graph, digits):
    trace = bonsai_trace(digits_graph, digits.x_test[3])
    half = (1 << trace.z_shift) >> 1
    assert trace.z.tolist() == [(a + half) >> trace.z_shift for a in trace.accumulators.tolist()]
    total = np.zeros(10, int)
    for step, following in zip(trace.nodes, [*trace.path[1:], None], strict=True):
        assert step.gate.tolist() == [max(-trace.one, min(trace.one, v)) for v in step.v.tolist()]
        assert step.products.tolist() == [w * g for w, g in zip(step.w.tolist(), step.gate.tolist(), strict=True)]
        assert step.scores.tolist() == [p >> trace.score_shift for p in step.products.tolist()]
        total += step.scores
        assert step.totals.tolist() == total.tolist()
        assert step.next_node == following
    assert trace.scores.tolist() == total.tolist()


def test_a_leaf_has_no_branch_and_zero_goes_right(digits_graph, digits):
    *inner, leaf = bonsai_trace(digits_graph, digits.x_test[0]).nodes
    assert (leaf.branch, leaf.goes_left, leaf.next_node) == (None, None, None)
    at_zero = dataclasses.replace(inner[0], branch=0)
    assert (at_zero.goes_left, at_zero.next_node) == (False, 2)


def test_bytes_of_the_digits_model(digits_graph, digits):
    trace = bonsai_trace(digits_graph, digits.x_test[0])
    # 18 projected features, 4 bits: Z 18 x 65, three nodes of 2 x 10 x 18 on the path, two thetas of 18.
    assert (trace.projection_bytes, trace.node_bytes, trace.branch_bytes) == (585, 180, 9)
    assert trace.bytes_read == 585 + 3 * 180 + 2 * 9 + trace.other_bytes
    assert trace.bytes_not_read == 4 * 180 + 9


def test_what_is_no_bonsai_or_no_sample_is_refused(digits_graph, digits):
    other = dataclasses.replace(digits_graph, operators=digits_graph.operators[:1], kind="half")
    with pytest.raises(InputError, match="Expected a Bonsai, got a graph of kind 'half'"):
        bonsai_trace(other, digits.x_test[0])
    with pytest.raises(InputError, match="Expected a Graph, got str"):
        bonsai_trace("digits", digits.x_test[0])
    with pytest.raises(InputError, match=r"Pass x\[0\], not x"):
        bonsai_trace(digits_graph, digits.x_test)
    with pytest.raises(InputError, match="0 to 16"):
        bonsai_trace(digits_graph, np.full(64, 17, np.uint8))
