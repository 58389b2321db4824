"""Networks: Python, this computer's C and the virtual Uno agree in every value, not in the class alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hand_made_networks import dense_network, graph_of, layer, stored, value, weights_of
from on_the_uno import answers
from random_networks import random_codes, random_network, side_by_side, small_networks

import tinyml_course as tc
from tinyml_course.convert.encode import accept_raw
from tinyml_course.export.network import Network
from tinyml_course.export.network_layers import is_wide
from tinyml_course.export.program import NETWORK_KINDS
from tinyml_course.graph import Graph, InputContract, Operator
from tinyml_course.toolchain import HostProgram

HOST_VARIANTS = [("-O1", True), ("-O0", False), ("-O2", False)]
#: Type of the values, extreme scales, first seed.
RANDOM = [("INT8", False, 0), ("INT8", True, 100), ("INT16", False, 200)]


def agree(graph: Graph, outputs: np.ndarray, classes: np.ndarray, x: np.ndarray) -> None:
    """Expect what the reference says."""
    np.testing.assert_array_equal(outputs, graph.predict(x))
    np.testing.assert_array_equal(classes, graph.classify(x))


def on_host(graph: Graph, x: np.ndarray, variants: list[tuple[str, bool]] = HOST_VARIANTS) -> None:
    """Expect the same from this computer's C."""
    sketch = tc.export_arduino(graph, name="probe", board="teensy_4_1")
    for optimization, sanitize in variants:
        with HostProgram(sketch, optimization=optimization, sanitize=sanitize) as program:
            agree(graph, *program.run(x), x)


def on_uno(graph: Graph, x: np.ndarray, toolchain: object = None) -> None:
    """Expect the same from the virtual Uno, whatever the compiler optimizes for."""
    sketch = tc.export_arduino(graph, name="probe")
    for optimization in ("-Os", "-O2"):
        run = answers(sketch, x, toolchain, optimization)
        agree(graph, run.outputs, run.classes, x)
        assert run.self_test_passed


def test_every_kind_is_among_the_random_networks():
    graphs = [
        random_network(seed, kind, extreme=extreme)
        for kind, extreme, first in RANDOM
        for seed in range(first, first + 30)
    ]
    kinds = {operator.kind for graph in graphs for operator in graph.operators}
    assert kinds >= NETWORK_KINDS - {"encode_input", "encode_thresholds"}
    shifts = [g.parameter(o, "shift") for g in graphs for o in g.operators if "weights" in o.parameters]
    assert any(len(np.unique(shift)) > 2 for shift in shifts)  # a kernel with one scale for all channels would show


@pytest.mark.parametrize(("kind", "extreme", "first"), RANDOM)
@pytest.mark.usefixtures("sanitizers")
def test_every_value_on_this_computer(kind, extreme, first):
    graphs = [random_network(seed, kind, extreme=extreme) for seed in range(first, first + 30)]
    graph = side_by_side(graphs, every_tensor=True)
    on_host(graph, random_codes(first, 40, graph.contract.dtype))


@pytest.mark.parametrize(("kind", "extreme", "first"), RANDOM[:2])
@pytest.mark.usefixtures("sanitizers", "plain_kernels")
def test_every_value_with_plain_kernels(kind, extreme, first):
    graphs = [random_network(seed, kind, extreme=extreme) for seed in range(first + 30, first + 60)]
    graph = side_by_side(graphs, every_tensor=True)
    on_host(graph, random_codes(first, 40, graph.contract.dtype), HOST_VARIANTS[:1])


@pytest.mark.parametrize("seed", [0, 20, 40])
@pytest.mark.usefixtures("plain_kernels")
def test_plain_kernels_on_the_virtual_uno(seed, quick_toolchain):
    graph = side_by_side(small_networks(seed, 8))
    on_uno(graph, random_codes(seed, 6, np.int8), quick_toolchain)


def test_all_compilers(each_toolchain):
    graph = side_by_side(small_networks(60, 5))
    on_uno(graph, random_codes(60, 4, np.int8), each_toolchain)


