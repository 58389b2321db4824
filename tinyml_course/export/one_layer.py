"""One dense layer as a sketch in plain C: in floats, in int8, in 4 bits.

To compare what the formats cost, not to be fast: each is the loop that anybody would write. The kernels of
:func:`tinyml_course.export_arduino` give the same codes as the integer ones here, in fewer cycles.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tinyml_course.errors import ExportError, InputError
from tinyml_course.export.arduino import empty_body, guarded, protocol_text
from tinyml_course.export.c_text import c_integer, check_name, defines, fixed_c, table
from tinyml_course.export.sketch import Sketch
from tinyml_course.graph import Array, Graph, InputContract, Operator, Tensor

#: Units that the C counts with one byte; the float layer has four bytes for each of them.
MOST_UNITS = 63
_FLOAT_BYTES = 4


def plain_layer(graph: Graph, name: str = "layer") -> Sketch:
    """Write a layer in integers as plain C.

    Parameters
    ----------
    graph : Graph
        Of :func:`tinyml_course.convert.one_layer.layer_graph`, with weights of 8 or of 4 bits.
    name : str
        A C identifier.

    Returns
    -------
    Sketch
        It takes int8 codes and answers with the graph's int8 codes, exactly.

    Raises
    ------
    ExportError
        For a graph that is no such layer, for other bits, for more than 63 units, or for an odd number of inputs
        with 4-bit weights: two of them share a byte.
    """
    check_name(name)
    operator = graph.operators[0]
    if len(graph.operators) != 1 or operator.kind != "fully_connected" or "weights" not in graph.tensors:
        raise ExportError(f"Expected a graph of one dense layer, as layer_graph makes it, got a {graph.kind}.")
    units, terms = graph.tensors["weights"].shape
    bits = graph.tensors["weights"].bits
    if bits not in (4, 8) or units > MOST_UNITS or (bits == 4 and terms % 2):
        raise ExportError(
            f"Expected at most {MOST_UNITS} units, weights of 8 or 4 bits, and an even number of inputs for 4 bits; "
            f"got {units} units, {bits} bits, {terms} inputs."
        )
    parts = [_integer_tables(graph, operator, name, bits)]
    kernels = ("network_multiply.h", "network_requantize.h", "network_clamp.h", "layer_finish.h")
    parts += [fixed_c(file, name) for file in (*kernels, f"layer_{'int8' if bits == 8 else '4bit'}.h")]
    return _sketch(graph, name, units, graph.examples, parts)


def plain_float_layer(weights: npt.ArrayLike, bias: npt.ArrayLike, name: str = "layer") -> Sketch:
    """Write a dense layer with ReLU as plain C in 32-bit floats.

    Parameters
    ----------
    weights : array_like of float, shape (units, inputs)
        One row for each output.
    bias : array_like of float, shape (units,)
        One number for each output.
    name : str
        A C identifier.

    Returns
    -------
    Sketch
        It takes float32 values. Its outputs are the bytes of float32 values: ``run.outputs.view(np.float32)``.

    Raises
    ------
    ExportError
        For more than 63 units.
    InputError
        If the shapes do not fit.
    """
    check_name(name)
    matrix, offsets = np.asarray(weights, np.float32), np.asarray(bias, np.float32)
    if matrix.ndim != 2 or offsets.shape != matrix.shape[:1]:
        raise InputError(f"Expected weights (units, inputs) and biases (units,), got {matrix.shape}, {offsets.shape}.")
    units, terms = matrix.shape
    if units > MOST_UNITS:
        raise ExportError(f"Expected at most {MOST_UNITS} units, got {units}.")
    stored = {
        role: Tensor(role, codes.shape, np.dtype(np.int32), codes, 32)
        for role, codes in (("weights", matrix.view(np.int32)), ("bias", offsets.view(np.int32)))
    }
    output = Tensor("y", (_FLOAT_BYTES * units,), np.dtype(np.int8))
    limit = float(np.finfo(np.float32).max)
    contract = InputContract(np.dtype(np.float32), (terms,), -limit, limit)
    graph = Graph("layer", {**stored, "y": output}, (), "x", "y", contract, tuple(range(units)))
    rows = [(f"unit {k}", row) for k, row in enumerate(matrix)]
    parts = [_float_table(f"{name}_weights[{matrix.size}]", rows, name)]
    parts += [_float_table(f"{name}_bias[{units}]", [("one for each unit", offsets)], name)]
    parts += [fixed_c("layer_float.h", name)]
    return _sketch(graph, name, units, np.zeros((0, terms), np.float32), parts)


def _sketch(graph: Graph, name: str, units: int, examples: Array, parts: Sequence[str]) -> Sketch:
    output = graph.tensors[graph.output]
    outputs = int(np.prod(output.shape))
    head = fixed_c("portable.h", name) + "\n"
    head += f"typedef {c_integer(graph.contract.dtype)} {name}_input_t;\ntypedef int8_t {name}_output_t;\n"
    sizes = [
        ("INPUT_SIZE", graph.contract.size, "values in one sample"),
        ("OUTPUT_SIZE", outputs, "bytes of the outputs"),
        ("UNITS", units, "outputs of the layer"),
        ("MODEL_BYTES", graph.model_bytes, "every stored parameter"),
    ]
    head += defines(name, sizes)
    about = (
        f"/* {name}_model.h - one dense layer in plain C ({graph.model_bytes:,} bytes of parameters), "
        "to compare formats.\n   SPDX-License-Identifier: Apache-2.0 */\n"
    )
    model = guarded(name, "model", "\n".join([head, *parts, fixed_c("layer_classify.h", name)]))
    # The self-test has one sample of zeros: its largest output is the first largest bias.
    samples = examples if len(examples) else np.zeros((1, graph.contract.size), graph.contract.dtype)
    bias = graph.tensors["bias"].values
    floats = graph.contract.dtype.kind == "f"
    classes = np.array([np.maximum(bias.view(np.float32), 0).argmax()]) if floats else graph.classify(samples)
    return Sketch(
        name=name,
        files={
            f"{name}.ino": fixed_c("sketch.ino", name),
            f"{name}_main.c": fixed_c("main.c", name),
            f"{name}_protocol.h": protocol_text(graph, name, graph.contract, samples, classes),
            f"{name}_model.h": about + model,
        },
        input_dtype=graph.contract.dtype,
        output_dtype=output.dtype,
        input_size=graph.contract.size,
        output_size=outputs,
        input_minimum=graph.contract.minimum,
        input_maximum=graph.contract.maximum,
        labels=graph.labels,
        model_bytes=graph.model_bytes,
        empty_model=guarded(name, "model", head + "\n" + empty_body(name, units)),
    )


def _integer_tables(graph: Graph, operator: Operator, name: str, bits: int) -> str:
    weights = graph.parameter(operator, "weights").astype(np.int64)
    zero_in, zero_out = (graph.tensors[place].encoding for place in ("x", "y"))
    assert zero_in is not None
    assert zero_out is not None
    start = graph.parameter(operator, "bias").astype(np.int64) - zero_in.zero_point * weights.sum(axis=1)
    multiplier = 2 * graph.parameter(operator, "multiplier").astype(np.int64)  # the C divides by 2^32, not 2^31
    shown = weights if bits == 8 else (weights[:, ::2] & 15) << 4 | (weights[:, 1::2] & 15)
    each = "one for each unit"
    return "\n".join(
        [
            defines(name, [("ZERO_POINT", zero_out.zero_point, "the code of a zero output")]),
            table(
                "int8_t" if bits == 8 else "uint8_t",
                f"{name}_weights[{shown.size}]",
                [(f"unit {k}", row) for k, row in enumerate(shown)],
                name,
                hexadecimal=bits == 4,
            ),
            table("int32_t", f"{name}_bias[{len(start)}]", [(each, start)], name),
            table("uint32_t", f"{name}_multiplier[{len(start)}]", [(each, multiplier)], name),
            table("int8_t", f"{name}_shift[{len(start)}]", [(each, graph.parameter(operator, "shift"))], name),
        ]
    )


def _float_table(declaration: str, rows: Sequence[tuple[str, Array]], name: str) -> str:
    """A table of floats, nine digits each: they give the same float32 back."""
    lines = [f"static const float {declaration} {name}_FLASH = {{"]
    for comment, values in rows:
        lines.append(f"    /* {comment} */")
        numbers = [f"{float(value):.8e}f," for value in values]
        lines += ["    " + " ".join(numbers[k : k + 6]) for k in range(0, len(numbers), 6)]
    return "\n".join([*lines, "};"]) + "\n"
