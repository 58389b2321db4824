"""The explorer's preview on the page is what Python calculates, and numbers are written as elsewhere."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from javascript_modules import Modules

from tinyml_course.convert.affine import covered_range, range_encoding
from tinyml_course.graph import Encoding
from tinyml_course.widgets.quantization_explorer import BITS, _magnify, _readings

SOURCE = Path(str(resources.files("tinyml_course.widgets"))) / "js" / "src"


@pytest.fixture(scope="module")
def page():
    with Modules(SOURCE / "quantization_explorer" / "codes.js", SOURCE / "common" / "numbers.js") as modules:
        yield modules


def cases():
    rng = np.random.default_rng(5)
    for bits in BITS:
        x = np.float32(rng.normal(0.1, 0.4, 200))
        x[:9] = np.float32([0, 0.5, -0.5, 1.5, 2.5, -2.5, 3, -4, 0.25])  # halves of the step 1 as well
        whole = range_encoding(float(x.min()), float(x.max()), bits)
        for encoding in (whole, Encoding(float(np.float32(whole.one_scale / 3)), 1), Encoding(1.0), Encoding(0.5, -40)):
            yield x, encoding, bits


def test_the_preview_is_what_python_measures(page):
    for x, encoding, bits in cases():
        state = json.dumps({"scale": encoding.one_scale, "zero_point": encoding.zero_point, "bits": bits})
        expected = _readings(x, encoding, bits)
        found = page.get(f"codes.measure({json.dumps(x.astype(float).tolist())}, {state})")
        assert found == {name: pytest.approx(expected[name], rel=1e-9, abs=1e-30) for name in found}
        assert set(expected) - set(found) == {"scale", "zero_point", "bits"}
        assert page.get(f"codes.rangeOf({state})") == list(covered_range(encoding, bits))
        for value in x[:20].astype(float).tolist():
            assert page.get(f"codes.magnify({value!r}, {state})") == _magnify(value, encoding, bits)


def test_a_dragged_range_gives_pythons_encoding(page):
    rng = np.random.default_rng(6)
    for bits in BITS:
        for low, high in np.sort(rng.normal(size=(20, 2)), axis=1).tolist():
            found = page.get(f"codes.encodingOf({low!r}, {high!r}, {{bits: {bits}, symmetric: false}})")
            expected = range_encoding(low, high, bits, with_zero=False)
            assert found["scale"] == expected.one_scale
            # An exact half is rounded up on the page, to the even integer in Python.
            assert abs(found["zero_point"] - expected.zero_point) <= ((-low / expected.one_scale) % 1 == 0.5)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.0073651, "0.00737"), (-1.25, "−1.25"), (12345.6, "12346"), (4.12e-5, "4.1 · 10⁻⁵"),
     (-2e9, "−2.0 · 10⁹"), (0.1, "0.100"), (99.96, "100.0")],
)  # fmt: skip
def test_numbers(page, value, text):
    assert page.get(f"numbers.number({value!r})") == text


def test_whole_numbers(page):
    assert page.get("[1234567, -1234, 999, 0, 65536].map(numbers.whole)") == [
        "1,234,567", "−1,234", "999", "0", "65,536",
    ]  # fmt: skip
