"""The estimator: what it refuses, what it learns, what it repeats."""

from __future__ import annotations

import numpy as np
import pytest

import tinyml_course as tc
from tinyml_course.errors import BudgetError, InputError, TinyMLError
from tinyml_course.models.bonsai_budget import candidates

X = np.arange(40, dtype=np.uint8).reshape(20, 2)
Y = np.arange(20) % 2


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (X, np.zeros(20, int), "at least two classes, got 1"),
        (X, Y[:19], "one label for each"),
        (X, Y[:, None], "one label for each"),
        (X, Y + 0.5, "must be classes"),
        (X, np.where(Y, np.nan, 1.0), "must be classes"),
        (np.where(X == 7, np.nan, X.astype(float)), Y, "NaN"),
        (np.where(X == 7, np.inf, X.astype(float)), Y, "NaN or infinite"),
        (X.ravel(), Y, "Expected numbers of shape"),
        (X[:0], Y[:0], "n >= 1"),
        (X.astype(str), Y, "Expected numbers"),
    ],
)
def test_bad_training_data(x, y, message):
    with pytest.raises(InputError, match=message):
        tc.Bonsai().fit(x, y)


def test_bad_options():
    with pytest.raises(BudgetError, match=r"budget of 10 bytes: the smallest needs"):
        tc.Bonsai(budget_bytes=10).fit(X, Y)
    with pytest.raises(InputError, match="image_shape"):
        tc.Bonsai(image_shape=(8, 8)).fit(X, Y)
    with pytest.raises(InputError, match="not trained"):
        tc.Bonsai().predict(X)
    assert issubclass(BudgetError, TinyMLError)


@pytest.fixture(scope="module")
def blobs():
    rng = np.random.default_rng(0)
    centres = rng.normal(scale=40, size=(3, 5))
    labels = rng.integers(0, 3, 300)
    return (centres[labels] + rng.normal(scale=8, size=(300, 5))).astype(np.float32), np.array(["a", "b", "c"])[labels]


@pytest.fixture(scope="module")
def blob_bonsai(blobs):
    return tc.Bonsai(budget_bytes=300, steps=400).fit(*blobs)


def test_any_numeric_features_and_any_labels(blobs, blob_bonsai):
    x, y = blobs
    assert (blob_bonsai.predict(x) == y).mean() >= 0.97
    assert blob_bonsai.classes_.tolist() == ["a", "b", "c"]
    graph = tc.quantize(blob_bonsai, x)
    assert graph.model_bytes <= 300
    assert graph.labels == ("a", "b", "c")
    assert (np.array(graph.labels)[graph.classify(x)] == y).mean() >= 0.97
    assert not blob_bonsai.helpers_.augment
    with pytest.raises(InputError, match="5 features"):
        blob_bonsai.predict(x[:, :4])


def test_the_same_seed_gives_the_same_integers(blobs, blob_bonsai):
    again = tc.Bonsai(budget_bytes=300, steps=400).fit(*blobs)
    for name, matrix in blob_bonsai.weights_.items():
        np.testing.assert_array_equal(matrix.values, again.weights_[name].values)


def test_search_tries_every_shape(blobs):
    bonsai = tc.Bonsai(budget_bytes=60, steps=200, search=True, distill=False).fit(*blobs)
    shapes = [str(shape) for shape in candidates(60, 5, 3, 5 * 5)]  # five bytes encode a feature
    assert len(shapes) == 3
    assert [trial for trial in bonsai.trials_ if "projected features" in trial] == shapes
    assert str(bonsai.configuration_) in shapes
    assert bonsai.configuration_.model_bytes(5, 3, 5 * 5) <= 60


def test_two_classes_and_a_single_node(blobs):
    x, y = blobs
    keep = y != "c"
    bonsai = tc.Bonsai(budget_bytes=60, steps=300).fit(x[keep], y[keep])
    assert bonsai.configuration_.depth == 0
    assert tc.quantize(bonsai, x[keep]).model_bytes <= 60
    assert (bonsai.predict(x[keep]) == y[keep]).mean() >= 0.9


def test_classes_too_small_to_split_are_trained_without_trials():
    bonsai = tc.Bonsai(steps=100).fit(X[:4], Y[:4])
    assert bonsai.trials_ == {}
