"""Anything that is trained, to a graph of integers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tinyml_course.convert.bonsai import convert_bonsai
from tinyml_course.errors import ConversionError
from tinyml_course.graph import Graph
from tinyml_course.models.bonsai import Bonsai


def quantize(model: Any, representative: npt.ArrayLike, mode: str = "int8") -> Graph:
    """Turn a trained model into integers only.

    Parameters
    ----------
    model : Bonsai
        A trained model.
    representative : array_like of shape (n, ...)
        Raw data as the sensor will give them. Their dtype, shape and overall range become the graph's
        input contract.
    mode : str, default "int8"
        A Bonsai carries its own weight bits and needs no other mode.

    Raises
    ------
    ConversionError
        For a model or a mode that is not supported, or data that cannot be a board's input.
    """
    if not isinstance(model, Bonsai):
        raise ConversionError(f"Cannot quantize a {type(model).__name__}. Supported: tinyml_course.Bonsai.")
    if not hasattr(model, "weights_"):
        raise ConversionError("This Bonsai is not trained yet. Call fit(x, y) first.")
    if mode != "int8":
        raise ConversionError(
            f"mode={mode!r} does not exist for Bonsai: its weights are {model.configuration_.bits}-bit integers."
        )
    return convert_bonsai(model, np.asarray(representative))
