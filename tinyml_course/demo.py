"""The main job without a browser: digits to Bonsai to sketch to virtual Uno, over the whole test set."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from tinyml_course import facts
from tinyml_course.board import Run, simulate
from tinyml_course.boards import BoardSpec
from tinyml_course.convert import quantize
from tinyml_course.datasets import load_digits
from tinyml_course.export import Sketch, export_arduino
from tinyml_course.graph import Graph
from tinyml_course.models.baselines import Baseline, nearest_neighbours, neural_network
from tinyml_course.models.bonsai import Bonsai
from tinyml_course.progress import bar

Say = Callable[[str], None]


@dataclass(frozen=True)
class DemoResult:
    """Everything the demo found out.

    Parameters
    ----------
    graph : Graph
        The model.
    sketch : Sketch
        What the board was given.
    run : Run
        The board's answers.
    rivals : tuple of Baseline
        What the model is compared with.
    gpt3_bytes : float
        GPT-3's weights at 16 bits.
    accuracy, accuracy_on_board : float
        Fractions of the test set, by the exact reference and by the board.
    mismatches : int
        Images for which any output integer of the board differs from the reference.
    seconds : float
        Wall time.
    """

    graph: Graph
    sketch: Sketch
    run: Run
    rivals: tuple[Baseline, ...]
    gpt3_bytes: float
    accuracy: float
    accuracy_on_board: float
    mismatches: int
    images: int
    seconds: float

    @property
    def board(self) -> BoardSpec:
        """What it ran on."""
        return self.run.board

    def to_dict(self) -> dict[str, Any]:
        """Return the figures for ``--json``; accuracies are fractions, cycles the mean."""
        return {
            "model_bytes": self.graph.model_bytes,
            "accuracy": self.accuracy,
            "accuracy_on_board": self.accuracy_on_board,
            "mismatches": self.mismatches,
            "images": self.images,
            **self.run.to_dict(),
            "model": self.graph.description,
            "rivals": [asdict(rival) for rival in self.rivals],
            "gpt3_bytes": self.gpt3_bytes,
            "seconds": self.seconds,
        }


def run_demo(*, seed: int = 0, budget_bytes: int = 2048, say: Say = lambda line: None) -> DemoResult:
    """Train, quantize, export, compile and run.

    Parameters
    ----------
    seed : int
        Of the training.
    budget_bytes : int
        For every stored parameter of the model.
    say : callable
        Gets one line at the start of every step.

    Raises
    ------
    TinyMLError
        Whatever goes wrong: a budget that is too small, no compiler, a model that does not fit.
    """
    start = time.perf_counter()
    say("1/5  Digits: 8 x 8 pixels, 70 % to train with, 30 % to test with; its rivals start to train")
    data = load_digits()
    pool = ThreadPoolExecutor(1)  # Bonsai's training leaves a core free
    rivals = pool.submit(lambda: (nearest_neighbours(data), neural_network(data, seed)))
    pool.shutdown(wait=False)
    say(f"2/5  Bonsai: at most {budget_bytes:,} bytes, trained with its final integer weights")
    bonsai = Bonsai(budget_bytes, seed).fit(data.x_train, data.y_train)
    say("3/5  Graph: integers only, exact")
    graph = quantize(bonsai, data.x_train)
    sketch = export_arduino(graph, name="digits")
    say(f"4/5  Board: compile the sketch, run {len(data.x_test)} test images on the virtual Uno")
    with bar("Running on the virtual Uno", len(data.x_test)) as step:
        run = simulate(sketch, data.x_test, progress=lambda done, total: step(done))
    say("5/5  Table")
    expected = graph.predict(data.x_test)
    return DemoResult(
        graph=graph,
        sketch=sketch,
        run=run,
        rivals=rivals.result(),
        gpt3_bytes=facts.get("gpt3.bytes_fp16").value,
        accuracy=float((graph.classify(data.x_test) == data.y_test).mean()),
        accuracy_on_board=float((run.classes == data.y_test).mean()),
        mismatches=int((run.outputs != expected).any(axis=1).sum()),
        images=len(data.x_test),
        seconds=time.perf_counter() - start,
    )
