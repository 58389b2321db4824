"""One function for every kind of trained model: ``quantize``."""

from __future__ import annotations

from typing import Any, Literal, overload

import numpy as np
import numpy.typing as npt

from tinyml_course.convert.bonsai import convert_bonsai
from tinyml_course.convert.converted import INTEGER_MODES, Converted
from tinyml_course.convert.keras import convert_keras
from tinyml_course.convert.keras_checks import is_keras_model
from tinyml_course.convert.sklearn import convert_sklearn, is_sklearn
from tinyml_course.errors import ConversionError
from tinyml_course.graph import Graph
from tinyml_course.models.bonsai import Bonsai

ValidationData = tuple[npt.ArrayLike, npt.ArrayLike]


@overload
def quantize(
    model: Any,
    representative: npt.ArrayLike,
    mode: Literal["int8", "int16x8"] = "int8",
    vote: str = "soft",
    *,
    rounding: str = "tflm",
    per_channel: bool = True,
    validation_data: ValidationData | None = None,
) -> Graph: ...
@overload
def quantize(
    model: Any,
    representative: npt.ArrayLike,
    mode: Literal["dynamic", "float16"],
    vote: str = "soft",
    *,
    rounding: str = "tflm",
    per_channel: bool = True,
    validation_data: ValidationData | None = None,
) -> Converted: ...
@overload
def quantize(
    model: Any,
    representative: npt.ArrayLike,
    mode: str,
    vote: str = "soft",
    *,
    rounding: str = "tflm",
    per_channel: bool = True,
    validation_data: ValidationData | None = None,
) -> Graph | Converted: ...


def quantize(
    model: Any,
    representative: npt.ArrayLike,
    mode: str = "int8",
    vote: str = "soft",
    *,
    rounding: str = "tflm",
    per_channel: bool = True,
    validation_data: ValidationData | None = None,
) -> Graph | Converted:
    """Turn a trained model into integers only.

    Parameters
    ----------
    model : Bonsai, keras.Model or scikit-learn estimator
        A trained model.
    representative : array_like of shape (n, ...)
        Raw data as the sensor will give them. Their dtype, shape and overall range become the graph's
        input contract.
    mode : {"int8", "int16x8", "dynamic", "float16"}, default "int8"
        For Keras models, see :func:`tinyml_course.convert_keras`. A Bonsai carries its own weight bits and needs
        no other mode; scikit-learn's models have none.
    vote : str, default "soft"
        How a scikit-learn forest votes: ``"soft"``, as scikit-learn does, or ``"hard"``, one vote for each tree.
    rounding : {"tflm", "litert"}, default "tflm"
        Of a Keras model's integers: as TensorFlow Lite Micro computes, or as LiteRT's reference kernels do.
    per_channel : bool, default True
        For Keras models: one weight scale for each output channel; otherwise one for each layer.
    validation_data : (x, y), optional
        For Keras models: raw samples and class indices. The accuracies before and after stand in the report of
        a :class:`Converted`, or in the graph's description.

    Returns
    -------
    Graph or Converted
        A :class:`Graph` takes the raw values of `representative` and gives exact integers. The modes
        ``"dynamic"`` and ``"float16"`` of Keras models keep float arithmetic, so they give a
        :class:`Converted`: the ``.tflite`` file and its report. (The file and the report of an integer mode:
        :func:`tinyml_course.convert_keras`.)

    Raises
    ------
    ConversionError
        For a model or a mode that is not supported, or data that cannot be a board's input.
    InputError
        If the validation data do not keep the input contract.

    Notes
    -----
    ``Graph.classify`` takes the largest output, so of a network with one output (a sigmoid) it always says 0:
    compare ``predict`` with the code of 0.5, which is 0 for TensorFlow's int8 sigmoid, or train two outputs.
    """
    if is_keras_model(model):
        _only_for("a scikit-learn forest", vote=vote != "soft")
        converted = convert_keras(model, representative, mode, per_channel=per_channel, validation_data=validation_data)
        return converted.graph(rounding) if mode in INTEGER_MODES else converted
    _only_for(
        "a Keras model",
        rounding=rounding != "tflm",
        per_channel=not per_channel,
        validation_data=validation_data is not None,
    )
    if is_sklearn(model):
        if mode != "int8":
            raise ConversionError(f"mode={mode!r} does not exist for scikit-learn's models. Leave it out.")
        return convert_sklearn(model, np.asarray(representative), vote)
    _only_for("a scikit-learn forest", vote=vote != "soft")
    if not isinstance(model, Bonsai):
        raise ConversionError(
            f"Cannot quantize a {type(model).__module__}.{type(model).__name__}. Supported: tinyml_course.Bonsai, "
            "Keras 3 models, and scikit-learn's trees, forests and linear classifiers."
        )
    if not hasattr(model, "weights_"):
        raise ConversionError("This Bonsai is not trained yet. Call fit(x, y) first.")
    if mode != "int8":
        raise ConversionError(
            f"mode={mode!r} does not exist for Bonsai: its weights are {model.configuration_.bits}-bit integers."
        )
    return convert_bonsai(model, np.asarray(representative))


def _only_for(whom: str, **given: bool) -> None:
    """Refuse options that this model would ignore."""
    for name, is_given in given.items():
        if is_given:
            raise ConversionError(f"{name}= is only for {whom}. Leave it out.")
