"""What random models are made of: tensors with a scale, beginnings and endings, layers with weights."""

from __future__ import annotations

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


class ModelParts:
    """Tensors and layers of a random model; see :class:`random_tflite.RandomModel`."""

    rng: np.random.Generator
    kind: str
    extreme: bool
    limits: np.iinfo
    limits_of_input: np.iinfo
    file: ModelFile
    names: list[str]

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
