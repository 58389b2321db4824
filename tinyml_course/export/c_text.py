"""Laying out C text. The C that never changes lives in ``export/c``; Python only formats values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import resources

import numpy as np

from tinyml_course.errors import ExportError
from tinyml_course.graph import Array

#: Values on one line of a table.
VALUES_PER_LINE = 16
C_KEYWORDS = frozenset(
    # C
    "auto break case char const continue default do double else enum extern float for goto if inline int long "
    "register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while "
    # C++ and the Arduino core
    "bool class delete new private protected public template this throw try using namespace operator virtual "
    "setup loop main".split()
)
#: Windows keeps these words for devices; no file can have them.
DEVICES = frozenset(["con", "prn", "aux", "nul", *(f"{port}{k}" for port in ("com", "lpt") for k in range(1, 10))])


def check_name(name: str) -> str:
    """Return `name` if it can be a C identifier, a folder and a file name.

    Raises
    ------
    ExportError
        If it is empty, has other characters than letters, digits and underscores, starts with a digit or
        an underscore, is longer than 40 characters, or is a word of C or of the Arduino core.
    """
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,39}", name):
        raise ExportError(
            f"{name!r} cannot name a sketch. Expected a C identifier of at most 40 characters: "
            "letters, digits and underscores, a letter first; for example 'digits'."
        )
    if name in C_KEYWORDS or name.lower() in DEVICES:
        raise ExportError(f"{name!r} cannot name a sketch: the word has a meaning already. Try {name + '_sketch'!r}.")
    return name


def fixed_c(file_name: str, name: str) -> str:
    """Return the text of a fixed C file; the prefix ``model`` becomes the sketch's name."""
    text = resources.files("tinyml_course.export").joinpath("c", file_name).read_text(encoding="utf-8")
    return re.sub(r"\bmodel(?![a-z])", name, text)


def table(
    c_type: str,
    declaration: str,
    rows: Iterable[tuple[str, Array]],
    name: str,
    *,
    hexadecimal: bool = False,
    nested: bool = False,
) -> str:
    """Format a table that lives in flash.

    Parameters
    ----------
    c_type : str
        Type of one value.
    declaration : str
        Name and size, for example ``"digits_Z[585]"``.
    rows : iterable of (str, ndarray)
        A comment and the integers it describes, wrapped at 16 on a line.
    name : str
        The sketch's name.
    hexadecimal : bool, default False
        Write bytes as two hex digits: each digit is then one 4-bit weight.
    nested : bool, default False
        Give each row its own braces, for an array of arrays.
    """
    lines = [f"static const {c_type} {declaration} {name}_FLASH = {{"]
    for comment, values in rows:
        lines.append(f"    /* {comment} */{' {' if nested else ''}")
        flat = np.asarray(values).ravel().tolist()
        width = max(len(str(min(flat))), len(str(max(flat)))) if flat else 1
        one = "0x%02X," if hexadecimal else f"%{width}d,"
        for start in range(0, len(flat), VALUES_PER_LINE):
            line = flat[start : start + VALUES_PER_LINE]
            lines.append("    " + " ".join([one] * len(line)) % tuple(line))
        if nested:
            lines[-1] += " },"
    lines.append("};")
    return "\n".join(lines) + "\n"


def defines(name: str, values: Iterable[tuple[str, object, str]]) -> str:
    """Format ``#define NAME_KEY value /* meaning */`` lines in aligned columns."""
    rows = [(f"{name}_{key}", str(value), meaning) for key, value, meaning in values]
    left, middle = max(len(r[0]) for r in rows), max(len(r[1]) for r in rows)
    return "\n".join(f"#define {key:<{left}} {value:>{middle}} /* {meaning} */" for key, value, meaning in rows) + "\n"


def c_integer(dtype: np.dtype) -> str:
    """C name of an integer or float type, for example ``int8_t``."""
    return "float" if dtype == np.float32 else f"{dtype.name}_t"


def class_integer(classes: int) -> str:
    """C type that counts the classes of a model: uint8_t for up to 255."""
    return "uint8_t" if classes < 2**8 else "uint16_t" if classes < 2**16 else "uint32_t"


def comment_text(text: str) -> str:
    """Return a text, which may come from a file, in a form that cannot end a comment or a line."""
    return " ".join(text.replace("*/", "* /").replace("/*", "/ *").split())
