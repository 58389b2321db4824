"""Checks of lesson 01: parameters, bytes and ratios from a configuration."""

from tinyml_course.grading.checks import Check

from .memory import FITS_AN_UNO, MODEL_BYTES
from .parameters import DENSE_PARAMETERS, GPT_PARAMETERS
from .ratios import ORDERS_OF_MAGNITUDE

CHECKS: tuple[Check, ...] = (DENSE_PARAMETERS, MODEL_BYTES, GPT_PARAMETERS, ORDERS_OF_MAGNITUDE, FITS_AN_UNO)
