"""What the register kernels of dense layers spend on the virtual Uno, cycle by cycle.

    python benchmarks/kernels.py

One more value, and more blocks of outputs, tell what a multiply-accumulate costs and what remains for each output:
its bias, its requantization, its way to memory. No value is zero, so nothing is skipped.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

import tinyml_course as tc
from tinyml_course.export.dense import plan_dense
from tinyml_course.export.network import Network
from tinyml_course.graph import Graph, InputContract

FOLDER = Path(__file__).resolve().parent.parent / "tests"
sys.path.append(str(FOLDER))
from random_layers import Chain  # noqa: E402

#: Values of the layer; blocks of the smaller and of the larger layer.
COUNT, BLOCKS = 48, (1, 6)
#: Bytes of a sum, with outputs in a block and the largest weight that such sums are proven for.
SUMS = {2: (10, 1), 3: (8, 127)}


def cycles(count: int, outputs: int, largest: int, relu: bool, constant: int | None = None) -> tuple[float, str]:
    """Return the mean cycles of a layer for values without a zero, and what its requantization multiplies."""
    graph = Chain(7, (count,)).dense(outputs, relu=relu, largest=largest, constant=constant).graph()
    layer = plan_dense(Network(graph, "probe"), graph.operators[0])
    assert layer is not None
    x = np.random.default_rng(0).integers(-127, 128, (100, count)).astype(np.int8)
    run = tc.simulate(tc.export_arduino(graph, name="probe"), x)
    return float(run.cycles.mean()), f"{layer.sum_bytes} x {layer.narrow.form.multiplier_bytes} bytes"


def per_output(count: int, sum_bytes: int, relu: bool, constant: int | None = None) -> tuple[float, str]:
    """Return what one output more costs, from layers of few and of many blocks."""
    block, largest = SUMS[sum_bytes]
    (few, _), (many, form) = (cycles(count, blocks * block, largest, relu, constant) for blocks in BLOCKS)
    return (many - few) / (BLOCKS[1] - BLOCKS[0]) / block, form


def repeated(layer_number: int, times: int) -> Graph:
    """Return one dense layer of the trained digits network with its outputs several times."""
    trained = tc.load_tflite(FOLDER / "data" / "digits_mlp.tflite")
    operator = [op for op in trained.operators if op.kind == "fully_connected"][layer_number]
    tensors = {}
    for name in operator.parameters.values():
        tensor = trained.tensors[name]
        values = np.concatenate([tensor.values] * times)
        tensors[name] = replace(tensor, data=values, shape=values.shape)
    x, y = (trained.tensors[name] for name in (operator.inputs[0], operator.outputs[0]))
    outputs = times * y.shape[0]
    return replace(
        trained,
        tensors={**tensors, x.name: x, y.name: replace(y, shape=(outputs,))},
        operators=(operator,),
        input=x.name,
        output=y.name,
        contract=InputContract(np.dtype(np.int8), x.shape, -128, 127),
        labels=tuple(range(outputs)),
    )


def of_the_digits(layer_number: int) -> tuple[str, str, float, float]:
    """Return sum, multiplier, cycles per multiply-accumulate and what remains for each output."""
    spent = []
    for times in (4, 8):  # whole blocks
        graph = repeated(layer_number, times)
        layer = plan_dense(Network(graph, "probe"), graph.operators[0])
        assert layer is not None
        x = np.random.default_rng(0).integers(-127, 128, (100, *graph.contract.shape)).astype(np.int8)
        spent.append(float(tc.simulate(tc.export_arduino(graph, name="probe"), x).cycles.mean()))
    mac = 8 + 4 / layer.block  # a value of a block costs four cycles beside its products
    beside = (spent[1] - spent[0]) / (len(graph.labels) / 2) - layer.count * mac
    return f"{8 * layer.sum_bytes} bits", f"3 x {layer.narrow.form.multiplier_bytes} bytes", mac, beside


def main() -> None:
    """Measure sums of two and of three bytes, with and without a ReLU."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    table = Table(title="Dense layers in registers, avr-gcc at -Os, no value is zero")
    for title in ("sums", "activation", "sum x multiplier", "cycles per MAC", "cycles per output beside"):
        table.add_column(title, justify="right")
    for sum_bytes, (_, largest) in SUMS.items():
        # All weights alike: the requantization is the same for one value more.
        mac = per_output(COUNT, sum_bytes, True, -largest)[0] - per_output(COUNT - 1, sum_bytes, True, -largest)[0]
        for relu in (True, False):
            total, form = per_output(COUNT, sum_bytes, relu)
            name = "ReLU" if relu else "none"
            table.add_row(f"{8 * sum_bytes} bits", name, form, f"{mac:.2f}", f"{total - COUNT * mac:.1f}")
    for number, name in enumerate(("ReLU, trained 64 to 16", "none, trained 16 to 10")):
        sums, form, mac, beside = of_the_digits(number)
        table.add_row(sums, name, form, f"{mac:.2f}", f"{beside:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
