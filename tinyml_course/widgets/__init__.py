"""Interactive pieces of the lessons."""

from tinyml_course.widgets.prediction import Prediction, predict

__all__ = ["Prediction", "predict"]
