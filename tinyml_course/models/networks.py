"""The course's small networks, and a large one to learn from. All take raw values and normalize them inside."""

from __future__ import annotations

from typing import Any

import keras

L = keras.layers


def _begin(shape: tuple[int, ...], largest: float, seed: int) -> list[Any]:
    """Input and normalization, which the converter folds into the first layer's weights."""
    keras.utils.set_random_seed(seed)
    return [keras.Input(shape), L.Rescaling(1.0 / largest)]


def small_mlp(features: int = 64, classes: int = 10, *, hidden: int = 16, largest: float = 16.0, seed: int = 0) -> Any:
    """One hidden layer of rectified units: 64-16-10 by default, 1,210 parameters.

    Parameters
    ----------
    features, classes, hidden : int
        Its widths.
    largest : float
        The raw values are divided by it.
    seed : int
        Of the first weights.
    """
    start = _begin((features,), largest, seed)
    return keras.Sequential([*start, L.Dense(hidden, activation="relu"), L.Dense(classes), L.Softmax()])


def small_cnn(
    shape: tuple[int, int, int] = (8, 8, 1), classes: int = 10, *, largest: float = 16.0, seed: int = 0
) -> Any:
    """Two convolutions and a dense layer: 1,898 parameters, 23,680 multiply-accumulates on 8 x 8 pixels.

    Parameters
    ----------
    shape : (int, int, int)
        Height, width, channels.
    classes : int
        Outputs.
    largest : float
        The raw values are divided by it.
    seed : int
        Of the first weights.
    """
    return keras.Sequential(
        [
            *_begin(shape, largest, seed),
            L.Conv2D(8, 3, padding="same", activation="relu"),
            L.MaxPooling2D(),
            L.Conv2D(16, 3, padding="same", activation="relu"),
            L.MaxPooling2D(),
            L.Flatten(),
            L.Dense(classes),
            L.Softmax(),
        ]
    )


def separable_cnn(
    shape: tuple[int, int, int] = (8, 8, 1), classes: int = 10, *, largest: float = 16.0, seed: int = 0
) -> Any:
    """A depthwise-separable network: 398 parameters, 7,416 multiply-accumulates on 8 x 8 pixels.

    The 398 are those that are left when the converter has folded the batch normalizations away. It needs them,
    and a few hundred epochs: so few weights are hard to train.

    Parameters
    ----------
    shape, classes, largest, seed
        As of :func:`small_cnn`.
    """

    def normalized(layer: Any) -> list[Any]:
        return [layer, L.BatchNormalization(momentum=0.9), L.ReLU()]

    return keras.Sequential(
        [
            *_begin(shape, largest, seed),
            *normalized(L.Conv2D(8, 3, padding="same", use_bias=False)),
            L.MaxPooling2D(),
            *normalized(L.DepthwiseConv2D(3, padding="same", use_bias=False)),
            *normalized(L.Conv2D(12, 1, use_bias=False)),
            L.GlobalAveragePooling2D(),
            L.Dense(classes),
            L.Softmax(),
        ]
    )


def large_cnn(
    shape: tuple[int, int, int] = (8, 8, 1), classes: int = 10, *, largest: float = 16.0, seed: int = 0
) -> Any:
    """A teacher: two convolutions, dropout and a dense layer; about 40,000 parameters on 8 x 8 pixels."""
    return keras.Sequential(
        [
            *_begin(shape, largest, seed),
            L.Conv2D(32, 3, padding="same", activation="relu"),
            L.MaxPooling2D(),
            L.Conv2D(64, 3, padding="same", activation="relu"),
            L.Flatten(),
            L.Dropout(0.5, seed=seed),
            L.Dense(classes),
            L.Softmax(),
        ]
    )
