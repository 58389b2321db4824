"""Tests with a virtual board behind a real serial port, unmodified avrdude, and faults made on purpose."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo
from virtual_board import APT_LINE, Plug, VirtualBoard, Workshop

import tinyml_course as tc
from tinyml_course.export.sketch import Sketch

ListPorts = Callable[..., None]


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """Virtual boards and boot loaders, compiled."""
    return Workshop(tmp_path_factory.mktemp("workshop"))


@pytest.fixture
def plug(workshop: Workshop, tmp_path: Path) -> Iterator[Plug]:
    """Plug in a board; the end of the test unplugs it."""
    with ExitStack() as stack:
        yield lambda name="ttyACM0", **options: stack.enter_context(VirtualBoard(workshop, tmp_path, name, **options))


@pytest.fixture
def list_usb(monkeypatch: pytest.MonkeyPatch) -> ListPorts:
    """Let the operating system list these ports: device and USB ids, None for a port that is no USB device."""

    def there_are(*ports: tuple[str, tuple[int, int] | None]) -> None:
        found = []
        for device, ids in ports:
            port = ListPortInfo(device)
            if ids:
                port.vid, port.pid, port.serial_number = *ids, f"7543{len(found)}"
            found.append(port)
        monkeypatch.setattr(list_ports, "comports", lambda include_links=False: found)

    return there_are


@pytest.fixture(scope="session")
def avrdude() -> str:
    """The program that writes boards, as it is installed."""
    program = shutil.which("avrdude")
    assert program, f"avrdude is missing: {APT_LINE}"
    return program


@pytest.fixture(scope="session")
def digits_sketch(digits_graph: tc.Graph) -> Sketch:
    """The digits, ready for an Uno."""
    return tc.export_arduino(digits_graph, name="digits")
