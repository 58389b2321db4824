"""The catalogue of boards: every figure there, plausible, with its source."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import tinyml_course as tc
from tinyml_course.boards import BOARDS, CORES, UNO, get_board
from tinyml_course.errors import InputError
from tinyml_course.facts import CERTAINTIES

CATALOGUE = {"uno", "nano", "nano_every", "uno_r4", "nano_33_ble", "pico", "esp32_s3"}


def test_the_boards_of_the_course_are_there():
    assert set(BOARDS) >= CATALOGUE
    assert next(iter(BOARDS)) == "uno"
    assert get_board("uno") is get_board(UNO) is UNO


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_figures_and_sources(board):
    assert board.core in CORES
    assert board.power_certainty in CERTAINTIES
    assert ("about" in board.source) or board.power_certainty != "about"
    assert board.fqbn.count(":") >= 2
    assert 0 <= board.empty_flash_bytes < board.flash_bytes
    assert 0 <= board.empty_sram_bytes < board.sram_bytes < board.flash_bytes
    assert 8e6 <= board.clock_hz <= 1e9
    assert 0.05 < board.nj_per_cycle_chip <= board.nj_per_cycle_board < 50
    assert 5 < board.nj_per_cycle_board * board.clock_hz * 1e-6 < 1000, "milliwatts"
    assert "Memory" in board.source


@pytest.mark.parametrize("core", CORES.values(), ids=CORES)
def test_cores(core):
    assert 1 < core.cycles_per_mac < core.cycles_per_rescale
    assert core.source


def test_an_unknown_board_names_the_nearest():
    with pytest.raises(
        InputError, match=r"Unknown board 'nano_33_blu'. Did you mean 'nano_33_ble'\? Known boards: uno"
    ):
        get_board("nano_33_blu")


@pytest.mark.parametrize(
    ("name", "board"),
    [
        ("nano33ble", "nano_33_ble"),
        ("Nano 33 BLE", "nano_33_ble"),
        ("ESP32-S3", "esp32_s3"),
        ("uno-r4", "uno_r4"),
        ("Arduino Uno R4 Minima", "uno_r4"),
        ("rp2040", "pico"),
        ("Raspberry Pi Pico", "pico"),
        ("UNO", "uno"),
    ],
)
def test_other_ways_to_write_a_name(name, board):
    assert get_board(name).id == board


@pytest.mark.parametrize("name", ["atmega328p", "", "due", "all"])
def test_no_board_or_two(name):
    with pytest.raises(InputError, match="Unknown board"):
        get_board(name)


@pytest.mark.parametrize("board", [board for board in BOARDS.values() if board.mcu != "atmega328p"], ids=lambda b: b.id)
def test_other_processors_are_exported_for_but_not_simulated(digits_graph, board):
    sketch = tc.export_arduino(digits_graph, name="elsewhere", board=board.id)
    assert f"Board: {board.name}." in sketch.files["elsewhere_model.h"]
    with pytest.raises(InputError, match=f"not for the {board.name}.*arduino-cli compile --fqbn {board.fqbn} "):
        tc.simulate(sketch, digits_graph.examples)


def test_the_nano_has_the_unos_processor(digits_graph, any_toolchain):
    runs = [
        tc.simulate(tc.export_arduino(digits_graph, name="same", board=board), digits_graph.examples[:1])
        for board in ("uno", "nano")
    ]
    np.testing.assert_array_equal(runs[0].cycles, runs[1].cycles)
    assert runs[0].flash_bytes == runs[1].flash_bytes
    assert runs[1].board.flash_bytes == 30720


def test_time_and_energy():
    board = replace(UNO, clock_hz=1_000_000, nj_per_cycle_board=10.0)
    assert board.milliseconds(2000) == 2
    assert board.millijoules(1e6) == 10
