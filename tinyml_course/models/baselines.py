"""What a 2 KB model is compared with: a nearest-neighbour classifier and a neural network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tinyml_course.datasets import Dataset

#: Both keep 32-bit numbers.
BYTES_PER_NUMBER = 4
NEIGHBOURS = (1, 3, 5, 7)
HIDDEN_UNITS = 128


@dataclass(frozen=True)
class Baseline:
    """A rival, trained on the same raw training data.

    Parameters
    ----------
    name : str
        What it is, in a few words.
    stored_bytes : int
        Every number it keeps, at 4 bytes each.
    accuracy : float
        Fraction of the test set that it gets right.
    """

    name: str
    stored_bytes: int
    accuracy: float


def nearest_neighbours(data: Dataset) -> Baseline:
    """Keep the whole training set; the number of neighbours is chosen by 5-fold cross-validation on it."""
    from sklearn.model_selection import cross_val_score
    from sklearn.neighbors import KNeighborsClassifier

    def validated(k: int) -> float:
        return float(cross_val_score(KNeighborsClassifier(k), data.x_train, data.y_train, cv=5).mean())

    k = max(NEIGHBOURS, key=validated)
    model = KNeighborsClassifier(k).fit(data.x_train, data.y_train)
    return Baseline(f"kNN, k = {k}", data.x_train.size * BYTES_PER_NUMBER, _accuracy(model, data))


def neural_network(data: Dataset, seed: int = 0) -> Baseline:
    """One hidden layer of 128 rectified units, trained until ten rounds gain less than 0.001 in loss."""
    from sklearn.neural_network import MLPClassifier

    scale = float(data.x_train.max())
    model = MLPClassifier((HIDDEN_UNITS,), max_iter=1000, tol=1e-3, random_state=seed)
    model.fit(data.x_train / scale, data.y_train)
    numbers = sum(w.size for w in [*model.coefs_, *model.intercepts_])
    name = f"Network, {HIDDEN_UNITS} hidden units"
    return Baseline(name, numbers * BYTES_PER_NUMBER, float((model.predict(data.x_test / scale) == data.y_test).mean()))


def _accuracy(model: Any, data: Dataset) -> float:
    return float((model.predict(data.x_test) == data.y_test).mean())
