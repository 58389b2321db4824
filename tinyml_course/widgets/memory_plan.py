"""A memory plan one can step through, and try to beat."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from traitlets import Dict, Enum, Int, List, TraitError, Unicode, observe, validate

from tinyml_course.boards import UNO
from tinyml_course.graph import Graph
from tinyml_course.memory import MemoryPlan, plan_memory
from tinyml_course.packing import Block, greedy_by_size
from tinyml_course.pictures.memory_picture import draw_plan
from tinyml_course.widgets.base import Piece, Still, esm, run_this_cell
from tinyml_course.widgets.placement import Placement, aligned, gaps, judge, next_stop, own_places

PLANS = {
    "best": "the library's plan",
    "greedy": "TFLite Micro's greedy plan",
    "none": "nothing shared",
    "mine": "mine",
}
"""The plans that can be compared, and what they are called."""


class MemoryPlanExplorer(Piece):
    """Where the values of a model lie while it runs, operator by operator; blocks can be moved.

    In a notebook: step through the operators and see what is alive, where it lies and which bytes are free;
    compare plans; drag a block, or move it with the arrow keys, and try to make the arena smaller. The same from
    Python: set :attr:`step`, :attr:`plan` or :attr:`offsets`, and read :attr:`verdict`.

    Parameters
    ----------
    graph : Graph
        The model.
    include_input, include_output : bool, default True
        Whether the model's input and output lie in the arena; False: the caller owns them.

    Attributes
    ----------
    plan : {"best", "greedy", "none", "mine"}
        What is shown: the library's plan, TFLite Micro's (the largest block first), one where nothing is shared,
        or the one made by hand.
    step : int
        The operator at hand.
    offsets : list of int
        First byte of each of :attr:`blocks`; setting it makes the plan "mine".
    """

    _esm = esm("memory_plan")
    blocks: List[dict[str, Any]] = List().tag(sync=True)
    steps: List[dict[str, Any]] = List().tag(sync=True)
    plans: Dict[str, Any] = Dict().tag(sync=True)
    plan = Enum(list(PLANS), "best").tag(sync=True)
    step = Int(0, min=0).tag(sync=True)
    offsets: List[int] = List().tag(sync=True)
    arena_bytes = Int(0).tag(sync=True)
    lower_bound_bytes = Int(0).tag(sync=True)
    clashes: List[dict[str, int]] = List().tag(sync=True)
    free: List[list[int]] = List().tag(sync=True)
    step_text = Unicode().tag(sync=True)
    verdict_text = Unicode().tag(sync=True)

    def __init__(self, graph: Graph, include_input: bool = True, include_output: bool = True) -> None:
        self.graph, self.found = graph, plan_memory(graph, include_input, include_output)
        self.named = _named_blocks(graph, self.found)
        self._blocks = [block for _, block in self.named]
        self._ready = False
        super().__init__()
        self.on_msg(self._hear)
        self.lower_bound_bytes = self.found.lower_bound_bytes
        self.blocks = [_described(graph, names, block) for names, block in self.named]
        self.steps = [self._step(number) for number in range(len(graph.operators))]
        self._mine = own_places(self._blocks)
        places = {
            "best": tuple(self.found.offsets[names[0]] for names, _ in self.named),
            "greedy": greedy_by_size(self._blocks).offsets,
            "none": own_places(self._blocks),
        }
        self.plans = {
            name: {"words": PLANS[name], "offsets": list(at), "arena_bytes": judge(self._blocks, at).arena_bytes}
            for name, at in places.items()
        }
        self._ready = True
        self.offsets = self.plans["best"]["offsets"]
        self.step = max(range(len(self.steps)), key=lambda k: self.found.alive_bytes[k], default=0)
        self._explain()

    @property
    def verdict(self) -> Placement:
        """The offsets that are shown, judged: bytes of the arena, and overlaps."""
        return judge(self._blocks, self.offsets)

    def move(self, block: int, upwards: bool, fine: bool = False) -> None:
        """Move a block to where it next touches another one, or by its alignment only."""
        size, at = self._blocks[block].alignment, list(self.offsets)
        fine_stop = max(0, at[block] + (size if upwards else -size))
        at[block] = fine_stop if fine else next_stop(self._blocks, at, block, upwards)
        self.offsets = at

    def still(self) -> Still:
        """Return the library's plan as a picture, with the others' sizes."""
        drawn = draw_plan(self.found)
        sizes = [f"{plan['words']}: {plan['arena_bytes']:,} B" for plan in self.plans.values()]
        bound = f"lower bound: {self.lower_bound_bytes:,} B"
        rows = "".join(f"<li>{html.escape(row)}</li>" for row in [*sizes, bound])
        page = f"{drawn.svg}<ul>{rows}</ul>{run_this_cell('step through the operators and move the blocks')}"
        return Still(page, f"{drawn.title} {'; '.join([*sizes, bound])}")

    @validate("offsets")
    def _allowed(self, proposal: Any) -> list[int]:
        given, room = proposal["value"], self._room()
        if len(given) != len(self._blocks):
            raise TraitError(f"Expected {len(self._blocks)} offsets, one for each block, got {len(given)}.")
        return [
            min(aligned(max(0, round(at)), block.alignment), aligned(room, block.alignment))
            for at, block in zip(given, self._blocks, strict=True)
        ]

    @validate("step")
    def _a_step(self, proposal: Any) -> int:
        return min(int(proposal["value"]), max(0, len(self.graph.operators) - 1))

    @observe("plan")
    def _choose(self, change: object) -> None:
        if self._ready:
            self.offsets = list(self._mine) if self.plan == "mine" else self.plans[self.plan]["offsets"]

    @observe("offsets")
    def _moved(self, change: object) -> None:
        if not self._ready:
            return
        if self.plan != "mine" and list(self.offsets) != self.plans[self.plan]["offsets"]:
            self._mine = tuple(self.offsets)
            self.plan = "mine"
        elif self.plan == "mine":
            self._mine = tuple(self.offsets)
        self._explain()

    @observe("step")
    def _explain(self, change: object = None) -> None:
        if not self._ready:
            return
        verdict = self.verdict
        with self.hold_sync():  # one message for all of them
            self.arena_bytes = verdict.arena_bytes
            self.clashes = [
                {"a": c.blocks[0], "b": c.blocks[1], "low": c.low, "high": c.high, "first": c.first, "last": c.last}
                for c in verdict.clashes
            ]
            self.free = [list(gap) for gap in gaps(self._blocks, self.offsets, self.step, verdict.arena_bytes)]
            self.verdict_text = self._judged(verdict)
            self.step_text = self._told(verdict)

    def _room(self) -> int:
        return 2 * sum(block.size + block.alignment for block in self._blocks)

    def _step(self, number: int) -> dict[str, Any]:
        operator = self.graph.operators[number]
        where = {name: i for i, (names, _) in enumerate(self.named) for name in names}
        reads = list(dict.fromkeys(where[name] for name in operator.inputs if name in where))
        writes = list(dict.fromkeys(where[name] for name in operator.outputs if name in where))
        alive = [i for i, block in enumerate(self._blocks) if block.first <= number <= block.last]
        return {
            "kind": operator.kind, "reads": reads, "writes": writes, "alive": alive,
            "alive_bytes": self.found.alive_bytes[number],
        }  # fmt: skip

    def _told(self, verdict: Placement) -> str:
        """Say what is alive at the operator at hand."""
        if not self.steps:
            return "The model has no operators."
        step = self.steps[self.step]
        waits = [i for i in step["alive"] if i not in step["reads"] + step["writes"]]
        parts = [
            f"{word} {_listed([self._name(i) for i in which])}"
            for word, which in (("reads", step["reads"]), ("writes", step["writes"]))
            if which
        ]
        kept = f" Kept for a later operator: {_listed([self._name(i) for i in waits])}." if waits else ""
        alive, peak = step["alive_bytes"], step["alive_bytes"] == self.lower_bound_bytes
        free = sum(high - low for low, high in self.free)
        most = " That is the peak, so no plan can be smaller." if peak else ""
        return (
            f"Operator {self.step}, {step['kind']}: {'; '.join(parts)}.{kept} Alive: {alive:,} B.{most} "
            f"Free in the arena: {free:,} of {verdict.arena_bytes:,} B."
        )

    def _judged(self, verdict: Placement) -> str:
        """Say how good the plan is that is shown."""
        if verdict.clashes:
            worst = max(verdict.clashes, key=lambda clash: clash.high - clash.low)
            a, b = (self.blocks[i]["label"] for i in worst.blocks)
            more = len(verdict.clashes) - 1
            others = f" {more} more {'pair overlaps' if more == 1 else 'pairs overlap'}." if more else ""
            return (
                f"Not a plan: {a} and {b} share {worst.high - worst.low:,} B while {_during(worst.first, worst.last)}: "
                f"one would overwrite the other.{others}"
            )
        return (
            f"Arena: {_compared(verdict.arena_bytes, self.found, self.plan == 'mine')} {_on_uno(verdict.arena_bytes)}"
        )

    def _name(self, i: int) -> str:
        return f"{self.blocks[i]['label']} ({self._blocks[i].size:,} B)"

    def _hear(self, widget: object, content: Any, buffers: object) -> None:
        """Do what a key on a block asks for."""
        self.move(int(content["block"]), bool(content["upwards"]), bool(content["fine"]))


def _named_blocks(graph: Graph, plan: MemoryPlan) -> list[tuple[tuple[str, ...], Block]]:
    """Return the blocks of a plan, each with the tensors that share its bytes.

    Their order is the plan's own: the greedy planner takes the first one of those that are equally large.
    """
    shared: dict[tuple[int, int, int], list[str]] = {}
    for name, offset in plan.offsets.items():
        if plan.sizes[name]:
            shared.setdefault((offset, *plan.lifetimes[name]), []).append(name)
    return [
        (
            tuple(names),
            Block(
                max(plan.sizes[name] for name in names), first, last,
                max(graph.tensors[name].dtype.itemsize for name in names),
            ),
        )
        for (_, first, last), names in shared.items()
    ]  # fmt: skip


def _described(graph: Graph, names: Sequence[str], block: Block) -> dict[str, Any]:
    """Return what the page draws of a block."""
    writers = [number for number, operator in enumerate(graph.operators) if set(operator.outputs) & set(names)]
    label = "input" if graph.input in names else f"output {writers[0]}"
    return {
        "label": label, "names": ", ".join(names), "size": block.size, "first": block.first, "last": block.last,
        "alignment": block.alignment,
    }  # fmt: skip


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _during(first: int, last: int) -> str:
    return f"operator {first} runs" if first == last else f"operators {first} to {last} run"


def _compared(arena: int, found: MemoryPlan, mine: bool) -> str:
    """Say how large an arena is beside the bound, and whether a learner has beaten a planner."""
    bound, best, greedy = found.lower_bound_bytes, found.arena_bytes, found.greedy_bytes
    if arena == bound:
        text = f"{arena:,} B, the lower bound: no plan is smaller."
    elif arena == best and found.optimal:
        text = f"{arena:,} B, the smallest plan there is; the lower bound of {bound:,} B cannot be reached."
    else:
        text = f"{arena:,} B, {arena / bound - 1:.0%} above the lower bound of {bound:,} B."
    if mine and arena < best:
        return f"{text} You found a smaller plan than the library ({best:,} B)."
    if mine and arena < greedy:
        return f"{text} You beat TFLite Micro's greedy planner ({greedy:,} B)."
    return text + (f" A plan of {best:,} B exists." if mine and arena > best else "")


def _on_uno(arena: int) -> str:
    share = arena / UNO.sram_bytes
    return f"That is {share:.0%} of the Uno's SRAM." if share <= 1 else f"That is {share:.1f} times the Uno's SRAM."
