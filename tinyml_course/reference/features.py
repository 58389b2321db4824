"""The exact meaning of turning raw values into codes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tinyml_course.features import FeatureEncoding
from tinyml_course.graph import Array, Graph, Operator, reference_of


@reference_of("encode_features")
def _encode(graph: Graph, operator: Operator, computed: Mapping[str, Array]) -> Mapping[str, Array]:
    encoding = FeatureEncoding(
        graph.parameter(operator, "shift").astype(np.int64),
        graph.parameter(operator, "zero_point").astype(np.int64),
        code_of_one=1,
    )
    return {operator.outputs[0]: encoding.encode(computed[operator.inputs[0]])}
