"""Which Bonsai to train, and how: decided on a validation split, never on test data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from tinyml_course.errors import InputError
from tinyml_course.graph import Array
from tinyml_course.models.augmentation import affine_copies
from tinyml_course.models.bonsai_budget import BonsaiConfiguration
from tinyml_course.models.bonsai_training import TrainingRecipe, train
from tinyml_course.models.bonsai_weights import QuantizedMatrix, Weights, accuracy, log_loss, standard_error
from tinyml_course.models.distillation import fit_teacher, hard_targets, soft_targets

#: Moved copies of every image that augmentation adds.
COPIES = 20
#: Moved copies that the teacher sees.
TEACHER_COPIES = 8
#: Share of the training data that trials are judged on.
VALIDATION_SHARE = 0.2
#: Fewest samples of a class with which a validation split is made.
SMALLEST_CLASS = 5


@dataclass(frozen=True)
class Helpers:
    """What may help a training along.

    Parameters
    ----------
    augment : bool
        Add moved copies of the images.
    distill : bool
        Learn from a bigger teacher as well.
    """

    augment: bool
    distill: bool


@dataclass
class Bench:
    """Training data, and a count of the steps made on them.

    Parameters
    ----------
    codes : ndarray of float32, shape (n, D)
        Inputs, scaled so that 1.0 is the largest code.
    labels : ndarray of int, shape (n,)
        Class indices; every class occurs.
    n_classes : int
        How many classes.
    image_shape : (int, int) or None
        If the samples may be images.
    seed : int
        Of everything random.
    tell : callable
        Called with the steps made so far, in all trainings.
    """

    codes: Array
    labels: Array
    n_classes: int
    image_shape: tuple[int, int] | None
    seed: int
    tell: Callable[[int], None] = lambda done: None
    done: int = field(default=0, init=False)

    @property
    def can_split(self) -> bool:
        """Whether every class has enough samples for a validation split."""
        return bool(np.bincount(self.labels).min() >= SMALLEST_CLASS)

    def split(self) -> tuple[Bench, Array, Array]:
        """Return a bench with four fifths of the samples, and the codes and labels of the rest."""
        from sklearn.model_selection import train_test_split

        train_x, valid_x, train_y, valid_y = train_test_split(
            self.codes, self.labels, test_size=VALIDATION_SHARE, stratify=self.labels, random_state=self.seed
        )
        return replace(self, codes=train_x, labels=train_y, tell=self.skip_to), valid_x, valid_y

    def skip_to(self, done: int) -> None:
        """Set the count of steps."""
        self.done = done
        self.tell(done)

    def augmented(self, copies: int, *, augment: bool) -> tuple[Array, Array]:
        """Return codes and labels, with so many moved copies of every image behind them."""
        if not augment or self.image_shape is None:
            return self.codes, self.labels
        rng = np.random.default_rng(self.seed)
        moved = [affine_copies(self.codes, self.image_shape, rng) for _ in range(copies)]
        return np.concatenate([self.codes, *moved]), np.tile(self.labels, copies + 1)

    def train(self, shape: BonsaiConfiguration, recipe: TrainingRecipe, helpers: Helpers) -> Weights:
        """Train one tree and return its integer weights."""
        x, y = self.augmented(COPIES, augment=helpers.augment)
        targets = hard_targets(y, self.n_classes)
        if helpers.distill:
            seen = len(self.codes) * (TEACHER_COPIES + 1)
            targets = soft_targets(fit_teacher(x[:seen], y[:seen]), x, y, self.n_classes)
        start = self.done
        layer = train(
            shape, x, targets, seed=self.seed, recipe=recipe, on_progress=lambda done: self.skip_to(start + done)
        )
        return {name: QuantizedMatrix(values, scale) for name, (values, scale) in layer.integer_matrices().items()}

    def teacher_accuracy(self, valid_x: Array, valid_y: Array, *, augment: bool) -> float:
        """Train the teacher alone and test it."""
        return float((fit_teacher(*self.augmented(TEACHER_COPIES, augment=augment)).predict(valid_x) == valid_y).mean())


def choose_helpers(
    bench: Bench, shape: BonsaiConfiguration, recipe: TrainingRecipe, augment: bool | None, distill: bool | None
) -> tuple[Helpers, dict[str, float]]:
    """Decide what was left open (None) by short trainings on four fifths of the samples.

    Moved copies are kept if they lower the loss on the other fifth. The teacher is kept unless its
    accuracy there is lower than the student's by more than a standard error: a weak teacher harms.
    With too few samples for a split, neither is used.

    Returns
    -------
    Helpers, dict of str to float
        The decision, and the validation accuracy of everything that was tried.
    """
    trials: dict[str, float] = {}
    if not bench.can_split:
        return Helpers(bool(augment), bool(distill)), trials
    if augment is not None and distill is not None:
        return Helpers(augment, distill), trials
    part, valid_x, valid_y = bench.split()

    def loss(name: str, moved: bool) -> float:
        weights = part.train(shape, recipe, Helpers(moved, False))
        trials[name] = accuracy(weights, valid_x, valid_y)
        return log_loss(weights, valid_x, valid_y)

    if augment is None:
        augment = loss("augmented", True) < loss("plain", False)
    elif distill is None:
        loss("augmented" if augment else "plain", augment)
    if distill is None:
        student = trials["augmented" if augment else "plain"]
        trials["teacher"] = part.teacher_accuracy(valid_x, valid_y, augment=augment)
        distill = trials["teacher"] >= student - standard_error(student, len(valid_y))
    return Helpers(augment, distill), trials


def search_shape(
    bench: Bench, shapes: list[BonsaiConfiguration], recipe: TrainingRecipe, helpers: Helpers
) -> tuple[BonsaiConfiguration, dict[str, float]]:
    """Train every shape on four fifths of the samples; return the best on the rest, and all accuracies.

    Raises
    ------
    InputError
        If a class has too few samples for a split.
    """
    if not bench.can_split:
        raise InputError(f"search=True needs at least {SMALLEST_CLASS} samples of every class to validate on.")
    part, valid_x, valid_y = bench.split()
    part.done = bench.done
    trials, merit = {}, {}
    for shape in shapes:
        weights = part.train(shape, recipe, helpers)
        trials[str(shape)] = accuracy(weights, valid_x, valid_y)
        merit[shape] = trials[str(shape)], -log_loss(weights, valid_x, valid_y)
    return max(shapes, key=lambda shape: merit[shape]), trials
