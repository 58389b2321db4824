"""The same programs on libsimavr, a simulator by other people (GPL: it stays outside of this package)."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import tinyml_course as tc
from tinyml_course.board import UnoSimulator
from tinyml_course.export.sketch import Sketch
from tinyml_course.toolchain import Build, Toolchain

SOURCE = Path(__file__).parent / "data" / "simavr_run.c"
NEEDED = "needs libsimavr and a C compiler (Debian: apt-get install libsimavr-dev libelf-dev gcc)"
TICK_US = 4  # Timer 1 counts every 64 cycles at most
Runner = Callable[[Build, list[str]], tuple[list[str], list[tuple[int, ...]], int]]

ARITHMETIC = """
#include <math.h>
__attribute__((noinline)) static int32_t whole(int32_t a, int32_t b) { return a / b * 7 + a % b - (a >> 3) * b; }
__attribute__((noinline)) static float real(float a, float b) { return a / b * 3.5f + sqrtf(b) - expf(a * 0.001f); }
__attribute__((noinline)) static int64_t wide(int64_t a, int64_t b) { return a * b + a / b; }
__attribute__((noinline)) static uint16_t deep(uint8_t n) {
    volatile uint8_t local[9];
    local[n % 9] = n;
    return n ? deep(n - 1) + local[n % 9] : 0;
}
static void show(uint32_t value) {
    for (int8_t shift = 28; shift >= 0; shift -= 4) put("0123456789abcdef"[value >> shift & 15]);
    put(' ');
}
int main(void) {
    open(16);
    for (volatile int16_t i = -40; i < 40; i += 7) {
        union { float f; uint32_t u; } bits;
        GPIOR0 = 1; int32_t a = whole((int32_t)i * 70001, i + 3);
        GPIOR0 = 2; bits.f = real(i * 1.25f, 3.0f + i * i);
        GPIOR0 = 3; int64_t b = wide((int64_t)i * 123456789, 1000 - i);
        GPIOR0 = 4; uint16_t c = deep(40 + i);
        GPIOR0 = 5; show(a); show(bits.u); show(b); show(b >> 32); show(c);
        put('\\n');
    }
    for (;;) { }
}
"""


@pytest.fixture(scope="session")
def simavr(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """Run a build with request lines: the answers, the marks (cycle, value, SP, lowest SP) and the lowest SP."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip(NEEDED)
    folder = tmp_path_factory.mktemp("simavr")
    program = folder / "simavr_run"
    command = [compiler, "-O2", "-Wall", str(SOURCE), "-o", str(program), "-lsimavr", "-lelf"]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        probe = [compiler, "-E", "-include", "simavr/sim_avr.h", "-x", "c", "-"]
        if subprocess.run(probe, input=b"", capture_output=True, check=False).returncode:
            pytest.skip(NEEDED)
        subprocess.run(command, check=True)

    def run(build: Build, requests: list[str]) -> tuple[list[str], list[tuple[int, ...]], int]:
        hex_file = folder / f"{build.name}-{abs(hash(build.hex))}.hex"
        hex_file.write_text(build.hex, encoding="ascii")
        text = "".join(f"{line}\n" for line in requests)
        done = subprocess.run([program, hex_file, "400000000"], input=text, capture_output=True, text=True, check=True)
        rows = [line.split(" ", 1) for line in done.stdout.splitlines()]
        lines = [rest for kind, rest in rows if kind == "line"]
        marks = [tuple(map(int, rest.split())) for kind, rest in rows if kind == "mark"]
        return lines, marks, next(int(rest) for kind, rest in rows if kind == "lowest")

    return run


def compare(build: Build, requests: list[str], answers: int, simavr: Runner) -> None:
    """Both simulators give the same text, cycles from mark to mark and stack."""
    lines, marks, lowest = simavr(build, requests)
    with UnoSimulator(build.hex, build.sram_static_end) as uno:
        ours = [uno.run_until(b"\n", 10_000_000)]
        for request in requests:
            uno.send(request.encode() + b"\n")
            ours.append(uno.run_until(b"\n", 10_000_000))
        while len(ours) < answers:
            ours.append(uno.run_until(b"\n", 10_000_000))
        assert len(ours) == len(lines)
        for line, theirs in zip(ours, lines, strict=True):
            same_answer(line.decode().rstrip("\n"), theirs)
        assert len(lines) == answers
        assert [mark.value for mark in uno.marks] == [mark[1] for mark in marks]
        assert [mark.stack_pointer for mark in uno.marks] == [mark[2] for mark in marks]
        assert [mark.stack_pointer_minimum for mark in uno.marks] == [mark[3] for mark in marks]
        assert uno.stack_pointer_minimum == lowest
        assert measured([(mark.cycle, mark.value) for mark in uno.marks]) == measured([mark[:2] for mark in marks])


def same_answer(line: str, theirs: str) -> None:
    """All words are the same, but a time from Timer 1 may differ by a tick: its prescaler runs at its own phase."""
    ours, words = line.split(" "), theirs.split(" ")
    if ours[0] in ("c", "o"):
        assert abs(int(ours.pop(2)) - int(words.pop(2))) <= TICK_US
    assert ours == words


def measured(marks: list[tuple[int, ...]]) -> list[int]:
    """Cycles from mark to mark where the values rise; where they fall, serial bytes were awaited in between."""
    return [end[0] - begin[0] for begin, end in itertools.pairwise(marks) if end[1] > begin[1]]


@pytest.mark.parametrize("optimization", ["-Os", "-O2", "-O0"])
def test_arithmetic_cycles_and_stack(
    optimization: str, build_program: Callable[..., Build], serial: str, simavr: Runner
) -> None:
    source = serial + ARITHMETIC
    build = build_program(source, optimization=optimization)
    lines, marks, _ = simavr(build, [""] * 11)
    assert len(marks) == 12 * 5
    assert len(lines) == 12
    compare(build, [""] * 11, 12, simavr)


@pytest.mark.parametrize("optimization", ["-Os", "-O2"])
def test_a_sketch_with_its_serial_protocol(
    optimization: str, tiny: Callable[..., Sketch], bare_toolchain: Toolchain, simavr: Runner
) -> None:
    samples = np.random.default_rng(1).integers(-1000, 1001, (25, 4)).astype("<i2")
    requests = ["i", "x", "c 12", *(f"o {sample.tobytes().hex()}" for sample in samples)]
    build = bare_toolchain.build(tiny(), optimization)
    lines, marks, _ = simavr(build, requests)
    assert len(marks) == 2 * 25
    compare(build, requests, len(lines), simavr)


@pytest.mark.parametrize("optimization", ["-Os", "-O2"])
def test_an_exported_sketch(
    optimization: str, digits_graph: tc.Graph, digits: tc.Dataset, bare_toolchain: Toolchain, simavr: Runner
) -> None:
    build = bare_toolchain.build(tc.export_arduino(digits_graph, name="digits"), optimization)
    requests = ["i", *(f"o {image.tobytes().hex()}" for image in digits.x_test[:25])]
    compare(build, requests, 1 + len(requests), simavr)