@pytest.mark.usefixtures("sanitizers")
def test_int16_with_sums_of_32_bits(quick_toolchain):
    graphs = small_networks(200, 12, "INT16", arena_bytes=200)
    narrow = [graph for graph in graphs if not is_wide(Network(graph, "probe"))]
    graph = side_by_side(narrow[:6])
    assert "int64_t" not in tc.export_arduino(graph, name="probe").files["probe_model.h"]
    assert any("weights" in operator.parameters for operator in graph.operators)
    x = random_codes(200, 5, np.int16)
    on_uno(graph, x, quick_toolchain)
    on_host(graph, x, HOST_VARIANTS[:1])


@pytest.mark.usefixtures("sanitizers")
def test_int16_with_sums_of_64_bits(quick_toolchain):
    rng = np.random.default_rng(7)
    roles = weights_of(7, (6, 20), 6)
    roles["bias"] = stored("bias", [2**40, -(2**40), 2**33, -(2**20), 2**15, 0], "int64")
    roles["multiplier"] = stored("multiplier", rng.integers(2**14, 2**15, 6), "int32")
    roles["shift"] = stored("shift", [-26, -26, -18, -8, -1, 0], "int8")
    codes = {"activation_min": -32768, "activation_max": 32767, "rounding": "reduced"}
    operator, parameters = layer(0, "fully_connected", "x", "y", roles, codes)
    tensors = {"x": value("x", (20,), dtype="int16"), "y": value("y", (6,), dtype="int16"), **parameters}
    graph = graph_of(tensors, [operator], "x", "y")
    assert is_wide(Network(graph, "probe"))
    x = np.concatenate([rng.integers(-32768, 32768, (4, 20)), rng.integers(-30, 30, (4, 20))]).astype(np.int16)
    on_uno(graph, x, quick_toolchain)
    on_host(graph, x, HOST_VARIANTS[:1])


@pytest.mark.usefixtures("plain_kernels")
def test_more_than_255_inputs_outputs_and_classes(quick_toolchain):
    graph = dense_network(0, (300, 6, 300), shift=-12)
    x = np.random.default_rng(0).integers(-128, 128, (6, 300)).astype(np.int8)
    assert graph.classify(x).max() > 255
    sketch = tc.export_arduino(graph, name="probe")
    assert "uint16_t probe_classify(" in sketch.files["probe_model.h"]
    on_uno(graph, x, quick_toolchain)
    on_host(graph, x, HOST_VARIANTS[:1])


@pytest.mark.parametrize("outputs", [255, 256])
def test_the_type_of_a_class_at_its_limit(outputs):
    graph = dense_network(1, (4, outputs))
    x = np.random.default_rng(0).integers(-128, 128, (50, 4)).astype(np.int8)
    on_host(graph, x, HOST_VARIANTS[:1])


@pytest.mark.usefixtures("sanitizers")
def test_arenas_and_tables_above_64_kb():
    attributes = {"strides": (1, 1), "dilations": (1, 1), "padding": (1, 1, 1, 1)}
    first, parameters = layer(0, "conv_2d", "x", "y", weights_of(0, (2, 3, 3, 1), 2), attributes)
    second, more = layer(1, "fully_connected", "y", "z", weights_of(1, (3, 200 * 200 * 2), 3, -14), {})
    tensors = {"x": value("x", (200, 200, 1), 3), "y": value("y", (200, 200, 2), -7), "z": value("z", (3,))}
    graph = graph_of({**tensors, **parameters, **more}, [first, second], "x", "z")
    x = np.random.default_rng(2).integers(-128, 128, (4, 40_000)).astype(np.int8)
    on_host(graph, x, HOST_VARIANTS[:1])


RAW = [
    ("uint8", 0, 16),
    ("int8", -20, 100),
    ("int16", -31_000, -30_900),
    ("uint16", 65_000, 65_200),
    ("int16", -3000, 3000),
    ("uint16", 0, 65_535),
    ("float32", -2.5, 7.25),
]


