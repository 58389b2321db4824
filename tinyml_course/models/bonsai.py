"""Bonsai as an estimator: fit, predict, and a budget in bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyml_course.errors import InputError
from tinyml_course.features import FeatureEncoding
from tinyml_course.graph import Array
from tinyml_course.models.augmentation import affine_copies
from tinyml_course.models.bonsai_budget import BonsaiConfiguration, candidates, choose_configuration
from tinyml_course.models.bonsai_training import TrainingRecipe, train
from tinyml_course.models.distillation import fit_teacher, hard_targets, soft_targets
from tinyml_course.progress import bar

#: Moved copies of every image that augmentation adds.
COPIES = 20
#: Moved copies that the teacher sees.
TEACHER_COPIES = 4
#: Share of the training data that trials are judged on.
VALIDATION_SHARE = 0.2
#: Fewest samples of a class with which a validation split is made.
SMALLEST_CLASS = 5


@dataclass(frozen=True)
class QuantizedMatrix:
    """Integer weights and the real step of one integer.

    Parameters
    ----------
    values : ndarray of int64
        Integers of ``bits`` bits, symmetric around zero.
    scale : float
        ``real = scale * integer``.
    """

    values: Array
    scale: float


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
        Learn from a bigger teacher as well. None does so when the teacher is better on validation data.
    steps : int, default 8000
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
    augmented_, distilled_ : bool
        What was kept.
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
        steps: int = 8000,
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
        raw, labels = self._check(x, y)
        self.n_features_ = raw.shape[1]
        self.features_ = FeatureEncoding.fit(raw)
        shape_of = (self.budget_bytes, self.n_features_, len(self.classes_), self._encoding_bytes(raw))
        self.configuration_ = choose_configuration(*shape_of)
        codes = (self.features_.encode(raw) / self.features_.code_of_one).astype(np.float32)
        image = self._image_shape()
        self.trials_: dict[str, float] = {}
        trial_recipe = TrainingRecipe(steps=max(100, self.steps // 8))
        shapes = candidates(*shape_of) if self.search else []
        total = self.steps + 2 * trial_recipe.steps + len(shapes) * (self.steps // 2)
        with bar(f"Training Bonsai ({self.configuration_})", total, show=progress) as step:
            self._done, self._step = 0, step
            self.augmented_, self.distilled_ = self._choose_recipe(codes, labels, image, trial_recipe)
            if shapes:
                self.configuration_ = self._search(shapes, codes, labels, image)
            layer = self._train(
                self.configuration_, codes, labels, image if self.augmented_ else None, self.distilled_,
                TrainingRecipe(steps=self.steps),
            )  # fmt: skip
        del self._step, self._done
        self.weights_ = {
            name: QuantizedMatrix(values, scale) for name, (values, scale) in layer.integer_matrices().items()
        }
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
        raw = _flat(x)
        if raw.shape[1] != self.n_features_:
            raise InputError(f"Expected {self.n_features_} features, got {raw.shape[1]}.")
        codes = self.features_.encode(raw) / self.features_.code_of_one
        return self.classes_[hard_scores(self.weights_, codes).argmax(axis=1)]

    @property
    def model_bytes(self) -> int:
        """Bytes of every stored parameter of the trained shape."""
        identity = not np.any(self.features_.shift) and not np.any(self.features_.zero_point)
        encoding = 0 if identity else 5 * self.features_.shift.size
        return self.configuration_.model_bytes(self.n_features_, len(self.classes_), encoding)

    def _check(self, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Array, Array]:
        raw, labels = _flat(x), np.asarray(y)
        if labels.shape != (len(raw),):
            raise InputError(f"Expected one label for each of the {len(raw)} samples, got shape {labels.shape}.")
        if labels.dtype.kind == "f" and not (np.isfinite(labels).all() and (labels == np.round(labels)).all()):
            raise InputError("Labels must be classes, not real numbers: Bonsai classifies, it does not regress.")
        self.classes_, indices = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:  # noqa: PLR2004
            raise InputError(f"Expected at least two classes, got {len(self.classes_)}: {self.classes_.tolist()}.")
        return raw, indices

    def _encoding_bytes(self, raw: Array) -> int:
        return 5 * self.features_.shift.size

    def _image_shape(self) -> tuple[int, int] | None:
        if self.image_shape is not None:
            height, width = self.image_shape
            if height * width != self.n_features_:
                raise InputError(f"image_shape {self.image_shape} does not give {self.n_features_} features.")
            return height, width
        side = round(self.n_features_**0.5)
        return (side, side) if side >= 4 and side * side == self.n_features_ else None  # noqa: PLR2004

    def _choose_recipe(
        self, codes: Array, labels: Array, image: tuple[int, int] | None, recipe: TrainingRecipe
    ) -> tuple[bool, bool]:
        """Decide on validation data whether moved copies and a teacher are worth having."""
        augment = image is not None and self.image_shape is not None
        decided = (augment or image is None) and self.distill is not None
        if decided or np.bincount(labels).min() < SMALLEST_CLASS:
            self._advance(2 * recipe.steps)
            return augment, bool(self.distill)
        train_x, valid_x, train_y, valid_y = self._split(codes, labels)

        def trial(name: str, with_image: bool) -> float:
            layer = self._train(self.configuration_, train_x, train_y, image if with_image else None, False, recipe)
            self.trials_[name] = self._accuracy(layer, valid_x, valid_y)
            return self._log_loss(layer, valid_x, valid_y)

        if image is not None and not augment:
            augment = trial("augmented", True) < trial("plain", False)
        else:
            trial("augmented" if augment else "plain", augment)
            self._advance(recipe.steps)
        student = self.trials_["augmented" if augment else "plain"]
        distill = self.distill
        if distill is None:
            copies, copy_labels = self._augmented(train_x, train_y, image if augment else None, TEACHER_COPIES)
            teacher = fit_teacher(copies, copy_labels)
            self.trials_["teacher"] = float((teacher.predict(valid_x) == valid_y).mean())
            distill = self.trials_["teacher"] > student
        return augment, distill

    def _search(
        self, shapes: list[BonsaiConfiguration], codes: Array, labels: Array, image: tuple[int, int] | None
    ) -> BonsaiConfiguration:
        """Train every shape on a part of the data and keep the best on the rest."""
        if np.bincount(labels).min() < SMALLEST_CLASS:
            raise InputError(f"search=True needs at least {SMALLEST_CLASS} samples of every class to validate on.")
        train_x, valid_x, train_y, valid_y = self._split(codes, labels)
        recipe, losses = TrainingRecipe(steps=self.steps // 2), {}
        for shape in shapes:
            layer = self._train(shape, train_x, train_y, image if self.augmented_ else None, self.distilled_, recipe)
            self.trials_[str(shape)] = self._accuracy(layer, valid_x, valid_y)
            losses[shape] = self._log_loss(layer, valid_x, valid_y)
        return max(shapes, key=lambda shape: (self.trials_[str(shape)], -losses[shape]))

    def _split(self, codes: Array, labels: Array) -> tuple[Array, Array, Array, Array]:
        from sklearn.model_selection import train_test_split

        parts: tuple[Array, Array, Array, Array] = train_test_split(
            codes, labels, test_size=VALIDATION_SHARE, stratify=labels, random_state=self.seed
        )
        return parts

    def _augmented(
        self, codes: Array, labels: Array, image: tuple[int, int] | None, copies: int
    ) -> tuple[Array, Array]:
        if image is None:
            return codes, labels
        rng = np.random.default_rng(self.seed)
        moved = [affine_copies(codes, image, rng) for _ in range(copies)]
        return np.concatenate([codes, *moved]), np.tile(labels, copies + 1)

    def _train(
        self,
        shape: BonsaiConfiguration,
        codes: Array,
        labels: Array,
        image: tuple[int, int] | None,
        distill: bool,
        recipe: TrainingRecipe,
    ) -> Any:
        x, y = self._augmented(codes, labels, image, COPIES)
        if distill:
            seen = len(codes) * (TEACHER_COPIES + 1)
            targets = soft_targets(fit_teacher(x[:seen], y[:seen]), x, y, len(self.classes_))
        else:
            targets = hard_targets(y, len(self.classes_))
        start = self._done
        layer = train(
            shape, x, targets, seed=self.seed, recipe=recipe, on_progress=lambda done: self._step(start + done)
        )
        self._done = start + recipe.steps
        return layer

    def _advance(self, steps: int) -> None:
        self._done += steps
        self._step(self._done)

    def _hard_scores(self, layer: Any, codes: Array) -> Array:
        weights = {name: QuantizedMatrix(*pair) for name, pair in layer.integer_matrices().items()}
        return hard_scores(weights, codes)

    def _accuracy(self, layer: Any, codes: Array, labels: Array) -> float:
        return float((self._hard_scores(layer, codes).argmax(axis=1) == labels).mean())

    def _log_loss(self, layer: Any, codes: Array, labels: Array) -> float:
        scores = self._hard_scores(layer, codes)
        scores -= scores.max(axis=1, keepdims=True)
        return float((np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(len(labels)), labels]).mean())


def _flat(x: npt.ArrayLike) -> Array:
    """Numbers of shape (n, features); floats as float32."""
    raw = np.asarray(x)
    if raw.dtype.kind not in "iuf" or raw.ndim < 2 or not len(raw):  # noqa: PLR2004
        raise InputError(f"Expected numbers of shape (n, features) with n >= 1, got {raw.dtype} of shape {raw.shape}.")
    raw = raw.reshape(len(raw), -1)
    if raw.dtype.kind == "f":
        if not np.isfinite(raw).all():
            raise InputError("The features have values that are NaN or infinite; every value must be a finite number.")
        raw = raw.astype(np.float32)
    return raw


def hard_scores(weights: dict[str, QuantizedMatrix], codes: Array) -> Array:
    """Scores along the one hard path, in real arithmetic, shape (n, C).

    Parameters
    ----------
    weights : dict of str to QuantizedMatrix
        ``Z``, ``W``, ``V``, ``theta``.
    codes : ndarray of float, shape (n, D)
        Codes divided by the code of one.
    """
    Z, W, V, theta = (weights[name].values * weights[name].scale for name in ("Z", "W", "V", "theta"))
    z = codes @ Z[:, 1:].T + Z[:, 0]
    goes_left = z @ theta.T > 0
    rows, node = np.arange(len(z)), np.zeros(len(z), dtype=np.int64)
    scores = np.zeros((len(z), W.shape[1]))
    while True:
        scores += np.einsum("nd,ncd->nc", z, W[node]) * np.clip(np.einsum("nd,ncd->nc", z, V[node]), -1, 1)
        if node.max() >= len(theta):
            return scores
        node = np.where(goes_left[rows, node], 2 * node + 1, 2 * node + 2)
