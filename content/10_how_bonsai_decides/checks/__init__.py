"""Checks of lesson 10: a Bonsai from the pixels to the class, against the library's exact reference."""

from tinyml_course.grading.checks import Check

from .branch import NEXT_NODE
from .classifier import CLASSIFY
from .node import NODE_SCORES
from .node_in_c import NODE_IN_C
from .path import PATH
from .projection import PROJECT

CHECKS: tuple[Check, ...] = (PROJECT, NEXT_NODE, NODE_SCORES, PATH, CLASSIFY, NODE_IN_C)
