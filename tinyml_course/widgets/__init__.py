"""Interactive pieces of the lessons. Each is imported when it is first used."""

from typing import TYPE_CHECKING

from tinyml_course.lazy import lazy_names

if TYPE_CHECKING:
    from tinyml_course.widgets.bonsai_steps import BonsaiSteps
    from tinyml_course.widgets.log_scale import LogScale
    from tinyml_course.widgets.memory_plan import MemoryPlanExplorer
    from tinyml_course.widgets.prediction import Prediction, predict
    from tinyml_course.widgets.quantization_explorer import QuantizationExplorer
    from tinyml_course.widgets.trained_layer import DigitsLayer, digits_layer
    from tinyml_course.widgets.virtual_uno import VirtualUno

_HOMES = {
    "BonsaiSteps": "bonsai_steps",
    "DigitsLayer": "trained_layer",
    "LogScale": "log_scale",
    "MemoryPlanExplorer": "memory_plan",
    "Prediction": "prediction",
    "QuantizationExplorer": "quantization_explorer",
    "VirtualUno": "virtual_uno",
    "digits_layer": "trained_layer",
    "predict": "prediction",
}

__all__ = [
    "BonsaiSteps",
    "DigitsLayer",
    "LogScale",
    "MemoryPlanExplorer",
    "Prediction",
    "QuantizationExplorer",
    "VirtualUno",
    "digits_layer",
    "predict",
]

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
