"""Dense layers in registers: the reference, this computer's C and the virtual Uno agree."""

from __future__ import annotations

import numpy as np
import pytest
from on_the_uno import answers
from random_layers import Chain
from random_networks import random_codes, side_by_side

import tinyml_course as tc
from tinyml_course.convert.encode import accept_raw
from tinyml_course.export.dense import LARGEST_BLOCK, plan_dense
from tinyml_course.export.dense_step import dense_chain, find_chain
from tinyml_course.export.network import Network
from tinyml_course.graph import InputContract
from tinyml_course.toolchain import HostProgram


def chain(seed):
    """Two or three dense layers of 1 to 70 values."""
    rng = np.random.default_rng(1000 + seed)
    layers = Chain(seed, zero_point=int(rng.choice([-128, -128, 0, -5])))
    layers.dense(int(rng.integers(1, 40)), relu=rng.random() < 0.7, largest=int(rng.choice([127, 127, 2])))
    if rng.random() < 0.7:
        layers.dense(int(rng.integers(1, 71)), relu=rng.random() < 0.5, largest=int(rng.choice([127, 1])))
    return layers.dense(int(rng.integers(1, 20)), relu=rng.random() < 0.3).graph()


def layers_of(graph):
    network = Network(graph, "probe")
    return [plan_dense(network, operator) for operator in graph.operators]


@pytest.mark.parametrize("seeds", [range(0, 6), range(6, 12), range(12, 18)])
@pytest.mark.usefixtures("sanitizers")
def test_random_chains_everywhere(seeds, quick_toolchain):
    graphs = [chain(seed) for seed in seeds]
    for graph in graphs:
        step = dense_chain(Network(graph, "probe"), 0)
        assert step is not None
        assert step.count == len(graph.operators)
    graph, x = side_by_side(graphs), random_codes(seeds[0], 60, np.int8)
    expected = graph.predict(x)
    assert len(np.unique(expected)) > 150
    sketch = tc.export_arduino(graph, name="probe")
    outputs, _ = HostProgram(sketch, optimization="-O1", sanitize=True).run(x)
    np.testing.assert_array_equal(outputs, expected)
    for optimization in ("-Os", "-O2") if seeds[0] == 0 else ("-Os",):
        run = answers(sketch, x, quick_toolchain, optimization)
        np.testing.assert_array_equal(run.outputs, expected)


@pytest.mark.usefixtures("sanitizers")
def test_many_sizes_on_this_computer():
    sizes = [x for k in range(1, 36, 3) for x in (k, 71 - k)]
    layers = Chain(3)
    for size in sizes:
        layers.dense(size)
    graph, x = layers.graph(), random_codes(3, 60, np.int8)
    assert all(layer is not None for layer in layers_of(graph))
    sketch = tc.export_arduino(graph, name="probe", board="pico")  # too large for an Uno
    outputs, _ = HostProgram(sketch, optimization="-O1", sanitize=True).run(x)
    np.testing.assert_array_equal(outputs, graph.predict(x))


@pytest.mark.parametrize("outputs", range(1, 71))
def test_blocks_hold_all_outputs(outputs):
    (layer,) = layers_of(Chain(outputs).dense(outputs, largest=2).graph())
    assert layer is not None
    assert layer.block <= LARGEST_BLOCK[layer.sum_bytes]
    assert 0 <= layer.blocks * layer.block - outputs < layer.blocks
    size = layer.sum_bytes + layer.count + layer.narrow.form.parameter_bytes
    assert sum(values.size for _, values in layer.rows()) == layer.blocks * layer.block * size


def test_small_sums_take_two_bytes():
    small, large = (layers_of(Chain(1).dense(8, largest=largest).graph())[0] for largest in (2, 127))
    assert small is not None and large is not None
    assert (small.sum_bytes, large.sum_bytes) == (2, 3)


