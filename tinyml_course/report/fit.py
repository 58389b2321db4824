"""A program on one board, and on every board of the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tinyml_course.boards import BoardSpec
from tinyml_course.report.figure import Figure
from tinyml_course.tables import Table


@dataclass(frozen=True)
class BoardFit:
    """What a program takes on a board.

    Parameters
    ----------
    board : BoardSpec
        The board.
    flash_bytes, sram_bytes : Figure
        Of the whole sketch.
    cycles : Figure
        Of one inference.
    """

    board: BoardSpec
    flash_bytes: Figure
    sram_bytes: Figure
    cycles: Figure

    @property
    def fits(self) -> bool:
        """Whether flash and SRAM are enough."""
        return self.flash_bytes <= self.board.flash_bytes and self.sram_bytes <= self.board.sram_bytes

    @property
    def milliseconds(self) -> float:
        """Time of one inference."""
        return self.board.milliseconds(self.cycles)

    @property
    def millijoules(self) -> float:
        """Estimated energy of one inference on the whole board."""
        return self.board.millijoules(self.cycles)

    @property
    def kind(self) -> str:
        """``"measured"`` if all figures are, else ``"estimated"``."""
        kinds = {self.flash_bytes.kind, self.sram_bytes.kind, self.cycles.kind}
        return "measured" if kinds == {"measured"} else "estimated"

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and marks, ready for JSON."""
        return {
            "board": self.board.id,
            "fits": self.fits,
            "flash_bytes": int(self.flash_bytes),
            "sram_bytes": int(self.sram_bytes),
            "cycles": int(self.cycles),
            "milliseconds": self.milliseconds,
            "millijoules_estimated": self.millijoules,
            "power_certainty": self.board.power_certainty,
            "kind": self.kind,
        }


@dataclass(frozen=True)
class BoardTable:
    """A program on several boards; shows itself as a table.

    Parameters
    ----------
    fits : sequence of BoardFit
        One for each board.
    """

    fits: Sequence[BoardFit]

    HEADER = ("board", "fits", "flash", "SRAM", "time", "energy, whole board", "how")

    def __getitem__(self, board: str) -> BoardFit:
        return next(fit for fit in self.fits if fit.board.id == board)

    def fitting(self) -> list[BoardSpec]:
        """Return the boards on which it fits, in the order of the catalogue."""
        return [fit.board for fit in self.fits if fit.fits]

    def rows(self) -> list[tuple[str, ...]]:
        """Return texts, one row for each board."""
        return [
            (
                fit.board.name,
                "yes" if fit.fits else "no",
                f"{fit.flash_bytes / fit.board.flash_bytes:.0%} of {fit.board.flash_bytes / 1024:,.0f} KiB",
                f"{fit.sram_bytes / fit.board.sram_bytes:.0%} of {fit.board.sram_bytes / 1024:,.0f} KiB",
                f"{fit.milliseconds:,.3g} ms" if fit.milliseconds < 1000 else f"{fit.milliseconds:,.0f} ms",
                f"{fit.millijoules:,.3g} mJ" if fit.millijoules < 1000 else f"{fit.millijoules:,.0f} mJ",
                fit.kind,
            )
            for fit in self.fits
        ]

    def table(self) -> Table:
        """Return the rows as a table for a notebook."""
        return Table(self.HEADER, self.rows())

    def __str__(self) -> str:
        return repr(self.table())

    def _repr_markdown_(self) -> str:
        return self.table()._repr_markdown_()
