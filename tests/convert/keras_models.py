"""Keras models for tests of the conversion: trained a little, or random."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinyml_course.models.backend import import_keras


def random_model(seed: int) -> tuple[Any, tuple[int, ...]]:
    """A network over many layers with random weights and biases, and its input's shape."""
    keras = import_keras()
    L = keras.layers
    keras.utils.set_random_seed(seed)
    small = keras.initializers.RandomNormal(stddev=0.02, seed=seed)
    x = start = keras.Input((6, 7, 2))
    x = L.Rescaling(1 / 50)(x) if seed % 2 else x
    x = L.Conv2D(4, 3, padding="same" if seed % 2 else "valid", use_bias=False)(x)
    x = L.ReLU()(L.BatchNormalization()(x))
    side = L.DepthwiseConv2D(3, padding="same", activation="relu6" if seed % 2 else None)(x)
    x = L.Add()([x, side])
    x = L.MaxPooling2D(2)(x) if seed % 3 else L.AveragePooling2D(2)(x)
    x = L.Flatten()(x) if seed % 2 else L.GlobalAveragePooling2D()(x)
    x = L.Dense(5, activation="sigmoid" if seed % 3 == 2 else None, kernel_initializer=small)(x)
    x = L.Softmax()(x) if seed % 3 == 1 else x
    model = keras.Model(start, x)
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        if "variance" in weight.name or "gamma" in weight.name:
            weight.assign(rng.uniform(0.5, 2, weight.shape))
        elif "kernel" not in weight.name:
            weight.assign(rng.normal(0, 0.3, weight.shape))
    return model, (6, 7, 2)
