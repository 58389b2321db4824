"""What a board says, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class BoardInfo:
    """What a board says about its sketch.

    Parameters
    ----------
    name : str
        The sketch's name.
    input_size, input_bytes_each, output_size : int
        Values in a sample, bytes of one value, values in an answer.
    minimum, maximum : int or None
        The input range; None where the inputs are floating-point numbers.
    model_bytes : int
        Every stored parameter.
    """

    name: str
    input_size: int
    input_bytes_each: int
    output_size: int
    minimum: int | None
    maximum: int | None
    model_bytes: int


@dataclass(frozen=True)
class Answer:
    """What a board makes of one sample.

    Parameters
    ----------
    class_index : int
        Index into the sketch's labels.
    microseconds : int
        Time that the board measured with its own timer.
    outputs : tuple of int
        The model's outputs; empty if only the class was asked for.
    """

    class_index: int
    microseconds: int
    outputs: tuple[int, ...] = ()


@dataclass(frozen=True)
class SelfTest:
    """Result of the samples stored on the board.

    Parameters
    ----------
    classes, expected : tuple of int
        The class that came, and the one that should.
    """

    classes: tuple[int, ...]
    expected: tuple[int, ...]

    @property
    def passed(self) -> bool:
        """Whether every sample got the expected class."""
        return self.classes == self.expected


class LiveWindow(NamedTuple):
    """What a board heard by itself in one window.

    Parameters
    ----------
    number : int
        Windows since the reset, counted from 1.
    class_index : int
        Index into the sketch's labels.
    microseconds : int
        From the first feature to the class, interrupts included.
    missed : int
        Samples lost since the reset.
    """

    number: int
    class_index: int
    microseconds: int
    missed: int
