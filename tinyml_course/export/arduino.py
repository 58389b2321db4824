"""A graph as an Arduino sketch."""

from __future__ import annotations

import math
import textwrap

import numpy as np

from tinyml_course.boards import BOARDS, BoardSpec, get_board
from tinyml_course.errors import MemoryLimitError
from tinyml_course.export.c_text import c_integer, check_name, class_integer, comment_text, defines, fixed_c, table
from tinyml_course.export.program import Program, program_of
from tinyml_course.export.sketch import Sketch
from tinyml_course.graph import Array, Graph, InputContract, check_graph
from tinyml_course.version import __version__

#: Flash of an AVR that tables can be read from: 16-bit addresses reach 64 KB, and the interrupt vectors come first.
NEAR_FLASH_BYTES = 2**16 - 512
#: Bytes of one array, at most, on an AVR.
NEAR_TABLE_BYTES = 2**15 - 1
#: Characters of a line.
LINE_WIDTH = 118
#: Characters of a list of labels in a comment.
LABELS_SHOWN = 50


def export_arduino(graph: Graph, name: str = "model_sketch", optimize: str = "size", board: str = "uno") -> Sketch:
    """Write a graph as a sketch that compiles on any board; nothing touches the disk yet.

    Parameters
    ----------
    graph : Graph
        A model in integers.
    name : str
        A C identifier; files, functions and macros carry it.
    optimize : str, default "size"
        What the program is written for: ``"size"`` keeps the weights in tables, ``"speed"`` spends flash where
        that saves cycles.
    board : str, default "uno"
        Short name of the board.

    Returns
    -------
    Sketch
        ``NAME.ino``, ``NAME_main.c`` (the same without the Arduino core), ``NAME_protocol.h`` and
        ``NAME_model.h``, the model alone: self-contained C99.

    Raises
    ------
    ExportError
        If the name is no C identifier, `optimize` is not supported, or the proof that nothing overflows fails.
    MemoryLimitError
        If the tables alone, or the arena and the input alone, are larger than the board's memory.
    """
    check_graph(graph)
    check_name(name)
    spec = get_board(board)
    program = program_of(graph, name, optimize)
    check_memory(graph, program, spec)
    header, protocol = model_header(graph, program, name, spec), protocol_header(graph, name)
    files = {
        f"{name}.ino": fixed_c("sketch.ino", name),
        f"{name}_main.c": fixed_c("main.c", name),
        f"{name}_protocol.h": protocol,
        f"{name}_model.h": header,
    }
    output = graph.tensors[graph.output]
    return Sketch(
        name=name,
        files=files,
        input_dtype=graph.contract.dtype,
        output_dtype=output.dtype,
        input_size=graph.contract.size,
        output_size=math.prod(output.shape),
        input_minimum=graph.contract.minimum,
        input_maximum=graph.contract.maximum,
        labels=graph.labels,
        model_bytes=graph.model_bytes,
        board=spec.id,
        empty_model=empty_header(graph, name),
    )


def check_memory(graph: Graph, program: Program, spec: BoardSpec) -> None:
    """Refuse what cannot fit the board, whatever the compiler does with the code."""
    contract, near = graph.contract, spec.core == "avr"
    if near and program.largest_table_bytes > NEAR_TABLE_BYTES:
        remedy = "An array of an AVR compiler holds at most this much: use a smaller layer, or another board."
        raise MemoryLimitError("flash", program.largest_table_bytes, NEAR_TABLE_BYTES, spec.name, remedy)
    needs = {
        "flash": (program.table_bytes + program.code_bytes, _flash_bytes(spec, program)),
        "SRAM": (program.arena_bytes + contract.size * contract.dtype.itemsize, spec.sram_bytes),
    }
    for memory, (needed, available) in needs.items():
        if needed > available:
            larger = [b.id for b in BOARDS.values() if _has_room(b, program, needs["SRAM"][0])]
            names = ", ".join(f"board={board!r}" for board in larger)
            parts = "The model alone takes this much" if memory == "flash" else "The arena and the input take this much"
            remedy = f"Or export it for {names}." if larger else "No board of the catalogue is large enough."
            raise MemoryLimitError(memory, needed, available, spec.name, f"{parts}; use a smaller model. {remedy}")


