"""Size reports: estimated, measured, and too large."""

from __future__ import annotations

import copy
import io
import json
import pickle
from dataclasses import replace

import numpy as np
import pytest
from random_models import random_graph
from random_networks import random_network
from rich.console import Console

import tinyml_course as tc
from tinyml_course.boards import BOARDS, UNO
from tinyml_course.cost import cost_kinds
from tinyml_course.graph import Graph, InputContract, Operator, Tensor
from tinyml_course.report import Figure
from tinyml_course.report.estimate import KERNEL_BYTES

FIGURES = (
    "parameters", "macs", "model_bytes", "flash_bytes", "sram_bytes", "peak_activation_bytes", "cycles",
)  # fmt: skip


def wide_network(units):
    """One fully connected layer with so many units; no weight is trained."""
    int8, weights = np.dtype(np.int8), np.zeros((units, 64), np.int8)
    tensors = [
        Tensor("x", (64,), int8),
        Tensor("w", weights.shape, int8, weights),
        Tensor("y", (units,), int8),
    ]
    operator = Operator("fully_connected", ("x",), ("y",), {"weights": "w"})
    contract = InputContract(int8, (64,), -128, 127)
    return Graph("test", {t.name: t for t in tensors}, (operator,), "x", "y", contract, tuple(range(units)))


def test_measured_where_a_compiler_is_there(digits_graph, any_toolchain):
    report = tc.size(digits_graph)
    assert report.model_bytes == 1877
    assert report.parameters == 18 * 65 + 2 * 7 * 10 * 18 + 3 * 18
    assert report.macs == 18 * 65 + 3 * 10 * (2 * 18 + 1) + 2 * 18
    assert report.peak_activation_bytes == 64 + 18
    assert {getattr(report, name).kind for name in FIGURES} == {"measured"}
    assert report.toolchain == any_toolchain.description
    assert report.fits
    assert 2000 < report.flash_bytes < 8000
    assert 150 < report.sram_bytes < 700
    run = tc.simulate(tc.export_arduino(digits_graph, name="size_probe"), digits_graph.examples)
    assert report.cycles == round(run.cycles.mean())
    assert report.milliseconds == pytest.approx(report.cycles / 16_000)
    assert report.boards["nano"].cycles == report.cycles
    assert report.boards["nano"].flash_bytes.kind == "measured"
    assert report.boards["pico"].flash_bytes.kind == "estimated"


def test_estimates_are_near_what_is_measured(digits_graph, any_toolchain):
    measured, estimated = tc.size(digits_graph), tc.size(digits_graph, measure=False)
    for name, factor in (("flash_bytes", 1.3), ("sram_bytes", 1.4), ("cycles", 1.5)):
        assert 1 / factor < getattr(estimated, name) / getattr(measured, name) < factor, name


def test_estimated_without(digits_graph, monkeypatch):
    estimated = tc.size(digits_graph, measure=False)
    assert {name for name in FIGURES if getattr(estimated, name).kind == "estimated"} == {
        "flash_bytes", "sram_bytes", "cycles",
    }  # fmt: skip
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("TINYML_TOOLCHAIN", "avr-gcc")
    without = tc.size(digits_graph)
    assert without.to_dict() == estimated.to_dict()
    assert without.toolchain == ""


@pytest.mark.parametrize("board", BOARDS)
def test_every_board(digits_graph, board):
    report = tc.size(digits_graph, board, measure=False)
    assert report.fits
    assert report.board.id == board
    assert [fit.board.id for fit in report.boards.fits] == list(BOARDS)
    assert report.boards[board].flash_bytes == report.flash_bytes
    assert report.boards[board].millijoules == report.millijoules


def test_boards_without_the_unos_processor_are_estimated(digits_graph):
    assert tc.size(digits_graph, "pico").flash_bytes.kind == "estimated"


@pytest.mark.parametrize(
    ("board", "words"),
    [
        (replace(UNO, flash_bytes=1000), ("Flash: ", "1,000 B available", "bonsai_tree", "budget_bytes", "It fits: ")),
        (replace(UNO, sram_bytes=100), ("SRAM: ", "100 B available", "bonsai_projection", "82 B", "Pico")),
    ],
)
def test_too_large_is_no_error(digits_graph, board, words):
    report = tc.size(digits_graph, board=board, measure=False)
    assert not report.fits
    for word in words:
        assert word in " ".join(report.advice)


def test_a_stack_that_runs_into_the_variables(any_toolchain):
    int8, table = np.dtype(np.int8), np.arange(-128, 128, dtype=np.int8)
    tensors = {name: Tensor(name, (600,), int8) for name in "xy"}
    operator = Operator("lookup", ("x",), ("y",), {"table": "table"}, {"function": "tanh"})
    stored = {"table": Tensor("table", (256,), int8, table)}
    contract = InputContract(int8, (600,), -128, 127)
    report = tc.size(Graph("test", {**tensors, **stored}, (operator,), "x", "y", contract, tuple(range(600))))
    assert not report.fits
    assert report.sram_bytes > UNO.sram_bytes
    assert report.sram_bytes.how == "crashed"


def test_a_network_that_fits_no_board_but_the_large_ones():
    report = tc.size(wide_network(10_000))
    assert not report.fits
    assert report.flash_bytes > UNO.flash_bytes
    assert report.sram_bytes > UNO.sram_bytes
    assert "Fewer units" in report.advice[0]
    assert "Teensy 4.1" in report.advice[-1]
    assert "Arduino Uno" not in report.advice[-1]
    nowhere = tc.size(wide_network(1_000_000), measure=False)
    assert nowhere.advice[-1] == "It fits no board of the catalogue."


def test_shown_as_text_rich_html_and_json(digits_graph):
    report = tc.size(digits_graph, measure=False)
    text = io.StringIO()
    Console(file=text, width=160).print(report)
    for shown in (str(report), text.getvalue(), report._repr_html_()):
        for word in ("1,877 B", "estimated", "bonsai_tree", "ESP32-S3", "at the lower bound", "2,316"):
            assert word in shown
    page = report._repr_html_()
    assert "scope='row'" in page
    assert "scope='col'" in page
    assert page.count("<caption") == 3
    values = json.loads(json.dumps(report.to_dict()))
    assert values["kinds"]["flash_bytes"] == "estimated"
    assert values["kinds"]["macs"] == "measured"
    assert len(values["boards"]) == len(BOARDS)
    assert values["layers"][0]["output_shape"] == [18]


def test_a_figure_is_an_integer_with_a_mark():
    figure = Figure(7, "measured", "counted")
    assert figure + 1 == 8
    for other in (pickle.loads(pickle.dumps(figure)), copy.copy(figure)):
        assert (other, other.kind, other.how) == (7, "measured", "counted")


@pytest.mark.parametrize("seed", range(5))
def test_layers_add_up(seed):
    graph, _ = random_graph(seed)
    report = tc.size(graph, measure=False)
    assert sum(layer.parameter_bytes for layer in report.layers) == report.model_bytes
    assert sum(layer.macs for layer in report.layers) == report.macs


@pytest.mark.parametrize("seed", range(8))
def test_networks(seed):
    graph = random_network(seed)
    report = tc.size(graph, measure=False)
    assert report.model_bytes == graph.model_bytes
    assert report.peak_activation_bytes >= report.plan.lower_bound_bytes
    assert str(report)


def test_every_kind_has_an_estimate_of_its_code():
    assert set(KERNEL_BYTES) == cost_kinds()
