"""What a compiler or linker says, in a few lines that a learner can act on."""

from __future__ import annotations

import re
from pathlib import Path

from tinyml_course.errors import CompileError, ToolchainError
from tinyml_course.toolchain.process import no_room

_SHOWN = 5
_ERROR = re.compile(
    r"^(?P<file>(?:[A-Za-z]:)?[^:\n]+):(?P<line>\d+):(?:(?P<column>\d+):)? (?:fatal )?error: (?P<text>.*)$"
)
_UNDEFINED = re.compile(r"undefined reference to [`'](?P<symbol>[^']+)'")
_TWICE = re.compile(r"multiple definition of [`'](?P<symbol>[^']+)'")
_OVERFLOW = re.compile(r"will not fit in region|is not within region|region .* overflowed by")
_PLAIN_ERROR = re.compile(r"^[^:\n]*(?:: )?(?:fatal )?error: (?P<text>.*)$")


def overflows(stderr: str) -> bool:
    """Tell whether the linker stopped because the program is larger than the chip's memory."""
    return bool(_OVERFLOW.search(stderr))


def refusal(stderr: str, sketch: str, compiler: str, folder: Path) -> ToolchainError:
    """Turn the messages of a failed run into one error.

    Parameters
    ----------
    stderr : str
        What the compiler or linker printed.
    sketch : str
        The sketch's name.
    compiler : str
        The toolchain's description.
    folder : Path
        The work folder; its path is taken out of the message.

    Returns
    -------
    ToolchainError
        Usually a :class:`~tinyml_course.errors.CompileError`.
    """
    if "No space left on device" in stderr or "File size limit exceeded" in stderr or "File too large" in stderr:
        return no_room(folder)
    if "internal compiler error" in stderr:
        return CompileError(_crash(stderr, sketch, compiler))
    found = _messages(stderr.replace(f"{folder}\\", "").replace(f"{folder}/", ""))
    if not found:
        tail = [line for line in stderr.splitlines() if line.strip()][-_SHOWN:]
        found = tail or ["it gave no reason"]
    more = f"\n  … and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    lines = "\n".join(f"  {message}" for message in found[:_SHOWN])
    return CompileError(f"The sketch {sketch!r} does not compile with {compiler}:\n{lines}{more}")


def _messages(stderr: str) -> list[str]:
    """Return each different error once, as ``file:line: text``."""
    found: list[str] = []
    for line in stderr.splitlines():
        error = _ERROR.match(line)
        undefined = _UNDEFINED.search(line)
        twice = _TWICE.search(line)
        plain = _PLAIN_ERROR.match(line)
        if error:
            found.append(f"{error['file']}:{error['line']}: {error['text']}")
        elif undefined:
            found.append(f"{undefined['symbol']} is used, but no file defines it (linker)")
        elif twice:
            found.append(f"{twice['symbol']} is defined in more than one file (linker)")
        elif plain and not plain["text"].startswith(("ld returned", "lto-wrapper failed", "expected ")):
            found.append(plain["text"])
    return list(dict.fromkeys(found))


def _crash(stderr: str, sketch: str, compiler: str) -> str:
    place = re.search(
        r"^(?:[A-Za-z]:)?[^:\n]*?([^:/\\\n]+:\d+):(?:\d+:)? internal compiler error", stderr, re.MULTILINE
    )
    where = f" at {place[1]}" if place else ""
    return (
        f"The compiler itself crashed{where} while it compiled the sketch {sketch!r} ({compiler}). This is a fault of "
        'the compiler. avr-gcc 5.4 is known to crash when F("…") initializes a static variable, as in\n'
        '  static const __FlashStringHelper *text = F("…");\n'
        'Use F("…") directly where the text is printed, or a newer compiler (`tinyml doctor` names them).'
    )