@pytest.mark.parametrize(("dtype", "low", "high"), RAW)
def test_raw_values(dtype, low, high, quick_toolchain):
    kind = np.dtype(dtype)
    rng = np.random.default_rng(5)
    x = rng.uniform(low, high, (12, 20)) if kind.kind == "f" else rng.integers(low, high, (12, 20), endpoint=True)
    x = x.astype(kind)
    x[0], x[1], x[2, 0] = low, high, 0 if low <= 0 <= high else low
    if kind.kind == "f":
        x[3, :4] = -0.0, 1e-30, -1e-40, np.float32(0.1)
    codes = dense_network(3, (20, 6))
    scale = (high - low) / 255
    first = replace(
        codes.tensors["v0"], encoding=tc.graph.Encoding(scale, round(-128 - low / scale) if low > -1000 else 0)
    )
    graph = accept_raw(replace(codes, tensors={**codes.tensors, "v0": first}), InputContract(kind, (20,), low, high))
    on_host(graph, x, HOST_VARIANTS[:1])
    on_uno(graph, x, quick_toolchain)


@pytest.mark.usefixtures("sanitizers")
def test_uint8_at_both_ends(quick_toolchain):
    dense = dense_network(4, (20, 6))
    same = {"multiplier": stored("multiplier", 2**30, "int32"), "shift": stored("shift", 1, "int8")}
    first, one = layer(8, "quantize", "x", "v0", same, {})
    last, two = layer(9, "quantize", "v1", "y", same, {"activation_min": 0, "activation_max": 255})
    ends = {"x": value("x", (20,), 125, "uint8"), "y": value("y", (6,), 128, "uint8")}
    graph = graph_of({**dense.tensors, **ends, **one, **two}, [first, *dense.operators, last], "x", "y")
    x = np.random.default_rng(0).integers(0, 256, (8, 20)).astype(np.uint8)
    x[0], x[1] = 0, 255
    assert graph.predict(x).max() > 127
    on_host(graph, x, HOST_VARIANTS[:1])
    on_uno(graph, x, quick_toolchain)


@pytest.mark.usefixtures("sanitizers", "plain_kernels")
def test_what_random_networks_seldom_have(quick_toolchain):
    """A largest value that the activation limits; a mean over axes that are apart; a border on every axis."""
    window = {"window": (2, 2), "strides": (1, 1), "padding": (0, 1, 0, 1), "activation_min": -90, "activation_max": 60}
    factor = {"multiplier": stored("multiplier", 1518500250, "int32"), "shift": stored("shift", -3, "int8")}
    border = {"before": (1, 0, 1), "after": (0, 2, 2), "value": 4}
    mean, parameters = layer(1, "mean", "deep", "means", factor, {"axes": (1, 3)})
    operators = [
        Operator("reshape", ("x",), ("image",)),
        Operator("max_pool_2d", ("image",), ("largest",), {}, window),
        Operator("pad", ("image",), ("wide",), {}, border),
        Operator("reshape", ("x",), ("deep",)),
        mean,
        *(Operator("reshape", (name,), (f"flat {name}",)) for name in ("largest", "wide", "means")),
        Operator("concatenation", ("flat largest", "flat wide", "flat means"), ("y",), {}, {"axis": 0}),
    ]
    shapes = {"x": (48,), "image": (4, 4, 3), "largest": (4, 4, 3), "wide": (5, 6, 6), "deep": (2, 3, 2, 4)}
    shapes |= {"means": (2, 2), "flat largest": (48,), "flat wide": (180,), "flat means": (4,), "y": (232,)}
    tensors = {**parameters, **{name: value(name, shape, 9) for name, shape in shapes.items()}}
    graph = graph_of(tensors, operators, "x", "y")
    x = random_codes(9, 6, np.int8)
    on_host(graph, x, HOST_VARIANTS[:1])
    on_uno(graph, x, quick_toolchain)


@pytest.mark.usefixtures("sanitizers")
def test_graphs_that_only_move_values():
    tensors = {"x": value("x", (6,)), "y": value("y", (2, 3)), "z": value("z", (12,))}
    reshape = Operator("reshape", ("x",), ("y",))
    twice = Operator("concatenation", ("x", "x"), ("z",), {}, {"axis": 0})
    x = np.random.default_rng(0).integers(-128, 128, (5, 6)).astype(np.int8)
    on_host(graph_of({k: tensors[k] for k in "xy"}, [reshape], "x", "y"), x, HOST_VARIANTS[:1])
    on_host(graph_of(tensors, [reshape, twice], "x", "z"), x, HOST_VARIANTS[:1])