def _has_room(board: BoardSpec, program: Program, sram_bytes: int) -> bool:
    """Whether tables and values leave room for a program."""
    flash_bytes = _flash_bytes(board, program)
    one = board.core != "avr" or program.largest_table_bytes <= NEAR_TABLE_BYTES
    return one and flash_bytes > program.table_bytes + program.code_bytes and board.sram_bytes > sram_bytes


def _flash_bytes(board: BoardSpec, program: Program) -> int:
    """Flash that a model can use: the tables of an AVR lie where 16 bits of address reach; code need not."""
    near = board.core == "avr" and program.table_bytes
    return min(board.flash_bytes, NEAR_FLASH_BYTES) if near else board.flash_bytes


def labels_text(graph: Graph) -> str:
    """The labels for a comment; many of them are cut short."""
    text = ", ".join(comment_text(str(label)) for label in graph.labels)
    return text if len(text) <= LABELS_SHOWN else f"{text[:LABELS_SHOWN].rsplit(',', 1)[0]}, ... ({len(graph.labels)})"


def interface(graph: Graph, name: str, contract: InputContract | None = None) -> str:
    """Types and sizes of the input and the output; `contract`, if the input is another than the graph's."""
    contract, output = contract or graph.contract, graph.tensors[graph.output]
    return (
        f"typedef {c_integer(contract.dtype)} {name}_input_t;  "
        f"/* raw values, {contract.minimum:g} to {contract.maximum:g} */\n"
        f"typedef {c_integer(output.dtype)} {name}_output_t; /* scores, one for each class: {labels_text(graph)} */\n"
        + defines(
            name,
            [
                ("INPUT_SIZE", contract.size, "values in one sample"),
                ("OUTPUT_SIZE", len(graph.labels), "classes"),
                ("MODEL_BYTES", graph.model_bytes, "every stored parameter"),
            ],
        )
    )


def guarded(name: str, part: str, text: str) -> str:
    """Return the text of ``NAME_PART.h`` that may be included twice."""
    guard = f"{name}_{part}_H".upper()
    return f"#ifndef {guard}\n#define {guard}\n\n{text}\n#endif /* {guard} */\n"


def model_header(graph: Graph, program: Program, name: str, board: BoardSpec) -> str:
    """Return the text of ``NAME_model.h``."""
    about = textwrap.wrap(
        f"/* {name}_model.h - a {graph.kind} classifier in integers ({comment_text(graph.description)})",
        LINE_WIDTH,
        subsequent_indent="   ",
    )
    title = (
        "\n".join(about) + "\n"
        f'   Written by tinyml_course {__version__}: export_arduino(graph, name="{name}"). '
        "Do not edit: export it again.\n"
        f"   Board: {board.name}. Model: {graph.model_bytes:,} bytes. Tables in flash: {program.table_bytes:,} bytes"
        f"{'; the rest is constants in the code' if program.table_bytes < graph.model_bytes else ''}.\n"
        f"   Use:   {name}_classify(sample) gives the index of a class; {name}_invoke(sample, scores) all scores.\n"
        "   No float, no division, no heap. It is proven for every allowed input that nothing overflows.\n"
        "   SPDX-License-Identifier: Apache-2.0 */\n"
    )
    if graph.contract.dtype == np.float32:
        title = title.replace("No float, no division", "No float behind the input, no division")
    sections = (fixed_c("portable.h", name), interface(graph, name), *program.sections)
    return title + guarded(name, "model", "\n".join(sections))


def empty_header(graph: Graph, name: str) -> str:
    """Return a ``NAME_model.h`` with the same interface and no model: what a sketch costs without one."""
    body = empty_body(name, len(graph.labels))
    return guarded(name, "model", "\n".join((fixed_c("portable.h", name), interface(graph, name), body)))


