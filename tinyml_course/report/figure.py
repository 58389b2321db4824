"""An integer that knows how it was found out."""

from __future__ import annotations

from typing import Literal

Kind = Literal["estimated", "measured"]


class Figure(int):
    """An integer with a mark.

    Attributes
    ----------
    kind : str
        ``"measured"``: counted in the graph's own bytes, or compiled and run; a fact. Or ``"estimated"``.
    how : str
        How it was found out, in a few words.
    """

    kind: Kind
    how: str

    def __new__(cls, value: int, kind: Kind, how: str = "") -> Figure:
        """Make the integer and mark it."""
        figure = super().__new__(cls, value)
        figure.kind = kind
        figure.how = how
        return figure

    def __getnewargs__(self) -> tuple[int, Kind, str]:  # type: ignore[override]
        return int(self), self.kind, self.how


def counted(value: int, how: str = "counted") -> Figure:
    """Return a figure that was counted in the graph: as sure as a measured one."""
    return Figure(value, "measured", how)
