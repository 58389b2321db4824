"""A guess and the answer on a logarithmic axis."""

from __future__ import annotations

import html
import math

from tinyml_course.pictures.svg import path, rectangle, text
from tinyml_course.plots import COLOURS
from tinyml_course.units import format_count, format_digits

WIDTH, HEIGHT, LEFT, RIGHT, AXIS = 640, 118, 40, 600, 76
INK = "currentColor"


def draw_guess(guess: float, answer: float, unit: str, alt: str, on_white: bool = True) -> str:
    """Draw how far a guess is from the answer.

    Parameters
    ----------
    guess, answer : float
        Positive, in `unit`.
    unit : str
        What is counted; stands at the axis.
    alt : str
        What the picture shows, for those who cannot see it.
    on_white : bool, default True
        Whether it has a white ground, as an image needs; False: it takes the page's own text colour.

    Returns
    -------
    str
        An ``<svg>`` element.
    """
    low = math.floor(math.log10(min(guess, answer)) - 0.15)
    high = max(low + 1, math.ceil(math.log10(max(guess, answer)) + 0.15))

    def x(number: float) -> float:
        return LEFT + (RIGHT - LEFT) * (math.log10(number) - low) / (high - low)

    said, truth = x(guess), x(answer)
    ground = rectangle(0, 0, WIDTH, HEIGHT, "white") if on_white else ""
    body = path(f"M{LEFT} {AXIS}H{RIGHT}", INK, width=1)
    body += "".join(_tick(x(10.0**power), power, every=-(-(high - low) // 6)) for power in range(low, high + 1))
    body += _distance(said, truth, max(guess / answer, answer / guess))
    body += f'<circle cx="{said:.1f}" cy="{AXIS}" r="7" fill="none" stroke="{INK}" stroke-width="3"/>\n'
    body += rectangle(-6, -6, 12, 12, "bonsai", transform=f"translate({truth:.1f} {AXIS}) rotate(45)")
    # The two names stand at different heights, so that they never meet.
    body += _name(said, 14, f"you: {format_count(guess)}")
    body += _name(truth, 32, f"it is: {format_count(answer)}", bold=True)
    body += text((LEFT + RIGHT) / 2, HEIGHT - 4, f"{unit or 'value'} (logarithmic)", 11, "middle", colour=INK)
    ink = COLOURS["text"] if on_white else "currentColor"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{html.escape(alt)}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" color="{ink}" style="max-width:100%;height:auto" '
        f'font-family="DejaVu Sans, Verdana, sans-serif">\n{ground}{body}</svg>\n'
    )


def times_text(ratio: float) -> str:
    """Write a ratio with two digits: ``"50"``, ``"10,800"``, ``"170 million"``."""
    return format_count(ratio, 2) if ratio >= 1e6 else format_digits(ratio, 2)


def _tick(x: float, power: int, every: int) -> str:
    mark = path(f"M{x:.1f} {AXIS}v6", INK, width=1)
    label = format_count(10.0**power) if power >= 0 else format_digits(10.0**power, 1)
    return mark + (text(round(x, 1), AXIS + 20, label, 11, "middle", colour=INK) if power % every == 0 else "")


def _distance(said: float, truth: float, ratio: float) -> str:
    """Return a line between both, with how many times they differ where there is room."""
    line = path(f"M{said:.1f} {AXIS}H{truth:.1f}", COLOURS["4-bit"], width=4)
    words = f"{times_text(ratio)} times"
    room = abs(truth - said) > 8 * len(words)
    return line + (text(round((said + truth) / 2, 1), AXIS - 12, words, 12, "middle", colour=INK) if room else "")


def _name(x: float, y: float, words: str, bold: bool = False) -> str:
    anchor = "start" if x < LEFT + 90 else "end" if x > RIGHT - 90 else "middle"
    stem = path(f"M{x:.1f} {y + 4}V{AXIS - 10}", INK, width=1, stroke_dasharray="2 3")
    at = x - 6 if anchor == "start" else x + 6 if anchor == "end" else x
    return stem + text(round(at, 1), y, words, 12, anchor, bold, INK)
