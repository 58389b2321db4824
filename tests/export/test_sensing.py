"""The sketch that listens: its text, its errors, and its features and classes on this computer."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sensing_sketches import (
    difficult_windows,
    features_classes,
    features_sketch,
    random_sensing_graph,
    trained_graph,
    vibration,
    vibration_sketch,
)

import tinyml_course as tc
from tinyml_course.errors import ExportError, InputError, MemoryLimitError
from tinyml_course.export.sketch_reader import read_sketch
from tinyml_course.toolchain import HostProgram

WINDOWS = (16, 32, 64, 128)


def test_files_and_public_names():
    sketch = vibration_sketch()
    assert sorted(sketch.files) == [
        *("listener.ino", "listener_classifier_model.h", "listener_main.c", "listener_model.h"),
        *("listener_protocol.h", "listener_sensing.h"),
    ]
    header = sketch.files["listener_model.h"]
    for text in (
        "typedef uint8_t listener_input_t;",
        "typedef int16_t listener_output_t;",
        "void listener_invoke(const listener_input_t *input, listener_output_t *output)",
        "uint8_t listener_classify(const listener_input_t *input)",
    ):
        assert text in header
    assert re.search(r"#define listener_INPUT_SIZE +128\b", header)
    everything = "\n".join(sketch.files.values())
    assert not re.search(r"\bmodel_", everything)
    short = tc.export_sensing(trained_graph(), "ear").files
    own = [text for name, text in short.items() if name != "ear_classifier_model.h"]
    assert max(map(len, "\n".join(own).splitlines())) <= 120
    assert (sketch.analog_pins, sketch.sampling_hz) == ((0,), 400)
    for number, name in enumerate(["dark: still", "1 blink: smooth", "2 blinks: unbalanced", "3 blinks: knocking"]):
        assert f"     {name}\n" in sketch.files["listener_sensing.h"], number


def test_export_is_byte_stable():
    assert vibration_sketch().files == vibration_sketch().files


def test_a_sketch_that_does_not_listen_has_no_pins(digits_graph):
    sketch = tc.export_arduino(digits_graph)
    assert (sketch.analog_pins, sketch.sampling_hz) == ((), 0)


def test_it_is_read_back_from_its_folder(tmp_path, any_toolchain):
    sketch = vibration_sketch(tc.Sensing(pin=3, rate_hz=1000, hop=32))
    again = read_sketch(sketch.write(tmp_path))
    assert again.empty_model != sketch.empty_model  # the reader's has the constants of the features, too
    assert replace(again, empty_model="") == replace(sketch, empty_model="")
    assert (again.analog_pins, again.sampling_hz) == ((3,), 1000)
    built, expected = (any_toolchain.build(one.without_model()) for one in (again, sketch))
    assert built.flash_bytes == expected.flash_bytes


@pytest.mark.parametrize("size", WINDOWS)
@pytest.mark.parametrize(("optimization", "sanitize"), [("-O0", False), ("-O2", False), ("-O1", True)])
@pytest.mark.usefixtures("sanitizers")
def test_features_on_this_computer(size, optimization, sanitize):
    windows = difficult_windows(size, 500)
    outputs, classes = HostProgram(features_sketch(size), optimization=optimization, sanitize=sanitize).run(windows)
    np.testing.assert_array_equal(classes, features_classes(windows))
    np.testing.assert_array_equal(outputs, tc.SignalFeatures(size).compute(windows))


@pytest.mark.parametrize("size", WINDOWS)
@pytest.mark.usefixtures("sanitizers")
def test_random_classifiers_on_this_computer(size):
    """Half of the windows have features that the classifier was not made for: they are moved into its range."""
    sensing = tc.Sensing(window=size, hop=size)
    windows = difficult_windows(size, 300)
    for seed in range(2):
        graph = random_sensing_graph(seed, size)
        sketch = tc.export_sensing(graph, sensing=sensing)
        outputs, classes = HostProgram(sketch, optimization="-O1", sanitize=True).run(windows)
        np.testing.assert_array_equal(outputs, sensing.predict(graph, windows))
        np.testing.assert_array_equal(classes, sensing.classify(graph, windows))
        moved = sensing.inputs(graph, windows) != tc.SignalFeatures(size).compute(windows)
        assert moved.any()


def test_the_trained_classifier_on_this_computer():
    data = vibration()
    _, classes = HostProgram(tc.export_sensing(trained_graph())).run(data.x_test)
    np.testing.assert_array_equal(classes, tc.Sensing().classify(trained_graph(), data.x_test))
    assert np.mean(classes == data.y_test) >= 0.93


@pytest.mark.parametrize("optimize", ["size", "speed"])
def test_any_classifier_of_the_features_is_exported(optimize):
    from sklearn.tree import DecisionTreeClassifier

    data = vibration()
    features = tc.SignalFeatures().compute(data.x_train)
    tree = DecisionTreeClassifier(max_leaf_nodes=24, random_state=0).fit(features, data.y_train)
    graph = tc.quantize(tree, features)
    sketch = tc.export_sensing(graph, "wood", optimize=optimize)
    outputs, classes = HostProgram(sketch).run(data.x_test)
    np.testing.assert_array_equal(outputs, tc.Sensing().predict(graph, data.x_test))
    assert np.mean(classes == data.y_test) > 0.88
    assert "dark: 0" in sketch.files["wood_sensing.h"]


# ---- compilers at their strictest


@pytest.mark.parametrize("language", ["c99", "c++11"])
@pytest.mark.parametrize("target", ["host", "avr"])
def test_headers_compile_alone_without_a_warning(tmp_path, language, target):
    names = {"host": ("cc", "g++"), "avr": ("avr-gcc", "avr-g++")}[target]
    compiler = shutil.which(names["++" in language])
    if compiler is None:
        pytest.skip("needs C and C++ compilers for this computer and for the AVR: apt-get install gcc g++ gcc-avr")
    folder = vibration_sketch().write(tmp_path)
    source = folder / f"probe.{'cpp' if '++' in language else 'c'}"
    source.write_text(
        '#include "listener_model.h"\n#include "listener_model.h"\nint main(void) { listener_output_t y[4];\n'
        "listener_input_t x[128] = {0}; listener_invoke(x, y); return listener_classify(x); }\n"
    )
    flags = [f"-std={language}", "-Os", "-Wall", "-Wextra", "-Werror", "-c", "-o", "probe.o"]
    flags += ["-mmcu=atmega328p"] if target == "avr" else ["-Wpedantic"]
    done = subprocess.run([compiler, *flags, source.name], capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("optimization", ["-Os", "-O2"])
@pytest.mark.parametrize("language", ["c99", "c++11"])
def test_the_whole_program_compiles_for_an_avr_without_a_warning(tmp_path, optimization, language):
    compiler = shutil.which("avr-g++" if "++" in language else "avr-gcc")
    if compiler is None:
        pytest.skip("needs avr-gcc: apt-get install gcc-avr avr-libc")
    folder = vibration_sketch().write(tmp_path)
    flags = ["-mmcu=atmega328p", "-DF_CPU=16000000L", optimization, f"-std={language}", "-Wall", "-Wextra", "-Werror"]
    flags += ["-x", "c++"] if "++" in language else ["-Wpedantic"]
    command = [compiler, *flags, "listener_main.c", "-o", "listener.elf"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr


def test_another_processor_is_refused_by_name(tmp_path):
    compiler = shutil.which("avr-gcc")
    if compiler is None:
        pytest.skip("needs avr-gcc: apt-get install gcc-avr avr-libc")
    folder = vibration_sketch().write(tmp_path)
    command = [compiler, "-mmcu=atmega32u4", "-DF_CPU=16000000L", "-E", "-DLISTEN", "-include", "stdint.h"]
    (folder / "probe.c").write_text('#include "listener_sensing.h"\n')
    done = subprocess.run([*command, "probe.c"], capture_output=True, text=True, check=False, cwd=folder)
    assert "choose Arduino Uno, Nano or Pro Mini as the board" in done.stderr


# ---- what is refused


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"pin": 6}, "pin is 0 to 5, got 6"),
        ({"rate_hz": 300}, r"samples at exact rates: 32, 40, 50, .*2000 Hz\. Got rate_hz=300"),
        ({"rate_hz": 10}, "Got rate_hz=10"),
        ({"window": 100}, "A window has 16, 32, 64, 128 samples, got 100"),
        ({"hop": 0}, "hop is 1 to 128 new samples"),
        ({"hop": 129}, "got 129"),
    ],
)
def test_an_impossible_sensing(fields, message):
    with pytest.raises(InputError, match=message):
        tc.Sensing(**fields)


def test_whole_numbers_of_any_type():
    sensing = tc.Sensing(np.int64(1), 500.0, np.uint8(64), 32.0)
    assert sensing == tc.Sensing(1, 500, 64, 32)
    graph = random_sensing_graph(0, 64)
    assert (
        tc.export_sensing(graph, sensing=sensing).files
        == tc.export_sensing(graph, sensing=tc.Sensing(1, 500, 64, 32)).files
    )


def test_what_cannot_be_exported(digits_graph):
    vibration_graph = trained_graph()
    with pytest.raises(ExportError, match=r"has 11 features of type uint8 \(energy, octave 0, .*takes 64 values"):
        tc.export_sensing(digits_graph)
    with pytest.raises(ExportError, match="has 10 features"):
        tc.export_sensing(vibration_graph, sensing=tc.Sensing(window=64))
    with pytest.raises(ExportError, match="at most 29 characters"):
        tc.export_sensing(vibration_graph, "x" * 30)
    with pytest.raises(ExportError, match="cannot name a sketch"):
        tc.export_sensing(vibration_graph, "setup")
    with pytest.raises(ExportError, match="has 4 classes and sensing names 1"):
        tc.export_sensing(vibration_graph, sensing=tc.Sensing(class_names=("still",)))
    with pytest.raises(InputError, match="for the ATmega328P alone, not for"):
        tc.export_sensing(vibration_graph, board="mega")
    with pytest.raises(InputError, match="Expected windows of 128 samples"):
        tc.export_sensing(vibration_graph, examples=np.zeros((1, 64), np.uint8))
    with pytest.raises(InputError, match="1 to 255 windows, got 256"):
        tc.export_sensing(vibration_graph, examples=np.zeros((256, 128), np.uint8))
    with pytest.raises(InputError, match="Expected a Graph, got str"):
        tc.export_sensing("graph")


def test_too_many_classes_for_the_led():
    graph = random_sensing_graph(0, 128, classes=9)
    with pytest.raises(ExportError, match="up to 8 classes by its blinks, the graph has 9"):
        tc.export_sensing(graph)


def test_a_model_that_is_too_large():
    from sklearn.ensemble import ExtraTreesClassifier

    rng = np.random.default_rng(0)
    features = rng.integers(0, 256, (1200, 11)).astype(np.uint8)
    forest = ExtraTreesClassifier(30, random_state=0).fit(features, rng.integers(0, 4, 1200))
    with pytest.raises(MemoryLimitError):
        tc.export_sensing(tc.quantize(forest, features))


def test_fixed_c_is_plain_ascii():
    folder = Path(str(tc.export_sensing.__code__.co_filename)).parent / "c"
    for name in ("features.h", "sensing.h", "sensing.ino", "sensing_main.c"):
        (folder / name).read_text(encoding="ascii")
