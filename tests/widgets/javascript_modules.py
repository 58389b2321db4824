"""JavaScript modules that need no page, run in V8 inside Python: no bundler and no Node."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from py_mini_racer import MiniRacer

_NAMES = re.compile(r'^import \{([^}]*)\} from "([^"]+)";', re.MULTILINE)
_ALL = re.compile(r'^import \* as (\w+) from "([^"]+)";', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:const|class|function) (\w+))", re.MULTILINE)


class Modules:
    """A module and what it imports, each as a constant of its own name in one engine."""

    def __init__(self, *paths: Path) -> None:
        self._engine = MiniRacer()
        self._loaded: set[Path] = set()
        for path in paths:
            self._load(path.resolve())

    def __enter__(self) -> Modules:
        return self

    def __exit__(self, *exception: object) -> None:
        self._engine.close()

    def _load(self, path: Path) -> None:
        if path in self._loaded:
            return
        self._loaded.add(path)
        text = path.read_text(encoding="utf-8")
        for pattern in (_NAMES, _ALL):
            for _, other in pattern.findall(text):
                self._load((path.parent / other).resolve())
        text = _NAMES.sub(lambda found: f"const {{{found[1]}}} = {_name(found[2])};", text)
        text = _ALL.sub(lambda found: f"const {found[1]} = {_name(found[2])};", text)
        exported = ", ".join(_EXPORT.findall(text))
        self._engine.eval(
            f"const {_name(path.name)} = (() => {{{_EXPORT.sub('', text)}\nreturn {{{exported}}};}})(); 0"
        )

    def run(self, code: str) -> None:
        """Run statements."""
        self._engine.eval(f"{code}\n;0")

    def get(self, expression: str) -> Any:
        """Value of an expression, through JSON."""
        return json.loads(self._engine.eval(f"JSON.stringify({expression})"))


def _name(path: str) -> str:
    return Path(path).stem
