"""Where Bonsai's rule and recipe come from: cross-validation on the digits' training data.

    python benchmarks/bonsai_validation.py shapes    # depth, projected features and bits under three budgets
    python benchmarks/bonsai_validation.py recipe    # teacher, sharpness, learning rate, steps

Test data are never looked at. Each line is five-fold cross-validation on the 1,257 training images: wrong
images, and the share of wrong answers over 20 moved copies of each, which is less noisy. Minutes each.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from sklearn.model_selection import StratifiedKFold

import tinyml_course as tc
from tinyml_course.models import bonsai_trials, distillation
from tinyml_course.models.augmentation import affine_copies
from tinyml_course.models.bonsai_budget import BonsaiConfiguration, widest
from tinyml_course.models.bonsai_training import TrainingRecipe
from tinyml_course.models.bonsai_trials import Bench, Helpers
from tinyml_course.models.bonsai_weights import hard_scores

MAIN = BonsaiConfiguration(2, 18, 4)
RECIPE = TrainingRecipe()
BOTH = Helpers(augment=True, distill=True)


@contextmanager
def changed(module: object, **values: float) -> Iterator[None]:
    """Set constants of a module for a while."""
    before = {name: getattr(module, name) for name in values}
    try:
        for name, value in values.items():
            setattr(module, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(module, name, value)


def validate(
    title: str, shape: BonsaiConfiguration, recipe: TrainingRecipe = RECIPE, helpers: Helpers = BOTH, folds: int = 5
) -> None:
    """Print one line."""
    data = tc.load_digits()
    codes, labels = (data.x_train / 16).astype(np.float32), data.y_train
    wrong, wrong_moved, moved_total = 0, 0, 0
    for fold, (train, valid) in enumerate(StratifiedKFold(5, shuffle=True, random_state=0).split(codes, labels)):
        if fold >= folds:
            break
        weights = Bench(codes[train], labels[train], 10, (8, 8), fold).train(shape, recipe, helpers)
        rng = np.random.default_rng(7)
        moved = np.concatenate([affine_copies(codes[valid], (8, 8), rng) for _ in range(20)])
        wrong += int((hard_scores(weights, codes[valid]).argmax(axis=1) != labels[valid]).sum())
        wrong_moved += int((hard_scores(weights, moved).argmax(axis=1) != np.tile(labels[valid], 20)).sum())
        moved_total += len(moved)
    size = shape.model_bytes(64, 10, encoding_bytes=0)
    print(f"{title:<44} {size:>5} B  {wrong:>3} wrong  {wrong_moved / moved_total:6.2%} of moved copies", flush=True)


def shapes(folds: int) -> None:
    """Every depth, as wide as three budgets allow; and 8 bits instead of 4."""
    for budget in (512, 1024, 2048):
        for depth in (0, 1, 2, 3):
            for bits in (4, 8) if budget == 2048 else (4,):
                shape = widest(budget, 64, 10, depth, bits)
                if shape is not None:
                    validate(f"{budget} B: {shape}", shape, folds=folds)


def recipe(folds: int) -> None:
    """One change at a time."""
    validate("as it is", MAIN, folds=folds)
    validate("no teacher", MAIN, helpers=replace(BOTH, distill=False), folds=folds)
    validate("no moved copies", MAIN, helpers=replace(BOTH, augment=False), folds=folds)
    for name, values in {
        "TEACHER_SHARPNESS": (1.5, 6.0),
        "TEACHER_GAMMA": (1.0, 6.0),
        "TEACHER_WEIGHT": (0.5, 1.0),
    }.items():
        for value in values:
            with changed(distillation, **{name: value}):
                validate(f"{name.lower()} {value}", MAIN, folds=folds)
    for copies in (10, 40):
        with changed(bonsai_trials, COPIES=copies):
            validate(f"{copies} moved copies", MAIN, folds=folds)
    for title, other in {
        "3,000 steps": replace(RECIPE, steps=3000),
        "8,000 steps, learning rate 0.01": replace(RECIPE, steps=8000, learning_rate=0.01),
        "16,000 steps, learning rate 0.01": replace(RECIPE, steps=16000, learning_rate=0.01),
        "learning rate 0.03": replace(RECIPE, learning_rate=0.03),
        "learning rate 0.005": replace(RECIPE, learning_rate=0.005),
        "rounding from 20 %": replace(RECIPE, quantize_from=0.2),
        "rounding from 60 %": replace(RECIPE, quantize_from=0.6),
        "branches up to 5 times as sharp": replace(RECIPE, sharpness=(0.2, 200.0)),
    }.items():
        validate(title, MAIN, other, folds=folds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("shapes", "recipe"))
    parser.add_argument(
        "--folds", type=int, default=5, choices=range(1, 6), help="stop after so many of the five folds"
    )
    options = parser.parse_args()
    {"shapes": shapes, "recipe": recipe}[options.what](options.folds)


if __name__ == "__main__":
    main()
