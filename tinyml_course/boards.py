"""The boards the course knows: memory, clock and power, each figure with its source."""

from __future__ import annotations

from dataclasses import dataclass

from tinyml_course.errors import InputError


@dataclass(frozen=True)
class BoardSpec:
    """What a board offers to a program.

    Parameters
    ----------
    id : str
        Short name, as in ``board="uno"``.
    name : str
        Full name.
    mcu : str
        The compiler's name of the processor.
    flash_bytes : int
        Flash that a sketch may use, the boot loader's share taken off.
    sram_bytes : int
        Data memory, stack included.
    clock_hz : int
        Processor clock.
    nj_per_cycle_board, nj_per_cycle_chip : float
        Energy of one clock cycle in nanojoules: the whole board from USB, and the processor alone.
    source : str
        Where the figures come from.
    """

    id: str
    name: str
    mcu: str
    flash_bytes: int
    sram_bytes: int
    clock_hz: int
    nj_per_cycle_board: float
    nj_per_cycle_chip: float
    source: str

    def milliseconds(self, cycles: float) -> float:
        """Time that `cycles` clock cycles take, in milliseconds."""
        return cycles / self.clock_hz * 1e3

    def millijoules(self, cycles: float) -> float:
        """Estimated energy of `cycles` on the whole board, in millijoules."""
        return cycles * self.nj_per_cycle_board * 1e-6


UNO = BoardSpec(
    id="uno",
    name="Arduino Uno",
    mcu="atmega328p",
    flash_bytes=32256,
    sram_bytes=2048,
    clock_hz=16_000_000,
    nj_per_cycle_board=15.35,
    nj_per_cycle_chip=3.25,
    source=(
        "Memory and clock: ATmega328P datasheet (Atmel 8271), 32 KiB flash less a 512-byte boot loader. "
        "Board energy: 246 mW, computed from Kumar et al. 2017, Table 5 (2.64 mJ in 10.75 ms). "
        "Chip energy: 5.2 mA at 5 V and 8 MHz, datasheet Table 29-9."
    ),
)

BOARDS: dict[str, BoardSpec] = {UNO.id: UNO}


def get_board(board: str | BoardSpec) -> BoardSpec:
    """Look a board up by its short name.

    Raises
    ------
    InputError
        If there is no such board; the message lists those there are.
    """
    if isinstance(board, BoardSpec):
        return board
    if board not in BOARDS:
        raise InputError(f"Unknown board {board!r}. Known boards: {', '.join(sorted(BOARDS))}.")
    return BOARDS[board]
