import math
import re

import pytest

from tinyml_course import facts
from tinyml_course.boards import UNO
from tinyml_course.errors import InputError, LessonError


def value(fact_id):
    return facts.get(fact_id).value


@pytest.mark.parametrize("fact", facts.all_facts(), ids=lambda fact: fact.id)
def test_every_fact_is_complete(fact):
    assert fact.source and fact.unit
    assert fact.certainty in facts.CERTAINTIES
    assert math.isfinite(fact.value) and fact.value > 0
    assert (fact.certainty == "derived") == (fact.arithmetic is not None)
    if fact.low is not None:
        assert fact.low <= fact.value
    if fact.high is not None:
        assert fact.value <= fact.high


def test_ids_are_unique_and_found():
    ids = [fact.id for fact in facts.all_facts()]
    assert len(ids) == len(set(ids))
    assert all(facts.get(fact_id).id == fact_id for fact_id in ids)


def test_an_unknown_fact_is_named_with_its_neighbours():
    with pytest.raises(InputError, match=r"'gpt3\.parameter'.*gpt3\.parameters"):
        facts.get("gpt3.parameter")
    with pytest.raises(InputError, match=r"all_facts"):
        facts.get("xyzzy")


def test_facts_from_hearsay_print_the_word_about():
    hearsay = [fact for fact in facts.all_facts() if fact.certainty == "about"]
    assert hearsay
    assert all(str(fact).startswith("about ") for fact in hearsay)
    assert not str(facts.get("gpt3.parameters")).startswith("about")


@pytest.mark.parametrize(
    ("fact_id", "text"),
    [
        ("gpt3.parameters", "175 billion parameters"),
        ("gpt3.bytes_fp16", "349 GB"),
        ("gpt3.training_flop", "3.14 × 10²³ FLOP"),
        ("uno.usable_flash_bytes", "31.5 KiB"),
        ("uno.sram_bytes", "2 KiB"),
        ("kumar.whale_knn_accuracy", "51.75 %"),
        ("kumar.mnist2_energy_mj", "1.27 mJ"),
        ("battery.aa_capacity", "about 2,500 mAh"),
    ],
)
def test_facts_print_with_their_units(fact_id, text):
    assert str(facts.get(fact_id)) == text


def test_ranges_print_and_their_lack_is_named():
    assert facts.get("gpt3.training_cost").range_text() == "1.9 million to 12 million US dollars"
    with pytest.raises(InputError, match=r"gpt3\.layers.*range"):
        facts.get("gpt3.layers").range_text()


def test_a_citation_names_source_and_certainty():
    assert facts.get("gpt3.parameters").cite() == (
        "175 billion parameters: Brown et al. 2020, arXiv 2005.14165, Table D.1 (read in the primary source)."
    )


def test_gpt3_counted_from_its_configuration_agrees_with_the_paper():
    assert value("gpt3.parameters_counted") == 174_604_259_328
    assert value("gpt3.parameters_counted") == pytest.approx(value("gpt3.parameters"), rel=1e-4)


def test_counts_from_configurations():
    assert value("gpt2_xl.parameters") == 1_557_611_200
    assert value("turing_nlg.parameters_counted") == pytest.approx(value("turing_nlg.parameters"), rel=0.003)


def test_published_ratios_are_reproduced():
    assert value("gpt3.over_turing_nlg") == pytest.approx(10.2, abs=0.05)
    assert value("gpt3.training_flop_estimated") == pytest.approx(value("gpt3.training_flop"), rel=0.002)
    assert value("gpt3.training_energy_counted_mwh") == pytest.approx(value("gpt3.training_energy_mwh"), rel=1e-4)
    assert value("kumar.whale_knn_ratio") == pytest.approx(20_571.5)
    assert value("kumar.whale_network_ratio") == 1955
    assert math.log10(value("gpt3.fp16_over_bonsai")) == pytest.approx(8.2, abs=0.05)
    assert math.log10(value("gpt3.fp32_over_half_kib_bonsai")) == pytest.approx(9.1, abs=0.05)
    assert value("energy.fp32_over_int8") == pytest.approx(20)
    assert value("llama31_405b.training_flop_over_gpt3") == pytest.approx(121, abs=0.5)
    assert value("brain.synapses_over_gpt3_low") == pytest.approx(600, rel=0.05)
    assert value("brain.neurons_over_gpt3_units") == pytest.approx(18_000, rel=0.02)


