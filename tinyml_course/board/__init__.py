"""Boards: a built sketch in, its answers and what they cost out."""

from tinyml_course.board.client import Answer, BoardClient, BoardInfo, SelfTest
from tinyml_course.board.intel_hex import Image, parse
from tinyml_course.board.observed import Conversion, Mark, PinState
from tinyml_course.board.run import Run
from tinyml_course.board.simulate import simulate
from tinyml_course.board.simulator import UnoSimulator
from tinyml_course.board.transport import SimulatorTransport, Transport

__all__ = [
    "Answer",
    "BoardClient",
    "BoardInfo",
    "Conversion",
    "Image",
    "Mark",
    "PinState",
    "Run",
    "SelfTest",
    "SimulatorTransport",
    "Transport",
    "UnoSimulator",
    "parse",
    "simulate",
]
