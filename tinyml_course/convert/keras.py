"""A Keras 3 model to a ``.tflite`` file with TensorFlow's converter, quietly and for one sample at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyml_course.convert.converted import FLOAT_MODES, INTEGER_MODES, ConversionReport, Converted
from tinyml_course.convert.keras_checks import check_data, check_labels, check_model, is_keras_model
from tinyml_course.errors import ConversionError
from tinyml_course.graph import Array
from tinyml_course.models.silence import silence

#: All modes of :func:`convert_keras`.
MODES = (*INTEGER_MODES, *FLOAT_MODES)
#: Samples that the converter looks at to find each activation's range, evenly spread over the data.
CALIBRATION_SAMPLES = 1000
#: Samples that are kept for a board's self-test to choose from.
KEPT_SAMPLES = 200


def convert_keras(
    model: Any,
    representative: npt.ArrayLike,
    mode: str = "int8",
    *,
    per_channel: bool = True,
    validation_data: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
) -> Converted:
    """Convert a Keras model with TensorFlow's converter.

    Parameters
    ----------
    model : keras.Model
        Built, with one float32 input and one output of fixed shapes. It must take the representative data's raw
        values, turned into float32 as they are: normalize inside it, for example with a
        ``keras.layers.Rescaling(1 / 16)`` that the converter folds away; or give normalized representative data.
    representative : array_like of shape (n, ...)
        Raw data as the sensor will give them. Their dtype, shape and overall range become the input contract;
        an integer mode finds the range of each activation with them. A sample has the model's input shape, but for
        axes of length 1, or is flat.
    mode : {"int8", "int16x8", "dynamic", "float16"}, default "int8"
        8-bit integers; 16-bit activations with 8-bit weights; 8-bit weights (of layers with at least 1,024) and
        float arithmetic; 16-bit float weights.
    per_channel : bool, default True
        One weight scale for each output channel of convolutions and dense layers; otherwise one for each layer.
    validation_data : (x, y), optional
        Raw samples and class indices for the report's accuracies. A model with one output (a sigmoid) says 1
        above 0.5.

    Returns
    -------
    Converted
        The file, the report, and ``.graph(rounding)`` for the integer modes.

    Raises
    ------
    ConversionError
        For a model, data or a mode that cannot be converted, or if TensorFlow's converter gives up.
    InputError
        If the validation data do not keep the input contract.

    Notes
    -----
    The same model and data give the same bytes on one machine. Layers of
    :mod:`tinyml_course.models.quantization_aware` keep the ranges that they learned.
    """
    if not is_keras_model(model):
        raise ConversionError(f"Expected a keras.Model, got a {type(model).__module__}.{type(model).__name__}.")
    if mode not in MODES:
        raise ConversionError(f"mode={mode!r} does not exist for a Keras model. Use one of: {', '.join(MODES)}.")
    raw = np.asarray(representative)
    contract, floats = check_data(raw, check_model(model))
    content = _convert(model, floats, mode, per_channel)
    report = ConversionReport(mode, per_channel, len(_convert(model, floats, "float32", True)), len(content))
    converted = Converted(content, report, contract, raw[:KEPT_SAMPLES])
    return converted if validation_data is None else _evaluated(converted, model, *validation_data)


def _convert(model: Any, floats: Array, mode: str, per_channel: bool) -> bytes:
    """Run the converter on a trace of the model for one sample; ``"float32"`` leaves numbers as they are."""
    import tensorflow as tf

    from tinyml_course.models.quantization_aware import export_form, has_ranges

    signature = [tf.TensorSpec((1, *floats.shape[1:]), tf.float32, name="input")]
    # Given learned ranges and data, the converter would quantize biases by the ranges of the data, their inputs by
    # the learned ones.
    calibrate = mode in INTEGER_MODES and not (mode == "int8" and has_ranges(model))
    try:
        with silence(), export_form(model, mode, per_channel=per_channel):
            trace = tf.function(lambda x: model(x, training=False), input_signature=signature).get_concrete_function()
            # Without the model as a second argument the converter freezes the variables itself: no files, and faster.
            converter = tf.lite.TFLiteConverter.from_concrete_functions([trace])
            _configure(tf, converter, mode, per_channel)
            if calibrate:
                _refuse_loops(trace)
                _calibrate(tf, converter, floats, mode)
            return bytes(converter.convert())
    except ConversionError:
        raise
    except Exception as error:  # the converter raises RuntimeError, ValueError, TypeError, ConverterError and more
        raise ConversionError(_explain(error, mode, per_channel)) from error


def _refuse_loops(trace: Any) -> None:
    """Refuse loops over time: TensorFlow's calibrator would end the whole process."""
    loops = [operation.name for operation in trace.graph.get_operations() if "While" in operation.type]
    if loops:
        raise ConversionError(
            f"The model loops over time ({loops[0]}), as recurrent layers do; that cannot become integers. "
            "Use convolutions over time instead, or mode='dynamic'."
        )


