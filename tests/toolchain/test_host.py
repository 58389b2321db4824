"""The exported header on this computer: every optimization, the sanitizers, and what goes wrong."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from tinyml_course.errors import CompileError, InputError, SketchFaultError, ToolchainNotFoundError
from tinyml_course.toolchain import HostProgram, find_host

needs_compiler = pytest.mark.usefixtures("host_compiler")

WEIGHTS = np.array([[1, -2, 3, -4], [-1, 2, -3, 5]])


@pytest.fixture(scope="module")
def samples() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (200, 4), dtype=np.uint8)


@pytest.mark.parametrize(("optimization", "sanitize"), [("-O0", False), ("-O2", False), ("-Os", False), ("-O1", True)])
@needs_compiler
def test_outputs_and_classes(request, make_sketch, samples, optimization, sanitize):
    if sanitize:
        request.getfixturevalue("sanitizers")
    expected = samples.astype(int) @ WEIGHTS.T
    with HostProgram(make_sketch(), optimization, sanitize=sanitize) as program:
        outputs, classes = program.run(samples)
        assert ("sanitized" in program.description, optimization in program.description) == (sanitize, True)
    assert (outputs.dtype, outputs.shape) == (np.int16, (200, 2))
    assert (classes.dtype, classes.shape) == (np.int64, (200,))
    np.testing.assert_array_equal(outputs, expected)
    np.testing.assert_array_equal(classes, expected[:, 1] > expected[:, 0])


@needs_compiler
def test_samples_in_the_models_own_shape(make_sketch, samples):
    with HostProgram(make_sketch()) as program:
        flat = program.run(samples)
        square = program.run(samples.reshape(-1, 2, 2).astype(np.int64))
    np.testing.assert_array_equal(flat[0], square[0])


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros((2, 5)), r"shape \(n, 4\), got an array of shape \(2, 5\)"),
        (np.zeros((0, 4)), r"shape \(0, 4\)"),
        (np.zeros(()), r"shape \(\)"),
        (np.full((1, 4), 256), "values that uint8 can hold, got int64 from 256 to 256"),
        (np.full((1, 4), 0.5), "uint8 can hold, got float64"),
        (np.full((1, 4), -1), "from -1 to -1"),
    ],
)
@needs_compiler
def test_wrong_samples(make_sketch, x, message):
    with HostProgram(make_sketch()) as program, pytest.raises(InputError, match=message):
        program.run(x)


@needs_compiler
def test_warning_is_an_error(make_sketch):
    header = make_sketch().files["sums_model.h"].replace("int16_t sum = 0;", "int16_t sum = 0; int unused;")
    with pytest.raises(CompileError, match=r"sums_model\.h:\d+: unused variable"):
        HostProgram(make_sketch({"sums_model.h": header}))


def test_undefined_behaviour_is_found(make_sketch, sanitizers):
    text = make_sketch().files["sums_model.h"]
    header = text.replace("output[row] = sum;", "output[row] = (int16_t)(sum << input[0]);")
    with (
        HostProgram(make_sketch({"sums_model.h": header}), sanitize=True) as program,
        pytest.raises(SketchFaultError, match="runtime error: shift exponent 200 is too large"),
    ):
        program.run(np.full((1, 4), 200))


@needs_compiler
def test_crash_is_an_error(make_sketch):
    header = make_sketch().files["sums_model.h"].replace("output[row] = sum;", "output[row] = sum; abort();")
    sketch = make_sketch(
        {"sums_model.h": header.replace("#include <stdint.h>", "#include <stdint.h>\n#include <stdlib.h>")}
    )
    with HostProgram(sketch) as program, pytest.raises(SketchFaultError, match="crashed on this computer"):
        program.run(np.zeros((1, 4)))


@needs_compiler
def test_sketch_without_header(make_sketch):
    sketch = make_sketch()
    without = type(sketch)(**{**sketch.__dict__, "files": {"sums.ino": ""}})
    with pytest.raises(InputError, match=r"has no file sums_model\.h. It has: sums\.ino"):
        HostProgram(without)


@needs_compiler
def test_unknown_optimization(make_sketch):
    with pytest.raises(InputError, match="Unknown optimization '-Ofast'"):
        HostProgram(make_sketch(), "-Ofast")


@needs_compiler
def test_nothing_stays_on_the_disk(make_sketch, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    HostProgram(make_sketch()).close()
    with pytest.raises(CompileError):
        HostProgram(make_sketch({"sums_model.h": "nonsense"}))
    assert list(tmp_path.iterdir()) == []


def test_no_compiler(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    with pytest.raises(ToolchainNotFoundError, match=r"gcc: not on PATH(?s:.*)Install"):
        find_host()


@pytest.mark.skipif(os.name != "posix", reason="needs scripts that are programs (POSIX)")
def test_compiler_that_does_not_work_is_not_believed(monkeypatch, tmp_path):
    broken = tmp_path / "cc"
    broken.write_text("#!/bin/sh\necho cc: licence expired >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    with pytest.raises(ToolchainNotFoundError, match="cc: licence expired"):
        find_host()


@needs_compiler
def test_chosen_compiler(monkeypatch):
    usual = find_host()
    monkeypatch.setenv("CC", str(usual.path))
    assert find_host().path == Path(usual.path)
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(ToolchainNotFoundError, match="no-such-compiler: not on PATH"):
        find_host()


@needs_compiler
def test_driver_refuses_half_a_sample(make_sketch):
    import subprocess

    with HostProgram(make_sketch()) as program:
        done = subprocess.run([program._program], input=b"12345", capture_output=True, check=False)
    assert (done.returncode, done.stdout[4:]) == (2, bytes([done.stdout[4]]))
    assert b"ends within a sample: 1 of 4 bytes" in done.stderr
