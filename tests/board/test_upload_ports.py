"""Which port is taken, and what is said about the others."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from tinyml_course.board import SerialPort, find_ports, port_errors, port_users
from tinyml_course.board.ports import CLONES, UNOS, choose_port
from tinyml_course.errors import PortError

UNO, MEGA, LEONARDO, CH340 = (0x2341, 0x0043), (0x2341, 0x0042), (0x2341, 0x8036), (0x1A86, 0x7523)
Plugged = Callable[..., None]
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="needs ports that are files: Linux or macOS")


@pytest.fixture
def plugged(monkeypatch: pytest.MonkeyPatch) -> Plugged:
    """Pretend that these ports are there: name and USB ids."""

    def pretend(**ports: tuple[int, int] | None) -> None:
        found = []
        for name, ids in ports.items():
            port = ListPortInfo(name if name.startswith("COM") else f"/dev/{name}")
            if ids:
                port.vid, port.pid = ids
                port.serial_number = "75" if ids == UNO else None
                port.description = "what the driver calls it"
            found.append(port)
        monkeypatch.setattr(list_ports, "comports", lambda: found)

    return pretend


def kind_of(port: str | None = None) -> tuple[str, str]:
    with pytest.raises(PortError) as caught:
        choose_port(port)
    return caught.value.kind, str(caught.value)


@pytest.mark.parametrize("ids", [*UNOS, *CLONES])
def test_every_known_id_is_found(ids: tuple[int, int], plugged: Plugged) -> None:
    plugged(ttyS0=None, ttyUSB9=(0x1234, 0x5678), ttyACM0=ids, ttyACM1=MEGA)
    number = "75" if ids == UNO else None
    port = SerialPort("/dev/ttyACM0", {**UNOS, **CLONES}[ids], *ids, number)
    assert find_ports() == [port]
    assert choose_port() == port


def test_the_ids_are_those_that_the_arduino_core_lists() -> None:
    core = Path("/usr/share/arduino/hardware/arduino/avr/boards.txt")
    if not core.is_file():
        pytest.skip("needs Debian's arduino-core-avr")
    text = core.read_text(encoding="utf-8")
    numbers = {}
    for line in text.splitlines():
        if line.startswith(("uno.vid.", "uno.pid.")):
            key, _, number = line.partition("=")
            numbers[tuple(key.split(".")[1:])] = int(number, 16)
    listed = {(numbers["vid", index], numbers["pid", index]) for kind, index in numbers if kind == "vid"}
    assert len(listed) == 5
    assert listed <= set(UNOS)


def test_no_board_offers_the_virtual_one(plugged: Plugged) -> None:
    plugged(ttyS0=None)
    kind, message = kind_of()
    assert kind == "no board"
    for words in (
        "found only /dev/ttyS0 (serial port)",
        "for charging only",
        "CH340 needs its maker's driver",
        "tinyml simulate, tc.simulate(sketch, x) or tc.VirtualUno(sketch)",
        "--port PORT",
    ):
        assert words in message
    plugged()
    assert "found no serial port at all" in kind_of()[1]


def test_several_boards_are_listed(plugged: Plugged) -> None:
    plugged(ttyUSB0=CH340, ttyACM0=UNO)
    kind, message = kind_of()
    assert kind == "several boards"
    assert "found 2:\n  /dev/ttyACM0 (Arduino Uno, serial number 75)\n  /dev/ttyUSB0 (clone with a CH340)\n" in message
    assert 'tinyml upload --port /dev/ttyACM0, or tc.upload(sketch, port="/dev/ttyACM0")' in message


@pytest.mark.parametrize(
    ("ids", "name"),
    [
        (MEGA, "Arduino Mega 2560"),
        ((0x2341, 0x0010), "Arduino Mega 2560"),
        (LEONARDO, "Arduino Leonardo"),
        ((0x2A03, 0x9999), "Arduino of another kind"),
    ],
)
def test_another_arduino_is_the_wrong_board(ids: tuple[int, int], name: str, plugged: Plugged, tmp_path: Path) -> None:
    plugged(ttyACM0=ids)
    kind, message = kind_of()
    assert kind == "wrong board"
    assert f"at /dev/ttyACM0, but its USB id is that of an {name}" in message
    plugged(COM3=ids)
    with pytest.raises(PortError, match="USB id is that of an") as caught:
        choose_port(SerialPort("COM3", name, *ids))
    assert (caught.value.kind, caught.value.device) == ("wrong board", "COM3")


def test_a_port_that_does_not_exist(plugged: Plugged) -> None:
    plugged(ttyACM0=UNO)
    kind, message = kind_of("/dev/ttyACM7")
    assert kind == "no such port"
    assert "no port '/dev/ttyACM7'. These ports exist:\n  /dev/ttyACM0 (Arduino Uno" in message
    plugged()
    assert "no serial port at the moment" in kind_of("/dev/ttyACM7")[1]


@posix_only
def test_any_port_that_exists_may_be_named(plugged: Plugged, tmp_path: Path) -> None:
    plugged(ttyACM0=UNO)
    other = tmp_path / "ttyV0"
    other.touch()
    assert choose_port(str(other)) == SerialPort(str(other), "serial port")


@posix_only
def test_a_link_to_a_port_is_as_good(plugged: Plugged, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device, link = tmp_path / "ttyACM0", tmp_path / "usb-Arduino"
    device.touch()
    link.symlink_to(device)
    port = ListPortInfo(str(device))
    port.vid, port.pid = UNO
    monkeypatch.setattr(list_ports, "comports", lambda: [port])
    assert choose_port(str(link)) == SerialPort(str(device), "Arduino Uno", *UNO)


@pytest.mark.parametrize("name", ["COM12", "com12", r"\\.\COM12"])
def test_names_on_windows(name: str, plugged: Plugged, monkeypatch: pytest.MonkeyPatch) -> None:
    plugged(COM1=None, COM12=UNO)
    monkeypatch.setattr(sys, "platform", "win32")
    assert choose_port(name).device == "COM12"
    assert kind_of("COM13")[0] == "no such port"


@posix_only
def test_on_macos_the_twin_that_does_not_wait_is_taken(
    tmp_path: Path, plugged: Plugged, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugged()
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(Path, "exists", lambda path: str(path) == "/dev/cu.usbmodem1")
    assert choose_port("/dev/tty.usbmodem1").device == "/dev/cu.usbmodem1"


@pytest.mark.parametrize(
    ("platform", "order"),
    [
        ("linux", ["- Linux: ", "- macOS: ", "- Windows: "]),
        ("darwin", ["- macOS: ", "- Linux: ", "- Windows: "]),
        ("win32", ["- Windows: ", "- Linux: ", "- macOS: "]),
        ("freebsd14", ["- Linux: ", "- macOS: ", "- Windows: "]),
    ],
)
@pytest.mark.parametrize("make", [lambda: port_errors.no_board([]), lambda: port_errors.no_uploader(["none"])])
def test_this_operating_system_comes_first(
    make: Callable[[], PortError], platform: str, order: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    message = str(make())
    assert sorted(order, key=message.index) == order


def test_no_permission_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(port_errors, "_group_of", lambda device: "uucp")
    monkeypatch.setattr(port_errors, "_is_member", lambda group: False)
    error = port_errors.no_permission("/dev/ttyACM0")
    assert (error.kind, error.device) == ("no permission", "/dev/ttyACM0")
    assert "then log out and in again: sudo usermod -a -G uucp $USER" in str(error)
    monkeypatch.setattr(port_errors, "_is_member", lambda group: True)
    assert "you are in the group 'uucp' already, but this session is older" in str(port_errors.no_permission("x"))
    monkeypatch.setattr(port_errors, "_group_of", lambda device: "root")
    assert "belongs to root alone. Until it is unplugged, this lets you in: sudo chmod a+rw x" in str(
        port_errors.no_permission("x")
    )
    monkeypatch.setattr(port_errors, "_group_of", lambda device: None)
    assert "sudo usermod -a -G dialout $USER" in str(port_errors.no_permission("x"))


@posix_only
def test_the_group_is_that_of_the_port(tmp_path: Path) -> None:
    import grp

    (tmp_path / "port").touch()
    assert port_errors._group_of(str(tmp_path / "port")) == grp.getgrgid((tmp_path / "port").stat().st_gid).gr_name
    assert port_errors._group_of(str(tmp_path / "none")) is None
    assert port_errors._is_member("no such group") is False


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs Linux: /proc tells who has a port open")
def test_who_has_a_port_open_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    processes = tmp_path / "proc"
    for number, name, target in [("17", "arduino-ide", "/dev/ttyACM0"), ("18", "cat", "/dev/null"), ("self", "x", "/")]:
        (processes / number / "fd").mkdir(parents=True)
        (processes / number / "fd" / "3").symlink_to(target)
        (processes / number / "comm").write_text(f"{name}\n")
    (processes / "99").mkdir()  # another user's: its files may not be seen
    monkeypatch.setattr(port_users, "_PROCESSES", processes)
    assert port_users.users_of("/dev/ttyACM0") == ["arduino-ide (process 17)"]
    assert "it is open in arduino-ide (process 17)" in str(port_errors.port_busy("/dev/ttyACM0"))
    assert "another program has it open" in str(port_errors.port_busy("/dev/ttyACM1"))
    monkeypatch.setattr(os, "getpid", lambda: 17)
    assert "a connection that was not closed" in port_users.users_of("/dev/ttyACM0")[0]
    monkeypatch.setattr(port_users, "_PROCESSES", tmp_path / "none")
    assert port_users.users_of("/dev/ttyACM0") == []


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (PermissionError(13, "Permission denied"), "no permission"),
        (OSError(1, "Operation not permitted"), "no permission"),
        (OSError(16, "Device or resource busy"), "port busy"),
        (BlockingIOError(11, "Could not exclusively lock port"), "port busy"),
        (FileNotFoundError(2, "No such file"), "no such port"),
        (OSError(6, "No such device or address"), "no such port"),
        (OSError("could not open port 'COM3': PermissionError(13, 'Access is denied.', None, 5)"), "port busy"),
        (OSError("could not open port 'COM3': FileNotFoundError(2, 'The system cannot find ...')"), "no such port"),
        (OSError("Could not configure port: (25, 'Inappropriate ioctl for device')"), "no such port"),
    ],
)
def test_why_a_port_does_not_open(error: OSError, kind: str, plugged: Plugged) -> None:
    plugged(ttyACM0=UNO)
    assert port_errors.from_opening("/dev/ttyACM1", error).kind == kind
