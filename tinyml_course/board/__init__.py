"""Boards: a built sketch in, its answers and what they cost out."""

from tinyml_course.board.answers import Answer, BoardInfo, LiveWindow, SelfTest
from tinyml_course.board.client import BoardClient
from tinyml_course.board.intel_hex import Image, parse
from tinyml_course.board.observed import Conversion, Mark, PinState
from tinyml_course.board.ports import SerialPort, find_ports
from tinyml_course.board.run import Run
from tinyml_course.board.serial_line import SerialTransport
from tinyml_course.board.simulate import simulate
from tinyml_course.board.simulator import UnoSimulator
from tinyml_course.board.transport import SimulatorTransport, Transport
from tinyml_course.board.upload import upload
from tinyml_course.board.upload_report import UploadReport

__all__ = [
    "Answer",
    "BoardClient",
    "BoardInfo",
    "Conversion",
    "Image",
    "LiveWindow",
    "Mark",
    "PinState",
    "Run",
    "SelfTest",
    "SerialPort",
    "SerialTransport",
    "SimulatorTransport",
    "Transport",
    "UnoSimulator",
    "UploadReport",
    "find_ports",
    "parse",
    "simulate",
    "upload",
]
