import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyml_course import units
from tinyml_course.boards import UNO
from tinyml_course.errors import InputError


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 B"),
        (1, "1 B"),
        (1024, "1 KiB"),
        (1888, "1,888 B"),
        (2048, "2 KiB"),
        (2049, "2,049 B"),
        (UNO.flash_bytes, "31.5 KiB"),
        (32 * 1024, "32 KiB"),
        (1024**2, "1 MiB"),
        (1024**2 - 1, "1 MiB"),
    ],
)
def test_memory_is_written_in_binary_units(value, text):
    assert units.format_bytes(value, "binary") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (999, "999 B"),
        (1000, "1 kB"),
        (999_999, "1 MB"),
        (314_000, "314 kB"),
        (349.2e9, "349 GB"),
        (698.4e9, "698 GB"),
        (1.62e12, "1.62 TB"),
        (43.2e9, "43.2 GB"),
    ],
)
def test_big_models_are_written_in_decimal_units(value, text):
    assert units.format_bytes(value, "decimal") == text


def test_the_two_systems_differ_where_they_should():
    assert units.format_bytes(2000, "decimal") == "2 kB"
    assert units.format_bytes(2000, "binary") == "2,000 B"


@pytest.mark.parametrize(("value", "system"), [(-1, "binary"), (math.nan, "decimal"), (math.inf, "decimal"), (1, "KB")])
def test_impossible_bytes_are_refused(value, system):
    with pytest.raises(InputError):
        units.format_bytes(value, system)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (174.6e9, "175 billion"),
        (1.542e9, "1.54 billion"),
        (22_604, "22,604"),
        (999_999_999, "1 billion"),
        (1e14, "100 trillion"),
        (1e15, "1 quadrillion"),
        (3.14e23, "3.14 × 10²³"),
        (0.05, "0.05"),
        (12, "12"),
    ],
)
def test_counts(value, text):
    assert units.format_count(value) == text


@pytest.mark.parametrize(
    ("joules", "unit", "text"),
    [
        (1.27e-3, None, "1.27 mJ"),
        (0.0333e-3, None, "33.3 µJ"),
        (0.0333e-3, "mJ", "0.0333 mJ"),
        (4.63e12, None, "4.63 TJ"),
        (0, None, "0 J"),
        (0.9999e-3, None, "1 mJ"),
    ],
)
def test_energy(joules, unit, text):
    assert units.format_energy(joules, unit) == text


@pytest.mark.parametrize(
    ("seconds", "unit", "text"),
    [
        (0.00217, None, "2.17 ms"),
        (0.00217, "s", "0.00217 s"),
        (90, None, "1.5 minutes"),
        (60, None, "1 minute"),
        (86_400, None, "1 day"),
        (1, None, "1 s"),
        (28 * 86_400, None, "28 days"),
        (2 * 365.25 * 86_400, None, "2 years"),
        (0, None, "0 s"),
    ],
)
def test_time(seconds, unit, text):
    assert units.format_time(seconds, unit) == text


def test_an_unknown_unit_is_named_with_the_known_ones():
    with pytest.raises(InputError, match=r"kWh.*mJ"):
        units.format_energy(1.0, "kWh")


def test_ratio_says_times_and_orders():
    assert units.format_ratio(350e9, 2048) == "170 million times (8.2 orders of magnitude)"


@pytest.mark.parametrize(("large", "small"), [(0, 1), (1, 0), (-1, 1), (math.inf, 1)])
def test_orders_need_positive_numbers(large, small):
    with pytest.raises(InputError):
        units.orders_of_magnitude(large, small)


@given(st.floats(min_value=1e-6, max_value=1e18), st.integers(min_value=1, max_value=6))
def test_written_digits_stay_within_half_a_unit_of_the_last_one(value, digits):
    written = float(units.format_digits(value, digits).replace(",", ""))
    exponent = math.floor(math.log10(units.round_significant(value, digits)))
    last_digit = 10.0 ** -max(0, digits - 1 - exponent)
    assert abs(written - value) <= last_digit * 0.5000001 + abs(value) * 1e-12


@given(st.floats(min_value=1e-9, max_value=1e9), st.floats(min_value=1e-9, max_value=1e9))
def test_orders_change_their_sign_when_turned_around(large, small):
    assert units.orders_of_magnitude(large, small) == -units.orders_of_magnitude(small, large)
