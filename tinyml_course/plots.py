"""The course's pictures: one visual language.

Bytes stand on a logarithmic axis from left to right, always with the Uno's SRAM and
flash marked. Titles state the finding. The same thing has the same colour everywhere;
the colours are those of Okabe and Ito, which colour-blind readers can tell apart. Every
picture has a text that says what it shows.
"""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyml_course import facts
from tinyml_course.boards import UNO
from tinyml_course.errors import InputError
from tinyml_course.units import format_bytes, orders_of_magnitude

COLOURS: Mapping[str, str] = {
    "float": "#0072B2",
    "int8": "#E69F00",
    "4-bit": "#D55E00",
    "bonsai": "#009E73",
    "knn": "#CC79A7",
    "network": "#56B4E9",
    "big": "#5F5F5F",
    "uno": "#00585E",
    "sram": "#C3E2E0",
    "flash": "#E8F4F3",
    "text": "#222222",
    "faint": "#C8C8C8",
}
"""What is drawn to its colour: the same thing has the same colour in the whole course."""

_DOTS_PER_INCH = 180
_SHOWN_PER_INCH = 96
_STYLE: Mapping[str, object] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "text.color": COLOURS["text"],
    "axes.labelcolor": COLOURS["text"],
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": COLOURS["faint"],
    "xtick.color": COLOURS["text"],
    "ytick.color": COLOURS["text"],
    "figure.facecolor": "white",
}


class Picture:
    """A finished picture: shows itself in a notebook, with its alternative text.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to show.
    alt : str
        What the picture shows, for those who cannot see it.

    Raises
    ------
    InputError
        If `alt` is empty.
    """

    def __init__(self, figure: Any, alt: str) -> None:
        if not alt.strip():
            raise InputError("A picture needs an alternative text that says what it shows; got an empty one.")
        self.figure = figure
        self.alt = " ".join(alt.split())

    def png(self) -> bytes:
        """Draw the picture as a PNG file, without a date or a program name in it."""
        import matplotlib as mpl

        buffer = io.BytesIO()
        with mpl.rc_context(_STYLE):  # type: ignore[arg-type]
            self.figure.savefig(
                buffer, format="png", dpi=_DOTS_PER_INCH, bbox_inches="tight", metadata={"Software": None}
            )
        return buffer.getvalue()

    def save(self, path: str) -> None:
        """Write the picture to a PNG file."""
        with open(path, "wb") as file:  # noqa: PTH123
            file.write(self.png())

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        # HTML, because JupyterLab shows PNG outputs without any alternative text.
        data = self.png()
        width = int.from_bytes(data[16:20], "big") * _SHOWN_PER_INCH // _DOTS_PER_INCH
        source = "data:image/png;base64," + base64.b64encode(data).decode("ascii")
        image = f'<img alt="{html.escape(self.alt)}" width="{width}" src="{source}">'
        return {"text/html": image, "text/plain": self.alt}


