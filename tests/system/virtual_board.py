"""A virtual board that other programs cannot tell from a real one: ``virtual_board.c``, started and stopped."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TypeAlias

from tinyml_course.toolchain.arduino_core import find_cores

SOURCE = Path(__file__).parent / "virtual_board.c"
#: How to get everything that the tests with a board need.
APT_LINE = f"apt-get install {' '.join((Path(__file__).parents[2] / 'apt-system.txt').read_text().split())}"
UNO, OLDER = "atmega328p", "atmega168"
# Debian's compiler makes 532 bytes of optiboot: the .hex in its package ends 20 bytes behind the end of the flash and
# runs on no chip. These options, the Makefile's own and less inlining, leave the source as it is; 498 bytes fit.
_OPTIMIZE = "-Os -fno-inline -fno-move-loop-invariants -fno-split-wide-types -mshort-calls"
_END_SECONDS = 30

#: A function that plugs in a board: its keywords are those of :class:`VirtualBoard`.
Plug: TypeAlias = "Callable[..., VirtualBoard]"


class MissingProgramError(Exception):
    """Something that the tests with a board need is not installed."""


@dataclass(frozen=True)
class Ended:
    """What a board tells when it is put away.

    Parameters
    ----------
    resets : int
        How often its port was opened.
    lost : int
        Bytes since the last reset that arrived faster than its program read them.
    flash : bytes
        Everything in its flash.
    """

    resets: int
    lost: int
    flash: bytes


class Workshop:
    """Compiles the virtual board and boot loaders, each once.

    Parameters
    ----------
    folder : Path
        Where to.

    Raises
    ------
    MissingProgramError
        If a compiler, simavr or the Arduino core is missing; the message has the line that installs all.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.program = folder / "virtual_board"
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            raise MissingProgramError(f"no C compiler: {APT_LINE}")
        options = ["-O2", "-Wall", "-Wextra", "-Werror"]
        self._run([compiler, *options, str(SOURCE), "-o", str(self.program), "-lsimavr", "-lelf"])

    def bootloader(self, mcu: str) -> Path:
        """Optiboot for a chip, from the source in the Arduino core, as a .hex file."""
        target = mcu.removesuffix("p")
        folder = self.folder / f"optiboot-{target}"
        hex_file = folder / f"optiboot_{target}.hex"
        if not folder.exists():
            sources = [core.root / "bootloaders" / "optiboot" for core in find_cores()]
            source = next((path for path in sources if (path / "Makefile").is_file()), None)
            if source is None or shutil.which("make") is None or shutil.which("avr-gcc") is None:
                raise MissingProgramError(f"optiboot needs its source, make and avr-gcc: {APT_LINE}")
            shutil.copytree(source, folder, ignore=shutil.ignore_patterns("*.hex"))
            self._run(["make", "-s", "-C", str(folder), target, f"OPTIMIZE={_OPTIMIZE}"])
        return hex_file

    def _run(self, command: list[str]) -> None:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode:
            raise MissingProgramError(f"{' '.join(command)} failed. Is all of this there? {APT_LINE}\n{done.stderr}")


class VirtualBoard:
    """A board on a cable; whoever opens its port resets it.

    Parameters
    ----------
    workshop : Workshop
        Where the board was compiled.
    folder : Path
        Where its port appears.
    name : str
        Name of the port in that folder.
    mcu : str
        The chip, as simavr calls it.
    program : Path, optional
        What is in its flash, a .hex file; by default optiboot.
    stuck : int, optional
        Address of a worn flash cell that always reads 0.
    unplug : int, optional
        After how many bytes from the computer somebody pulls the cable.
    """

    def __init__(
        self,
        workshop: Workshop,
        folder: Path,
        name: str = "ttyACM0",
        mcu: str = UNO,
        program: Path | None = None,
        stuck: int | None = None,
        unplug: int | None = None,
    ) -> None:
        self._link = folder / name
        faults = {"stuck": stuck, "unplug": unplug}
        command = [workshop.program, mcu, program or workshop.bootloader(mcu), self._link]
        command += [f"{fault}={value}" for fault, value in faults.items() if value is not None]
        self._log = (folder / f"{name}.log").open("w+")
        self._process = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True
        )
        assert self._process.stdout
        words = self._process.stdout.readline().split()
        if words[:1] != ["port"]:
            self.unplug()
            raise RuntimeError((folder / f"{name}.log").read_text())
        #: Names of the port: the one to use, and the one behind it.
        self.port, self.device = str(self._link), words[1]

    def __enter__(self) -> VirtualBoard:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.unplug()

    def signal(self, number: int) -> None:
        """Send a signal to the board's process: SIGSTOP makes it fall silent."""
        os.kill(self._process.pid, number)

    def unplug(self) -> None:
        """Pull the cable, now; pulling it twice does no harm."""
        self._link.unlink(missing_ok=True)
        self._process.kill()
        self._process.communicate()
        self._log.close()

    def put_away(self) -> Ended:
        """Ask the board what happened to it, and end it."""
        told = dict(line.split(" ", 1) for line in self._process.communicate(timeout=_END_SECONDS)[0].splitlines())
        self._log.close()
        return Ended(int(told["resets"]), int(told["lost"]), bytes.fromhex(told["flash"]))
