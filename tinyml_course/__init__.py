"""A course on tiny machine learning, and the library it uses.

::

    import tinyml_course as tc

    data = tc.load_digits()
    bonsai = tc.Bonsai(budget_bytes=2048, seed=0).fit(data.x_train, data.y_train)
    graph = tc.quantize(bonsai, data.x_train)
    sketch = tc.export_arduino(graph, name="digits")
    run = tc.simulate(sketch, data.x_test)

The names below are imported when they are first used (PEP 562), so that the import itself costs nothing.
"""

from typing import TYPE_CHECKING

from tinyml_course.lazy import lazy_names
from tinyml_course.version import __version__

if TYPE_CHECKING:
    from tinyml_course.battery import BatteryLife, battery_life
    from tinyml_course.battery_plot import battery_picture
    from tinyml_course.battery_tables import BatteryTable, battery_table
    from tinyml_course.board import Run, UploadReport, simulate, upload
    from tinyml_course.board.duty_cycle import DutyCycleRun, duty_cycle, listening_cycle
    from tinyml_course.convert import Converted, convert_keras, quantize
    from tinyml_course.convert.tflite import load_tflite
    from tinyml_course.datasets import Dataset, load_digits
    from tinyml_course.duty_cycles import DutyCycle
    from tinyml_course.electricity import Battery, Circuit
    from tinyml_course.errors import TinyMLError
    from tinyml_course.export import Sensing, Sketch, export_arduino, export_sensing
    from tinyml_course.graph import Graph
    from tinyml_course.graph_file import load_graph
    from tinyml_course.models.bonsai import Bonsai
    from tinyml_course.pictures import picture
    from tinyml_course.report import SizeReport, size
    from tinyml_course.signal_features import SignalFeatures
    from tinyml_course.vibration import SignalDataset, load_vibration
    from tinyml_course.widgets.virtual_uno import VirtualUno

_HOMES = {
    "Battery": "electricity",
    "BatteryLife": "battery",
    "BatteryTable": "battery_tables",
    "Bonsai": "models.bonsai",
    "Circuit": "electricity",
    "Converted": "convert",
    "Dataset": "datasets",
    "DutyCycle": "duty_cycles",
    "DutyCycleRun": "board.duty_cycle",
    "Graph": "graph",
    "Run": "board",
    "Sensing": "export",
    "SignalDataset": "vibration",
    "SignalFeatures": "signal_features",
    "SizeReport": "report",
    "Sketch": "export",
    "TinyMLError": "errors",
    "UploadReport": "board",
    "VirtualUno": "widgets.virtual_uno",
    "battery_life": "battery",
    "battery_picture": "battery_plot",
    "battery_table": "battery_tables",
    "convert_keras": "convert",
    "duty_cycle": "board.duty_cycle",
    "export_arduino": "export",
    "export_sensing": "export",
    "load_digits": "datasets",
    "load_vibration": "vibration",
    "listening_cycle": "board.duty_cycle",
    "load_tflite": "convert.tflite",
    "load_graph": "graph_file",
    "picture": "pictures",
    "quantize": "convert",
    "simulate": "board",
    "size": "report",
    "upload": "board",
}

__all__ = [
    "Battery",
    "BatteryLife",
    "BatteryTable",
    "Bonsai",
    "Circuit",
    "Converted",
    "Dataset",
    "DutyCycle",
    "DutyCycleRun",
    "Graph",
    "Run",
    "Sensing",
    "SignalDataset",
    "SignalFeatures",
    "SizeReport",
    "Sketch",
    "TinyMLError",
    "UploadReport",
    "VirtualUno",
    "__version__",
    "battery_life",
    "battery_picture",
    "battery_table",
    "convert_keras",
    "duty_cycle",
    "export_arduino",
    "export_sensing",
    "listening_cycle",
    "load_digits",
    "load_graph",
    "load_tflite",
    "load_vibration",
    "picture",
    "quantize",
    "simulate",
    "size",
    "upload",
]

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
