"""Answers survive the way out of a learner's process, and nothing else gets through."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyml_course.grading.values import Numbers, Raised, Unknown, plain
from tinyml_course.grading.wire import DEPTH, SIZE, argument, decode, encode

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.just(...)
    | st.builds(Raised, st.text(max_size=100), st.text(max_size=500))
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text() | st.integers(), inner, max_size=5),
    max_leaves=20,
)


def through(value):
    return decode(json.loads(json.dumps(encode(value))))


def depth(value):
    if isinstance(value, dict):
        value = tuple(value.values())
    return 1 + max(map(depth, value), default=0) if isinstance(value, tuple) else 0


@given(VALUES)
def test_values_come_out_as_they_went_in(value):
    value = plain(value)
    assert through(value) == value or depth(value) > DEPTH


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64", "float32", "float64", "bool"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 0, 3)])
def test_arrays_keep_type_and_numbers(dtype, shape):
    array = np.random.default_rng(0).integers(-100, 100, shape).astype(dtype)
    out = through(array)
    assert out == Numbers(dtype, plain(array.tolist()))
    if 0 not in shape:
        back = argument(out)
        assert back.dtype == array.dtype
        assert (back == array).all()


def test_floats_come_out_bit_by_bit():
    for value in (0.1, -0.0, 5e-324, 1.7e308, math.inf):
        assert math.copysign(1, through(value)) == math.copysign(1, value)
        assert through(value) == value
    assert math.isnan(through(math.nan))


def test_what_no_check_asks_for_is_unknown():
    class Liar:
        def __eq__(self, other):
            return True

        __hash__ = object.__hash__

    for value in (Liar(), {1, 2}, 1j, len):
        assert isinstance(through(value), Unknown)
    assert through((1, Liar())) == (1, Unknown("Liar"))


def test_too_deep_and_too_long():
    nested = 1
    for _ in range(DEPTH + 2):
        nested = [nested]
    assert "Unknown" in repr(through(nested))
    assert isinstance(through(10**5000), Unknown)
    assert through(10**3000) == 10**3000
    assert isinstance(decode({"int": "9" * 5000}), Unknown)
    assert isinstance(decode({"array": "int8", "items": {"shape": [SIZE, SIZE], "hex": ""}}), Unknown)
    deep = json.loads("[" * 900 + "]" * 900)
    assert "Unknown" in repr(decode(deep))


JUNK = [
    {}, {"a": 1}, {"int": 3}, {"int": "x"}, {"float": 3}, {"float": "zz"}, {"bytes": "0"}, {"bytes": 7}, 1.5,
    {"array": "int8"}, {"array": "O", "items": {"shape": [1], "hex": "00"}},
    {"array": "int8", "items": {"shape": [-1], "hex": "00"}}, {"array": "int8", "items": {"shape": [5], "hex": "00"}},
    {"array": "V4", "items": {"shape": [1], "hex": "00000000"}}, {"dict": 3}, {"dict": [[1]]}, {"dict": [[[1], 2]]},
    {"raised": 1}, {"unknown": 4}, {"numpy": "x"},
]  # fmt: skip


@pytest.mark.parametrize("junk", JUNK, ids=str)
def test_damaged_answers_are_unknown_and_raise_nothing(junk):
    assert isinstance(decode(junk), Unknown)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["int", "float", "array", "items", "shape", "hex", "dict", "raised"]), inner)
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_read_without_an_error(data):
    decode(data)


def test_arguments_are_objects_of_their_own():
    value = Numbers("int8", (1, 2))
    first, second = argument(value), argument(value)
    first[0] = 9
    assert second.tolist() == [1, 2]
