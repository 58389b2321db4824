"""A stand-in for arduino-cli: its arguments and JSON answers, with another compiler behind it.

It logs its arguments to FAKE_CLI_LOG; FAKE_CLI_COMPILER names the toolchain that compiles. Like the
real one it writes NAME.ino.elf and NAME.ino.hex into the build path and then fails if they do not fit.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from tinyml_course.errors import CompileError
from tinyml_course.export.sketch import Sketch
from tinyml_course.toolchain.discovery import look
from tinyml_course.toolchain.elf import AvrElf

CORES = '{"platforms": [{"id": "arduino:avr", "installed_version": "1.8.6", "latest_version": "1.8.6"}]}'


def compile_sketch(arguments: list[str]) -> int:
    import numpy as np

    target = Path(arguments[arguments.index("--build-path") + 1])
    properties = [arguments[place + 1] for place, word in enumerate(arguments) if word == "--build-property"]
    flags = dict(text.split("=", 1) for text in properties)["compiler.c.extra_flags"]
    source = Path(arguments[-3])
    files = {path.name: path.read_text(encoding="utf-8") for path in source.iterdir()}
    byte = np.dtype(np.uint8)
    compiler = look(os.environ["FAKE_CLI_COMPILER"]).toolchain
    assert compiler is not None
    target.mkdir(parents=True)
    (target / "work").mkdir()
    try:
        linked = compiler.link(Sketch(source.name, files, byte, byte, 1, 1, 0, 1), flags, target / "work")
    except CompileError as error:
        said = [line.strip().split(": ", 1) for line in str(error).splitlines() if line.startswith("  sums")]
        messages = "".join(f"{source}/{place}:1: error: {text}\n" for place, text in said)
        print(json.dumps({"compiler_err": messages, "success": False, "error": "Error during build: exit status 1"}))
        return 1
    (target / f"{source.name}.ino.elf").write_bytes(linked.elf)
    (target / f"{source.name}.ino.hex").write_text(linked.hex)
    if AvrElf(linked.elf).flash_bytes > 32256:
        error = "Error during build: text section exceeds available space in board"
        print(json.dumps({"compiler_err": "Sketch too big", "success": False, "error": error}))
        return 1
    print(json.dumps({"compiler_out": "", "compiler_err": "", "builder_result": {}, "success": True}))
    return 0


def main(arguments: list[str]) -> int:
    with Path(os.environ["FAKE_CLI_LOG"]).open("a", encoding="utf-8") as log:
        log.write(json.dumps(arguments) + "\n")
    if arguments[0] == "version":
        print('{"Application": "arduino-cli", "VersionString": "1.2.0"}')
    elif arguments[:2] == ["core", "list"]:
        print(os.environ.get("FAKE_CLI_CORES", CORES))
    elif arguments[0] == "compile":
        return compile_sketch(arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
