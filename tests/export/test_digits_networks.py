"""Two networks for the digits, from raw pixels to the class: exact logits, exact cycles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from on_the_uno import answers

import tinyml_course as tc
from tinyml_course.convert.encode import accept_raw
from tinyml_course.convert.tflite import load_tflite
from tinyml_course.graph import InputContract
from tinyml_course.toolchain import HostProgram

DATA = Path(__file__).parents[1] / "data"
NAMES = ("digits_mlp", "digits_cnn")
#: Model: cycles of all 540 images, cycles of the slowest, and SRAM, whatever the compiler: nearly all is assembly.
EXACT = {"digits_mlp": (5_428_416, 11_116, 204), "digits_cnn": (40_086_919, 78_468, 365)}
#: Model and compiler version: flash without the Arduino core.
EXACT_FLASH = {
    ("digits_mlp", "5.4.0"): 2498,
    ("digits_mlp", "7.3.0"): 2492,
    ("digits_cnn", "5.4.0"): 5630,
    ("digits_cnn", "7.3.0"): 5622,
}
#: Model: mean cycles, flash and SRAM that are asked for.
ASKED = {"digits_mlp": (11_000, 3_000, 220), "digits_cnn": (13 * 7_416, 8_192, 450)}
ACCURACY = {"digits_mlp": 527 / 540, "digits_cnn": 524 / 540}


def graph_of(name):
    pixels = InputContract(np.dtype(np.uint8), (64,), 0, 16)
    return accept_raw(load_tflite(DATA / f"{name}.tflite"), pixels)


def random_pixels():
    """Noise of every density, an empty image, a full one, and images without a zero."""
    rng = np.random.default_rng(7)
    x = rng.integers(0, 17, (120, 64)) * (rng.random((120, 64)) < rng.random((120, 1)))
    x[0], x[1] = 0, 16
    x[2:22] = rng.integers(1, 17, (20, 64))
    return x.astype(np.uint8)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.usefixtures("sanitizers")
def test_on_this_computer(name, digits):
    graph = graph_of(name)
    x = np.concatenate([digits.x_test, random_pixels()])
    outputs, classes = HostProgram(tc.export_arduino(graph, name="digits"), optimization="-O1", sanitize=True).run(x)
    np.testing.assert_array_equal(outputs, graph.predict(x))
    np.testing.assert_array_equal(classes, graph.classify(x))


@pytest.mark.parametrize("name", NAMES)
def test_on_the_virtual_uno(name, digits, each_toolchain):
    graph = graph_of(name)
    run = tc.simulate(tc.export_arduino(graph, name="digits"), digits.x_test, toolchain=each_toolchain)
    np.testing.assert_array_equal(run.outputs, graph.predict(digits.x_test))
    assert (run.classes == digits.y_test).mean() == ACCURACY[name]
    if each_toolchain.version in {"5.4.0", "7.3.0"}:
        assert (int(run.cycles.sum()), int(run.cycles.max()), run.model_sram_peak_bytes) == EXACT[name]
        assert 0 <= run.model_flash_bytes - EXACT_FLASH[name, each_toolchain.version] <= 2  # the core has 2 more
    cycles, flash, sram = ASKED[name]
    assert run.cycles.mean() <= cycles
    assert run.model_flash_bytes <= flash
    assert run.model_sram_peak_bytes <= sram


@pytest.mark.parametrize("name", NAMES)
def test_logits_of_random_images(name, quick_toolchain):
    graph, x = graph_of(name), random_pixels()
    run = answers(tc.export_arduino(graph, name="digits"), x, quick_toolchain, "-O2")
    np.testing.assert_array_equal(run.outputs, graph.predict(x))
    # No image takes more than this: no pixel is zero, so none is skipped.
    assert run.cycles.max() <= {"digits_mlp": 14_500, "digits_cnn": 92_000}[name]
