"""Random small ``.tflite`` models over all operators that are supported.

A model is a chain of a few operators, sometimes with a branch that is added, multiplied or concatenated again.
Scales are chosen so that outputs use their range; with `extreme` they are anything.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from random_tflite_parts import ModelParts, Value
from tflite_writer import ModelFile


class RandomModel(ModelParts):
    """A random model.

    Parameters
    ----------
    seed : int
        Two models with one seed are the same.
    kind : {"INT8", "INT16"}
        Type of the activations.
    steps : int
        Operators in the chain.
    extreme : bool
        Scales far from what a converter writes.
    """

    def __init__(self, seed: int, kind: str = "INT8", steps: int = 4, extreme: bool = False) -> None:
        self.rng = np.random.default_rng([seed, kind == "INT16", extreme])
        self.kind, self.extreme = kind, extreme
        self.limits = np.iinfo(np.int8 if kind == "INT8" else np.int16)
        self.limits_of_input = self.limits
        self.file = ModelFile()
        self.names: list[str] = []
        shape = self.input_shape()
        x = self.first = self.value(shape, self.scale(0.05))
        self.file.inputs = [self.beginning(x)]
        for _ in range(steps):
            x = self.step(x)
        self.file.outputs = [self.ending(x)]

    def step(self, x: Value) -> Value:
        layers = [self.conv_2d, self.depthwise_conv_2d] if len(x.shape) == 4 else [self.fully_connected]
        if self.rng.random() < 0.4:
            return layers[int(self.rng.integers(len(layers)))](x)
        anywhere = [
            self.fully_connected,
            self.add_constant,
            self.mul_constant,
            self.branch,
            self.squeeze_and_excite,
            self.mean,
            self.pad,
            self.concatenation,
            self.reshape,
            self.relu,
            self.relu6,
            self.quantize,
            self.logistic,
            self.tanh,
            self.softmax,
        ]
        if x.size > 600:
            return self.max_pool_2d(x) if len(x.shape) == 4 and x.shape[1] > 1 else self.fully_connected(x)
        pools = [self.max_pool_2d, self.average_pool_2d] * 2 if len(x.shape) == 4 else []
        choices: list[Callable[[Value], Value]] = anywhere + pools
        return choices[int(self.rng.integers(len(choices)))](x)

    # Pools and means

    def pool(self, name: str, x: Value) -> Value:
        window, out, options = self.window(x, False)
        output = self.same(x, (1, *out, x.shape[3]))
        return self.add(
            name, [x.number], output, window_h=window[0], window_w=window[1], activation=self.activation(), **options
        )

    def max_pool_2d(self, x: Value) -> Value:
        return self.pool("MAX_POOL_2D", x)

    def average_pool_2d(self, x: Value) -> Value:
        return self.pool("AVERAGE_POOL_2D", x)

    def mean(self, x: Value) -> Value:
        rank = len(x.shape)
        axes = [axis for axis in range(1, rank) if self.rng.random() < 0.4] or [rank - 1]
        keep = self.rng.random() < 0.5
        shape = tuple(1 if i in axes else n for i, n in enumerate(x.shape) if keep or i not in axes)
        if len(shape) == 1:
            keep, shape = True, tuple(1 if i in axes else n for i, n in enumerate(x.shape))
        given = np.array([axis - rank if self.rng.random() < 0.3 else axis for axis in axes], np.int32)
        number = self.file.tensor(given.shape, "INT32", data=given)
        output = self.value(shape, x.scale * float(np.exp2(self.rng.uniform(-2, 0.5))))
        return self.add("MEAN", [x.number, number], output, keep_dims=int(keep))

    # Element by element

    def both(self, name: str, x: Value, a: int, b: int, scale: float) -> Value:
        options = {"pot_scale_int16": 0} if name == "ADD" else {}  # what the converter writes today
        return self.add(name, [a, b], self.value(x.shape, scale), activation=self.activation(), **options)

    def constant(self, x: Value) -> tuple[int, float]:
        """A stored operand that is broadcast: its number and scale."""
        shape = [x.shape, x.shape[-1:], (1,), (1,) * len(x.shape), x.shape[1:]][int(self.rng.integers(5))]
        scale = self.scale(0.03)
        return self.file.tensor(shape, self.kind, scale, self.zero_point(), self.codes(shape)), scale

    def add_constant(self, x: Value) -> Value:
        number, scale = self.constant(x)
        sides = [x.number, number] if self.rng.random() < 0.5 else [number, x.number]
        return self.both("ADD", x, *sides, max(x.scale, scale) * float(np.exp2(self.rng.uniform(-1, 1.5))))

    def mul_constant(self, x: Value) -> Value:
        number, scale = self.constant(x)
        sides = [x.number, number] if self.rng.random() < 0.5 else [number, x.number]
        fine = 64 if self.kind == "INT8" else 64 * 256
        return self.both("MUL", x, *sides, x.scale * scale * fine * float(np.exp2(self.rng.uniform(-1, 1.5))))

    def branch(self, x: Value) -> Value:
        """Two ways that meet in a sum or a product."""
        other = self.quantize(x)
        if self.rng.random() < 0.6:
            scale = max(x.scale, other.scale) * float(np.exp2(self.rng.uniform(-1, 1.5)))
            return self.both("ADD", x, x.number, other.number, scale)
        fine = 64 if self.kind == "INT8" else 64 * 256
        return self.both("MUL", x, other.number, x.number, x.scale * other.scale * fine)

    def squeeze_and_excite(self, x: Value) -> Value:
        """A mean of each channel, broadcast again."""
        if len(x.shape) != 4:
            return self.branch(x)
        number = self.file.tensor((2,), "INT32", data=np.array([1, 2], np.int32))
        squeezed = self.add("MEAN", [x.number, number], self.same(x, (1, 1, 1, x.shape[3])), keep_dims=1)
        name = str(self.rng.choice(["ADD", "MUL"]))
        fine = 64 if self.kind == "INT8" else 64 * 256
        return self.both(name, x, x.number, squeezed.number, x.scale * (2 if name == "ADD" else x.scale * fine))

    def relu(self, x: Value) -> Value:
        return self.add("RELU", [x.number], self.value(x.shape, x.scale * float(np.exp2(self.rng.uniform(-2, 1)))))

    def relu6(self, x: Value) -> Value:
        return self.add("RELU6", [x.number], self.same(x, x.shape))

    def quantize(self, x: Value) -> Value:
        return self.add("QUANTIZE", [x.number], self.value(x.shape, x.scale * float(np.exp2(self.rng.uniform(-2, 2)))))

    def logistic(self, x: Value) -> Value:
        encoding = (1 / 256, -128) if self.kind == "INT8" else (1 / 32768, 0)
        return self.add("LOGISTIC", [x.number], self.value(x.shape, *encoding))

    def tanh(self, x: Value) -> Value:
        encoding = (1 / 128, 0) if self.kind == "INT8" else (1 / 32768, 0)
        return self.add("TANH", [x.number], self.value(x.shape, *encoding))

    def softmax(self, x: Value) -> Value:
        encoding = (1 / 256, -128) if self.kind == "INT8" else (1 / 32768, 0)
        beta = float(self.rng.choice([1.0, 1.0, 0.5, 2.0]))
        return self.add("SOFTMAX", [x.number], self.value(x.shape, *encoding), beta=beta)

    # Shapes

    def pad(self, x: Value) -> Value:
        paddings = np.zeros((len(x.shape), 2), np.int32)
        paddings[1:] = self.rng.integers(0, 3, (len(x.shape) - 1, 2))
        number = self.file.tensor(paddings.shape, "INT32", data=paddings)
        shape = tuple(int(n) for n in np.array(x.shape) + paddings.sum(axis=1))
        return self.add("PAD", [x.number, number], self.same(x, shape))

    def concatenation(self, x: Value) -> Value:
        other = self.relu6(x)
        axis = int(self.rng.integers(1, len(x.shape)))
        inputs = [x.number, other.number, x.number][: int(self.rng.integers(2, 4))]
        shape = tuple(n * len(inputs) if i == axis else n for i, n in enumerate(x.shape))
        given = axis - len(shape) if self.rng.random() < 0.4 else axis
        return self.add("CONCATENATION", inputs, self.same(x, shape), axis=given)

    def reshape(self, x: Value) -> Value:
        shapes = [(1, x.size), (1, 1, 1, x.size), (1, 1, *x.shape[1:])[:4] if len(x.shape) < 4 else (1, x.size)]
        shape = shapes[int(self.rng.integers(3))]
        if int(np.prod(shape)) != x.size:
            shape = (1, x.size)
        number = self.file.tensor((len(shape),), "INT32", data=np.array(shape, np.int32))
        return self.add("RESHAPE", [x.number, number], self.same(x, shape))

    # What tests use

    def inputs(self, count: int) -> np.ndarray:
        """Random codes for the model's input; a few of them extreme."""
        limits = self.limits_of_input
        x = self.rng.integers(limits.min, limits.max + 1, (count, *self.first.shape[1:])).astype(limits.dtype)
        x[0] = limits.min
        if count > 1:
            x[1] = limits.max
        return x
