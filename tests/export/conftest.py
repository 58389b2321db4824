"""What tests of exported networks share."""

from __future__ import annotations

import pytest

from tinyml_course.export import network
from tinyml_course.export.network_program import load_writers


@pytest.fixture
def plain_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write each operator as a step of its own, with the kernels that take any shape."""
    load_writers()
    monkeypatch.setattr(network, "_FUSERS", [])
