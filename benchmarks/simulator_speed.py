"""How fast the virtual Uno runs without a screen: simulated MHz per second of processor time.

Run it with ``python benchmarks/simulator_speed.py``. Fault detection, the watch over
the stack and a running Timer 0 are on, as always. Each program computes without a
pause: time that a sketch spends waiting for serial bytes is not counted, because the
simulator passes over waiting loops much faster than a processor could.
"""

from __future__ import annotations

import time

import numpy as np

from tinyml_course.board import UnoSimulator
from tinyml_course.export.sketch import Sketch
from tinyml_course.toolchain import find

#: What the course promises, in simulated MHz per second of processor time.
PROMISED_MHZ = 30
CYCLES = 160_000_000
WARM_UP_CYCLES = 40_000_000

HEAD = """
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/pgmspace.h>
#include <math.h>
#include <stdint.h>
static const int8_t weights[1024] PROGMEM = {3, -5, 7, 1, -2};
static volatile uint8_t pixels[64];
static volatile float angle = 0.5f;
static volatile int32_t whole = 123456789;
static volatile uint8_t result;
__attribute__((noinline)) static uint16_t fibonacci(uint8_t n) {
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}
__attribute__((noinline)) static void compute(void) { %s }
"""
# The Arduino core has its own Timer 0 handler and starts the timer before setup().
MAIN = """
#ifndef ARDUINO
static volatile uint32_t ticks;
ISR(TIMER0_OVF_vect) { ticks++; }
int main(void) { TCCR0B = 3; TIMSK0 = 1; sei(); for (;;) compute(); }
#endif
"""
CORE_MAIN = "void setup() { }\nvoid loop() { compute(); }\n"

PROGRAMS = {
    "multiply and add, weights in flash": """
        int16_t sum = 0;
        for (uint16_t i = 0; i < 1024; i++) sum += (int8_t)pgm_read_byte(&weights[i]) * pixels[i & 63];
        result = sum >> 8;
    """,
    "floating point": "for (uint8_t i = 0; i < 50; i++) angle = sinf(angle) * 1.7f + 0.1f;",
    "32-bit division": "for (uint8_t i = 1; i < 100; i++) whole = whole / i * 7 + 12345;",
    "calls and stack": "result = fibonacci(12);",
}


def sketch(body: str) -> Sketch:
    head = HEAD % body
    byte = np.dtype(np.uint8)
    files = {"speed_main.c": head + MAIN, "speed.ino": head + CORE_MAIN, "speed_model.h": ""}
    return Sketch("speed", files, byte, byte, input_size=1, output_size=1, input_minimum=0, input_maximum=255)


def measure(body: str) -> float:
    build = find().build(sketch(body))
    with UnoSimulator(build.hex, build.sram_static_end) as uno:
        uno.run(WARM_UP_CYCLES)
        start = time.process_time()
        uno.run(CYCLES)
        return CYCLES / (time.process_time() - start) / 1e6


def main() -> int:
    print(f"compiled by {find().description}")
    slowest = float("inf")
    for name, body in PROGRAMS.items():
        mhz = measure(body)
        slowest = min(slowest, mhz)
        print(f"{name:<36} {mhz:6.0f} MHz = {mhz / 16:4.1f} times the board's own speed")
    print(f"slowest: {slowest:.0f} simulated MHz per second of processor time (promised: {PROMISED_MHZ})")
    return 0 if slowest >= PROMISED_MHZ else 1


if __name__ == "__main__":
    raise SystemExit(main())
