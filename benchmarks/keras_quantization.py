"""What each way to shrink a small Keras network costs and saves on the digits: bytes and accuracy, over seeds.

    python benchmarks/keras_quantization.py                  # seeds 0, 1, 2; the MLP and the CNN
    python benchmarks/keras_quantization.py --seeds 0 --networks mlp --ways int8

A fifth of the training data chooses the epoch and every setting; the test data are looked at once, at the end.
"file" is the .tflite, "weights" the bytes of the integer weights as they are, "coded" the same in the best of the
codes of ``tinyml_course.models.coding``, decoder tables included.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np

import tinyml_course as tc
from tinyml_course.models.backend import import_keras

keras = import_keras()

from sklearn.model_selection import train_test_split  # noqa: E402

from tinyml_course.models import coding, networks, training  # noqa: E402
from tinyml_course.models.clustering import Clustering  # noqa: E402
from tinyml_course.models.keras_distillation import distill  # noqa: E402
from tinyml_course.models.pruning import KeepZeros, Pruning  # noqa: E402
from tinyml_course.models.quantization_aware import quantization_aware  # noqa: E402

NETWORKS = {"mlp": networks.small_mlp, "cnn": networks.small_cnn}
EPOCHS = {"mlp": 40, "cnn": 30}
TEMPERATURES = (2.0, 4.0)


@dataclass
class Data:
    """The digits, with a fifth of the training data set aside."""

    x: Any
    y: Any
    valid: tuple[Any, Any]
    test: tuple[Any, Any]


@dataclass
class Row:
    """One way, one seed."""

    way: str
    file_bytes: int
    weight_bytes: int
    coded_bytes: int
    validation: float
    test: float


def load(seed: int) -> Data:
    data = tc.load_digits()
    x, valid_x, y, valid_y = train_test_split(
        data.x_train, data.y_train, test_size=0.2, stratify=data.y_train, random_state=seed
    )
    return Data(x, y, (valid_x, valid_y), (data.x_test, data.y_test))


def converted_row(model: Any, data: Data, mode: str = "int8", **options: Any) -> Row:
    """Convert; the accuracies are those of the integers (of the interpreter where there is no integer graph)."""
    accuracies = []
    for x_and_y in (data.valid, data.test):
        converted = tc.convert_keras(model, data.x, mode, validation_data=x_and_y, **options)
        accuracies.append(converted.report.accuracy_after)
    plain = coded = 0
    if mode == "int8":
        graph = converted.graph()
        weights = [graph.parameter(op, "weights") for op in graph.operators if "weights" in op.parameters]
        plain = sum(w.size for w in weights)
        coded = sum(min(coding.coded_bytes(w).values()) for w in weights)
    return Row("", converted.report.bytes_after, plain, coded, *accuracies)


def best(models: Iterable[Any], data: Data) -> Any:
    """The model with the lowest loss on the validation data."""
    return min(models, key=lambda model: training.log_loss(model, *data.valid))


def trained(copy: Any, data: Data, epochs: int, seed: int, **options: Any) -> Any:
    training.fit_classifier(copy, data.x, data.y, validation_data=data.valid, epochs=epochs, seed=seed, **options)
    return copy


def clone(model: Any) -> Any:
    twin = keras.models.clone_model(model)
    twin.set_weights(model.get_weights())
    return twin


def ways_of(name: str, seed: int, teacher: Any, data: Data) -> dict[str, Callable[[], Row]]:
    """Every way, ready to be run. All start from one trained network and train it for as many epochs."""
    make: Callable[..., Any] = NETWORKS[name]
    epochs, tune = EPOCHS[name], EPOCHS[name] // 2
    model = trained(make(seed=seed), data, epochs, seed, learning_rate=5e-3)

    def further(copy: Any, rate: float = 1e-3, **options: Any) -> Any:
        return trained(copy, data, tune, seed, learning_rate=rate, **options)

    longer = best([model, further(clone(model))], data)

    def plain() -> Row:
        size = tc.convert_keras(model, data.x, "float16").report.bytes_before
        return Row("", size, 0, 0, *(training.accuracy(longer, *part) for part in (data.valid, data.test)))

    def aware(bits: int, rates: tuple[float, ...]) -> Row:
        tuned = (further(quantization_aware(model, data.x, bits=bits), rate) for rate in rates)
        return converted_row(best(tuned, data), data)

    def pruned(sparsity: float) -> Any:
        return further(clone(model), callbacks=[Pruning(sparsity, tune // 2)], first_epoch=tune // 2)

    def pruned_aware(sparsity: float) -> Row:
        return converted_row(further(quantization_aware(pruned(sparsity), data.x), callbacks=[KeepZeros()]), data)

    def shared() -> Row:
        return converted_row(further(clone(model), callbacks=[Clustering(16)]), data, per_channel=False)

    def distilled() -> Row:
        students = [make(seed=seed) for _ in TEMPERATURES]
        for student, temperature in zip(students, TEMPERATURES, strict=True):
            distill(
                student, teacher(), data.x, data.y, validation_data=data.valid, temperature=temperature, weight=0.7,
                epochs=epochs + tune, learning_rate=5e-3, seed=seed,
            )  # fmt: skip
        return converted_row(best(students, data), data)

    return {
        "float32": plain,
        "int8": lambda: converted_row(longer, data),
        "int8, per tensor": lambda: converted_row(longer, data, per_channel=False),
        **{mode: partial(converted_row, longer, data, mode) for mode in ("int16x8", "dynamic", "float16")},
        "int8, aware": lambda: aware(8, (3e-4, 1e-3)),
        "4-bit weights": lambda: converted_row(quantization_aware(longer, data.x, bits=4), data),
        "4-bit weights, aware": lambda: aware(4, (1e-3, 3e-3)),
        "3-bit weights": lambda: converted_row(quantization_aware(longer, data.x, bits=3), data),
        "3-bit weights, aware": lambda: aware(3, (1e-3, 3e-3)),
        "pruned 50%": lambda: converted_row(pruned(0.5), data),
        "pruned 50%, aware": lambda: pruned_aware(0.5),
        "pruned 70%": lambda: converted_row(pruned(0.7), data),
        "pruned 70%, aware": lambda: pruned_aware(0.7),
        "16 shared values": lambda: converted_row(
            further(clone(model), callbacks=[Clustering()]), data, per_channel=False
        ),
        "distilled, int8": distilled,
    }


def print_table(name: str, runs: list[list[Row]]) -> None:
    print(f"\n{name}, mean of {len(runs)} seeds (standard error of the test accuracy)")
    print(f"{'way':<24}{'file':>8}{'weights':>9}{'coded':>7}{'validation':>12}{'test':>8}{'':>10}")
    for same in zip(*runs, strict=True):
        tests = np.array([row.test for row in same])
        error = f"± {tests.std(ddof=1) / len(tests) ** 0.5:.4f}" if len(tests) > 1 else ""
        means = [np.mean([getattr(row, key) for row in same]) for key in ("file_bytes", "weight_bytes", "coded_bytes")]
        sizes = f"{means[0]:>8.0f}" + (f"{means[1]:>9.0f}{means[2]:>7.0f}" if means[1] else f"{'-':>9}{'-':>7}")
        validation = np.mean([row.validation for row in same])
        print(f"{same[0].way:<24}{sizes}{validation:>12.4f}{tests.mean():>8.4f}{error:>10}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="seeds of split and training")
    parser.add_argument("--networks", nargs="+", choices=sorted(NETWORKS), default=list(NETWORKS))
    parser.add_argument("--ways", default="", help="only the ways whose name matches this regular expression")
    options = parser.parse_args()
    results: dict[str, list[list[Row]]] = {name: [] for name in options.networks}
    for seed in options.seeds:
        data = load(seed)

        @cache
        def teacher(seed: int = seed, data: Data = data) -> Any:
            return trained(networks.large_cnn(seed=seed), data, 30, seed)

        for name in options.networks:
            rows = []
            for way, run in ways_of(name, seed, teacher, data).items():
                if re.search(options.ways, way):
                    rows.append(replace(run(), way=way))
                    print(f"{name}, seed {seed}: {way}", file=sys.stderr, flush=True)
            results[name].append(rows)
    for name, runs in results.items():
        print_table(name, runs)


if __name__ == "__main__":
    main()
