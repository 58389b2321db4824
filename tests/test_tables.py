import pytest

from tinyml_course.errors import InputError
from tinyml_course.tables import table


def test_markdown_sets_numbers_to_the_right():
    assert table(("name", "size"), [("a|b", 12)])._repr_markdown_() == "| name | size |\n| --- | --: |\n| a\\|b | 12 |"


def test_text_columns_can_stay_left():
    assert "| --- | --- |" in table(("a", "b"), [("x", "y")], numbers="left")._repr_markdown_()


def test_a_terminal_gets_aligned_columns():
    assert repr(table(("name", "size"), [("long name", 5), ("b", 12345)])) == (
        "name        size\nlong name      5\nb          12345"
    )
    assert repr(table(("a", "b"), [("x", "long"), ("y", "z")], numbers="left")) == "a  b\nx  long\ny  z"


def test_rows_must_fit_the_header():
    with pytest.raises(InputError, match="Expected 2 entries"):
        table(("a", "b"), [(1, 2), (1, 2, 3)])
