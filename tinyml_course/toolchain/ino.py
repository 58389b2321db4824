"""Turn ``.ino`` files into the C++ file that the Arduino tools compile.

As the Arduino build process documents it: the ``.ino`` files are joined, the
one named like the sketch first; ``Arduino.h`` is included unless it already
is; and a prototype of every function is put before the first function, so
that functions may be called before they are defined. ``#line`` keeps the
compiler's messages on the learner's own lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_LINE_MARKER = re.compile(r'^#(?:line)?\s*(\d+)\s+"((?:[^"\\]|\\.)*)"')
_INCLUDES_ARDUINO = re.compile(r"^\s*#\s*include\s*[<\"]Arduino\.h[>\"]", re.MULTILINE)
_LITERAL = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|//[^\n]*|/\*.*?\*/", re.DOTALL)
# What stands before "{": a type, a name, parameters without default values.
_DECLARATION = re.compile(r"^(?P<returns>[A-Za-z_][\w\s:<>,*&]*?[\s*&])(?P<name>[A-Za-z_]\w*)\s*(?P<rest>\([^=]*\))$")
# The same for any function, also for those that get no prototype: templates, methods, default values.
_DEFINITION = re.compile(r"^(?!(?:class|struct|union|enum|namespace|typedef|using)\b)[^=(]*\w\s*\(.*\)[^=()]*$")
_ATTRIBUTE = re.compile(r"__attribute__\s*\(\(.*?\)\)")
_KEYWORDS = frozenset({"template", "class", "struct", "union", "enum", "namespace", "typedef", "using", "operator"})


@dataclass(frozen=True)
class Function:
    """A function that a sketch defines.

    Parameters
    ----------
    prototype : str
        For example ``"int twice(int x);"``; empty if it gets none (templates, default values,
        methods, C linkage, functions that are declared already).
    file : str
        The ``.ino`` file of the definition.
    line : int
        Its line there, counted from 1.
    """

    prototype: str
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


def find_functions(preprocessed: str) -> list[Function]:
    """Find the functions that the ``.ino`` files define, and the prototype of each that needs one.

    Parameters
    ----------
    preprocessed : str
        The output of the compiler's preprocessor for the merged text, line markers included: macros
        are expanded and what ``#if`` switches off is gone.
    """
    code, places = _sketch_lines(preprocessed)
    code = _LITERAL.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), code)
    found: list[Function] = []
    known: set[str] = set()
    statements = list(_top_level_statements(code))
    for _, statement, end in statements:
        if end == ";":
            known.add(_without_spaces(_prototype(statement)))
    for start, statement, end in statements:
        flat = _flat(statement)
        if end == ";" or not _DEFINITION.match(flat):
            continue
        prototype = "" if flat.startswith("extern ") else _prototype(statement)
        if _without_spaces(prototype) in known:
            prototype = ""
        known.add(_without_spaces(prototype))
        first = start + len(statement) - len(statement.lstrip())
        file, line = places[code.count("\n", 0, first)]
        found.append(Function(prototype, file, line))
    return found


def insert_prototypes(merged: str, functions: list[Function], name: str) -> str:
    """Put the prototypes before the first function of ``NAME.ino``.

    Parameters
    ----------
    merged : str
        What :func:`merge` gave.
    functions : list of Function
        What :func:`find_functions` gave.
    name : str
        The sketch's name.
    """
    main = f"{name}.ino"
    block = [line for one in functions if one.prototype for line in (f'#line {one.line} "{one.file}"', one.prototype)]
    if not block:
        return merged
    lines = merged.split("\n")
    begin = lines.index(f'#line 1 "{main}"')
    own = [one.line for one in functions if one.file == main]
    if own:
        at = begin + min(own)
        block.append(f'#line {min(own)} "{main}"')
    else:  # the first file has no function: before the next file
        at = next(number for number in range(begin + 1, len(lines)) if lines[number].startswith('#line 1 "'))
    return "\n".join([*lines[:at], *block, *lines[at:]])


def _top_level_statements(code: str) -> Iterator[tuple[int, str, str]]:
    """Give start, text and end (``;`` or ``{``) of what stands outside all braces."""
    depth, start = 0, 0
    for match in re.finditer(r"[{};]", code):
        if depth == 0 and match.group() != "}":
            yield start, code[start : match.start()], match.group()
        depth = max(0, depth + {"{": 1, "}": -1, ";": 0}[match.group()])
        start = match.end()


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


def _flat(statement: str) -> str:
    return " ".join(_ATTRIBUTE.sub(" ", statement).split())


def _prototype(statement: str) -> str:
    """Return ``"type name(parameters);"`` if `statement` starts or declares a plain function, else an empty string."""
    match = _DECLARATION.match(_flat(statement).removeprefix("extern "))
    if not match or {match["name"], *match["returns"].split()} & _KEYWORDS or match["returns"].rstrip().endswith("::"):
        return ""
    return f"{match['returns'].strip()} {match['name']}{match['rest']};"


def _without_spaces(text: str) -> str:
    return re.sub(r"\s+", "", text)
