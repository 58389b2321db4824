"""What the estimates of `tc.size` stand on: code, cycles and stack of one operator of each kind on the virtual Uno.

Run it with ``python benchmarks/estimates.py``. For each kind it compiles two sizes of one random operator, and prints

* the flash that the program takes beside its stored bytes (``KERNEL_BYTES`` and ``CALL_BYTES`` in
  ``tinyml_course/report/estimate.py``), the estimate beside it,
* the cycles of one inference, the estimate of ``[core.avr]`` in ``tinyml_course/boards.toml`` beside them,
* the SRAM peak, the estimate beside it.

Where an estimate is far off, change the number that it comes from.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

import tinyml_course as tc
from tinyml_course.errors import TinyMLError
from tinyml_course.fixed_point import quantize_multiplier
from tinyml_course.graph import Attribute, Encoding, Graph, InputContract, Operator, Tensor

INT8 = np.dtype(np.int8)
CODES: dict[str, Attribute] = {"activation_min": -128, "activation_max": 127, "rounding": "double"}
ONE_TO_ONE: dict[str, Attribute] = {"strides": (1, 1), "dilations": (1, 1), "padding": (1, 1, 1, 1)}
HALVED: dict[str, Attribute] = {"strides": (2, 2), "padding": (0, 0, 0, 0), "window": (2, 2)}


class Model:
    """A chain of operators in the making; weights are random."""

    def __init__(self, *shape: int) -> None:
        self.rng = np.random.default_rng(0)
        self.tensors: dict[str, Tensor] = {}
        self.operators: list[Operator] = []
        self.first = self.last = self.value(shape)

    def value(self, shape: tuple[int, ...]) -> str:
        """Make a place for a computed value."""
        name = f"t{len(self.tensors)}"
        self.tensors[name] = Tensor(name, shape, INT8, encoding=Encoding(0.05, 3))
        return name

    def stored(self, values: Any) -> str:
        """Keep values."""
        array, name = np.asarray(values), f"t{len(self.tensors)}"
        self.tensors[name] = Tensor(name, array.shape, array.dtype, array, array.dtype.itemsize * 8)
        return name

    def then(
        self,
        kind: str,
        shape: tuple[int, ...],
        parameters: Mapping[str, str] | None = None,
        inputs: int = 1,
        **attributes: Attribute,
    ) -> Model:
        """Append an operator that reads the last value, `inputs` times."""
        output = self.value(shape)
        self.operators.append(Operator(kind, (self.last,) * inputs, (output,), parameters or {}, attributes))
        self.last = output
        return self

    def factors(self, count: int, factor: float = 0.003, **roles: str) -> dict[str, str]:
        """Store multipliers and shifts for that many channels."""
        pairs = [quantize_multiplier(factor * (1 + 0.3 * self.rng.random())) for _ in range(count)]
        prefix = roles.get("prefix", "")
        shape = () if count == 1 else (count,)
        multiplier = np.array([m for m, _ in pairs], np.int32).reshape(shape)
        shift = np.array([s for _, s in pairs], np.int8).reshape(shape)
        return {f"{prefix}multiplier": self.stored(multiplier), f"{prefix}shift": self.stored(shift)}

    def weights(self, *shape: int, channels: int) -> dict[str, str]:
        """Store random weights, biases and factors."""
        weights = np.clip(self.rng.normal(0, 40, shape), -127, 127).astype(np.int8)
        bias = self.rng.integers(-2000, 2000, channels).astype(np.int32)
        return {"weights": self.stored(weights), "bias": self.stored(bias), **self.factors(channels)}

    def graph(self) -> Graph:
        """Return the graph."""
        source = self.tensors[self.first]
        contract = InputContract(INT8, source.shape, -128, 127)
        outputs = int(np.prod(self.tensors[self.last].shape))
        return Graph(
            "random", self.tensors, tuple(self.operators), self.first, self.last, contract, tuple(range(outputs))
        )


def network_operators(size: int) -> Iterator[tuple[str, Model]]:
    """One operator of each kind of a network; `size` is the number of channels."""
    image = (6, 6, size)
    model = Model(*image)
    yield (
        "conv_2d 3×3",
        model.then("conv_2d", image, model.weights(size, 3, 3, size, channels=size), **ONE_TO_ONE, **CODES),
    )
    model = Model(*image)
    yield (
        "conv_2d 1×1",
        model.then(
            "conv_2d",
            image,
            model.weights(size, 1, 1, size, channels=size),
            **{**ONE_TO_ONE, "padding": (0, 0, 0, 0)},
            **CODES,
        ),
    )
    model = Model(*image)
    yield (
        "depthwise_conv_2d",
        model.then(
            "depthwise_conv_2d",
            image,
            model.weights(3, 3, size, channels=size),
            **ONE_TO_ONE,
            depth_multiplier=1,
            **CODES,
        ),
    )
    model = Model(8 * size)
    yield (
        "fully_connected",
        model.then("fully_connected", (4 * size,), model.weights(4 * size, 8 * size, channels=4 * size), **CODES),
    )
    for kind in ("max_pool_2d", "average_pool_2d"):
        yield kind, Model(*image).then(kind, (3, 3, size), **HALVED, activation_min=-128, activation_max=127)
    model = Model(*image)
    yield "mean", model.then("mean", (size,), model.factors(1, 1 / 36), axes=(0, 1), **CODES)
    flat = (16 * size,)
    model = Model(*flat)
    roles = {**model.factors(1, 0.4, prefix="a_"), **model.factors(1, 0.4, prefix="b_"), **model.factors(1, 1e-6)}
    yield "add", model.then("add", flat, roles, 2, left_shift=20, **CODES)
    model = Model(*flat)
    yield "mul", model.then("mul", flat, model.factors(1), 2, **CODES)
    for kind in ("relu", "relu6", "quantize"):
        model = Model(*flat)
        yield kind, model.then(kind, flat, model.factors(1, 0.7), **CODES)
    model = Model(*flat)
    table = model.rng.integers(-128, 127, 256).astype(np.int8)
    yield "lookup", model.then("lookup", flat, {"table": model.stored(table)}, function="tanh")
    model = Model(4 * size)
    exponentials = (np.exp(-0.05 * np.arange(160)) * (2**31 - 1)).astype(np.int32)
    yield "softmax", model.then("softmax", (4 * size,), {"exponentials": model.stored(exponentials)})
    yield "pad", Model(*image).then("pad", (8, 8, size), before=(1, 1, 0), after=(1, 1, 0), value=3)
    yield "concatenation", Model(*flat).then("concatenation", (2 * flat[0],), None, 2, axis=0)


def encoded_models() -> Iterator[tuple[str, Graph]]:
    """The step from raw values to codes, before an activation."""
    from tinyml_course.convert.encode import accept_raw

    for name, dtype, high in (("encode_input", np.uint8, 16), ("encode_thresholds", np.float32, 1)):
        model = Model(64)
        model.then("relu", (64,), model.factors(1, 0.7), **CODES)
        yield name, accept_raw(model.graph(), InputContract(np.dtype(dtype), (64,), 0, high))


def whole_models() -> Iterator[tuple[str, Graph]]:
    """Models as they are used: a small network, a convolutional one, and a linear classifier."""
    model = Model(64)
    model.then("fully_connected", (16,), model.weights(16, 64, channels=16), **CODES)
    yield "MLP 64-16-10", model.then("fully_connected", (10,), model.weights(10, 16, channels=10), **CODES).graph()
    model = Model(8, 8, 1)
    model.then("conv_2d", (8, 8, 8), model.weights(8, 3, 3, 1, channels=8), **ONE_TO_ONE, **CODES)
    model.then("max_pool_2d", (4, 4, 8), **HALVED, activation_min=-128, activation_max=127)
    roles = model.weights(3, 3, 8, channels=8)
    model.then("depthwise_conv_2d", (4, 4, 8), roles, **ONE_TO_ONE, depth_multiplier=1, **CODES)
    pointwise = {**ONE_TO_ONE, "padding": (0, 0, 0, 0)}
    model.then("conv_2d", (4, 4, 12), model.weights(12, 1, 1, 8, channels=12), **pointwise, **CODES)
    model.then("mean", (12,), model.factors(1, 1 / 16), axes=(0, 1), **CODES)
    yield "CNN 8-12-gap-10", model.then("fully_connected", (10,), model.weights(10, 12, channels=10), **CODES).graph()


def sklearn_models() -> Iterator[tuple[str, Graph]]:
    """Classifiers of scikit-learn on the digits."""
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.tree import DecisionTreeClassifier

    data = tc.load_digits()
    for estimator in (
        LogisticRegression(max_iter=2000),
        DecisionTreeClassifier(max_leaf_nodes=96, random_state=0),
        ExtraTreesClassifier(10, max_leaf_nodes=32, random_state=0),
        ExtraTreesClassifier(30, max_leaf_nodes=64, random_state=0),
    ):
        yield type(estimator).__name__, tc.quantize(estimator.fit(data.x_train, data.y_train), data.x_train)


def main() -> int:
    """Print the table."""
    table = Table(
        "model", "flash B", "estimate", "cycles", "estimate", "ratio", "SRAM B", "estimate", title="avr-gcc -Os"
    )
    models = [(f"{name}, {size}", model.graph()) for size in (2, 8) for name, model in network_operators(size)]
    for name, graph in [*models, *encoded_models(), *whole_models(), *sklearn_models()]:
        estimated, measured = tc.size(graph, measure=False), None
        try:
            measured = tc.size(graph)
        except TinyMLError as error:
            table.add_row(name, f"{type(error).__name__}: {str(error)[:60]}")
        if measured and measured.toolchain:
            table.add_row(
                name,
                *(f"{report.flash_bytes:,}" for report in (measured, estimated)),
                *(f"{report.cycles:,}" for report in (measured, estimated)),
                f"{estimated.cycles / measured.cycles:.2f}",
                *(f"{report.sram_bytes:,}" for report in (measured, estimated)),
            )
        elif measured:
            table.add_row(name, f"not measured: {' '.join(measured.advice)[:60] or 'no compiler'}")
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
