"""The text of a sketch: names, tables, proofs, and compilers at their strictest."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest
from random_models import random_graph

import tinyml_course as tc
from tinyml_course.errors import ExportError, InputError
from tinyml_course.export.bonsai import bonsai_tables, pack_pairs
from tinyml_course.export.bonsai_blocks import plan_blocks
from tinyml_course.export.c_text import C_KEYWORDS
from tinyml_course.export.proof import accumulator_type, prove_bonsai


@pytest.mark.parametrize(
    "name", ["", "2digits", "my digits", "_digits", "a-b", "é", "x" * 41, "../up", "int", "loop", "CON", "com1", 7]
)
def test_a_name_that_is_no_c_identifier(digits_graph, name):
    with pytest.raises(ExportError, match="cannot name a sketch"):
        tc.export_arduino(digits_graph, name=name)


def test_every_keyword_is_refused(digits_graph):
    for word in C_KEYWORDS:
        with pytest.raises(ExportError):
            tc.export_arduino(digits_graph, name=word)


def test_what_is_not_supported_says_so(digits_graph):
    with pytest.raises(ExportError, match="size"):
        tc.export_arduino(digits_graph, optimize="tiny")
    with pytest.raises(InputError, match="Known boards"):
        tc.export_arduino(digits_graph, board="toaster")


def test_files_and_public_names(digits_graph):
    sketch = tc.export_arduino(digits_graph, name="digits")
    assert sorted(sketch.files) == ["digits.ino", "digits_main.c", "digits_model.h", "digits_protocol.h"]
    header = sketch.files["digits_model.h"]
    for text in (
        "typedef uint8_t digits_input_t;",
        "typedef int16_t digits_output_t;",
        "void digits_invoke(const digits_input_t *input, digits_output_t *output)",
        "uint8_t digits_classify(const digits_input_t *input)",
    ):
        assert text in header
    assert re.search(r"#define digits_INPUT_SIZE +64\b", header)
    assert re.search(r"#define digits_OUTPUT_SIZE +10\b", header)
    assert all("model_" not in text.replace("digits_model", "") for text in sketch.files.values())
    assert max(len(line) for text in sketch.files.values() for line in text.splitlines()) <= 120


def test_export_is_byte_stable(digits_graph):
    assert tc.export_arduino(digits_graph, name="a").files == tc.export_arduino(digits_graph, name="a").files


@pytest.mark.parametrize("seed", range(12))
def test_tables_and_constants_are_the_model_bytes(seed):
    graph, _ = random_graph(seed)
    _, table_bytes = bonsai_tables(graph, plan_blocks(graph, prove_bonsai(graph)), "probe")
    encoding = sum(graph.tensors[k].stored_bytes for k in ("feature_shift", "feature_zero_point") if k in graph.tensors)
    assert table_bytes + 5 + encoding == graph.model_bytes


@pytest.mark.parametrize(("bits", "expected"), [(4, [0x1F, 0x97]), (8, [1, 255, 249, 7])])
def test_pairs_are_packed_first_weight_first(bits, expected):
    assert pack_pairs(np.array([1, -7]), np.array([-1, 7]), bits).tolist() == expected


@pytest.mark.parametrize(("seed", "language"), [(s, lang) for s in range(6) for lang in ("c99", "c++11")])
def test_header_compiles_alone_without_a_warning(tmp_path, seed, language):
    compiler = shutil.which("g++" if "++" in language else "cc")
    if compiler is None:
        pytest.skip("needs a C and a C++ compiler for this computer")
    graph, _ = random_graph(seed)
    (tmp_path / "probe_model.h").write_text(tc.export_arduino(graph, name="probe").files["probe_model.h"])
    source = tmp_path / ("probe.cpp" if "++" in language else "probe.c")
    source.write_text('#include "probe_model.h"\n#include "probe_model.h"\n')
    flags = [f"-std={language}", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-c", "-o", str(tmp_path / "probe.o")]
    done = subprocess.run([compiler, *flags, str(source)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_tampered_graph_fails_the_proof(digits_graph):
    shift = digits_graph.tensors["z_shift"]
    tampered = {**digits_graph.tensors, "z_shift": replace(shift, data=np.array(0))}
    with pytest.raises(ExportError, match="could overflow"):
        tc.export_arduino(replace(digits_graph, tensors=tampered), name="digits")


def test_wider_sums_get_wider_accumulators():
    assert accumulator_type(2**15 - 1) == "int16_t"
    assert accumulator_type(2**15) == "int32_t"
    with pytest.raises(ExportError, match="32 bits"):
        accumulator_type(2**31)


@pytest.mark.parametrize("seed", range(20))
def test_no_input_exceeds_the_proof(seed):
    graph, x = random_graph(seed, n=300)
    proof, values = prove_bonsai(graph), graph.run(x)
    assert np.abs(values["z"].astype(int)).max() <= proof.z
    assert np.abs(values["scores"].astype(int)).max() <= proof.score


def test_write_puts_all_files_in_a_folder(digits_graph, tmp_path):
    sketch = tc.export_arduino(digits_graph, name="digits")
    folder = sketch.write(tmp_path)
    assert folder == tmp_path / "digits"
    assert {p.name: p.read_text() for p in folder.iterdir()} == dict(sketch.files)
    assert [p.name for p in tmp_path.iterdir()] == ["digits"]


def test_a_failed_write_leaves_nothing(digits_graph, tmp_path):
    (tmp_path / "digits").write_text("a file where the folder should be")
    with pytest.raises(ExportError, match="Cannot write"):
        tc.export_arduino(digits_graph, name="digits").write(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["digits"]
