"""A big teacher for a small student (Hinton, Vinyals, Dean, 2015).

The teacher is a support vector machine with an RBF kernel: far too large for a board, trained in seconds,
and more accurate than any 2 KB model. The student learns from the teacher's soft answers as well as from
the labels. The numbers below were chosen by cross-validation, see ``benchmarks/bonsai_validation.py``.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from tinyml_course.graph import Array

#: Training samples a teacher sees at most; its training time grows with their square.
TEACHER_SAMPLES = 8000
#: Width of the kernel: gamma = this / (features * variance).
TEACHER_GAMMA = 3.0
#: Cost of a training error.
TEACHER_COST = 10.0
#: The teacher's scores are multiplied by this before the softmax. Neighbours in its ranking of the classes
#: are about 1 apart; without it, its answers would be too soft to learn from.
TEACHER_SHARPNESS = 3.0
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

    x, labels = x[:TEACHER_SAMPLES], labels[:TEACHER_SAMPLES]
    gamma = TEACHER_GAMMA / (x.shape[1] * max(float(x.var()), 1e-9))
    return SVC(C=TEACHER_COST, gamma=gamma).fit(x, labels)


def soft_targets(teacher: Any, x: Array, labels: Array, n_classes: int) -> Array:
    """Mix the teacher's answers with the labels.

    Returns
    -------
    ndarray of float32, shape (n, n_classes)
        Each row sums to 1.
    """
    workers = os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as pool:  # scikit-learn lets go of the interpreter while it computes
        parts = list(pool.map(teacher.decision_function, np.array_split(x, min(workers, len(x)))))
    scores = np.concatenate(parts)
    if scores.ndim == 1:  # two classes: scikit-learn gives one score
        scores = np.stack([-scores, scores], axis=1)
    scores = np.exp(TEACHER_SHARPNESS * (scores - scores.max(axis=1, keepdims=True)))
    answers = scores / scores.sum(axis=1, keepdims=True)
    targets: Array = TEACHER_WEIGHT * answers + (1 - TEACHER_WEIGHT) * hard_targets(labels, n_classes)
    return targets.astype(np.float32)


def hard_targets(labels: Array, n_classes: int) -> Array:
    """One-hot rows, float32, shape (n, n_classes)."""
    return np.eye(n_classes, dtype=np.float32)[labels]
