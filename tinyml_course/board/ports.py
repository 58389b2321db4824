"""Serial ports with an Uno behind them, found by their USB ids."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from tinyml_course.board import port_errors

#: USB ids (vendor, product) of Unos, as the Arduino core's ``boards.txt`` lists them.
UNOS = {
    (0x2341, 0x0043): "Arduino Uno",
    (0x2341, 0x0001): "Arduino Uno",
    (0x2A03, 0x0043): "Arduino Uno",
    (0x2341, 0x0243): "Arduino Uno",
    (0x2341, 0x006A): "Arduino Uno",
    (0x2341, 0x0062): "Arduino Uno Mini",
}
#: USB ids of the serial chips on most clones. Other devices have these chips too: the boot loader's answer decides.
CLONES = {
    (0x1A86, 0x7523): "clone with a CH340",
    (0x0403, 0x6001): "clone with an FTDI chip",
    (0x10C4, 0xEA60): "clone with a CP2102",
}
_ARDUINO_VENDORS = (0x2341, 0x2A03)
_OTHERS = {
    0x0010: "Arduino Mega 2560",
    0x0042: "Arduino Mega 2560",
    0x0210: "Arduino Mega 2560",
    0x0242: "Arduino Mega 2560",
    0x003F: "Arduino Mega ADK",
    0x0044: "Arduino Mega ADK",
    0x0036: "Arduino Leonardo",
    0x8036: "Arduino Leonardo",
    0x0037: "Arduino Micro",
    0x8037: "Arduino Micro",
    0x003D: "Arduino Due",
    0x003E: "Arduino Due",
    0x0058: "Arduino Nano Every",
    0x0069: "Arduino Uno R4 Minima",
    0x1002: "Arduino Uno R4 WiFi",
    0x805A: "Arduino Nano 33 BLE",
}


@dataclass(frozen=True)
class SerialPort:
    """A serial port of this computer.

    Parameters
    ----------
    device : str
        Its name for programs, for example ``"/dev/ttyACM0"`` or ``"COM3"``.
    name : str
        What is behind it, as far as its USB id tells.
    vid, pid : int or None
        USB vendor and product; None where the port is no USB device.
    serial_number : str or None
        Of the USB device; clones often have none.
    """

    device: str
    name: str
    vid: int | None = None
    pid: int | None = None
    serial_number: str | None = None

    @property
    def is_uno(self) -> bool:
        """Whether its USB id is that of an Uno or of a clone's serial chip."""
        return (self.vid, self.pid) in UNOS or (self.vid, self.pid) in CLONES

    @property
    def is_other_board(self) -> bool:
        """Whether it is an Arduino of another kind, with another processor."""
        return self.vid in _ARDUINO_VENDORS and not self.is_uno

    def __str__(self) -> str:
        number = f", serial number {self.serial_number}" if self.serial_number else ""
        return f"{self.device} ({self.name}{number})"


def all_ports() -> list[SerialPort]:
    """Return every serial port that the operating system lists, sorted by name."""
    from serial.tools import list_ports

    found = [
        SerialPort(
            str(port.device), _name(port.vid, port.pid, port.description), port.vid, port.pid, port.serial_number
        )
        for port in list_ports.comports()
    ]
    return sorted(found, key=lambda port: port.device)


def find_ports() -> list[SerialPort]:
    """Return the ports whose USB id is that of an Uno or of a known clone, sorted by name."""
    return [port for port in all_ports() if port.is_uno]


def choose_port(port: str | SerialPort | None = None) -> SerialPort:
    """Return the port that was asked for, or that of the only board there is.

    Parameters
    ----------
    port : str or SerialPort, optional
        The port's name. Any port that exists is taken, unless its USB id is that of another Arduino.
        Default: the one Uno or clone that is plugged in.

    Raises
    ------
    PortError
        ``"no board"``, ``"several boards"``, ``"no such port"`` or ``"wrong board"``.
    """
    if port is not None:
        chosen = port if isinstance(port, SerialPort) else _named(port)
        if chosen.is_other_board:
            raise port_errors.wrong_board(chosen.device, f"its USB id is that of an {chosen.name}")
        return chosen
    ports = all_ports()
    boards = [one for one in ports if one.is_uno]
    others = [one for one in ports if one.is_other_board]
    if len(boards) > 1:
        raise port_errors.several_boards(list(map(str, boards)))
    if boards:
        return boards[0]
    if others:
        raise port_errors.wrong_board(others[0].device, f"its USB id is that of an {others[0].name}")
    raise port_errors.no_board(list(map(str, ports)))


def _named(name: str) -> SerialPort:
    """Look a port up by its name; a link to it (``/dev/serial/by-id/...``) is as good."""
    ports = all_ports()
    if sys.platform == "win32":
        wanted = name.removeprefix("\\\\.\\").upper()
        for port in ports:
            if port.device.upper() == wanted:
                return port
    else:
        # On macOS a port /dev/tty.* waits for a signal that boards do not send; its twin /dev/cu.* does not.
        twin = name.replace("/dev/tty.", "/dev/cu.", 1) if sys.platform == "darwin" else name
        path = Path(twin)
        if path.exists():
            real = str(path.resolve())
            known = (port for port in ports if str(Path(port.device).resolve()) == real)
            return next(known, SerialPort(twin, "serial port"))
    raise port_errors.no_such_port(name, list(map(str, ports)))


def _name(vid: int | None, pid: int | None, description: str | None) -> str:
    if vid is None or pid is None:
        return "serial port"
    if vid in _ARDUINO_VENDORS and (vid, pid) not in UNOS:
        return _OTHERS.get(pid, "Arduino of another kind")
    return UNOS.get((vid, pid)) or CLONES.get((vid, pid)) or description or "USB device"
