"""A graph to a sketch: text of C that a board's compiler takes."""

from tinyml_course.export.arduino import export_arduino
from tinyml_course.export.sensing import Sensing, export_sensing
from tinyml_course.export.sketch import Sketch

__all__ = ["Sensing", "Sketch", "export_arduino", "export_sensing"]