def new_axes(title: str, height: float = 4.0, title_gap: float = 12.0) -> tuple[Any, Any]:
    """Start a picture in the course's style.

    Parameters
    ----------
    title : str
        The finding, as a sentence.
    height : float, default 4.0
        Inches; every picture is 8 inches wide.
    title_gap : float, default 12.0
        Points between the title and what is below it.

    Returns
    -------
    figure, axes
        Of Matplotlib.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE):  # type: ignore[arg-type]
        figure = Figure(figsize=(8.0, height))
        axes = figure.add_subplot()
        axes.set_title(title, pad=title_gap)
    return figure, axes


def bytes_axis(axes: Any, low: float, high: float, label: str = "bytes (logarithmic)") -> None:
    """Make the x axis one of bytes: logarithmic, with the Uno's two memories marked.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    low, high : float
        Ends of the axis in bytes.
    label : str
        Of the axis.
    """
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_xlabel(label)
    exponents = range(int(np.ceil(np.log10(low))), int(np.floor(np.log10(high))) + 1)
    named = [exponent for exponent in exponents if exponent % 3 == 0]
    ticks = [10.0**exponent for exponent in (named if len(named) > 1 else exponents)]  # one number makes no axis
    axes.set_xticks(ticks, [format_bytes(tick, "decimal") for tick in ticks])
    axes.set_xticks([10.0**exponent for exponent in exponents], minor=True)
    axes.tick_params(axis="x", which="minor", length=2, labelbottom=False)
    chip_flash = UNO.flash_bytes + 512
    axes.axvspan(low, chip_flash, color=COLOURS["flash"], zorder=0, linewidth=0)
    axes.axvspan(low, UNO.sram_bytes, color=COLOURS["sram"], zorder=0, linewidth=0)
    for at, name, align in ((UNO.sram_bytes, "Uno: SRAM 2 KiB", "right"), (chip_flash, "flash 32 KiB", "left")):
        axes.axvline(at, color=COLOURS["uno"], linewidth=1.2, zorder=1)
        shift = 0.9 if align == "right" else 1.1
        axes.text(
            at * shift, 1.0, name, transform=axes.get_xaxis_transform(), ha=align, va="bottom", fontsize=8.5,
            color=COLOURS["uno"], fontweight="bold",
        )  # fmt: skip


def size_ladder(title: str, rows: Sequence[tuple[str, Mapping[str, float]]], alt: str) -> Picture:
    """Draw models below each other, their bytes from left to right.

    Parameters
    ----------
    title : str
        The finding.
    rows : sequence of (str, mapping)
        A model's name, and what is drawn (a key of :data:`COLOURS`, or ``"key: text in the
        legend"``) to its bytes. The first row stands on top.
    alt : str
        Alternative text.

    Returns
    -------
    Picture
        Shows itself as the last expression of a cell.
    """
    figure, axes = new_axes(title, 1.4 + 0.36 * len(rows), title_gap=24.0)  # the memories' names stand in the gap
    sizes = [size for _, marks in rows for size in marks.values()]
    bytes_axis(axes, min(30.0, min(sizes) / 3), max(sizes) * 20)
    named: dict[str, Any] = {}
    for row, (_, marks) in enumerate(rows):
        axes.plot([min(marks.values()), max(marks.values())], [row, row], color=COLOURS["faint"], zorder=2)
        for kind, size in marks.items():
            key, _, text = kind.partition(": ")
            dots = axes.scatter(size, row, s=52, color=COLOURS[key], zorder=3)
            if text:
                named.setdefault(text, dots)
        largest = max(marks.values())
        axes.annotate(
            format_bytes(largest, "binary" if largest <= UNO.flash_bytes else "decimal"), (largest, row),
            xytext=(8, 0), textcoords="offset points", va="center", fontsize=8.5,
        )  # fmt: skip
    axes.set_yticks(range(len(rows)), [name for name, _ in rows])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    if named:
        axes.legend(named.values(), named.keys(), loc="lower right", frameon=False, fontsize=8.5, handletextpad=0.3)
    return Picture(figure, alt)


LADDER: Sequence[tuple[str, str]] = (
    ("GPT-3", "gpt3"),
    ("Turing-NLG", "turing_nlg"),
    ("GPT-2 XL", "gpt2_xl"),
    ("BERT base", "bert_base"),
    ("ResNet-50 (photos)", "resnet50"),
    ("MobileNet (photos on a phone)", "mobilenet_v1"),
    ("MLPerf Tiny: is a person there?", "tiny_vww"),
    ("MLPerf Tiny: spoken commands", "tiny_kws"),
)
"""Well-known models from large to small: what to call them, and their group in the registry of facts."""


def model_ladder(*, logarithmic: bool = True) -> Picture:
    """Draw the models from GPT-3 down to a 2 KiB Bonsai, from the registry of facts.

    Parameters
    ----------
    logarithmic : bool, default True
        False draws the same sizes on a linear axis, where only the largest is to be seen.
    """
    parameters = [(name, facts.get(f"{group}.parameters").value) for name, group in LADDER]
    budget = facts.get("bonsai.budget_bytes").value
    if not logarithmic:
        return _linear_ladder([(name, 2 * count) for name, count in parameters] + [("Bonsai", budget)])
    rows: list[tuple[str, Mapping[str, float]]] = [
        (name, {"float: 16-bit floats": 2 * count, "int8: 8-bit integers": count}) for name, count in parameters
    ]
    rows.append(("Bonsai (digits)", {"bonsai: Bonsai, this course": budget}))
    orders = orders_of_magnitude(parameters[0][1] * 2, budget)
    alt = f"""Nine models below each other, their bytes on a logarithmic axis. GPT-3 takes
        {format_bytes(parameters[0][1] * 2, "decimal")} as 16-bit floats and half of that as 8-bit integers. Each model
        below it is smaller: Turing-NLG, GPT-2 XL, BERT, ResNet-50, MobileNet and two networks of MLPerf Tiny. The last,
        the 2 KiB Bonsai, lies far inside the Uno's 32 KiB of flash, {orders:.1f} orders of magnitude below GPT-3."""
    return size_ladder(f"From GPT-3 to a 2 KiB Bonsai: {orders:.1f} orders of magnitude", rows, alt)


