"""Linear classifiers in integers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tinyml_course.graph import Array, Graph, Operator, reference_of


@reference_of("linear_classifier")
def _linear(graph: Graph, operator: Operator, computed: Mapping[str, Array]) -> Mapping[str, Array]:
    """score = weights · x + bias for each class but the dropped one, whose score is zero."""
    x = computed[operator.inputs[0]].astype(np.int64)
    weights, bias = (graph.parameter(operator, role).astype(np.int64) for role in ("weights", "bias"))
    scores = np.insert(x @ weights.T + bias, operator.integer("dropped"), 0, axis=1)
    name = operator.outputs[0]
    return {name: scores.astype(graph.tensors[name].dtype)}
