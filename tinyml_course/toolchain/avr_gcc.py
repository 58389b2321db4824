"""avr-gcc, called as the Arduino tools call it, with an Arduino core or without."""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tinyml_course.boards import get_board
from tinyml_course.errors import ToolchainError
from tinyml_course.export.sketch import Sketch
from tinyml_course.toolchain import ino
from tinyml_course.toolchain.arduino_core import ArduinoCore
from tinyml_course.toolchain.base import Linked, Toolchain
from tinyml_course.toolchain.cache import Cache, digest
from tinyml_course.toolchain.diagnostics import overflows, refusal
from tinyml_course.toolchain.process import Finished, run

# The recipes of the Arduino AVR core's platform.txt, version 1.8.
_COMMON = ["-c", "-g", "-w", "-ffunction-sections", "-fdata-sections", "-flto"]
_C = [*_COMMON, "-std=gnu11", "-fno-fat-lto-objects"]
_CPP = [
    *_COMMON,
    *["-std=gnu++11", "-fpermissive", "-fno-exceptions", "-fno-threadsafe-statics", "-Wno-error=narrowing"],
    # Debian's core uses DECIMAL_DIG, which Debian's compiler defines for C only.
    "-DDECIMAL_DIG=__DECIMAL_DIG__",
]
_ASSEMBLY = ["-c", "-g", "-x", "assembler-with-cpp", "-flto"]
_LINK = ["-w", "-g", "-flto", "-fuse-linker-plugin", "-Wl,--gc-sections"]
_ARDUINO_DEFINES = ["-DARDUINO=10819", "-DARDUINO_AVR_UNO", "-DARDUINO_ARCH_AVR"]
_SUFFIXES = (".c", ".cpp", ".S")
_PROBE = "#include <avr/io.h>\n#include <avr/pgmspace.h>\nint main(void) { PORTB = 1; return 0; }\n"


@dataclass(frozen=True)
class AvrCompiler:
    """The programs of one avr-gcc, run once.

    Parameters
    ----------
    gcc, gxx, archiver, objcopy : Path
        Its programs.
    version : str
        For example ``"7.3.0"``.
    identity : str
        Version and hash of its C library: what decides the bytes of a program.
    """

    gcc: Path
    gxx: Path
    archiver: Path
    objcopy: Path
    version: str
    identity: str

    @classmethod
    def find(cls, folder: Path | None = None) -> AvrCompiler:
        """Find avr-gcc in `folder`, or on PATH, and compile a small program with it.

        Raises
        ------
        ToolchainError
            If it is not there or does not work; the message says which.
        """
        names = ("avr-gcc", "avr-g++", "avr-gcc-ar", "avr-objcopy")
        place = str(folder) if folder else "PATH"
        paths = []
        for name in names:
            path = shutil.which(name, path=str(folder) if folder else None)
            if path is None:
                raise ToolchainError(f"no {name} in {place}" if folder else f"no {name} on PATH")
            paths.append(Path(path))
        answer = run([paths[0], "-dumpversion"])
        version = answer.stdout.decode(errors="replace").strip()
        if answer.returncode or not re.fullmatch(r"\d+(\.\d+)*", version):
            raise ToolchainError(f"{paths[0]} does not run: {answer.stderr.strip() or 'it names no version'}")
        library = run([paths[0], "-mmcu=atmega328p", "-print-file-name=libc.a"]).stdout.decode().strip()
        _try_out(paths[0])
        content = Path(library).read_bytes() if Path(library).is_file() else b""
        gcc, gxx, archiver, objcopy = paths
        return cls(gcc, gxx, archiver, objcopy, version, identity=digest([version, content]))


