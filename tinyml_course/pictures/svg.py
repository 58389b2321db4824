"""Pieces of SVG text, and a finished drawing that shows itself."""

from __future__ import annotations

import base64
import html
import re
from pathlib import Path

from tinyml_course.plots import COLOURS

#: Width of one character of the drawings' type, as a share of its size: enough room for any letter on average.
_CHARACTER = 0.6
_PICTURE = re.compile(r"<svg\b([^>]*)>(.*?)</svg>", re.DOTALL)
_WORDS = re.compile(r"<(title|desc)>(.*?)</\1>", re.DOTALL)


class Drawing:
    """A picture as SVG text: shows itself in a notebook, with its title and alternative text.

    Parameters
    ----------
    width, height : float
        In pixels.
    title : str
        What is drawn.
    alt : str
        What the picture shows, for those who cannot see it.
    body : str
        SVG elements.
    """

    def __init__(self, width: float, height: float, title: str, alt: str, body: str) -> None:
        self.width, self.height, self.title, self.alt = width, height, title, alt
        self.svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width:g} {height:g}" '
            f'width="{width:g}" height="{height:g}" font-family="DejaVu Sans, Verdana, sans-serif">\n'
            f"<title>{html.escape(title)}</title>\n<desc>{html.escape(alt)}</desc>\n"
            f'<rect width="100%" height="100%" fill="white"/>\n{body}</svg>\n'
        )

    def save(self, path: str | Path) -> None:
        """Write the picture to an ``.svg`` file."""
        Path(path).write_text(self.svg, encoding="utf-8")

    def __repr__(self) -> str:
        return f"<Drawing {self.title!r}>"

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        # HTML, because JupyterLab shows SVG outputs as images without their title and description.
        return {"text/html": with_images(self.svg), "text/plain": f"{self.title}. {self.alt}"}


def with_images(page: str) -> str:
    """Return HTML in which each SVG has become an image with an alternative text.

    JupyterLab and others take SVG out of the outputs of a notebook that was not run on the same computer, and leave
    images in.

    Parameters
    ----------
    page : str
        HTML; every ``<svg>`` in it has an ``aria-label``, or a ``<title>`` and a ``<desc>``.
    """
    return _PICTURE.sub(_as_image, page)


def _as_image(picture: re.Match[str]) -> str:
    attributes = dict(re.findall(r'([\w:-]+)="([^"]*)"', picture[1]))
    said = attributes.get("aria-label") or ". ".join(words for _, words in _WORDS.findall(picture[2]))
    svg = (
        picture[0]
        if "xmlns" in attributes
        else picture[0].replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    )
    width = f' width="{attributes["width"]}"' if "width" in attributes else ""  # the height follows
    data = base64.b64encode(svg.encode()).decode("ascii")
    return f'<img alt="{said}"{width} src="data:image/svg+xml;base64,{data}">'


def text(
    x: float, y: float, content: str, size: float = 12, anchor: str = "start", bold: bool = False, colour: str = "text"
) -> str:
    """Return a line of text; `colour` is a key of :data:`tinyml_course.plots.COLOURS`, or a colour."""
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" text-anchor="{anchor}"{weight} '
        f'fill="{COLOURS.get(colour, colour)}">{html.escape(content)}</text>\n'
    )


def shortened(content: str, width: float, size: float) -> str:
    """Return `content`, cut with an ellipsis if it is wider than `width` pixels at that size of type."""
    room = int(width / (size * _CHARACTER))
    return content if len(content) <= room else content[: max(0, room - 1)] + "…"


def rectangle(x: float, y: float, width: float, height: float, fill: str, stroke: str = "none", **more: object) -> str:
    """Return a rectangle; `more` are attributes, underscores for hyphens."""
    return _shape("rect", fill, stroke, {"x": x, "y": y, "width": width, "height": height, **more})


def circle(x: float, y: float, radius: float, fill: str, stroke: str = "none") -> str:
    """Return a circle."""
    return _shape("circle", fill, stroke, {"cx": x, "cy": y, "r": radius})


def path(data: str, stroke: str, fill: str = "none", width: float = 2, **more: object) -> str:
    """Return a path of SVG path data."""
    return _shape("path", fill, stroke, {"d": data, "stroke_width": width, "stroke_linejoin": "round", **more})


def _shape(name: str, fill: str, stroke: str, attributes: dict[str, object]) -> str:
    values = {**attributes, "fill": COLOURS.get(fill, fill), "stroke": COLOURS.get(stroke, stroke)}
    if stroke == "none":
        del values["stroke"]
    written = " ".join(
        f'{key.replace("_", "-")}="{value:g}"' if isinstance(value, float) else f'{key.replace("_", "-")}="{value}"'
        for key, value in values.items()
    )
    return f"<{name} {written}/>\n"
