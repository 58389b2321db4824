"""A whole-integer TensorFlow Lite model to a graph.

Every tensor keeps its shape without the batch, its type (int8, or int16 with int8 weights; uint8 at the ends) and
its scale and zero point. What an operator of the graph has:

==================== ============================================ ==================================================
kind                 stored parameters, by role                   attributes
==================== ============================================ ==================================================
conv_2d              weights (O, KH, KW, I) int8, bias (O,),      strides, dilations, padding (top, bottom, left,
                     multiplier (O,), shift (O,)                  right), activation_min, activation_max, rounding
depthwise_conv_2d    weights (KH, KW, O), the others likewise     the same, and depth_multiplier
fully_connected      weights (O, I), bias (O,); multiplier and    activation_min, activation_max, rounding
                     shift (O,) or (1,)
max_pool_2d,         -                                            window, strides, padding, activation_min,
average_pool_2d                                                   activation_max
mean                 multiplier (), shift ()                      axes, activation_min, activation_max, rounding
add                  a_multiplier, a_shift, b_multiplier,         left_shift, activation_min, activation_max,
                     b_shift, multiplier, shift, each ();         rounding; constant_side ("a" or "b") where one side
                     constant where one side is stored            is stored
mul                  multiplier (), shift (); constant            as add, without left_shift
relu, relu6,         multiplier (), shift ()                      activation_min, activation_max, rounding
quantize
lookup               int8: table (256,) int8. int16: table        function ("logistic" or "tanh")
                     (256,) uint16, multiplier (), shift ()
softmax              int8: exponentials (n,) int32, n <= 256.     int16: rounding
                     int16: exponentials (513,), reciprocals
                     (513,) int16, multiplier (), shift ()
pad                  -                                            before, after (one for each axis), value
concatenation        -                                            axis (of a sample)
reshape              -                                            -
==================== ============================================ ==================================================

Biases are int32 (int64 only where a value needs it), multipliers int32, shifts int8; a bias that the file leaves out
is stored as zeros. Activation limits are codes. `rounding` is explained in :mod:`tinyml_course.fixed_point`; a
"reduced" multiplier has 15 bits. The docstrings in :mod:`tinyml_course.reference` say what each kind computes, with
its source. No sum of int8 products can overflow int32: that is proven here, for any input.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from tinyml_course.convert import tflite_dense, tflite_elementwise, tflite_folding, tflite_shapes, tflite_tables
from tinyml_course.convert.tflite_builder import Builder
from tinyml_course.convert.tflite_file import FileOperator, FileTensor, read_tflite
from tinyml_course.errors import ConversionError
from tinyml_course.graph import Graph, InputContract

_CONVERTERS: dict[str, Callable[[Builder, FileOperator], None]] = {
    **tflite_dense.CONVERTERS,
    **tflite_elementwise.CONVERTERS,
    **tflite_shapes.CONVERTERS,
    **tflite_folding.CONVERTERS,
    **tflite_tables.CONVERTERS,
}
#: Operators that :func:`load_tflite` can read.
SUPPORTED = tuple(sorted({*_CONVERTERS, "QUANTIZE", "DEQUANTIZE"}))


def load_tflite(model: str | Path | bytes, rounding: str = "tflm") -> Graph:
    """Read a whole-integer TensorFlow Lite model.

    Parameters
    ----------
    model : path or bytes
        A ``.tflite`` file, or its content.
    rounding : {"tflm", "litert"}, default "tflm"
        Whose integers the graph gives: TensorFlow Lite Micro's, which is what a microcontroller runs, or those
        of LiteRT's reference kernels (``OpResolverType.BUILTIN_REF``). They differ in FULLY_CONNECTED.

    Returns
    -------
    Graph
        Its input are the model's own codes; float ends (QUANTIZE, DEQUANTIZE) become encodings. Its labels are
        the indices of the outputs.

    Raises
    ------
    ConversionError
        If the file is not a TensorFlow Lite model, is damaged, or has something that cannot be computed exactly
        in integers. Operators that are not supported are named.
    """
    return load_layers(model, rounding)[0]


def load_layers(model: str | Path | bytes, rounding: str = "tflm") -> tuple[Graph, dict[int, str]]:
    """Read a model as :func:`load_tflite` does, and say which tensor of the file is which of the graph.

    Returns
    -------
    graph : Graph
        The model.
    names : dict of int to str
        Number of a computed tensor in the file, to its name in the graph. A way to compare layer by layer.
    """
    if rounding not in ("tflm", "litert"):
        raise ConversionError(f'rounding must be "tflm" or "litert", got {rounding!r}.')
    builder = Builder(read_tflite(_content(model)), rounding)
    _refuse_unknown(builder)
    first, operators = _strip_input(builder)
    builder.declare(first)
    last, operators = _strip_output(builder, operators)
    for operator in operators:
        if operator.name not in _CONVERTERS:
            raise ConversionError(f"{operator} stands inside the model; only the ends of a model may be in floats.")
        _CONVERTERS[operator.name](builder, operator)
    if last not in builder.names or not builder.operators:
        raise ConversionError("The model's output is not computed by any integer operator.")
    return _graph(builder, first, builder.names[last]), builder.names


def _content(model: str | Path | bytes) -> bytes:
    """The bytes of a file, or the given ones."""
    if isinstance(model, bytes | bytearray | memoryview):
        return bytes(model)
    if not isinstance(model, str | Path):
        raise ConversionError(f"Expected the path or the bytes of a .tflite file, got {type(model).__name__}.")
    try:
        return Path(model).read_bytes()
    except OSError as error:
        raise ConversionError(f"Cannot read the model {str(model)!r}: {error.strerror or error}.") from None


def _refuse_unknown(builder: Builder) -> None:
    names = {operator.name for operator in builder.model.operators}
    unknown = sorted(names - set(SUPPORTED))
    if unknown:
        hint = " Shapes are computed at run time: convert the model with a batch of 1." if "SHAPE" in names else ""
        raise ConversionError(
            f"The model uses operators that are not supported: {', '.join(unknown)}.{hint} "
            f"Supported: {', '.join(SUPPORTED)}."
        )


def _strip_input(builder: Builder) -> tuple[FileTensor, list[FileOperator]]:
    """The first integer tensor, and the operators without a QUANTIZE of the float input."""
    model = builder.model
    operators, first = list(model.operators), model.tensors[model.input]
    starts = bool(operators) and operators[0].name == "QUANTIZE" and operators[0].inputs == (first.index,)
    if first.type == "FLOAT32" and starts:
        builder.tensor(operators[0], 0)
        codes = builder.tensor(operators[0], 0, outputs=True)
        if codes.shape != first.shape:
            raise ConversionError(f"{operators[0]}: expected {first} and {codes} to have the same shape.")
        return codes, operators[1:]
    return first, operators


def _strip_output(builder: Builder, operators: list[FileOperator]) -> tuple[int, list[FileOperator]]:
    """The last integer tensor, and the operators without a DEQUANTIZE to the float output."""
    last = builder.model.output
    if operators and operators[-1].name == "DEQUANTIZE" and operators[-1].outputs == (last,):
        codes, real = builder.tensor(operators[-1], 0), builder.tensor(operators[-1], 0, outputs=True)
        if real.type != "FLOAT32" or codes.shape != real.shape:
            raise ConversionError(f"{operators[-1]}: expected float32 of the same shape, got {real} of {codes}.")
        return codes.index, operators[:-1]
    return last, operators


def _graph(builder: Builder, first: FileTensor, output: str) -> Graph:
    name = builder.names[first.index]
    place = builder.tensors[name]
    limits = np.iinfo(place.dtype)
    contract = InputContract(place.dtype, place.shape, int(limits.min), int(limits.max))
    outputs = int(np.prod(builder.tensors[output].shape))
    kinds = ", ".join(dict.fromkeys(operator.kind for operator in builder.operators))
    graph = Graph(
        kind="TFLite",
        tensors=builder.tensors,
        operators=tuple(builder.operators),
        input=name,
        output=output,
        contract=contract,
        labels=tuple(range(outputs)),
        description=f"{len(builder.operators)} operators: {kinds}",
    )
    return replace(graph, examples=np.zeros((0, *place.shape), place.dtype))
