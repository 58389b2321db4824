"""What to tell somebody whose board cannot be found, reached, written or heard.

Each function returns the error; whoever calls it raises it. Where the remedy
depends on the operating system, all three are named, this computer's first.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tinyml_course.board.port_users import users_of
from tinyml_course.errors import PortError

_VIRTUAL = (
    "Without a board, the virtual Uno runs the same program: tinyml simulate, tc.simulate(sketch, x) "
    "or tc.VirtualUno(sketch)."
)
_MISSING = frozenset({errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.ENOTDIR})
_DENIED = frozenset({errno.EACCES, errno.EPERM})
_BUSY = frozenset({errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK})


def no_board(other_ports: Sequence[str]) -> PortError:
    """No port has the USB id of an Uno."""
    there = f"only {_listed(other_ports)}" if other_ports else "no serial port at all"
    return PortError(
        "no board",
        "No Arduino Uno found: expected a USB device with the id of an Uno or of a known clone (CH340, FTDI, CP2102), "
        f"found {there}.\n"
        "Plug the board in; its ON light must be lit. If it is lit and there is still no port, the USB cable may be "
        "one for charging only: take one that carries data.\n"
        + _systems(
            linux="another program may have taken a clone with a CH340: sudo apt-get remove brltty. In WSL, attach "
            "the board first: usbipd attach --wsl --busid ID.",
            macos="a clone with a CH340 may need its maker's driver (wch-ic.com, CH34XSER_MAC).",
            windows="see the Device Manager; a clone with a CH340 needs its maker's driver (wch-ic.com: CH341SER).",
        )
        + f"\nIf you know the port, name it: tinyml upload --port PORT, or tc.upload(sketch, port=...).\n{_VIRTUAL}",
    )


def several_boards(boards: Sequence[str]) -> PortError:
    """More than one board could be meant."""
    device = boards[0].split(" ")[0]
    return PortError(
        "several boards",
        f"Expected one Arduino Uno, found {len(boards)}:\n{_lines(boards)}\n"
        f'Say which one: tinyml upload --port {device}, or tc.upload(sketch, port="{device}"). '
        "To see which is which, unplug one and run: tinyml upload --list",
    )


def no_such_port(device: str, ports: Sequence[str]) -> PortError:
    """The port that was named does not exist."""
    there = f"These ports exist:\n{_lines(ports)}" if ports else "This computer has no serial port at the moment."
    example = _systems(linux="/dev/ttyACM0 or /dev/ttyUSB0", macos="/dev/cu.usbmodem1101", windows="COM3")
    return PortError(
        "no such port",
        f"There is no port {device!r}. {there}\nPlug the board in, and check the name; names look like\n{example}",
        device,
    )


def wrong_board(device: str, because: str) -> PortError:
    """The board is none with an ATmega328P."""
    return PortError(
        "wrong board",
        f"Expected an Arduino Uno (ATmega328P) at {device}, but {because}. The program is compiled for the ATmega328P "
        "and nothing was uploaded. Plug in an Uno, or name its port with --port or port=...\n"
        "For another Arduino, write the sketch with tinyml export --board NAME and compile it with the Arduino IDE.",
        device,
    )


def silent(device: str, seconds: float) -> PortError:
    """The port opens, and no boot loader answers."""
    return PortError(
        "silent",
        f"The device at {device} does not answer: expected the boot loader of an Uno within {seconds:.1f} s after a "
        "reset, got nothing that makes sense.\n"
        "- Is it the right port? tinyml upload --list shows the boards.\n"
        "- Unplug the board, plug it in again and try once more. If the program on it keeps it busy, hold the reset "
        "button, start the upload, and let go a moment later.\n"
        "- Take away what is wired to pins 0 and 1: they are the serial port.\n"
        "- A clone of a Mega or an ESP board with the same USB chip does not speak this protocol.",
        device,
    )


def silent_program(device: str, seconds: float, got: bytes) -> PortError:
    """The program on the board does not answer."""
    heard = f"only {got[-60:]!r}, which is no whole line" if got else "nothing"
    return PortError(
        "silent",
        f"The board at {device} does not answer: expected a line within {seconds:g} s, got {heard}. "
        "Press the reset button or plug the board in again, take away what is wired to pins 0 and 1, "
        "and upload the sketch again.",
        device,
    )


def port_busy(device: str) -> PortError:
    """Another program has the port open."""
    users = users_of(device)
    who = f"it is open in {_listed(users)}" if users else "another program has it open"
    return PortError(
        "port busy",
        f"The port {device} is busy: {who}. Only one program at a time can talk to a board. Close the Serial Monitor "
        "and the Serial Plotter of the Arduino IDE, other terminals, and other notebooks that use the board; "
        "then try again.",
        device,
    )


def no_permission(device: str) -> PortError:
    """The port is there, and this user may not open it."""
    group = _group_of(device)
    if group == "root":
        linux = f"the port belongs to root alone. Until it is unplugged, this lets you in: sudo chmod a+rw {device}"
    elif group and _is_member(group):
        linux = f"you are in the group {group!r} already, but this session is older: log out and in again."
    else:
        linux = (
            f"join the group {group or 'dialout'!r} (on Arch it is called 'uucp'), then log out and in again: "
            f"sudo usermod -a -G {group or 'dialout'} $USER"
        )
    return PortError(
        "no permission",
        f"No permission to use the port {device}.\n"
        + _systems(
            linux=linux,
            macos="close other programs that use the board; in a managed system, ask for access to serial ports.",
            windows="close other programs that use the board (the Arduino IDE's Serial Monitor), plug it in again.",
        ),
        device,
    )


def unplugged(device: str, during: str, consequence: str) -> PortError:
    """The connection broke."""
    there = _exists(device)
    reason = "unplugged, and it is back" if there else "unplugged"
    return PortError(
        "unplugged",
        f"The board at {device} was {reason}, or its cable has a loose contact: the connection broke {during}. "
        f"{consequence}",
        device,
    )


def unplugged_while_writing(device: str) -> PortError:
    """The connection broke in the middle of an upload."""
    return unplugged(
        device,
        "in the middle of the upload",
        "Its flash is half written, which does no harm: the boot loader is still there. "
        "Plug the board in again, and upload again.",
    )


def no_uploader(problems: Sequence[str]) -> PortError:
    """Nothing can write a board's flash."""
    return PortError(
        "no uploader",
        f"No program that writes a board was found:\n{_lines(problems)}\nInstall one of them:\n"
        + _systems(
            linux="sudo apt-get install avrdude (Fedora: dnf install avrdude; Arch: pacman -S avrdude)",
            macos="brew install avrdude",
            windows="winget install AVRDudes.AVRDUDE",
        )
        + f"\nor the Arduino IDE, or arduino-cli and then: arduino-cli core install arduino:avr\n{_VIRTUAL}",
    )


