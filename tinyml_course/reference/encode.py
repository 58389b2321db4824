"""The exact meaning of the step from raw values to a network's input codes: a table, or thresholds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tinyml_course.convert.encode import LOWEST_CODE, ordered
from tinyml_course.graph import Array, Graph, Operator, reference_of


@reference_of("encode_input")
def _table(graph: Graph, operator: Operator, computed: Mapping[str, Array]) -> Mapping[str, Array]:
    """code = table[raw - minimum]."""
    raw = computed[operator.inputs[0]].astype(np.int64)
    codes = graph.tensors[operator.outputs[0]]
    table = graph.parameter(operator, "table")
    return {codes.name: table[raw - operator.integer("minimum")].reshape(-1, *codes.shape)}


@reference_of("encode_thresholds")
def _thresholds(graph: Graph, operator: Operator, computed: Mapping[str, Array]) -> Mapping[str, Array]:
    """code = -128 + number of thresholds that are at most the raw value."""
    codes = graph.tensors[operator.outputs[0]]
    passed = np.searchsorted(graph.parameter(operator, "thresholds"), ordered(computed[operator.inputs[0]]), "right")
    return {codes.name: (passed + LOWEST_CODE).reshape(-1, *codes.shape).astype(codes.dtype)}
