import math
import re
from html import escape

import pytest
from traitlets import TraitError

from tinyml_course import facts
from tinyml_course.boards import UNO, get_board
from tinyml_course.errors import InputError
from tinyml_course.widgets import LogScale
from tinyml_course.widgets.ladder import PRECISIONS, memories, models
from tinyml_course.widgets.log_scale import marker_texts, step_texts


@pytest.fixture
def scale():
    return LogScale()


def test_every_size_is_a_fact():
    for rung in models():
        fact, sizes = facts.get(rung.id), rung.sizes
        if rung.fixed:
            assert set(sizes.values()) == {fact.value * (1024 if fact.unit == "KiB" else 1)}
        else:
            assert sizes == {"fp32": 4 * fact.value, "fp16": 2 * fact.value, "int8": fact.value, "int4": fact.value / 2}
    assert all(set(rung.sizes) == set(PRECISIONS) for rung in models() + memories())


def test_the_memories_are_those_of_the_boards():
    sizes = {rung.id: rung.sizes["fp16"] for rung in memories()}
    assert sizes["uno.sram_bytes"] == UNO.sram_bytes
    assert sizes["uno.flash_bytes"] == UNO.flash_bytes + 512  # the boot loader's
    assert sizes["pico.flash_bytes"] == get_board("pico").flash_bytes
    assert sizes["pico.sram_bytes"] == get_board("pico").sram_bytes


def test_every_number_has_its_source_and_certainty(scale):
    for row in scale.models + scale.memories:
        assert row["fact"] == str(facts.get(row["id"]))
        assert facts.get(row["id"]).source in row["source"]
        assert row["certainty"] in facts.CERTAINTIES.values()


def test_it_runs_from_gpt3_to_bonsai(scale):
    assert scale.title == "From GPT-3 (349 GB) to Bonsai (2 KiB): 8.2 orders of magnitude"
    sizes = [rung.sizes["fp16"] for rung in models()]
    assert sizes == sorted(sizes, reverse=True)
    assert models()[0].id == "gpt3.parameters"
    assert all(1e2 < size < 1e12 for rung in models() + memories() for size in rung.sizes.values())


@pytest.mark.parametrize(
    ("precision", "size", "orders"), [("fp32", "698 GB", 8.5), ("int8", "175 GB", 7.9), ("int4", "87.3 GB", 7.6)]
)
def test_the_precision_moves_what_has_parameters_only(scale, precision, size, orders):
    scale.precision = precision
    assert scale.title == f"From GPT-3 ({size}) to Bonsai (2 KiB): {orders} orders of magnitude"
    labels = {row["id"]: row["labels"][precision] for row in scale.models}
    assert labels["bonsai.budget_bytes"] == "2 KiB" and labels["gpt3.parameters"] == size


def test_a_memory_says_what_fits(scale):
    assert scale.marker == 32 * 1024 and scale.marker_label == "32 KiB"
    assert "the size of Uno's flash. It holds 2 of 12 models" in scale.marker_text
    scale.precision = "int8"
    assert "It holds 3 of 12 models as 8-bit integers; the largest is MLPerf Tiny: spoken commands" in scale.marker_text
    scale.marker = 1e9
    assert scale.marker_label == "1 GB"
    assert "31,000 times the Uno's flash" in scale.marker_text
    assert "the largest is BERT base, 109 MB. Too large: GPT-2 XL, 1.56 GB." in scale.marker_text


@pytest.mark.parametrize(("size", "fitting"), [(100, 0), (307.2, 1), (2047.9, 1), (2048, 2), (1e12, 12)])
def test_a_model_fits_a_memory_of_its_size(size, fitting):
    label, text = marker_texts(size, "fp16")
    assert f"It holds {fitting} of 12 models" in text
    assert ("Too large" in text) == (fitting < 12)
    assert text.startswith(f"A memory of {label}, ")


def test_two_things_are_compared(scale):
    assert scale.ratio_text == (
        "GPT-3, 349 GB, has 170 million times the bytes of Bonsai for digits, 2 KiB: 8.2 orders of magnitude."
    )
    scale.first, scale.second = "uno.flash_bytes", "gpt3.parameters"
    assert scale.ratio_text.startswith("GPT-3, 349 GB, has 11 million times the bytes of Uno's flash, 32 KiB")
    scale.first = "gpt3.parameters"
    assert "same size" in scale.ratio_text


def test_a_linear_axis_hides_the_small(scale):
    assert scale.axis_text.startswith("Logarithmic axis")
    scale.logarithmic = False
    assert "up to 1 TB: 9 of 12 models take less than a thousandth" in scale.axis_text
    assert "GPT-3's would be 171 km" in scale.axis_text
    scale.power = 4
    assert "up to 10 kB: 0 of 12 models" in scale.axis_text and "10 run out of it" in scale.axis_text


def test_a_walk_in_powers_of_ten_passes_everything_once():
    walked = " ".join(step_texts(power, "fp16")[1] for power in range(3, 13))
    for rung in models() + memories():
        assert walked.count(f"{rung.name}, {rung.label('fp16')}") == 1
    assert step_texts(10, "fp16")[0] == "10⁹ to 10¹⁰ bytes: 1 GB to 10 GB."
    assert step_texts(9, "int4")[1] == "Models: GPT-2 XL, 779 MB."
    assert step_texts(10, "fp32")[1] == "Models: GPT-2 XL, 6.23 GB. Memories: Phone (iPhone 11), 4 GB."


def test_an_empty_step_says_so():
    empty = [power for power in range(3, 13) if "Nothing" in step_texts(power, "int8")[1]]
    full = {math.floor(math.log10(rung.sizes["int8"])) + 1 for rung in models() + memories()}
    assert set(empty) == set(range(3, 13)) - full


def test_a_step_takes_the_memory_along(scale):
    scale.power = 6
    assert scale.marker == 1e6 and scale.marker_label == "1 MB"
    assert scale.step_title.startswith("10⁵ to 10⁶ bytes")


@pytest.mark.parametrize(
    ("name", "value"), [("precision", "int3"), ("power", 2), ("power", 13), ("marker", 99.0), ("marker", 2e12)]
)
def test_what_lies_off_the_axis_is_refused(scale, name, value):
    with pytest.raises(TraitError):
        setattr(scale, name, value)


def test_an_unknown_thing_is_refused(scale):
    with pytest.raises(InputError, match=re.escape("'gpt3.parameters'")):
        scale.first = "gpt5.parameters"


def test_the_facts_cannot_be_set(scale):
    with pytest.raises(TraitError, match="registry of facts"):
        scale.models = []


def test_traits_can_be_given(scale):
    made = LogScale(precision="int4", first="bert_base.parameters", marker=1e6, logarithmic=False, power=9)
    assert made.ratio_text.startswith("BERT base, 54.5 MB")
    assert made.marker == 1e6 and "up to 1 GB" in made.axis_text


def test_the_static_face_carries_the_idea(scale):
    html, text = scale.still()
    assert html.startswith("<svg") and 'role="img"' in html
    assert "170 million times" in html and "8.2 orders of magnitude" in text
    for rung in models():
        assert rung.name in text
        assert escape(rung.fact.source) in html
    assert "Run this cell" in html
    for x in re.findall(r'<circle cx="([\d.]+)"', html):
        assert 240 < float(x) < 800
