"""Bytes of a Bonsai, and the rule that chooses one."""

from __future__ import annotations

import numpy as np
import pytest
from random_models import random_bonsai, random_samples

from tinyml_course.convert.bonsai import convert_bonsai
from tinyml_course.errors import BudgetError
from tinyml_course.models.bonsai_budget import BonsaiConfiguration, candidates, choose_configuration, widest


def test_the_rule_for_the_main_job():
    configuration = choose_configuration(2048, 64, 10)
    assert configuration == BonsaiConfiguration(depth=2, projection_dim=18, bits=4)
    assert configuration.model_bytes(64, 10, encoding_bytes=0) == 1877


@pytest.mark.parametrize("seed", range(10))
def test_the_formula_is_what_a_graph_stores(seed):
    rng = np.random.default_rng(seed)
    x = random_samples(rng, "uint8", int(rng.integers(2, 60)), 10)
    configuration = BonsaiConfiguration(int(rng.integers(0, 3)), 2 * int(rng.integers(1, 9)), int(rng.choice([4, 8])))
    classes = int(rng.integers(2, 9))
    graph = convert_bonsai(random_bonsai(rng, x, classes, configuration), x)
    assert graph.model_bytes == configuration.model_bytes(x.shape[1], classes, encoding_bytes=0)


@pytest.mark.parametrize("budget", [100, 128, 256, 512, 1024, 2048, 4096, 16384])
@pytest.mark.parametrize(("features", "classes"), [(4, 3), (13, 3), (64, 10), (784, 10), (265, 6)])
def test_every_choice_keeps_the_budget(budget, features, classes):
    smallest = BonsaiConfiguration(0, 2, 4).model_bytes(features, classes)
    if budget < smallest:
        with pytest.raises(BudgetError, match=f"needs {smallest:,} bytes, {smallest - budget:,} more"):
            choose_configuration(budget, features, classes)
        return
    chosen = choose_configuration(budget, features, classes)
    assert chosen.model_bytes(features, classes) <= budget
    assert chosen.projection_dim % 2 == 0
    for candidate in candidates(budget, features, classes):
        assert candidate.model_bytes(features, classes) <= budget


def test_widest_is_as_wide_as_it_gets():
    found = widest(2048, 64, 10, depth=2, bits=4)
    assert found is not None
    wider = BonsaiConfiguration(found.depth, found.projection_dim + 2, found.bits)
    assert wider.model_bytes(64, 10) > 2048
    assert widest(10, 64, 10, depth=0, bits=4) is None


def test_a_wider_tree_is_preferred_to_a_deeper_narrow_one():
    # benchmarks/bonsai_validation.py shapes: at 1,024 B depth 1 with 16 features beats depth 2 with 8
    chosen = choose_configuration(1024, 64, 10)
    assert (chosen.depth, chosen.projection_dim) == (1, 16)
    chosen = choose_configuration(512, 64, 10)
    assert (chosen.depth, chosen.projection_dim) == (0, 10)
