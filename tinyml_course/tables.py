"""Tables that show themselves in a notebook and in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tinyml_course.errors import InputError


@dataclass(frozen=True)
class Table:
    """A small table.

    Parameters
    ----------
    header : sequence of str
        One title for each column, units included.
    rows : sequence of sequences
        As many entries in each row as there are titles. Numbers should be formatted already.
    numbers : str
        ``"right"`` sets all columns but the first flush right, as numbers like it; ``"left"`` none.

    Raises
    ------
    InputError
        If a row is longer or shorter than the header.
    """

    header: Sequence[str]
    rows: Sequence[Sequence[object]]
    numbers: str = "right"

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.header):
                raise InputError(f"Expected {len(self.header)} entries in each row of the table, got {list(row)}.")

    def _repr_markdown_(self) -> str:
        rule = ["---", *(["--:" if self.numbers == "right" else "---"] * (len(self.header) - 1))]
        lines = [self.header, rule, *([str(entry).replace("|", "\\|") for entry in row] for row in self.rows)]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)

    def __repr__(self) -> str:
        lines = [[str(entry) for entry in row] for row in (self.header, *self.rows)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(self.header))]
        return "\n".join("  ".join(self._pad(line, widths)).rstrip() for line in lines)

    def _pad(self, line: Sequence[str], widths: Sequence[int]) -> list[str]:
        first, *rest = (entry.ljust(width) for entry, width in zip(line, widths, strict=True))
        if self.numbers == "right":
            rest = [entry.rjust(width) for entry, width in zip(line[1:], widths[1:], strict=True)]
        return [first, *rest]


def table(header: Sequence[str], rows: Sequence[Sequence[object]], numbers: str = "right") -> Table:
    """Make a table; show it as the last expression of a cell. See :class:`Table`."""
    return Table(tuple(header), tuple(tuple(row) for row in rows), numbers)
