"""Programs that crash or hang: the kind of fault, where it was, and what the message says."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tinyml_course.board import UnoSimulator
from tinyml_course.errors import BoardError, InputError, SketchFaultError
from tinyml_course.toolchain import Build
from tinyml_course.toolchain.elf import AvrElf

Start = Callable[..., UnoSimulator]
CALL_CRASH = "extern void crash(void); int main(void) { crash(); for (;;) { } }"


def crash(body: str) -> str:
    return f'.global crash\n.section .text.crash, "ax", @progbits\ncrash:\n{body}\n'


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        ("here: .word 0xffff", "illegal opcode", "0xffff is no instruction"),
        ("here: .word 0x95e8", "illegal opcode", "0x95e8 is no instruction"),  # SPM: there is no boot loader
        ("here: .word 0x9419", "illegal opcode", "0x9419 is no instruction"),  # EIJMP, of larger chips
        ("here: lds r24, 0x900", "address outside SRAM", "above 0x08ff"),
        ("here: sts 0x900, r24", "address outside SRAM", "above 0x08ff"),
        ("ldi r30, 0xff $ ldi r31, 8 $ ld r24, Z+ $ here: ld r24, Z", "address outside SRAM", "above 0x08ff"),
        ("ldi r26, 0xff $ ldi r27, 0xff $ here: st X, r24", "address outside SRAM", "above 0x08ff"),
        ("pop r0 $ pop r0 $ pop r0 $ pop r0 $ here: pop r0", "stack underflow", "more was taken from the stack"),
        ("pop r0 $ pop r0 $ pop r0 $ pop r0 $ here: ret", "stack underflow", "more was taken from the stack"),
    ],
)
def test_each_fault_is_found_where_it_happens(
    body: str, kind: str, words: str, build_program: Callable[..., Build]
) -> None:
    build = build_program(CALL_CRASH, assembly=crash(body))
    symbols = AvrElf(build.elf).symbols
    with UnoSimulator(build.hex, build.sram_static_end, symbols={"crash": symbols["crash"]}) as uno:
        with pytest.raises(SketchFaultError) as caught:
            uno.run(10_000)
        assert caught.value.kind == kind
        assert caught.value.address == symbols["here"]
        assert words in str(caught.value)
        assert "in crash" in str(caught.value)
        with pytest.raises(SketchFaultError) as again:
            uno.run(1)
        assert again.value is caught.value


@pytest.mark.parametrize(("high", "low"), [(0x15, 0x55), (0x55, 0x55), (0x3F, 0xFF)])
def test_a_return_to_where_no_program_is(high: int, low: int, build_program: Callable[..., Build]) -> None:
    build = build_program(CALL_CRASH, assembly=crash(f"ldi r24, {low} $ push r24 $ ldi r24, {high} $ push r24 $ ret"))
    with UnoSimulator(build.hex, build.sram_static_end) as uno:
        with pytest.raises(SketchFaultError, match="there is no program") as caught:
            uno.run(10_000)
        assert caught.value.kind == "runaway program counter"
        assert caught.value.address == 2 * ((high << 8 | low) & 0x3FFF)  # the program counter has 14 bits


RECURSION = """
#include <stdint.h>
#include <avr/io.h>
volatile uint8_t table[%d];
__attribute__((noinline)) uint8_t down(uint8_t depth) {
    volatile uint8_t local[16];
    local[depth & 15] = depth;
    return depth ? down(depth - 1) + local[depth & 15] : table[0];
}
int main(void) { table[0] = 1; GPIOR1 = down(40); UCSR0B = 1 << TXEN0; UDR0 = '.'; for (;;) { } }
"""


def test_a_stack_that_reaches_the_static_variables_is_a_fault(start: Start) -> None:
    small = start(RECURSION % 100)
    small.run_until(b".", 100_000)
    room = 2048 - small.stack_peak_bytes
    largest = start(RECURSION % room)
    largest.run_until(b".", 100_000)
    assert largest.stack_pointer_minimum + 1 == largest.sram_static_end
    too_large = start(RECURSION % (room + 1))
    with pytest.raises(SketchFaultError, match=r"stack grew down to 0x\w+, into the static variables") as caught:
        too_large.run_until(b".", 100_000)
    assert caught.value.kind == "stack overflow"


INTERRUPTED = """
#include <avr/interrupt.h>
static volatile uint8_t ticks;
ISR(TIMER0_OVF_vect) { ticks++; }
__attribute__((noinline)) static void wait(void) { while (ticks < 3) { } }
int main(void) { TCCR0B = 1; TIMSK0 = 1; %s wait(); UCSR0B = 1 << TXEN0; UDR0 = '.'; for (;;) { } }
"""


def test_the_stack_of_an_interrupt_counts(start: Start) -> None:
    peaks = []
    for enable in ("sei();", "ticks = 3;"):
        uno = start(INTERRUPTED % enable)
        uno.run_until(b".", 100_000)
        peaks.append(uno.stack_peak_bytes)
    # A return address, and r0, r1, SREG and r24, which the handler saves.
    assert peaks[0] >= peaks[1] + 2 + 3


def test_interrupts_that_interrupt_each_other_overflow_the_stack(start: Start) -> None:
    uno = start(
        "#include <avr/interrupt.h>\nISR(TIMER0_OVF_vect, ISR_NOBLOCK) { for (;;) { } }"
        "int main(void) { TCCR0B = 1; TIMSK0 = 1; sei(); for (;;) { } }"
    )
    with pytest.raises(SketchFaultError, match="stack grew down") as caught:
        uno.run(2_000_000)
    assert caught.value.kind == "stack overflow"
    assert uno.stack_pointer_minimum < uno.sram_static_end - 1
    assert uno.stack_pointer_minimum >= uno.sram_static_end - 3  # it stops at the first byte too many


@pytest.mark.parametrize(
    ("halves", "lowest"),
    [
        # 0x0810 becomes 0x07f0: in between it is 0x0710.
        ("out 0x3e, r19 $ out 0x3d, r18", 0x07F0),
        ("out 0x3e, r19 $ out 0x3f, r0 $ out 0x3d, r18", 0x07F0),
        ("sts 0x5e, r19 $ sts 0x5d, r18", 0x07F0),
        # 0x07f0 becomes 0x0810: with the low byte first it is 0x0710 in between.
        ("out 0x3e, r19 $ out 0x3d, r18 $ out 0x3d, r16 $ out 0x3e, r17", 0x07F0),
    ],
)
def test_a_half_written_stack_pointer_is_not_looked_at(
    halves: str, lowest: int, build_program: Callable[..., Build]
) -> None:
    body = f"""
        ldi r16, 0x10 $ ldi r17, 0x08 $ ldi r18, 0xf0 $ ldi r19, 0x07
        out 0x3e, r17 $ out 0x3d, r16
        {halves}
        ldi r16, 8 $ sts 0xc1, r16 $ sts 0xc6, r16 $ rjmp .-2
    """
    build = build_program(CALL_CRASH, assembly=crash(body))
    with UnoSimulator(build.hex, sram_static_end=0x0780) as uno:
        uno.run_until(b"\x08", 10_000)
        assert uno.stack_pointer_minimum == lowest


@pytest.mark.parametrize("loop", ["for (;;) { }", "for (;;) { GPIOR1++; }", "while (!(UCSR0A & (1 << RXC0))) { }"])
def test_a_hang_names_the_place_and_what_came(loop: str, start: Start) -> None:
    source = f"""
        #include <avr/io.h>
        __attribute__((noinline)) static void stuck(void) {{ {loop} }}
        int main(void) {{ UCSR0B = 1 << RXEN0 | 1 << TXEN0; UDR0 = 'h'; UDR0 = 'i'; stuck(); return 0; }}
    """
    uno = start(source)
    with pytest.raises(SketchFaultError) as caught:
        uno.run_until(b"\n", max_cycles=20_000_000)
    assert caught.value.kind == "hang"
    assert 20_000_000 <= uno.cycles < 20_000_004
    for words in ("expected b'\\n' within 20,000,000 cycles (1.25 s on the board)", "got b'hi'", "It is now at"):
        assert words in str(caught.value)
    assert caught.value.address is not None
    assert uno.run(1_000_000) == b""  # it can still be watched


def test_sleep_without_an_interrupt_to_wake_it_is_a_hang(start: Start) -> None:
    uno = start(
        "#include <avr/sleep.h>\nint main(void) { sleep_enable(); sleep_cpu(); UCSR0B = 8; UDR0 = 1; return 0; }"
    )
    with pytest.raises(SketchFaultError) as caught:
        uno.run_until(b"\x01", max_cycles=1_000_000)
    assert caught.value.kind == "hang"


def test_a_closed_board_does_not_run(start: Start) -> None:
    uno = start("int main(void) { for (;;) { } }")
    uno.run(100)
    uno.close()
    uno.close()
    assert uno.cycles >= 100
    with pytest.raises(BoardError, match="was closed"):
        uno.run(1)


@pytest.mark.parametrize("end", [0xFF, 0x901])
def test_the_end_of_the_static_variables_must_be_in_the_sram(end: int) -> None:
    with pytest.raises(InputError, match="0x100 to 0x900"):
        UnoSimulator(":020000000000FE\n:00000001FF\n", sram_static_end=end)


def test_waiting_for_nothing_is_an_error(start: Start) -> None:
    with pytest.raises(InputError, match="at least one byte"):
        start("int main(void) { for (;;) { } }").run_until(b"", 100)


def test_many_boards_one_after_the_other_and_at_once(build_program: Callable[..., Build]) -> None:
    build = build_program("#include <avr/io.h>\nint main(void) { UCSR0B = 8; UDR0 = 'x'; for (;;) { } }")
    for _ in range(12):
        with UnoSimulator(build.hex) as uno:
            assert uno.run_until(b"x", 100_000) == b"x"
    boards = [UnoSimulator(build.hex) for _ in range(4)]
    try:
        assert [uno.run_until(b"x", 100_000) for uno in boards] == [b"x"] * 4
        assert len({uno.cycles for uno in boards}) == 1
    finally:
        for uno in boards:
            uno.close()
