"""The models that every exporter gets: fixed settings, trained once on the digits' fixed split.

Nothing is tuned, for nobody. The peers read the estimators from a pickle that this module wrote itself.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import sklearn

from tinyml_course.datasets import Dataset

#: Largest pixel; networks are trained on pixels divided by it.
WHITE = 16.0
NETWORKS = ("mlp", "small mlp")


def estimators() -> dict[str, Any]:
    """Untrained estimators, by the name that the table uses."""
    from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier
    from sklearn.svm import LinearSVC
    from sklearn.tree import DecisionTreeClassifier

    return {
        "tree": DecisionTreeClassifier(max_leaf_nodes=96, random_state=0),
        "forest": RandomForestClassifier(10, max_leaf_nodes=32, random_state=0),
        "extra trees": ExtraTreesClassifier(30, max_leaf_nodes=64, random_state=0),
        "logistic": LogisticRegression(C=0.1, max_iter=5000),
        "linear svc": LinearSVC(C=0.01, max_iter=50_000, random_state=0),
        "mlp": MLPClassifier((16,), max_iter=2000, random_state=0),
        "small mlp": MLPClassifier((3,), max_iter=5000, random_state=0),  # as large as a peer's floats may be
    }


def train(data: Dataset, work: Path, fresh: bool) -> dict[str, Any]:
    """Train all estimators, or take those of the last run; the peers read the same file."""
    models = estimators()
    settings = hashlib.sha256(repr([sklearn.__version__, data.name, len(data.x_train), models]).encode()).hexdigest()
    path = work / f"models-{settings[:12]}.joblib"
    (work / "models.txt").write_text(path.name, encoding="utf-8")
    if path.exists() and not fresh:
        return dict(joblib.load(path))
    for name, model in models.items():
        model.fit(inputs_of(name, data.x_train), data.y_train)
    joblib.dump(models, path)
    return models


def inputs_of(model: str, x: np.ndarray) -> np.ndarray:
    """Pixels as a model was trained with them: from 0 to 1 for the networks, raw for all others."""
    return x / WHITE if model in NETWORKS else x
