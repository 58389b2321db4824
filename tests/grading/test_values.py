import math

import numpy as np
import pytest

from tinyml_course.grading.values import Numbers, Raised, Unknown, describe, plain, same


def test_plain_values():
    assert plain([1, (2.5, "a"), None]) == (1, (2.5, "a"), None)
    assert plain(np.array([[1, 2], [3, 4]], np.int8)) == Numbers("int8", ((1, 2), (3, 4)))
    assert plain({"a": [1]}) == {"a": (1,)}
    assert plain(b"a") == b"a"
    assert plain(np.float32(0.5)) == 0.5
    assert type(plain(np.bool_(True))) is bool
    assert type(plain(np.str_("a"))) is str
    assert type(plain(np.longdouble(0.5))) is float  # Python has none of its own
    assert plain(np.array([0.5], np.longdouble)) == Numbers("float64", (0.5,))


@pytest.mark.parametrize("value", [object(), {1}, 1j, np.array(["a"]), np.datetime64("2020-01-01"), len])
def test_other_types_are_unknown(value):
    assert isinstance(plain(value), Unknown)
    assert not same(plain(value), plain(value))


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (1, 1.0, True), (1, True, False), (True, True, True), ("1", 1, False), ((1, 2), (1, 2.0), True),
        ((1, 2), (1,), False), (None, None, True), (math.nan, math.nan, False), (math.inf, math.inf, True),
        (Raised("ValueError", "a"), Raised("ValueError", "b"), True),
        (Raised("ValueError", "a"), Raised("KeyError", "a"), False), (10**400, 10**400, True), (10**400, 1.0, False),
    ],
)  # fmt: skip
def test_same(one, other, equal):
    assert same(one, other, 1e-9) is equal
    assert same(other, one, 1e-9) is equal


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234567, "1,234,567"), (0.5, "0.5"), (1 / 3, "0.333333"), (0.0, "0"), (1e-7, "1e-07"), (True, "True"),
        (10**20, "1e+20"), (10**400, "an integer of 1,329 bits"), (math.nan, "nan"), ("a\nb", "'a\\nb'"),
        ((1, 2.5), "(1, 2.5)"), (None, "None"), (..., "`...`"), (object(), "a value of type object"),
        (Raised("ValueError", "no"), "ValueError: no"), (Raised("ValueError", ""), "ValueError"),
    ],
)  # fmt: skip
def test_describe(value, text):
    assert describe(value) == text


def test_long_values_are_shortened():
    assert len(describe(tuple(range(1000)))) <= 60
    assert describe("x" * 1000).endswith("…")


@pytest.mark.parametrize("nest", [lambda items: items, lambda items: (items,), lambda items: {"a": items}, np.array])
def test_a_million_items_are_described_by_the_first_ones(nest):
    assert len(describe(nest((7,) * 1_000_000))) == 60


def test_what_is_not_shown_is_not_looked_at():
    looked = []

    class Item:
        @property
        def __class__(self):
            looked.append(1)
            return int

    describe([[Item() for _ in range(1000)] for _ in range(1000)])
    assert len(looked) < 1000


def test_a_long_text_is_described_by_its_beginning():
    assert describe("x" * 10**7) == "'" + "x" * 58 + "…"
