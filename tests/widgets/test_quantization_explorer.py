"""The explorer's numbers are the library's, whoever sets the scale."""

import base64
import math

import numpy as np
import pytest

from tinyml_course.convert.affine import channel_encoding, measure_error, symmetric_encoding
from tinyml_course.convert.affine_search import best_encoding, fitted_encoding
from tinyml_course.errors import InputError
from tinyml_course.pictures.svg import with_images
from tinyml_course.widgets import QuantizationExplorer, digits_layer


@pytest.fixture
def explorer():
    return QuantizationExplorer()


def shown_error(explorer, values):
    """What the page shows must be this."""
    found = measure_error(values, explorer.encoding, explorer.bits)
    return {
        "mean": found.mean, "largest": found.largest, "rounding": found.rounding, "clipping": found.clipping,
        "snr_db": found.snr_db, "clipped": found.clipped, "count": found.count, "codes_used": found.codes_used,
        "codes": found.codes, "zero_error": found.zero_error, "scale": explorer.scale,
        "zero_point": explorer.zero_point, "bits": explorer.bits,
    }  # fmt: skip


def test_it_starts_from_minimum_to_maximum_of_a_real_layer(explorer):
    weights = digits_layer().weights
    assert weights.shape == (32, 64)
    assert explorer.encoding == fitted_encoding(weights, 8)
    assert explorer.error == shown_error(explorer, weights)
    assert explorer.error["count"] == sum(explorer.histogram["counts"]) == 2048
    assert explorer.error["clipped"] == 0
    assert explorer.error["zero_error"] == 0


def test_the_layer_that_ships_is_a_layer_that_reads_digits(digits):
    seen = digits_layer().activations(digits.x_test)
    assert seen.shape == (540, 32)
    assert seen.min() == 0 and seen.dtype == np.float32
    by_hand = digits_layer().weights[5] @ (digits.x_test[7] / 16) + digits_layer().bias[5]
    assert seen[7, 5] == pytest.approx(max(0, by_hand), rel=1e-5)


def test_scale_and_zero_point_can_be_set(explorer):
    explorer.scale = 0.001
    explorer.zero_point = 20
    assert explorer.scale == float(np.float32(0.001))
    assert explorer.error == shown_error(explorer, digits_layer().weights)
    assert explorer.error["clipped"] > 1000
    assert explorer.error["clipping"] > 100 * explorer.error["rounding"]


def test_zero_can_be_lost(explorer):
    explorer.set_range(0.2, 0.9)
    assert explorer.zero_point < -128
    assert explorer.error["zero_error"] == pytest.approx(0.2, abs=explorer.scale)


@pytest.mark.parametrize("bits", [2, 3, 4, 5, 6, 7, 8, 16])
def test_other_bits_keep_the_range(bits):
    explorer = QuantizationExplorer()
    low, high = explorer.range
    explorer.bits = bits
    assert explorer.error == shown_error(explorer, digits_layer().weights)
    assert explorer.error["codes"] == 2**bits
    assert explorer.range == pytest.approx((low, high), abs=explorer.scale)


def test_symmetric_mirrors_the_range_and_another_zero_point_ends_it(explorer):
    explorer.symmetric = True
    assert explorer.zero_point == 0
    assert explorer.range[1] == pytest.approx(0.979, abs=0.001)
    explorer.bits = 4
    assert (explorer.zero_point, explorer.symmetric) == (0, True)
    assert explorer.range[1] == pytest.approx(0.979, abs=0.001)
    explorer.set_range(-0.5, 0.3)
    assert explorer.encoding == symmetric_encoding(0.5, 4)
    explorer.zero_point = 1
    assert not explorer.symmetric


def test_the_ways_to_choose_a_range_are_the_librarys(explorer):
    weights = digits_layer().weights
    explorer.bits = 4
    explorer.percentile(95)
    assert explorer.encoding == fitted_encoding(weights, 4, percent=95)
    explorer.best()
    assert explorer.encoding == best_encoding(weights, 4)
    best = explorer.error["snr_db"]
    explorer.min_max()
    assert explorer.encoding == fitted_encoding(weights, 4)
    assert explorer.error["snr_db"] < best
    explorer.symmetric = True
    explorer.best()
    assert explorer.encoding == best_encoding(weights, 4, symmetric=True)


def test_a_buttons_message_does_what_the_method_does(explorer):
    explorer.bits = 3
    explorer._asked(explorer, {"do": "best"}, [])
    assert explorer.encoding == best_encoding(digits_layer().weights, 3)
    explorer._asked(explorer, {"do": "set_trait"}, [])
    assert explorer.encoding == best_encoding(digits_layer().weights, 3)


