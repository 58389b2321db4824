"""The serial line to a real board."""

from __future__ import annotations

import contextlib
import time
from types import TracebackType
from typing import Any

from tinyml_course.board import port_errors
from tinyml_course.board.port_users import others_using
from tinyml_course.errors import PortError, ProtocolError

#: Of the boot loader and of every exported sketch.
BAUD = 115200
# A capacitor makes a reset pulse of the falling edge of DTR; it must be charged before.
_PULSE_SECONDS = 0.1
_POLL_SECONDS = 0.05
_WRITE_SECONDS = 5.0
_LONGEST_LINE_BYTES = 65536


class SerialTransport:
    """A serial port, opened for this program alone; opening it resets the board.

    Close it after use, or use it in a ``with`` statement.

    Parameters
    ----------
    device : str
        Name of the port, for example ``"/dev/ttyACM0"`` or ``"COM3"``.
    baud : int
        Bits per second; default 115200.

    Raises
    ------
    PortError
        ``"no such port"``, ``"no permission"``, ``"port busy"`` or ``"unplugged"``.
    """

    def __init__(self, device: str, baud: int = BAUD) -> None:
        import serial

        self.device = device
        self._received = bytearray()
        self._port: Any = None
        if others_using(device):  # not every program locks a port; two that read one port steal each other's bytes
            raise port_errors.port_busy(device)
        try:
            self._port = serial.Serial(
                device, baud, timeout=_POLL_SECONDS, write_timeout=_WRITE_SECONDS, exclusive=True
            )
        except OSError as error:  # serial.SerialException is one
            raise port_errors.from_opening(device, error) from error
        try:
            self._reset()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> SerialTransport:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the port back; closing twice does no harm."""
        if self._port is not None:
            with contextlib.suppress(OSError):  # the board is gone already, and so is the line
                self._port.close()

    def write(self, data: bytes) -> None:
        """Send bytes to the board.

        Raises
        ------
        PortError
            ``"unplugged"``, or ``"silent"`` if the bytes do not leave within five seconds.
        """
        import serial

        try:
            self._port.write(data)
        except serial.SerialTimeoutException as error:
            raise port_errors.silent_program(self.device, _WRITE_SECONDS, b"") from error
        except OSError as error:
            raise self._broken() from error

    def read(self, seconds: float) -> bytes:
        """Return what has arrived; wait at most `seconds` for the first byte, and return none if none comes.

        Raises
        ------
        PortError
            ``"unplugged"``.
        """
        end = time.monotonic() + seconds
        if self._received:
            data, self._received = bytes(self._received), bytearray()
            return data
        while True:
            data = self._read_waiting()
            if data or time.monotonic() >= end:
                return data

    def read_line(self, timeout: float) -> bytes:
        r"""Return the board's next line, with its ``\n``.

        Parameters
        ----------
        timeout : float
            Seconds to wait for the end of the line.

        Raises
        ------
        PortError
            ``"silent"`` if no whole line comes in time; ``"unplugged"``.
        ProtocolError
            If bytes come and come, and no line ends.
        """
        end = time.monotonic() + timeout
        while b"\n" not in self._received:
            if len(self._received) > _LONGEST_LINE_BYTES:
                raise ProtocolError(
                    f"The board at {self.device} sends bytes without ever ending a line, for example "
                    f"{bytes(self._received[:40])!r}. Another program may run there: upload the sketch again."
                )
            if time.monotonic() >= end:
                raise port_errors.silent_program(self.device, timeout, bytes(self._received))
            self._received += self._read_waiting()
        length = self._received.index(b"\n") + 1
        line = bytes(self._received[:length])
        del self._received[:length]
        return line

    def _read_waiting(self) -> bytes:
        try:
            return bytes(self._port.read(self._port.in_waiting or 1))
        except OSError as error:
            raise self._broken() from error

    def _reset(self) -> None:
        """Pulse DTR, and forget what arrived before."""
        try:
            self._port.dtr = False
        except OSError:
            return  # a virtual board's port has no such wire: opening it is the reset
        time.sleep(_PULSE_SECONDS)
        try:
            self._port.reset_input_buffer()
            self._port.dtr = True
        except Exception as error:  # termios.error is no OSError
            raise self._broken() from error

    def _broken(self) -> PortError:
        return port_errors.unplugged(
            self.device, "while the computer talked to it", "Plug it in again, and start again from the beginning."
        )
