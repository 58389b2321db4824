"""How lines of text reach a board, whatever board it is."""

from __future__ import annotations

from typing import Protocol

from tinyml_course.board.simulator import UnoSimulator


class Transport(Protocol):
    """What the client needs from a board: a virtual one has it, and so can a serial port."""

    def write(self, data: bytes) -> None:
        """Send bytes to the board."""

    def read_line(self, timeout: float) -> bytes:
        r"""Return the board's next line, with its ``\n``.

        Parameters
        ----------
        timeout : float
            Seconds of the board's time to wait for the end of the line.

        Raises
        ------
        BoardError
            If no whole line comes in time.
        """


class SimulatorTransport:
    """The serial line to a virtual Uno.

    Parameters
    ----------
    simulator : UnoSimulator
        The board; whoever made it closes it.
    """

    def __init__(self, simulator: UnoSimulator) -> None:
        self._simulator = simulator

    def write(self, data: bytes) -> None:
        """Send bytes to the board; they travel while a line is awaited."""
        self._simulator.send(data)

    def read_line(self, timeout: float) -> bytes:
        """Run the board until the end of its next line.

        Raises
        ------
        SketchFaultError
            If the sketch crashes, or does not end a line within `timeout` seconds on the board.
        """
        return self._simulator.run_until(b"\n", round(timeout * self._simulator.clock_hz))
