"""scikit-learn estimators on random data of every type a board takes, many of them with ties."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
DTYPES = ("uint8", "int8", "uint16", "int16", "float32")


def random_classification(seed: int, n: int = 240) -> tuple[Array, Array]:
    """Data of a random type with a random number of features and classes, few values each in every other case."""
    rng = np.random.default_rng(seed)
    dtype = np.dtype(DTYPES[seed % len(DTYPES)])
    features, classes = int(rng.integers(1, 24)), int(rng.choice([2, 3, 7, 10, 13, 18]))
    spread = 2.0 if seed % 2 else 40.0
    x = np.rint(rng.normal(scale=spread, size=(n, features)))
    if dtype.kind == "f":
        x = x * 0.37 * 10.0 ** rng.integers(-3, 4)
    elif dtype.kind == "u":
        x = np.abs(x)
    scores = x @ rng.normal(size=(features, classes)) + rng.normal(scale=x.std() + 1, size=(n, classes))
    labels = np.array([f"class {c:02d}" for c in range(classes)]) if seed % 3 == 0 else np.arange(classes) * 3 - 4
    y = labels[scores.argmax(axis=1)]
    y[:2] = labels[:2]
    return x.astype(dtype), y


def random_tree_model(seed: int) -> Any:
    """A decision tree, a random forest or extra trees of a random size, not trained yet."""
    from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
    from sklearn.tree import DecisionTreeClassifier

    rng = np.random.default_rng(seed)
    leaves = [None, 2, 8, 30][int(rng.integers(4))]
    if seed % 4 == 0:
        return DecisionTreeClassifier(max_leaf_nodes=leaves, random_state=seed)
    forest = (RandomForestClassifier, ExtraTreesClassifier)[seed % 2]
    return forest(int(rng.integers(1, 9)), max_leaf_nodes=leaves, random_state=seed, n_jobs=1)


def fitted(model: Any, x: Array, y: Array) -> Any:
    """Train without a word about iterations."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(x, y)
