"""Check a folder of ``.tflite`` files against the real interpreters, layer by layer.

Run it with ``python benchmarks/gold.py FOLDER``. Every tensor that a model computes is compared, for random
inputs, with TensorFlow Lite Micro (``tflm``) and with LiteRT's reference kernels (``litert``). The exit code is
1 if any integer differs, 2 if nothing could be compared. Install the interpreters with
``pip install -e .[test]``; TensorFlow Lite Micro has wheels for Linux on x86-64 only.
"""

from __future__ import annotations

import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

import click
from interpreters import RUNNERS, missing
from layers import Layer, compare

from tinyml_course.errors import ConversionError
from tinyml_course.progress import bar
from tinyml_course.tables import table


@dataclass(frozen=True)
class Outcome:
    """One model against one interpreter: its layers, or why there are none."""

    model: str
    interpreter: str
    layers: tuple[Layer, ...] = ()
    refused: str = ""

    @property
    def mismatches(self) -> int:
        """Integers that differ, over all layers."""
        return sum(layer.mismatches for layer in self.layers)

    @property
    def row(self) -> tuple[str, ...]:
        """The outcome's line in the table."""
        if self.refused:
            return (self.model, self.interpreter, "-", "-", "-", "not compared")
        values = sum(layer.values for layer in self.layers)
        verdict = "DIFFERENT" if self.mismatches else "equal"
        return (self.model, self.interpreter, str(len(self.layers)), f"{values:,}", f"{self.mismatches:,}", verdict)


def check(path: Path, interpreter: str, count: int) -> tuple[list[Layer], str]:
    """Compare one model in a process of its own: an interpreter can abort on a strange file."""
    try:
        return compare(path.read_bytes(), interpreter, count=count), ""
    except ConversionError as error:
        return [], f"not supported: {error}"
    except (RuntimeError, ValueError) as error:
        return [], f"the interpreter refuses it: {error}"


def check_all(jobs: list[tuple[Path, str]], count: int, folder: Path) -> list[Outcome]:
    """All comparisons, one after the other."""
    outcomes: list[Outcome] = []
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(1, mp_context=context)
    with bar("models", len(jobs)) as step:
        for path, interpreter in jobs:
            name = str(path.relative_to(folder))
            try:
                layers, refused = pool.submit(check, path, interpreter, count).result()
            except BrokenProcessPool:
                layers, refused = [], "the interpreter crashed"
                pool = ProcessPoolExecutor(1, mp_context=context)
            outcomes.append(Outcome(name, interpreter, tuple(layers), refused))
            step(len(outcomes))
    pool.shutdown()
    return outcomes


def show_layers(outcomes: list[Outcome], every: bool) -> None:
    """Layers that differ, or all of them."""
    rows = [
        (
            o.model,
            o.interpreter,
            layer.kind,
            layer.name[-40:],
            f"{layer.values:,}",
            layer.distinct,
            layer.mismatches,
            layer.largest,
        )
        for o in outcomes
        for layer in o.layers
        if every or layer.mismatches
    ]
    if rows:
        head = (
            "model",
            "interpreter",
            "operator",
            "tensor",
            "integers",
            "distinct",
            "mismatches",
            "largest difference",
        )
        click.echo(f"\n{table(head, rows)!r}")


@click.command(help=__doc__.split("\n\n", maxsplit=1)[0])
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--interpreter", "names", type=click.Choice(sorted(RUNNERS)), multiple=True, help="Only this one.")
@click.option("--inputs", "count", default=12, show_default=True, type=click.IntRange(1), help="Random inputs a model.")
@click.option("--layers", "every", is_flag=True, help="Show every layer, not only those that differ.")
def main(folder: Path, names: tuple[str, ...], count: int, every: bool) -> None:
    wanted = [name for name in names or sorted(RUNNERS) if not missing(name)]
    for name in set(names or RUNNERS) - set(wanted):
        click.echo(f"Left out: {name}. It needs: {missing(name)}", err=True)
    paths = sorted(folder.rglob("*.tflite"))
    outcomes = check_all([(path, name) for path in paths for name in wanted], count, folder)
    click.echo(repr(table(("model", "interpreter", "layers", "integers", "mismatches", ""), [o.row for o in outcomes])))
    show_layers(outcomes, every)
    for outcome in outcomes:
        if outcome.refused:
            click.echo(f"\n{outcome.model}, {outcome.interpreter}: {outcome.refused}")
    compared = [o for o in outcomes if o.layers]
    if not compared:
        click.echo(f"Nothing was compared: {len(paths)} models in {folder}, {len(wanted)} interpreters.", err=True)
        sys.exit(2)
    different = sum(o.mismatches > 0 for o in compared)
    click.echo(f"\n{len(compared)} comparisons, {different} different, {len(outcomes) - len(compared)} not compared.")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
