"""Anything that is trained, to a graph of integers. Each name is imported when it is first used."""

from typing import TYPE_CHECKING

from tinyml_course.lazy import lazy_names

if TYPE_CHECKING:
    from tinyml_course.convert.any_model import quantize
    from tinyml_course.convert.converted import Converted
    from tinyml_course.convert.keras import convert_keras

_HOMES = {"Converted": "converted", "convert_keras": "keras", "quantize": "any_model"}

__all__ = ["Converted", "convert_keras", "quantize"]

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
