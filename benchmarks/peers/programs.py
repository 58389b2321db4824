"""One small program around every exporter's C: ours and theirs are measured in the same one.

The program is this project's own sketch: it receives a sample, writes a mark, calls ``peer_classify``, writes a
second mark. A sample arrives in the type that the exporter's documentation asks for, so that nobody pays for a
conversion. What the same program takes around an empty model is taken off.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tinyml_course.export.arduino import protocol_c
from tinyml_course.export.c_text import fixed_c
from tinyml_course.export.sketch import Sketch

PIXELS = 64
CLASSES = 10
_C_TYPES = {"uint8": "uint8_t", "int16": "int16_t", "int32": "int32_t", "float32": "float"}


@dataclass(frozen=True)
class Candidate:
    """One exporter's C for one model, or why there is none.

    Parameters
    ----------
    model : str
        As in the table.
    exporter, setting : str
        Who wrote it, and with which of its settings.
    input_dtype : str
        Type of one value of a sample.
    factor : float
        What a raw pixel is multiplied by to become that value.
    files : dict of str to str
        The exporter's own text.
    glue : str
        C (or C++) that includes it and defines ``int16_t peer_predict(const peer_input_t *)``.
    language : str
        ``"c"`` or ``"cpp"``.
    error : str
        Why there is no text; empty if there is.
    model_bytes : int or None
        Stored parameters, where they are not code.
    twin : tuple of int or None
        Class indices of the test set by the exporter's exact integer twin in Python; None if it has none.
    source : tuple of int or None
        The same by the trained model itself, where the peers do not get it.
    """

    model: str
    exporter: str
    setting: str
    input_dtype: str = "float32"
    factor: float = 1.0
    files: dict[str, str] = field(default_factory=dict, repr=False)
    glue: str = field(default="", repr=False)
    language: str = "c"
    error: str = ""
    model_bytes: int | None = None
    twin: tuple[int, ...] | None = field(default=None, repr=False)
    source: tuple[int, ...] | None = field(default=None, repr=False)

    def inputs(self, pixels: np.ndarray) -> np.ndarray:
        """Raw pixels as this program takes them."""
        return (pixels * np.float64(self.factor)).astype(self.input_dtype)

    def sketch(self) -> Sketch:
        """The whole program."""
        files = {
            **self.files,
            f"peer_glue.{self.language}": f'#include "peer_types.h"\n{self.glue}',
            "peer_types.h": _types(self.input_dtype),
            "peer_main.c": fixed_c("main.c", "peer"),
            "peer.ino": fixed_c("sketch.ino", "peer"),
            "peer_protocol.h": _protocol(),
            "peer_model.h": _model("peer_predict(input)"),
        }
        finite = np.finfo(np.float32) if self.input_dtype == "float32" else np.iinfo(self.input_dtype)
        return Sketch(
            name="peer",
            files=files,
            input_dtype=np.dtype(self.input_dtype),
            output_dtype=np.dtype(np.int8),
            input_size=PIXELS,
            output_size=1,
            input_minimum=float(finite.min),
            input_maximum=float(finite.max),
            labels=tuple(range(CLASSES)),
            model_bytes=0,
            empty_model=_model("input[0]"),
        )


def candidates_of_peers(work: Path) -> list[Candidate]:
    """Read what ``generate.py`` wrote."""
    return [Candidate(**entry) for entry in json.loads((work / "peers.json").read_text(encoding="utf-8"))]


def _types(dtype: str) -> str:
    return (
        "#ifndef PEER_TYPES_H\n#define PEER_TYPES_H\n#include <stdint.h>\n"
        f"typedef {_C_TYPES[dtype]} peer_input_t;\ntypedef int8_t peer_output_t;\n"
        f"#define peer_INPUT_SIZE {PIXELS}\n#define peer_OUTPUT_SIZE 1\n#define peer_MODEL_BYTES 0\n"
        '#ifdef __cplusplus\nextern "C"\n#endif\nint16_t peer_predict(const peer_input_t *input);\n#endif\n'
    )


def _model(answer: str) -> str:
    """The model as the sketch sees it. Only the class is asked for; the output is not part of the measurement."""
    return (
        f'#ifndef PEER_MODEL_H\n#define PEER_MODEL_H\n{fixed_c("portable.h", "peer")}#include "peer_types.h"\n'
        "static inline void peer_invoke(const peer_input_t *input, peer_output_t *output)\n"
        "{\n    (void)input;\n    output[0] = 0;\n}\n"
        "static inline uint8_t peer_classify(const peer_input_t *input)\n"
        f"{{\n    return (uint8_t){answer};\n}}\n#endif\n"
    )


def _protocol() -> str:
    return (
        '#define peer_SELF_TESTS 0\n#define peer_RANGE_TEXT " - -"\n#define peer_in_range(x) 1\n'
        "static const uint8_t peer_self_test_samples[1][1] peer_FLASH = {{0}};\n"
        "static const uint8_t peer_self_test_classes[1] peer_FLASH = {0};\n" + protocol_c("peer", "uint8_t", "uint16_t")
    )
