"""What every compiler for a board has in common: ``Sketch`` in, ``Build`` out, each program compiled once."""

from __future__ import annotations

import base64
import json
import tempfile
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from pathlib import Path

from tinyml_course.boards import BoardSpec, get_board
from tinyml_course.errors import InputError, MemoryLimitError
from tinyml_course.export.sketch import Sketch
from tinyml_course.toolchain.build_result import Build
from tinyml_course.toolchain.cache import Cache, digest
from tinyml_course.toolchain.elf import AvrElf
from tinyml_course.toolchain.process import NO_ROOM, no_room

#: What the compilers understand; ``-Os`` is the Arduino tools' own choice.
OPTIMIZATIONS = ("-Os", "-O0", "-O1", "-O2", "-O3")

# Part of every cache key: raise it when the meaning of an entry changes.
_CACHE_FORMAT = "build-1"


@dataclass(frozen=True)
class Linked:
    """What the linker made.

    Parameters
    ----------
    elf : bytes
        The linked program.
    hex : str
        The same as Intel HEX; empty if the program is larger than the chip.
    """

    elf: bytes
    hex: str


class Toolchain(ABC):
    """A compiler for the board that was run once and works.

    Parameters
    ----------
    name : str
        ``"arduino-cli"``, ``"avr-gcc+core"``, ``"avr-gcc"`` or ``"pypi"``.
    version : str
        The compiler's own version, for example ``"7.3.0"``.
    description : str
        Compiler and core with versions, as reports print it.
    arduino_core : str or None
        Version of the Arduino core that ``NAME.ino`` is compiled with. None means that there is no
        core and ``NAME_main.c`` is compiled.
    """

    def __init__(self, name: str, version: str, description: str, arduino_core: str | None) -> None:
        self.name = name
        self.version = version
        self.description = description
        self.arduino_core = arduino_core

    def __repr__(self) -> str:
        return f"<Toolchain {self.name}: {self.description}>"

    def build(self, sketch: Sketch, optimization: str = "-Os") -> Build:
        """Compile and link `sketch`, or take the program from the cache.

        Parameters
        ----------
        sketch : Sketch
            What to compile.
        optimization : str
            One of :data:`OPTIMIZATIONS`; default ``"-Os"``, as the Arduino tools.

        Raises
        ------
        CompileError
            If the compiler refuses the sketch; the message has its first errors.
        MemoryLimitError
            If the program needs more flash or SRAM than the board has.
        ToolchainError
            If the compiler cannot run, or the disk is full.
        InputError
            If `optimization` is unknown, the sketch is for a board with another processor than the Uno's, or it
            has no file this compiler could start from.
        """
        if optimization not in OPTIMIZATIONS:
            raise InputError(f"Unknown optimization {optimization!r}. Known: {', '.join(OPTIMIZATIONS)}.")
        get_board(sketch.board).require_virtual()
        self._check_sources(sketch)
        cache = Cache()
        sources = [text for item in sorted(sketch.files.items()) for text in item]
        key = digest([_CACHE_FORMAT, self.identity(), optimization, sketch.board, sketch.name, *sources])
        kept = cache.get(key)
        if kept is not None:
            return _unpack(kept)
        build = self._build_anew(sketch, optimization)
        cache.put(key, _pack(build))
        return build

    @abstractmethod
    def identity(self) -> str:
        """Return what, besides the sources, decides the bytes of a program: versions and flags."""

    @abstractmethod
    def link(self, sketch: Sketch, optimization: str, folder: Path) -> Linked:
        """Compile and link in the empty `folder`; a program too large for the chip is returned as well."""

    def _check_sources(self, sketch: Sketch) -> None:
        needed = f"{sketch.name}.ino" if self.arduino_core else f"{sketch.name}_main.c"
        if needed not in sketch.files:
            reason = "" if self.arduino_core else " Without the Arduino core it is where the program starts."
            raise InputError(
                f"The sketch {sketch.name!r} has no file {needed}, which {self.description} compiles.{reason} "
                f"It has: {', '.join(sorted(sketch.files)) or 'no files'}."
            )

    def _build_anew(self, sketch: Sketch, optimization: str) -> Build:
        board = get_board(sketch.board)
        try:
            with tempfile.TemporaryDirectory(prefix="tinyml-", ignore_cleanup_errors=True) as folder:
                linked = self.link(sketch, optimization, Path(folder).resolve())
        except OSError as error:
            if error.errno in NO_ROOM:
                raise no_room(tempfile.gettempdir()) from error
            raise
        program = AvrElf(linked.elf)
        build = Build(
            name=sketch.name,
            hex=linked.hex,
            elf=linked.elf,
            flash_bytes=program.flash_bytes,
            sram_static_bytes=program.sram_static_bytes,
            sram_static_end=program.sram_static_end,
            toolchain=self.description,
            optimization=optimization,
            board=sketch.board,
        )
        _check_fits(build, board)
        return build


def _check_fits(build: Build, board: BoardSpec) -> None:
    if build.flash_bytes > board.flash_bytes:
        remedy = "Use a smaller model (fewer parameters or fewer bits), or optimize for size."
        raise MemoryLimitError("flash", build.flash_bytes, board.flash_bytes, board.name, remedy)
    if build.sram_static_bytes > board.sram_bytes:
        remedy = "Keep constant tables in flash (PROGMEM), or use smaller buffers; the stack needs SRAM too."
        raise MemoryLimitError("SRAM", build.sram_static_bytes, board.sram_bytes, board.name, remedy)


def _pack(build: Build) -> bytes:
    return json.dumps({**asdict(build), "elf": base64.b64encode(build.elf).decode()}).encode()


def _unpack(content: bytes) -> Build:
    fields = json.loads(content)
    return Build(**{**fields, "elf": base64.b64decode(fields["elf"])})
