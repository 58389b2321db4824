"""The converter of the virtual Uno: its times (datasheet, table 23-1), its triggers, and what plays at its inputs."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from tinyml_course.board import UnoSimulator
from tinyml_course.errors import InputError

Start = Callable[..., UnoSimulator]

POLLED = """
#include <avr/io.h>
#include <avr/interrupt.h>
ISR(ADC_vect) { GPIOR0 = ADCH; }
int main(void) {
    ADMUX = 1 << REFS0 | 1 << ADLAR;
    ADCSRA = 1 << ADEN | 1 << ADIE | SELECT;
    sei();
    for (uint8_t k = 0; k < 4; k++) { GPIOR0 = 255; ADCSRA |= 1 << ADSC; while (ADCSRA & (1 << ADSC)) { } }
    for (;;) { }
}
"""
TRIGGERED = """
#include <avr/io.h>
#include <avr/interrupt.h>
ISR(ADC_vect) { GPIOR0 = ADCH; TIFR1 = 1 << OCF1B; }
int main(void) {
    ADMUX = 1 << REFS0 | 1 << ADLAR;
    OCR1A = 1999; OCR1B = 1999;
    ADCSRB = SOURCE;
    ADCSRA = 1 << ADEN | 1 << ADATE | 1 << ADIE | START << ADSC | 7;
    TCCR1B = 1 << WGM12 | 1 << CS11;
    sei();
    for (;;) { }
}
"""


@pytest.mark.parametrize(("select", "divider"), [(0, 2), (1, 2), (2, 4), (5, 32), (6, 64), (7, 128)])
def test_a_conversion_takes_13_ticks_and_the_first_one_25(select: int, divider: int, start: Start) -> None:
    uno = start(POLLED.replace("SELECT", str(select)))
    uno.run(40 * 4 * divider + 2000)
    holds = [conversion.cycle for conversion in uno.conversions]
    requests = [mark.cycle for mark in uno.marks if mark.value == 255]
    results = [mark.cycle for mark in uno.marks if mark.value != 255]
    assert len(holds) == len(requests) == len(results) == 4
    for number, (request, hold, result) in enumerate(zip(requests, holds, results, strict=True)):
        held, whole = (13.5, 25) if number == 0 else (1.5, 13)
        # The conversion starts with the next tick: up to one tick, and the instructions since the mark, later.
        assert held * divider < hold - request <= (held + 1) * divider + 8
        # The interrupt: 4 cycles, a jump of 3, what its function saves, and the instruction that ends first.
        assert (whole - held) * divider <= result - hold <= (whole - held) * divider + 30
    assert len({hold % divider for hold in holds[1:]}) == 1  # always in the same phase of the prescaler


def test_a_timer_triggers_conversions_at_exact_times(start: Start) -> None:
    uno = start(TRIGGERED.replace("SOURCE", "5").replace("START", "0"))
    uno.run(20 * 16_000)
    holds = [conversion.cycle for conversion in uno.conversions]
    assert len(holds) == 19
    assert [later - earlier for earlier, later in pairwise(holds[1:])] == [2000 * 8] * 17
    # The first one is held after 13.5 ticks instead of 2.
    assert holds[1] - holds[0] == 2000 * 8 - round(11.5 * 128)


def test_a_flag_that_stays_set_triggers_once(start: Start) -> None:
    source = TRIGGERED.replace("SOURCE", "5").replace("START", "0").replace("TIFR1 = 1 << OCF1B;", "")
    uno = start(source)
    uno.run(10 * 16_000)
    assert len(uno.conversions) == 1


def test_another_source_does_not_trigger(start: Start) -> None:
    uno = start(TRIGGERED.replace("SOURCE", "6").replace("START", "0"))
    uno.run(10 * 16_000)
    assert not uno.conversions


def test_a_change_to_a_source_whose_flag_is_set_triggers(start: Start) -> None:
    late = TRIGGERED.replace("SOURCE", "6").replace("START", "0")
    uno = start(late.replace("for (;;) { }", "while (!(TIFR1 & (1 << OCF1B))) { } ADCSRB = 5; for (;;) { }"))
    uno.run(50_000)
    assert len(uno.conversions) == 3


def test_free_running(start: Start) -> None:
    uno = start(TRIGGERED.replace("SOURCE", "0").replace("START", "1"))
    uno.run(100 * 13 * 128)
    holds = [conversion.cycle for conversion in uno.conversions]
    assert len(holds) == 99
    assert {later - earlier for earlier, later in pairwise(holds[1:])} == {13 * 128}


FLAG = """
#include <avr/io.h>
int main(void) {
    ADCSRA = 1 << ADEN | 1 << ADSC;
    while (!(ADCSRA & (1 << ADIF))) { }
    GPIOR0 = ADCSRA & (1 << ADIF | 1 << ADSC);
    ADCSRA |= 1 << ADIF;
    GPIOR0 = ADCSRA & (1 << ADIF | 1 << ADSC);
    ADCSRA |= 1 << ADSC;
    ADCSRA &= ~(1 << ADSC);
    GPIOR0 = ADCSRA & (1 << ADIF | 1 << ADSC);
    ADCSRA = 0;
    GPIOR0 = ADCSRA;
    ADCSRA = 1 << ADSC;
    GPIOR0 = ADCSRA;
    for (;;) { }
}
"""


def test_the_flag_is_cleared_by_a_one_and_a_running_conversion_only_by_switching_off(start: Start) -> None:
    uno = start(FLAG)
    uno.run(2_000)
    assert [mark.value for mark in uno.marks] == [1 << 4, 0, 1 << 6, 0, 0]
    assert len(uno.conversions) == 1


# ---- what plays at an input


def watch(start: Start, source: str = "0") -> UnoSimulator:
    """A board that converts all the time: every 13 x 128 cycles, or 16,000 where timer 1 triggers (source 5)."""
    return start(TRIGGERED.replace("SOURCE", source).replace("START", "1"))


def values(uno: UnoSimulator, count: int) -> list[int]:
    uno.clear_conversions()
    uno.run(count * 16_000)
    return [conversion.value for conversion in uno.conversions]


def test_an_input_follows_a_waveform_and_keeps_its_last_value(start: Start) -> None:
    uno = watch(start, "5")
    uno.run(20_000)
    codes = np.array([0, 100, 511, 1023])
    uno.play(0, (codes + 0.5) * 5 / 1024, rate_hz=1000)  # 1000 a second: 16,000 cycles each
    assert values(uno, 6) == [0, 100, 511, 1023, 1023, 1023]


def test_a_waveform_repeats_until_a_voltage_is_set(start: Start) -> None:
    uno = watch(start, "5")
    uno.run(20_000)
    uno.play(0, [1, 2, 3], rate_hz=500, repeat=True)
    held = [204, 409, 614]
    assert values(uno, 14) == [held[k // 2 % 3] for k in range(14)]
    uno.set_voltage(0, 5)
    assert values(uno, 3) == [1023] * 3


def test_other_channels_and_fractions_of_a_cycle(start: Start) -> None:
    uno = watch(start)
    uno.play(1, [5.0], rate_hz=10)
    uno.run(100_000)
    assert {(conversion.channel, conversion.value) for conversion in uno.conversions} == {(0, 0)}
    uno.play(0, np.arange(1024) * 5 / 1024 + 0.001, rate_hz=3e4)  # 533.33 cycles each
    begin = uno.cycles
    uno.clear_conversions()
    uno.run(600_000)
    for conversion in uno.conversions[1:]:
        assert conversion.value == min((conversion.cycle - begin) * 3 // 1600, 1023)
    assert uno.conversions[-1].value == 1023


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((8, [1.0], 100), "An analog channel of the Uno has a number from 0 to 7, got 8"),
        ((0, [], 100), r"one row of finite voltages, got an array of shape \(0,\)"),
        ((0, [[1.0]], 100), r"got an array of shape \(1, 1\)"),
        ((0, [1.0, float("nan")], 100), "with values that are not finite"),
        ((0, [1.0], 0), "above 0 and finite, got 0"),
        ((0, [1.0], float("inf")), "above 0 and finite, got inf"),
    ],
)
def test_what_cannot_be_played(arguments: tuple[object, ...], message: str, start: Start) -> None:
    uno = watch(start)
    with pytest.raises(InputError, match=message):
        uno.play(*arguments)


def test_a_voltage_that_is_no_number_is_refused(start: Start) -> None:
    uno = watch(start)
    for volts in (float("nan"), float("inf")):
        with pytest.raises(InputError, match=f"A voltage is a finite number, got {volts}"):
            uno.set_voltage(0, volts)
