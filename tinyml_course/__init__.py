"""A course on tiny machine learning, and the library it uses.

::

    import tinyml_course as tc

    data = tc.load_digits()
    bonsai = tc.Bonsai(budget_bytes=2048, seed=0).fit(data.x_train, data.y_train)
    graph = tc.quantize(bonsai, data.x_train)
    sketch = tc.export_arduino(graph, name="digits")
    run = tc.simulate(sketch, data.x_test)
"""

import tinyml_course.reference  # noqa: F401  (registers what each operator means)
from tinyml_course.board import Run, simulate
from tinyml_course.convert import quantize
from tinyml_course.datasets import Dataset, load_digits
from tinyml_course.errors import TinyMLError
from tinyml_course.export import Sketch, export_arduino
from tinyml_course.graph import Graph
from tinyml_course.models.bonsai import Bonsai
from tinyml_course.report import SizeReport, size
from tinyml_course.version import __version__

__all__ = [
    "Bonsai",
    "Dataset",
    "Graph",
    "Run",
    "SizeReport",
    "Sketch",
    "TinyMLError",
    "__version__",
    "export_arduino",
    "load_digits",
    "quantize",
    "simulate",
    "size",
]
