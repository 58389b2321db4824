"""arduino-cli: the Arduino tools' own build, with the core and compiler it installed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from tinyml_course.boards import get_board
from tinyml_course.errors import ToolchainError
from tinyml_course.export.sketch import Sketch
from tinyml_course.toolchain.base import Linked, Toolchain
from tinyml_course.toolchain.cache import digest
from tinyml_course.toolchain.diagnostics import overflows, refusal
from tinyml_course.toolchain.process import run

_PLATFORM = "arduino:avr"


class ArduinoCli(Toolchain):
    """arduino-cli with its ``arduino:avr`` core.

    Parameters
    ----------
    program : Path
        The command.
    version : str
        Of arduino-cli.
    core : str
        Version of the installed ``arduino:avr`` core.
    """

    def __init__(self, program: Path, version: str, core: str) -> None:
        super().__init__("arduino-cli", version, f"arduino-cli {version} with the Arduino core {core}", core)
        self._program = program

    @classmethod
    def find(cls) -> ArduinoCli:
        """Find arduino-cli on PATH and ask it for its core.

        Raises
        ------
        ToolchainError
            If it is not there, does not run, or has no ``arduino:avr`` core.
        """
        found = shutil.which("arduino-cli")
        if found is None:
            raise ToolchainError("no arduino-cli on PATH")
        program = Path(found)
        version = str(_ask(program, "version").get("VersionString", ""))
        core = _installed_core(_ask(program, "core", "list"))
        if not version:
            raise ToolchainError(f"{program} does not say its version")
        if not core:
            raise ToolchainError(
                f"arduino-cli {version} has no core for the Uno; run: arduino-cli core install {_PLATFORM}"
            )
        return cls(program, version, core)

    def identity(self) -> str:
        """Return the versions of arduino-cli and its core as one hash."""
        return digest([self.description])

    def link(self, sketch: Sketch, optimization: str, folder: Path) -> Linked:
        """Let arduino-cli compile the sketch folder."""
        source = sketch.write(folder)
        done = self._compile(source, folder / "build", optimization, "", sketch)
        if not done["success"] and overflows(str(done.get("compiler_err", ""))):
            # Write the program nevertheless: its size is what the learner needs to know.
            done = self._compile(source, folder / "build", optimization, "-Wl,--noinhibit-exec", sketch)
        elf, text = (folder / "build" / f"{sketch.name}.ino.{kind}" for kind in ("elf", "hex"))
        # arduino-cli also fails for a program larger than the chip, after it has written it.
        if elf.is_file():
            return Linked(elf.read_bytes(), text.read_text(encoding="ascii") if text.is_file() else "")
        messages = str(done.get("compiler_err", ""))
        if "error" not in messages:  # arduino-cli itself refused, for example a board it does not know
            messages += f"\nerror: {done.get('error', 'it gave no reason')}"
        raise refusal(messages, sketch.name, self.description, source)

    def _compile(self, source: Path, target: Path, optimization: str, extra: str, sketch: Sketch) -> dict[str, Any]:
        properties = {
            "compiler.c.extra_flags": optimization,
            "compiler.cpp.extra_flags": optimization,
            "compiler.c.elf.extra_flags": f"{optimization} {extra}".strip(),
        }
        options = [part for item in properties.items() for part in ("--build-property", "=".join(item))]
        command = ["compile", "--fqbn", get_board(sketch.board).fqbn, "--warnings", "none", "--build-path", str(target)]
        done = _ask(self._program, *command, *options, str(source), may_fail=True)
        if not isinstance(done.get("success"), bool):
            raise ToolchainError(f"{self._program} compile did not say whether it succeeded: {str(done)[:200]}")
        return done


def _ask(program: Path, *arguments: str, may_fail: bool = False) -> dict[str, Any]:
    """Run a command of arduino-cli and return its JSON answer."""
    done = run([program, *arguments, "--format", "json"])
    try:
        answer = json.loads(done.stdout)
    except ValueError as error:
        said = done.stderr.strip() or done.stdout[:200].decode("utf-8", "replace")
        raise ToolchainError(f"{program} {arguments[0]} did not answer in JSON: {said or 'no output'}") from error
    if done.returncode and not may_fail:
        raise ToolchainError(f"{program} {arguments[0]} failed: {done.stderr.strip() or answer}")
    # Before version 1.0 `core list` answered with the bare list.
    return {"platforms": answer} if isinstance(answer, list) else dict(answer)


def _installed_core(answer: dict[str, Any]) -> str:
    for platform in answer.get("platforms") or []:
        if platform.get("id") == _PLATFORM:
            return str(platform.get("installed_version") or platform.get("installed") or "")
    return ""
