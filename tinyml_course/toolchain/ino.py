"""Turn ``.ino`` files into the C++ file that the Arduino tools compile.

As the Arduino build process documents it: the ``.ino`` files are joined, the
one named like the sketch first; ``Arduino.h`` is included unless it already
is; and a prototype of every function is put before the first function, so
that functions may be called before they are defined. ``#line`` keeps the
compiler's messages on the learner's own lines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_LINE_MARKER = re.compile(r'^#(?:line)?\s*(\d+)\s+"((?:[^"\\]|\\.)*)"')
_INCLUDES_ARDUINO = re.compile(r"^\s*#\s*include\s*[<\"]Arduino\.h[>\"]", re.MULTILINE)
_LITERAL = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|//[^\n]*|/\*.*?\*/", re.DOTALL)
# What stands before "{": a type, a name, parameters without default values.
_FUNCTION = re.compile(
    r"^(?P<returns>[A-Za-z_][\w\s:<>,*&]*?[\s*&])(?P<name>[A-Za-z_]\w*)\s*(?P<parameters>\([^=]*\))$"
)
_NO_PROTOTYPE = re.compile(r"^(?:template|class|struct|union|enum|namespace|typedef|using|extern)\b")
_KEYWORDS = frozenset({"if", "for", "while", "switch", "return", "do", "else", "case", "sizeof", "operator"})


@dataclass(frozen=True)
class Prototype:
    """The declaration of a function that a sketch defines.

    Parameters
    ----------
    text : str
        For example ``"int twice(int x);"``.
    file : str
        The ``.ino`` file of the definition.
    line : int
        Its line there, counted from 1.
    """

    text: str
    file: str
    line: int


def merge(files: Mapping[str, str], name: str) -> str:
    """Join the ``.ino`` files of the sketch `name` into one C++ text, without prototypes.

    Parameters
    ----------
    files : mapping of str to str
        File name to text; files that are no ``.ino`` are left out.
    name : str
        The sketch's name; ``NAME.ino`` comes first, the others in alphabetical order.
    """
    main = f"{name}.ino"
    others = sorted((file for file in files if file.endswith(".ino") and file != main), key=str.lower)
    lines = [] if _INCLUDES_ARDUINO.search(files[main]) else ["#include <Arduino.h>"]
    for file in [main, *others]:
        text = files[file].removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        lines += [f'#line 1 "{file}"', text]
    return "\n".join(lines) + "\n"


def find_prototypes(preprocessed: str) -> list[Prototype]:
    """Find the functions that ``.ino`` files define and do not declare.

    Parameters
    ----------
    preprocessed : str
        The output of the compiler's preprocessor for the merged text, line markers included: macros
        are expanded and what ``#if`` switches off is gone.
    """
    code, places = _sketch_lines(preprocessed)
    code = _LITERAL.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), code)
    found: list[Prototype] = []
    declared: set[str] = set()
    depth, start = 0, 0
    for position, character in enumerate(code):
        if character not in "{};":
            continue
        if depth == 0 and character != "}":
            statement = code[start:position]
            text = _declaration(statement)
            if text and character == ";":
                declared.add(_without_spaces(text))
            elif text and not statement.lstrip().startswith("extern"):
                first = start + len(statement) - len(statement.lstrip())
                file, line = places[code.count("\n", 0, first)]
                found.append(Prototype(text, file, line))
        depth = max(0, depth + {"{": 1, "}": -1, ";": 0}[character])
        start = position + 1
    unique = {_without_spaces(one.text): one for one in reversed(found)}
    return [one for key, one in reversed(unique.items()) if key not in declared]


def insert_prototypes(merged: str, prototypes: list[Prototype], name: str) -> str:
    """Put `prototypes` before the first function of ``NAME.ino``.

    Parameters
    ----------
    merged : str
        What :func:`merge` gave.
    prototypes : list of Prototype
        What :func:`find_prototypes` gave.
    name : str
        The sketch's name.
    """
    main = f"{name}.ino"
    if not prototypes:
        return merged
    # A sketch whose first file has no function gets them at that file's end, before the next file.
    own = [one.line for one in prototypes if one.file == main]
    lines = merged.split("\n")
    begin = lines.index(f'#line 1 "{main}"')
    ends = [number for number in range(begin + 1, len(lines)) if lines[number].startswith('#line 1 "')]
    at = begin + min(own) if own else (ends[0] if ends else len(lines))
    block = []
    for one in prototypes:
        block += [f'#line {one.line} "{one.file}"', one.text]
    if own:
        block.append(f'#line {min(own)} "{main}"')
    return "\n".join([*lines[:at], *block, *lines[at:]])


def _sketch_lines(preprocessed: str) -> tuple[str, list[tuple[str, int]]]:
    """Keep the lines that come from ``.ino`` files, and where each came from."""
    kept: list[str] = []
    places: list[tuple[str, int]] = []
    file, line = "", 1
    for text in preprocessed.split("\n"):
        marker = _LINE_MARKER.match(text)
        if marker:
            line, file = int(marker.group(1)), marker.group(2)
            continue
        if file.endswith(".ino") and not text.lstrip().startswith("#"):
            kept.append(text)
            places.append((file, line))
        line += 1
    places.append((file, line))
    return "\n".join(kept), places


def _declaration(statement: str) -> str:
    """Return ``"type name(parameters);"`` if `statement` starts a function, else an empty string."""
    flat = " ".join(re.sub(r"__attribute__\s*\(\(.*?\)\)", " ", statement).split())
    c_linkage = flat.startswith("extern ") and "(" in flat
    match = _FUNCTION.match(flat.removeprefix("extern ").lstrip() if c_linkage else flat)
    if not match or (_NO_PROTOTYPE.match(flat) and not c_linkage) or "operator" in flat:
        return ""
    if (
        match["name"] in _KEYWORDS
        or set(match["returns"].split()) & _KEYWORDS
        or match["returns"].rstrip().endswith("::")
    ):
        return ""
    return f"{match['returns'].strip()} {match['name']}{match['parameters']};"


def _without_spaces(text: str) -> str:
    return re.sub(r"\s+", "", text)
