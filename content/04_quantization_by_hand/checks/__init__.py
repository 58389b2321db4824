"""Checks of lesson 04: from a range to a scale, from real numbers to codes and back, and a layer in integers."""

from tinyml_course.grading.checks import Check

from .channels import CHANNEL_SCALES
from .dense_layer import DENSE_INT8
from .dequantize import DEQUANTIZE
from .quantize import QUANTIZE
from .ranges import SCALE_AND_ZERO_POINT

CHECKS: tuple[Check, ...] = (SCALE_AND_ZERO_POINT, QUANTIZE, DEQUANTIZE, CHANNEL_SCALES, DENSE_INT8)
