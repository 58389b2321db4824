"""What all tests share: a fresh cache of compiled programs, the compilers, and common models."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile

import pytest
from left_out import (  # noqa: F401  hooks of pytest
    pytest_collection_modifyitems,
    pytest_runtest_makereport,
    pytest_terminal_summary,
    pytest_testnodedown,
)
from random_models import trained_bonsai

from tinyml_course import Bonsai, Dataset, Graph, load_digits, quantize, toolchain
from tinyml_course.errors import ToolchainNotFoundError
from tinyml_course.toolchain.discovery import look

_CACHE = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """Give the whole run, all its worker processes included, one empty cache of compiled programs."""
    # Fits on small data are slower with many threads, and the tests run side by side already.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    # A shell's background job ignores Ctrl-C, and all it starts would too: the programs that tests interrupt.
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(config, "workerinput"):  # a worker of pytest-xdist: it inherits the variable
        return
    config.stash[_CACHE] = tempfile.mkdtemp(prefix="tinyml-test-cache-")
    os.environ["TINYML_CACHE_DIR"] = config.stash[_CACHE]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove that cache."""
    if _CACHE in config.stash:
        shutil.rmtree(config.stash[_CACHE], ignore_errors=True)


def _toolchain(name: str) -> toolchain.Toolchain:
    finding = look(name)
    if finding.toolchain is None:
        pytest.skip(f"needs the toolchain {name}: {finding.problem}")
    return finding.toolchain


@pytest.fixture(scope="session", params=toolchain.NAMES)
def each_toolchain(request: pytest.FixtureRequest) -> toolchain.Toolchain:
    """Every way to compile for the board, one after the other; those not installed are left out."""
    return _toolchain(request.param)


@pytest.fixture(scope="session")
def any_toolchain() -> toolchain.Toolchain:
    """The compiler that the course would use here."""
    return toolchain.find()


@pytest.fixture(scope="session")
def quick_toolchain() -> toolchain.Toolchain:
    """For tests of arithmetic: without the Arduino core where that is possible, which takes half the time."""
    return next((found for found in toolchain.available() if found.arduino_core is None), None) or toolchain.find()


@pytest.fixture(scope="session")
def core_toolchain() -> toolchain.Toolchain:
    """A compiler with the Arduino core."""
    return _toolchain("avr-gcc+core")


@pytest.fixture(scope="session")
def host_compiler() -> toolchain.HostCompiler:
    """The C compiler of this computer."""
    try:
        return toolchain.find_host()
    except ToolchainNotFoundError:
        pytest.skip("needs a C compiler for this computer: apt-get install gcc libc6-dev")


@pytest.fixture(scope="session")
def sanitizers(host_compiler: toolchain.HostCompiler) -> None:
    """Leave a test out where the C compiler cannot check for undefined behaviour."""
    if not host_compiler.has_sanitizers:
        pytest.skip(f"needs a C compiler with sanitizers; {host_compiler.description} has none")


@pytest.fixture(scope="session")
def digits() -> Dataset:
    """The fixed split of the digits."""
    return load_digits()


@pytest.fixture(scope="session")
def digits_bonsai() -> Bonsai:
    """A Bonsai of at most 2,048 bytes, trained on the digits."""
    return trained_bonsai()


@pytest.fixture(scope="session")
def digits_graph(digits_bonsai: Bonsai, digits: Dataset) -> Graph:
    """That Bonsai in integers."""
    return quantize(digits_bonsai, digits.x_train)
