"""Linear classifiers in integers."""

from __future__ import annotations

import numpy as np
import pytest
from random_estimators import fitted, random_classification

import tinyml_course as tc
from tinyml_course.errors import ConversionError


def pipeline(name, scaler=None, **options):
    from sklearn import discriminant_analysis, linear_model, preprocessing, svm
    from sklearn.pipeline import make_pipeline

    module = next(m for m in (linear_model, svm, discriminant_analysis) if hasattr(m, name))
    estimator = getattr(module, name)(**({"max_iter": 60} if name == "LogisticRegression" else {}), **options)
    return make_pipeline(getattr(preprocessing, scaler)(), estimator) if scaler else estimator


@pytest.mark.parametrize(
    "model",
    [
        ("LogisticRegression", "MinMaxScaler"),
        ("LogisticRegression", "StandardScaler"),
        ("LinearSVC", "MinMaxScaler"),
        ("RidgeClassifier", "MinMaxScaler"),
        ("SGDClassifier", "MinMaxScaler"),
        ("Perceptron",),
    ],
)
def test_digits(digits, model):
    estimator = fitted(pipeline(*model), digits.x_train, digits.y_train)
    graph = tc.quantize(estimator, digits.x_train)
    classes = np.array(graph.labels)[graph.classify(digits.x_test)]
    assert (classes == estimator.predict(digits.x_test)).mean() >= 0.99
    assert (classes == digits.y_test).mean() >= estimator.score(digits.x_test, digits.y_test) - 0.004
    assert graph.predict(digits.x_test).dtype == np.int16
    assert graph.model_bytes == 9 * 64 + 9 * 2


@pytest.mark.parametrize("seed", range(20))
def test_random_data(seed):
    x, y = random_classification(seed)
    estimator = fitted(pipeline("LogisticRegression", "StandardScaler"), x, y)
    graph = tc.quantize(estimator, x)
    same = np.array(graph.labels)[graph.classify(x)] == estimator.predict(x)
    # eight bits for a feature that has more lose some; the description says how many
    assert same.mean() >= (0.99 if x.dtype.itemsize == 1 else 0.9)
    assert f"{same.mean():.1%}" in graph.description


def test_one_score_is_zero_and_the_others_are_differences(digits):
    estimator = fitted(pipeline("LogisticRegression", "MinMaxScaler"), digits.x_train, digits.y_train)
    graph = tc.quantize(estimator, digits.x_train)
    dropped = graph.operators[-1].integer("dropped")
    scores = graph.predict(digits.x_test)
    assert (scores[:, dropped] == 0).all()
    exact = estimator.decision_function(digits.x_test)
    scale = graph.tensors["scores"].encoding.one_scale
    np.testing.assert_allclose(scores * scale, exact - exact[:, [dropped]], atol=0.5)


def test_two_classes(digits):
    y = np.where(digits.y_train == 3, "three", "other")
    estimator = fitted(pipeline("LogisticRegression", "MinMaxScaler"), digits.x_train, y)
    graph = tc.quantize(estimator, digits.x_train)
    assert graph.labels == ("other", "three")
    assert graph.tensors["weights"].shape == (1, 64)
    assert (np.array(graph.labels)[graph.classify(digits.x_test)] == estimator.predict(digits.x_test)).mean() > 0.995


def test_a_tie_of_two_classes_is_the_first(digits):
    estimator = fitted(pipeline("LogisticRegression"), digits.x_train[:50], digits.y_train[:50] > 4)
    estimator.coef_, estimator.intercept_ = estimator.coef_ * 0, estimator.intercept_ * 0
    graph = tc.quantize(estimator, digits.x_train)
    assert not graph.classify(digits.x_test).any()
    assert graph.classify(digits.x_test).tolist() == estimator.predict(digits.x_test).astype(int).tolist()


def test_wider_integers_where_narrow_ones_decide_differently(digits):
    estimator = fitted(pipeline("LinearDiscriminantAnalysis"), digits.x_train, digits.y_train)
    graph = tc.quantize(estimator, digits.x_train)
    assert (graph.tensors["weights"].dtype, graph.tensors["scores"].dtype) == (np.int16, np.int32)
    assert (graph.classify(digits.x_test) == estimator.predict(digits.x_test)).mean() >= 0.995


def test_what_is_not_linear(digits):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MinMaxScaler

    model = make_pipeline(MinMaxScaler(clip=True), LogisticRegression(max_iter=20))
    with pytest.raises(ConversionError, match="clip=True is not linear"):
        tc.quantize(fitted(model, digits.x_train, digits.y_train), digits.x_train)
    broken = fitted(pipeline("LogisticRegression"), digits.x_train[:100], digits.y_train[:100])
    broken.coef_ = broken.coef_ * np.nan
    with pytest.raises(ConversionError, match="NaN or infinite"):
        tc.quantize(broken, digits.x_train)