def _linear_ladder(sizes: Sequence[tuple[str, float]]) -> Picture:
    figure, axes = new_axes("On a linear axis everything below GPT-2 XL disappears", 1.2 + 0.3 * len(sizes))
    axes.barh(range(len(sizes)), [size / 1e9 for _, size in sizes], color=COLOURS["big"], height=0.6)
    axes.set_yticks(range(len(sizes)), [name for name, _ in sizes])
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("GB at 16 bits for each parameter (linear)")
    alt = f"""A bar chart on a linear axis. GPT-3's bar is {sizes[0][1] / 1e9:.0f} GB long, Turing-NLG's a tenth of it,
        GPT-2 XL's a sliver. All bars below, from BERT down to Bonsai, are too short to see."""
    return Picture(figure, alt)


def digit_gallery(
    title: str, images: npt.NDArray[Any], answers: Sequence[object], truths: Sequence[object], alt: str
) -> Picture:
    """Draw small images with a board's answer below each; wrong answers stand out by colour and by word.

    Parameters
    ----------
    title : str
        The finding.
    images : ndarray of shape (n, height, width)
        Grey values; larger is darker.
    answers, truths : sequence of length n
        What the board said, and what is right.
    alt : str
        Alternative text.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    columns = min(10, len(images))
    lines = -(-len(images) // columns)
    with mpl.rc_context(_STYLE):  # type: ignore[arg-type]
        height = 0.45 + 1.12 * lines
        figure = Figure(figsize=(8.0, height))
        figure.suptitle(title, x=0.0, y=1.0, ha="left", va="top", fontweight="bold", fontsize=12)
        grid = figure.subplots(
            lines, columns, squeeze=False,
            gridspec_kw={"left": 0, "right": 1, "top": 1 - 0.4 / height, "bottom": 0.3 / height, "hspace": 0.5},
        )  # fmt: skip
        for cell in grid.flat:
            cell.axis("off")
        for cell, image, answer, truth in zip(grid.flat, images, answers, truths, strict=False):
            cell.imshow(image, cmap="gray_r", interpolation="nearest")
            right = answer == truth
            text = f"{answer}" if right else f"{answer}, not {truth}"
            cell.set_title(
                text, y=-0.36, pad=0, loc="center", fontsize=10, fontweight="bold",
                color=COLOURS["bonsai"] if right else COLOURS["4-bit"],
            )  # fmt: skip
    return Picture(figure, alt)
