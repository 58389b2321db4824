"""A log-scale explorer: every model between GPT-3 and a 2 KiB Bonsai on one axis of bytes."""

from __future__ import annotations

import html
import math
from typing import Any

from traitlets import Bool, Enum, Float, Int, List, TraitError, Unicode, observe, validate

from tinyml_course.boards import UNO
from tinyml_course.errors import InputError
from tinyml_course.pictures.ladder_picture import draw_ladder
from tinyml_course.units import format_bytes, format_count, format_digits, orders_of_magnitude, round_significant
from tinyml_course.widgets.base import Piece, Still, esm, run_this_cell
from tinyml_course.widgets.ladder import PRECISIONS, Rung, memories, models

LOW_POWER, HIGH_POWER = 2, 12
"""The axis runs from 10² to 10¹² bytes."""
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class LogScale(Piece):
    """Models on one axis of bytes, from GPT-3's hundreds of gigabytes to a Bonsai of 2 KiB.

    In a notebook: choose how parameters are stored and see the bars move, drag a memory along the axis and read
    what fits it, compare two models, switch between a logarithmic and a linear axis, and walk along it in powers
    of ten. The same from Python, by setting the traits below. Every number comes from the registry of facts.

    Parameters
    ----------
    precision : {"fp16", "fp32", "int8", "int4"}
        How parameters are stored.
    logarithmic : bool, default True
        Whether equal distances are equal ratios; else they are equal numbers of bytes.
    power : int, default 12
        The step of the walk: the decade below ``10**power`` bytes, 3 to 12. A linear axis ends there.
    marker : float
        Bytes of the memory that is dragged, 10² to 10¹².
    first, second : str
        The ids of what is compared: names of facts, see :attr:`models` and :attr:`memories`.

    Raises
    ------
    InputError
        If an id is none of those.
    """

    _esm = esm("log_scale")
    models: List[dict[str, Any]] = List().tag(sync=True)
    memories: List[dict[str, Any]] = List().tag(sync=True)
    precisions: List[list[str]] = List().tag(sync=True)
    precision = Enum(list(PRECISIONS), "fp16").tag(sync=True)
    logarithmic = Bool(True).tag(sync=True)
    power = Int(HIGH_POWER, min=LOW_POWER + 1, max=HIGH_POWER).tag(sync=True)
    marker = Float(float(UNO.flash_bytes + 512), min=10.0**LOW_POWER, max=10.0**HIGH_POWER).tag(sync=True)
    first = Unicode("gpt3.parameters").tag(sync=True)
    second = Unicode("bonsai.budget_bytes").tag(sync=True)
    title = Unicode().tag(sync=True)
    axis_text = Unicode().tag(sync=True)
    marker_label = Unicode().tag(sync=True)
    marker_text = Unicode().tag(sync=True)
    step_title = Unicode().tag(sync=True)
    step_text = Unicode().tag(sync=True)
    ratio_text = Unicode().tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        super().__init__(
            models=[rung.described() for rung in models()],
            memories=[rung.described() for rung in memories()],
            precisions=[[name, words] for name, words in PRECISIONS.items()],
            **traits,
        )
        self._explain()

    @validate("first", "second")
    def _known(self, proposal: Any) -> Any:
        if proposal["value"] not in _by_id():
            raise InputError(f"Expected one of {', '.join(map(repr, _by_id()))}, got {proposal['value']!r}.")
        return proposal["value"]

    @validate("models", "memories", "precisions")
    def _fixed(self, proposal: Any) -> Any:
        # They are facts: the page draws them and cannot change them.
        name = proposal["trait"].name
        if getattr(self, name) and proposal["value"] != getattr(self, name):
            raise TraitError(f"{name} comes from the registry of facts and cannot be set.")
        return proposal["value"]

    @observe("power")
    def _walk(self, change: Any) -> None:
        if isinstance(change["old"], int):
            self.marker = 10.0 ** change["new"]

    @observe("precision", "logarithmic", "power", "marker", "first", "second")
    def _explain(self, change: object = None) -> None:
        with self.hold_sync():  # one message for all of them
            self.title = title_text(self.precision)
            self.axis_text = axis_text(self.precision, self.logarithmic, self.power)
            self.marker_label, self.marker_text = marker_texts(self.marker, self.precision)
            self.step_title, self.step_text = step_texts(self.power, self.precision)
            self.ratio_text = ratio_text(_by_id()[self.first], _by_id()[self.second], self.precision)

    def still(self) -> Still:
        """Return the ladder as a picture, with the comparison and the sources."""
        alt = "; ".join(f"{rung.name} {rung.label(self.precision)}" for rung in models())
        words = f"{self.title}. {self.ratio_text}"
        picture = draw_ladder(
            self.title,
            [(rung.name, rung.kind, rung.sizes[self.precision], rung.label(self.precision)) for rung in models()],
            f"Models on a logarithmic axis of bytes, stored as {PRECISIONS[self.precision]}: {alt}.",
        )
        sources = "".join(f"<li>{html.escape(rung.name)}: {html.escape(rung.fact.cite())}</li>" for rung in models())
        page = f"{picture.svg}<p>{html.escape(self.ratio_text)}</p>{run_this_cell('drag, compare and zoom')}"
        return Still(f"{page}<details><summary>Sources</summary><ul>{sources}</ul></details>", f"{words}\n{alt}")


