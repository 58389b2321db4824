"""How large a model is, and whether it fits a board; estimated, or measured where a compiler is there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from tinyml_course.boards import BoardSpec, get_board
from tinyml_course.cost import OperatorCost, costs
from tinyml_course.errors import MemoryLimitError, ToolchainNotFoundError
from tinyml_course.graph import Graph

Kind = Literal["exact", "estimated", "measured"]

#: Estimates for a program nobody has compiled: code of the kernels, the protocol and the start-up, and the
#: static variables and stack beside the activations. From the digits sketch with avr-gcc 7.3 at -Os,
#: rounded up; `tinyml demo --json` prints the measured ones.
CODE_BYTES = 3200
STACK_AND_STATIC_BYTES = 160


class Figure(int):
    """An integer that knows how it was found out.

    Attributes
    ----------
    kind : str
        ``"exact"`` (counted in the graph), ``"measured"`` (compiled and run) or ``"estimated"``.
    """

    kind: Kind

    def __new__(cls, value: int, kind: Kind) -> Figure:
        """Make the integer and mark it."""
        figure = super().__new__(cls, value)
        figure.kind = kind
        return figure

    def __getnewargs__(self) -> tuple[int, Kind]:  # type: ignore[override]
        return int(self), self.kind


@dataclass(frozen=True)
class SizeReport:
    """Figures of a model on a board.

    Parameters
    ----------
    board : BoardSpec
        The board.
    parameters, macs : Figure
        Stored numbers; multiply-accumulates for one sample.
    model_bytes : Figure
        Every stored parameter.
    flash_bytes, sram_bytes : Figure
        Of the whole sketch, serial protocol included; SRAM with the deepest stack.
    peak_activation_bytes : Figure
        Most bytes of values that are alive at once.
    fits : bool
        Whether flash and SRAM are enough.
    layers : tuple of OperatorCost
        Operator by operator.
    toolchain : str
        What measured it; empty if nothing did.
    """

    board: BoardSpec
    parameters: Figure
    macs: Figure
    model_bytes: Figure
    flash_bytes: Figure
    sram_bytes: Figure
    peak_activation_bytes: Figure
    fits: bool
    layers: tuple[OperatorCost, ...] = field(repr=False)
    toolchain: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and marks, ready for JSON."""
        figures = {key: value for key, value in self.__dict__.items() if isinstance(value, Figure)}
        return {
            "board": self.board.id,
            **{key: int(value) for key, value in figures.items()},
            "kinds": {key: value.kind for key, value in figures.items()},
            "fits": self.fits,
            "toolchain": self.toolchain,
            "layers": [layer.__dict__ for layer in self.layers],
        }

    def rows(self) -> list[tuple[str, str, str]]:
        """Name, value and mark of each figure, as tables show them."""
        return [
            ("parameters", f"{self.parameters:,}", self.parameters.kind),
            ("multiply-accumulates", f"{self.macs:,}", self.macs.kind),
            ("model", f"{self.model_bytes:,} B", self.model_bytes.kind),
            ("flash", f"{self.flash_bytes:,} of {self.board.flash_bytes:,} B", self.flash_bytes.kind),
            ("SRAM", f"{self.sram_bytes:,} of {self.board.sram_bytes:,} B", self.sram_bytes.kind),
            ("peak activations", f"{self.peak_activation_bytes:,} B", self.peak_activation_bytes.kind),
            ("fits", "yes" if self.fits else "no", self.board.name),
        ]

    def __str__(self) -> str:
        return "\n".join(f"{name:<22}{value:>22}  {mark}" for name, value, mark in self.rows())

    def _repr_html_(self) -> str:
        cells = "".join(
            f"<tr><th scope='row' style='text-align:left'>{n}</th><td>{v}</td><td>{m}</td></tr>"
            for n, v, m in self.rows()
        )
        head = "<tr><th scope='col'>figure</th><th scope='col'>value</th><th scope='col'>how</th></tr>"
        return f"<table><caption>Size on the {self.board.name}</caption>{head}{cells}</table>"


def size(graph: Graph, board: str | BoardSpec = "uno", *, measure: bool = True) -> SizeReport:
    """Report what a model takes on a board. It never raises for a model that is too large.

    Parameters
    ----------
    graph : Graph
        The model.
    board : str or BoardSpec, default "uno"
        The board.
    measure : bool, default True
        Compile the sketch and run its self-test samples, where a compiler is there; otherwise, or with
        False, flash and SRAM are estimated and marked so.
    """
    spec = get_board(board)
    layers = costs(graph)
    peak = max(layer.activation_bytes for layer in layers)
    flash: Figure = Figure(graph.model_bytes + CODE_BYTES, "estimated")
    sram: Figure = Figure(peak + STACK_AND_STATIC_BYTES, "estimated")
    toolchain = ""
    if measure and len(graph.examples):
        flash, sram, toolchain = _measured(graph, spec, flash, sram)
    return SizeReport(
        board=spec,
        parameters=Figure(graph.parameter_count, "exact"),
        macs=Figure(sum(layer.macs for layer in layers), "exact"),
        model_bytes=Figure(graph.model_bytes, "exact"),
        flash_bytes=flash,
        sram_bytes=sram,
        peak_activation_bytes=Figure(peak, "exact"),
        fits=flash <= spec.flash_bytes and sram <= spec.sram_bytes,
        layers=tuple(layers),
        toolchain=toolchain,
    )


def _measured(graph: Graph, spec: BoardSpec, flash: Figure, sram: Figure) -> tuple[Figure, Figure, str]:
    """Compile and run; what the compiler or the board refuses stays as large as they say."""
    from tinyml_course.board import simulate
    from tinyml_course.export import export_arduino

    try:
        run = simulate(export_arduino(graph, name="size_probe", board=spec.id), graph.examples)
    except ToolchainNotFoundError:
        return flash, sram, ""
    except MemoryLimitError as error:
        if error.memory == "flash":
            return Figure(error.needed, "measured"), sram, ""
        return flash, Figure(max(error.needed, int(sram)), "measured"), ""
    return Figure(run.flash_bytes, "measured"), Figure(run.sram_peak_bytes, "measured"), run.toolchain