def upload_failed(device: str, uploader: str, reason: str, words: str, kind: str = "upload failed") -> PortError:
    """The uploader gave up."""
    return PortError(
        kind if kind in ("silent", "no such port") else "upload failed",
        f"The upload to {device} failed: {uploader} {reason}. Its last words:\n{words}\n"
        "Plug the board in again, take away what is wired to pins 0 and 1, and upload again: a half-written program "
        "does no harm, the boot loader is still there. If it fails again, try another cable or another USB socket.",
        device,
    )


def verification_failed(device: str, uploader: str, words: str) -> PortError:
    """What was read back differs from what was written."""
    return PortError(
        "verification failed",
        f"The program was written to {device}, but reads back differently, so it must not be trusted. "
        f"{uploader} says:\n{words}\n"
        "Upload again. If it happens again, try another cable or USB socket; flash is good for about 10,000 uploads, "
        "and this board may be at its end.",
        device,
    )


def from_opening(device: str, error: OSError) -> PortError:
    """Translate the error with which a port did not open."""
    # On Windows pyserial puts the reason into the text alone: "PermissionError(13, 'Access is denied.', ...)".
    text = str(error)
    if error.errno in _DENIED:
        return no_permission(device)
    if error.errno in _BUSY or "PermissionError" in text:
        return port_busy(device)
    if error.errno in _MISSING or "FileNotFoundError" in text:
        from tinyml_course.board.ports import all_ports

        return no_such_port(device, list(map(str, all_ports())))
    reason = f"The port {device} cannot be opened: {error.strerror or error}. Expected the serial port of an Uno."
    return PortError("no such port", f"{reason} tinyml upload --list shows the boards.", device)


def _systems(linux: str, macos: str, windows: str) -> str:
    texts = {"linux": f"- Linux: {linux}", "darwin": f"- macOS: {macos}", "win32": f"- Windows: {windows}"}
    here = texts.pop(sys.platform, None)
    return "\n".join([here, *texts.values()] if here else texts.values())


def _lines(entries: Sequence[str]) -> str:
    return "\n".join(f"  {entry}" for entry in entries)


def _listed(entries: Sequence[str]) -> str:
    return ", ".join(entries)


def _exists(device: str) -> bool:
    return sys.platform != "win32" and Path(device).exists()


def _group_of(device: str) -> str | None:
    """Name of the group that owns the port, where there are groups."""
    try:
        return Path(device).group()
    except (OSError, KeyError, NotImplementedError):
        return None


def _is_member(group: str) -> bool:
    """Tell whether the user's account is in the group, whatever this session still thinks."""
    if sys.platform == "win32":
        return False
    import grp
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name in grp.getgrnam(group).gr_mem
    except KeyError:
        return False
