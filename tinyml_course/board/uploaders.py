"""Programs that write a .hex file into a board: arduino-cli, or avrdude alone."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tinyml_course.board import avrdude_log, intel_hex, port_errors
from tinyml_course.board.ports import all_ports
from tinyml_course.board.serial_line import BAUD
from tinyml_course.board.watched_process import Ended, run_watched
from tinyml_course.errors import PortError, ToolchainError
from tinyml_course.toolchain.arduino_core import arduino_homes
from tinyml_course.toolchain.discovery import look
from tinyml_course.toolchain.process import NO_ROOM, no_room, run

#: Seconds after which a writing program counts as stuck; a full Uno takes about ten.
TIMEOUT_SECONDS = 60.0
_WINDOWS_LOOKS_EVERY = 1.0

Percent = Callable[[int], None]


@dataclass(frozen=True)
class UploadResult:
    """A program that was written and verified.

    Parameters
    ----------
    seconds : float
        Writing and verifying, the uploader's start included.
    log : str
        What the uploader said.
    """

    seconds: float
    log: str


class Uploader(ABC):
    """A program that writes and verifies.

    Parameters
    ----------
    program : Path
        The command.
    description : str
        Its name and version, as reports print it.
    """

    def __init__(self, program: Path, description: str) -> None:
        self.program = program
        self.description = description

    def __repr__(self) -> str:
        return f"<Uploader {self.description}: {self.program}>"

    @abstractmethod
    def command(self, port: str, file: Path, baud: int) -> list[str]:
        """Return the command that writes and verifies the .hex `file`."""

    def write(
        self,
        port: str,
        hex_text: str,
        timeout: float = TIMEOUT_SECONDS,
        *,
        baud: int = BAUD,
        progress: Percent | None = None,
    ) -> UploadResult:
        """Write a program into the board and verify it.

        Parameters
        ----------
        port : str
            Name of the port.
        hex_text : str
            The program as Intel HEX text.
        timeout : float
            Seconds after which the uploader is stopped, with everything it started; default 60.
        baud : int
            Bits per second of the board's boot loader; default 115200.
        progress : callable, optional
            Called with the percentage done, whenever it grows.

        Raises
        ------
        HexError
            If the text is damaged; the board is not touched.
        ToolchainError
            If the disk is full, or the uploader cannot be started.
        PortError
            ``"upload failed"``, ``"verification failed"``, ``"unplugged"``, ``"silent"``, ``"wrong board"``,
            ``"port busy"``, ``"no permission"`` or ``"no such port"``.
        """
        intel_hex.parse(hex_text)
        start = time.monotonic()
        try:
            with tempfile.TemporaryDirectory(prefix="tinyml-", ignore_cleanup_errors=True) as folder:
                file = Path(folder) / "program.hex"
                file.write_text(hex_text, encoding="ascii", newline="\n")
                ended = self._run(self.command(port, file, baud), port, timeout, progress or (lambda percent: None))
        except OSError as error:
            if error.errno in NO_ROOM:
                raise no_room(tempfile.gettempdir()) from error
            raise ToolchainError(f"Cannot write the .hex file: {error.strerror or error}.") from error
        if ended.returncode != 0:
            raise _failure(self, port, ended, timeout)
        return UploadResult(time.monotonic() - start, ended.log)

    def _run(self, argv: list[str], port: str, timeout: float, progress: Percent) -> Ended:
        try:
            return run_watched(
                argv,
                timeout,
                heard=_Growing(progress).hear,
                still_there=_Presence(port).is_there,
            )
        except OSError as error:
            raise ToolchainError(f"{self.program} cannot be started: {error.strerror or error}.") from error


class Avrdude(Uploader):
    """avrdude.

    Parameters
    ----------
    program : Path
        The command.
    description : str
        Its name and version.
    configuration : Path, optional
        Its ``avrdude.conf``; None if it finds it by itself.
    """

    def __init__(self, program: Path, description: str, configuration: Path | None = None) -> None:
        super().__init__(program, description)
        self.configuration = configuration

    @classmethod
    def find(cls) -> Avrdude:
        """Find avrdude on PATH, or inside an Arduino installation.

        Raises
        ------
        ToolchainError
            If there is none that starts.
        """
        problems = []
        for program, configuration in _avrdudes():
            try:
                said = run([program, "-?"], timeout=10).stderr
            except ToolchainError as error:
                problems.append(str(error))
                continue
            words = said.split("avrdude version ", 1)
            version = words[1].split(",")[0].strip() if len(words) == 2 else "of unknown version"
            return cls(program, f"avrdude {version}", configuration)
        raise ToolchainError("; ".join(problems) or "no avrdude on PATH or in an Arduino installation")

    def command(self, port: str, file: Path, baud: int) -> list[str]:
        """Write without erasing the whole chip, which the boot loader does not do, and verify."""
        configuration = ["-C", str(self.configuration)] if self.configuration else []
        board = ["-c", "arduino", "-p", "atmega328p", "-P", port, "-b", str(baud)]
        return [str(self.program), *configuration, *board, "-D", "-U", f"flash:w:{file}:i"]


class ArduinoCliUploader(Uploader):
    """arduino-cli with its ``arduino:avr`` core, which brings avrdude."""

    @classmethod
    def find(cls) -> ArduinoCliUploader:
        """Find arduino-cli on PATH with the core for the Uno.

        Raises
        ------
        ToolchainError
            If it is not there, or has no core.
        """
        finding, program = look("arduino-cli"), shutil.which("arduino-cli")
        if finding.toolchain is None or program is None:
            raise ToolchainError(finding.problem)
        return cls(Path(program), finding.toolchain.description)

    def command(self, port: str, file: Path, baud: int) -> list[str]:
        """Upload and verify; ``--verbose`` passes on what avrdude says."""
        board = "arduino:avr:uno" if baud == BAUD else "arduino:avr:nano:cpu=atmega328old"
        arguments = ["--fqbn", board, "--port", port, "--protocol", "serial", "--input-file", str(file)]
        return [str(self.program), "upload", *arguments, "--verify", "--verbose"]


def find_uploader() -> Uploader:
    """Return the first uploader that works: arduino-cli, else avrdude.

    Raises
    ------
    PortError
        ``"no uploader"``; the message says how to install one.
    """
    problems = []
    for kind in (ArduinoCliUploader, Avrdude):
        try:
            return kind.find()
        except ToolchainError as error:
            problems.append(str(error))
    raise port_errors.no_uploader(problems)


def _avrdudes() -> Iterator[tuple[Path, Path | None]]:
    """Yield programs with their configuration files, the preferred one first."""
    found = shutil.which("avrdude")
    if found:
        yield Path(found), None
    name = "avrdude.exe" if sys.platform == "win32" else "avrdude"
    for home in arduino_homes():
        tools = (home / "packages" / "arduino" / "tools" / "avrdude").glob("*")
        for folder in sorted(tools, reverse=True):
            yield from _inside(folder, name)
    for place in _ides():
        yield from _inside(place / "hardware" / "tools" / "avr", name)


def _inside(folder: Path, name: str) -> Iterator[tuple[Path, Path | None]]:
    program, configuration = folder / "bin" / name, folder / "etc" / "avrdude.conf"
    if program.is_file() and configuration.is_file():
        yield program, configuration


def _ides() -> list[Path]:
    """Return where Arduino IDEs of version 1 usually lie."""
    if sys.platform == "win32":
        variables = ("ProgramFiles(x86)", "ProgramFiles")
        return [Path(os.environ[name]) / "Arduino" for name in variables if name in os.environ]
    if sys.platform == "darwin":
        return [Path("/Applications/Arduino.app/Contents/Java")]
    return [Path("/usr/share/arduino"), Path("/opt/arduino"), Path.home() / "arduino"]


class _Growing:
    """Passes a percentage on when it has grown."""

    def __init__(self, progress: Percent) -> None:
        self._progress = progress
        self._told = 0

    def hear(self, log: str) -> None:
        """Look how far the uploader is."""
        percent = avrdude_log.progress_of(log)
        if percent > self._told:
            self._told = percent
            self._progress(percent)


class _Presence:
    """Whether the port is still there: avrdude itself waits for a board that was unplugged."""

    def __init__(self, port: str) -> None:
        self._port = port
        self._next_look = 0.0

    def is_there(self) -> bool:
        """Look; on Windows once a second, for it takes longer there."""
        if sys.platform != "win32":
            return Path(self._port).exists()
        if time.monotonic() < self._next_look:
            return True
        self._next_look = time.monotonic() + _WINDOWS_LOOKS_EVERY
        return any(port.device.upper() == self._port.upper() for port in all_ports())


def _failure(uploader: Uploader, port: str, ended: Ended, timeout: float) -> PortError:
    """Return the error for an uploader that failed or was stopped."""
    who, words = uploader.description, avrdude_log.last_words(ended.log)
    stuck = ended.why_stopped == "timeout"
    kind = "upload failed" if stuck else avrdude_log.cause_of(ended.log)
    if ended.why_stopped == "gone" or kind == "unplugged" or not _Presence(port).is_there():
        return port_errors.unplugged_while_writing(port)
    if kind == "verification failed":
        return port_errors.verification_failed(port, who, words)
    if kind == "wrong board":
        return port_errors.wrong_board(port, f"its processor says {avrdude_log.signature_of(ended.log)}")
    if kind in ("no permission", "port busy"):
        return port_errors.no_permission(port) if kind == "no permission" else port_errors.port_busy(port)
    reason = f"did not finish within {timeout:.0f} s and was stopped" if stuck else "failed"
    return port_errors.upload_failed(port, who, reason, words, kind)
