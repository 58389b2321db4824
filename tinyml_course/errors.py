"""The course's own errors, one small tree.

::

    TinyMLError
    ├── InputError            data handed to the library: shape, dtype, range, NaN
    ├── BudgetError           no model of this kind fits the asked number of bytes
    ├── ConversionError       this model cannot become an integer graph
    ├── ExportError           this graph cannot become a sketch (name, proof of no overflow)
    ├── MemoryLimitError      a program does not fit a board: needed, available, missing
    ├── ToolchainError        no compiler, or the compiler refused
    │   ├── ToolchainNotFoundError
    │   └── CompileError
    ├── BoardError            a board, virtual or real, did not do what was asked
    │   ├── HexError          a .hex file that is not whole
    │   ├── SketchFaultError  the program crashed: bad opcode, runaway, stack overflow, hang
    │   ├── ProtocolError     the board answered, but not what was agreed
    │   └── PortError         a real board cannot be found, reached, written or heard
    ├── LessonError           a lesson source or notebook is not as it should be
    └── GradingError          submissions cannot be graded: no sandbox, no such folder

Each message says what was expected, what came, and what to do. The command
line prints the message alone and leaves with a non-zero exit code.
"""

from __future__ import annotations

from typing import Any


class TinyMLError(Exception):
    """Base of every error this package raises on purpose."""


class InputError(TinyMLError, ValueError):
    """Data with a wrong shape, dtype or range, or with values that are no numbers."""


class BudgetError(TinyMLError, ValueError):
    """No configuration of the model fits the byte budget."""


class ConversionError(TinyMLError, ValueError):
    """A model that cannot be expressed as an integer graph."""


class ExportError(TinyMLError, ValueError):
    """A graph that cannot be written as a sketch."""


class MemoryLimitError(TinyMLError):
    """A program that needs more flash or SRAM than the board has.

    Parameters
    ----------
    memory : str
        ``"flash"`` or ``"SRAM"``.
    needed, available : int
        Bytes.
    board : str
        The board's full name.
    remedy : str
        One sentence: what would help.
    """

    def __init__(self, memory: str, needed: int, available: int, board: str, remedy: str) -> None:
        self.memory = memory
        self.needed = needed
        self.available = available
        self.missing = needed - available
        super().__init__(
            f"The program does not fit the {memory} of the {board}: "
            f"{needed:,} bytes needed, {available:,} available, {self.missing:,} missing. {remedy}"
        )


class ToolchainError(TinyMLError):
    """Something about compilers."""


class ToolchainNotFoundError(ToolchainError):
    """No compiler for the board (or for this computer) was found."""


class CompileError(ToolchainError):
    """The compiler or linker refused the program; the message carries its first errors."""


class BoardError(TinyMLError):
    """A virtual or real board did not do what was asked.

    Attributes
    ----------
    report : UploadReport or None
        What the board had answered before, if the error ended a run on a real one.
    """

    report: Any = None


class HexError(BoardError, ValueError):
    """An Intel HEX file with a bad checksum, a bad length or no end."""


class SketchFaultError(BoardError):
    """A program that crashed on the board.

    Parameters
    ----------
    kind : str
        ``"illegal opcode"``, ``"runaway program counter"``, ``"stack overflow"``,
        ``"stack underflow"``, ``"address outside SRAM"`` or ``"hang"``.
    message : str
        The whole message.
    address : int, optional
        Flash address, in bytes, of the instruction at which the program stands.
    """

    def __init__(self, kind: str, message: str, address: int | None = None) -> None:
        self.kind = kind
        self.address = address
        super().__init__(message)


class ProtocolError(BoardError):
    """The board answered something else than the serial protocol says."""


class PortError(BoardError):
    """A real board that cannot be found, reached, written or heard.

    Parameters
    ----------
    kind : str
        ``"no board"``, ``"several boards"``, ``"no such port"``, ``"no permission"``, ``"port busy"``, ``"silent"``,
        ``"wrong board"``, ``"unplugged"``, ``"no uploader"``, ``"upload failed"`` or ``"verification failed"``.
    message : str
        The whole message.
    device : str, optional
        The port, for example ``"/dev/ttyACM0"`` or ``"COM3"``.
    """

    def __init__(self, kind: str, message: str, device: str | None = None) -> None:
        self.kind = kind
        self.device = device
        super().__init__(message)


class LessonError(TinyMLError):
    """A lesson source or a notebook that is not as it should be."""


class GradingError(TinyMLError):
    """Submissions that cannot be graded as asked."""