def test_the_magnifier_goes_step_by_step():
    explorer = QuantizationExplorer([-1.0, 0.0, 1.0], bits=4)
    explorer.scale, explorer.zero_point, explorer.value = 0.25, 2, 0.625
    # 0.625 / 0.25 = 2.5, away from zero to 3; + 2 = 5; back 0.25 * (5 - 2) = 0.75
    assert explorer.magnified == {
        "value": 0.625, "quotient": 2.5, "rounded": 3, "sum": 5, "code": 5, "lowest": -8, "highest": 7,
        "back": 0.75, "error": 0.125,
    }  # fmt: skip
    explorer.value = -9.0
    assert (explorer.magnified["sum"], explorer.magnified["code"], explorer.magnified["back"]) == (-34, -8, -2.5)


def test_channels_of_a_matrix_are_compared(explorer):
    weights = digits_layer().weights
    whole, each = (
        measure_error(weights, encoding)
        for encoding in (symmetric_encoding(float(np.abs(weights).max())), channel_encoding(weights))
    )
    assert explorer.channels["snr_db"] == [whole.snr_db, each.snr_db]
    assert each.snr_db > whole.snr_db
    assert len(explorer.channels["scales"]) == len(explorer.channels["low"]) == 32
    other = QuantizationExplorer(weights.T, axis=1)
    assert other.channels["scales"] == explorer.channels["scales"]
    assert QuantizationExplorer(weights[0]).channels == {}


def test_values_without_noise_and_without_spread():
    explorer = QuantizationExplorer(np.zeros(5))
    assert explorer.error["snr_db"] is None
    assert explorer.scale > 0
    constant = QuantizationExplorer([3.0, 3.0])
    assert constant.histogram["low"] < 3 < constant.histogram["high"]
    assert math.isfinite(constant.error["mean"])


def test_a_relu_wastes_half_of_the_codes_when_the_range_is_symmetric(digits):
    values = digits_layer().activations(digits.x_test)
    explorer = QuantizationExplorer(values, symmetric=True)
    assert explorer.error["codes_used"] <= 128
    explorer.symmetric = False
    explorer.min_max()
    assert explorer.error["codes_used"] > 200
    assert explorer.zero_point == -128


def test_the_page_gets_a_bounded_sample_with_both_ends():
    values = np.linspace(-2, 5, 100_000)
    sample = np.frombuffer(base64.b64decode(QuantizationExplorer(values).page_sample), "<f4")
    assert len(sample) == 4096
    assert (sample[0], sample[-1]) == (-2, 5)
    assert (np.diff(sample) >= 0).all()


@pytest.mark.parametrize("values", [[], ["a"], [1.0, math.nan], [math.inf], np.zeros((0, 3))])
def test_what_are_no_numbers_is_refused(values):
    with pytest.raises(InputError, match="Expected"):
        QuantizationExplorer(values)


def test_what_cannot_be_is_refused(explorer):
    for name, value in [("scale", 0.0), ("scale", -1.0), ("scale", math.nan), ("bits", 9), ("value", math.inf)]:
        with pytest.raises(InputError, match="Expected"):
            setattr(explorer, name, value)
    with pytest.raises(InputError, match="lower end first"):
        explorer.set_range(1.0, 1.0)
    with pytest.raises(InputError, match="one of 2, 3"):
        QuantizationExplorer(bits=32)
    assert explorer.encoding == fitted_encoding(digits_layer().weights, 8)


def test_its_static_face_carries_the_idea(explorer):
    explorer.bits = 4
    bundle = explorer._repr_mimebundle_()[0]
    assert "application/vnd.jupyter.widget-view+json" in bundle
    html, text = explorer.still().html, bundle["text/plain"]
    assert '<svg xmlns="http://www.w3.org/2000/svg" role="img"' in html and "<desc>" in html
    assert bundle["text/html"] == with_images(html)
    for words in ("minimum to maximum", "symmetric", "the middle 99 %", "smallest squared error"):
        assert words in html and words in text
    assert f"SNR {explorer.error['snr_db']:.1f} dB" in text
    assert "Run this cell to drag" in html


def test_nothing_of_the_static_face_is_taken_for_html():
    explorer = QuantizationExplorer([1.0, 2.0])
    explorer.what = "<b>values</b>"
    assert "<b>" not in explorer.still().html
