"""Make digits_mlp.tflite and digits_cnn.tflite: two networks for the digits, trained once.

Run ``python tests/data/make_digits_networks.py``; it takes two minutes. Tests use the stored files, because training
gives other weights on another processor.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
from keras import layers

from tinyml_course import load_digits
from tinyml_course.convert.keras import convert_keras

FOLDER = Path(__file__).parent


def mlp() -> Any:
    """64 pixels, 16 hidden features, 10 classes."""
    return keras.Sequential(
        [
            keras.Input((64,)),
            layers.Rescaling(1 / 16),
            layers.Dense(16, activation="relu", kernel_regularizer=keras.regularizers.l2(1e-4)),
            layers.Dense(10),
        ]
    )


def cnn() -> Any:
    """Of 7,416 multiply-accumulates, the depthwise one's places outside the image counted."""
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Rescaling(1 / 16),
            *_normalized(layers.Conv2D(8, 3, padding="same")),
            layers.MaxPooling2D(),
            *_normalized(layers.DepthwiseConv2D(3, padding="same")),
            *_normalized(layers.Conv2D(12, 1)),
            layers.GlobalAveragePooling2D(),
            layers.Dense(10),
        ]
    )


def _normalized(layer: Any) -> list[Any]:
    return [layer, layers.BatchNormalization(momentum=0.9), layers.ReLU()]


def make(model: Any, name: str, epochs: int, rate: float) -> None:
    """Train a model, convert it to int8, store the file."""
    digits = load_digits()
    shape = model.input_shape[1:]
    x_train, x_test = (x.reshape(-1, *shape) for x in (digits.x_train, digits.x_test))
    steps = epochs * -(-len(x_train) // 64)
    schedule = keras.optimizers.schedules.CosineDecay(rate, steps)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(schedule), loss)
    model.fit(x_train.astype("float32"), digits.y_train, batch_size=64, epochs=epochs, verbose=0)
    converted = convert_keras(model, x_train)
    (FOLDER / f"{name}.tflite").write_bytes(converted.bytes)
    accuracy = (converted.graph().classify(x_test) == digits.y_test).mean()
    print(f"{name}: {len(converted.bytes):,} bytes, accuracy {accuracy:.3f}")


if __name__ == "__main__":
    keras.utils.set_random_seed(0)
    make(mlp(), "digits_mlp", 100, 7e-3)
    keras.utils.set_random_seed(3)
    make(cnn(), "digits_cnn", 400, 2e-2)
