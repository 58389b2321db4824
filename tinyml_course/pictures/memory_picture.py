"""A memory plan: time from left to right, the arena from bottom to top."""

from __future__ import annotations

import html

from tinyml_course.memory import MemoryPlan
from tinyml_course.pictures.svg import Drawing, path, rectangle, shortened, text

#: Fills that differ for colour-blind readers; the text inside says what each block is.
_FILLS = ("#CDE7F5", "#FBE3B5", "#C9E9DD", "#F1D9E6", "#E4E4E4", "#F7CDB3")
LEFT, TOP, WIDTH, HEIGHT = 84, 56, 760, 320


def draw_plan(plan: MemoryPlan) -> Drawing:
    """Draw when each value lives, and where in the arena.

    Parameters
    ----------
    plan : MemoryPlan
        What :func:`tinyml_course.memory.plan_memory` gives.
    """
    steps, highest = max(1, len(plan.alive_bytes)), max(1, plan.arena_bytes)
    blocks: dict[tuple[int, int, int], list[str]] = {}
    for name, offset in plan.offsets.items():
        blocks.setdefault((offset, *plan.lifetimes[name]), []).append(name)
    body = text(20, 26, f"Arena of {plan.verdict()}", 14, bold=True)
    for number, ((offset, first, last), names) in enumerate(sorted(blocks.items(), key=lambda item: item[0][1:])):
        size = max(plan.sizes[name] for name in names)
        place = (LEFT + WIDTH * first / steps, TOP + HEIGHT * (1 - (offset + size) / highest))
        body += _block(place, WIDTH * (last + 1 - first) / steps, HEIGHT * size / highest, number, names, size)
    body += _axes(plan, steps, highest)
    alt = f"{len(blocks)} blocks of memory over {steps} operators: " + "; ".join(
        f"{names[0]}, bytes {offset:,} to {offset + max(plan.sizes[n] for n in names):,}, operators {first} to {last}"
        for (offset, first, last), names in blocks.items()
    )
    return Drawing(LEFT + WIDTH + 30, TOP + HEIGHT + 52, f"Memory plan: {plan.verdict()}", f"{alt}.", body)


def _block(place: tuple[float, float], width: float, height: float, number: int, names: list[str], size: int) -> str:
    x, y = place
    box = rectangle(x, y, width, height, _FILLS[number % len(_FILLS)], "text")
    label = shortened(f"{size:,} B", width - 6, 11)
    room = height >= 14 and not label.endswith("…")
    words = text(x + width / 2, y + height / 2 + 4, label, 11, "middle") if room else ""
    if room and height >= 32:
        name = shortened(names[0], width - 8, 9)
        words += text(x + width / 2, y + height / 2 + 17, name, 9, "middle") if len(name) > 2 else ""
    return f"<g><title>{html.escape(', '.join(names))}: {size:,} B</title>\n{box}{words}</g>\n"


def _axes(plan: MemoryPlan, steps: int, highest: int) -> str:
    lines = path(f"M{LEFT} {TOP - 8}V{TOP + HEIGHT}H{LEFT + WIDTH}", "text", width=1.5)
    marks = text(LEFT - 8, TOP + HEIGHT, "0 B", 11, "end")
    bound = TOP + HEIGHT * (1 - plan.lower_bound_bytes / highest)
    marks += path(f"M{LEFT} {bound:g}H{LEFT + WIDTH}", "4-bit", width=2, stroke_dasharray="7 4")
    marks += text(LEFT + WIDTH, bound - 5, f"lower bound: {plan.lower_bound_bytes:,} B", 11, "end", colour="4-bit")
    marks += text(LEFT - 8, TOP + 8, f"{plan.arena_bytes:,} B", 11, "end")
    every = -(-steps // 20)
    for step in range(0, steps, every):
        marks += text(LEFT + WIDTH * (step + 0.5) / steps, TOP + HEIGHT + 18, str(step), 11, "middle")
    return lines + marks + text(LEFT + WIDTH / 2, TOP + HEIGHT + 40, "operator", 12, "middle")
