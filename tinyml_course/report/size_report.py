"""How large and how fast a model is, and where it fits; estimated, or measured where a compiler is there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyml_course.boards import BOARDS, BoardSpec, get_board
from tinyml_course.cost import OperatorCost, costs
from tinyml_course.energy import estimated_cycles
from tinyml_course.errors import ExportError, MemoryLimitError, SketchFaultError, ToolchainNotFoundError
from tinyml_course.export.sketch import Sketch
from tinyml_course.graph import Graph, InputContract, check_graph
from tinyml_course.memory import MemoryPlan, plan_memory
from tinyml_course.report.advice import advice
from tinyml_course.report.estimate import Needs
from tinyml_course.report.figure import Figure, counted
from tinyml_course.report.fit import BoardFit, BoardTable
from tinyml_course.report.show import ShowReport

#: Samples that a measurement runs, where the graph has no examples.
PROBES = 3
#: An arena that is so many times larger than the SRAM is not compiled: no exporter saves that much.
HOPELESS = 8


@dataclass(frozen=True)
class SizeReport(ShowReport):
    """Figures of a model on a board.

    A figure is an int with a mark: ``figure.kind`` is ``"measured"`` (compiled and run, or counted byte by byte
    in the graph) or ``"estimated"``; ``figure.how`` says how.

    Parameters
    ----------
    board : BoardSpec
        The board.
    model : str
        What the model is.
    parameters : Figure
        Numbers that training found.
    macs : Figure
        Multiply-accumulates for one sample.
    model_bytes : Figure
        Every stored parameter, multipliers and tables included.
    flash_bytes, sram_bytes : Figure
        Of the whole sketch, serial protocol included; SRAM with the deepest stack.
    peak_activation_bytes : Figure
        The planned arena of all values that are computed, the input among them.
    cycles : Figure
        Clock cycles of one inference, the mean of the samples where it is measured.
    fits : bool
        Whether flash and SRAM are enough.
    layers : tuple of OperatorCost
        Operator by operator.
    plan : MemoryPlan
        Where the values lie, and how far the plan is from the lower bound.
    boards : BoardTable
        The same program on every board of the catalogue.
    advice : tuple of str
        What would help where it does not fit; empty if it does.
    toolchain : str
        What measured it; empty if nothing did.
    """

    board: BoardSpec
    model: str
    parameters: Figure
    macs: Figure
    model_bytes: Figure
    flash_bytes: Figure
    sram_bytes: Figure
    peak_activation_bytes: Figure
    cycles: Figure
    fits: bool
    layers: tuple[OperatorCost, ...] = field(repr=False)
    plan: MemoryPlan = field(repr=False)
    boards: BoardTable = field(repr=False)
    advice: tuple[str, ...] = ()
    toolchain: str = ""

    @property
    def milliseconds(self) -> float:
        """Time of one inference; as sure as :attr:`cycles`."""
        return self.board.milliseconds(self.cycles)

    @property
    def millijoules(self) -> float:
        """Estimated energy of one inference on the whole board; ``board.source`` says from what."""
        return self.board.millijoules(self.cycles)

    def figures(self) -> dict[str, Figure]:
        """Return the figures by their names."""
        return {key: value for key, value in self.__dict__.items() if isinstance(value, Figure)}

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and marks, ready for JSON."""
        figures = self.figures()
        return {
            "board": self.board.id,
            "model": self.model,
            **{key: int(value) for key, value in figures.items()},
            "kinds": {key: value.kind for key, value in figures.items()},
            "how": {key: value.how for key, value in figures.items()},
            "milliseconds": self.milliseconds,
            "millijoules_estimated": self.millijoules,
            "energy_source": self.board.source,
            "lower_bound_bytes": self.plan.lower_bound_bytes,
            "fits": self.fits,
            "advice": list(self.advice),
            "toolchain": self.toolchain,
            "layers": [{**layer.__dict__, "output_shape": list(layer.output_shape)} for layer in self.layers],
            "boards": [fit.to_dict() for fit in self.boards.fits],
        }


