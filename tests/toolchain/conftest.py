from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tinyml_course.export.sketch import Sketch
from tinyml_course.toolchain import Toolchain, available

FOLDER = Path(__file__).parent / "sketch"

MakeSketch = Callable[..., Sketch]


@pytest.fixture(scope="session")
def make_sketch() -> MakeSketch:
    """Make the hand-written sketch `sums`, with other texts for the files named in `changes`."""

    def make(changes: dict[str, str] | None = None) -> Sketch:
        files = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
        return Sketch(
            name="sums",
            files={**files, **(changes or {})},
            input_dtype=np.dtype(np.uint8),
            output_dtype=np.dtype(np.int16),
            input_size=4,
            output_size=2,
            input_minimum=0,
            input_maximum=255,
            labels=(0, 1),
            model_bytes=8,
        )

    return make


@pytest.fixture(scope="session")
def edit(make_sketch: MakeSketch) -> Callable[[Toolchain, str, str], Sketch]:
    """Replace a text in the file that the given compiler starts from."""

    def change(compiler: Toolchain, old: str, new: str) -> Sketch:
        file = "sums.ino" if compiler.arduino_core else "sums_main.c"
        text = make_sketch().files[file]
        assert old in text
        return make_sketch({file: text.replace(old, new)})

    return change


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("TINYML_CACHE_DIR", str(folder))
    return folder


@pytest.fixture(scope="session")
def quick_toolchain() -> Toolchain:
    """A compiler without the Arduino core where there is one: it has less to compile."""
    return sorted(available(), key=lambda one: one.arduino_core is not None)[0]
