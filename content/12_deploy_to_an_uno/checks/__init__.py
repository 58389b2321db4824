"""Checks of lesson 12: talk to the board, and turn its figures into room, time, energy and days."""

from tinyml_course.grading.checks import Check

from .figures import BATTERY_DAYS, ROOM_LEFT, TIME_AND_ENERGY
from .talk import PARSE_REPLY, REQUEST

CHECKS: tuple[Check, ...] = (REQUEST, PARSE_REPLY, ROOM_LEFT, TIME_AND_ENERGY, BATTERY_DAYS)
