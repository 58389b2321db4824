"""A size report for people: plain text, rich tables in a terminal, HTML in a notebook."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tinyml_course.boards import CORES
from tinyml_course.energy import operator_cycles
from tinyml_course.facts import CERTAINTIES
from tinyml_course.tables import Table

if TYPE_CHECKING:
    from tinyml_course.report.size_report import SizeReport

LAYER_HEADER = ("operator", "output", "MACs", "parameters", "stored", "alive", "cycles, estimated")
FIGURE_HEADER = ("figure", "value", "that is", "how")
#: Columns of numbers, which stand flush right.
FIGURE_NUMBERS, LAYER_NUMBERS, BOARD_NUMBERS = (1, 2), range(2, 7), range(2, 6)


class ShowReport:
    """How a :class:`SizeReport` shows itself."""

    def rows(self: SizeReport) -> list[tuple[str, str, str, str]]:  # type: ignore[misc]
        """Name, value, of how much, and mark of each figure."""
        board = self.board
        figures = [
            ("parameters", f"{self.parameters:,}", "", self.parameters),
            ("multiply-accumulates", f"{self.macs:,}", "", self.macs),
            ("model", f"{self.model_bytes:,} B", "", self.model_bytes),
            ("flash", f"{self.flash_bytes:,} B", _share(self.flash_bytes, board.flash_bytes), self.flash_bytes),
            ("SRAM", f"{self.sram_bytes:,} B", _share(self.sram_bytes, board.sram_bytes), self.sram_bytes),
            ("peak activations", f"{self.peak_activation_bytes:,} B", _bound(self), self.peak_activation_bytes),
            ("cycles", f"{self.cycles:,}", f"{self.milliseconds:,.3f} ms", self.cycles),
        ]
        rows = [(name, value, of, f"{figure.kind}: {figure.how}") for name, value, of, figure in figures]
        power = f"estimated: {board.nj_per_cycle_board:g} nJ a cycle, {CERTAINTIES[board.power_certainty]}"
        rows.append(("energy, whole board", f"{self.millijoules:,.4f} mJ", "", power))
        compiled = f"compiled by {self.toolchain}" if self.toolchain else "not run"
        rows.append(("fits", "yes" if self.fits else "no", board.name, compiled))
        return rows

    def layer_rows(self: SizeReport) -> list[tuple[str, ...]]:  # type: ignore[misc]
        """Texts of each operator, and their total."""
        core = CORES[self.board.core]
        rows = [
            (
                f"{number} {layer.kind}",
                "×".join(map(str, layer.output_shape)) or "1",
                f"{layer.macs:,}",
                f"{layer.parameters:,}",
                f"{layer.parameter_bytes:,} B",
                f"{layer.activation_bytes:,} B",
                f"{operator_cycles(layer, core):,.0f}",
            )
            for number, layer in enumerate(self.layers)
        ]
        cycles = sum(operator_cycles(layer, core) for layer in self.layers)
        stored = sum(layer.parameter_bytes for layer in self.layers)
        peak = max((layer.activation_bytes for layer in self.layers), default=0)
        total = ("all", "", f"{self.macs:,}", f"{self.parameters:,}", f"{stored:,} B", f"{peak:,} B", f"{cycles:,.0f}")
        return [*rows, total]

    def __str__(self: SizeReport) -> str:  # type: ignore[misc]
        parts = [f"{self.model} on the {self.board.name}", str(_figures(self)), repr(_layers(self)), str(self.boards)]
        return "\n\n".join([*parts, *self.advice, *_notes(self)])

    def __rich_console__(self: SizeReport, console: Any, options: Any) -> Iterator[Any]:  # type: ignore[misc]
        """Yield rich's tables."""
        yield _rich(f"{self.model} on the {self.board.name}", FIGURE_HEADER, self.rows(), FIGURE_NUMBERS)
        yield _rich("Operator by operator", LAYER_HEADER, self.layer_rows(), LAYER_NUMBERS, total=True)
        yield _rich("On every board of the catalogue", self.boards.HEADER, self.boards.rows(), BOARD_NUMBERS)
        yield from (*self.advice, *_notes(self))

    def _repr_html_(self: SizeReport) -> str:  # type: ignore[misc]
        notes = "".join(f"<p>{html.escape(line)}</p>" for line in (*self.advice, *_notes(self)))
        figures = _html(f"{self.model}: size on the {self.board.name}", FIGURE_HEADER, self.rows(), FIGURE_NUMBERS)
        layers = _html("Operator by operator", LAYER_HEADER, self.layer_rows(), LAYER_NUMBERS)
        boards = _html("On every board of the catalogue", self.boards.HEADER, self.boards.rows(), BOARD_NUMBERS)
        return (
            f"{figures}{notes}<details><summary>Operator by operator</summary>{layers}</details>"
            f"<details><summary>Every board of the catalogue</summary>{boards}</details>"
        )


def _share(used: int, available: int) -> str:
    return f"{used / available:.0%} of {available:,} B"


def _bound(report: SizeReport) -> str:
    if report.plan.arena_bytes == report.plan.lower_bound_bytes:
        return "at the lower bound"
    return f"{report.plan.excess:.1%} above the lower bound"


def _notes(report: SizeReport) -> list[str]:
    core = CORES[report.board.core]
    return [f"Estimated cycles on the {core.name}: {core.source}.", f"{report.board.name}: {report.board.source}"]


def _figures(report: SizeReport) -> str:
    return "\n".join(f"{name:<22}{value:>16}  {of:<26}{mark}" for name, value, of, mark in report.rows())


def _layers(report: SizeReport) -> Table:
    return Table(LAYER_HEADER, report.layer_rows())


def _rich(
    title: str, header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int], total: bool = False
) -> Any:
    from rich.table import Table as RichTable

    table = RichTable(title=title, title_justify="left")
    for number, name in enumerate(header):
        table.add_column(name, justify="right" if number in right else "left")
    for number, row in enumerate(rows):
        table.add_row(*row, end_section=total and number == len(rows) - 2)
    return table


def _html(caption: str, header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int]) -> str:
    def style(column: int) -> str:
        return f"style='text-align:{'right' if column in right else 'left'};padding:2px 8px'"

    head = "".join(f"<th scope='col' {style(k)}>{html.escape(name)}</th>" for k, name in enumerate(header))
    body = "".join(
        f"<tr><th scope='row' {style(0)}>{html.escape(first)}</th>"
        + "".join(f"<td {style(k)}>{html.escape(text)}</td>" for k, text in enumerate(rest, start=1))
        + "</tr>"
        for first, *rest in rows
    )
    return (
        f"<table><caption style='text-align:left;font-weight:bold'>{html.escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )
