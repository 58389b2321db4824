"""What each way to shrink a small Keras network costs and saves on the digits: bytes and accuracy, over seeds.

    python benchmarks/keras_quantization.py                  # seeds 0, 1, 2; the MLP and the CNN
    python benchmarks/keras_quantization.py --seeds 0 --networks mlp

A fifth of the training data chooses the epoch and every setting; the test data are looked at once, at the end.
"file" is the .tflite, "weights" the bytes of the integer weights as they are, "coded" the same in the best of the
codes of ``tinyml_course.models.coding``, decoder tables included.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass
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
SPARSITIES = (0.5, 0.7)


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


def converted_row(way: str, model: Any, data: Data, mode: str = "int8", **options: Any) -> Row:
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
    return Row(way, converted.report.bytes_after, plain, coded, *accuracies)


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


def rows_of(name: str, seed: int, teacher: Any, data: Data) -> list[Row]:
    make: Callable[..., Any] = NETWORKS[name]
    epochs, tune = EPOCHS[name], EPOCHS[name] // 2
    model = trained(make(seed=seed), data, epochs, seed, learning_rate=5e-3)

    def further(copy: Any, rate: float = 1e-3, **options: Any) -> Any:
        return trained(copy, data, tune, seed, learning_rate=rate, **options)

    longer = best([model, further(clone(model))], data)  # as many epochs as the others have
    float_bytes = tc.convert_keras(model, data.x, "float16").report.bytes_before
    rows = [Row("float32", float_bytes, 0, 0, *(training.accuracy(longer, *part) for part in (data.valid, data.test)))]
    rows.append(converted_row("int8", longer, data))
    rows.append(converted_row("int8, per tensor", longer, data, per_channel=False))
    rows += [converted_row(mode, longer, data, mode) for mode in ("int16x8", "dynamic", "float16")]
    aware = best((further(quantization_aware(model, data.x), rate) for rate in (3e-4, 1e-3)), data)
    rows.append(converted_row("quantization-aware", aware, data))
    rows.append(converted_row("4-bit weights", quantization_aware(longer, data.x, bits=4), data))
    rows.append(converted_row("4-bit weights, aware", further(quantization_aware(model, data.x, bits=4), 3e-3), data))
    for sparsity in SPARSITIES:
        pruned = further(clone(model), callbacks=[Pruning(sparsity, tune // 2)], first_epoch=tune // 2)
        rows.append(converted_row(f"pruned {sparsity:.0%}", pruned, data))
        careful = further(quantization_aware(pruned, data.x), callbacks=[KeepZeros()])
        rows.append(converted_row(f"pruned {sparsity:.0%}, aware", careful, data))
    clustered = further(clone(model), callbacks=[Clustering(16)])
    rows.append(converted_row("16 shared values", clustered, data, per_channel=False))
    students = []
    for temperature in (2.0, 4.0):
        student = make(seed=seed)
        distill(
            student, teacher, data.x, data.y, validation_data=data.valid, temperature=temperature, weight=0.7,
            epochs=epochs + tune, learning_rate=5e-3, seed=seed,
        )  # fmt: skip
        students.append(student)
    rows.append(converted_row("distilled, int8", best(students, data), data))
    return rows


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
    options = parser.parse_args()
    results: dict[str, list[list[Row]]] = {name: [] for name in options.networks}
    for seed in options.seeds:
        data = load(seed)
        teacher = trained(networks.large_cnn(seed=seed), data, 30, seed)
        print(f"seed {seed}: teacher's test accuracy {training.accuracy(teacher, *data.test):.4f}", flush=True)
        for name in options.networks:
            results[name].append(rows_of(name, seed, teacher, data))
            print_table(f"{name}, seed {seed}", results[name][-1:])
    for name, runs in results.items():
        print_table(name, runs)


if __name__ == "__main__":
    main()
