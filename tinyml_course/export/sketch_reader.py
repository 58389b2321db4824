"""A sketch read back from its folder.

What is needed to compile it, run it and measure it stands in its own C: types, sizes and the input range as
constants that the program itself uses, labels in the comment beside them. Nothing else is kept in the folder.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np

from tinyml_course.errors import InputError
from tinyml_course.export.arduino import empty_body
from tinyml_course.export.c_text import c_integer
from tinyml_course.export.sensing import empty_sensing_body
from tinyml_course.export.sketch import Sketch

_DTYPES = {c_integer(np.dtype(name)): np.dtype(name) for name in "int8 uint8 int16 uint16 int32 uint32 float32".split()}
_SUFFIXES = (".ino", ".h", ".c", ".cpp", ".S")
_MODEL = "_model.h"


def read_sketch(folder: str | os.PathLike[str]) -> Sketch:
    """Read a sketch that :meth:`Sketch.write` wrote, all of its sources as they are now.

    Parameters
    ----------
    folder : path-like
        The sketch's own folder, which holds ``NAME.ino``; it may have been moved or renamed.

    Returns
    -------
    Sketch
        Its files may have been edited: what is compiled is what is there. Labels that cannot be told apart in
        the header's comment are their indices.

    Raises
    ------
    InputError
        If the folder cannot be read, holds no such sketch, or its constants contradict each other.
    """
    place = Path(folder)
    try:
        paths = sorted(path for path in place.iterdir() if path.suffix in _SUFFIXES)
        files = {path.name: path.read_text(encoding="utf-8") for path in paths}
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Cannot read the sketch {place}: {getattr(error, 'strerror', None) or error}.") from error
    names = [name.removesuffix(_MODEL) for name in files if name.endswith(_MODEL)]
    names = [name for name in names if f"{name}_main.c" in files]  # a sketch that listens has a model in its model
    if len(names) != 1 or f"{names[0]}_protocol.h" not in files:
        found = ", ".join(files) or "no sources"
        raise InputError(
            f"{place} is no sketch of tinyml export: expected NAME.ino, NAME_main.c, NAME_model.h and "
            f"NAME_protocol.h, found {found}. Give the folder that holds NAME.ino."
        )
    return _Source(place, names[0], files).sketch()


class _Source:
    """The text of a sketch's two headers, and what stands in it."""

    def __init__(self, place: Path, name: str, files: dict[str, str]) -> None:
        self.place, self.name, self.files = place, name, files
        self.model, self.protocol = files[f"{name}_model.h"], files[f"{name}_protocol.h"]
        self.sensing = files.get(f"{name}_sensing.h", "")

    def sketch(self) -> Sketch:
        """Put everything together."""
        dtype, outputs = self._dtype("input"), self._integer("OUTPUT_SIZE")
        minimum, maximum = self._range(dtype)
        return Sketch(
            name=self.name,
            files=self.files,
            input_dtype=dtype,
            output_dtype=self._dtype("output"),
            input_size=self._integer("INPUT_SIZE"),
            output_size=outputs,
            input_minimum=minimum,
            input_maximum=maximum,
            labels=self._labels(outputs),
            model_bytes=self._integer("MODEL_BYTES"),
            empty_model=self._without_model(),
            analog_pins=(self._integer("ANALOG_PIN", self.sensing),) if self.sensing else (),
            sampling_hz=self._integer("SAMPLE_RATE_HZ", self.sensing) if self.sensing else 0,
        )

    def _find(self, pattern: str, text: str, what: str) -> re.Match[str]:
        found = re.search(pattern, text, re.MULTILINE)
        if found is None:
            raise InputError(f"{self.place}: the sketch's headers say nothing about its {what}. Export it again.")
        return found

    def _integer(self, key: str, text: str = "") -> int:
        return int(self._find(rf"^#define {self.name}_{key} +(\d+)\b", text or self.model, key)[1])

    def _dtype(self, role: str) -> np.dtype:
        c_type = self._find(rf"^typedef (\w+) {self.name}_{role}_t;", self.model, f"{role} type")[1]
        if c_type not in _DTYPES:
            raise InputError(f"{self.place}: unknown {role} type {c_type}. Known: {', '.join(_DTYPES)}.")
        return _DTYPES[c_type]

    def _range(self, dtype: np.dtype) -> tuple[float, float]:
        """The range that the sketch itself checks samples against."""
        if dtype.kind != "f":
            found = self._find(rf'^#define {self.name}_RANGE_TEXT " (-?\d+) (-?\d+)"', self.protocol, "input range")
            return int(found[1]), int(found[2])
        number = r"(-?[\d.]+(?:e[-+]?\d+)?)f"
        found = self._find(rf"x\[j\] >= {number} && x\[j\] <= {number}", self.protocol, "input range")
        # Nine digits name one float32 exactly.
        return float(np.float32(found[1])), float(np.float32(found[2]))

    def _labels(self, outputs: int) -> tuple[object, ...]:
        found = re.search(
            rf"^typedef \w+ {self.name}_output_t; /\* scores, one for each class: (.*) \*/$", self.model, re.MULTILINE
        )
        texts = found[1].split(", ") if found else []
        if len(texts) != outputs or texts[-1].startswith("..."):  # a label has a comma, or there are too many
            return tuple(range(outputs))
        integers = all(re.fullmatch(r"-?\d+", text) for text in texts)
        return tuple(map(int, texts)) if integers else tuple(texts)

    def _without_model(self) -> str:
        """The header up to its constants, then functions that do nothing."""
        end = self._find(rf"^#define {self.name}_MODEL_BYTES .*\n", self.model, "interface").end()
        body = empty_sensing_body if self.sensing else empty_body
        return f"{self.model[:end]}\n{body(self.name, self._integer('OUTPUT_SIZE'))}\n#endif\n"
