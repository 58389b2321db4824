"""A sketch: the text of every file that a board's program is compiled from."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tinyml_course.errors import ExportError


@dataclass(frozen=True)
class Sketch:
    """A program in memory; nothing is on disk until :meth:`write`.

    Parameters
    ----------
    name : str
        A C identifier; the folder, the files and the C names carry it.
    files : mapping of str to str
        File name to text: ``NAME.ino``, ``NAME_main.c`` and ``NAME_model.h``.
    input_dtype, output_dtype : numpy.dtype
        Of ``NAME_input_t`` and ``NAME_output_t``.
    input_size, output_size : int
        Values per sample and per answer.
    input_minimum, input_maximum : int or float
        The input contract's range, both ends allowed.
    labels : tuple
        What each class index means.
    model_bytes : int
        Every stored parameter.
    board : str
        Short name of the board it is made for.
    empty_model : str
        Text of a ``NAME_model.h`` with the same interface and no model in it. What a program
        with it costs is taken off when a model's own flash and SRAM are measured.
    analog_pins : tuple of int, default ()
        Analog inputs that the program samples by itself: 0 is A0.
    sampling_hz : int, default 0
        Samples that it takes in a second of each of them; 0 if it samples none.
    """

    name: str
    files: Mapping[str, str] = field(repr=False)
    input_dtype: np.dtype
    output_dtype: np.dtype
    input_size: int
    output_size: int
    input_minimum: float
    input_maximum: float
    labels: tuple[object, ...] = ()
    model_bytes: int = 0
    board: str = "uno"
    empty_model: str = field(default="", repr=False)
    analog_pins: tuple[int, ...] = ()
    sampling_hz: int = 0

    @property
    def class_dtype(self) -> np.dtype:
        """Type of what ``NAME_classify`` returns: uint8 for up to 255 classes."""
        outputs = self.output_size
        return np.dtype(np.uint8 if outputs < 2**8 else np.uint16 if outputs < 2**16 else np.uint32)

    def without_model(self) -> Sketch:
        """Return the same program around an empty model, to measure what the model adds."""
        files = {**self.files, f"{self.name}_model.h": self.empty_model}
        return Sketch(**{**self.__dict__, "files": files, "model_bytes": 0})

    def write(self, folder: str | os.PathLike[str]) -> Path:
        """Write all files into ``folder/NAME`` and return that path.

        The files appear together or not at all: they are written beside their place first.

        Raises
        ------
        ExportError
            If the files cannot be written (no permission, disk full); nothing is left behind.
        """
        target = Path(folder) / self.name
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
            scratch = Path(tempfile.mkdtemp(prefix=f".{self.name}-", dir=folder))
        except OSError as error:
            raise ExportError(f"Cannot write the sketch into {folder}: {error.strerror or error}.") from error
        try:
            for file_name, text in self.files.items():
                (scratch / file_name).write_text(text, encoding="utf-8", newline="\n")
            target.mkdir(exist_ok=True)
            for file_name in self.files:
                (scratch / file_name).replace(target / file_name)
        except OSError as error:
            raise ExportError(f"Cannot write the sketch into {target}: {error.strerror or error}.") from error
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        return target
