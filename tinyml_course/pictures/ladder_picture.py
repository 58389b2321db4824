"""Models below each other, their bytes on a logarithmic axis, as SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tinyml_course.boards import UNO
from tinyml_course.pictures.svg import Drawing, circle, path, rectangle, text
from tinyml_course.units import format_bytes

LEFT, RIGHT, TOP, ROW, LOW, HIGH = 240, 800, 62, 24, 100.0, 1e12


def draw_ladder(title: str, rows: Sequence[tuple[str, str, float, str]], alt: str) -> Drawing:
    """Draw sizes from large to small, with the Uno's two memories marked.

    Parameters
    ----------
    title : str
        The finding.
    rows : sequence of (str, str, float, str)
        Name, a key of :data:`tinyml_course.plots.COLOURS`, bytes, and the bytes as text.
    alt : str
        What the picture shows, for those who cannot see it.
    """
    bottom = TOP + ROW * len(rows)
    sram, flash = _x(UNO.sram_bytes), _x(UNO.flash_bytes + 512)
    body = text(10, 22, title, 14, bold=True)
    body += rectangle(LEFT, TOP, flash - LEFT, bottom - TOP, "flash")
    body += rectangle(LEFT, TOP, sram - LEFT, bottom - TOP, "sram")
    for x, name, anchor in ((sram, "Uno: SRAM 2 KiB", "end"), (flash, "flash 32 KiB", "start")):
        body += path(f"M{x:.1f} {TOP - 8}V{bottom}", "uno", width=1.5)
        body += text(round(x + (4 if anchor == "start" else -4), 1), TOP - 6, name, 11, anchor, True, "uno")
    for number, (name, kind, size, label) in enumerate(rows):
        y, x = TOP + ROW * (number + 0.5), _x(size)
        body += text(10, y + 4, name, 12) + path(f"M{LEFT} {y:g}H{x:.1f}", "faint", width=1.5)
        body += circle(round(x, 1), y, 5.5, kind) + text(round(x + 10, 1), y + 4, label, 11)
    body += path(f"M{LEFT} {bottom}H{RIGHT}", "text", width=1)
    for power in range(round(math.log10(LOW)), round(math.log10(HIGH)) + 1):
        at = _x(10.0**power)
        body += path(f"M{at:.1f} {bottom}v{6 if power % 3 == 0 else 3}", "text", width=1)
        if power % 3 == 0:
            body += text(round(at, 1), bottom + 20, format_bytes(10.0**power, "decimal"), 11, "middle")
    body += text((LEFT + RIGHT) / 2, bottom + 38, "bytes (logarithmic)", 11, "middle")
    return Drawing(RIGHT + 70, bottom + 46, title, alt, body)


def _x(size: float) -> float:
    return LEFT + (RIGHT - LEFT) * math.log10(size / LOW) / math.log10(HIGH / LOW)
