"""Convolutions in registers: the reference, this computer's C and the virtual Uno agree."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from on_the_uno import answers
from random_layers import Chain
from random_networks import random_codes, side_by_side

import tinyml_course as tc
from tinyml_course.convert.encode import accept_raw
from tinyml_course.export.conv_chain import find_conv_chain
from tinyml_course.export.conv_step import conv_chain
from tinyml_course.export.conv_windows import conv_windows
from tinyml_course.export.network import Network
from tinyml_course.graph import InputContract, Operator
from tinyml_course.toolchain import HostProgram

SHAPES = ((6, 8, 1), (8, 6, 1), (4, 4, 3), (4, 6, 2), (16, 3, 1), (3, 4, 4), (8, 3, 2))


def chain(seed):
    """A convolution or a depthwise one, perhaps a pooling, 1x1 convolutions and a mean."""
    rng = np.random.default_rng(2000 + seed)
    layers = Chain(seed, SHAPES[seed % len(SHAPES)], zero_point=int(rng.choice([-128, -128, 3])))
    kind = rng.integers(3)
    same = bool(rng.random() < 0.6)
    layers.conv(
        int(rng.integers(1, 3 if kind == 0 else 10)),
        (int(rng.integers(1, 4)), int(rng.integers(1, 4))),
        strides=(1, 1) if rng.random() < 0.6 else (int(rng.integers(1, 3)), int(rng.integers(1, 3))),
        dilations=(2, 1) if same and rng.random() < 0.2 else (1, 1),
        same=same,
        relu=rng.random() < 0.7,
        depthwise=kind == 0,
    )
    if kind == 2 and min(layers.last.shape[:2]) >= 2:
        window = (2, 2) if rng.random() < 0.7 else (int(rng.integers(1, 3)), int(rng.integers(1, 3)))
        layers.max_pool(window, window if rng.random() < 0.8 else (1, 1))
    for _ in range(int(rng.integers(0, 3))):
        layers.conv(int(rng.integers(1, 11)), (1, 1), relu=rng.random() < 0.7)
    many = math.prod(layers.last.shape) > 150
    return (layers.mean() if many or rng.random() < 0.5 else layers).graph()


def check_everywhere(graphs, seed, toolchain, optimizations=("-Os",)):
    graph, x = side_by_side(graphs), random_codes(seed, 40, np.int8)
    expected = graph.predict(x)
    assert len(np.unique(expected)) > 60
    sketch = tc.export_arduino(graph, name="probe")
    outputs, _ = HostProgram(sketch, optimization="-O1", sanitize=True).run(x)
    np.testing.assert_array_equal(outputs, expected)
    for optimization in optimizations:
        run = answers(sketch, x, toolchain, optimization)
        np.testing.assert_array_equal(run.outputs, expected)


@pytest.mark.parametrize("seeds", [range(0, 5), range(5, 10), range(10, 15), range(15, 19), range(19, 23)])
@pytest.mark.usefixtures("sanitizers")
def test_random_chains_everywhere(seeds, quick_toolchain):
    graphs = [chain(seed) for seed in seeds]
    assert sum(conv_chain(Network(graph, "probe"), 0) is not None for graph in graphs) >= 4
    check_everywhere(graphs, seeds[0], quick_toolchain, ("-Os", "-O2") if seeds[0] == 0 else ("-Os",))


@pytest.mark.usefixtures("sanitizers")
def test_window_by_window(quick_toolchain):
    graphs = []
    for seed, (zero_point, window, strides, same) in enumerate(
        [(-128, (3, 3), (1, 1), True), (3, (2, 3), (2, 1), True), (-128, (1, 1), (1, 1), False)]
    ):
        layers = Chain(seed, (4, 4, 3), zero_point)
        layers.conv((13, 17, 8)[seed], window, strides=strides, same=same, relu=seed != 1)
        graphs.append(layers.graph())
        assert conv_windows(Network(graphs[-1], "probe"), 0) is not None
    # Alone, the small ones would become code: a chain of many weights is written window by window.
    large = Chain(9, (4, 4, 3)).conv(16).conv(9, strides=(2, 2)).graph()
    network = Network(large, "probe")
    assert conv_chain(network, 0) is None
    assert conv_chain(network, 1) is None
    assert conv_windows(network, 1) is not None
    check_everywhere([large], 9, quick_toolchain)


@pytest.mark.parametrize(("shape", "largest"), [((6, 8, 1), 16), ((2, 24, 1), 199), ((3, 17, 1), 16)])
@pytest.mark.usefixtures("sanitizers")
def test_raw_images_go_through_a_table(shape, largest, quick_toolchain):
    """Rows of up to 16 values are read without a loop, longer ones in one; a small table lies within 256 bytes."""
    graph = Chain(4, shape, zero_point=-20).conv(5).max_pool().graph()
    size = math.prod(shape)
    graph = accept_raw(graph, InputContract(np.dtype(np.uint8), (size,), 0, largest))
    found = find_conv_chain(Network(graph, "probe"), 0)
    assert found is not None
    assert (found.count, found.border) == (3, (1, 1))
    x = np.random.default_rng(0).integers(0, largest + 1, (30, size)).astype(np.uint8)
    sketch = tc.export_arduino(graph, name="probe")
    outputs, _ = HostProgram(sketch, optimization="-O1", sanitize=True).run(x)
    np.testing.assert_array_equal(outputs, graph.predict(x))
    np.testing.assert_array_equal(answers(sketch, x, quick_toolchain).outputs, graph.predict(x))


def first_chain(layers):
    return find_conv_chain(Network(layers.graph(), "probe"), 0)


def test_the_largest_sum_is_taken_only_where_that_is_exact():
    layers = Chain(1, (6, 8, 1)).conv(3).max_pool()
    taken = first_chain(layers)
    assert taken is not None
    assert (taken.count, taken.stages[0].pool) == (2, (2, 2))
    for changed in ({"activation_max": 90}, {"padding": (0, 1, 0, 1)}):
        last = layers.operators[-1]
        layers.operators[-1] = replace(last, attributes={**last.attributes, **changed})
        left = first_chain(layers)
        assert left is not None
        assert (left.count, left.stages[0].pool) == (1, (1, 1))
        layers.operators[-1] = last


def test_a_border_is_made_only_where_it_is_needed():
    assert first_chain(Chain(1, (6, 8, 1)).conv(3)).border is None
    assert first_chain(Chain(1, (6, 8, 1), zero_point=3).conv(3)).border == (1, 1)
    assert first_chain(Chain(1, (6, 8, 1), zero_point=3).conv(3, same=False)).border is None
    assert first_chain(Chain(1, (6, 8, 1)).conv(3).max_pool()).border == (1, 1)


def test_values_that_others_read_are_kept():
    layers = Chain(1, (6, 8, 1)).conv(3).max_pool()
    layers.operators.append(Operator("reshape", (layers.operators[0].outputs[0],), ("again",)))
    layers._add("again", (144,), -128)
    assert first_chain(layers).count == 1


def test_large_layers_are_left_to_others():
    assert first_chain(Chain(1, (4, 4, 3)).conv(25)) is None  # about 500 weights
    assert first_chain(Chain(1, (12, 4, 1)).conv(2, (5, 1))) is None  # five rows may lie outside
