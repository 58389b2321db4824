"""Conversion: contracts, shifts, and the loss of accuracy it may not have."""

from __future__ import annotations

import numpy as np
import pytest
from random_models import random_graph

import tinyml_course as tc
from tinyml_course.convert.bonsai import Z_LIMIT, node_limit
from tinyml_course.errors import ConversionError


def test_integers_decide_as_the_real_weights_do(digits_bonsai, digits_graph, digits):
    same = digits_graph.classify(digits.x_train) == digits_bonsai.predict(digits.x_train)
    assert same.mean() >= 0.99
    assert (digits_graph.classify(digits.x_test) == digits.y_test).mean() >= 0.97


def test_contract_comes_from_the_representative_data(digits_bonsai, digits):
    graph = tc.quantize(digits_bonsai, digits.x_train.reshape(-1, 8, 8))
    assert graph.contract.shape == (8, 8)
    assert graph.contract.dtype == np.uint8
    assert (graph.contract.minimum, graph.contract.maximum) == (0, 16)
    flat = graph.predict(digits.x_test)
    np.testing.assert_array_equal(flat, graph.predict(digits.x_test.reshape(-1, 8, 8)))
    assert graph.examples.shape == (4, 8, 8)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: x.astype(np.float64), "float64 cannot be the input"),
        (lambda x: x.astype(np.int64), "int64 cannot be the input"),
        (lambda x: x[:, :60], "trained on 64 features"),
        (lambda x: x[:0], "n >= 1"),
        (lambda x: x[0], "shape"),
        (lambda x: np.where(x == 3, np.nan, x).astype(np.float32), "NaN"),
    ],
)
def test_bad_representative_data(digits_bonsai, digits, change, message):
    with pytest.raises(ConversionError, match=message):
        tc.quantize(digits_bonsai, change(digits.x_train))


def test_what_cannot_be_quantized(digits_bonsai, digits):
    with pytest.raises(ConversionError, match="not trained"):
        tc.quantize(tc.Bonsai(), digits.x_train)
    with pytest.raises(ConversionError, match="Supported: tinyml_course.Bonsai"):
        tc.quantize(object(), digits.x_train)
    with pytest.raises(ConversionError, match="float16"):
        tc.quantize(digits_bonsai, digits.x_train, mode="float16")


@pytest.mark.parametrize("seed", range(40))
def test_no_value_leaves_its_type(seed):
    graph, x = random_graph(seed, n=100)
    values = graph.run(x)
    assert np.abs(values["z"].astype(int)).max() <= Z_LIMIT
    bits = graph.tensors["W"].bits
    for role in ("W", "V", "theta"):
        matrix = graph.tensors[role].values.astype(int)
        if matrix.size:
            assert np.abs(matrix @ values["z"].astype(int).T).max() <= node_limit(bits)
    assert values["scores"].dtype == np.int16
