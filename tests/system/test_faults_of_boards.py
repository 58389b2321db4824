"""What can go wrong with a board on a cable, made to go wrong, and what the user is told."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from strange_devices import device, program_that_holds
from virtual_board import OLDER, UNO, Plug, Workshop

import tinyml_course as tc
from tinyml_course import toolchain
from tinyml_course.board import BoardClient, parse
from tinyml_course.board.bootloader import probe
from tinyml_course.board.serial_line import SerialTransport
from tinyml_course.board.uploaders import find_uploader
from tinyml_course.errors import PortError, ProtocolError
from tinyml_course.export.sketch import Sketch

ListUsb = Callable[..., None]
UNO_IDS, CLONE_IDS, MEGA_IDS = (0x2341, 0x0043), (0x1A86, 0x7523), (0x2341, 0x0042)
PROMISED_SECONDS = 3.0
# STK500: 4 bytes set the address; 5 and the page itself write it, 5 read it back. About 100 come before: the probe, the
# greetings and the device's properties. So this many after the last written byte, avrdude verifies.
PAGE_BYTES, BYTES_TO_WRITE_A_PAGE, MOST_BYTES_BEFORE = 128, 9, 300


@pytest.fixture
def digits_hex(digits_sketch: Sketch, tmp_path: Path) -> Path:
    """The digits as a program that starts at once, without a boot loader."""
    file = tmp_path / "digits.hex"
    file.write_text(toolchain.find().build(digits_sketch).hex, encoding="ascii")
    return file


@pytest.fixture
def uploaded(workshop: Workshop, digits_hex: Path, tmp_path: Path) -> Path:
    """What is in a board's flash after an upload: the boot loader, where it starts, and the digits."""
    file = tmp_path / "uploaded.hex"
    boot = workshop.bootloader(UNO).read_text(encoding="ascii").splitlines()
    file.write_text("\n".join([*boot[:-1], digits_hex.read_text(encoding="ascii")]), encoding="ascii")
    return file


def refused(kind: str, *words: str, sketch: Sketch, **arguments: object) -> PortError:
    """Upload, and return the error, whose message has all these words."""
    with pytest.raises(PortError) as caught:
        tc.upload(sketch, **arguments)
    message = str(caught.value)
    assert caught.value.kind == kind, message
    for word in words:
        assert word in message, message
    return caught.value


@pytest.mark.parametrize("listed", [[], [("/dev/ttyS0", None)]])
def test_no_board_or_a_cable_that_only_charges(
    listed: list[tuple[str, None]], list_usb: ListUsb, digits_sketch: Sketch
) -> None:
    """With a cable that has no wires for data, the computer sees the very same: nothing."""
    list_usb(*listed)
    words = ("No Arduino Uno found", "charging only", "carries data", "tc.VirtualUno", "tinyml simulate")
    error = refused("no board", *words, sketch=digits_sketch)
    assert all(name in str(error) for name, _ in listed)


def test_several_boards(plug: Plug, list_usb: ListUsb, digits_sketch: Sketch) -> None:
    first, second = plug("ttyACM0"), plug("ttyUSB0")
    list_usb((first.port, UNO_IDS), (second.port, CLONE_IDS), ("/dev/ttyS0", None))
    refused("several boards", "found 2", first.port, second.port, "CH340", "--port", sketch=digits_sketch)
    assert (first.put_away().resets, second.put_away().resets) == (0, 0)


def test_port_that_does_not_exist(list_usb: ListUsb, tmp_path: Path, digits_sketch: Sketch) -> None:
    list_usb(("/dev/ttyS7", None))
    missing = str(tmp_path / "ttyACM9")
    refused("no such port", missing, "/dev/ttyS7", "/dev/ttyACM0", "COM3", sketch=digits_sketch, port=missing)


# Everything is imported before the rights are given away, because the user "nobody" may not read the environment.
AS_NOBODY = """
import os, pickle, sys
import tinyml_course as tc
import tinyml_course.board.upload, tinyml_course.board.port_errors, serial, serial.tools.list_ports
with open(sys.argv[2], "rb") as file:
    sketch = pickle.load(file)
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    tc.upload(sketch, sys.argv[1])
except tc.errors.PortError as error:
    print(error.kind)
    print(error)
"""


