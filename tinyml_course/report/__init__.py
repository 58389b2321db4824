"""Reports: what a model takes."""

from tinyml_course.report.size import Figure, SizeReport, size

__all__ = ["Figure", "SizeReport", "size"]
