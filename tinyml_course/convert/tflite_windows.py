"""Windows that slide over an image: strides, dilations, padding, and how much work they are."""

from __future__ import annotations

from tinyml_course.convert.tflite_builder import Builder
from tinyml_course.convert.tflite_file import MOST_VALUES, FileOperator
from tinyml_course.errors import ConversionError
from tinyml_course.graph import Attribute

#: Multiplications of one operator; an Uno would take hours. A damaged file must not keep a computer busy.
MOST_WORK = 1 << 31
#: Places that a window may reach over, dilation included.
MOST_REACH = 4096


def convolution_padding(size: int, window: int, stride: int, dilation: int, same: bool) -> tuple[int, int, int]:
    """Output size and padding before and after, along one axis (``ComputePaddingWithOffset``).

    The larger half of an odd padding goes behind.
    """
    reach = (window - 1) * dilation + 1
    out = -(-size // stride) if same else -(-(size - reach + 1) // stride)
    total = max((out - 1) * stride + reach - size, 0) if same else 0
    return out, total // 2, total - total // 2


def refuse_work(operator: FileOperator, work: int) -> None:
    """Refuse an operator that takes more multiplications than any microcontroller has time for."""
    if work > MOST_WORK:
        raise ConversionError(f"{operator}: {work:,} multiplications are too many for any microcontroller.")


def window_attributes(
    builder: Builder, operator: FileOperator, x: str, output: str, window: tuple[int, int]
) -> dict[str, Attribute]:
    """Strides, dilations and padding of a window that slides; checks the output's height and width.

    Raises
    ------
    ConversionError
        For a window that does not give the output's size, or reaches too far.
    """
    options = operator.options
    strides = int(options["stride_h"]), int(options["stride_w"])
    dilations = int(options.get("dilation_h", 1)), int(options.get("dilation_w", 1))
    (height, width, depth), out = builder.tensors[x].shape, builder.tensors[output].shape[:2]
    reach = max((k - 1) * d + 1 for k, d in zip(window, dilations, strict=True))
    if min(strides + dilations + window) < 1 or max(*strides, reach) > MOST_REACH:
        raise ConversionError(
            f"{operator}: expected strides, dilations and windows from 1 to {MOST_REACH}, got strides {strides}, "
            f"dilations {dilations}, window {window}."
        )
    if options["padding"] not in (0, 1):
        raise ConversionError(f"{operator}: expected padding SAME or VALID, got number {options['padding']}.")
    axes = [
        convolution_padding(n, k, s, d, options["padding"] == 0)
        for n, k, s, d in zip((height, width), window, strides, dilations, strict=True)
    ]
    if tuple(axis[0] for axis in axes) != out:
        raise ConversionError(f"{operator}: the window gives {axes[0][0]} x {axes[1][0]}, its output has {out}.")
    (_, top, bottom), (_, left, right) = axes
    if (height + top + bottom) * (width + left + right) * depth > 4 * MOST_VALUES:
        raise ConversionError(f"{operator}: the padding of its window {window} is far larger than its image.")
    return {"strides": strides, "dilations": dilations, "padding": (top, bottom, left, right)}
