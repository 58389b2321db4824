"""What can be seen of a virtual board from outside: its pins, its marks and what its ADC measured."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class PinState(Enum):
    """What the program makes of a pin."""

    LOW = 0
    HIGH = 1
    INPUT = 2
    INPUT_PULLUP = 3


class Mark(NamedTuple):
    """One write of the program to the register GPIOR0.

    Parameters
    ----------
    cycle : int
        Clock cycles since the start, when the writing instruction begins.
    value : int
        What was written, 0 to 255.
    stack_pointer : int
        Stack pointer at that moment.
    stack_pointer_minimum : int
        Lowest stack pointer since the mark before (or since the start).
    """

    cycle: int
    value: int
    stack_pointer: int
    stack_pointer_minimum: int


class Conversion(NamedTuple):
    """One result of the analog-to-digital converter.

    Parameters
    ----------
    cycle : int
        Clock cycle, since the start, in which the voltage was held.
    channel : int
        Analog input; 0 is A0.
    value : int
        The result, 0 to 1023; a program that reads 8 bits gets ``value >> 2``.
    """

    cycle: int
    channel: int
    value: int
