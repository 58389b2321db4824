"""The boards the course knows: memory, clock and power, each figure with its source.

The figures stand in ``boards.toml`` beside this file.
"""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from importlib import resources

from tinyml_course.errors import InputError

#: The processor of the virtual Uno, and the only one that programs are compiled for here.
VIRTUAL_MCU = "atmega328p"


@dataclass(frozen=True)
class Core:
    """How many cycles a kind of processor takes for the work of a model: estimates.

    Parameters
    ----------
    id : str
        Short name.
    name : str
        Full name.
    cycles_per_mac : float
        A multiply-accumulate of two bytes in the inner loop of a layer.
    cycles_per_rescale : float
        Bringing a sum to the scale of the output.
    cycles_per_step : float
        A comparison, or a value copied or looked up.
    source : str
        Where the figures come from.
    """

    id: str
    name: str
    cycles_per_mac: float
    cycles_per_rescale: float
    cycles_per_step: float
    source: str


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
    core : str, default "avr"
        The kind of processor, a key of :data:`CORES`.
    fqbn : str
        The name that ``arduino-cli`` has for the board.
    empty_flash_bytes, empty_sram_bytes : int, default 0
        What a sketch with nothing in it takes there: estimates. 0 where only bytes of this course's own program count.
    power_certainty : str, default "about"
        How the board's energy is known: a key of :data:`tinyml_course.facts.CERTAINTIES`.
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
    core: str = "avr"
    fqbn: str = ""
    empty_flash_bytes: int = 0
    empty_sram_bytes: int = 0
    power_certainty: str = "about"

    @property
    def is_virtual(self) -> bool:
        """Whether programs can be compiled for it and run here, cycle by cycle."""
        return self.mcu == VIRTUAL_MCU

    def milliseconds(self, cycles: float) -> float:
        """Time that `cycles` clock cycles take, in milliseconds."""
        return cycles / self.clock_hz * 1e3

    def millijoules(self, cycles: float) -> float:
        """Estimated energy of `cycles` on the whole board, in millijoules."""
        return cycles * self.nj_per_cycle_board * 1e-6

    def require_virtual(self) -> None:
        """Refuse a board that nothing is compiled for here.

        Raises
        ------
        InputError
            If the processor is another one than the virtual Uno's.
        """
        if not self.is_virtual:
            raise InputError(
                f"Programs are compiled and run here for the ATmega328P alone, not for the {self.name}. "
                f"The sketch's files are right for it: write them with sketch.write(folder) and compile them with the "
                f"Arduino IDE or with: arduino-cli compile --fqbn {self.fqbn} FOLDER. "
                'To simulate the model, export it with board="uno".'
            )


def _read() -> tuple[dict[str, Core], dict[str, BoardSpec]]:
    text = resources.files("tinyml_course").joinpath("boards.toml").read_text(encoding="utf-8")
    found = tomllib.loads(text)
    cores = {name: Core(id=name, **entries) for name, entries in found["core"].items()}
    return cores, {name: BoardSpec(id=name, **entries) for name, entries in found["board"].items()}


#: Processors and boards by their short names, small boards first.
CORES, BOARDS = _read()
UNO = BOARDS["uno"]


def get_board(board: str | BoardSpec) -> BoardSpec:
    """Look a board up by its short name; its full name or its processor's do as well, if only one board has it.

    Raises
    ------
    InputError
        If there is no such board; the message lists those there are.
    """
    if isinstance(board, BoardSpec):
        return board
    if board in BOARDS:
        return BOARDS[board]
    found = [spec for spec in BOARDS.values() if _letters(board) in map(_letters, _names(spec))]
    if len(found) == 1:
        return found[0]
    near = difflib.get_close_matches(str(board), BOARDS, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise InputError(f"Unknown board {board!r}.{hint} Known boards: {', '.join(BOARDS)}.")


def _letters(name: str) -> str:
    """Letters and digits in small type: how hyphens and spaces are written does not matter."""
    return "".join(letter for letter in str(name).lower() if letter.isalnum())


def _names(spec: BoardSpec) -> tuple[str, ...]:
    """What a board may be called: short name, full name with and without its maker, processor."""
    return spec.id, spec.name, spec.name.split(" ", 1)[-1], spec.mcu
