"""Serial port, pins, analog inputs, timers, sleep, EEPROM and watchdog of the virtual Uno."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tinyml_course.board import PinState, UnoSimulator
from tinyml_course.errors import InputError

Start = Callable[..., UnoSimulator]
LETTERS = bytes(range(65, 91))


# ---- serial


@pytest.mark.parametrize("divider", [0, 1, 16, 34, 207])  # 2M, 1M, 115200, 57600 and 9600 baud
def test_every_byte_comes_back_at_every_rate(divider: int, start: Start, serial: str) -> None:
    uno = start(serial + f"int main(void) {{ open({divider}); put('!'); for (;;) put(get()); }}")
    uno.run_until(b"!", 1_000_000)
    begin = uno.cycles
    uno.send(LETTERS)
    assert uno.run_until(LETTERS[-1:], 10_000_000) == LETTERS
    assert uno.lost_bytes == 0
    frame = 10 * 8 * (divider + 1)
    # All but the last byte come in while others go out; reading and writing a byte takes a few cycles.
    assert (len(LETTERS) + 1) * frame <= uno.cycles - begin <= (len(LETTERS) + 1) * frame + 60


@pytest.mark.parametrize(("settings", "bits"), [("0x06", 10), ("0x0e", 11), ("0x26", 11), ("0x04", 9), ("0x2e", 12)])
def test_the_frame_has_the_configured_bits(settings: str, bits: int, start: Start, serial: str) -> None:
    uno = start(serial + f"int main(void) {{ open(16); UCSR0C = {settings}; for (;;) {{ put('a'); put('b'); }} }}")
    uno.run_until(b"b", 1_000_000)
    begin = uno.cycles
    uno.run_until(b"ab" * 10, 1_000_000)
    assert uno.cycles - begin == 20 * bits * 8 * 17


SLOW = """
int main(void) {
    open(16);
    put('!');
    while (!(UCSR0A & (1 << RXC0))) { }
    for (volatile uint16_t i = 0; i < 4000; i++) { }
    while (UCSR0A & (1 << RXC0)) {
        uint8_t lost = UCSR0A & (1 << DOR0);
        uint8_t byte = get();
        put(lost ? '~' : ' ');
        put(byte);
    }
    put('.');
    for (;;) put(get());
}
"""


def test_what_is_not_read_in_time_is_lost(start: Start, serial: str) -> None:
    """Two bytes wait in the buffer and one in the shift register; each new one destroys the one there."""
    uno = start(serial + SLOW)
    uno.run_until(b"!", 1_000_000)
    uno.send(b"abcdefg")
    assert uno.run_until(b".", 10_000_000) == b" a b~g."
    assert uno.lost_bytes == 4
    uno.send(b"h")
    assert uno.run_until(b"h", 100_000) == b"h"


def test_bytes_wait_for_the_receiver_and_need_it(start: Start, serial: str) -> None:
    uno = start(
        serial
        + """
        int main(void) {
            for (volatile uint16_t i = 0; i < 9999; i++) { }
            open(16);
            put(get());
            UCSR0B = 1 << TXEN0;
            put('-');
            for (volatile uint16_t i = 0; i < 99; i++) { }
            open(16);
            for (;;) put(get());
        }
        """
    )
    uno.send(b"1")
    assert uno.run_until(b"-", 1_000_000) == b"1-"
    uno.send(b"2")
    assert uno.run_until(b"2", 1_000_000) == b"2"


def test_serial_by_interrupts(start: Start, serial: str) -> None:
    uno = start(
        serial
        + """
        static volatile char kept[32]; static volatile uint8_t first, last;
        ISR(USART_RX_vect) { kept[last++ & 31] = UDR0; UCSR0B |= 1 << UDRIE0; }
        ISR(USART_UDRE_vect) { if (first == last) UCSR0B &= ~(1 << UDRIE0); else UDR0 = kept[first++ & 31]; }
        int main(void) { open(16); UCSR0B |= 1 << RXCIE0; sei(); for (;;) { } }
        """
    )
    uno.run(10_000)
    uno.send(LETTERS)
    assert uno.run_until(b"Z", 1_000_000) == LETTERS


def test_the_transmitter_says_once_when_all_is_sent(start: Start, serial: str) -> None:
    uno = start(
        serial + "ISR(USART_TX_vect) { GPIOR0 = UCSR0A; }"
        "int main(void) { open(16); UCSR0B |= 1 << TXCIE0; sei(); put('a'); put('b'); put('c'); for (;;) { } }"
    )
    uno.run_until(b"c", 100_000)
    assert uno.marks == ()
    uno.run(2_000)
    assert [mark.value for mark in uno.marks] == [0x22]  # buffer free, double speed; the flag itself is cleared


def test_writing_while_the_buffer_is_full_is_ignored(start: Start, serial: str) -> None:
    uno = start(serial + "int main(void) { open(16); UDR0 = 'a'; UDR0 = 'b'; UDR0 = 'c'; put('d'); for (;;) { } }")
    assert uno.run_until(b"d", 100_000) == b"abd"


# ---- pins


def test_outputs_inputs_and_pull_ups(start: Start) -> None:
    uno = start(
        """
        #include <avr/io.h>
        int main(void) {
            DDRB = 1 << 5;                                   /* 13 is an output */
            PORTD = 1 << 2;                                  /* 2 is an input with its pull-up resistor */
            DDRC = 1 << 0;
            for (;;) {
                if (PIND & (1 << 2)) PORTB |= 1 << 5; else PORTB &= ~(1 << 5);
                if (PINC & (1 << 5)) PORTC |= 1; else PORTC &= ~1;
            }
        }
        """
    )
    for level in (True, False, True):
        uno.set_pin(2, level)
        uno.set_pin(19, not level)
        uno.run(200)
        assert uno.pin(13) is (PinState.HIGH if level else PinState.LOW)
        assert uno.pin(14) is (PinState.LOW if level else PinState.HIGH)
    assert uno.pin(2) is PinState.INPUT_PULLUP
    assert uno.pin(3) is PinState.INPUT


def test_a_pin_change_interrupts(start: Start, serial: str) -> None:
    uno = start(
        serial + "ISR(INT0_vect) { put('i'); }"
        "int main(void) { open(16); EICRA = 3; EIMSK = 1; sei(); put('!'); for (;;) { } }"
    )
    uno.run_until(b"!", 100_000)
    uno.set_pin(2, True)
    assert uno.run_until(b"i", 100_000) == b"i"
    uno.set_pin(2, False)
    assert uno.run(100_000) == b""


@pytest.mark.parametrize(
    ("volts", "code"), [(0.0, 0), (1.25, 256), (2.5, 512), (4.999, 1023), (5.0, 1023), (9.0, 1023)]
)
def test_an_analog_input(volts: float, code: int, start: Start, serial: str) -> None:
    uno = start(
        serial
        + """
        int main(void) {
            open(16); ADMUX = 1 << REFS0 | 3; ADCSRA = 1 << ADEN | 7; put('!'); get();
            ADCSRA |= 1 << ADSC;
            while (ADCSRA & (1 << ADSC)) { }
            uint16_t value = ADC; put(value >> 8); put(value); put('.');
            for (;;) { }
        }
        """
    )
    uno.run_until(b"!", 100_000)
    uno.set_voltage(3, volts)
    uno.send(b"?")
    assert uno.run_until(b".", 100_000) == code.to_bytes(2, "big") + b"."


@pytest.mark.parametrize("call", ["set_pin(20, True)", "pin(-1)", "set_voltage(8, 1.0)"])
def test_a_pin_that_is_not_there(call: str, start: Start) -> None:
    uno = start("int main(void) { for (;;) { } }")
    with pytest.raises(InputError, match="has a number from 0 to"):
        eval(f"uno.{call}", {"uno": uno})


# ---- timers, sleep, EEPROM, watchdog


@pytest.mark.parametrize(("clock_select", "divider"), [(1, 1), (2, 8), (3, 64), (4, 256)])
def test_timer_1_counts_cycles(clock_select: int, divider: int, start: Start, serial: str) -> None:
    uno = start(
        serial
        + f"""
        int main(void) {{
            open(16); TCCR1A = 0; TCCR1B = {clock_select};
            GPIOR0 = 1; uint16_t before = TCNT1;
            for (volatile uint16_t i = 0; i < 1234; i++) {{ }}
            GPIOR0 = 2; uint16_t after = TCNT1 - before;
            put(after >> 8); put(after); put('.');
            for (;;) {{ }}
        }}
        """
    )
    ticks = int.from_bytes(uno.run_until(b".", 1_000_000)[:2], "big")
    begin, end = uno.marks
    assert abs(ticks * divider - (end.cycle - begin.cycle)) <= divider


def test_timer_overflows_and_compare_matches(start: Start, serial: str) -> None:
    uno = start(
        serial
        + """
        static volatile uint8_t overflows, matches;
        ISR(TIMER1_OVF_vect) { overflows++; }
        ISR(TIMER2_COMPA_vect) { matches++; }
        int main(void) {
            open(16); TCCR1B = 1; TIMSK1 = 1;
            TCCR2A = 1 << WGM21; OCR2A = 249; TCCR2B = 4; TIMSK2 = 1 << OCIE2A;  /* every 250 * 64 cycles: 1 kHz */
            sei();
            while (overflows < 10) { }
            put(matches); put('.');
            for (;;) { }
        }
        """
    )
    assert uno.run_until(b".", 2_000_000)[0] == 10 * 65536 // 16000
    assert 655360 < uno.cycles < 655360 + 2 * 1360 + 200


def test_sleep_ends_with_an_interrupt(start: Start, serial: str) -> None:
    uno = start(
        serial
        + """
        #include <avr/sleep.h>
        static volatile uint8_t ticks;
        ISR(TIMER0_OVF_vect) { ticks++; }
        int main(void) {
            open(16); TCCR0B = 5; TIMSK0 = 1; sleep_enable(); sei();
            for (uint8_t i = 0; i < 5; i++) { sleep_cpu(); GPIOR0 = ticks; }
            put('.');
            for (;;) { }
        }
        """
    )
    uno.run_until(b".", 2_000_000)
    assert [mark.value for mark in uno.marks] == [1, 2, 3, 4, 5]
    steps = [later.cycle - mark.cycle for mark, later in zip(uno.marks, uno.marks[1:], strict=False)]
    assert all(abs(step - 256 * 1024) < 8 for step in steps)


def test_the_instruction_behind_sei_runs_before_an_interrupt(start: Start) -> None:
    uno = start(
        "#include <avr/io.h>\n#include <avr/interrupt.h>\n"
        "ISR(TIMER0_OVF_vect) { GPIOR0 = 9; }"
        "int main(void) { TCCR0B = 1; TIMSK0 = 1; for (volatile uint8_t i = 0; i < 99; i++) { }"
        'asm volatile("ldi r24, 1 $ ldi r25, 2 $ sei $ out 0x1e, r24 $ out 0x1e, r25" ::: "r24", "r25"); for (;;) { } }'
    )
    uno.run(5_000)
    assert [mark.value for mark in uno.marks[:3]] == [1, 9, 2]


def test_eeprom_keeps_what_is_written(start: Start, serial: str) -> None:
    uno = start(
        serial + "#include <avr/eeprom.h>\nint main(void) { open(16); eeprom_write_byte((uint8_t *)700, 42);"
        "put(eeprom_read_byte((uint8_t *)700)); put(eeprom_read_byte((uint8_t *)701)); put('.'); for (;;) { } }"
    )
    assert uno.run_until(b".", 1_000_000) == bytes([42, 255]) + b"."


def test_the_watchdog_starts_the_program_again(start: Start, serial: str) -> None:
    uno = start(
        serial + "#include <avr/wdt.h>\nint main(void) { uint8_t cause = MCUSR; open(16); put('0' + cause); put('\\n');"
        "wdt_enable(WDTO_15MS); for (;;) { } }"
    )
    assert uno.run_until(b"\n", 100_000) == b"1\n"
    assert uno.run_until(b"\n", 1_000_000) == b"8\n"
    assert 250_000 < uno.cycles < 270_000  # 2048 cycles of the watchdog's 128 kHz are 256,000 of the processor's
