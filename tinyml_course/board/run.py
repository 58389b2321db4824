"""What running a sketch on a board gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyml_course.boards import BoardSpec


@dataclass(frozen=True, eq=False)
class Run:
    """The answers of a board to a batch of samples, and what they cost.

    Parameters
    ----------
    outputs : ndarray of the sketch's output type, shape (n, outputs)
        The model's outputs.
    classes : ndarray of int64, shape (n,)
        Class indices.
    cycles : ndarray of int64, shape (n,)
        Exact clock cycles of each inference, between the sketch's two marks: the model, the call
        and the first mark.
    board : BoardSpec
        What it ran on.
    toolchain : str
        Compiler and core with versions.
    optimization : str
        For example ``"-Os"``.
    flash_bytes : int
        Flash of the whole sketch.
    sram_peak_bytes : int
        SRAM of the whole sketch: static variables and the deepest stack of the run.
    model_flash_bytes : int or None
        Flash that the model adds to the same program with an empty model; None if the sketch has none.
    model_sram_peak_bytes : int or None
        SRAM that the model takes: its static variables, the input buffer, and the stack between the marks.
    self_test_passed : bool
        Whether every sample stored on the board got the expected class.
    """

    outputs: npt.NDArray[Any] = field(repr=False)
    classes: npt.NDArray[np.int64] = field(repr=False)
    cycles: npt.NDArray[np.int64] = field(repr=False)
    board: BoardSpec
    toolchain: str
    optimization: str
    flash_bytes: int
    sram_peak_bytes: int
    model_flash_bytes: int | None
    model_sram_peak_bytes: int | None
    self_test_passed: bool

    @property
    def milliseconds(self) -> npt.NDArray[np.float64]:
        """Time of each inference at the board's clock, shape (n,)."""
        return np.asarray(self.cycles / self.board.clock_hz * 1e3, np.float64)

    @property
    def energy_millijoules(self) -> npt.NDArray[np.float64]:
        """Estimated energy of each inference on the whole board, shape (n,); `board.source` says from what."""
        return np.asarray(self.cycles * self.board.nj_per_cycle_board * 1e-6, np.float64)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures, ready for JSON; cycles, time and energy are means."""
        return {
            "cycles": float(self.cycles.mean()),
            "cycles_maximum": int(self.cycles.max()),
            "milliseconds": float(self.milliseconds.mean()),
            "energy_millijoules_estimated": float(self.energy_millijoules.mean()),
            "flash_bytes": self.flash_bytes,
            "model_flash_bytes": self.model_flash_bytes,
            "sram_peak_bytes": self.sram_peak_bytes,
            "model_sram_peak_bytes": self.model_sram_peak_bytes,
            "board": self.board.name,
            "toolchain": self.toolchain,
            "optimization": self.optimization,
        }

    def __str__(self) -> str:
        slowest = int(self.cycles.max())
        rows = [
            ("inferences", f"{len(self.classes):,}"),
            ("cycles", f"{self.cycles.mean():,.0f} mean, {slowest:,} at most"),
            ("time", f"{self.milliseconds.mean():.3f} ms mean, {self.board.milliseconds(slowest):.3f} ms at most"),
            ("energy", f"{self.energy_millijoules.mean():.3f} mJ mean (estimated, whole board)"),
            ("flash", _share(self.flash_bytes, self.board.flash_bytes, self.model_flash_bytes)),
            ("SRAM peak", _share(self.sram_peak_bytes, self.board.sram_bytes, self.model_sram_peak_bytes)),
            ("self-test", "passed" if self.self_test_passed else "FAILED"),
            ("compiled by", f"{self.toolchain}, {self.optimization}"),
        ]
        return "\n".join([f"{self.board.name} (virtual)", *(f"  {name:<12} {text}" for name, text in rows)])


def _share(used: int, available: int, model: int | None) -> str:
    of_model = "" if model is None else f"; the model takes {model:,}"
    return f"{used:,} of {available:,} bytes{of_model}"
