"""arduino-cli and avrdude: how they are found and called, and what is made of what they say."""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tinyml_course.board import avrdude_log, uploaders, watched_process
from tinyml_course.board.uploaders import ArduinoCliUploader, Avrdude, find_uploader
from tinyml_course.errors import HexError, PortError, ToolchainError
from tinyml_course.toolchain import discovery

HEX = ":0400000001020304F2\n:00000001FF\n"
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="needs programs that are scripts: Linux or macOS")
Script = Callable[..., Path]

GOOD = """
avrdude: AVR device initialized and ready to accept instructions
Reading | ################################################## | 100% 0.01s
avrdude: device signature = 0x1e950f (probably m328p)
avrdude: writing 8000 bytes flash ...
Writing | ################################################## | 100% 0.90s
avrdude: 8000 bytes of flash written
Reading | ################################################## | 100% 0.89s
avrdude: 8000 bytes of flash verified
avrdude done.  Thank you.
"""
MISMATCH_7 = """
Writing | ################################################## | 100% 0.90s
Reading | ################################################## | 100% 0.89s
avrdude warning: verification mismatch
        device 0x00 != input 0xe7 at addr 0x0064 (error)
avrdude error: verification mismatch
avrdude OS error: ioctl("TIOCMGET"): Inappropriate ioctl for device
avrdude done.  Thank you.
"""
MISMATCH_6 = """
Writing | ################################################## | 100% 0.90s
avrdude: verification error, first mismatch at byte 0x0000
avrdude: verification error; content mismatch
"""
SIGNATURE = """
avrdude: device signature = 0x1e9406 (probably m168)
avrdude error: expected signature for ATmega328P is 1E 95 0F
        double check chip or use -F to override this check
"""
NOT_IN_SYNC = "avrdude warning: attempt 10 of 10: not in sync: resp=0x00\navrdude error: unable to open programmer\n"
LOST = "Writing | ########\navrdude error: programmer is not responding\n"


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """Make a program of some lines of Python; ``folder`` is where it may leave notes."""

    def make(body: str, name: str = "avrdude", folder: Path = tmp_path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        head = f"#!{sys.executable}\nimport json, os, subprocess, sys, time\nfolder = {str(tmp_path)!r}\n"
        path.write_text(head + textwrap.dedent(body), encoding="utf-8")
        path.chmod(0o755)
        return path

    return make


@pytest.fixture
def port(tmp_path: Path) -> str:
    path = tmp_path / "ttyACM0"
    path.touch()
    return str(path)


@pytest.fixture
def no_arduino(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretend that nothing of Arduino's is installed."""
    monkeypatch.setattr(uploaders, "look", lambda name: discovery.Finding(name, None, "no arduino-cli on PATH"))
    monkeypatch.setattr(uploaders, "arduino_homes", list)
    monkeypatch.setattr(uploaders, "_ides", list)


def says(text: str, code: int = 0) -> str:
    return f"sys.stderr.write({text!r})\nsys.exit({code})\n"


def kind_of(call: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(PortError) as caught:
        call()
    return caught.value.kind, str(caught.value)


@posix_only
def test_the_command_and_the_file(script: Script, port: str, tmp_path: Path) -> None:
    program = script("""
        file = sys.argv[-1].split(":", 2)[2].rsplit(":", 1)[0]
        json.dump([sys.argv[1:], open(file).read(), os.getcwd()], open(folder + "/note", "w"))
        print("0.5 s", flush=True)
    """)
    result = Avrdude(program, "avrdude 1").write(port, HEX, baud=57600)
    arguments, text, _ = json.loads((tmp_path / "note").read_text())
    file = arguments[-1].removeprefix("flash:w:").removesuffix(":i")
    assert arguments == f"-c arduino -p atmega328p -P {port} -b 57600 -D -U flash:w:{file}:i".split(" ")
    assert text == HEX
    assert not Path(file).exists()
    assert result.log == "0.5 s\n"
    assert result.seconds > 0


def test_a_configuration_file_is_named_where_avrdude_does_not_find_it_itself() -> None:
    command = Avrdude(Path("/ide/bin/avrdude"), "avrdude 6", Path("/ide/etc/avrdude.conf")).command(
        "COM3", Path("a"), 1
    )
    assert command[1:3] == ["-C", str(Path("/ide/etc/avrdude.conf"))]


def test_the_command_of_arduino_cli() -> None:
    uploader = ArduinoCliUploader(Path("arduino-cli"), "arduino-cli 1.0")
    command = uploader.command("COM3", Path("a.hex"), 115200)
    assert command == (
        "arduino-cli upload --fqbn arduino:avr:uno --port COM3 --protocol serial --input-file a.hex --verify --verbose"
    ).split(" ")
    assert "arduino:avr:nano:cpu=atmega328old" in uploader.command("COM3", Path("a.hex"), 57600)


@posix_only
def test_arduino_cli_comes_first(
    script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_arduino: None
) -> None:
    script(says("avrdude version 7.1, URL: <...>"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert repr(find_uploader()) == f"<Uploader avrdude 7.1: {tmp_path / 'avrdude'}>"
    script("", "arduino-cli")

    class Found:
        description = "arduino-cli 1.0 with the Arduino core 1.8.6"

    monkeypatch.setattr(uploaders, "look", lambda name: discovery.Finding(name, Found()))
    assert find_uploader().description == Found.description


@posix_only
def test_avrdude_inside_an_arduino_installation(
    script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_arduino: None
) -> None:
    monkeypatch.setenv("PATH", "")
    home, ide = tmp_path / "home", tmp_path / "ide"
    monkeypatch.setattr(uploaders, "arduino_homes", lambda: [home])
    monkeypatch.setattr(uploaders, "_ides", lambda: [ide])
    places = [home / "packages/arduino/tools/avrdude" / version for version in ("6.3.0", "8.0.0")]
    places.append(ide / "hardware/tools/avr")
    for place in places:
        script(says(f"avrdude version {place.name}, URL"), folder=place / "bin")
        (place / "etc").mkdir()
        (place / "etc" / "avrdude.conf").touch()
    found = Avrdude.find()
    assert (found.description, found.configuration) == ("avrdude 8.0.0", places[1] / "etc" / "avrdude.conf")
    (places[1] / "bin" / "avrdude").write_text("#!/no/such/interpreter\n")
    assert Avrdude.find().description == "avrdude 6.3.0"
    (places[0] / "etc" / "avrdude.conf").unlink()
    assert Avrdude.find().description == "avrdude avr"


def test_no_uploader_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch, no_arduino: None) -> None:
    monkeypatch.setenv("PATH", "")
    kind, message = kind_of(find_uploader)
    assert kind == "no uploader"
    for words in (
        "no arduino-cli on PATH",
        "no avrdude on PATH",
        "apt-get install avrdude",
        "brew",
        "winget",
        "tc.Virt",
    ):
        assert words in message


@posix_only
def test_progress_grows_from_0_to_100(script: Script, port: str) -> None:
    program = script("""
        for piece in ["Reading | ", "#" * 50, " | 100%\\nWriting | ", *["#"] * 50, " | 100%\\nReading | ", *["#"] * 50]:
            sys.stderr.write(piece)
            sys.stderr.flush()
            time.sleep(0.002)
    """)
    seen: list[int] = []
    Avrdude(program, "avrdude 1").write(port, HEX, progress=seen.append)
    assert seen == sorted(set(seen))
    assert (seen[0] > 0, seen[-1]) == (True, 100)


@pytest.mark.parametrize(
    ("log", "percent"),
    [
        ("", 0),
        ("Reading | #####", 0),
        ("Reading | ##### | 100%\nWriting | ", 0),
        ("Reading | ##### | 100%\nWriting | ##########", 10),
        (GOOD[: GOOD.index(" bytes of flash written")], 50),
        (GOOD, 100),
    ],
)
def test_how_far_it_is(log: str, percent: int) -> None:
    assert avrdude_log.progress_of(log) == percent


@posix_only
@pytest.mark.parametrize(
    ("log", "kind", "words"),
    [
        (MISMATCH_7, "verification failed", "device 0x00 != input 0xe7 at addr 0x0064"),
        (MISMATCH_6, "verification failed", "content mismatch"),
        (SIGNATURE, "wrong board", "but its processor says 0x1e9406 (probably m168). The program is compiled for"),
        (NOT_IN_SYNC, "silent", "not in sync"),
        (LOST, "upload failed", "not responding"),
        ('OS error: cannot open port "/dev/ttyACM0": Permission denied', "no permission", "No permission to use"),
        ("ser_open(): can't open device: Device or resource busy", "port busy", "Close the Serial Monitor"),
        ('cannot open port "COM3": Access is denied.', "port busy", "Close the Serial Monitor"),
        ('cannot open port "/dev/x": No such file or directory', "no such port", "No such file"),
        ("ser_send(): write error: sorry no info avail: Input/output error", "unplugged", "flash is half written"),
        ("A device attached to the system is not functioning", "unplugged", "flash is half written"),
        ("avrdude: something new", "upload failed", "avrdude 1 failed. Its last words:\n  avrdude: something new\n"),
        ("", "upload failed", "(it said nothing)"),
    ],
)
def test_what_went_wrong(log: str, kind: str, words: str, script: Script, port: str) -> None:
    uploader = Avrdude(script(says(log, 1)), "avrdude 1")
    found, message = kind_of(lambda: uploader.write(port, HEX))
    assert found == kind
    assert words in message
    assert "TIOCMGET" not in message


@posix_only
def test_success_is_what_the_exit_code_says(script: Script, port: str) -> None:
    assert Avrdude(script(says(GOOD)), "avrdude 1").write(port, HEX).log == GOOD
    assert kind_of(lambda: Avrdude(script(says(GOOD, 1)), "avrdude 1").write(port, HEX))[0] == "upload failed"


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{process}/stat")
    # A killed grandchild that nobody has waited for yet is dead nevertheless.
    return not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def wait_until_dead(*processes: int) -> None:
    end = time.monotonic() + 60
    while any(map(is_alive, processes)):
        assert time.monotonic() < end, "a process was left behind"
        time.sleep(0.02)


STUCK = """
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    with open(folder + "/processes.new", "w") as note:
        json.dump([os.getpid(), child.pid], note)
    os.rename(folder + "/processes.new", folder + "/processes")
    time.sleep(600)
"""


def processes(folder: Path) -> list[int]:
    end = time.monotonic() + 60
    while not (folder / "processes").exists():
        assert time.monotonic() < end
        time.sleep(0.02)
    return json.loads((folder / "processes").read_text())


@posix_only
def test_a_stuck_uploader_is_stopped_with_all_it_started(script: Script, port: str, tmp_path: Path) -> None:
    uploader = Avrdude(script(STUCK), "avrdude 1")
    threading.Thread(target=processes, args=(tmp_path,)).start()
    kind, message = kind_of(lambda: uploader.write(port, HEX, 3.0))
    assert kind == "upload failed"
    assert "did not finish within 3 s and was stopped" in message
    wait_until_dead(*processes(tmp_path))


@posix_only
def test_unplugged_is_noticed_though_the_uploader_waits(script: Script, port: str, tmp_path: Path) -> None:
    def pull() -> None:
        processes(tmp_path)
        Path(port).unlink()

    uploader = Avrdude(script(STUCK), "avrdude 1")
    puller = threading.Thread(target=pull)
    puller.start()
    kind, message = kind_of(lambda: uploader.write(port, HEX, 600.0))
    puller.join()
    assert kind == "unplugged"
    assert "the connection broke in the middle of the upload. Its flash is half written" in message
    wait_until_dead(*processes(tmp_path))


@posix_only
def test_ctrl_c_leaves_nothing_behind(script: Script, port: str, tmp_path: Path) -> None:
    def interrupt() -> None:
        processes(tmp_path)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    uploader = Avrdude(script(STUCK), "avrdude 1")
    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        uploader.write(port, HEX, 600.0)
    thread.join()
    wait_until_dead(*processes(tmp_path))


@posix_only
def test_the_uploader_speaks_english_and_reads_nothing(script: Script, port: str, tmp_path: Path) -> None:
    program = script("""
        json.dump([os.environ["LC_ALL"], sys.stdin.read(), os.getpgid(0) == os.getpid()], open(folder + "/note", "w"))
    """)
    Avrdude(program, "avrdude 1").write(port, HEX)
    assert json.loads((tmp_path / "note").read_text()) == ["C", "", True]


def test_a_damaged_program_is_not_written(port: str) -> None:
    uploader = Avrdude(Path("/no/such/program"), "avrdude 1")
    with pytest.raises(HexError, match="Line 1 of the .hex file is wrong"):
        uploader.write(port, HEX.replace("F2", "F3"))
    with pytest.raises(ToolchainError, match="cannot be started"):
        uploader.write(port, HEX)


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "No room left on the disk"), (errno.EROFS, "Cannot write the .hex file: Read-only")],
)
def test_a_full_disk(number: int, words: str, port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, *arguments: object, **options: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(ToolchainError, match=words):
        Avrdude(Path("/no/such/program"), "avrdude 1").write(port, HEX)


def test_a_disk_too_full_for_a_folder(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(uploaders.tempfile, "TemporaryDirectory", full)
    with pytest.raises(ToolchainError, match="No room left on the disk"):
        Avrdude(Path("/no/such/program"), "avrdude 1").write(port, HEX)


@posix_only
def test_output_may_be_any_bytes(script: Script) -> None:
    program = script("os.write(1, b'\\xff\\xfe ok'); sys.exit(7)")
    heard: list[str] = []
    ended = watched_process.run_watched([str(program)], 60, heard=heard.append, still_there=lambda: True)
    assert (ended.returncode, ended.log, ended.why_stopped) == (7, "�� ok", "")
    assert heard[-1] == ended.log


def test_on_windows_the_list_of_ports_tells_whether_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    from serial.tools import list_ports
    from serial.tools.list_ports_common import ListPortInfo

    monkeypatch.setattr(sys, "platform", "win32")
    ports = [ListPortInfo("COM3")]
    monkeypatch.setattr(list_ports, "comports", lambda: ports)
    assert uploaders._Presence("com3").is_there()
    looker = uploaders._Presence("COM4")
    assert not looker.is_there()
    assert looker.is_there()  # it looks once a second only
