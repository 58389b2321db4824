"""Sleep modes and the watchdog of the virtual Uno, as the ATmega328P's datasheet has them (Atmel 8271, 10 and 11)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from tinyml_course.board import UnoSimulator
from tinyml_course.board.sleep_modes import START_UP_CYCLES
from tinyml_course.errors import SketchFaultError

Start = Callable[..., UnoSimulator]
SHORTEST = 256_000  # processor cycles in 2,048 cycles of the watchdog's 128 kHz

HEAD = """
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <avr/wdt.h>
#include <stdint.h>
static void watch(uint8_t bits) { wdt_reset(); WDTCSR = 1 << WDCE | 1 << WDE; WDTCSR = bits; }
"""

#: Setting of the bits SM2..0, name, cycles of start-up, whether it stops the timers.
MODES = [
    (0, "idle", 0),
    (1, "adc", 0),
    (2, "power_down", START_UP_CYCLES),
    (3, "power_save", START_UP_CYCLES),
    (6, "standby", 6),
    (7, "extended_standby", 6),
]
STOPPING = MODES[1:]


def asleep(uno: UnoSimulator) -> dict[str, int]:
    """The modes in which the chip spent any time."""
    return {name: cycles for name, cycles in uno.sleep_cycles.items() if cycles and name != "active"}


# ---- the watchdog wakes


def tick_program(mode: int, prescaler: int = 0) -> str:
    high, low = prescaler >> 3, prescaler & 7
    return (
        HEAD
        + f"""
        ISR(WDT_vect) {{ GPIOR0 = 1; }}
        int main(void) {{
            watch(1 << WDIE | {high} << WDP3 | {low});
            SMCR = {mode} << 1 | 1;
            sei();
            for (;;) sleep_cpu();
        }}
        """
    )


@pytest.mark.parametrize(("mode", "name", "start_up"), MODES)
def test_the_watchdog_wakes_from_every_mode(mode: int, name: str, start_up: int, start: Start) -> None:
    uno = start(tick_program(mode))
    uno.run(10 * SHORTEST)
    cycles = [mark.cycle for mark in uno.marks]
    assert len(cycles) == 9
    assert {later - earlier for earlier, later in pairwise(cycles)} == {SHORTEST}
    found = asleep(uno)
    assert set(found) == ({name, "start_up"} if start_up else {name})
    assert found.get("start_up", 0) == 9 * start_up
    assert uno.sleep_cycles["active"] == uno.cycles - sum(found.values())
    assert 9 * 30 < uno.sleep_cycles["active"] < 9 * 60 + 200


def test_waking_takes_the_start_up_time_and_eight_cycles(start: Start) -> None:
    """From the time-out to the handler: start-up, four cycles halted, four to the vector, three for its jump."""
    first = {}
    for mode, name, start_up in MODES:
        uno = start(tick_program(mode))
        uno.run(3 * SHORTEST)
        first[name] = uno.marks[0].cycle - start_up
    assert set(first.values()) == {first["idle"]}
    awake = start(
        HEAD + "ISR(WDT_vect) { GPIOR0 = 1; } int main(void) { watch(1 << WDIE); sei(); for (;;) { } }",
    )
    awake.run(3 * SHORTEST)
    # The loop's jump takes two cycles, so an interrupt of a running program may wait for one.
    assert 4 - 2 <= first["idle"] - awake.marks[0].cycle <= 4


@pytest.mark.parametrize("prescaler", range(10))
def test_periods_of_the_watchdog(prescaler: int, start: Start) -> None:
    """2K to 1,024K cycles of the oscillator: 16 ms to 8 s (datasheet table 11-2)."""
    uno = start(tick_program(2, prescaler))
    uno.run(int(3.5 * SHORTEST) << prescaler)
    first, second, third = (mark.cycle for mark in uno.marks)
    assert second - first == third - second == SHORTEST << prescaler
    assert asleep(uno)["start_up"] == 3 * START_UP_CYCLES


def test_only_wdr_starts_the_period_anew(start: Start) -> None:
    program = """
        ISR(WDT_vect) {{ GPIOR0 = 9; }}
        int main(void) {{
            watch(1 << WDIE);
            sei();
            for (volatile uint16_t i = 0; i < 9000; i++) {{ }}
            GPIOR0 = 1;
            {middle}
            for (;;) {{ }}
        }}
    """
    plain, written, reset = (
        start(HEAD + program.format(middle=middle)) for middle in ("", "WDTCSR |= 1 << WDIE;", "wdt_reset();")
    )
    for uno in (plain, written, reset):
        uno.run(500_000)
        assert [mark.value for mark in uno.marks[:2]] == [1, 9]
    assert abs(plain.marks[1].cycle - written.marks[1].cycle) <= 2
    begin, end = reset.marks[:2]
    assert SHORTEST <= end.cycle - begin.cycle <= SHORTEST + 30
    assert end.cycle > plain.marks[1].cycle + 50_000


def test_an_interrupt_first_and_then_a_reset(start: Start) -> None:
    uno = start(
        HEAD
        + """
        ISR(WDT_vect) { GPIOR0 = WDTCSR; }
        int main(void) {
            GPIOR0 = MCUSR;
            watch(1 << WDIE | 1 << WDE);
            set_sleep_mode(SLEEP_MODE_PWR_DOWN); sleep_enable(); sei();
            for (;;) sleep_cpu();
        }
        """
    )
    uno.run(5 * SHORTEST // 2)
    assert [mark.value for mark in uno.marks] == [1, 1 << 3, 8]  # the handler sees WDIE cleared, WDE set
    interrupt, reset = uno.marks[1:]
    assert abs(reset.cycle - interrupt.cycle - SHORTEST) < START_UP_CYCLES + 100
    assert asleep(uno)["power_down"] > 2 * SHORTEST - 2 * START_UP_CYCLES  # counted on over the reset


def test_protected_bits_need_the_timed_sequence(start: Start) -> None:
    uno = start(
        HEAD
        + """
        int main(void) {
            WDTCSR = 1 << WDIE | 7; GPIOR0 = WDTCSR;            /* no sequence: the prescaler stays */
            watch(1 << WDIE | 7); GPIOR0 = WDTCSR;
            WDTCSR = 1 << WDCE | 1 << WDE; asm("nop $ nop $ nop $ nop $ nop $ nop"); WDTCSR = 0;  /* too late */
            GPIOR0 = WDTCSR & 1 << WDE;
            for (;;) wdt_reset();
        }
        """
    )
    uno.run(2_000)
    assert [mark.value for mark in uno.marks] == [1 << 6, 1 << 6 | 7, 1 << 3]


# ---- what stands still


@pytest.mark.parametrize(("mode", "name", "start_up"), MODES)
def test_timers_go_on_where_they_were(mode: int, name: str, start_up: int, start: Start) -> None:
    """Each counts the cycles of the crystal, modulo 256, but for those in which its clock stood still."""
    uno = start(
        HEAD
        + f"""
        EMPTY_INTERRUPT(WDT_vect);
        int main(void) {{
            TCCR0B = 1; TCCR1B = 1; TCCR2B = 1;
            watch(1 << WDIE);
            SMCR = {mode} << 1 | 1;
            sei();
            uint8_t a0 = TCNT0, a1 = TCNT1L, a2 = TCNT2;
            sleep_cpu();
            uint8_t b0 = TCNT0, b1 = TCNT1L, b2 = TCNT2;
            GPIOR0 = b0 - a0; GPIOR0 = b1 - a1; GPIOR0 = b2 - a2;
            for (;;) {{ }}
        }}
        """
    )
    uno.run(2 * SHORTEST)
    slept = sum(asleep(uno).values())
    # Between two readings: SLEEP, eight cycles of waking, the vector's jump, RETI, and three readings (1 + 2 + 2).
    awake = 1 + 8 + 3 + 4 + 5
    runs_on = [mode == 0, mode == 0, mode in (0, 3, 7)]
    assert [mark.value for mark in uno.marks] == [(awake + runs * slept) % 256 for runs in runs_on]
    assert slept > SHORTEST - 100


def test_timer_2_wakes_from_power_save_and_not_from_power_down(start: Start) -> None:
    program = """
        ISR(TIMER2_OVF_vect) {{ GPIOR0 = 1; }}
        int main(void) {{
            TCCR2B = 7; TIMSK2 = 1; SMCR = {mode} << 1 | 1; sei(); sleep_cpu();
            GPIOR0 = 2; UCSR0B = 1 << TXEN0; UDR0 = '.'; for (;;) {{ }}
        }}
    """
    uno = start(HEAD + program.format(mode=3))
    uno.run_until(b".", 1_000_000)
    assert [mark.value for mark in uno.marks] == [1, 2]
    assert abs(asleep(uno)["power_save"] - 256 * 1024) < 100
    deaf = start(HEAD + program.format(mode=2))
    with pytest.raises(SketchFaultError, match="It sleeps there, in the mode power-down"):
        deaf.run_until(b".", 1_000_000)
    assert deaf.marks == ()


def test_an_eeprom_write_that_has_begun_is_completed(start: Start) -> None:
    uno = start(
        HEAD
        + """
        EMPTY_INTERRUPT(WDT_vect);
        int main(void) {
            watch(1 << WDIE); set_sleep_mode(SLEEP_MODE_PWR_DOWN); sleep_enable();
            EEAR = 5; EEDR = 42; EECR = 1 << EEMPE; EECR |= 1 << EEPE;
            sei(); sleep_cpu();
            GPIOR0 = EECR & 1 << EEPE;
            EECR |= 1 << EERE; GPIOR0 = EEDR;
            for (;;) { }
        }
        """
    )
    uno.run(SHORTEST + START_UP_CYCLES + 1_000)
    assert [mark.value for mark in uno.marks] == [0, 42]


# ---- the serial port in sleep


def test_bytes_that_come_while_the_clock_stands_are_lost(start: Start, serial: str) -> None:
    uno = start(
        serial
        + HEAD
        + """
        EMPTY_INTERRUPT(WDT_vect);
        int main(void) {
            open(16); watch(1 << WDIE); set_sleep_mode(SLEEP_MODE_PWR_DOWN); sleep_enable(); sei();
            put(get()); while (!(UCSR0A & 1 << TXC0)) { } UCSR0A |= 1 << TXC0;
            sleep_cpu();
            for (;;) put(get());
        }
        """
    )
    uno.send(b"a")
    uno.run_until(b"a", 100_000)
    uno.send(b"bcd")
    assert uno.run(2 * SHORTEST) == b""
    assert uno.lost_bytes == 3
    uno.send(b"e")
    assert uno.run_until(b"e", 100_000) == b"e"


@pytest.mark.parametrize(("waits", "expected"), [(True, b"UA"), (False, b"\x15A")])
def test_a_byte_that_is_not_flushed_before_sleep_is_damaged(
    waits: bool, expected: bytes, start: Start, serial: str
) -> None:
    """'U' is 0b01010101; the clock stops in the sixth of its data bits, a zero, and so do all above it read as zero."""
    wait = "while (!(UCSR0A & 1 << TXC0)) { }" if waits else "for (uint8_t i = 0; i < 220; i++) asm volatile ($nop$);"
    uno = start(
        serial
        + HEAD
        + f"""
        EMPTY_INTERRUPT(WDT_vect);
        int main(void) {{
            watch(1 << WDIE); set_sleep_mode(SLEEP_MODE_PWR_DOWN); sleep_enable(); sei();
            open(16); put('U');
            {wait.replace("$", chr(34))}
            sleep_cpu();
            while (!(UCSR0A & 1 << UDRE0)) {{ }}
            UDR0 = 'A';
            for (;;) {{ }}
        }}
        """
    )
    assert uno.run(2 * SHORTEST)[:2] == expected


# ---- pins


EXTERNAL = """
ISR({vector}) {{ GPIOR0 = 1; EIMSK = 0; }}
int main(void) {{
    PORTD = 1 << 2; EICRA = {edge}; EIMSK = {int0}; PCICR = {change}; PCMSK2 = 1 << 2;
    SMCR = {mode} << 1 | 1; sei(); GPIOR0 = 7; sleep_cpu();
    GPIOR0 = 2; for (;;) {{ }}
}}
"""


def external(mode: int, *, edge: int = 0, change: bool = False) -> str:
    vector = "PCINT2_vect" if change else "INT0_vect"
    return HEAD + EXTERNAL.format(vector=vector, edge=edge, mode=mode, int0=int(not change), change=4 * change)


@pytest.mark.parametrize(("mode", "name", "start_up"), MODES)
def test_a_low_level_wakes_from_every_mode(mode: int, name: str, start_up: int, start: Start) -> None:
    uno = start(external(mode))
    uno.set_pin(2, True)
    uno.run(50_000)
    assert [mark.value for mark in uno.marks] == [7]
    pressed = uno.cycles
    uno.set_pin(2, False)
    uno.run(START_UP_CYCLES + 1_000)
    assert [mark.value for mark in uno.marks] == [7, 1, 2]
    # Start-up, four cycles halted, four to the vector, and the handler's entry.
    assert start_up + 8 < uno.marks[1].cycle - pressed < start_up + 30
    assert asleep(uno).get("start_up", 0) == start_up


@pytest.mark.parametrize(("mode", "name", "start_up"), STOPPING)
def test_an_edge_on_int0_wakes_from_idle_only(mode: int, name: str, start_up: int, start: Start) -> None:
    for setting, wakes in ((0, True), (mode, False)):
        uno = start(external(setting, edge=2))  # a falling edge
        uno.set_pin(2, True)
        uno.run(50_000)
        uno.set_pin(2, False)
        uno.run(50_000)
        assert [mark.value for mark in uno.marks] == ([7, 1, 2] if wakes else [7])


@pytest.mark.parametrize(("mode", "name", "start_up"), MODES)
def test_a_pin_change_wakes_from_every_mode(mode: int, name: str, start_up: int, start: Start) -> None:
    uno = start(external(mode, change=True))
    uno.run(50_000)
    uno.set_pin(2, True)
    uno.run(START_UP_CYCLES + 1_000)
    assert [mark.value for mark in uno.marks] == [7, 1, 2]


def test_a_level_that_goes_before_the_start_up_ends_wakes_without_an_interrupt(start: Start) -> None:
    uno = start(external(2))
    uno.set_pin(2, True)
    uno.run(50_000)
    uno.set_pin(2, False)
    uno.run(START_UP_CYCLES // 2)
    uno.set_pin(2, True)
    uno.run(START_UP_CYCLES)
    assert [mark.value for mark in uno.marks] == [7, 2]


# ---- the ADC in sleep


@pytest.mark.parametrize(("mode", "name"), [(0, "idle"), (1, "adc")])
def test_a_conversion_starts_with_sleep_and_wakes(mode: int, name: str, start: Start) -> None:
    uno = start(
        HEAD
        + f"""
        ISR(ADC_vect) {{ GPIOR0 = ADCH; }}
        int main(void) {{
            ADMUX = 1 << REFS0 | 1 << ADLAR | 3; ADCSRA = 1 << ADEN | 1 << ADIE | 7;
            SMCR = {mode} << 1 | 1; sei(); sleep_cpu(); GPIOR0 = 0; sleep_cpu();
            for (;;) {{ }}
        }}
        """
    )
    uno.set_voltage(3, 2.5)
    uno.run(10_000)
    assert [mark.value for mark in uno.marks] == [128, 0, 128]
    assert 25 * 128 + 13 * 128 - 300 < asleep(uno)[name] < 25 * 128 + 13 * 128 + 300


def test_a_conversion_stands_still_in_power_down(start: Start) -> None:
    uno = start(
        HEAD
        + """
        EMPTY_INTERRUPT(WDT_vect);
        ISR(ADC_vect) { GPIOR0 = 2; }
        int main(void) {
            watch(1 << WDIE); ADMUX = 1 << REFS0; ADCSRA = 1 << ADEN | 1 << ADIE | 7; ADCSRA |= 1 << ADSC;
            set_sleep_mode(SLEEP_MODE_PWR_DOWN); sleep_enable(); sei(); sleep_cpu();
            GPIOR0 = 1; for (;;) { }
        }
        """
    )
    uno.run(SHORTEST + START_UP_CYCLES + 10_000)
    woken, converted = uno.marks
    assert (woken.value, converted.value) == (1, 2)
    assert 25 * 128 - 200 < converted.cycle - woken.cycle < 25 * 128 + 200


# ---- when there is no sleep


def test_without_se_the_instruction_does_nothing(start: Start) -> None:
    uno = start(HEAD + "int main(void) { SMCR = 2 << 1; GPIOR0 = 1; sleep_cpu(); GPIOR0 = 2; for (;;) { } }")
    uno.run(1_000)
    begin, end = uno.marks
    assert end.cycle - begin.cycle == 3  # OUT, SLEEP, LDI
    assert asleep(uno) == {}


def test_an_interrupt_that_waits_already_stops_no_clock(start: Start) -> None:
    uno = start(
        HEAD
        + """
        ISR(TIMER1_OVF_vect) { GPIOR0 = 1; TIMSK1 = 0; }
        int main(void) {
            TCNT1 = 65530; TCCR1B = 1; TIMSK1 = 1;
            for (volatile uint8_t i = 0; i < 9; i++) { }
            SMCR = 2 << 1 | 1; sei(); sleep_cpu(); GPIOR0 = 2; for (;;) { }
        }
        """
    )
    uno.run(1_000)
    assert [mark.value for mark in uno.marks] == [1, 2]
    assert asleep(uno) == {}


def test_with_interrupts_off_nothing_wakes(start: Start) -> None:
    uno = start(
        HEAD + "int main(void) { watch(1 << WDIE); SMCR = 1; sleep_cpu(); UCSR0B = 8; UDR0 = '.'; for (;;) { } }"
    )
    with pytest.raises(SketchFaultError, match=r"in the mode idle\. .* sei\(\)"):
        uno.run_until(b".", 3 * SHORTEST)


@pytest.mark.parametrize("mode", [4, 5])
def test_a_reserved_mode_is_a_fault(mode: int, start: Start) -> None:
    uno = start(HEAD + f"int main(void) {{ SMCR = {mode} << 1 | 1; sleep_cpu(); for (;;) {{ }} }}")
    with pytest.raises(SketchFaultError, match=r"reserved setting.* set_sleep_mode\(\)") as caught:
        uno.run(1_000)
    assert caught.value.kind == "reserved sleep mode"


def test_slices_of_a_run_do_not_change_what_sleep_does(start: Start) -> None:
    whole, parts = start(tick_program(2)), start(tick_program(2))
    whole.run(3 * SHORTEST)
    while parts.cycles < whole.cycles:
        parts.run(min(7_919, whole.cycles - parts.cycles))
    assert parts.marks == whole.marks
    assert parts.sleep_cycles == whole.sleep_cycles
