"""Trees and forests in integers answer as scikit-learn does."""

from __future__ import annotations

import numpy as np
import pytest
from random_estimators import fitted, random_classification, random_tree_model
from sklearn.ensemble import RandomForestClassifier

import tinyml_course as tc
from tinyml_course.convert.sklearn_trees import vote_steps, whole_votes
from tinyml_course.errors import MemoryLimitError


def answers(graph, x):
    return np.array(graph.labels)[graph.classify(x)]


@pytest.fixture(scope="module")
def extra_trees(digits):
    from sklearn.ensemble import ExtraTreesClassifier

    return ExtraTreesClassifier(30, max_leaf_nodes=64, random_state=0).fit(digits.x_train, digits.y_train)


def test_digits_tree_is_equal(digits):
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(max_leaf_nodes=96, random_state=0).fit(digits.x_train, digits.y_train)
    graph = tc.quantize(tree, digits.x_train)
    np.testing.assert_array_equal(answers(graph, digits.x_test), tree.predict(digits.x_test))
    assert graph.predict(digits.x_test).sum(axis=1).tolist() == [1] * 540
    assert graph.tensors["feature"].shape == (95,)
    # one byte for each feature, threshold and root, two of them for the children of each node
    assert graph.model_bytes == 95 * 4 + 1


def test_digits_forest_votes_softly(digits, extra_trees):
    graph = tc.quantize(extra_trees, digits.x_train)
    np.testing.assert_array_equal(answers(graph, digits.x_test), extra_trees.predict(digits.x_test))
    votes = graph.predict(digits.x_test)
    assert votes.dtype == np.uint16
    assert set(votes.sum(axis=1).tolist()) == {30 * 240}
    np.testing.assert_allclose(votes / (30 * 240), extra_trees.predict_proba(digits.x_test), atol=1 / 240)


def test_digits_forest_votes_hard_where_asked(digits, extra_trees):
    graph = tc.quantize(extra_trees, digits.x_train, vote="hard")
    each = np.stack([tree.predict(digits.x_test).astype(int) for tree in extra_trees.estimators_])
    expected = np.stack([(each == c).sum(axis=0) for c in range(10)], axis=1)
    np.testing.assert_array_equal(graph.predict(digits.x_test), expected)
    assert graph.predict(digits.x_test).dtype == np.uint8
    assert graph.model_bytes < tc.quantize(extra_trees, digits.x_train).model_bytes / 2


@pytest.mark.parametrize("seed", range(60))
def test_random_models_are_equal(seed):
    x, y = random_classification(seed)
    model = fitted(random_tree_model(seed), x, y)
    graph = tc.quantize(model, x)
    np.testing.assert_array_equal(answers(graph, x), model.predict(x))
    fresh = np.random.default_rng(seed).permuted(x, axis=0)  # values that occur, in combinations that do not
    probabilities = np.sort(model.predict_proba(fresh), axis=1)
    clear = probabilities[:, -1] - probabilities[:, -2] > 1e-3
    np.testing.assert_array_equal(answers(graph, fresh)[clear], model.predict(fresh)[clear])
    assert (answers(graph, fresh) == model.predict(fresh)).mean() > 0.95  # ties: see the module's docstring


@pytest.mark.parametrize("seed", range(20))
def test_pure_leaves_tie_as_in_scikit_learn(seed):
    from sklearn.ensemble import ExtraTreesClassifier

    rng = np.random.default_rng(seed)
    x = rng.integers(0, 4, (60, 6)).astype(np.uint8)
    x, first = np.unique(x, axis=0, return_index=True)
    model = ExtraTreesClassifier(6, random_state=seed).fit(x, rng.integers(0, 3, len(first)))
    samples = rng.integers(x.min(), x.max(), (2000, 6), endpoint=True).astype(np.uint8)
    probabilities = np.sort(model.predict_proba(samples), axis=1)
    assert (probabilities[:, -1] == probabilities[:, -2]).sum() > 50
    for vote in ("soft", "hard"):
        graph = tc.quantize(model, x, vote=vote)
        np.testing.assert_array_equal(graph.classify(samples), model.predict(samples))


def scalers():
    from sklearn import preprocessing

    names = ("StandardScaler", "MinMaxScaler", "MaxAbsScaler", "RobustScaler")
    return [[], *([getattr(preprocessing, name)()] for name in names), [preprocessing.MinMaxScaler(clip=True)] * 2]


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32"])
def test_scaling_is_folded_into_the_thresholds(number, dtype):
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.pipeline import make_pipeline

    rng = np.random.default_rng(number)
    x = rng.integers(0, 90, (150, 5)).astype(dtype) - np.dtype(dtype).type(30 if dtype != "uint8" else 0)
    x[:, 1] = 7
    y = (x[:, 0] > x[:, 2]) + 2 * (x[:, 3] > 20)
    model = make_pipeline(*scalers()[number], RandomForestClassifier(3, random_state=0)).fit(x, y)
    graph = tc.quantize(model, x)
    every = np.repeat(np.arange(x.min(), x.max() + 1)[:, None], 5, axis=1).astype(dtype)
    for samples in (x, rng.permuted(x, axis=0), rng.permuted(every, axis=0)):
        np.testing.assert_array_equal(graph.classify(samples), model.predict(samples))


