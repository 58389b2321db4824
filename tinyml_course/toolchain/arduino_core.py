"""Find an Arduino core for AVR boards on this computer, and compile it once."""

from __future__ import annotations

import functools
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tinyml_course.toolchain.cache import digest

_SOURCE_SUFFIXES = (".c", ".cpp", ".S")


@dataclass(frozen=True)
class ArduinoCore:
    """The folder that holds ``cores/arduino`` and ``variants/standard``.

    Parameters
    ----------
    root : Path
        The folder.
    version : str
        From its ``platform.txt``, for example ``"1.8.7"``.
    """

    root: Path
    version: str

    @property
    def includes(self) -> list[str]:
        """Compiler flags that find ``Arduino.h`` and the Uno's pins."""
        return [f"-I{self.root / 'cores' / 'arduino'}", f"-I{self.root / 'variants' / 'standard'}"]

    @property
    def sources(self) -> list[Path]:
        """Every C, C++ and assembly file of the core, in a fixed order."""
        return sorted(path for path in (self.root / "cores" / "arduino").rglob("*") if path.suffix in _SOURCE_SUFFIXES)

    @functools.cached_property
    def content(self) -> str:
        """Hash of every file that a program may be compiled from."""
        files = [path for part in ("cores/arduino", "variants/standard") for path in (self.root / part).rglob("*")]
        return digest(part for path in sorted(files) if path.is_file() for part in (path.name, path.read_bytes()))


def find_cores() -> list[ArduinoCore]:
    """Return the cores on this computer, the preferred one first.

    ``TINYML_ARDUINO_CORE`` comes first, then Debian's package, then what the Arduino IDE or
    arduino-cli installed for this user, newest first.
    """
    found = []
    for root in _places():
        platform = root / "platform.txt"
        if (root / "cores" / "arduino" / "Arduino.h").is_file() and platform.is_file():
            version = re.search(r"^version=(\S+)", platform.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
            found.append(ArduinoCore(root, version[1] if version else "of unknown version"))
    return found


def _places() -> Iterator[Path]:
    chosen = os.environ.get("TINYML_ARDUINO_CORE")
    if chosen:
        yield Path(chosen)
    yield Path("/usr/share/arduino/hardware/arduino/avr")
    for home in arduino_homes():
        versions = (home / "packages" / "arduino" / "hardware" / "avr").glob("*")
        yield from sorted(versions, key=lambda path: _numbers(path.name), reverse=True)


def arduino_homes() -> list[Path]:
    """Return the folders where the Arduino IDE and arduino-cli keep what they install."""
    home = Path.home()
    chosen = os.environ.get("ARDUINO_DIRECTORIES_DATA")
    places = [Path(chosen)] if chosen else []
    if sys.platform == "win32":
        places.append(Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local")) / "Arduino15")
    elif sys.platform == "darwin":
        places.append(home / "Library" / "Arduino15")
    else:
        places += [home / ".arduino15", home / "snap" / "arduino" / "current" / ".arduino15"]
    return places


def compiler_folders() -> list[Path]:
    """Return the folders of the compilers that the Arduino IDE or arduino-cli installed, newest first."""
    folders = [
        folder
        for home in arduino_homes()
        for folder in (home / "packages" / "arduino" / "tools" / "avr-gcc").glob("*/bin")
    ]
    return sorted(folders, key=lambda path: _numbers(path.parent.name), reverse=True)


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]
