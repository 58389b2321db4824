"""Drag a scale and a zero point over real values and see at once what rounding and clipping cost."""

from __future__ import annotations

import base64
import math
from typing import Any

import numpy as np
import numpy.typing as npt
import traitlets

from tinyml_course.convert.affine import (
    channel_encoding,
    code_limits,
    covered_range,
    measure_error,
    range_encoding,
    symmetric_encoding,
    to_codes,
    to_reals,
)
from tinyml_course.convert.affine_search import best_encoding, fitted_encoding
from tinyml_course.errors import InputError
from tinyml_course.graph import Array, Encoding
from tinyml_course.widgets.base import Piece, Still, esm
from tinyml_course.widgets.quantization_still import draw_still
from tinyml_course.widgets.trained_layer import digits_layer

#: Bits of one code that the page offers.
BITS = (2, 3, 4, 5, 6, 7, 8, 16)
#: The button that holds the middle of the values holds so many percent.
PERCENT = 99.0
#: Sorted values that go to the page, at most, so that a drag shows its effect before Python answers.
PAGE_SAMPLE = 4096
_BINS = 96
_ROOM = 1.3


class QuantizationExplorer(Piece):
    """A histogram of real values with the codes of a quantization above it.

    The range is dragged with the mouse, by touch, or with the arrow keys; every change shows the errors. What is
    shown at rest was calculated in Python by :mod:`tinyml_course.convert.affine`.

    Parameters
    ----------
    values : array_like, optional
        Real weights or activations. By default the weights of a trained layer,
        :func:`tinyml_course.widgets.digits_layer`. A matrix is also compared channel by channel.
    bits : int, default 8
        Of one code: 2 to 8, or 16.
    symmetric : bool, default False
        Keep the zero point at 0.
    axis : int, default 0
        The axis of a matrix's channels.

    Attributes
    ----------
    scale : float
        Can be set; a float32.
    zero_point : int
        Can be set; another one than 0 ends `symmetric`.
    bits : int
        Can be set; the range stays.
    symmetric : bool
        Can be set.
    value : float
        The one value under the magnifier; can be set.
    error : dict
        ``mean``, ``largest``, ``rounding``, ``clipping`` (mean squared errors), ``snr_db`` (None if infinite),
        ``clipped``, ``count``, ``codes_used``, ``codes``, ``zero_error``, and for which ``scale``,
        ``zero_point`` and ``bits`` they hold. Read it.
    magnified : dict
        `value` on its way to a code and back, step by step. Read it.
    channels : dict
        One scale for all channels against a scale for each, both symmetric. Empty unless a matrix was given.

    Raises
    ------
    InputError
        For values that are no finite numbers, or bits, a scale or a zero point that cannot be.
    """

    _esm = esm("quantization_explorer")
    scale = traitlets.Float(1.0).tag(sync=True)
    zero_point = traitlets.Int(0).tag(sync=True)
    bits = traitlets.Int(8).tag(sync=True)
    symmetric = traitlets.Bool(False).tag(sync=True)
    value = traitlets.Float(0.0).tag(sync=True)
    error = traitlets.Dict().tag(sync=True)
    magnified = traitlets.Dict().tag(sync=True)
    channels = traitlets.Dict().tag(sync=True)
    histogram = traitlets.Dict().tag(sync=True)
    page_sample = traitlets.Unicode().tag(sync=True)
    choices = traitlets.List(list(BITS)).tag(sync=True)
    percent = traitlets.Float(PERCENT).tag(sync=True)
    what = traitlets.Unicode("values").tag(sync=True)

    def __init__(
        self, values: npt.ArrayLike | None = None, bits: int = 8, symmetric: bool = False, *, axis: int = 0
    ) -> None:
        self._values = _finite(digits_layer().weights if values is None else values)
        self._axis = axis
        self._started = False
        super().__init__(bits=bits, symmetric=symmetric)
        self.what = "weights of a layer for digits" if values is None else "values"
        self.histogram = _histogram(self._values)
        ordered = np.sort(self._values, axis=None)
        shown = np.linspace(0, ordered.size - 1, min(PAGE_SAMPLE, ordered.size)).astype(int)
        self.page_sample = base64.b64encode(ordered[shown].astype("<f4").tobytes()).decode("ascii")
        self._started = True
        self.min_max()
        self.value = float(ordered[round(0.8 * (ordered.size - 1))])
        self.on_msg(self._asked)

    @property
    def encoding(self) -> Encoding:
        """Scale and zero point as the library's encoding."""
        return Encoding(self.scale, self.zero_point)

    @property
    def range(self) -> tuple[float, float]:
        """Real values of the lowest and the highest code."""
        return covered_range(self.encoding, self.bits)

    def set_range(self, low: float, high: float) -> None:
        """Spread the codes over a range; it may leave zero out, and moves until its zero point is an integer."""
        if not low < high:
            raise InputError(f"Expected a range, the lower end first, got {low} to {high}.")
        if self.symmetric:
            self._use(symmetric_encoding(max(abs(low), abs(high)), self.bits))
        else:
            self._use(range_encoding(low, high, self.bits, with_zero=False))

    def min_max(self) -> None:
        """Cover everything from the minimum to the maximum, and zero."""
        self._use(fitted_encoding(self._values, self.bits, symmetric=self.symmetric))

    def percentile(self, percent: float = PERCENT) -> None:
        """Cover the middle of the values, so many percent, and zero."""
        self._use(fitted_encoding(self._values, self.bits, symmetric=self.symmetric, percent=percent))

    def best(self) -> None:
        """Search for the range with the smallest mean squared error."""
        self._use(best_encoding(self._values, self.bits, symmetric=self.symmetric))

    def still(self) -> Still:
        """Return the histogram with the range as it is now, and a table of the ways to choose it."""
        return draw_still(self._values, self.what, self.histogram, self.encoding, self.bits)

    def _use(self, encoding: Encoding) -> None:
        with self.hold_sync(), self.hold_trait_notifications():
            self.scale, self.zero_point = encoding.one_scale, encoding.zero_point

    def _asked(self, _: object, content: dict[str, Any], __: object) -> None:
        actions = {"min_max": self.min_max, "percentile": self.percentile, "best": self.best}
        if content.get("do") in actions:
            actions[content["do"]]()

    @traitlets.validate("scale")
    def _check_scale(self, proposal: Any) -> float:
        scale = float(np.float32(proposal["value"]))
        if not (math.isfinite(scale) and scale > 0):
            raise InputError(f"Expected a scale that is a finite number above zero, got {proposal['value']!r}.")
        return scale

    @traitlets.validate("bits")
    def _check_bits(self, proposal: Any) -> int:
        if proposal["value"] not in BITS:
            raise InputError(f"Expected bits to be one of {', '.join(map(str, BITS))}, got {proposal['value']}.")
        return int(proposal["value"])

    @traitlets.validate("value")
    def _check_value(self, proposal: Any) -> float:
        if not math.isfinite(proposal["value"]):
            raise InputError(f"Expected a finite value, got {proposal['value']!r}.")
        return float(proposal["value"])

    @traitlets.observe("bits")
    def _keep_the_range(self, change: Any) -> None:
        if self._started:
            low, high = covered_range(self.encoding, change["old"])
            # A symmetric range has one code more below zero; its upper end tells the scale.
            self.set_range(-high if self.symmetric else low, high)

    @traitlets.observe("symmetric")
    def _mirror(self, _: Any) -> None:
        if self._started and self.symmetric and self.zero_point:
            low, high = self.range
            self._use(symmetric_encoding(max(-low, high), self.bits))

    @traitlets.observe("zero_point")
    def _end_symmetry(self, _: Any) -> None:
        self.symmetric = self.symmetric and not self.zero_point

    @traitlets.observe("scale", "zero_point", "bits")
    def _measure(self, _: Any) -> None:
        if not self._started:
            return
        with self.hold_sync():
            self.error = _readings(self._values, self.encoding, self.bits)
            self._magnify()
            if self._values.ndim == 2:
                self.channels = _compare_channels(self._values, self.bits, self._axis)

    @traitlets.observe("value")
    def _magnify(self, _: Any = None) -> None:
        if self._started:
            self.magnified = _magnify(self.value, self.encoding, self.bits)


