"""What the virtual Uno does with its time: the program runs, or the chip sleeps in one of its modes.

The modes are those of the ATmega328P's datasheet (Atmel 8271, chapter 10); ``js/src/sleep.js`` says what each stops
and what ends it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: Modes by the names that the simulator gives them. ``start_up`` follows a mode that stops the oscillator.
NAMES: Mapping[str, str] = MappingProxyType(
    {
        "idle": "idle",
        "adc": "adc",
        "powerDown": "power_down",
        "powerSave": "power_save",
        "standby": "standby",
        "extendedStandby": "extended_standby",
        "startUp": "start_up",
    }
)
#: Cycles until the Uno's crystal is stable behind power-down or power-save: fuses CKSEL = 1111 and SUT = 11 (low fuse
#: 0xFF in Arduino's boards.txt), ATmega328P datasheet (Atmel 8271), table 9-4.
START_UP_CYCLES = 16_384


def by_mode(found: Mapping[str, int], cycles: int) -> Mapping[str, int]:
    """Return the cycles in each mode, and in ``"active"`` what is left of all `cycles`.

    Parameters
    ----------
    found : mapping of str to int
        What the simulator counted; a mode that is missing was never entered.
    cycles : int
        Since the start.
    """
    asleep = {name: int(found.get(key, 0)) for key, name in NAMES.items()}
    return MappingProxyType({"active": cycles - sum(asleep.values()), **asleep})


def why_silent(mode: str | None) -> str:
    """Say where to look when a program sends nothing more; `mode` is the simulator's name of its sleep mode."""
    if mode is None:
        return "Look for a loop that does not end, or for output that is never sent."
    return (
        f"It sleeps there, in the mode {NAMES[mode].replace('_', '-')}. Look whether an interrupt that wakes from it "
        "is enabled, and interrupts in general: sei() comes before sleep_cpu(). A timer or the serial port wakes only "
        "from idle: the other modes stop their clock."
    )
