"""What avrdude says: how far it is, and what went wrong.

avrdude draws each of its phases as ``Writing | ######`` with one ``#`` for two
percent, then ``| 100% 0.55s``. With ``-U flash:w:`` it reads the signature,
writes, and reads everything back to verify. arduino-cli passes its text on.
"""

from __future__ import annotations

import re

_MARKS_IN_A_BAR = 50
_PHASE = re.compile(r"(Reading|Writing) \| (#*)")
_WRITING, _VERIFYING = 0, 1
_SHOWN_LINES = 6
# Its good-bye, and its complaint about ports without control lines.
_NOISE = re.compile(r"Thank you|TIOCM(GET|SET)")

#: What went wrong, the first that fits: a word of PortError's kinds, and what avrdude 5 to 8 say then.
_CAUSES = (
    ("verification failed", r"verification (error|mismatch)|content mismatch"),
    ("wrong board", r"expected signature for|invalid device signature|differs in signature"),
    ("no permission", r"permission denied"),
    ("port busy", r"(device or )?resource busy|access is denied|port is busy"),
    ("no such port", r"no such file or directory|cannot find the file|unknown port"),
    (
        "unplugged",
        r"input/output error|no such device|device not configured|not functioning|does not recognize the command",
    ),
    ("silent", r"not in sync|cannot get into sync|programmer is not responding|out of sync"),
)


def progress_of(log: str) -> int:
    """Return how far avrdude is with writing and verifying, in percent: writing is the first half.

    Parameters
    ----------
    log : str
        What it said so far.
    """
    halves = [0, 0]
    written = False
    for phase, marks in _PHASE.findall(log):
        if phase == "Writing":
            written = True
        if written:
            halves[_WRITING if phase == "Writing" else _VERIFYING] = min(len(marks), _MARKS_IN_A_BAR)
    return sum(halves)


def cause_of(log: str) -> str:
    """Return the kind of the error that a failed avrdude reports, ``"upload failed"`` if it is none of the known."""
    text = log.lower()
    for kind, pattern in _CAUSES:
        if re.search(pattern, text):
            # A board that falls silent after it began to listen was there: the upload broke.
            return "upload failed" if kind == "silent" and "writing |" in text else kind
    return "upload failed"


def signature_of(log: str) -> str:
    """Return the signature that avrdude read from the processor, with what it knows about it."""
    found = re.search(r"device signature = (.*)", log, re.IGNORECASE)
    return found[1].strip() if found else "that it is another one"


def last_words(log: str) -> str:
    """Return the last lines that carry text, for a message."""
    lines = [line.rstrip() for line in log.splitlines()]
    noise = (_PHASE, _NOISE)
    words = [line for line in lines if re.search(r"[a-z]", line) and not any(one.search(line) for one in noise)]
    return "\n".join(f"  {line}" for line in words[-_SHOWN_LINES:]) or "  (it said nothing)"