def test_thresholds_between_two_floats():
    from sklearn.tree import DecisionTreeClassifier

    low = np.float32(0.1)
    for value in (low, -low, np.float32(0), np.float32(1e-40)):
        above = np.nextafter(value, np.float32(9), dtype=np.float32)
        x = np.array([[value], [above]], np.float32)
        graph = tc.quantize(DecisionTreeClassifier().fit(np.array([[value - 1], [value + 1]]), [0, 1]), x)
        assert graph.tensors["threshold"].dtype == np.int32
        assert (
            graph.classify(x).tolist()
            == DecisionTreeClassifier().fit(np.array([[value - 1], [value + 1]]), [0, 1]).predict(x).tolist()
        )
    minus_zero = np.array([[-0.0], [0.0], [-1.0], [1.0]], np.float32)
    tree = DecisionTreeClassifier().fit(np.array([[-1.0], [1.0]]), [0, 1])
    assert tree.tree_.threshold[0] == 0.0
    assert tc.quantize(tree, minus_zero).classify(minus_zero).tolist() == [0, 0, 0, 1]


def test_what_cannot_matter_is_left_out():
    from sklearn.tree import DecisionTreeClassifier

    x = np.arange(16, dtype=np.uint8)[:, None]
    tree = DecisionTreeClassifier().fit(x, np.repeat([0, 1, 0, 1], 4))
    assert tree.tree_.node_count == 7
    assert tc.quantize(tree, x).tensors["threshold"].values.tolist() == [3, 7, 11]
    narrow = tc.quantize(tree, x[5:10])  # values below 5 and above 9 are refused: one comparison is left
    assert narrow.tensors["threshold"].values.tolist() == [7]
    np.testing.assert_array_equal(narrow.classify(x[5:10]), tree.predict(x[5:10]))
    single = tc.quantize(tree, x[4:8])
    assert single.tensors["feature"].shape == (0,)
    assert single.classify(x[4:8]).tolist() == [1] * 4


def test_equal_sides_become_one_leaf():
    from sklearn.tree import DecisionTreeClassifier

    x = np.array([[0], [1], [2], [3]], np.uint8).repeat(4, axis=0)
    y = [0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 1, 0, 1, 1, 1, 1]  # the best class changes once
    tree = DecisionTreeClassifier().fit(x, y)
    assert tree.tree_.node_count == 7
    assert tc.quantize(tree, x).tensors["threshold"].values.tolist() == [1]


def test_steps_are_multiples_of_small_numbers():
    assert vote_steps(255) == 240
    assert vote_steps(2184) == 1680
    assert vote_steps(1) == 1
    assert all(vote_steps(limit) > 0.5 * limit for limit in range(1, 3000))


def test_votes_of_a_leaf_add_up():
    shares = np.random.default_rng(0).dirichlet(np.ones(5), 200)
    votes = whole_votes(shares, 240)
    assert (votes.sum(axis=1) == 240).all()
    assert np.abs(votes / 240 - shares).max() < 1 / 240
    assert whole_votes(np.array([[0.29, 0.71]]), 100).tolist() == [[29, 71]]
    assert whole_votes(np.array([[0.5, 0.5, 0.0]]), 255).tolist() == [[128, 127, 0]]


def test_wider_votes_where_narrow_ones_decide_differently(monkeypatch, digits, extra_trees):
    from tinyml_course.convert import sklearn_trees

    monkeypatch.setattr(sklearn_trees, "_vote_limits", lambda trees: [2, 255, 2184])
    graph = tc.quantize(extra_trees, digits.x_train)
    assert "steps of 1/240:" in graph.description


def test_votes_stay_coarse_where_fine_ones_would_not_fit_an_uno(extra_trees):
    from tinyml_course.convert.sklearn_trees import _vote_limits

    trees = [member.tree_ for member in extra_trees.estimators_]
    assert _vote_limits(trees) == [255]
    assert _vote_limits(trees[:15]) == [255, 65_535 // 15]
    assert _vote_limits(trees[:3]) == [65_535 // 3, (2**32 - 1) // 3]


def test_a_forest_that_is_too_large_for_the_board(digits):
    forest = RandomForestClassifier(60, random_state=0).fit(digits.x_train, digits.y_train)
    graph = tc.quantize(forest, digits.x_train)
    report = tc.size(graph)
    assert not report.fits
    assert not report.boards["nano"].fits
    with pytest.raises(MemoryLimitError, match="missing") as caught:
        tc.export_arduino(graph)
    assert caught.value.needed <= report.flash_bytes
    assert tc.export_arduino(graph, board="pico").board == "pico"


def test_fine_votes_only_where_they_fit(digits):
    forest = RandomForestClassifier(20, max_leaf_nodes=64, random_state=0).fit(digits.x_train, digits.y_train)
    graph = tc.quantize(forest, digits.x_train)
    # The finest votes would decide the closest call as scikit-learn does, and would not fit.
    assert (graph.classify(digits.x_train) != forest.predict(digits.x_train)).sum() <= 1
    assert tc.size(graph).fits
