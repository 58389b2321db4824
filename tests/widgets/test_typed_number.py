import pytest

from tinyml_course.errors import InputError
from tinyml_course.widgets.typed_number import read_number


@pytest.mark.parametrize(
    ("text", "number"),
    [("5000", 5000), ("5,000", 5000), ("5_000", 5000), ("5 000", 5000), ("5e3", 5000), ("5 thousand", 5000),
     (" 5k ", 5000), ("1.5 million", 1.5e6), ("2 M", 2e6), ("0.25", 0.25), (".5", 0.5), ("3 BILLION", 3e9),
     ("1e-3", 0.001), ("10^7", 1e7), ("10**7", 1e7), ("3 x 10^8", 3e8), ("1.2·10^3", 1200), ("~400", 400),
     ("about 2 million", 2e6), ("1,234,567.5", 1234567.5)],
)  # fmt: skip
def test_numbers_are_read_as_people_type_them(text, number):
    assert read_number(text) == pytest.approx(number)


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [("5 Unos", "Unos", 5), ("1 uno", "Unos", 1), ("5 thousand Unos", "Unos", 5000), ("5k Unos", "Unos", 5000),
     ("12ms", "ms", 12), ("0.5 s", "ms", 500), ("300 µs", "ms", 0.3), ("2 minutes", "s", 120), ("2 KiB", "B", 2048),
     ("2 kB", "B", 2000), ("3 GB", "MB", 3000), ("1.5 mJ", "µJ", 1500), ("2 MJ", "J", 2e6), ("50x", "times", 50),
     ("50 times", "times", 50), ("7 hidden units", "hidden units", 7)],
)  # fmt: skip
def test_the_unit_may_follow_or_another_of_its_kind(text, unit, number):
    assert read_number(text, unit) == pytest.approx(number)


@pytest.mark.parametrize(
    "text", ["", "many", "-5", "0", "5 apples", "1e999", "1.2.3", "five", "1/2", "5 ms", "5 million apples", "9^999999"]
)
def test_what_is_no_positive_number_is_refused(text):
    with pytest.raises(InputError, match="positive number"):
        read_number(text)


def test_another_unit_and_an_ambiguous_kilobyte_are_refused():
    for text, unit in (("5 apples", "Unos"), ("2 KB", "B"), ("5 s", "B"), ("2 mj", "J")):
        with pytest.raises(InputError, match=f"positive number of {unit}"):
            read_number(text, unit)


def test_a_comma_for_a_point_is_not_read_as_thousands():
    with pytest.raises(InputError, match="A comma separates thousands"):
        read_number("5,5")
