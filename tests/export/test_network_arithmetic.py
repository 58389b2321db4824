"""The arithmetic of exported networks where it is most likely to be wrong: at thresholds, limits and borders."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hand_made_networks import dense_network
from on_the_uno import answers
from random_networks import random_codes, random_network

from tinyml_course.errors import ExportError
from tinyml_course.export.c_text import fixed_c, table
from tinyml_course.export.network import Places
from tinyml_course.export.network_bounds import graph_bounds, sum_bounds
from tinyml_course.export.network_pairs import walk
from tinyml_course.export.network_shapes import mean_groups, reciprocals
from tinyml_course.export.sketch import Sketch
from tinyml_course.fixed_point import multiply_by_quantized_multiplier, one_over_one_plus_x, reduced_multiplier
from tinyml_course.toolchain import HostProgram

MULTIPLIERS = (0, 1, 2**30, 2**30 + 1, 1518500250, 2**31 - 1, 1234567891, 1999999999)
SHIFTS = (0, -1, -2, -5, -8, -13, -24, -31)
FACTORS = [*[(m, s) for m, s in itertools.product(MULTIPLIERS, SHIFTS) if m][::3], (0, 0)]
LIMIT = 2**31 - 2**16


def requantizer() -> Sketch:
    """A program that is no model: it requantizes one int32 with every factor, and takes a reciprocal.

    Each factor three times: rounded once, twice, and reduced.
    """
    count = len(FACTORS)
    multipliers, shifts = np.array(FACTORS, np.int64).T
    narrow = np.where(shifts > -2, -2, shifts)
    tables = (
        table("uint32_t", f"probe_multipliers[{count}]", [("doubled", 2 * multipliers)], "probe")
        + table("uint16_t", f"probe_reduced[{count}]", [("15 bits", reduced_multiplier(multipliers))], "probe")
        + table("int8_t", f"probe_shifts[{count}]", [("right", shifts)], "probe")
        + table("int8_t", f"probe_narrow[{count}]", [("right by 2 or more", narrow)], "probe")
    )
    files = ("portable.h", "network_multiply.h", "network_requantize.h", "network_reduced_32.h", "network_reciprocal.h")
    header = (
        "\n".join(fixed_c(file, "probe") for file in files)
        + tables
        + "typedef int32_t probe_input_t;\ntypedef int32_t probe_output_t;\n"
        + f"#define probe_INPUT_SIZE 1\n#define probe_OUTPUT_SIZE {3 * count + 1}\n#define probe_MODEL_BYTES 0\n"
        "static inline void probe_invoke(const probe_input_t *input, probe_output_t *output)\n{\n"
        f"    for (uint8_t k = 0; k < {count}; k++) {{\n"
        "        const uint32_t multiplier = (uint32_t)probe_read_32(probe_multipliers + k);\n"
        "        const int8_t shift = (int8_t)probe_read(probe_shifts + k);\n"
        "        *output++ = probe_requantize(*input, multiplier, shift, 0);\n"
        "        *output++ = probe_requantize(*input, multiplier, shift, 1);\n"
        "        *output++ = probe_requantize_reduced(*input, probe_read_16(probe_reduced + k),\n"
        "            (int8_t)probe_read(probe_narrow + k));\n    }\n"
        "    *output = probe_reciprocal(((uint32_t)*input & 0x3FFFFFFF) | 0x40000000);\n"
        "    *output = *output >= 0x40000000 ? 0x7FFFFFFF : 2 * *output;\n}\n"
        "static inline uint8_t probe_classify(const probe_input_t *input)\n"
        "{\n    probe_output_t output[probe_OUTPUT_SIZE];\n    probe_invoke(input, output);\n"
        "    return (uint8_t)(output[0] & 1);\n}\n"
    )
    protocol = (
        '#define probe_SELF_TESTS 1\n#define probe_RANGE_TEXT " -2147483648 2147483647"\n'
        + table("uint8_t", "probe_self_test_samples[1][4]", [("zero", np.zeros(4, np.int64))], "probe")
        + table("uint8_t", "probe_self_test_classes[1]", [("zero", np.zeros(1, np.int64))], "probe")
        + "#define probe_in_range(x) 1\n"
        + fixed_c("protocol.h", "probe")
        .replace("probe_class_t", "uint8_t")
        .replace("probe_length_t", "uint16_t")
        .replace("probe_read_class", "probe_read")
    )
    guard = "#ifndef PROBE_H\n#define PROBE_H\n{}#endif\n"
    files_of = {
        "probe.ino": fixed_c("sketch.ino", "probe"),
        "probe_main.c": fixed_c("main.c", "probe"),
        "probe_protocol.h": protocol,
        "probe_model.h": guard.format(header),
    }
    kind = np.dtype(np.int32)
    return Sketch("probe", files_of, kind, kind, 1, 3 * count + 1, -(2**31), 2**31 - 1)


def expected(x: np.ndarray) -> np.ndarray:
    """What the reference says, one row for each value."""
    columns = []
    for m, s in FACTORS:
        columns += [multiply_by_quantized_multiplier(x, m, s, rounding) for rounding in ("single", "double")]
        columns.append(multiply_by_quantized_multiplier(x, reduced_multiplier(m), min(s, -2), "reduced"))
    # 1 / (1 + a) takes 2**31 / (a + 2**31), which is what the program has: a number of 31 bits, doubled.
    columns.append(one_over_one_plus_x(2 * (x.astype(np.int64) & 0x3FFFFFFF | 0x40000000) - 2**31))
    return np.stack([c.ravel() for c in columns], axis=1)


def near_thresholds() -> np.ndarray:
    """Values on both sides of where a result changes, for every factor, and the largest that are allowed."""
    values = {0, 1, -1, LIMIT, -LIMIT, 2**15, -(2**15), 2**16, -(2**16), 2**24 + 255}
    for m, s in FACTORS:
        if m:
            for result in (0, 1, 2, 63, 127, 1000):
                middle = int((result + 0.5) * 2.0 ** (31 - s) / m)
                values |= {sign * (middle + d) for sign in (1, -1) for d in (-2, -1, 0, 1, 2)}
    return np.array(sorted(v for v in values if abs(v) <= LIMIT), np.int32)[:, None]


@pytest.mark.usefixtures("sanitizers")
def test_requantization_at_its_thresholds_on_this_computer():
    x = near_thresholds()
    x = np.concatenate([x, np.random.default_rng(0).integers(-LIMIT, LIMIT, (20_000, 1)).astype(np.int32)])
    for optimization, sanitize in (("-O1", True), ("-O2", False)):
        outputs, _ = HostProgram(requantizer(), optimization=optimization, sanitize=sanitize).run(x)
        np.testing.assert_array_equal(outputs, expected(x))


@pytest.mark.parametrize("optimization", ["-Os", "-O2"])
def test_requantization_at_its_thresholds_on_the_virtual_uno(quick_toolchain, optimization):
    x = near_thresholds()
    run = answers(requantizer(), x[:: max(1, len(x) // 150)], quick_toolchain, optimization)
    np.testing.assert_array_equal(run.outputs, expected(x[:: max(1, len(x) // 150)]))


def test_reciprocals_divide_exactly():
    for count, m in enumerate(reciprocals(1, 300, 2**20), start=1):
        shift = 30 + count.bit_length()
        n = np.arange(0, 40 * count + 2000)
        np.testing.assert_array_equal(n * int(m) >> shift, n // count)
        largest = 2**30 - 1 - np.arange(3 * count)
        assert all(int(v) * int(m) >> shift == int(v) // count for v in largest)
        assert m <= 2**31
    with pytest.raises(ExportError, match="smaller window"):
        reciprocals(100, 100, 2**30)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ((2, 3, 4), (2, 3, 4)),
        ((2, 3, 4), (4,)),
        ((2, 3, 4), (1, 1, 4)),
        ((2, 3, 4), (2, 3, 1)),
        ((2, 1, 4), (1, 3, 1)),
        ((2, 3, 4), ()),
        ((1,), (5, 1, 3)),
        ((3, 1, 2, 1), (1, 4, 1, 5)),
        ((1, 1), (1, 1)),
    ],
)
def test_walking_through_two_tensors(a, b):
    counts, a_steps, b_steps = walk(a, b)
    i = j = 0
    found, indices = [], [0] * 4
    while True:
        found.append((i, j))
        for axis in (3, 2, 1, 0):
            i, j = i + a_steps[axis], j + b_steps[axis]
            indices[axis] += 1
            if indices[axis] < counts[axis]:
                break
            indices[axis] = 0
        else:
            break
    shape = np.broadcast_shapes(a, b)
    want = [np.broadcast_to(np.arange(np.prod(s, dtype=int)).reshape(s), shape).ravel().tolist() for s in (a, b)]
    assert found == list(zip(*want, strict=True))


def test_tensors_too_unlike_to_walk_through():
    with pytest.raises(ExportError, match="too unlike"):
        walk((2, 1, 2, 1, 2), (1, 2, 1, 2, 1))


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((4, 5, 3), (0, 1)),
        ((4, 5, 3), (0, 2)),
        ((4, 5, 3), (1,)),
        ((4, 5, 3), (0, 1, 2)),
        ((7,), (0,)),
        ((2, 3, 4, 5), (1, 3)),
    ],
)
def test_groups_of_a_mean(shape, axes):
    groups = mean_groups(shape, axes)
    x = np.arange(np.prod(shape)).reshape(shape)
    np.testing.assert_array_equal(x.reshape(groups).sum(axis=(1, 3)).ravel(), x.sum(axis=axes).ravel())


def test_a_mean_over_three_groups_of_axes():
    with pytest.raises(ExportError, match="not supported"):
        mean_groups((2, 2, 2, 2, 2, 2), (0, 2, 4))


def test_bounds_hold_every_sum():
    rng = np.random.default_rng(0)
    weights, start = rng.integers(-127, 128, (5, 30)), rng.integers(-9999, 9999, 5)
    bounds = sum_bounds(weights, start, (-20, 100))
    x = rng.integers(-20, 101, (500, 30))
    sums = start + np.cumsum(x[:, None, :] * weights, axis=2).transpose(2, 0, 1)
    assert (sums >= bounds.low).all()
    assert (sums <= bounds.high).all()


@pytest.mark.parametrize("kind", ["INT8", "INT16"])
def test_no_value_leaves_its_bounds(kind):
    for seed in range(40):
        graph = random_network(seed, kind)
        values = graph.run(random_codes(seed, 40, graph.contract.dtype))
        for name, (low, high) in graph_bounds(graph).items():
            assert low <= values[name].min()
            assert values[name].max() <= high


def test_a_tensor_that_nobody_computes():
    graph = dense_network(0, (4, 4, 3))
    with pytest.raises(ExportError, match="no operator of this TFLite computes it"):
        Places(graph, {"v1": 0}, frozenset({"v0"}), "arena", np.dtype(np.int8)).of("v2")