def _by_id() -> dict[str, Rung]:
    return {rung.id: rung for rung in models() + memories()}


def title_text(precision: str) -> str:
    """Say how far it is from GPT-3 to a 2 KiB Bonsai."""
    large, small = _ends()
    orders = orders_of_magnitude(large.sizes[precision], small.sizes[precision])
    sizes = f"GPT-3 ({large.label(precision)}) to Bonsai ({small.label(precision)})"
    return f"From {sizes}: {orders:.1f} orders of magnitude"


def axis_text(precision: str, logarithmic: bool, power: int) -> str:
    """Say how to read the axis, and what a linear one hides."""
    if logarithmic:
        return "Logarithmic axis: each step to the right multiplies by ten. Equal distances are equal ratios."
    end, sizes = 10.0**power, [rung.sizes[precision] for rung in models()]
    short, beyond = sum(size < end / 1000 for size in sizes), sum(size > end for size in sizes)
    large, small = _ends()
    kilometres = format_digits(large.sizes[precision] / small.sizes[precision] / 1e6, 2)
    runs_out = f" {beyond} run out of it." if beyond else ""
    return (
        f"Linear axis up to {format_bytes(end, 'decimal')}: {short} of {len(sizes)} models take less than a thousandth "
        f"of it, too short to see.{runs_out} If Bonsai's bar were 1 mm long, GPT-3's would be {kilometres} km."
    )


def marker_texts(size: float, precision: str) -> tuple[str, str]:
    """Say how large a memory is, and what would fit it."""
    fitting = [rung for rung in models() if rung.sizes[precision] <= size]
    others = [rung for rung in models() if rung.sizes[precision] > size]
    same = [rung for rung in memories() + models() if math.isclose(rung.sizes[precision], size)]
    label = same[0].label(precision) if same else format_bytes(size, "decimal")
    flash = _by_id()["uno.flash_bytes"].sizes[precision]
    times = f"{_times(size / flash)} times" if size >= flash else f"1/{_times(flash / size)} of"
    compared = f"the size of {same[0].name}" if same else f"{times} the Uno's flash"
    holds = f"It holds {len(fitting)} of {len(models())} models as {PRECISIONS[precision]}"
    largest = f"; the largest is {fitting[0].sized(precision)}" if fitting else ""
    too_large = f" Too large: {others[-1].sized(precision)}." if others else ""
    return label, f"A memory of {label}, {compared}. {holds}{largest}.{too_large}"


def step_texts(power: int, precision: str) -> tuple[str, str]:
    """Name a decade below a power of ten, and what has that size."""
    low, high = 10.0 ** (power - 1), 10.0**power
    decade = f"{format_bytes(low, 'decimal')} to {format_bytes(high, 'decimal')}"
    parts = []
    for what, rungs in (("Models", models()), ("Memories", memories())):
        here = [rung.sized(precision) for rung in rungs if low <= rung.sizes[precision] < high]
        parts += [f"{what}: {'; '.join(here)}."] if here else []
    title = f"10{str(power - 1).translate(_SUPERSCRIPTS)} to 10{str(power).translate(_SUPERSCRIPTS)} bytes: {decade}."
    return title, " ".join(parts) or "Nothing of our list has this size."


def ratio_text(first: Rung, second: Rung, precision: str) -> str:
    """Say how many times one thing is the other."""
    large, small = sorted((first, second), key=lambda rung: -rung.sizes[precision])
    if large.sizes[precision] == small.sizes[precision]:
        return "These two have the same size. Choose others to compare."
    ratio = large.sizes[precision] / small.sizes[precision]
    orders = orders_of_magnitude(ratio, 1)
    both = f"{large.sized(precision)}, has {_times(ratio)} times the bytes of {small.sized(precision)}"
    return f"{both}: {orders:.1f} orders of magnitude."


def _ends() -> tuple[Rung, Rung]:
    return _by_id()["gpt3.parameters"], _by_id()["bonsai.budget_bytes"]


def _times(ratio: float) -> str:
    return format_count(round_significant(ratio, 2), 2)
