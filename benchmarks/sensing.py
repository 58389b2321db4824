"""How good is the sketch that listens, and what does it cost? python benchmarks/sensing.py [--seeds N].

The vibration is synthetic. For each seed: other machines, another Bonsai. The budget is chosen on the validation part,
as the mean over the seeds; the test part is looked at once, with that budget. Then the whole test set of the first
seed is played to the virtual Uno's analog pin, and the board's classes are compared with Python's.
"""

from __future__ import annotations

import argparse

import numpy as np

import tinyml_course as tc
from tinyml_course.board import BoardClient, SimulatorTransport, UnoSimulator
from tinyml_course.toolchain import Toolchain, available
from tinyml_course.vibration import sensor_volts

BUDGETS = (128, 256, 512, 1024)
SENSING = tc.Sensing()


def accuracy(graph: tc.Graph, windows: np.ndarray, labels: np.ndarray) -> float:
    return float(np.mean(SENSING.classify(graph, windows) == labels))


def trained(data: tc.SignalDataset, budget_bytes: int, seed: int) -> tc.Graph:
    features = SENSING.features.compute(data.x_train)
    bonsai = tc.Bonsai(budget_bytes, seed=seed, distill=False).fit(features, data.y_train, progress=False)
    return tc.quantize(bonsai, features)


def choose(sets: list[tc.SignalDataset]) -> list[tc.Graph]:
    """Print accuracies; return the graphs of the smallest budget within half a point of the best on validation."""
    graphs, validation = {}, {}
    print(f"Bonsai, mean over {len(sets)} seeds (standard deviation between them), synthetic vibration")
    for budget in BUDGETS:
        graphs[budget] = [trained(data, budget, seed) for seed, data in enumerate(sets)]
        pairs = list(zip(graphs[budget], sets, strict=True))
        scores = [accuracy(graph, data.x_validation, data.y_validation) for graph, data in pairs]
        validation[budget] = np.mean(scores)
        sizes = sorted({graph.model_bytes for graph in graphs[budget]})
        print(f"  at most {budget:5} B  ({', '.join(map(str, sizes))} B)  validation {spread(scores)}", flush=True)
    chosen = min(budget for budget in BUDGETS if validation[budget] >= max(validation.values()) - 0.005)
    scores = [accuracy(g, data.x_test, data.y_test) for g, data in zip(graphs[chosen], sets, strict=True)]
    print(f"  chosen: {chosen} B; test {spread(scores)}")
    return graphs[chosen]


def spread(scores: list[float]) -> str:
    return f"{np.mean(scores):.2%} ({np.std(scores):.2%})"


def listen(graph: tc.Graph, data: tc.SignalDataset, toolchain: Toolchain, optimization: str) -> None:
    """Play the test set to the board, and print what came of it."""
    sketch = tc.export_sensing(graph, "listener", SENSING, data.x_train[:3])
    build = toolchain.build(sketch, optimization)
    with UnoSimulator(build.hex, build.sram_static_end) as uno:
        client = BoardClient(SimulatorTransport(uno), sketch)
        client.ready()
        uno.run(10_000)
        share = awake(uno, 40_000 * SENSING.hop * 20)
    with UnoSimulator(build.hex, build.sram_static_end) as uno:
        client = BoardClient(SimulatorTransport(uno), sketch)
        client.ready()
        client.stream(True)
        uno.play(0, sensor_volts(data.x_test.ravel()), SENSING.rate_hz)
        heard = [client.next_window() for _ in range(2 * len(data.x_test) - 1)]
        samples = np.array([conversion.value >> 2 for conversion in uno.conversions[1:]], np.uint8)
        marks = [mark.cycle for mark in uno.marks if mark.value in (3, 4)]
        stack = uno.stack_peak_bytes
    windows = np.stack([samples[number * SENSING.hop :][: SENSING.window] for number in range(len(heard))])
    mismatches = int(np.sum(SENSING.classify(graph, windows) != [window.class_index for window in heard]))
    cycles = np.subtract(marks[1::2], marks[::2])
    print(f"\n{toolchain}, {optimization}")
    print(f"  {len(heard)} windows through the ADC, {mismatches} mismatches, {heard[-1].missed} samples missed")
    print(f"  {cycles.mean():,.0f} cycles a window, {cycles.max():,} at most ({cycles.mean() / 16e3:.2f} ms)")
    print(f"  flash {build.flash_bytes:,} B, SRAM {build.sram_static_bytes:,} B and {stack} B of stack")
    print(f"  awake {share:.2%} of the time")


def awake(uno: UnoSimulator, cycles: int) -> float:
    """Share of the time in which the processor does not sleep, with the stream off."""
    begin, slept = uno.cycles, uno.sleep_cycles["idle"]
    uno.run(cycles)
    return 1 - (uno.sleep_cycles["idle"] - slept) / (uno.cycles - begin)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    sets = [tc.load_vibration(seed=seed) for seed in range(arguments.seeds)]
    graph = choose(sets)[0]
    for toolchain in available():
        for optimization in ("-Os", "-O2"):
            listen(graph, sets[0], toolchain, optimization)


if __name__ == "__main__":
    main()