def empty_body(name: str, classes: int) -> str:
    """Return ``NAME_invoke`` and ``NAME_classify`` without a model."""
    class_type = class_integer(classes)
    return (
        f"static inline void {name}_invoke(const {name}_input_t *input, {name}_output_t *output)\n"
        f"{{\n    for ({class_type} c = 0; c < {name}_OUTPUT_SIZE; c++) output[c] = ({name}_output_t)input[0];\n}}\n\n"
        f"static inline {class_type} {name}_classify(const {name}_input_t *input)\n"
        f"{{\n    return ({class_type})input[0];\n}}\n"
    )


def protocol_header(graph: Graph, name: str) -> str:
    """Return the text of ``NAME_protocol.h``: the serial protocol and the self-test's samples."""
    contract = graph.contract
    samples = np.ascontiguousarray(graph.examples.reshape(len(graph.examples), contract.size))
    if not len(samples):  # the board's self-test then has the sample of smallest values
        samples = np.full((1, contract.size), contract.minimum, contract.dtype)
    return protocol_text(graph, name, contract, samples, graph.classify(samples))


def protocol_text(graph: Graph, name: str, contract: InputContract, samples: Array, classes: Array) -> str:
    """Return the text of ``NAME_protocol.h`` for raw samples, shape (k, size), with the classes they should get."""
    class_type = class_integer(len(graph.labels))
    rows = [
        (
            f"sample {k}: {comment_text(str(graph.labels[c]))}",
            sample.astype(sample.dtype.newbyteorder("<")).view(np.uint8),
        )
        for k, (sample, c) in enumerate(zip(samples, classes, strict=True))
    ]
    length_type = "uint16_t" if contract.size * contract.dtype.itemsize < 2**15 else "uint32_t"
    integers = contract.dtype.kind != "f"
    limits = f" {int(contract.minimum)} {int(contract.maximum)}" if integers else " - -"
    text = (
        defines(name, [("SELF_TESTS", len(samples), "samples of the self-test")])
        + f'#define {name}_RANGE_TEXT "{limits}" /* smallest and largest value of a sample */\n\n'
        + table(
            "uint8_t",
            f"{name}_self_test_samples[{len(samples)}][{contract.size * contract.dtype.itemsize}]",
            rows,
            name,
            nested=True,
        )
        + table(class_type, f"{name}_self_test_classes[{len(samples)}]", [("expected classes", classes)], name)
        + "\n"
        + _range_check(contract, name, length_type)
        + "\n"
        + protocol_c(name, class_type, length_type)
    )
    return guarded(name, "protocol", text)


def protocol_c(name: str, class_type: str, length_type: str, file_name: str = "protocol.h") -> str:
    """Return the fixed C of the protocol (or another), with the types of a class and of a sample's length in it."""
    readers = {"uint8_t": "read", "uint16_t": "read_16", "uint32_t": "read_32"}
    text = fixed_c(file_name, name)
    for word, c_type in (("class", class_type), ("length", length_type)):
        text = text.replace(f"{name}_{word}_t", c_type)
    return text.replace(f"{name}_read_class", f"{name}_{readers[class_type]}")


def _range_check(contract: InputContract, name: str, length_type: str) -> str:
    """A C function that tells whether a sample keeps the input contract."""
    if contract.dtype.kind == "f":
        tests = [f"x[j] >= {contract.minimum:.9g}f", f"x[j] <= {contract.maximum:.9g}f"]
        tests = [t if "." in t or "e" in t.split()[-1] else t[:-1] + ".0f" for t in tests]
    else:
        limits = np.iinfo(contract.dtype)
        tests = [f"x[j] >= {int(contract.minimum)}"] if contract.minimum > limits.min else []
        tests += [f"x[j] <= {int(contract.maximum)}"] if contract.maximum < limits.max else []
    if not tests:
        return f"#define {name}_in_range(x) 1 /* every value of the type is allowed */\n"
    return (
        f"static uint8_t {name}_in_range(const {name}_input_t *x)\n{{\n"
        f"    for ({length_type} j = 0; j < {name}_INPUT_SIZE; j++) {{\n"
        f"        if (!({' && '.join(tests)})) return 0;\n    }}\n    return 1;\n}}\n"
    )
