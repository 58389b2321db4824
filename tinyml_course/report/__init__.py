"""Reports: what a model takes."""

from tinyml_course.report.figure import Figure
from tinyml_course.report.fit import BoardFit, BoardTable
from tinyml_course.report.size_report import SizeReport, size

__all__ = ["BoardFit", "BoardTable", "Figure", "SizeReport", "size"]
