"""The real interpreters of TensorFlow Lite, asked for every intermediate tensor.

- ``tflm``: TensorFlow Lite Micro, from PyPI's ``tflite-micro`` (pre-releases, Linux on x86-64 only).
- ``litert``: LiteRT's reference kernels (``BUILTIN_REF``), from PyPI's ``ai-edge-litert``.

Neither is a dependency of the library; both are in the extra ``test``.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

#: Name of each interpreter: the module it needs, and what installs it.
NEEDS = {
    "tflm": ("tflite_micro", "pip install --pre tflite-micro (Linux on x86-64 only)"),
    "litert": ("ai_edge_litert", "pip install ai-edge-litert"),
}


def missing(name: str) -> str:
    """What installs an interpreter that is not there; empty if it is."""
    module, remedy = NEEDS[name]
    return "" if find_spec(module) else remedy


def run_litert(content: bytes, x: Array, tensors: list[int]) -> dict[int, Array]:
    """Run LiteRT's reference kernels sample by sample.

    Parameters
    ----------
    content : bytes
        A ``.tflite`` file with one input.
    x : ndarray of shape (n, ...)
        Codes of the input.
    tensors : list of int
        Numbers of the tensors to return.

    Returns
    -------
    dict of int to ndarray of shape (n, size)
    """
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    interpreter = Interpreter(
        model_content=content,
        experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
        experimental_preserve_all_tensors=True,
        num_threads=1,
    )
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]
    found: dict[int, list[Array]] = {number: [] for number in tensors}
    for sample in x:
        interpreter.set_tensor(source["index"], sample.reshape(source["shape"]))
        interpreter.invoke()
        for number, values in found.items():
            values.append(interpreter.get_tensor(number).ravel())
    return {number: np.array(values) for number, values in found.items()}


def run_tflm(content: bytes, x: Array, tensors: list[int]) -> dict[int, Array]:
    """Run TensorFlow Lite Micro sample by sample; parameters and result as :func:`run_litert`."""
    from tflite_micro.python.tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(
        content,
        arena_size=(16 << 20) + 8 * len(content),
        intrepreter_config=runtime.InterpreterConfig.kPreserveAllTensors,
    )
    shape = interpreter.get_input_details(0)["shape"]
    found: dict[int, list[Array]] = {number: [] for number in tensors}
    for sample in x:
        interpreter.set_input(sample.reshape(shape), 0)
        interpreter.invoke()
        for number, values in found.items():
            values.append(np.array(interpreter.GetTensor(number, 0)["tensor_data"]).ravel())
    return {number: np.array(values) for number, values in found.items()}


RUNNERS = {"tflm": run_tflm, "litert": run_litert}
