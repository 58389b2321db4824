"""The text of an exported network: what it is made of, what is proven, what is refused."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hand_made_networks import dense_network, graph_of, layer, stored, value, weights_of
from random_networks import random_network, side_by_side, small_networks

import tinyml_course as tc
from tinyml_course.boards import BOARDS
from tinyml_course.errors import ExportError, MemoryLimitError
from tinyml_course.export.arduino import check_memory
from tinyml_course.export.network import Network, Step, step_kinds
from tinyml_course.export.network_arena import fused_graph
from tinyml_course.export.network_program import load_writers, network_program
from tinyml_course.export.program import NETWORK_KINDS, Program
from tinyml_course.graph import Graph, Operator
from tinyml_course.memory import plan_memory
from tinyml_course.toolchain import Toolchain
from tinyml_course.toolchain.elf import AvrElf


def without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)


@pytest.fixture(scope="module")
def every_kind() -> Graph:
    """A graph with all kinds of operators on int8 values."""
    return side_by_side(random_network(seed) for seed in range(40))


@pytest.fixture(scope="module")
def header(every_kind) -> str:
    return tc.export_arduino(every_kind, name="probe", board="teensy_4_1").files["probe_model.h"]


def test_every_kind_has_a_writer():
    load_writers()
    assert step_kinds() == NETWORK_KINDS


@pytest.mark.usefixtures("plain_kernels")
def test_what_exported_code_must_not_have(every_kind):
    text = without_comments(tc.export_arduino(every_kind, name="probe", board="teensy_4_1").files["probe_model.h"])
    assert not re.search(r"\b(float|double|u?int64_t|malloc|free|alloca)\b", text)
    assert not re.search(r"[\w)\]] */ *[\w(]|[\w)\]] *% *[\w(]", re.sub(r'"[^"]*"|#include.*', "", text))  # no division
    assert set(re.findall(r"#include <(.*?)>", text)) == {"stdint.h", "avr/pgmspace.h"}


def test_no_function_calls_itself(header):
    bodies = re.findall(r"^static[^;{}]*?\b(probe_\w+)\([^;{}]*\)\n\{\n(.*?)^\}", without_comments(header), re.M | re.S)
    assert len(bodies) > 15
    order = [name for name, _ in bodies]
    for name, body in bodies:
        called = set(re.findall(r"\b(probe_\w+)\(", body)) & set(order)
        assert all(order.index(other) < order.index(name) for other in called), name


@pytest.mark.usefixtures("plain_kernels")
def test_each_layer_is_one_commented_call():
    graph = dense_network(0, (20, 4, 5))
    graph = replace(graph, operators=graph.operators[:1], output="v1", labels=tuple(range(4)))
    text = tc.export_arduino(graph, name="probe").files["probe_model.h"]
    assert re.search(r"/\* 0\. Dense layer.* 20.* 4.*\*/", text)
    assert max(map(len, text.splitlines())) <= 120
    assert text == tc.export_arduino(graph, name="probe").files["probe_model.h"]


def test_names_from_a_file_cannot_leave_a_comment():
    graph = dense_network(0, (20, 4))
    names = {name: f"*/ int main; /* {name}\n" for name in graph.tensors}
    tensors = {names[n]: replace(t, name=names[n]) for n, t in graph.tensors.items()}
    operator = graph.operators[0]
    changed = Operator(
        operator.kind,
        (names["v0"],),
        (names["v1"],),
        {role: names[name] for role, name in operator.parameters.items()},
        operator.attributes,
    )
    evil = replace(graph, tensors=tensors, operators=(changed,), input=names["v0"], output=names["v1"])
    evil = replace(evil, labels=("*/ int a;", "b\n", "c", "d"), description="*/ int main; /*")
    assert "int main" not in without_comments(tc.export_arduino(evil, name="probe").files["probe_model.h"])


@pytest.mark.parametrize("language", ["c99", "c++11"])
@pytest.mark.parametrize("kind", ["INT8", "INT16"])
def test_header_compiles_alone_without_a_warning(tmp_path, language, kind):
    compiler = shutil.which("g++" if "++" in language else "cc")
    if compiler is None:
        pytest.skip("needs a C and a C++ compiler for this computer")
    graph = side_by_side(random_network(seed, kind) for seed in range(300, 325))
    sketch = tc.export_arduino(graph, name="probe", board="teensy_4_1")
    (tmp_path / "probe_model.h").write_text(sketch.files["probe_model.h"])
    source = tmp_path / ("probe.cpp" if "++" in language else "probe.c")
    source.write_text('#include "probe_model.h"\n#include "probe_model.h"\n')
    flags = [f"-std={language}", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-c", "-o", str(tmp_path / "probe.o")]
    done = subprocess.run([compiler, *flags, str(source)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("kind", ["INT8", "INT16"])
@pytest.mark.parametrize("fused", [True, False])
def test_no_single_operator_brings_what_it_does_not_use(tmp_path, request, kind, fused):
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("needs a C compiler for this computer")
    if not fused:
        request.getfixturevalue("plain_kernels")
    files, kinds = [], set()
    for seed in range(120):
        graph = random_network(seed, kind, steps=1)
        if kinds >= {operator.kind for operator in graph.operators}:
            continue
        kinds |= {operator.kind for operator in graph.operators}
        sketch = tc.export_arduino(graph, name="probe", board="teensy_4_1")
        files.append(f"probe{seed}.c")
        # Included from the file itself, so that what is static and unused is noticed.
        use = "int run(const probe_input_t *x) { return probe_classify(x); }\n"
        (tmp_path / files[-1]).write_text(sketch.files["probe_model.h"] + use)
    assert len(kinds) >= 14
    command = [compiler, "-std=c99", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror", *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("language", ["c99", "c++11"])
def test_header_compiles_for_an_avr_without_a_warning(tmp_path, language):
    compiler = shutil.which("avr-g++" if "++" in language else "avr-gcc")
    if compiler is None:
        pytest.skip("needs avr-gcc: apt-get install gcc-avr avr-libc")
    for number, graph in enumerate([side_by_side(small_networks(0, 12)), side_by_side(small_networks(0, 4, "INT16"))]):
        sketch = tc.export_arduino(graph, name="probe", board="mega")
        (tmp_path / "probe_model.h").write_text(sketch.files["probe_model.h"])
        source = tmp_path / f"probe{number}.{'cpp' if '++' in language else 'c'}"
        source.write_text(
            '#include "probe_model.h"\nint main(void) { probe_output_t y[probe_OUTPUT_SIZE];\n'
            "probe_input_t x[probe_INPUT_SIZE] = {0}; probe_invoke(x, y); return probe_classify(x); }\n"
        )
        flags = ["-mmcu=atmega328p", "-Os", f"-std={language}", "-Wall", "-Wextra", "-Werror", "-c", "-o", "probe.o"]
        done = subprocess.run(
            [compiler, *flags, source.name], capture_output=True, text=True, check=False, cwd=tmp_path
        )
        assert done.returncode == 0, done.stderr


def test_the_whole_program_compiles_for_an_avr_without_a_warning(tmp_path):
    compiler = shutil.which("avr-gcc")
    if compiler is None:
        pytest.skip("needs avr-gcc: apt-get install gcc-avr avr-libc")
    folder = tc.export_arduino(dense_network(0, (300, 3, 300)), name="probe").write(tmp_path)
    flags = ["-mmcu=atmega328p", "-DF_CPU=16000000L", "-Os", "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
    command = [compiler, *flags, "probe_main.c", "-o", "probe.elf"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr


@pytest.mark.usefixtures("plain_kernels")
def test_tables_lie_in_flash_and_only_the_arena_in_sram(any_toolchain: Toolchain):
    graph = side_by_side(small_networks(20, 6))
    sketch = tc.export_arduino(graph, name="probe")
    arena = int(re.findall(r"probe_arena\[(\d+)\]", sketch.files["probe_model.h"])[0])
    build, empty = (any_toolchain.build(s, "-Os") for s in (sketch, sketch.without_model()))
    assert build.sram_static_bytes - empty.sram_static_bytes == arena
    symbols = AvrElf(build.elf).symbols
    assert symbols
    program = network_program(graph, "probe", "size")
    assert build.flash_bytes - empty.flash_bytes > program.table_bytes > 500
    assert program.arena_bytes == arena


def test_the_arena_is_what_was_planned():
    attributes = {"strides": (1, 1), "dilations": (1, 1), "padding": (0, 0, 0, 0)}
    tensors = {"x": value("x", (6, 6, 1)), "y": value("y", (4, 4, 2)), "z": value("z", (4, 4, 2))}
    first, parameters = layer(0, "conv_2d", "x", "y", weights_of(0, (2, 3, 3, 1), 2), attributes)
    roles = {"multiplier": stored("multiplier", 2**30, "int32"), "shift": stored("shift", 0, "int8")}
    second, more = layer(1, "relu", "y", "z", roles, {"activation_min": 0})
    graph = graph_of({**tensors, **parameters, **more}, [first, second], "x", "z")
    steps = [Step("a", lambda places: "", scratch_bytes=9), Step("b", lambda places: "", in_place=True)]
    plan = plan_memory(fused_graph(graph, steps), include_input=False)
    assert plan.offsets["y"] == plan.offsets["z"]  # in place
    assert plan.arena_bytes == 32 + 9
    apart = plan_memory(fused_graph(graph, [steps[0], replace(steps[1], in_place=False)]), include_input=False)
    assert apart.arena_bytes == 64
    together = plan_memory(fused_graph(graph, [Step("c", lambda places: "", count=2)]), include_input=False)
    assert set(together.offsets) == {"z"}


def test_no_step_takes_the_place_of_what_is_read_later():
    relu = {"multiplier": stored("multiplier", 2**30, "int32"), "shift": stored("shift", 0, "int8")}
    tensors = {name: value(name, (8,)) for name in ("x", "a", "b", "c")}
    first, one = layer(0, "relu", "x", "a", relu, {})
    again = Operator("reshape", ("a",), ("b",))
    second, two = layer(1, "relu", "b", "c", relu, {})
    last = Operator("concatenation", ("a", "c"), ("y",), {}, {"axis": 0})
    graph = graph_of({**tensors, **one, **two, "y": value("y", (16,))}, [first, again, second, last], "x", "y")
    step = Step("", lambda places: "", in_place=True)
    plan = plan_memory(fused_graph(graph, [step, replace(step, in_place=False), step, step]), include_input=False)
    assert plan.offsets["a"] == plan.offsets["b"] != plan.offsets["c"]
    assert "x" not in plan.offsets


def test_follows_needs_a_chain_that_nobody_else_reads():
    graph = dense_network(0, (4, 4, 4))
    assert Network(graph, "p").follows(0, "fully_connected", "fully_connected")
    assert not Network(graph, "p").follows(1, "fully_connected", "fully_connected")
    read_twice = replace(graph, output="v1", labels=tuple(range(4)))
    assert not Network(read_twice, "p").follows(0, "fully_connected", "fully_connected")


def test_models_that_are_too_large_for_the_board():
    flash, sram = dense_network(0, (200, 140, 40)), dense_network(0, (1500, 1, 900))
    with pytest.raises(MemoryLimitError, match=r"flash .* needed, 32,256 available.*board='mega'") as error:
        tc.export_arduino(flash, name="probe")
    assert error.value.needed - error.value.missing == 32256
    tc.export_arduino(flash, name="probe", board="mega")
    with pytest.raises(MemoryLimitError, match=r"SRAM .* 2,048 available") as error:
        tc.export_arduino(sram, name="probe")
    assert error.value.needed >= 2400


def test_tables_that_an_avr_cannot_reach():
    """A table behind the first 64 KB would be read from another place, without a word from the compiler."""
    far, wide = dense_network(0, (200, 150, 150, 100)), dense_network(0, (400, 100))
    with pytest.raises(MemoryLimitError, match=r"65,024 available"):
        tc.export_arduino(far, name="probe", board="mega")
    with pytest.raises(MemoryLimitError, match=r"32,767 available.*smaller layer"):
        tc.export_arduino(wide, name="probe", board="mega")
    for graph in (far, wide):
        tc.export_arduino(graph, name="probe", board="pico")


def test_code_may_lie_where_tables_may_not():
    """A model that is code alone fits the Mega's 248 KB, not only the 64 KB that an address of 16 bits reaches."""
    graph, code = dense_network(0, (4, 4)), Program((), 0, code_bytes=100_000)
    check_memory(graph, code, BOARDS["mega"])
    with pytest.raises(MemoryLimitError, match=r"100,000 bytes needed.*board='mega'"):
        check_memory(graph, code, BOARDS["uno"])
    with pytest.raises(MemoryLimitError, match=r"65,024 available"):
        check_memory(graph, replace(code, table_bytes=8), BOARDS["mega"])


def test_speed_is_refused_where_there_is_no_such_form():
    with pytest.raises(ExportError, match="speed"):
        tc.export_arduino(side_by_side(small_networks(0, 2)), name="probe", optimize="speed")


@pytest.mark.parametrize(("kind", "role", "data"), [("bias", "bias", 2**31 - 2**15), ("shift", "shift", 12)])
@pytest.mark.usefixtures("plain_kernels")
def test_a_sum_that_could_overflow_is_refused(kind, role, data):
    graph = dense_network(0, (4000, 2))
    name = graph.operators[0].parameters[role]
    tensor = graph.tensors[name]
    changed = replace(tensor, data=np.full(tensor.shape, data, tensor.dtype))
    with pytest.raises(ExportError, match="could overflow"):
        tc.export_arduino(replace(graph, tensors={**graph.tensors, name: changed}), name="probe")


def test_fixed_c_is_written_for_both_types_of_values():
    folder = Path(tc.__file__).parent / "export" / "c"
    for file in sorted(folder.glob("network_*.h")):
        text = file.read_text(encoding="utf-8")
        assert "model_value_t" not in text, file.name
        assert max(map(len, text.splitlines())) <= 120, file.name
