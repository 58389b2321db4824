"""The benchmark against other exporters: its harness is fair, and failures become rows. No peer is installed here."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

import tinyml_course as tc

FOLDER = Path(__file__).parents[1] / "benchmarks" / "peers"
SUM = '#include "sum.h"\nint16_t peer_predict(const peer_input_t *x) { return (int16_t)(sum_of(x) % 10); }\n'
HEADER = """
static int16_t sum_of(const peer_input_t *x)
{
    int16_t s = 0;
    for (int i = 0; i < 64; i++) s += x[i];
    return s;
}
"""
BIG = "static volatile char big[3000];\nint16_t peer_predict(const peer_input_t *x) { return big[x[0]]; }\n"
ENDLESS = "int16_t peer_predict(const peer_input_t *x) { for (;;) {} }\n"


@pytest.fixture(scope="module")
def modules():
    """The benchmark's modules, as they see each other when it is called."""
    sys.path.insert(0, str(FOLDER))
    try:
        import generate
        import measure
        import programs
        import results

        yield {"generate": generate, "measure": measure, "programs": programs, "results": results}
    finally:
        sys.path.remove(str(FOLDER))


@pytest.fixture(scope="module")
def digits12(digits):
    return digits.x_test[:12], digits.y_test[:12]


@pytest.mark.parametrize(
    ("dtype", "factor", "language"), [("uint8", 1.0, "c"), ("int16", 2.0, "cpp"), ("float32", 1 / 16, "c")]
)
def test_a_program_gets_its_samples_and_gives_its_classes(modules, digits12, dtype, factor, language):
    candidate = modules["programs"].Candidate(
        "tree", "somebody", "all", dtype, factor, {"sum.h": HEADER}, SUM, language, twin=(0,) * 12
    )
    x, y = digits12
    expected = (x * factor).astype(dtype)
    classes = np.array([int(sum(int(v) for v in np.trunc(row))) if dtype != "float32" else 0 for row in expected]) % 10
    if dtype == "float32":  # the C adds floats to an integer one by one
        totals = np.zeros(len(x), np.int16)
        for column in expected.T:
            totals = (totals + column).astype(np.float32).astype(np.int16)
        classes = totals % 10
    row = modules["measure"].measure(candidate, "-Os", x, y, classes)
    assert row["error"] == ""
    assert row["mismatches"] == 0
    assert row["mismatches_twin"] == np.count_nonzero(classes)
    assert row["accuracy"] == (classes == y).mean()
    assert row["flash_bytes"] > 0
    assert row["sram_bytes"] >= 64 * np.dtype(dtype).itemsize
    assert row["cycles_max"] >= row["cycles_mean"] > 64


def test_ours_costs_the_same_as_in_its_own_sketch(modules, digits12, digits_graph):
    """The harness is not what is measured."""
    x, y = digits12
    header = tc.export_arduino(digits_graph, name="ours").files["ours_model.h"]
    glue = '#include "ours_model.h"\nint16_t peer_predict(const peer_input_t *x) { return ours_classify(x); }\n'
    candidate = modules["programs"].Candidate("bonsai", "us", "size", "uint8", 1.0, {"ours_model.h": header}, glue)
    row = modules["measure"].measure(candidate, "-Os", x, y, digits_graph.classify(x))
    assert row["mismatches"] == 0
    compiler = modules["measure"].toolchain_for_everybody()
    run = tc.simulate(tc.export_arduino(digits_graph, name="ours"), x, toolchain=compiler)
    assert row["cycles_mean"] == pytest.approx(run.cycles.mean(), rel=0.02)
    assert row["flash_bytes"] <= run.model_flash_bytes + 50


@pytest.mark.parametrize(
    ("glue", "message"),
    [("#include <cstdarg>\n", "does not compile: .*cstdarg"), (BIG, "does not fit: .*SRAM"), (ENDLESS, "hangs")],
)
def test_what_goes_wrong_is_a_row(modules, digits12, glue, message):
    candidate = modules["programs"].Candidate("tree", "somebody", "all", "uint8", glue=glue)
    row = modules["measure"].measure(candidate, "-Os", digits12[0][:1], digits12[1][:1], None)
    assert re.search(message, row["error"])
    assert len(row["error"]) <= modules["measure"].SHOWN
    line = modules["results"].markdown([row, {**row, "level": "-O2"}], "gcc").splitlines()[-1]
    assert line.startswith("| somebody: all | -Os, -O2 |")
    assert line.count("|") == modules["results"].COLUMNS.count("|")


def test_the_committed_table_is_that_of_the_committed_figures(modules):
    results = modules["results"]
    found = json.loads((FOLDER / "results.json").read_text(encoding="utf-8"))
    table = results.markdown(found["rows"], found["toolchain"])
    assert (FOLDER / "results.md").read_text(encoding="utf-8") == table
    assert table in (FOLDER.parent / "README.md").read_text(encoding="utf-8")
    ours = [row for row in found["rows"] if row["exporter"] == "tinyml_course"]
    assert {row["model"] for row in ours} == set(results.TITLES)
    assert [row for row in ours if row["error"] or row["mismatches_twin"]] == []
    assert {row["exporter"] for row in found["rows"]} == set(results.LOOKS)


def test_only_what_a_text_includes_is_taken_from_emlearn(modules, tmp_path, monkeypatch):
    import types

    for name, text in {"eml_a.h": '#include "eml_b.h"', "eml_b.h": "#include <eml_a.h>", "eml_c.h": ""}.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setitem(sys.modules, "emlearn", types.SimpleNamespace(includedir=str(tmp_path)))
    assert set(modules["generate"].emlearn_headers("#include <eml_a.h>\n")) == {"eml_a.h", "eml_b.h"}
