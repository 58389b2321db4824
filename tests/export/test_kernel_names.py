"""Fixed C is put together file by file, so no two files may define a function of the same name."""

from __future__ import annotations

import re
from collections import defaultdict
from importlib import resources

#: A function's definition. A name that ends in _T carries the type of its values in the generated text.
DEFINITION = re.compile(r"^static [^=;(]*?\b(model_\w+)\s*\(", re.MULTILINE)
#: The interface, which every family of models writes in its own way; and the ends of a sketch: bytes in, bytes out.
INTERFACE = {"model_invoke", "model_classify", "model_put", "model_has_byte", "model_next_byte"}
#: Files that stand in for each other: a program holds one of each row.
ALTERNATIVES = [
    {"bonsai.h", "blocks_plain.h"},
    {"network_reduced_32.h", "network_reduced_64.h"},
    {"layer_finish.h", "layer_float.h"},
]


def test_every_function_has_one_home():
    homes: dict[str, set[str]] = defaultdict(set)
    for file in resources.files("tinyml_course.export").joinpath("c").iterdir():
        for name in DEFINITION.findall(file.read_text(encoding="utf-8")):
            homes[name].add(file.name)
    assert len(homes) > 20
    shared = {name: files for name, files in homes.items() if len(files) > 1 and not name.endswith("_T")}
    unexpected = {name: files for name, files in shared.items() if not any(files <= row for row in ALTERNATIVES)}
    assert set(unexpected) == INTERFACE