def test_no_permission(plug: Plug, avrdude: str, digits_sketch: Sketch, tmp_path: Path) -> None:
    """As root the test becomes nobody first: root may open every port."""
    board, file = plug(), tmp_path / "sketch.pickle"
    file.write_bytes(pickle.dumps(digits_sketch))
    Path(board.device).chmod(0o600 if os.getuid() == 0 else 0)
    command = [sys.executable, "-c", AS_NOBODY, board.device, str(file)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)
    kind, _, message = done.stdout.partition("\n")
    assert kind == "no permission", done.stdout + done.stderr
    for word in (board.device, "sudo usermod -a -G", "log out and in again", "macOS", "Windows"):
        assert word in message
    assert board.put_away().resets == 0


def test_port_is_busy(plug: Plug, avrdude: str, digits_sketch: Sketch) -> None:
    board = plug()
    with program_that_holds(board.port) as number:
        words = ("busy", f"(process {number})", "Serial Monitor")
        refused("port busy", *words, sketch=digits_sketch, port=board.port)
    assert probe(board.port) == b"\x1e\x95\x0f"


@pytest.mark.parametrize("answers", [False, True], ids=["silence", "garbage"])
def test_silent_device_is_noticed_within_three_seconds(answers: bool, avrdude: str, digits_sketch: Sketch) -> None:
    took = []
    with device(answers) as port:
        for _ in range(3):  # another try, for a computer that was busy with something else
            start = time.monotonic()
            words = (port, "does not answer", "right port", "pins 0 and 1")
            refused("silent", *words, sketch=digits_sketch, port=port)
            took.append(time.monotonic() - start)
            if took[-1] <= PROMISED_SECONDS:
                break
    assert min(took) <= PROMISED_SECONDS


def test_board_whose_boot_loader_is_gone(plug: Plug, avrdude: str, digits_sketch: Sketch, digits_hex: Path) -> None:
    """Its program answers every question, but not as a boot loader."""
    refused("silent", "boot loader", sketch=digits_sketch, port=plug(program=digits_hex).port)


def test_another_processor(plug: Plug, avrdude: str, digits_sketch: Sketch) -> None:
    board = plug(mcu=OLDER)
    words = ("ATmega328P", "1E 94 06", "ATmega168", "nothing was uploaded")
    refused("wrong board", *words, sketch=digits_sketch, port=board.port)
    assert set(board.put_away().flash[: 16384 - 512]) == {0xFF}


def test_another_arduino(list_usb: ListUsb, plug: Plug, digits_sketch: Sketch) -> None:
    board = plug()
    list_usb((board.port, MEGA_IDS))
    refused("wrong board", "Mega", "Plug in an Uno", sketch=digits_sketch)
    refused("wrong board", "Mega", sketch=digits_sketch, port=board.port)
    assert board.put_away().resets == 0