def test_a_first_weight_of_minus_128_is_noticed():
    layers = Chain(5)
    layers.dense(3)
    name = layers.operators[0].parameters["weights"]
    for weight in (-127, -128):
        values = layers.tensors[name].values.copy()
        values[0, 7] = weight
        layers._store("weights", values, 8)
        graph = layers.graph()
        tensors = dict(graph.tensors)
        tensors[name] = type(tensors[name])(name, values.shape, values.dtype, values)
        (layer,) = layers_of(type(graph)(**{**graph.__dict__, "tensors": tensors}))
        assert layer is not None
        assert layer.first_weights_nonzero == (weight == -127)


@pytest.mark.parametrize(
    ("dtype", "low", "high"), [("uint8", 0, 16), ("uint8", 3, 202), ("int8", -20, 11), ("int8", -128, 127)]
)
@pytest.mark.usefixtures("sanitizers")
def test_raw_values_go_through_a_table(dtype, low, high, quick_toolchain):
    graph = Chain(high, zero_point=-20).dense(9).dense(5, relu=False).graph()
    graph = accept_raw(graph, InputContract(np.dtype(dtype), (48,), low, high))
    found = find_chain(Network(graph, "probe"), 0)
    assert found is not None
    assert found.encode is not None
    x = np.random.default_rng(0).integers(low, high + 1, (30, 48)).astype(dtype)
    x[0], x[1] = low, high
    sketch = tc.export_arduino(graph, name="probe")
    outputs, _ = HostProgram(sketch, optimization="-O1", sanitize=True).run(x)
    np.testing.assert_array_equal(outputs, graph.predict(x))
    run = answers(sketch, x, quick_toolchain)
    np.testing.assert_array_equal(run.outputs, graph.predict(x))


@pytest.mark.parametrize(("weight", "block", "cycles"), [(-100, 8, 8.5), (-1, 10, 7.5)])
def test_cycles_of_a_multiply_accumulate(weight, block, cycles, quick_toolchain):
    """No zero among the values: what one more value costs six more blocks, divided by the multiply-accumulates."""
    spent, forms = {}, {}
    for count in (47, 48):
        for blocks in (1, 7):
            graph = Chain(7, (count,)).dense(blocks * block, constant=weight).graph()
            (layer,) = layers_of(graph)
            assert layer is not None
            assert (layer.block, layer.blocks) == (block, blocks)
            forms[count, blocks] = layer.narrow.form
            x = np.full((1, count), 127, np.int8)
            run = answers(tc.export_arduino(graph, name="probe"), x, quick_toolchain)
            spent[count, blocks] = run.cycles[0]
    assert all(forms[47, blocks] == forms[48, blocks] for blocks in (1, 7))
    more = spent[48, 7] - spent[47, 7] - (spent[48, 1] - spent[47, 1])
    assert more / (6 * block) == cycles


@pytest.mark.parametrize("count", [256, 257, 258, 300, 319])
def test_many_values(count, quick_toolchain):
    """The sum of more than 257 values takes three bytes; the end of more than 255 takes two to recognize."""
    graph = Chain(count, (count,)).dense(9, largest=60).dense(3, relu=False).graph()
    step = dense_chain(Network(graph, "probe"), 0)
    assert (step is None) == (count == 257)  # a prime: no loop of at most 255 turns
    if count in {256, 319}:  # 319 = 11 * 29: the loop is too long for a branch
        x = np.random.default_rng(0).integers(-128, 128, (20, count)).astype(np.int8)
        x[0], x[1], x[2, :] = 127, -128, np.where(np.arange(count) % 3, -128, 127)
        run = answers(tc.export_arduino(graph, name="probe"), x, quick_toolchain)
        np.testing.assert_array_equal(run.outputs, graph.predict(x))


def test_what_the_kernels_cannot_do_is_left_to_others():
    wide = Chain(1, (263,)).dense(4).graph()  # a prime above 255
    assert dense_chain(Network(wide, "probe"), 0) is None
    assert dense_chain(Network(Chain(1, (4, 4, 3)).conv(3).graph(), "probe"), 0) is None