def _finite(values: npt.ArrayLike) -> npt.NDArray[np.float32]:
    numbers = np.asarray(values)
    if numbers.dtype.kind not in "iuf" or not numbers.size:
        raise InputError(f"Expected at least one real number, got {numbers.dtype} of shape {numbers.shape}.")
    if not np.isfinite(numbers.astype(np.float32)).all():
        raise InputError("Expected finite values, got some that are NaN or infinite.")
    return numbers.astype(np.float32)


def _histogram(values: Array) -> dict[str, Any]:
    """Bins over all values; and an axis that a symmetric range fits on, whatever its values, with room beside it."""
    low, high = float(values.min()), float(values.max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    counts, _ = np.histogram(values, _BINS, (low, high))
    end = _ROOM * max(-low, high)
    return {"low": low, "high": high, "start": -end, "end": end, "counts": counts.tolist(), "count": int(values.size)}


def _readings(values: Array, encoding: Encoding, bits: int) -> dict[str, Any]:
    found = measure_error(values, encoding, bits)
    return {
        "scale": encoding.one_scale,
        "zero_point": encoding.zero_point,
        "bits": bits,
        "mean": found.mean,
        "largest": found.largest,
        "rounding": found.rounding,
        "clipping": found.clipping,
        "snr_db": found.snr_db if math.isfinite(found.snr_db) else None,
        "clipped": found.clipped,
        "count": found.count,
        "codes_used": found.codes_used,
        "codes": found.codes,
        "zero_error": found.zero_error,
    }


def _magnify(value: float, encoding: Encoding, bits: int) -> dict[str, Any]:
    """One value's way to its code and back; every step is the library's."""
    real = np.array([value], np.float32)
    code = int(to_codes(real, encoding, bits)[0])
    back = float(to_reals([code], encoding)[0])
    quotient = float(real[0] / np.float32(encoding.one_scale))
    rounded = math.copysign(math.floor(abs(quotient) + 0.5), quotient)
    lowest, highest = code_limits(bits)
    return {
        "value": float(real[0]),
        "quotient": quotient,
        "rounded": int(rounded),
        "sum": int(rounded) + encoding.zero_point,
        "code": code,
        "lowest": lowest,
        "highest": highest,
        "back": back,
        "error": back - float(real[0]),
    }


def _compare_channels(values: Array, bits: int, axis: int) -> dict[str, Any]:
    """One symmetric scale for the whole matrix, and one for each channel."""
    encoding = channel_encoding(values, bits, axis)
    whole = symmetric_encoding(float(np.abs(values).max()), bits)
    rows = np.moveaxis(values, axis, 0).reshape(values.shape[axis], -1)
    single, each = (measure_error(values, e, bits) for e in (whole, encoding))
    return {
        "low": rows.min(axis=1).astype(float).tolist(),
        "high": rows.max(axis=1).astype(float).tolist(),
        "one_scale": whole.one_scale,
        "scales": list(encoding.scale) if isinstance(encoding.scale, tuple) else [],
        "snr_db": [e.snr_db if math.isfinite(e.snr_db) else None for e in (single, each)],
        "mean": [single.mean, each.mean],
    }