class AvrGcc(Toolchain):
    """avr-gcc with the flags of the Arduino tools.

    Parameters
    ----------
    name : str
        ``"avr-gcc+core"``, ``"avr-gcc"`` or ``"pypi"``.
    compiler : AvrCompiler
        Its programs.
    core : ArduinoCore or None
        With a core, ``NAME.ino`` is compiled; without, ``NAME_main.c``.
    origin : str
        Where the compiler is from, for the description, for example ``"from PyPI"``.
    """

    def __init__(self, name: str, compiler: AvrCompiler, core: ArduinoCore | None = None, origin: str = "") -> None:
        described = f"avr-gcc {compiler.version}{' ' if origin else ''}{origin}"
        described += f" with the Arduino core {core.version}" if core else " without the Arduino core"
        super().__init__(name, compiler.version, described, core.version if core else None)
        self._compiler = compiler
        self._core = core

    def identity(self) -> str:
        """Return version, C library, core and flags as one hash."""
        flags = [*_C, *_CPP, *_ASSEMBLY, *_LINK, *_ARDUINO_DEFINES]
        return digest([self.description, self._compiler.identity, self._core.content if self._core else "", *flags])

    def link(self, sketch: Sketch, optimization: str, folder: Path) -> Linked:
        """Compile the sketch's files, then link them with the core."""
        source = sketch.write(folder)
        if self._core:
            self._translate(sketch, source)
        chip = self._chip_flags(sketch)
        includes = [f"-I{source}", *(self._core.includes if self._core else [])]
        files = sorted(path for path in source.iterdir() if path.suffix in _SUFFIXES)
        objects = [self._compile(file, source, [optimization, *chip, *includes], sketch) for file in files]
        if self._core:
            objects.append(self._core_archive(self._core, sketch, optimization, folder))
        elf, text = folder / "program.elf", folder / "program.hex"
        command: list[str | Path] = [self._compiler.gcc, *_LINK, optimization, chip[0], "-o", elf, *objects, "-lm"]
        done = run(command, cwd=source)
        if done.returncode and overflows(done.stderr):
            # Write the program nevertheless: its size is what the learner needs to know.
            done = run([*command, "-Wl,--noinhibit-exec"], cwd=source)
            if elf.is_file():
                return Linked(elf.read_bytes(), "")
        self._expect_success(done, sketch, source)
        objcopy: list[str | Path] = [self._compiler.objcopy, "-O", "ihex", "-R", ".eeprom", elf, text]
        self._expect_success(run(objcopy, cwd=source), sketch, source)
        return Linked(elf.read_bytes(), text.read_text(encoding="ascii"))

    def _chip_flags(self, sketch: Sketch) -> list[str]:
        board = get_board(sketch.board)
        defines = [f"-DF_CPU={board.clock_hz}L", *(_ARDUINO_DEFINES if self._core else [])]
        return [f"-mmcu={board.mcu}", *defines]

    def _translate(self, sketch: Sketch, source: Path) -> None:
        """Write ``NAME.ino.cpp`` beside the ``.ino`` files."""
        target = source / f"{sketch.name}.ino.cpp"
        merged = ino.merge(sketch.files, sketch.name)
        target.write_text(merged, encoding="utf-8", newline="\n")
        flags = [*_CPP[1:], *self._chip_flags(sketch), f"-I{source}", *(self._core.includes if self._core else [])]
        seen = run([self._compiler.gxx, "-E", *flags, target.name], cwd=source)
        self._expect_success(seen, sketch, source)
        functions = ino.find_functions(seen.stdout.decode("utf-8", "replace"))
        text = ino.insert_prototypes(merged, functions, sketch.name)
        target.write_text(text, encoding="utf-8", newline="\n")

    def _compile(self, file: Path, folder: Path, flags: list[str], sketch: Sketch) -> Path:
        target = folder / f"{file.name}.o"
        program, own = {
            ".c": (self._compiler.gcc, _C),
            ".cpp": (self._compiler.gxx, _CPP),
            ".S": (self._compiler.gcc, _ASSEMBLY),
        }[file.suffix]
        # Relative names keep this computer's folders out of messages and out of the program.
        name = file.name if file.parent == folder else str(file)
        self._expect_success(run([program, *own, *flags, name, "-o", target], cwd=folder), sketch, folder)
        return target

    def _core_archive(self, core: ArduinoCore, sketch: Sketch, optimization: str, folder: Path) -> Path:
        """Return the compiled core; it is compiled once for each compiler, core and optimization."""
        archive = folder / "core.a"
        cache = Cache()
        key = digest(["core-1", self.identity(), optimization, sketch.board])
        kept = cache.get(key)
        if kept is None:
            work = folder / "core-objects"  # no sketch can have this name
            work.mkdir()
            flags = [optimization, *self._chip_flags(sketch), *core.includes]
            objects = [self._compile(file, work, flags, sketch) for file in core.sources]
            self._expect_success(run([self._compiler.archiver, "rcs", archive, *objects], cwd=work), sketch, work)
            kept = archive.read_bytes()
            cache.put(key, kept)
        archive.write_bytes(kept)
        return archive

    def _expect_success(self, done: Finished, sketch: Sketch, folder: Path) -> None:
        if done.returncode:
            raise refusal(done.stderr, sketch.name, self.description, folder)


def _try_out(gcc: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="tinyml-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "probe.c").write_text(_PROBE, encoding="ascii")
        done = run([gcc, "-Os", "-mmcu=atmega328p", "probe.c", "-o", "probe.elf"], cwd=folder)
        if done.returncode:
            missing = "avr/io.h" in done.stderr or "cannot find" in done.stderr
            reason = "avr-libc is missing" if missing else done.stderr.strip().splitlines()[-1]
            raise ToolchainError(f"{gcc} cannot compile for the ATmega328P: {reason}")