@pytest.mark.parametrize("phase", ["writing", "verifying"])
def test_unplugged_in_the_middle_of_the_upload(phase: str, plug: Plug, avrdude: str, digits_sketch: Sketch) -> None:
    pages = -(-len(parse(toolchain.find().build(digits_sketch).hex).flash) // PAGE_BYTES)
    written = pages * (PAGE_BYTES + BYTES_TO_WRITE_A_PAGE)
    board = plug(unplug=written // 2 if phase == "writing" else written + MOST_BYTES_BEFORE)
    words = (board.port, "unplugged", "in the middle of the upload", "boot loader is still there", "upload again")
    refused("unplugged", *words, sketch=digits_sketch, port=board.port)
    assert not processes_with(board.port)


def test_unplugged_while_it_is_asked_who_it_is(plug: Plug, digits_sketch: Sketch) -> None:
    board = plug(unplug=2)
    refused("unplugged", board.port, "Plug it in again", sketch=digits_sketch, port=board.port)


def test_unplugged_in_the_middle_of_the_run(
    plug: Plug, avrdude: str, digits_sketch: Sketch, digits: tc.Dataset, digits_graph: tc.Graph
) -> None:
    """What was answered before is kept, compared and shown."""
    board = plug()

    def pull_after_seven(title: str, done: int, total: int) -> None:
        if (title, done) == ("Classifying on the board", 7):
            board.unplug()

    words = ("unplugged", "after 7 of 20 samples", "answers so far are kept")
    x, y = digits.x_test[:20], digits.y_test[:20]
    arguments = {"x": x, "y": y, "graph": digits_graph, "progress": pull_after_seven}
    error = refused("unplugged", *words, sketch=digits_sketch, port=board.port, **arguments)
    assert not error.report.is_complete
    np.testing.assert_array_equal(error.report.outputs, digits_graph.predict(x[:7]))
    assert error.report.mismatches_python == 0
    assert "7 of 20" in str(error.report)


def test_worn_flash_does_not_pass_the_verification(plug: Plug, avrdude: str, digits_sketch: Sketch) -> None:
    image = parse(toolchain.find().build(digits_sketch).hex).flash
    worn = next(address for address in range(1000, len(image)) if image[address])
    board = plug(stuck=worn)
    words = (board.port, "reads back differently", f"0x{worn:04x}")
    refused("verification failed", *words, sketch=digits_sketch, port=board.port)


def test_no_uploader(monkeypatch: pytest.MonkeyPatch, plug: Plug, tmp_path: Path, digits_sketch: Sketch) -> None:
    tools = toolchain.find()
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("tinyml_course.board.uploaders._ides", list)
    monkeypatch.setattr("tinyml_course.board.uploaders.arduino_homes", list)
    board = plug()
    words = ("apt-get install avrdude", "brew install avrdude", "winget install")
    refused("no uploader", *words, sketch=digits_sketch, port=board.port, toolchain=tools)
    assert board.put_away().resets == 0


def test_board_that_falls_silent_does_not_stop_everything(plug: Plug, avrdude: str, digits_sketch: Sketch) -> None:
    """The uploader waits much longer; it is ended, and nothing of it is left."""
    board = plug()
    build = toolchain.find().build(digits_sketch)

    def freeze(percent: int) -> None:
        if percent >= 10:
            board.signal(signal.SIGSTOP)

    with pytest.raises(PortError, match="did not finish within 4 s and was stopped") as caught:
        find_uploader().write(board.port, build.hex, timeout=4, progress=freeze)
    assert caught.value.kind == "upload failed"
    assert not processes_with(board.port)


def test_program_that_falls_silent(plug: Plug, uploaded: Path, digits_sketch: Sketch, digits: tc.Dataset) -> None:
    board = plug(program=uploaded)
    with SerialTransport(board.port) as line:
        BoardClient(line, digits_sketch).ready()
        board.signal(signal.SIGSTOP)
        with pytest.raises(PortError, match="expected a line within 0.5 s, got nothing") as caught:
            BoardClient(line, digits_sketch, timeout=0.5).classify(digits.x_test[0])
    assert caught.value.kind == "silent"


def test_loose_contact(plug: Plug, uploaded: Path, digits_sketch: Sketch, digits: tc.Dataset) -> None:
    """Damaged characters are noticed; they never become a wrong answer."""
    board = plug(program=uploaded)
    with SerialTransport(board.port) as line:
        client = BoardClient(line, digits_sketch)
        client.ready()
        board.signal(signal.SIGUSR1)
        with pytest.raises(ProtocolError, match="Characters may have been lost on the way"):
            client.outputs(digits.x_test[0])


def test_reset_button_in_the_middle_of_the_run(
    plug: Plug, uploaded: Path, digits_sketch: Sketch, digits: tc.Dataset
) -> None:
    board = plug(program=uploaded)
    with SerialTransport(board.port) as line:
        client = BoardClient(line, digits_sketch)
        client.ready()
        client.outputs(digits.x_test[0])
        board.signal(signal.SIGUSR2)
        with pytest.raises(ProtocolError, match="started anew in the middle of the run"):
            for sample in digits.x_test:
                client.outputs(sample)


INTERRUPTED = """
import pickle, sys
import tinyml_course as tc
with open(sys.argv[2], "rb") as file:
    sketch = pickle.load(file)
tc.upload(sketch, sys.argv[1], progress=lambda title, done, total: print(done, flush=True))
"""


def test_interrupted_by_the_user(plug: Plug, avrdude: str, digits_sketch: Sketch, tmp_path: Path) -> None:
    """Ctrl-C ends the program at once, and no avrdude goes on behind its back; the board can be used again."""
    board, file = plug(), tmp_path / "sketch.pickle"
    file.write_bytes(pickle.dumps(digits_sketch))
    command = [sys.executable, "-c", INTERRUPTED, board.port, str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for line in process.stdout:
            if int(line) >= 5:
                break
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=60)
    assert "KeyboardInterrupt" in complaint
    assert not processes_with(board.port)
    assert probe(board.port) == b"\x1e\x95\x0f"


def processes_with(port: str) -> list[str]:
    """Command lines that name this port, the board's own aside."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode(errors="replace").split("\0")
        except OSError:  # it has ended
            continue
        if port in words and Path(words[0]).name != "virtual_board":
            lines.append(" ".join(words))
    return lines
