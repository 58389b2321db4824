"""Random chains of dense layers and convolutions as graphs, for the register kernels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from random_networks import INPUTS

from tinyml_course.fixed_point import quantize_multiplier
from tinyml_course.graph import Encoding, Graph, InputContract, Operator, Tensor


class Chain:
    """A graph that grows layer by layer; every layer draws its weights, zero points and scales.

    Parameters
    ----------
    seed : int
        For everything that is drawn.
    shape : tuple of int
        Of the input, 48 values.
    zero_point : int
        Of the input.
    """

    def __init__(self, seed: int, shape: tuple[int, ...] = (INPUTS,), zero_point: int = -128) -> None:
        self.rng = np.random.default_rng(seed)
        self.tensors: dict[str, Tensor] = {}
        self.operators: list[Operator] = []
        self.last = self._add("input", shape, zero_point)
        self.contract = InputContract(np.dtype(np.int8), shape, -128, 127)

    def _add(self, name: str, shape: tuple[int, ...], zero_point: int) -> Tensor:
        self.tensors[name] = Tensor(name, shape, np.dtype(np.int8), encoding=Encoding(1.0, zero_point))
        return self.tensors[name]

    def _store(self, role: str, values: Any, bits: int) -> str:
        name = f"{role} {len(self.operators)}"
        values = np.asarray(values)
        dtype = np.dtype(np.int8 if bits == 8 else np.int32)
        self.tensors[name] = Tensor(name, values.shape, dtype, values, bits)
        return name

    def _step(
        self, kind: str, shape: tuple[int, ...], zero_point: int, parameters: dict[str, str], **attributes: Any
    ) -> Chain:
        source = self.last.name
        self.last = self._add(f"{kind} {len(self.operators)}", shape, zero_point)
        self.operators.append(Operator(kind, (source,), (self.last.name,), parameters, attributes))
        return self

    def _weights(self, shape: tuple[int, ...], largest: int) -> np.ndarray[Any, Any]:
        weights = self.rng.integers(-largest, largest + 1, shape)
        weights[self.rng.random(shape) < self.rng.choice([0.0, 0.3])] = 0
        if largest == 127 and self.rng.random() < 0.3:
            weights.flat[0] = -128
        return weights

    def _requantized(self, weights: np.ndarray[Any, Any], outputs: int, terms: int, relu: bool) -> dict[str, Any]:
        """Bias, multiplier, shift, zero point and limits; most results fall into the range of the codes."""
        spread = 60.0 * math.sqrt(terms) * max(1.0, float(np.abs(weights).mean()))
        factors = 60.0 / spread * np.exp2(self.rng.uniform(-2, 2, outputs))
        split = [quantize_multiplier(float(factor)) for factor in factors]
        zero_point = -128 if relu else int(self.rng.integers(-100, 101))
        limits = [(-128, 127), (zero_point, 127), (zero_point, min(127, zero_point + 90))]
        low, high = (-128, 127) if relu else limits[int(self.rng.integers(3))]
        return {
            "bias": self._store("bias", np.rint(self.rng.normal(0, spread / 2, outputs)).astype(np.int64), 32),
            "multiplier": self._store("multiplier", [m for m, _ in split], 32),
            "shift": self._store("shift", [s for _, s in split], 8),
            "zero_point": zero_point,
            "limits": {
                "activation_min": low,
                "activation_max": high,
                "rounding": str(self.rng.choice(["double", "single"])),
            },
        }

    def dense(self, outputs: int, *, relu: bool = True, largest: int = 127, constant: int | None = None) -> Chain:
        """Add a fully_connected; all its weights are `constant` if that is given."""
        count = math.prod(self.last.shape)
        shape = (outputs, count)
        weights = self._weights(shape, largest) if constant is None else np.full(shape, constant)
        made = self._requantized(weights, outputs, count, relu)
        roles = {"weights": self._store("weights", weights, 8)} | {k: made[k] for k in ("bias", "multiplier", "shift")}
        return self._step("fully_connected", (outputs,), made["zero_point"], roles, **made["limits"])

    def conv(
        self,
        outputs: int,
        window: tuple[int, int] = (3, 3),
        *,
        strides: tuple[int, int] = (1, 1),
        dilations: tuple[int, int] = (1, 1),
        same: bool = True,
        relu: bool = True,
        depthwise: bool = False,
    ) -> Chain:
        """Add a conv_2d or, with `depthwise`, a depthwise_conv_2d of `outputs` results for each channel."""
        height, width, channels = self.last.shape
        out, padding = [], []
        for size, taps, stride, dilation in zip((height, width), window, strides, dilations, strict=True):
            reach = (taps - 1) * dilation + 1
            count = -(-size // stride) if same else -(-(size - reach + 1) // stride)
            total = max((count - 1) * stride + reach - size, 0) if same else 0
            out.append(count)
            padding += [total // 2, total - total // 2]
        results = outputs * channels if depthwise else outputs
        shape = (*window, results) if depthwise else (results, *window, channels)
        weights = self._weights(shape, 127)
        made = self._requantized(weights, results, math.prod(window) * (1 if depthwise else channels), relu)
        roles = {"weights": self._store("weights", weights, 8)} | {k: made[k] for k in ("bias", "multiplier", "shift")}
        attributes: dict[str, Any] = {"strides": strides, "dilations": dilations, "padding": tuple(padding)}
        attributes |= made["limits"] | ({"depth_multiplier": outputs} if depthwise else {})
        kind = "depthwise_conv_2d" if depthwise else "conv_2d"
        return self._step(kind, (*out, results), made["zero_point"], roles, **attributes)

    def max_pool(self, window: tuple[int, int] = (2, 2), strides: tuple[int, int] = (2, 2)) -> Chain:
        """Add a max_pool_2d without padding."""
        height, width, channels = self.last.shape
        shape = ((height - window[0]) // strides[0] + 1, (width - window[1]) // strides[1] + 1, channels)
        attributes = {"window": window, "strides": strides, "padding": (0, 0, 0, 0)}
        encoding = self.last.encoding
        assert encoding is not None
        return self._step(
            "max_pool_2d", shape, encoding.zero_point, {}, activation_min=-128, activation_max=127, **attributes
        )

    def mean(self) -> Chain:
        """Add a mean over rows and columns."""
        height, width, channels = self.last.shape
        multiplier, shift = quantize_multiplier(float(self.rng.uniform(0.7, 2.0)) / (height * width))
        roles = {"multiplier": self._store("multiplier", multiplier, 32), "shift": self._store("shift", shift, 8)}
        zero_point = int(self.rng.choice([-128, -20]))
        limits = {"activation_min": -128, "activation_max": 127, "rounding": "double"}
        return self._step("mean", (channels,), zero_point, roles, axes=(0, 1), **limits)

    def graph(self) -> Graph:
        """Return what has been added so far."""
        labels = tuple(range(math.prod(self.last.shape)))
        return Graph(
            "TFLite", self.tensors, tuple(self.operators), "input", self.last.name, self.contract, labels, "a chain"
        )
