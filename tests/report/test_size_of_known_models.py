"""Two models of MLPerf Tiny, rebuilt from their shapes: parameters, multiply-accumulates and the arena are known.

The figures are those of the reference models (github.com/mlcommons/tiny, v1.1): parameters and
multiply-accumulates counted in the ``.tflite`` files, the arena TFLite Micro's without its persistent part.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import tinyml_course as tc
from tinyml_course.graph import Graph, InputContract, Operator, Tensor

INT8 = np.dtype(np.int8)


class Chain:
    """A chain of layers with zero weights."""

    def __init__(self, *shape):
        self.tensors = {"t0": Tensor("t0", shape, INT8)}
        self.operators = []
        self.last = "t0"

    def then(self, kind, shape, weights=(), **attributes):
        output = f"t{len(self.operators) + 1}"
        roles = {}
        if weights:
            channels = shape[-1]
            arrays = {"weights": np.zeros(weights, np.int8), "bias": np.zeros(channels, np.int32)}
            for role, array in arrays.items():
                name = roles[role] = f"{output}_{role}"
                self.tensors[name] = Tensor(name, array.shape, array.dtype, array, array.dtype.itemsize * 8)
        self.tensors[output] = Tensor(output, shape, INT8)
        self.operators.append(Operator(kind, (self.last,), (output,), roles, attributes))
        self.last = output
        return self

    def graph(self):
        contract = InputContract(INT8, self.tensors["t0"].shape, -128, 127)
        outputs = self.tensors[self.last].shape[-1]
        return Graph(
            "MLPerf Tiny", self.tensors, tuple(self.operators), "t0", self.last, contract, tuple(range(outputs))
        )


def keyword_spotting():
    plane = (25, 5, 64)
    chain = Chain(49, 10, 1).then("conv_2d", plane, (64, 10, 4, 1))
    for _ in range(4):
        chain.then("depthwise_conv_2d", plane, (3, 3, 64)).then("conv_2d", plane, (64, 1, 1, 64))
    chain.then("average_pool_2d", (1, 1, 64), window=(25, 5)).then("reshape", (64,))
    return chain.then("fully_connected", (12,), (12, 64)).then("softmax", (12,)).graph()


def anomaly_detection():
    chain, widths = Chain(640), (640, 128, 128, 128, 128, 8, 128, 128, 128, 128, 640)
    for before, after in itertools.pairwise(widths):
        chain.then("fully_connected", (after,), (after, before))
    return chain.graph()


@pytest.mark.parametrize(
    ("graph", "parameters", "macs", "arena"),
    [(keyword_spotting(), 22_604, 2_656_768, 16_000), (anomaly_detection(), 265_864, 264_192, 768)],
    ids=["keyword spotting", "anomaly detection"],
)
def test_known_figures(graph, parameters, macs, arena):
    report = tc.size(graph, "nano_33_ble", measure=False)
    assert report.parameters == parameters
    assert report.macs == macs
    assert report.peak_activation_bytes == report.plan.lower_bound_bytes == arena
    assert report.fits
    assert not tc.size(graph, "uno", measure=False).fits
