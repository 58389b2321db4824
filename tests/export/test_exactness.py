"""The course's promise: Python, this computer's C and the virtual Uno agree, integer for integer."""

from __future__ import annotations

import numpy as np
import pytest
from on_the_uno import answers
from random_models import random_block_graph, random_graph

import tinyml_course as tc
from tinyml_course.export.bonsai_blocks import plan_blocks
from tinyml_course.export.proof import prove_bonsai
from tinyml_course.toolchain import HostProgram

#: Compiler version, level and aim: cycles of all 540 images, cycles of the slowest, flash and SRAM of the model.
EXACT = {
    ("5.4.0", "-Os", "size"): (7_491_004, 14_969, 3330, 140),
    ("7.3.0", "-Os", "size"): (7_490_464, 14_968, 3300, 140),
    ("5.4.0", "-Os", "speed"): (3_583_529, 6_961, 24_896, 126),
    ("7.3.0", "-Os", "speed"): (3_582_989, 6_960, 24_866, 126),
}
#: Weights that fit the Uno's flash as code, at about seven bytes each.
LARGEST_AS_CODE = 4000
HOST_VARIANTS = [("-O0", False), ("-O2", False), ("-O1", True)]


@pytest.mark.parametrize("optimize", ["size", "speed"])
@pytest.mark.parametrize(("optimization", "sanitize"), HOST_VARIANTS)
@pytest.mark.usefixtures("sanitizers")
def test_digits_on_this_computer(digits_graph, digits, optimization, sanitize, optimize):
    sketch = tc.export_arduino(digits_graph, name="digits", optimize=optimize)
    outputs, classes = HostProgram(sketch, optimization=optimization, sanitize=sanitize).run(digits.x_test)
    np.testing.assert_array_equal(outputs, digits_graph.predict(digits.x_test))
    np.testing.assert_array_equal(classes, digits_graph.classify(digits.x_test))


@pytest.mark.parametrize(("optimization", "optimize"), [("-Os", "size"), ("-O2", "size"), ("-Os", "speed")])
def test_digits_on_the_virtual_uno(digits_graph, digits, each_toolchain, optimization, optimize):
    sketch = tc.export_arduino(digits_graph, name="digits", optimize=optimize)
    run = tc.simulate(sketch, digits.x_test, toolchain=each_toolchain, optimization=optimization)
    np.testing.assert_array_equal(run.outputs, digits_graph.predict(digits.x_test))
    np.testing.assert_array_equal(run.classes, digits_graph.classify(digits.x_test))
    assert run.outputs.dtype == np.int16
    assert run.self_test_passed
    assert run.cycles.mean() <= {"size": 14_000, "speed": 8_000}[optimize]
    known = EXACT.get((each_toolchain.version, optimization, optimize))
    measured = int(run.cycles.sum()), int(run.cycles.max()), run.model_flash_bytes, run.model_sram_peak_bytes
    assert known in {None, measured}
    assert run.model_sram_peak_bytes <= 256
    assert run.sram_peak_bytes <= 700


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.usefixtures("sanitizers")
def test_random_models_on_this_computer(seed):
    graph, x = random_graph(seed, n=200)
    sketch = tc.export_arduino(graph, name="probe")
    for optimization, sanitize in HOST_VARIANTS[1:]:
        outputs, classes = HostProgram(sketch, optimization=optimization, sanitize=sanitize).run(x)
        np.testing.assert_array_equal(outputs, graph.predict(x))
        np.testing.assert_array_equal(classes, graph.classify(x))


@pytest.mark.parametrize("seed", range(20))
def test_random_models_on_the_virtual_uno(seed, quick_toolchain):
    graph, x = random_graph(seed)
    sketch = tc.export_arduino(graph, name="probe")
    for optimization in ("-Os", "-O2"):
        run = answers(sketch, x, quick_toolchain, optimization)
        np.testing.assert_array_equal(run.outputs, graph.predict(x))
        np.testing.assert_array_equal(run.classes, graph.classify(x))


@pytest.mark.parametrize("optimize", ["size", "speed"])
@pytest.mark.parametrize("seed", range(16))
@pytest.mark.usefixtures("sanitizers")
def test_fast_kernels_everywhere(seed, quick_toolchain, optimize):
    graph, x = random_block_graph(seed)
    if optimize == "speed" and plan_blocks(graph, prove_bonsai(graph)) is None:
        with pytest.raises(tc.TinyMLError, match="Use optimize='size'"):
            tc.export_arduino(graph, name="probe", optimize="speed")
        return
    sketch = tc.export_arduino(graph, name="probe", optimize=optimize)
    outputs, _ = HostProgram(sketch, optimization="-O1", sanitize=True).run(x)
    np.testing.assert_array_equal(outputs, graph.predict(x))
    if optimize == "speed" and graph.parameter_count > LARGEST_AS_CODE:
        return
    for optimization in ("-Os", "-O2"):
        run = answers(sketch, x, quick_toolchain, optimization)
        np.testing.assert_array_equal(run.outputs, graph.predict(x))