def test_the_articles_slips_are_slips():
    assert value("article.turing_nlg_parameters") > facts.get("turing_nlg.parameters").high
    assert value("article.gpt3_energy_gwh") > 2 * value("gpt3.training_energy_gwh")
    assert value("article.gpt3_neurons") > 1000 * value("gpt3.hidden_units")
    assert value("kumar.whale_network_ratio") < value("article.bonsai_ratio") / 5
    assert value("kumar.whale_knn_ratio") > 2 * value("article.bonsai_ratio")


def test_the_uno_is_the_board_the_library_knows():
    assert value("uno.usable_flash_bytes") == UNO.flash_bytes
    assert value("uno.sram_bytes") == UNO.sram_bytes
    assert value("uno.clock") == UNO.clock_hz
    assert value("uno.board_nj_per_cycle") == pytest.approx(UNO.nj_per_cycle_board, rel=0.005)
    assert value("uno.chip_nj_per_cycle") == pytest.approx(UNO.nj_per_cycle_chip)


def test_a_kumar_energy_is_time_times_a_constant_power():
    energy = value("kumar.mnist2_time_ms") * value("uno.board_power")
    assert energy == pytest.approx(value("kumar.mnist2_energy_mj"), rel=0.005)


def test_claims_quote_facts_and_leave_no_placeholder():
    claims = facts.claims()
    assert len(claims) >= 9
    for claim in claims:
        assert not re.search(r"[{}]", claim.said + claim.correction), claim.id
        assert claim.verdict in {"wrong", "loose", "cherry-picked", "did not hold"}
        assert all(facts.get(fact_id) for fact_id in claim.facts)
    assert sum(bool(claim.facts) for claim in claims) == len(claims)
    by_id = {claim.id: claim for claim in claims}
    assert "about 100 trillion to 1 quadrillion synapses" in by_id["neurons"].correction
    assert "1.29 GWh" in by_id["energy"].correction
    assert "21,000 times (kNN) and 2,000 times (network)" in by_id["bonsai-ratio"].correction


def test_texts_are_filled_and_other_braces_stay():
    text = "{gpt3.parameters}, {gpt3.layers:count}, {gpt3.training_cost:range}, {x}, {}, {a b.c}, $\\frac{1}{2}$"
    assert facts.fill(text) == (
        "175 billion parameters, 96, 1.9 million to 12 million US dollars, {x}, {}, {a b.c}, $\\frac{1}{2}$"
    )
    with pytest.raises(InputError, match=r"gpt3\.nothing"):
        facts.fill("{gpt3.nothing}")


GOOD = {"value": 1, "unit": "B", "source": "x", "certainty": "primary"}


def test_a_registry_computes_in_any_order():
    groups = {"a": {"twice": {**GOOD, "derived": "b.one * 2 + 1", "certainty": "derived"}}, "b": {"one": GOOD}}
    del groups["a"]["twice"]["value"]
    read = facts.read_registry(groups)
    assert read["a.twice"].value == 3
    assert list(read) == ["a.twice", "b.one"]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({**GOOD, "source": ""}, "no source"),
        ({**GOOD, "unit": ""}, "no unit"),
        ({**GOOD, "certainty": ""}, "no certainty"),
        ({**GOOD, "certainty": "sure"}, "'sure'"),
        ({**GOOD, "derived": "1 + 1"}, "either a value"),
        ({**GOOD, "certainty": "derived"}, "either a value"),
        ({"derived": "1", "unit": "B", "source": "x", "certainty": "primary"}, "either a value"),
        ({"derived": "c.d", "unit": "B", "source": "x", "certainty": "derived"}, r"'c\.d', which is no fact"),
        ({"derived": "a.b * 2", "unit": "B", "source": "x", "certainty": "derived"}, "from each other"),
        ({"derived": "open('x')", "unit": "B", "source": "x", "certainty": "derived"}, "neither a number"),
        ({"derived": "'a' * 3", "unit": "B", "source": "x", "certainty": "derived"}, "neither a number"),
    ],
)
def test_a_faulty_registry_is_refused(entry, message):
    with pytest.raises(LessonError, match=message):
        facts.read_registry({"a": {"b": entry}})
