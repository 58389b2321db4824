"""How a Bonsai is trained: soft paths that harden, then weights that round."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinyml_course.graph import Array
from tinyml_course.models.backend import import_keras
from tinyml_course.models.bonsai_budget import BonsaiConfiguration

#: Samples in one step.
BATCH = 256
#: Steps between two looks at the schedule; one compiled call.
STEPS_PER_STAGE = 100


@dataclass(frozen=True)
class TrainingRecipe:
    """What does not depend on the data.

    Parameters
    ----------
    steps : int
        Optimizer steps in all.
    learning_rate : float
        At the start; it falls to zero along half a cosine.
    quantize_from : float
        Share of the training after which the forward pass uses rounded weights.
    sharpness : (float, float)
        Of the branches, relative to the mean |theta z|: at the start, and from 80 % of the training on.
        It grows by the same factor in every stage.
    """

    steps: int = 5000
    learning_rate: float = 0.015
    quantize_from: float = 0.4
    sharpness: tuple[float, float] = (0.2, 40.0)

    def sharpness_at(self, progress: float) -> float:
        """Sharpness after a share `progress` (0 to 1) of the training."""
        start, end = self.sharpness
        return float(start * (end / start) ** min(1.0, progress / 0.8))


def train(
    configuration: BonsaiConfiguration,
    x: Array,
    targets: Array,
    *,
    seed: int,
    recipe: TrainingRecipe,
    on_progress: Callable[[int], None] = lambda done: None,
) -> Any:
    """Train one tree.

    Parameters
    ----------
    configuration : BonsaiConfiguration
        Its shape.
    x : ndarray of float32, shape (n, features)
        Inputs, scaled so that 1.0 is the largest code.
    targets : ndarray of float32, shape (n, classes)
        Probabilities; one-hot rows without a teacher.
    seed : int
        Of initial weights and of the order of samples.
    on_progress : callable
        Called with the number of steps done.

    Returns
    -------
    BonsaiLayer
        Its weights are those that round to the stored integers.
    """
    keras = import_keras()
    import tensorflow as tf

    from tinyml_course.models.bonsai_layer import BonsaiLayer

    stages = max(1, round(recipe.steps / STEPS_PER_STAGE))
    layer = BonsaiLayer(targets.shape[1], configuration.depth, configuration.projection_dim, configuration.bits, seed)
    model = keras.Sequential([keras.Input((x.shape[1],)), layer])
    model.compile(
        optimizer=keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(recipe.learning_rate, stages * STEPS_PER_STAGE)
        ),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True),
        jit_compile=True,
        steps_per_execution=STEPS_PER_STAGE,
    )

    class Schedule(keras.callbacks.Callback):  # type: ignore[misc, name-defined]
        """Sharpen the branches stage by stage; switch rounding on."""

        def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
            layer.sharpness.assign(recipe.sharpness_at(epoch / stages))
            layer.quantized.assign(float(epoch / stages >= recipe.quantize_from))
            on_progress(epoch * STEPS_PER_STAGE)

    # Samples are drawn by index, so that the data lie in memory once; the order is the seed's alone.
    order = np.random.default_rng(seed).integers(len(x), size=(stages * STEPS_PER_STAGE, BATCH), dtype=np.int32)
    inputs, wanted = tf.constant(x), tf.constant(targets)
    batches = tf.data.Dataset.from_tensor_slices(order).map(lambda i: (tf.gather(inputs, i), tf.gather(wanted, i)))
    model.fit(batches, epochs=stages, steps_per_epoch=STEPS_PER_STAGE, shuffle=False, verbose=0, callbacks=[Schedule()])
    layer.quantized.assign(1.0)
    on_progress(recipe.steps)
    return layer
