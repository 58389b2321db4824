"""Compilers: a sketch in, a program for the board (or for this computer) out."""

from tinyml_course.toolchain.base import OPTIMIZATIONS, Toolchain
from tinyml_course.toolchain.build_result import Build
from tinyml_course.toolchain.discovery import NAMES, available, find
from tinyml_course.toolchain.host import HostCompiler, HostProgram, find_host

__all__ = [
    "NAMES",
    "OPTIMIZATIONS",
    "Build",
    "HostCompiler",
    "HostProgram",
    "Toolchain",
    "available",
    "find",
    "find_host",
]
