"""A big teacher for a small student (Hinton, Vinyals, Dean, 2015).

The teacher is a support vector machine with an RBF kernel: megabytes large, trained in a second, and
more accurate than any 2 KB model. The student learns from the teacher's soft answers as well as from
the labels.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinyml_course.graph import Array

#: Training samples a teacher sees at most; its training time grows with their square.
TEACHER_SAMPLES = 8000
#: Weight of the teacher's answer in the student's target; the label has the rest.
TEACHER_WEIGHT = 0.9


def fit_teacher(x: Array, labels: Array) -> Any:
    """Train the teacher.

    Parameters
    ----------
    x : ndarray of shape (n, features)
        Values of about 0 to 1; the first ``TEACHER_SAMPLES`` are used.
    labels : ndarray of int, shape (n,)
        Class indices.
    """
    from sklearn.svm import SVC

    return SVC(C=10.0, gamma="scale").fit(x[:TEACHER_SAMPLES], labels[:TEACHER_SAMPLES])


def soft_targets(teacher: Any, x: Array, labels: Array, n_classes: int) -> Array:
    """Mix the teacher's answers with the labels.

    Returns
    -------
    ndarray of float32, shape (n, n_classes)
        Each row sums to 1.
    """
    scores = np.asarray(teacher.decision_function(x))
    if scores.ndim == 1:  # two classes: scikit-learn gives one score
        scores = np.stack([-scores, scores], axis=1)
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    answers = scores / scores.sum(axis=1, keepdims=True)
    targets: Array = (TEACHER_WEIGHT * answers + (1 - TEACHER_WEIGHT) * hard_targets(labels, n_classes)).astype(
        np.float32
    )
    return targets


def hard_targets(labels: Array, n_classes: int) -> Array:
    """One-hot rows, float32, shape (n, n_classes)."""
    return np.eye(n_classes, dtype=np.float32)[labels]