def _configure(tf: Any, converter: Any, mode: str, per_channel: bool) -> None:
    """Choose the types of weights, input and output."""
    if mode == "float32":
        return
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if not per_channel:
        converter._experimental_disable_per_channel = True
        converter._experimental_disable_per_channel_quantization_for_dense_layers = True
    if mode == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if mode in INTEGER_MODES:
        converter.inference_input_type = converter.inference_output_type = tf.int8 if mode == "int8" else tf.int16


def _calibrate(tf: Any, converter: Any, floats: Array, mode: str) -> None:
    """Let the converter find each activation's range, and allow it nothing but integers."""
    sets = tf.lite.OpsSet
    wide = sets.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
    converter.target_spec.supported_ops = [sets.TFLITE_BUILTINS_INT8 if mode == "int8" else wide]
    converter.representative_dataset = lambda: _calibration(floats)


def _calibration(floats: Array) -> Iterator[list[Array]]:
    """Some samples, one by one; those that hold the two ends of the range are among them."""
    chosen = set(np.linspace(0, len(floats) - 1, min(len(floats), CALIBRATION_SAMPLES)).astype(int).tolist())
    flat = floats.reshape(len(floats), -1)
    chosen |= {int(flat.min(axis=1).argmin()), int(flat.max(axis=1).argmax())}
    return ([floats[index : index + 1]] for index in sorted(chosen))


def _explain(error: Exception, mode: str, per_channel: bool) -> str:
    """Say what the converter could not do, without its pages of source lines."""
    text = str(error)
    names = re.findall(r"(?:TF Select ops|Custom ops|not yet supported for op): *'?([\w, ]+)", text)
    reasons = re.findall(r"error: (.+)", text) or [line for line in text.splitlines() if line.strip()][:1]
    what = f"the operation {', '.join(dict.fromkeys(names))}" if names else "; ".join(dict.fromkeys(reasons))[:400]
    remedy = (
        "Replace the layer by one that microcontrollers have, such as Dense, Conv2D, DepthwiseConv2D, pooling, ReLU, "
        "Add, Flatten or Softmax."
        if per_channel
        else "Try per_channel=True: the converter does not know every layer in every mode with one scale."
    )
    what = what.rstrip(". ") or type(error).__name__
    return f"TensorFlow's converter could not convert this model with mode={mode!r}: {what}. {remedy}"


def _evaluated(converted: Converted, model: Any, x: npt.ArrayLike, y: npt.ArrayLike) -> Converted:
    """Add the two accuracies to the report."""
    from dataclasses import replace

    flat = converted.contract.check(x)
    shape = tuple(model.inputs[0].shape[1:])
    with silence():
        before = model.predict(flat.reshape(-1, *shape).astype(np.float32), batch_size=256, verbose=0)
    before = np.asarray(before).reshape(len(flat), -1)
    labels = check_labels(np.asarray(y), len(flat), before.shape[1])
    after = _graph_outputs(converted, flat) if converted.mode in INTEGER_MODES else converted.predict(flat)
    accuracies = [float((_classes(outputs) == labels).mean()) for outputs in (before, after)]
    report = replace(converted.report, accuracy_before=accuracies[0], accuracy_after=accuracies[1], samples=len(labels))
    return replace(converted, report=report)


def _graph_outputs(converted: Converted, x: Array) -> Array:
    """Real outputs of the exact integer graph."""
    graph = converted.graph()
    encoding = graph.tensors[graph.output].encoding
    assert encoding is not None
    real: Array = (graph.predict(x).astype(np.int64) - encoding.zero_point) * encoding.one_scale
    return real


def _classes(outputs: Array) -> Array:
    return (outputs[:, 0] > 0.5).astype(np.int64) if outputs.shape[1] == 1 else outputs.argmax(axis=1)
