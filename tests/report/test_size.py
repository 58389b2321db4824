"""Size reports: estimated, measured, and too large."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace

import pytest
from random_models import random_graph

import tinyml_course as tc
from tinyml_course.boards import UNO
from tinyml_course.report import Figure


def test_measured_where_a_compiler_is_there(digits_graph, any_toolchain):
    report = tc.size(digits_graph)
    assert report.model_bytes == 1877
    assert report.parameters == digits_graph.parameter_count
    assert report.macs == 18 * 65 + 3 * 10 * (2 * 18 + 1) + 2 * 18
    assert report.peak_activation_bytes == 64 + 18 + 20
    assert report.flash_bytes.kind == report.sram_bytes.kind == "measured"
    assert report.toolchain == any_toolchain.description
    assert report.fits
    assert 2000 < report.flash_bytes < 8000
    assert 150 < report.sram_bytes < 700


def test_estimated_without(digits_graph, monkeypatch):
    estimated = tc.size(digits_graph, measure=False)
    assert estimated.flash_bytes.kind == estimated.sram_bytes.kind == "estimated"
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("TINYML_TOOLCHAIN", "avr-gcc")
    without = tc.size(digits_graph)
    assert without.flash_bytes == estimated.flash_bytes
    assert without.toolchain == ""


@pytest.mark.parametrize("board", [replace(UNO, flash_bytes=1000), replace(UNO, sram_bytes=100)])
def test_too_large_is_no_error(digits_graph, board):
    assert not tc.size(digits_graph, board=board, measure=False).fits


def test_shown_as_text_html_and_json(digits_graph):
    report = tc.size(digits_graph, measure=False)
    assert "1,877 B" in str(report)
    assert "scope='row'" in report._repr_html_()
    assert json.loads(json.dumps(report.to_dict()))["kinds"]["flash_bytes"] == "estimated"


def test_a_figure_is_an_integer_with_a_mark():
    figure = Figure(7, "measured")
    assert figure + 1 == 8
    assert pickle.loads(pickle.dumps(figure)).kind == "measured"


@pytest.mark.parametrize("seed", range(5))
def test_layers_add_up(seed):
    graph, _ = random_graph(seed)
    report = tc.size(graph, measure=False)
    assert sum(layer.parameter_bytes for layer in report.layers) == report.model_bytes
    assert sum(layer.macs for layer in report.layers) == report.macs
