"""Graphs: contracts, frozen data, and what counts as a stored byte."""

from __future__ import annotations

import numpy as np
import pytest

import tinyml_course as tc
from tinyml_course.errors import InputError
from tinyml_course.graph import InputContract, Tensor, reference_kinds

CONTRACT = InputContract(np.dtype(np.uint8), (2, 3), 0, 16)
GOOD = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)


def test_a_batch_may_be_shaped_or_flat():
    np.testing.assert_array_equal(CONTRACT.check(GOOD), GOOD.reshape(2, 6))
    np.testing.assert_array_equal(CONTRACT.check(GOOD.reshape(2, 6)), GOOD.reshape(2, 6))
    assert CONTRACT.check(GOOD[:0]).shape == (0, 6)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (GOOD.astype(np.int64), "Expected values of type uint8, got int64"),
        (GOOD.astype(np.float32), "got float32"),
        (GOOD.tolist(), "got int64"),
        (GOOD[0], r"pass x\[None\]"),
        (GOOD[0].ravel(), r"pass x\[None\]"),
        (GOOD.reshape(3, 4), "Expected a batch of shape"),
        (GOOD.reshape(2, 3, 2), "Expected a batch of shape"),
        (np.uint8(3), "Expected a batch of shape"),
        (GOOD + np.uint8(6), "Expected values from 0 to 16"),
        (np.array([["a"] * 6]), "Expected values of type uint8"),
        (None, "Expected values of type uint8"),
    ],
)
def test_anything_else_is_an_error(x, message):
    with pytest.raises(InputError, match=message):
        CONTRACT.check(x)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_no_numbers(bad):
    contract = InputContract(np.dtype(np.float32), (2,), -1, 1)
    with pytest.raises(InputError, match="finite"):
        contract.check(np.array([[0, bad]], dtype=np.float32))


def test_predict_checks_its_input(digits_graph, digits):
    with pytest.raises(InputError):
        digits_graph.predict(digits.x_test.astype(np.float64))
    with pytest.raises(InputError):
        digits_graph.classify(digits.x_test[:, :63])
    assert digits_graph.predict(digits.x_test[:0]).shape == (0, 10)


def test_stored_bytes_count_every_bit():
    values = np.array([[1, -2, 3]])
    assert Tensor("w", (1, 3), np.dtype(np.int8), values, bits=4).stored_bytes == 2
    assert Tensor("w", (1, 3), np.dtype(np.int8), values, bits=8).stored_bytes == 3
    assert Tensor("w", (1, 3), np.dtype(np.int32), values, bits=32).stored_bytes == 12
    assert Tensor("w", (1, 3), np.dtype(np.int8)).stored_bytes == 0


def test_a_tensor_refuses_what_does_not_fit():
    with pytest.raises(InputError, match="4 bits"):
        Tensor("w", (1,), np.dtype(np.int8), np.array([-9]), bits=4)
    with pytest.raises(InputError, match="shape"):
        Tensor("w", (2,), np.dtype(np.int8), np.array([1]))
    with pytest.raises(InputError, match="run time"):
        _ = Tensor("w", (2,), np.dtype(np.int8)).values


def test_a_graph_is_frozen(digits_graph):
    with pytest.raises(ValueError, match="read-only"):
        digits_graph.tensors["Z"].values[0, 0] = 1
    with pytest.raises(TypeError):
        digits_graph.tensors["Z"] = None


def test_model_bytes_by_hand(digits_graph):
    # 4 bits each: Z 18 x 65, W and V 7 x 10 x 18, theta 3 x 18; then 1 + 1 + 2 + 1 bytes of constants
    assert digits_graph.model_bytes == (18 * 65 + 2 * 7 * 10 * 18 + 3 * 18) // 2 + 5 == 1877


def test_every_operator_has_its_faces():
    """Its exact meaning, its cost, its C and its picture: a kind that one face knows is known to all."""
    from tinyml_course.cost import cost_kinds
    from tinyml_course.export.program import exported_kinds
    from tinyml_course.pictures import picture_kinds

    faces = {
        "reference": reference_kinds(),
        "cost": cost_kinds(),
        "C": exported_kinds(),
        "picture": picture_kinds(),
    }
    known = frozenset[str]().union(*faces.values())
    missing = {kind: sorted(face for face, kinds in faces.items() if kind not in kinds) for kind in sorted(known)}
    assert {kind: lacking for kind, lacking in missing.items() if lacking} == {}
    assert len(known) >= 23


def test_the_first_of_equal_outputs_wins(digits_graph, digits, monkeypatch):
    monkeypatch.setattr(type(digits_graph), "predict", lambda self, x: np.array([[1, 5, 5], [7, 7, 2]], np.int16))
    assert digits_graph.classify(digits.x_test).tolist() == [1, 0]


@pytest.mark.parametrize("thing", [None, 3, "model.tflite"])
@pytest.mark.parametrize("use", [tc.size, tc.export_arduino, tc.picture, lambda thing: tc.simulate(thing, GOOD)])
def test_what_is_no_graph_or_sketch_is_refused(use, thing):
    with pytest.raises(InputError, match="Expected a (Graph|Sketch), got"):
        use(thing)
