"""Numbers about the world that the lessons print: each with its unit, source and certainty.

Lessons never type such a number; they ask for it::

    from tinyml_course import facts
    facts.get("gpt3.parameters").value       # 174600000000.0
    print(facts.get("gpt3.parameters"))      # 175 billion parameters
    print(facts.get("gpt3.parameters").cite())

The numbers stand in ``facts.toml`` beside this file. A derived fact holds its
arithmetic instead of a value; it is computed when the file is read, so it
cannot disagree with what it is made of.
"""

from __future__ import annotations

import ast
import difflib
import operator
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib import resources
from typing import Any, Literal, cast

from tinyml_course import units
from tinyml_course.errors import InputError, LessonError

Certainty = Literal["primary", "secondary", "derived", "about"]

CERTAINTIES: Mapping[str, str] = {
    "primary": "read in the primary source",
    "secondary": "read in a page that quotes the primary source",
    "derived": "computed from other facts",
    "about": "commonly said; no source was found",
}
"""What each certainty means, in words for a reader."""

_OPERATORS: Mapping[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_PLACEHOLDER = re.compile(r"\{([a-z0-9_]+\.[a-z0-9_]+)(?::(count|round|range))?\}")


@dataclass(frozen=True)
class Fact:
    """One number about the world.

    Parameters
    ----------
    id : str
        For example ``"gpt3.parameters"``.
    value : float
        The number, in `unit`.
    unit : str
        What is counted: ``"parameters"``, ``"B"``, ``"mJ"`` …
    source : str
        Paper and table, datasheet page, or file.
    certainty : {"primary", "secondary", "derived", "about"}
        How it came to be known; see :data:`CERTAINTIES`.
    low, high : float, optional
        The range, in `unit`; None where there is none.
    arithmetic : str, optional
        How a derived fact is computed from other facts; None for all others.
    note : str
        One sentence a lesson may print beside the number.
    binary : bool
        True for bytes of a microcontroller's memory, which are printed in KiB.
    """

    id: str
    value: float
    unit: str
    source: str
    certainty: Certainty
    low: float | None = None
    high: float | None = None
    arithmetic: str | None = None
    note: str = ""
    binary: bool = False

    def __str__(self) -> str:
        about = "about " if self.certainty == "about" else ""
        return about + self._with_unit(self._digits(self.value))

    def range_text(self) -> str:
        """Write the range, such as ``"1.9 million to 12 million US dollars"``.

        Raises
        ------
        InputError
            If the fact has no range.
        """
        if self.low is None or self.high is None:
            raise InputError(f"The fact {self.id!r} has no range: its low or high end is missing.")
        about = "about " if self.certainty == "about" else ""
        return about + f"{self._digits(self.low)} to {self._with_unit(self._digits(self.high))}"

    def cite(self) -> str:
        """Write the number with its source and how certain it is, for a list of sources."""
        return f"{self}: {self.source} ({CERTAINTIES[self.certainty]})."

    def _digits(self, value: float) -> str:
        if self.unit == "B":
            return units.format_bytes(value, "binary" if self.binary else "decimal")
        return units.format_count(value, 4 if self.unit == "%" else 3)

    def _with_unit(self, digits: str) -> str:
        if self.unit == "B":
            return digits
        return f"{digits} %" if self.unit == "%" else f"{digits} {self.unit}"


@dataclass(frozen=True)
class Claim:
    """A sentence of the article that inspired the course, and what holds.

    Parameters
    ----------
    id : str
        Short name, for example ``"neurons"``.
    said : str
        What the article says, in our words.
    verdict : str
        ``"wrong"``, ``"loose"``, ``"cherry-picked"`` or ``"did not hold"``.
    correction : str
        What holds; every number in it comes from a fact.
    facts : tuple of str
        The ids of the facts that both texts quote.
    """

    id: str
    said: str
    verdict: str
    correction: str
    facts: tuple[str, ...]


def get(fact_id: str) -> Fact:
    """Look a fact up.

    Raises
    ------
    InputError
        If there is no such fact; the message names the ids that look like it.
    """
    known = _read()
    if fact_id not in known:
        near = difflib.get_close_matches(fact_id, known, n=3)
        hint = f"Did you mean {' or '.join(map(repr, near))}?" if near else "facts.all_facts() lists the known ones."
        raise InputError(f"There is no fact {fact_id!r}. {hint}")
    return known[fact_id]


def all_facts() -> tuple[Fact, ...]:
    """Every fact, in the order of the registry."""
    return tuple(_read().values())


def claims() -> tuple[Claim, ...]:
    """Every examined claim of the article, in the order of the registry."""
    return tuple(_read_claim(entry) for entry in _load()["claim"])


def fill(text: str) -> str:
    """Put facts into a text.

    Parameters
    ----------
    text : str
        ``{gpt3.parameters}`` prints the fact, ``{gpt3.parameters:count}`` its number alone,
        ``{…:round}`` that with two digits, ``{…:range}`` its range. Other braces stay.

    Raises
    ------
    InputError
        If there is no such fact, or no range where one is asked for.
    """
    return _PLACEHOLDER.sub(_print_placeholder, text)


def _read_claim(entry: Mapping[str, str]) -> Claim:
    quoted = _PLACEHOLDER.findall(entry["said"] + entry["correction"])
    ids = tuple(dict.fromkeys(fact_id for fact_id, _ in quoted))
    return Claim(entry["id"], fill(entry["said"]), entry["verdict"], fill(entry["correction"]), ids)


def _print_placeholder(match: re.Match[str]) -> str:
    fact = get(match[1])
    if match[2] == "range":
        return fact.range_text()
    if match[2] == "count":
        return units.format_count(fact.value)
    if match[2] == "round":
        return units.format_count(units.round_significant(fact.value, 2), 2)
    return str(fact)


@cache
def _load() -> dict[str, Any]:
    return tomllib.loads(resources.files("tinyml_course").joinpath("facts.toml").read_text(encoding="utf-8"))


@cache
def _read() -> dict[str, Fact]:
    return read_registry({name: group for name, group in _load().items() if name != "claim"})


def read_registry(groups: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> dict[str, Fact]:
    """Turn the tables of a registry into facts and compute the derived ones.

    Parameters
    ----------
    groups : mapping
        Group name to fact name to the fact's entries, as ``tomllib`` reads them.

    Returns
    -------
    dict of str to Fact
        By id, in the order given.

    Raises
    ------
    LessonError
        If an entry lacks its value, unit, source or certainty, has both a value and an
        arithmetic, or if an arithmetic names an unknown fact or leads back to itself.
    """
    entries = {f"{group}.{name}": entry for group, members in groups.items() for name, entry in members.items()}
    done: dict[str, Fact] = {}

    def resolve(fact_id: str, asked_by: tuple[str, ...]) -> float:
        if fact_id in asked_by:
            raise LessonError(f"These facts are computed from each other: {' <- '.join((*asked_by, fact_id))}.")
        if fact_id not in entries:
            raise LessonError(f"The arithmetic of the fact {asked_by[-1]!r} names {fact_id!r}, which is no fact.")
        if fact_id not in done:
            done[fact_id] = _make_fact(fact_id, entries[fact_id], partial(resolve, asked_by=(*asked_by, fact_id)))
        return done[fact_id].value

    for fact_id in entries:
        resolve(fact_id, ())
    return {fact_id: done[fact_id] for fact_id in entries}


def _make_fact(fact_id: str, entry: Mapping[str, Any], lookup: Callable[[str], float]) -> Fact:
    for key in ("unit", "source", "certainty"):
        if not entry.get(key):
            raise LessonError(f"The fact {fact_id!r} has no {key}.")
    if entry["certainty"] not in CERTAINTIES:
        raise LessonError(
            f"The certainty of the fact {fact_id!r} is {entry['certainty']!r}; it can be {', '.join(CERTAINTIES)}."
        )
    arithmetic = entry.get("derived")
    if (arithmetic is None) == ("value" not in entry) or (arithmetic is None) == (entry["certainty"] == "derived"):
        raise LessonError(
            f"The fact {fact_id!r} needs either a value, or the certainty 'derived' and an arithmetic in 'derived'."
        )
    value = entry["value"] if arithmetic is None else evaluate(arithmetic, lookup)
    return Fact(
        id=fact_id,
        value=float(value),
        unit=entry["unit"],
        source=entry["source"],
        certainty=cast(Certainty, entry["certainty"]),
        low=entry.get("low"),
        high=entry.get("high"),
        arithmetic=" ".join(arithmetic.split()) if arithmetic else None,
        note=entry.get("note", ""),
        binary=entry.get("binary", False),
    )


def evaluate(arithmetic: str, lookup: Callable[[str], float]) -> float:
    """Compute an arithmetic of numbers, fact ids, ``+ - * / **`` and brackets.

    Parameters
    ----------
    arithmetic : str
        For example ``"gpt3.parameters * 2"``.
    lookup : callable
        Gives a fact's value for its id.

    Raises
    ------
    LessonError
        If the arithmetic holds anything else.
    """

    def visit(node: ast.expr) -> float:
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            return float(node.value)
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
            return _OPERATORS[type(node.op)](visit(node.left), visit(node.right))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            return lookup(ast.unparse(node))
        raise LessonError(
            f"The arithmetic {arithmetic!r} holds {ast.unparse(node)!r}, which is neither a number, "
            "nor the id of a fact, nor one of + - * / **."
        )

    return visit(ast.parse(" ".join(arithmetic.split()), mode="eval").body)
