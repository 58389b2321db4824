"""The quantization explorer's static face: the histogram, the codes above it, and what each choice of range costs."""

from __future__ import annotations

import html
import math
from typing import Any

from tinyml_course.convert.affine import QuantizationError, code_limits, covered_range, measure_error
from tinyml_course.convert.affine_search import best_encoding, fitted_encoding
from tinyml_course.graph import Array, Encoding
from tinyml_course.pictures.svg import Drawing, path, rectangle, text
from tinyml_course.units import format_digits
from tinyml_course.widgets.base import Still, run_this_cell

LEFT, TOP, WIDTH, HEIGHT = 20, 78, 800, 150
#: Lines closer than this, in pixels, cannot be told apart.
CLOSEST = 3
_HEADS = ("range", "lowest … highest", "scale", "zero point", "mean error", "largest", "clipped", "codes used", "SNR")


def draw_still(values: Array, what: str, histogram: dict[str, Any], encoding: Encoding, bits: int) -> Still:
    """Draw one encoding and list the ways to choose it.

    Parameters
    ----------
    values : ndarray of float32
        What is quantized.
    what : str
        What the values are.
    histogram : dict
        ``low``, ``high``, ``counts``; the axis runs from ``start`` to ``end``.
    encoding : Encoding
        The one to draw.
    bits : int
        Of one code.
    """
    low, high = covered_range(encoding, bits)
    found = measure_error(values, encoding, bits)
    title = (
        f"{values.size:,} {what}, {bits} bits over {number(low)} … {number(high)}: "
        f"mean error {number(found.mean)}, {decibels(found)}"
    )
    alt = (
        f"A histogram of {values.size:,} values from {number(float(values.min()))} to {number(float(values.max()))}. "
        f"Above it the {found.codes} codes, {number(encoding.one_scale)} apart, from {number(low)} to {number(high)}. "
        f"{found.clipped} values lie outside and are clipped."
    )
    drawing = Drawing(LEFT + WIDTH + 20, TOP + HEIGHT + 46, title, alt, _body(histogram, encoding, bits, title))
    rows = _rows(values, encoding, bits)
    table = "".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    heads = "".join(f"<th>{head}</th>" for head in _HEADS)
    shown = f"{drawing.svg}<table><thead><tr>{heads}</tr></thead><tbody>{table}</tbody></table>" + run_this_cell(
        "drag the range, the scale and the zero point, and watch the error"
    )
    lines = "\n".join(
        "  ".join(f"{head} {cell}" if i else f"{cell}:" for i, (head, cell) in enumerate(zip(_HEADS, row, strict=True)))
        for row in rows
    )
    return Still(shown, f"{title}.\n{alt}\n{lines}")


def number(value: float) -> str:
    """A number with three digits; tiny ones with a power of ten."""
    if value and abs(value) < 1e-4:
        mantissa, _, exponent = f"{value:.1e}".partition("e")
        return f"{mantissa} · 10^{int(exponent)}".replace("-", "−")
    return ("−" if value < 0 else "") + format_digits(abs(value), 3)


def decibels(found: QuantizationError) -> str:
    """The signal-to-noise ratio as text."""
    return f"SNR {found.snr_db:.1f} dB" if math.isfinite(found.snr_db) else "no error"


def _rows(values: Array, encoding: Encoding, bits: int) -> list[tuple[str, ...]]:
    ways = {
        "as drawn": encoding,
        "minimum to maximum": fitted_encoding(values, bits),
        "symmetric": fitted_encoding(values, bits, symmetric=True),
        "the middle 99 %": fitted_encoding(values, bits, percent=99),
        "smallest squared error": best_encoding(values, bits),
    }
    return [_row(name, measure_error(values, way, bits), way, bits) for name, way in ways.items()]


def _row(name: str, found: QuantizationError, encoding: Encoding, bits: int) -> tuple[str, ...]:
    low, high = covered_range(encoding, bits)
    return (
        name, f"{number(low)} … {number(high)}", number(encoding.one_scale), str(encoding.zero_point).replace("-", "−"),
        number(found.mean), number(found.largest), f"{100 * found.clipped / found.count:.1f} %",
        f"{found.codes_used:,} of {found.codes:,}", decibels(found).removeprefix("SNR "),
    )  # fmt: skip


def _body(histogram: dict[str, Any], encoding: Encoding, bits: int, title: str) -> str:
    start, end = float(histogram["start"]), float(histogram["end"])

    def x(value: float) -> float:
        return LEFT + WIDTH * (min(max(value, start), end) - start) / (end - start)

    body = text(LEFT, 24, title, 13, bold=True)
    body += _codes(encoding, bits, x)
    counts, step = histogram["counts"], (histogram["high"] - histogram["low"]) / len(histogram["counts"])
    low, high = covered_range(encoding, bits)
    for i, count in enumerate(counts):
        left = histogram["low"] + i * step
        tall = HEIGHT * count / max(counts)
        inside = low <= left + step / 2 <= high
        body += rectangle(
            x(left), TOP + HEIGHT - tall, max(0.5, x(left + step) - x(left) - 0.5), tall, "int8" if inside else "4-bit"
        )
    body += path(f"M{LEFT} {TOP + HEIGHT}H{LEFT + WIDTH}", "text", width=1)
    for value in (low, 0.0, high):
        body += path(f"M{x(value):g} {TOP}V{TOP + HEIGHT + 6}", "uno", width=1.5)
        body += text(x(value), TOP + HEIGHT + 20, number(value), 11, "middle")
    return body + text(LEFT, TOP + HEIGHT + 38, "real value; what lies outside the range is clipped", 11)


def _codes(encoding: Encoding, bits: int, x: Any) -> str:
    lowest, highest = code_limits(bits)
    low, high = covered_range(encoding, bits)
    every = 1
    while every < 1 << bits and x(low + every * encoding.one_scale) - x(low) < CLOSEST:
        every *= 2
    lines = "".join(
        f"M{x(encoding.one_scale * (code - encoding.zero_point)):.1f} {TOP - 26}v14"
        for code in range(lowest, highest + 1, every)
    )
    body = path(lines, "uno", width=1)
    body += text(x(low), TOP - 30, str(lowest).replace("-", "−"), 10, "middle")
    body += text(x(high), TOP - 30, str(highest), 10, "middle")
    if lowest < encoding.zero_point < highest and min(x(0) - x(low), x(high) - x(0)) > 40:
        body += text(x(0), TOP - 30, f"{encoding.zero_point} is 0.0".replace("-", "−"), 10, "middle")
    return body
