"""Pictures: sound SVG, every kind of operator, arrows that do not meet, words for those who cannot see them."""

from __future__ import annotations

import base64
import html
import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from operator_cases import CASES
from random_networks import random_network

import tinyml_course as tc
from tinyml_course.graph import Graph, InputContract, Operator, Tensor
from tinyml_course.memory import plan_memory
from tinyml_course.pictures import Drawing, glyph_of, picture_kinds
from tinyml_course.pictures.graph_picture import _lanes
from tinyml_course.pictures.svg import shortened, with_images

SVG = "{http://www.w3.org/2000/svg}"


def read(drawing):
    """Parse the text; check what every drawing has."""
    root = ElementTree.fromstring(drawing.svg)
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    assert [child.tag for child in root][:2] == [f"{SVG}title", f"{SVG}desc"]
    assert root[0].text == drawing.title
    assert root[1].text == drawing.alt
    return root


def texts(root):
    return [element.text for element in root.iter(f"{SVG}text")]


@pytest.mark.parametrize("case", CASES)
def test_every_kind_has_a_glyph(case):
    graph, _ = CASES[case]
    operator = graph.operators[0]
    if operator.kind == "mean":
        operator = replace(operator, attributes={"axes": (0, 1)})
    glyph = glyph_of(graph, operator)
    assert glyph.words
    read(Drawing(40, 40, "glyph", glyph.words, glyph.shapes))
    assert ElementTree.fromstring(f"<g>{glyph.shapes}</g>")


def test_every_drawn_kind_is_tested():
    assert {case.split(",")[0] for case in CASES} == picture_kinds()


def test_glyphs_differ():
    shapes = {}
    for case, (graph, _) in CASES.items():
        operator = replace(graph.operators[0], attributes={"axes": (0,), **graph.operators[0].attributes})
        shapes.setdefault(glyph_of(graph, operator).shapes, set()).add(case.split(",")[0])
    same = {frozenset(kinds) for kinds in shapes.values() if len(kinds) > 1}
    assert same <= {frozenset({"encode_features", "encode_input"})}


def test_a_whole_bonsai(digits_graph):
    drawing = tc.picture(digits_graph)
    words = texts(read(drawing))
    assert "projection Z, 65 → 18" in words
    assert "Bonsai tree, 7 nodes, 10 classes" in words
    assert "82 B peak" in words
    assert "→ 10 · 1,290 B stored · 1,146 MACs" in words
    assert "At most 82 bytes of values are alive at once." in drawing.alt
    assert "input" in words
    shown = re.fullmatch(
        r'<img alt="([^"<>]+)" width="\d+" src="data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)">',
        drawing._repr_mimebundle_()["text/html"].strip(),
    )
    assert html.unescape(shown[1]) == f"{drawing.title}. {drawing.alt}"
    assert base64.b64decode(shown[2]).decode() == drawing._repr_svg_().strip() == drawing.svg.strip()


def test_pictures_in_a_page_become_images():
    page = with_images(
        '<p>a</p><svg width="9" role="img" aria-label="&quot;b&quot;"><rect/></svg><b>c</b>\n<svg>\n</svg>'
    )
    images = re.findall(r'<img alt="([^"]*)"( width="9")? src="data:image/svg\+xml;base64,([^"]*)">', page)
    assert [alt for alt, _, _ in images] == ["&quot;b&quot;", ""]
    for _, _, data in images:
        assert ElementTree.fromstring(base64.b64decode(data)).tag == f"{SVG}svg"
    assert page.startswith("<p>a</p><img ") and "><b>c</b>\n<img " in page


@pytest.mark.parametrize("seed", range(12))
def test_networks(seed):
    graph = random_network(seed, steps=6)
    assert len(texts(read(tc.picture(graph)))) >= 2 * len(graph.operators)
    plan = plan_memory(graph)
    drawing = tc.picture(plan)
    blocks = read(drawing).findall(f"{SVG}g")
    assert len(blocks) == len({(plan.offsets[name], plan.lifetimes[name]) for name in plan.offsets})
    assert plan.verdict() in drawing.title


def test_a_value_that_is_read_later_has_an_arrow_of_its_own():
    int8 = np.dtype(np.int8)
    tensors = {name: Tensor(name, (4,), int8) for name in "abcd"}
    operators = (
        Operator("relu", ("a",), ("b",)),
        Operator("relu", ("b",), ("c",)),
        Operator("add", ("a", "c"), ("d",)),
    )
    graph = Graph("test", tensors, operators, "a", "d", InputContract(int8, (4,), -128, 127), (0, 1, 2, 3))
    plain = replace(graph, operators=(*operators[:2], Operator("add", ("b", "c"), ("d",))))
    straight = replace(graph, operators=(*operators[:2], Operator("relu", ("c",), ("d",))))
    arrows = [tc.picture(each).svg.count("m-7 -5l7 5l-7 5") for each in (graph, plain, straight)]
    assert arrows == [1, 1, 0]


def test_arrows_in_one_lane_do_not_meet():
    skips = [(-1, 3), (0, 2), (2, 5), (3, 9), (4, 6)]
    lanes = _lanes(skips)
    assert lanes == [0, 1, 1, 0, 2]


def test_odd_names_are_escaped_and_long_words_cut():
    graph, _ = CASES["relu"]
    drawing = tc.picture(replace(graph, kind="a<b & c", description="x" * 300))
    assert any(word.startswith("a<b & c: xxx") and word.endswith("…") for word in texts(read(drawing)))
    assert shortened("short", 100, 10) == "short"


def test_a_drawing_is_written(tmp_path, digits_graph):
    drawing = tc.picture(digits_graph)
    drawing.save(tmp_path / "bonsai.svg")
    assert (tmp_path / "bonsai.svg").read_text(encoding="utf-8") == drawing.svg
    assert "Bonsai" in repr(drawing)
