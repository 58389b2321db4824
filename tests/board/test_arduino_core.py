"""A sketch with the Arduino core: its interrupt-driven serial port, its clock, its pins."""

from __future__ import annotations

import numpy as np

from tinyml_course.board import PinState, UnoSimulator
from tinyml_course.export.sketch import Sketch
from tinyml_course.toolchain import Toolchain

INO = """
void setup() {
  Serial.begin(115200);
  pinMode(LED_BUILTIN, OUTPUT);
  pinMode(2, INPUT_PULLUP);
  Serial.println(F("ready"));
}

void loop() {
  if (!Serial.available()) return;
  switch (Serial.read()) {
    case 'l': digitalWrite(LED_BUILTIN, digitalRead(2)); Serial.println(digitalRead(2)); break;
    case 'a': Serial.println(analogRead(A1)); break;
    case 'd': { unsigned long t = micros(); delay(20); Serial.println(micros() - t); break; }
    case 'm': Serial.println(millis()); break;
    case 'p': for (byte i = 0; i < 40; i++) Serial.print(F("0123456789")); Serial.println(); break;
    case 'f': Serial.println(1.0 / 3.0, 6); break;
  }
}
"""


def test_the_arduino_core_works(core_toolchain: Toolchain) -> None:
    byte = np.dtype(np.uint8)
    sketch = Sketch("talk", {"talk.ino": INO}, byte, byte, 1, 1, 0, 255)
    build = core_toolchain.build(sketch)
    with UnoSimulator(build.hex, build.sram_static_end) as uno:

        def ask(letter: bytes) -> bytes:
            uno.send(letter)
            return uno.run_until(b"\n", 2_000_000).rstrip(b"\r\n")

        assert uno.run_until(b"\n", 1_000_000) == b"ready\r\n"
        assert uno.pin(2) is PinState.INPUT_PULLUP
        for level in (True, False):
            uno.set_pin(2, level)
            assert ask(b"l") == str(int(level)).encode()
            assert uno.pin(13) is (PinState.HIGH if level else PinState.LOW)
        uno.set_voltage(1, 3.3)
        assert ask(b"a") == str(int(3.3 / 5 * 1024)).encode()
        assert 19_900 < int(ask(b"d")) < 20_100
        # println returns when the text is in its buffer; the answer's letters take some of a millisecond.
        assert abs(int(ask(b"m")) - uno.seconds * 1e3) < 2
        assert ask(b"p") == b"0123456789" * 40
        assert ask(b"f") == b"0.333333"
        assert uno.lost_bytes == 0


SLEEPY = """
#include <avr/sleep.h>
void setup() {
  Serial.begin(115200);
  unsigned long start = millis();
  set_sleep_mode(SLEEP_MODE_IDLE);
  while (millis() - start < 50) sleep_mode();   /* Timer 0 wakes about once in a millisecond */
  Serial.println(millis() - start);
  Serial.flush();
  unsigned long before = micros();
  delay(20);
  Serial.println((micros() - before) / 1000);
  Serial.flush();
}
void loop() { sleep_mode(); }
"""


def test_the_cores_clock_and_serial_port_work_in_idle(core_toolchain: Toolchain) -> None:
    byte = np.dtype(np.uint8)
    build = core_toolchain.build(Sketch("sleepy", {"sleepy.ino": SLEEPY}, byte, byte, 1, 1, 0, 255))
    with UnoSimulator(build.hex, build.sram_static_end) as uno:
        assert uno.run_until(b"\n", 2_000_000) == b"50\r\n"
        assert 50 * 16_000 <= uno.cycles < 53 * 16_000
        modes = uno.sleep_cycles
        assert modes["idle"] > 0.9 * 50 * 16_000
        assert modes["idle"] + modes["active"] == uno.cycles
        assert uno.run_until(b"\n", 2_000_000) == b"20\r\n"
