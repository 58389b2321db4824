"""The models and memories between GPT-3 and a 2 KiB Bonsai, from the registry of facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tinyml_course import facts
from tinyml_course.plots import LADDER
from tinyml_course.units import KIB, format_bytes

PRECISIONS: Mapping[str, str] = {
    "fp32": "32-bit floats",
    "fp16": "16-bit floats",
    "int8": "8-bit integers",
    "int4": "4-bit integers",
}
"""What a parameter is stored as: a name of ``bits_per`` in the facts, and its words."""


@dataclass(frozen=True)
class Rung:
    """One model or one memory.

    Parameters
    ----------
    id : str
        The fact it comes from.
    name : str
        What to call it.
    kind : str
        A key of :data:`tinyml_course.plots.COLOURS`: ``"big"``, ``"knn"``, ``"network"``, ``"bonsai"``; ``"memory"``.
    sizes : mapping of str to float
        Bytes for each of :data:`PRECISIONS`.
    fixed : bool
        Whether it has one size, however others are stored: a memory, or a model published with its bytes.
    """

    id: str
    name: str
    kind: str
    sizes: Mapping[str, float]
    fixed: bool

    @property
    def fact(self) -> facts.Fact:
        """Where the number comes from."""
        return facts.get(self.id)

    def label(self, precision: str) -> str:
        """Write its size: a microcontroller's memory in KiB, files and big models in the units of disks."""
        return format_bytes(self.sizes[precision], "binary" if self.fact.binary else "decimal")

    def sized(self, precision: str) -> str:
        """Write its name and its size."""
        return f"{self.name}, {self.label(precision)}"

    def described(self) -> dict[str, Any]:
        """Return what the page draws and lists."""
        labels = {precision: self.label(precision) for precision in PRECISIONS}
        return {
            "id": self.id,
            "name": self.name,
            "kind": self.kind,
            "bytes": dict(self.sizes),
            "labels": labels,
            "fixed": self.fixed,
            "fact": f"{self.fact}",
            "source": self.fact.source + (f" ({self.fact.arithmetic})" if self.fact.arithmetic else ""),
            "certainty": facts.CERTAINTIES[self.fact.certainty],
        }


@cache
def models() -> tuple[Rung, ...]:
    """Models from large to small."""
    known = [_counted(f"{group}.parameters", name) for name, group in LADDER]
    published = [
        _fixed("kumar.whale_knn_kib", "Nearest neighbours for whale calls", "knn"),
        _fixed("kumar.whale_network_kib", "Network for whale calls", "network"),
        _fixed("bonsai.budget_bytes", "Bonsai for digits", "bonsai"),
        _fixed("bonsai.smallest_published_bytes", "Bonsai, the smallest published", "bonsai"),
    ]
    return tuple(sorted(known + published, key=lambda rung: -rung.sizes["fp16"]))


@cache
def memories() -> tuple[Rung, ...]:
    """Memories from large to small; the Uno's are the last two."""
    named = {
        "v100.memory_bytes": "Graphics card (V100)",
        "iphone11.memory_bytes": "Phone (iPhone 11)",
        "pico.flash_bytes": "Pico's flash",
        "pico.sram_bytes": "Pico's SRAM",
        "uno.flash_bytes": "Uno's flash",
        "uno.sram_bytes": "Uno's SRAM",
    }
    return tuple(_fixed(fact, name, "memory") for fact, name in named.items())


def _counted(fact_id: str, name: str) -> Rung:
    parameters = facts.get(fact_id).value
    bits = {precision: facts.get(f"bits_per.{precision}").value for precision in PRECISIONS}
    return Rung(fact_id, name, "big", {precision: parameters * b / 8 for precision, b in bits.items()}, fixed=False)


def _fixed(fact_id: str, name: str, kind: str) -> Rung:
    fact = facts.get(fact_id)
    size = fact.value * (KIB if fact.unit == "KiB" else 1)
    return Rung(fact_id, name, kind, dict.fromkeys(PRECISIONS, size), fixed=True)
