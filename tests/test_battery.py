"""Battery life: the worked examples of the lessons, what a battery cannot feed, tables and the picture."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

import tinyml_course as tc
from tinyml_course import facts
from tinyml_course.battery import format_current
from tinyml_course.board.sleep_modes import START_UP_CYCLES
from tinyml_course.duty_cycles import average_current
from tinyml_course.electricity import BATTERIES, CIRCUITS
from tinyml_course.errors import InputError
from tinyml_course.grading.registry import find_sheet

YEAR = 365.25


def value(fact_id: str) -> float:
    return facts.get(fact_id).value


def days_of_power(watts: float, battery: str = "cr2032") -> float:
    """Days at a constant power, with all of the printed capacity and no self-discharge."""
    fed = BATTERIES[battery]
    life = constant_load(watts / fed.volts * 1000, battery)
    return life.days


def constant_load(milliamperes: float, battery: str) -> tc.BatteryLife:
    load = tc.Circuit("load", "a constant load", 16e6, 0.0, 20.0, 0.0, {"active": milliamperes})
    return tc.battery_life(
        tc.DutyCycle({"active": 16e6}), circuit=load, battery=battery, usable_share=1, self_discharge=0
    )


# ---- worked examples


@pytest.mark.parametrize(
    ("microjoules", "period_seconds", "days"),
    [
        (1004, 1, 27.9),  # MLPerf Tiny keyword spotting on a STM32U575, once a second
        (1004, 30, 1.95 * YEAR),
        (2833, 1, 9.9),  # the same on a STM32L4R5
    ],
)
def test_keyword_spotting_on_a_coin_cell(microjoules: float, period_seconds: float, days: float) -> None:
    """Energy of one inference, and 2 microamperes at 3 V asleep."""
    power = microjoules * 1e-6 / period_seconds + 2e-6 * 3
    assert days_of_power(power) == pytest.approx(days, rel=0.006)


def test_the_articles_milliwatt_empties_a_coin_cell_in_28_days() -> None:
    assert days_of_power(1e-3) == pytest.approx(28.1, abs=0.05)
    assert days_of_power(value("battery.cr2032_year_power") * 1e-6) == pytest.approx(YEAR)
    assert value("battery.cr2032_year_power") == pytest.approx(77, abs=0.05)
    assert value("battery.cr2032_year_power") / BATTERIES["cr2032"].volts == pytest.approx(25.7, abs=0.05)
    claim = next(claim for claim in facts.claims() if claim.id == "coin-cell")
    assert claim.verdict == "wrong"
    assert "28 days at 1 mW" in claim.correction
    assert "77 µW, 13 times less" in claim.correction


def test_an_uno_board_by_capacity_alone() -> None:
    assert constant_load(49, "cr2032").hours == pytest.approx(4.6, abs=0.01)
    assert constant_load(49, "4xaa").hours == pytest.approx(51, abs=0.05)


def test_the_formula_of_lesson_12() -> None:
    sheet = find_sheet("12.5")
    assert len(sheet.questions) >= 5
    for question, days in zip(sheet.questions, sheet.expected, strict=True):
        capacity, active, sleep, milliseconds, period = question
        average = average_current(active, milliseconds / 1000, sleep, period)
        assert capacity / average / 24 == pytest.approx(days)
        circuit = tc.Circuit("own", "mine", 16e6, 0, 9, 0.0, {"active": active, "power_down": sleep})
        cycle = tc.DutyCycle({"active": milliseconds * 16e3, "power_down": (period - milliseconds / 1000) * 16e6})
        assert tc.battery_life(cycle, circuit=circuit).average_ma == pytest.approx(average)


# ---- circuits


@pytest.mark.parametrize("circuit", CIRCUITS)
def test_currents_come_from_facts(circuit: str) -> None:
    found = CIRCUITS[circuit]
    modes = found.modes_ma
    assert modes["active"] == modes["start_up"] > modes["idle"] > 50 * modes["power_down"]
    assert "datasheet" in found.source or "measured" in found.source


def test_the_boards_currents_are_the_measured_ones() -> None:
    uno = CIRCUITS["uno"]
    assert uno.fixed_ma + uno.modes_ma["active"] == pytest.approx(value("uno.board_current_running"))
    assert uno.fixed_ma + uno.modes_ma["power_down"] == pytest.approx(value("uno.board_current_asleep"))


def test_the_chips_currents_are_those_of_the_datasheet() -> None:
    slow = {"active": 1.7, "idle": 0.3, "start_up": 1.7, "power_down": 0.0042}
    assert CIRCUITS["chip_3v"].modes_ma == pytest.approx(slow)
    assert CIRCUITS["chip"].modes_ma["active"] == pytest.approx(10.4)
    energy = CIRCUITS["chip"].modes_ma["active"] * 1e-3 * 5 / 16e6 * 1e9
    assert energy == pytest.approx(value("uno.chip_nj_per_cycle"))
    assert CIRCUITS["chip"].volts_minimum == pytest.approx(3.78)


def test_the_start_up_of_the_facts_is_that_of_the_virtual_uno() -> None:
    assert value("uno.start_up_cycles") == START_UP_CYCLES


def test_a_slower_clock_takes_its_time_from_sleep() -> None:
    cycle = tc.DutyCycle.planned(160_000, 1.0)
    fast, slow = (cycle.seconds(CIRCUITS[name]) for name in ("chip", "chip_3v"))
    assert fast["active"] == pytest.approx(0.01)
    assert slow["active"] == pytest.approx(0.04)
    assert slow["start_up"] == pytest.approx(START_UP_CYCLES / 4e6)
    assert sum(fast.values()) == pytest.approx(1.0)
    assert sum(slow.values()) == pytest.approx(1.0)


def test_awake_all_the_time_is_so_at_any_clock() -> None:
    cycle = tc.DutyCycle.planned(160_000, 1.0, sleeps=False)
    assert cycle.seconds(CIRCUITS["chip_3v"]) == {"active": pytest.approx(1.0)}
    assert tc.battery_life(cycle, circuit="chip_3v", battery="2xaa").average_ma == pytest.approx(1.7)


def test_the_watchdog_has_to_wake_several_times_in_a_long_period() -> None:
    assert tc.DutyCycle.planned(0, 8.0).cycles["start_up"] == START_UP_CYCLES
    assert tc.DutyCycle.planned(0, 60.0).cycles["start_up"] == 8 * START_UP_CYCLES
    assert tc.DutyCycle.planned(0, 60.0).period_seconds == pytest.approx(60)


# ---- life


@dataclass
class FakeRun:
    cycles: np.ndarray


def test_a_run_counts_with_its_mean() -> None:
    by_run = tc.battery_life(FakeRun(np.array([30_000, 50_000])), 8.0)
    assert by_run.to_dict() == tc.battery_life(40_000, 8.0).to_dict()


def test_a_measured_run_brings_its_duty_cycle() -> None:
    cycle = tc.DutyCycle({"active": 16_000, "power_down": 15_984_000})
    assert tc.battery_life(SimpleNamespace(duty_cycle=cycle)).to_dict() == tc.battery_life(cycle).to_dict()


def test_shares_and_average() -> None:
    life = tc.battery_life(40_000, 8.0, circuit="uno", battery="4xaa")
    assert sum(life.shares.values()) == pytest.approx(1)
    assert life.shares["fixed"] > 0.99
    assert life.average_ma == pytest.approx(34.4, abs=0.02)
    assert life.peak_ma == pytest.approx(46.5)
    chip = tc.battery_life(40_000, 8.0, circuit="chip", battery="3xaa")
    assert set(chip.shares) == {"active", "start_up", "power_down"}
    charges = {"active": 10.4 * 0.0025, "start_up": 10.4 * 0.001024, "power_down": 0.007 * (8 - 0.003524)}
    assert chip.average_ma == pytest.approx(sum(charges.values()) / 8)
    assert chip.shares["active"] == pytest.approx(charges["active"] / sum(charges.values()))


def test_capacity_that_is_not_usable_and_self_discharge_shorten_the_life() -> None:
    full = tc.battery_life(40_000, 8.0, circuit="chip", battery="3xaa", usable_share=1, self_discharge=0)
    part = tc.battery_life(40_000, 8.0, circuit="chip", battery="3xaa", usable_share=0.5, self_discharge=0)
    lossy = tc.battery_life(40_000, 8.0, circuit="chip", battery="3xaa", usable_share=1, self_discharge=0.1)
    assert part.days == pytest.approx(full.days / 2)
    lost_ma = 2500 * 0.1 / (24 * YEAR)
    assert lossy.days == pytest.approx(2500 / (full.average_ma + lost_ma) / 24)
    default = tc.battery_life(40_000, 8.0, circuit="chip", battery="3xaa")
    assert (default.usable_share, default.self_discharge) == (0.75, 0.03)


def test_a_board_on_a_coin_cell_is_refused_in_words() -> None:
    life = tc.battery_life(40_000, 8.0, circuit="uno", battery="cr2032")
    assert life.problem == ("it gives 3 V, and at least 6 V are needed; it gives at most 15 mA, and 46.5 mA are drawn")
    assert "NOT AT ALL: it gives 3 V" in str(life)
    assert life.to_dict()["days"] is None
    assert life.to_dict()["days_by_capacity_alone"] == pytest.approx(life.days)


@pytest.mark.parametrize(
    ("circuit", "battery", "problem"),
    [
        ("chip", "4xaa", "at most 5.5 V are allowed"),
        ("chip", "2xaa", "at least 3.78 V are needed"),
        ("chip", "3xaa", ""),
        ("chip_3v", "cr2032", ""),
        ("uno", "9v", ""),
        ("uno", "lipo", "at least 6 V are needed"),
    ],
)
def test_voltages(circuit: str, battery: str, problem: str) -> None:
    found = tc.battery_life(40_000, 8.0, circuit=circuit, battery=battery).problem
    assert problem in found
    assert bool(found) == bool(problem)


def test_a_current_that_a_battery_gives_in_pulses_only() -> None:
    hungry = dataclasses.replace(CIRCUITS["chip_3v"], modes_ma={"active": 10.0, "power_down": 0.001, "start_up": 10.0})
    seldom = tc.battery_life(40_000, 8.0, circuit=hungry, battery="cr2032")
    assert seldom.problem == ""
    always = tc.battery_life(tc.DutyCycle({"active": 16e6}), circuit=hungry, battery="cr2032")
    assert always.problem == "it gives at most 3 mA for long, and 10 mA are drawn on average"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: tc.battery_life(1000), "Give period_seconds"),
        (lambda: tc.battery_life(tc.DutyCycle({"active": 1.0}), 8.0), "has its own period"),
        (lambda: tc.battery_life(1000, 8.0, battery="cr2023"), "Unknown battery 'cr2023'. Known: cr2032"),
        (lambda: tc.battery_life(1000, 8.0, circuit="mega"), "Unknown circuit 'mega'. Known: uno"),
        (lambda: tc.battery_life(1000, 0.0), "period_seconds should be a positive number"),
        (lambda: tc.battery_life(16e6, 1.0), "does not fit a period of 1 s"),
        (lambda: tc.battery_life(8e6, 1.0, circuit="chip_3v"), "At 4 MHz the work of one period takes longer"),
        (lambda: tc.battery_life(1000, 8.0, usable_share=75), "shares from 0 to 1, got 75"),
        (lambda: tc.battery_life(tc.DutyCycle({"active": 1.0, "standby": 9.0})), "No current is known .* 'standby'"),
        (lambda: average_current(10, 2, 0, 1), "The work takes 2 s and starts every 1 s"),
    ],
)
def test_what_makes_no_sense_is_refused(call: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()  # type: ignore[operator]


@pytest.mark.parametrize(("milliamperes", "text"), [(34.4, "34.4 mA"), (0.1, "0.1 mA"), (0.0042, "4.2 µA")])
def test_currents_are_printed_with_a_fitting_unit(milliamperes: float, text: str) -> None:
    assert format_current(milliamperes) == text


# ---- table and picture


def test_the_table_compares_circuits_batteries_and_sleep() -> None:
    shown = tc.battery_table(40_000, 8.0)
    assert len(shown.rows) == 2 * len(CIRCUITS)
    assert all(len(entry) == 3 + len(BATTERIES) for entry in shown.entries)
    text = str(shown)
    assert "2.3 days" in text
    assert "Arduino Uno board on a CR2032 coin cell: it gives 3 V" in text
    asleep, awake = shown.rows[0], shown.rows[1]
    assert (asleep.sleeps, awake.sleeps) == (True, False)
    assert all(a.days > b.days for a, b in zip(asleep.lives, awake.lives, strict=True))
    page = shown._repr_html_()
    assert page.count("<tr>") == 1 + len(shown.rows)
    assert page.count("<li>") == len(shown.notes)
    figures = json.loads(json.dumps(shown.to_dict()))
    assert len(figures["rows"]) == len(shown.rows) * len(BATTERIES)


def test_the_pictures_title_states_the_finding_and_its_text_says_why() -> None:
    picture = tc.battery_picture(40_000, 8.0)
    (axes,) = picture.figure.axes
    assert axes.get_title(loc="left") == (
        "With an inference every 8 s, the chip alone lasts 11 years,\nthe whole board 2.3 days"
    )
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert len(axes.get_lines()) == 4
    assert "100% of the charge goes to the rest of the board" in picture.alt
    assert "3.2 orders of magnitude" in picture.alt
    assert picture.png().startswith(b"\x89PNG")


def test_a_pair_that_does_not_work_is_not_drawn() -> None:
    with pytest.raises(InputError, match="a CR2032 coin cell cannot feed Arduino Uno board: it gives 3 V"):
        tc.battery_picture(40_000, 8.0, pairs=[("uno", "cr2032")])
    with pytest.raises(InputError, match="1 to 4 pairs"):
        tc.battery_picture(40_000, 8.0, pairs=[])
