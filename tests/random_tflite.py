"""Random small ``.tflite`` models over all operators that are supported.

A model is a chain of a few operators, sometimes with a branch that is added, multiplied or concatenated again.
Scales are chosen so that outputs use their range; with `extreme` they are anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from tflite_writer import SAME, VALID, ModelFile


@dataclass(frozen=True)
class Value:
    """A computed tensor: its number, shape (batch first), scale and zero point."""

    number: int
    shape: tuple[int, ...]
    scale: float
    zero_point: int

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))


class RandomModel:
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

    # Parts of a model

    def beginning(self, x: Value) -> int:
        """The model's input: the first codes, or real numbers or uint8 that QUANTIZE turns into them."""
        chance = self.rng.random()
        if chance < 0.15:
            number = self.file.tensor(x.shape, "FLOAT32")
            self.file.operator("QUANTIZE", [number], [x.number])
            return number
        if chance < 0.3 and self.kind == "INT8":
            number = self.file.tensor(x.shape, "UINT8", x.scale, x.zero_point + 128)
            self.file.operator("QUANTIZE", [number], [x.number])
            self.names.append("QUANTIZE")
            self.limits_of_input = np.iinfo(np.uint8)
            return number
        return x.number

    def ending(self, x: Value) -> int:
        """The model's output: the last codes, or the same as real numbers or uint8."""
        chance = self.rng.random()
        if chance < 0.15:
            number = self.file.tensor(x.shape, "FLOAT32")
            self.file.operator("DEQUANTIZE", [x.number], [number])
            return number
        if chance < 0.3 and self.kind == "INT8":
            number = self.file.tensor(x.shape, "UINT8", x.scale, x.zero_point + 128)
            self.file.operator("QUANTIZE", [x.number], [number])
            self.names.append("QUANTIZE")
            return number
        return x.number

    def input_shape(self) -> tuple[int, ...]:
        if self.rng.random() < 0.75:
            return (1, *(int(n) for n in self.rng.integers(3, 11, 2)), int(self.rng.integers(1, 6)))
        return (1, int(self.rng.integers(8, 60)))

    def scale(self, typical: float) -> float:
        """A scale near the typical one of int8; int16 has 256 times finer ones."""
        spread = 6.0 if self.extreme else 1.0
        fine = 1.0 if self.kind == "INT8" else 1 / 256
        return float(np.float32(typical * fine * np.exp2(self.rng.uniform(-spread, spread))))

    def zero_point(self) -> int:
        if self.kind == "INT16":
            return 0
        anywhere, central = int(self.rng.integers(-128, 128)), int(self.rng.integers(-40, 40))
        return int(self.rng.choice([-128, -128, 127, anywhere, central, central, central, central]))

    def value(self, shape: tuple[int, ...], scale: float, zero_point: int | None = None) -> Value:
        zero_point = self.zero_point() if zero_point is None else zero_point
        number = self.file.tensor(shape, self.kind, scale, zero_point)
        return Value(number, tuple(shape), float(np.float32(scale)), zero_point)

    def same(self, x: Value, shape: tuple[int, ...]) -> Value:
        """An output with the encoding of its input."""
        return self.value(shape, x.scale, x.zero_point)

    def add(self, name: str, inputs: list[int], output: Value, **options: float) -> Value:
        self.file.operator(name, inputs, [output.number], **options)
        self.names.append(name)
        return output

    def activation(self) -> int:
        return int(self.rng.choice([0, 0, 0, 0, 0, 1, 1, 1, 2, 3]))

    def codes(self, shape: tuple[int, ...]) -> np.ndarray:
        return self.rng.integers(self.limits.min, self.limits.max + 1, shape).astype(self.limits.dtype)

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

    # Layers with weights

    def weights(self, shape: tuple[int, ...], channel_axis: int) -> tuple[int, np.ndarray]:
        """Stored weights; their number and scales (one, or one for each channel)."""
        channels = shape[channel_axis]
        per_channel = channels > 1 and self.rng.random() < 0.6
        spread = 8.0 if self.extreme else 1.0
        scales = 0.01 * np.exp2(self.rng.uniform(-spread, spread, channels if per_channel else 1))
        data = self.rng.integers(-127, 128, shape).astype(np.int8)
        axis = channel_axis if per_channel else 0
        return self.file.tensor(shape, "INT8", scales, 0, data, axis), scales.astype(np.float32)

    def layer(self, name: str, x: Value, shape: tuple[int, ...], weights: tuple[int, ...], axis: int, **options: float):
        """A layer with weights, a bias or none, and an output scale that suits its sums."""
        number, scales = self.weights(weights, axis)
        channels = weights[axis]
        terms = int(np.prod(weights)) // channels
        typical = 73.0 * 73.0 * np.sqrt(terms) * (1 if self.kind == "INT8" else 256)
        out_scale = x.scale * float(scales.mean()) * typical / 50 * np.exp2(self.rng.uniform(-1, 1.5))
        if self.kind == "INT16":
            out_scale /= 256
        if self.extreme:
            out_scale *= np.exp2(self.rng.uniform(-5, 8))
        inputs = [x.number, number]
        if name == "CONV_2D" or self.rng.random() < 0.8:  # LiteRT wants a bias there
            biases = self.rng.normal(0, typical, channels)
            kind, dtype = ("INT32", np.int32) if self.kind == "INT8" else ("INT64", np.int64)
            inputs.append(self.file.tensor((channels,), kind, x.scale * scales, 0, biases.astype(dtype)))
        elif name == "FULLY_CONNECTED" and self.rng.random() < 0.5:  # only it may name a bias that is not there
            inputs.append(-1)
        return self.add(name, inputs, self.value(shape, out_scale), activation=self.activation(), **options)

    def window(self, x: Value, dilated: bool) -> tuple[tuple[int, int], tuple[int, int], dict[str, float]]:
        """A window that fits, the output's height and width, and the options."""
        sizes = x.shape[1:3]
        padding = int(self.rng.choice([SAME, VALID]))
        strides = [int(s) for s in self.rng.choice([1, 1, 1, 2, 3], 2)]
        window = [int(k) for k in self.rng.integers(1, 5, 2)]
        dilations = [int(d) for d in self.rng.integers(1, 4, 2)] if dilated and self.rng.random() < 0.4 else [1, 1]
        out = []
        for i, size in enumerate(sizes):
            if padding == VALID:
                window[i] = min(window[i], size)
                dilations[i] = 1 if window[i] == 1 else min(dilations[i], max(1, (size - 1) // (window[i] - 1)))
                out.append(-(-(size - (window[i] - 1) * dilations[i]) // strides[i]))
            else:
                out.append(-(-size // strides[i]))
        options = {"padding": padding, "stride_h": strides[0], "stride_w": strides[1]}
        if dilated:
            options |= {"dilation_h": dilations[0], "dilation_w": dilations[1]}
        return (window[0], window[1]), (out[0], out[1]), options

    def conv_2d(self, x: Value) -> Value:
        window, out, options = self.window(x, True)
        channels = int(self.rng.integers(1, 7))
        return self.layer("CONV_2D", x, (1, *out, channels), (channels, *window, x.shape[3]), 0, **options)

    def depthwise_conv_2d(self, x: Value) -> Value:
        window, out, options = self.window(x, True)
        if options.get("dilation_h", 1) > 1 or options.get("dilation_w", 1) > 1:
            options["stride_h"] = options["stride_w"] = 1
            sizes = [
                size if options["padding"] == SAME else size - (k - 1) * options[d]
                for size, k, d in zip(x.shape[1:3], window, ("dilation_h", "dilation_w"), strict=True)
            ]
            out = (int(sizes[0]), int(sizes[1]))
        multiplier = int(self.rng.choice([1, 1, 2, 3]))
        channels = x.shape[3] * multiplier
        return self.layer(
            "DEPTHWISE_CONV_2D",
            x,
            (1, *out, channels),
            (1, *window, channels),
            3,
            depth_multiplier=multiplier,
            **options,
        )

    def fully_connected(self, x: Value) -> Value:
        channels = int(self.rng.integers(1, 24))
        if len(x.shape) > 2 and self.rng.random() < 0.4:
            shape = (*x.shape[:-1], channels)
            return self.layer("FULLY_CONNECTED", x, shape, (channels, x.shape[-1]), 0, keep_num_dims=1)
        return self.layer("FULLY_CONNECTED", x, (1, channels), (channels, x.size), 0)

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
