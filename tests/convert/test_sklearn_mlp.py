"""An MLPClassifier as a network of integers."""

from __future__ import annotations

import numpy as np
import pytest
from random_estimators import fitted
from sklearn.datasets import load_wine
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import tinyml_course as tc
from tinyml_course.convert.sklearn_mlp import range_encoding, weight_scales
from tinyml_course.errors import ConversionError
from tinyml_course.toolchain import HostProgram


def network(hidden=(12,), scaler="MinMaxScaler", **options):
    from sklearn import preprocessing
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline

    mlp = MLPClassifier(hidden, max_iter=60, random_state=0, learning_rate_init=0.01, **options)
    return make_pipeline(getattr(preprocessing, scaler)(), mlp)


@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
@pytest.mark.usefixtures("sanitizers")
def test_digits(digits, activation, any_toolchain):
    model = fitted(network(activation=activation), digits.x_train, digits.y_train)
    graph = tc.quantize(model, digits.x_train)
    classes = graph.classify(digits.x_test)
    assert (classes == model.predict(digits.x_test)).mean() >= 0.985
    assert (classes == digits.y_test).mean() >= model.score(digits.x_test, digits.y_test) - 0.01
    assert ("lookup" in [operator.kind for operator in graph.operators]) == (activation in {"tanh", "logistic"})
    sketch = tc.export_arduino(graph, name="mlp")
    outputs, _ = HostProgram(sketch, optimization="-O1", sanitize=True).run(digits.x_test)
    np.testing.assert_array_equal(outputs, graph.predict(digits.x_test))
    run = tc.simulate(sketch, digits.x_test[:40], toolchain=any_toolchain)
    np.testing.assert_array_equal(run.outputs, graph.predict(digits.x_test[:40]))


def test_two_classes_of_floats_after_standardizing(digits):
    x, x_test = (digits.x_train / 7).astype(np.float32), (digits.x_test / 7).astype(np.float32)
    model = fitted(network((8, 5), "StandardScaler"), x, np.where(digits.y_train == 3, "yes", "no"))
    graph = tc.quantize(model, x)
    assert graph.labels == ("no", "yes")
    assert (np.array(graph.labels)[graph.classify(x_test)] == model.predict(x_test)).mean() >= 0.97
    assert (graph.predict(x_test)[:, 0] == graph.tensors[graph.output].encoding.zero_point).all()


def test_several_labels_are_refused(digits):
    model = fitted(network(), digits.x_train, np.stack([digits.y_train > 4, digits.y_train % 2], axis=1))
    with pytest.raises(ConversionError, match="several"):
        tc.quantize(model, digits.x_train)


def test_ranges_hold_zero():
    assert range_encoding(0.0, 25.5) == range_encoding(3.0, 25.5)
    assert range_encoding(-5.0, 5.0).zero_point in {0, -1}
    assert range_encoding(0.0, 0.0).one_scale == 1.0
    assert range_encoding(-25.5, -1.0).zero_point == 127


def test_a_large_weight_of_a_rare_input_is_cut_off():
    W = np.array([[100.0, 1.0, -1.3, 0.4]])
    even = weight_scales(W, np.array([1.0, 1.0, 1.0, 1.0]))
    rare = weight_scales(W, np.array([1e-9, 1.0, 1.0, 1.0]))
    assert even[0] == pytest.approx(100 / 127, rel=0.2)
    assert rare[0] < even[0] / 5
    assert weight_scales(np.zeros((2, 3)), np.ones(3)).tolist() == [1.0, 1.0]


def test_features_of_unlike_ranges_are_refused():
    wine = load_wine()
    x = wine.data.astype(np.float32)  # from 0.13 to 1,680
    model = make_pipeline(StandardScaler(), MLPClassifier((8,), max_iter=800, random_state=0)).fit(x, wine.target)
    with pytest.raises(ConversionError, match="unlike ranges"):
        tc.quantize(model, x)
