import re
import struct

import numpy as np
import pytest

from tinyml_course import facts, plots
from tinyml_course.boards import UNO
from tinyml_course.errors import InputError


def luminance(colour):
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def texts(picture):
    return {text.get_text() for text in picture.figure.findobj(lambda artist: hasattr(artist, "get_text"))}


def test_a_picture_shows_itself_with_its_alternative_text():
    bundle = plots.model_ladder()._repr_mimebundle_()
    assert re.fullmatch(
        r'<img alt="Nine models [^"<>]+" width="\d+" src="data:image/png;base64,[A-Za-z0-9+/=]+">', bundle["text/html"]
    )
    assert bundle["text/plain"].startswith("Nine models")
    assert "\n" not in bundle["text/plain"]


def test_a_picture_without_alternative_text_is_refused():
    figure, _ = plots.new_axes("Title")
    with pytest.raises(InputError, match="alternative text"):
        plots.Picture(figure, "  ")


def test_alternative_texts_are_escaped():
    figure, _ = plots.new_axes("Title")
    assert 'alt="a &quot;b&quot; &lt;c&gt;"' in plots.Picture(figure, 'a "b" <c>')._repr_mimebundle_()["text/html"]


def test_the_same_picture_is_the_same_bytes():
    first, second = plots.model_ladder().png(), plots.model_ladder().png()
    assert first == second
    assert b"Software" not in first and b"tIME" not in first


def test_pictures_are_wide_enough_and_no_wider_than_a_notebook():
    width, height = struct.unpack(">II", plots.model_ladder().png()[16:24])
    assert 1200 < width < 1800
    assert 500 < height < 1200


def test_a_picture_can_be_saved(tmp_path):
    plots.model_ladder().save(tmp_path / "ladder.png")
    assert (tmp_path / "ladder.png").read_bytes().startswith(b"\x89PNG")


def test_the_ladder_goes_down_and_marks_the_uno():
    picture = plots.model_ladder()
    (axes,) = picture.figure.axes
    assert axes.get_xscale() == "log"
    lines = sorted(line.get_xdata()[0] for line in axes.lines if len(set(line.get_xdata())) == 1)
    assert UNO.sram_bytes in lines and UNO.flash_bytes + 512 in lines
    assert {"Uno: SRAM 2 KiB", "flash 32 KiB", "349 GB", "2 KiB"} <= texts(picture)
    assert axes.get_title(loc="left") == "From GPT-3 to a 2 KiB Bonsai: 8.2 orders of magnitude"
    largest = facts.get("gpt3.bytes_fp16").value
    assert axes.get_xlim()[0] < 2048 < largest < axes.get_xlim()[1]


def test_the_linear_picture_is_linear_and_has_units():
    (axes,) = plots.model_ladder(logarithmic=False).figure.axes
    assert axes.get_xscale() == "linear"
    assert "GB" in axes.get_xlabel()


def test_an_axis_has_numbers_whatever_it_spans():
    short = plots.size_ladder("Title", [("a", {"int8": 1e3}), ("b", {"float": 8e3})], "alt").figure.axes[0]
    assert [text.get_text() for text in short.get_xticklabels()] == ["100 B", "1 kB", "10 kB", "100 kB"]
    long = plots.model_ladder().figure.axes[0]
    assert [text.get_text() for text in long.get_xticklabels()] == ["1 kB", "1 MB", "1 GB", "1 TB"]


def test_a_legend_stands_only_where_it_says_something():
    bare = plots.size_ladder("Title", [("a", {"knn": 1e5}), ("b", {"bonsai": 2e3})], "alt")
    named = plots.size_ladder("Title", [("a", {"knn: nearest neighbour": 1e5})], "alt")
    assert bare.figure.axes[0].get_legend() is None
    assert [text.get_text() for text in named.figure.axes[0].get_legend().get_texts()] == ["nearest neighbour"]


def test_wrong_answers_differ_by_word_and_not_by_colour_alone():
    images = np.zeros((12, 8, 8))
    picture = plots.digit_gallery("Title", images, [3] * 12, [3] * 11 + [8], "alt")
    assert "3, not 8" in texts(picture)
    assert sum(axes.has_data() for axes in picture.figure.axes) == 12


def test_what_is_drawn_has_one_colour_each_and_stands_out_from_white():
    drawn = ("float", "int8", "4-bit", "bonsai", "knn", "network", "big")
    assert len({plots.COLOURS[name] for name in drawn}) == len(drawn)
    for name in ("bonsai", "4-bit", "uno", "big", "text"):  # also used for letters: 3 : 1 for large ones
        assert 1.05 / (luminance(plots.COLOURS[name]) + 0.05) >= 3


def test_matplotlib_is_not_imported_with_the_module():
    import subprocess
    import sys

    code = "import sys, tinyml_course.plots; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
