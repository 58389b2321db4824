"""TensorFlow's own interpreter, for what an integer graph cannot show: float and half-float models."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinyml_course.convert.encode import quantize_values
from tinyml_course.errors import ConversionError
from tinyml_course.graph import Array, Encoding
from tinyml_course.models.backend import import_keras
from tinyml_course.models.silence import silence


def interpret(content: bytes, x: Array) -> Array:
    """Run a ``.tflite`` file sample by sample, with the reference kernels.

    Parameters
    ----------
    content : bytes
        A model with one input and one output, batch 1.
    x : ndarray of shape (n, size)
        Real or raw values; they become float32, and codes where the model takes codes.

    Returns
    -------
    ndarray of float32, shape (n, outputs)
        Real outputs; codes are turned back into real numbers.
    """
    import_keras()
    with silence():
        interpreter, resolver = _interpreter()
        runner = interpreter(model_content=content, experimental_op_resolver_type=resolver.BUILTIN_REF)
        runner.allocate_tensors()
    source, target = runner.get_input_details()[0], runner.get_output_details()[0]
    outputs = []
    for sample in _to_codes(x, source).reshape(len(x), *source["shape"]):
        runner.set_tensor(source["index"], sample)
        runner.invoke()
        outputs.append(runner.get_tensor(target["index"]).ravel())
    return _to_real(np.array(outputs).reshape(len(x), math.prod(target["shape"])), target)


def _interpreter() -> tuple[Any, Any]:
    """The interpreter's class and its choices of kernels; TensorFlow is about to hand it over to LiteRT."""
    import tensorflow as tf

    if hasattr(tf.lite, "Interpreter"):
        return tf.lite.Interpreter, tf.lite.experimental.OpResolverType
    try:
        from ai_edge_litert.interpreter import Interpreter, OpResolverType
    except ImportError as error:
        raise ConversionError(
            "This TensorFlow has no interpreter any more. Install LiteRT's: pip install ai-edge-litert."
        ) from error
    return Interpreter, OpResolverType


def _encoding(details: dict[str, Any]) -> Encoding | None:
    scale, zero_point = details["quantization"]
    return Encoding(float(np.float32(scale)), int(zero_point)) if scale else None


def _to_codes(x: Array, details: dict[str, Any]) -> Array:
    encoding = _encoding(details)
    return quantize_values(x, encoding, np.dtype(details["dtype"])) if encoding else x.astype(np.float32)


def _to_real(outputs: Array, details: dict[str, Any]) -> Array:
    encoding = _encoding(details)
    if encoding is None:
        return outputs.astype(np.float32)
    return ((outputs.astype(np.float32) - encoding.zero_point) * encoding.one_scale).astype(np.float32)
