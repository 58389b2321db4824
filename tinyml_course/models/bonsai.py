"""Bonsai as an estimator: fit, predict, and a budget in bytes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tinyml_course.errors import InputError
from tinyml_course.features import FeatureEncoding
from tinyml_course.graph import Array
from tinyml_course.models.bonsai_budget import candidates, choose_configuration
from tinyml_course.models.bonsai_training import TrainingRecipe
from tinyml_course.models.bonsai_trials import Bench, choose_helpers, search_shape
from tinyml_course.models.bonsai_weights import hard_scores
from tinyml_course.progress import bar

#: A square number of features is tried as an image from this side length on.
SMALLEST_SIDE = 4


class Bonsai:
    """A tree of linear classifiers on a few projected features, small enough for an Uno.

    Kumar, Goyal and Varma, ICML 2017. The weights are 4-bit integers when training ends.

    Parameters
    ----------
    budget_bytes : int, default 2048
        Every stored parameter must fit into it.
    seed : int, default 0
        Of everything random: initial weights, augmentation, splits.
    image_shape : (int, int) or None, default None
        Height and width if a sample is an image stored row by row: moved copies of the images are then
        added. None tries a square number of features as an image, and keeps the copies only if they gain
        on validation data.
    search : bool, default False
        Try every shape that fits on a validation split. By default the shape comes from a rule, see
        :func:`~tinyml_course.models.bonsai_budget.choose_configuration`.
    distill : bool or None, default None
        Learn from a bigger teacher as well. None does so unless the teacher is worse on validation data, by
        more than a standard error: a weak teacher harms.
    steps : int, default 5000
        Optimizer steps of the final training.

    Attributes
    ----------
    classes_ : ndarray
        Sorted training labels.
    configuration_ : BonsaiConfiguration
        The shape that was trained.
    features_ : FeatureEncoding
        Raw values to codes.
    weights_ : dict of str to QuantizedMatrix
        ``Z`` (D̂, 1 + D), ``W`` and ``V`` (K, C, D̂), ``theta`` (I, D̂).
    n_features_ : int
        D.
    helpers_ : Helpers
        Whether moved copies and a teacher were used.
    trials_ : dict of str to float
        Validation accuracy of every trial that was made.
    """

    def __init__(
        self,
        budget_bytes: int = 2048,
        seed: int = 0,
        image_shape: tuple[int, int] | None = None,
        *,
        search: bool = False,
        distill: bool | None = None,
        steps: int = 5000,
    ) -> None:
        self.budget_bytes, self.seed, self.image_shape = budget_bytes, seed, image_shape
        self.search, self.distill, self.steps = search, distill, steps

    def fit(self, x: npt.ArrayLike, y: npt.ArrayLike, *, progress: bool | None = None) -> Bonsai:
        """Train under the budget.

        Parameters
        ----------
        x : array_like of shape (n, features) or (n, height, width)
            Raw numbers, integer or float.
        y : array_like of shape (n,)
            Labels.
        progress : bool, optional
            Show a progress bar; by default in terminals and notebooks.

        Raises
        ------
        InputError
            For NaN, wrong shapes, or fewer than two classes.
        BudgetError
            If no Bonsai for so many features and classes fits the budget.
        """
        raw, labels = flat_numbers(x), np.asarray(y)
        self.classes_, indices = _classes(labels, len(raw))
        self.n_features_ = raw.shape[1]
        self.features_ = FeatureEncoding.fit(raw)
        sizes = (self.budget_bytes, self.n_features_, len(self.classes_), 5 * self.features_.shift.size)
        self.configuration_ = choose_configuration(*sizes)
        shapes = candidates(*sizes) if self.search else []
        final, trial = TrainingRecipe(self.steps), TrainingRecipe(max(100, self.steps // 8))
        attempt = TrainingRecipe(max(100, self.steps // 2))
        total = final.steps + 2 * trial.steps + len(shapes) * attempt.steps
        with bar(f"Training Bonsai ({self.configuration_})", total, show=progress) as step:
            image = self._image_shape(np.shape(x)[1:])
            codes = (self.features_.encode(raw) / self.features_.code_of_one).astype(np.float32)
            bench = Bench(codes, indices, len(self.classes_), image, self.seed, step)
            augment = None if image and self.image_shape is None else image is not None
            self.helpers_, self.trials_ = choose_helpers(bench, self.configuration_, trial, augment, self.distill)
            bench.skip_to(2 * trial.steps)
            if shapes:
                self.configuration_, found = search_shape(bench, shapes, attempt, self.helpers_)
                self.trials_ |= found
            bench.skip_to(total - final.steps)
            self.weights_ = bench.train(self.configuration_, final, self.helpers_)
        return self

    def predict(self, x: npt.ArrayLike) -> Array:
        """Labels, shape (n,), by the quantized weights in real arithmetic and hard branches.

        The exact integers of the board are those of ``tc.quantize(self, x).predict``.

        Raises
        ------
        InputError
            Before :meth:`fit`, or for another number of features.
        """
        if not hasattr(self, "weights_"):
            raise InputError("This Bonsai is not trained yet. Call fit(x, y) first.")
        raw = flat_numbers(x)
        if raw.shape[1] != self.n_features_:
            raise InputError(f"Expected {self.n_features_} features, got {raw.shape[1]}.")
        codes = self.features_.encode(raw) / self.features_.code_of_one
        labels: Array = self.classes_[hard_scores(self.weights_, codes).argmax(axis=1)]
        return labels

    def _image_shape(self, sample_shape: tuple[int, ...]) -> tuple[int, int] | None:
        """Return the given image shape, or the samples' own, or a square one, that is worth a try."""
        if self.image_shape is not None:
            height, width = self.image_shape
            if height * width != self.n_features_:
                raise InputError(f"image_shape {self.image_shape} does not give {self.n_features_} features.")
            return height, width
        if len(sample_shape) == 2 and min(sample_shape) >= SMALLEST_SIDE:
            return sample_shape[0], sample_shape[1]
        side = round(self.n_features_**0.5)
        return (side, side) if side >= SMALLEST_SIDE and side * side == self.n_features_ else None


def flat_numbers(x: npt.ArrayLike) -> Array:
    """Check raw data; return numbers of shape (n, features), floats as float32."""
    raw = np.asarray(x)
    if raw.dtype.kind not in "iuf" or raw.ndim < 2 or not raw.size:
        raise InputError(f"Expected numbers of shape (n, features) with n >= 1, got {raw.dtype} of shape {raw.shape}.")
    raw = raw.reshape(len(raw), -1)
    if raw.dtype.kind == "f":
        if not np.isfinite(raw).all():
            raise InputError("The features have values that are NaN or infinite; every value must be a finite number.")
        raw = raw.astype(np.float32)
    return raw


def _classes(labels: Array, samples: int) -> tuple[Array, Array]:
    """Return the sorted labels, and the index of each sample's label among them."""
    if labels.shape != (samples,):
        raise InputError(f"Expected one label for each of the {samples} samples, got shape {labels.shape}.")
    if labels.dtype.kind == "f" and not (np.isfinite(labels).all() and (labels == np.round(labels)).all()):
        raise InputError("Labels must be classes, not real numbers: Bonsai classifies, it does not regress.")
    classes, indices = np.unique(labels, return_inverse=True)
    if len(classes) < 2:
        raise InputError(f"Expected at least two classes, got {len(classes)}: {classes.tolist()}.")
    if len(classes) > 255:
        raise InputError(f"Expected at most 255 classes (a board answers with one byte), got {len(classes)}.")
    return classes, indices
