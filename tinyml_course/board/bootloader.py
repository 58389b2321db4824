"""Ask a board's boot loader who it is, before anything slow is started.

Boot loaders of the Uno (optiboot) speak STK500 version 1 (Atmel's application
note AVR061). After a reset they listen for about a second. ``30 20`` (GET_SYNC)
is answered by ``14 10``; ``75 20`` (READ_SIGN) by ``14``, three bytes that name
the processor, and ``10``.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from tinyml_course.board import port_errors
from tinyml_course.board.serial_line import BAUD, SerialTransport

#: What an ATmega328P calls itself.
SIGNATURE = b"\x1e\x95\x0f"
#: Bits per second of boot loaders: optiboot, and the one of old Nanos.
BAUDS = (BAUD, 57600)
_GET_SYNC, _IN_SYNC, _READ_SIGNATURE = b"\x30\x20", b"\x14\x10", b"\x75\x20"
_SIGNATURE_ANSWER = re.compile(rb"(?:\x14\x10)*\x14([^\x10]..)\x10", re.DOTALL)
_OTHERS = {
    b"\x1e\x98\x01": "ATmega2560 (Arduino Mega)",
    b"\x1e\x95\x87": "ATmega32U4 (Arduino Leonardo, Micro)",
    b"\x1e\x94\x06": "ATmega168",
    b"\x1e\x94\x0b": "ATmega168P",
    b"\x1e\x93\x07": "ATmega8",
    b"\x1e\x95\x14": "ATmega328 (without P)",
    b"\x1e\x95\x16": "ATmega328PB",
    b"\x1e\x97\x05": "ATmega1284P",
}
# A chip wakes 70 ms after a reset. Then optiboot blinks for 375 ms and keeps two received bytes, not more: half a
# second question would confuse it. So: one question that waits for it, and the next when it surely listens.
_FIRST_QUESTION_SECONDS = 0.15
_NEXT_QUESTION_SECONDS = 0.5
_SHARE_OF_THE_FIRST_BAUD = 0.5


@dataclass(frozen=True)
class Bootloader:
    """A boot loader that answered.

    Parameters
    ----------
    signature : bytes
        Three bytes that name the processor.
    baud : int
        Bits per second at which it listens.
    """

    signature: bytes
    baud: int


def probe(device: str, seconds: float = 1.8) -> bytes:
    """Return the signature of the ATmega328P behind a port; as :func:`find_bootloader`."""
    return find_bootloader(device, seconds).signature


def find_bootloader(device: str, seconds: float = 1.8) -> Bootloader:
    """Reset the board behind a port, and wait for its boot loader.

    Parameters
    ----------
    device : str
        Name of the port.
    seconds : float
        How long to wait in all, both speeds together; opening the port takes up to 0.2 s more.

    Raises
    ------
    PortError
        ``"silent"`` if nothing answers as a boot loader does; ``"wrong board"`` if the processor is no
        ATmega328P; what :class:`~tinyml_course.board.serial_line.SerialTransport` raises.
    """
    first = seconds * _SHARE_OF_THE_FIRST_BAUD
    for baud, share in zip(BAUDS, (first, seconds - first), strict=True):
        with SerialTransport(device, baud) as line:
            signature = _ask(line, time.monotonic() + share)
        if signature is None:
            continue
        if signature != SIGNATURE:
            name = _OTHERS.get(signature, "unknown to this program")
            raise port_errors.wrong_board(
                device,
                f"its processor says {signature.hex(' ').upper()} ({name}) instead of {SIGNATURE.hex(' ').upper()}",
            )
        return Bootloader(signature, baud)
    raise port_errors.silent(device, seconds)


def _ask(line: SerialTransport, end: float) -> bytes | None:
    """Return the signature, or None if no boot loader answers in time."""
    received = b""
    question = time.monotonic() + _FIRST_QUESTION_SECONDS
    while _IN_SYNC not in received:
        received += line.read(max(0.0, min(question, end) - time.monotonic()))
        now = time.monotonic()
        if now >= end:
            return None
        if now >= question:
            line.write(_GET_SYNC)
            question = now + _NEXT_QUESTION_SECONDS
    # Answers to earlier questions may still be on their way: the pattern skips them.
    received = received[received.index(_IN_SYNC) :]
    line.write(_READ_SIGNATURE)
    while (answer := _SIGNATURE_ANSWER.match(received)) is None:
        if time.monotonic() >= end:
            return None
        received += line.read(max(0.0, end - time.monotonic()))
    return answer[1]