def size(graph: Graph, board: str | BoardSpec = "uno", *, measure: bool = True) -> SizeReport:
    """Report what a model takes on a board. It never raises for a model that is too large.

    Parameters
    ----------
    graph : Graph
        The model.
    board : str or BoardSpec, default "uno"
        The board; ``report.boards`` has all the others.
    measure : bool, default True
        Compile the sketch and run a few samples on the virtual Uno, if the board has its processor and a
        compiler is there. Otherwise, or with False, flash, SRAM and cycles are estimated and marked so.

    Returns
    -------
    SizeReport
        Shows itself in a notebook, in a terminal (``print`` or rich) and as JSON (``to_dict``).
    """
    spec, plan, needs = get_board(board), plan_memory(check_graph(graph)), Needs.of(graph)
    layers = tuple(costs(graph, plan))
    estimates = {name: _estimate(layers, needs, other) for name, other in BOARDS.items()}
    fit, toolchain = _estimate(layers, needs, spec), ""
    if measure and spec.is_virtual and _worth_compiling(graph, plan, spec):
        fit, toolchain = _measured(graph, fit)
    if "measured" in {fit.flash_bytes.kind, fit.sram_bytes.kind}:  # also where the linker refused it
        same = (name for name, other in BOARDS.items() if other.mcu == spec.mcu)
        estimates |= {name: replace(fit, board=BOARDS[name]) for name in same}
    boards = BoardTable(tuple({**estimates, spec.id: fit}.values()))
    return SizeReport(
        board=spec,
        model=f"{graph.kind}{': ' if graph.description else ''}{graph.description}",
        parameters=counted(sum(layer.parameters for layer in layers)),
        macs=counted(sum(layer.macs for layer in layers)),
        model_bytes=counted(graph.model_bytes),
        flash_bytes=fit.flash_bytes,
        sram_bytes=fit.sram_bytes,
        peak_activation_bytes=counted(plan.arena_bytes, "planned"),
        cycles=fit.cycles,
        fits=fit.fits,
        layers=layers,
        plan=plan,
        boards=boards,
        advice=advice(fit, layers, boards),
        toolchain=toolchain,
    )


def _worth_compiling(graph: Graph, plan: MemoryPlan, board: BoardSpec) -> bool:
    """Whether a compiler can say more than that the model is far too large."""
    return graph.model_bytes <= board.flash_bytes and plan.arena_bytes <= HOPELESS * board.sram_bytes


def _estimate(layers: tuple[OperatorCost, ...], needs: Needs, board: BoardSpec) -> BoardFit:
    flash, sram = needs.on(board)
    how = "from the operators"
    return BoardFit(
        board=board,
        flash_bytes=Figure(flash, "estimated", how),
        sram_bytes=Figure(sram, "estimated", how),
        cycles=Figure(estimated_cycles(layers, board), "estimated", how),
    )


def _measured(graph: Graph, fit: BoardFit) -> tuple[BoardFit, str]:
    """Compile and run; what the compiler or the board refuses stays as large as they say."""
    from tinyml_course.export import export_arduino

    try:
        sketch = export_arduino(graph, name="size_probe", board=fit.board.id)
    except ExportError:
        return fit, ""
    except MemoryLimitError as error:  # a part of the program is too large already
        return _at_least(fit, error), ""
    return _run(sketch, graph, fit)


def _at_least(fit: BoardFit, error: MemoryLimitError) -> BoardFit:
    """Raise an estimate to what a part of the program needs."""
    if error.memory == "flash":
        return replace(fit, flash_bytes=Figure(max(error.needed, fit.flash_bytes), "estimated", fit.flash_bytes.how))
    return replace(fit, sram_bytes=Figure(max(error.needed, fit.sram_bytes), "estimated", fit.sram_bytes.how))


def _run(sketch: Sketch, graph: Graph, fit: BoardFit) -> tuple[BoardFit, str]:
    """Compile a sketch and run a few samples."""
    from tinyml_course.board import simulate

    board, how = fit.board, "compiled"
    try:
        run = simulate(sketch, _samples(graph))
    except ToolchainNotFoundError:
        return fit, ""
    except MemoryLimitError as error:
        if error.memory == "flash":
            return replace(fit, flash_bytes=Figure(error.needed, "measured", how)), ""
        # The variables alone are too large; the stack comes on top.
        return replace(fit, sram_bytes=Figure(error.needed, "measured", "compiled, without stack")), ""
    except SketchFaultError as error:
        if error.kind != "stack overflow":
            raise
        # The stack ran into the variables: what it would have taken is not known, but that it was too much.
        return replace(fit, sram_bytes=Figure(max(board.sram_bytes + 1, fit.sram_bytes), "estimated", "crashed")), ""
    measured = BoardFit(
        board=board,
        flash_bytes=Figure(run.flash_bytes, "measured", how),
        sram_bytes=Figure(run.sram_peak_bytes, "measured", "highest, on the virtual Uno"),
        cycles=Figure(round(float(run.cycles.mean())), "measured", f"mean of {len(run.cycles)}, on the virtual Uno"),
    )
    return measured, run.toolchain


def _samples(graph: Graph) -> npt.NDArray[Any]:
    """Samples to run: the graph's own examples, else random ones that keep its contract."""
    return graph.examples if len(graph.examples) else _random_samples(graph.contract)


def _random_samples(contract: InputContract) -> npt.NDArray[Any]:
    rng, shape = np.random.default_rng(0), (PROBES, *contract.shape)
    if contract.dtype.kind == "f":
        return rng.uniform(contract.minimum, contract.maximum, shape).astype(contract.dtype)
    return rng.integers(int(contract.minimum), int(contract.maximum), shape, contract.dtype, endpoint=True)
