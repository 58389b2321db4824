"""Forests in an AVR's instructions: a comparison takes three words, a leaf's votes one each.

Z points at the sample, so a value is one ``ldd`` away. Votes stay in registers. One side of
a node comes first and is jumped over; leaves that say the same within a tree share their code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from tinyml_course.export.assembly import clobbers, join, pop_scores, quoted
from tinyml_course.export.trees_plain import Trees, leaf_votes
from tinyml_course.graph import Graph, Operator

#: ``ldd`` reaches this many bytes.
REACH = 64
#: Words that a conditional branch reaches; those that become longer meanwhile are allowed for.
SHORT_FORWARD, SHORT_BACK = 60, 40
#: Words that ``rjmp`` reaches, with some to spare.
NEAR = 1900
#: Registers of a value under test, of a constant and of the votes of all trees together, where soft votes take 16 bits;
#: constants can be added to the first sums at once.
WIDE_VALUE, WIDE_CONSTANT, WIDE_SUMS = 24, 25, (16, 18, 20, 22, 26, 28, *range(0, 16, 2))
#: Where they take 8 bits: the votes of one tree, the value, zero, and the sums.
BYTE_VOTES, BYTE_VALUE, BYTE_ZERO, BYTE_SUMS = tuple(range(16, 25)), 25, 27, (*range(0, 16, 2), 28)
#: Registers that count hard votes: first those that a function need not save.
HARD_VALUE = 18
HARD_COUNTS = (*range(19, 28), 0, 1, *range(2, 18))


def takes(graph: Graph, operator: Operator) -> bool:
    """Tell whether a forest can be written this way; a single tree is as fast in C."""
    classes, trees = len(graph.labels), graph.parameter(operator, "root").size
    if graph.contract.dtype.itemsize != 1 or graph.contract.size > REACH:
        return False
    if operator.attributes["vote"] == "soft":
        return graph.tensors[graph.output].dtype == np.uint16 and 2 <= classes <= len(WIDE_SUMS) + 1
    return trees > 1 and classes <= len(HARD_COUNTS) and graph.tensors[graph.output].dtype == np.uint8


@dataclass
class Assembly:
    """Lines of code, and how many words they take.

    Parameters
    ----------
    signed : bool
        Whether values are compared as signed bytes.
    value : str
        The register that a value is loaded into.
    """

    signed: bool
    value: str
    lines: list[str] = field(default_factory=list)
    words: int = 0
    labels: int = 0

    def add(self, *instructions: str) -> None:
        """Append instructions of one word each, on one line."""
        self.lines.append(join(*instructions))
        self.words += len(instructions)

    def label(self) -> str:
        """Return a new name; ``%=`` keeps apart copies of the code."""
        self.labels += 1
        return f".L%=_{self.labels}"

    def place(self, label: str) -> None:
        """Put a label here."""
        self.lines.append(f"{label}:")

    def far(self, instruction: str) -> None:
        """Append an instruction of two words."""
        self.lines.append(instruction)
        self.words += 2


@dataclass
class _Tree:
    """Writes one tree.

    Parameters
    ----------
    code : Assembly
        Where to.
    trees : Trees
        All trees.
    leaf : function of int
        The instructions of a leaf, one word each.
    end : str
        The label that all leaves go to.
    far : bool
        Whether the tree is too large for short jumps.
    known : dict
        Instructions of the leaves so far, and where they are: label and word.
    """

    code: Assembly
    trees: Trees
    leaf: Callable[[int], tuple[str, ...]]
    end: str
    far: bool
    known: dict[tuple[str, ...], tuple[str, int]] = field(default_factory=dict)

    def jump(self, label: str) -> None:
        if self.far:
            self.code.far(f"jmp {label}")
        else:
            self.code.add(f"rjmp {label}")

    def write(self, place: int, loaded: int | None = None) -> None:
        """Write a subtree; `loaded` is the feature whose value is at hand."""
        code, trees = self.code, self.trees
        while place >= 0:
            feature, limit = trees.feature[place], trees.threshold[place]
            load = () if loaded == feature else (f"ldd {code.value}, Z+{feature}",)
            code.add(*load, f"cpi {code.value}, {limit + 1}")
            loaded = feature
            left, right = trees.children[place]
            low, high = ("brlt", "brge") if code.signed else ("brlo", "brsh")
            inner, outer = (left, right) if trees.left_first(place) else (right, left)
            to_inner, to_outer = (low, high) if inner == left else (high, low)
            if not self._branch_to_known(inner, to_inner):
                if self._branch_to_known(outer, to_outer):
                    outer = inner
                else:
                    self._branch_over(inner, to_inner, to_outer, loaded)
            place = outer
        self._end_in(-1 - place)

    def _branch_to_known(self, place: int, branch: str) -> bool:
        """Branch to a leaf that is written already, if it is one and near."""
        label, word = self.known.get(self.leaf(-1 - place), ("", 0)) if place < 0 else ("", 0)
        if not label or self.code.words - word > SHORT_BACK:
            return False
        self.code.add(f"{branch} {label}")
        return True

    def _branch_over(self, inner: int, to_inner: str, to_outer: str, loaded: int) -> None:
        """Write a side, and before it the branch over it: one word, or two and more where it is long."""
        code = self.code
        over, line, word = code.label(), len(code.lines), code.words
        code.add(f"{to_outer} {over}")
        self.write(inner, loaded)
        if code.words - word > SHORT_FORWARD:
            inside = code.label()
            code.lines[line] = join(f"{to_inner} {inside}", f"{'jmp' if self.far else 'rjmp'} {over}", f"{inside}:")
            code.words += 2 if self.far else 1
        code.place(over)

    def _end_in(self, leaf: int) -> None:
        instructions = self.leaf(leaf)
        if not instructions:
            self.jump(self.end)
        elif instructions in self.known:
            self.jump(self.known[instructions][0])
        else:
            label = self.code.label()
            self.known[instructions] = (label, self.code.words)
            self.code.place(label)
            self.code.add(*instructions)
            self.jump(self.end)


def write_tree(code: Assembly, trees: Trees, root: int, leaf: Callable[[int], tuple[str, ...]], longest: int) -> None:
    """Write one tree; execution goes on behind it.

    Parameters
    ----------
    code : Assembly
        Where to.
    trees : Trees
        All trees.
    root : int
        Where this one starts.
    leaf : function of int
        The instructions of a leaf, one word each.
    longest : int
        The most instructions that a leaf has.
    """
    end = code.label()
    tree = _Tree(code, trees, leaf, end, far=trees.leaves(root) * (6 + longest) > NEAR)
    tree.write(root)
    last = f"{'jmp' if tree.far else 'rjmp'} {end}"
    if code.lines[-1] == last:  # the end is here
        code.lines.pop()
        code.words -= 2 if tree.far else 1
    code.place(end)


def forest_kernel(graph: Graph, trees: Trees, operator: Operator, name: str) -> str:
    """Return the function of a forest: the votes of all classes, or the class of the most."""
    soft = operator.attributes["vote"] == "soft"
    lines, changed = _soft_lines(graph, trees, operator) if soft else _hard_lines(graph, trees)
    return (
        f"static __attribute__((noinline)) uint8_t {name}_run(const {name}_input_t *x, {name}_output_t *output)\n{{\n"
        f"    __asm__ volatile(\n        {quoted(lines)}\n"
        f'        : "+z"(x), "+x"(output)\n        :\n        : {clobbers(changed)});\n'
        "    return (uint8_t)(uint16_t)x; /* in the end, the class */\n}\n"
    )


def _hard_lines(graph: Graph, trees: Trees) -> tuple[list[str], list[int]]:
    """Each class is counted in a register of its own."""
    counts = HARD_COUNTS[: len(graph.labels)]
    code = Assembly(graph.contract.dtype.kind == "i", f"r{HARD_VALUE}")
    code.lines = ["push r26", "push r27", *(f"clr r{r}" for r in counts)]
    for root in trees.root:
        write_tree(code, trees, root, lambda leaf: (f"inc r{counts[leaf]}",), 1)
    code.lines += ["pop r31", "pop r30", *(f"push r{r}" for r in counts), "clr r1"]
    code.lines += pop_scores(len(counts), 1, signed=False)
    return code.lines, sorted({0, 18, 20, 21, 22, 23, *counts} - {1, 26, 27})


def _soft_lines(graph: Graph, trees: Trees, operator: Operator) -> tuple[list[str], list[int]]:
    """Each class has a sum of 16 bits; the class that most leaves vote for needs none.

    The votes of a tree add up to the same number in every leaf, so what the others leave over is that class's sum.
    """
    leaves, classes = leaf_votes(graph, operator), len(graph.labels)
    by_use = sorted(range(classes), key=lambda c: -sum(c in leaf for leaf in leaves))
    dropped, others = by_use[0], by_use[1:]
    votes = [{c: n for c, n in leaf.items() if c != dropped} for leaf in leaves]
    in_bytes = graph.parameter(operator, "leaf_vote").dtype == np.uint8 and len(others) <= len(BYTE_SUMS)
    body, sums, used = (_byte_votes if in_bytes else _wide_votes)(graph, trees, votes, others)
    lines = [join("push r28", "push r29", "push r26", "push r27")]
    lines += [*(join(f"clr r{r}", f"clr r{r + 1}") for r in sums.values()), *body]
    total = sum(leaves[0].values()) * len(trees.root)
    lines.append(join(f"ldi r24, {total & 255}", f"ldi r25, {total >> 8}"))
    lines += [join(f"sub r24, r{r}", f"sbc r25, r{r + 1}") for r in sums.values()]
    lines.append(join("pop r31", "pop r30"))
    sums[dropped] = 24
    lines += [join(f"push r{sums[c] + 1}", f"push r{sums[c]}") for c in range(classes)]
    lines += ["clr r1", *pop_scores(classes, 2, signed=False), join("pop r29", "pop r28")]
    changed = {r + k for r in sums.values() for k in (0, 1)} | used | {0, 18, 20, 21, 22, 23}
    return lines, sorted(changed - {1, 26, 27, 28, 29})


Written = tuple[list[str], dict[int, int], set[int]]


def _wide_votes(graph: Graph, trees: Trees, votes: list[dict[int, int]], others: list[int]) -> Written:
    """A leaf adds its votes to the sums: two words each, or four in the lower registers."""
    sums = dict(zip(others, WIDE_SUMS, strict=False))
    code = Assembly(graph.contract.dtype.kind == "i", f"r{WIDE_VALUE}")

    def add(c: int, n: int) -> tuple[str, ...]:
        low, constant = sums[c], f"r{WIDE_CONSTANT}"
        if low >= 16:  # subtracting the opposite
            return f"subi r{low}, {-n & 255}", f"sbci r{low + 1}, {-n >> 8 & 255}"
        return (
            f"ldi {constant}, {n & 255}",
            f"add r{low}, {constant}",
            f"ldi {constant}, {n >> 8}",
            f"adc r{low + 1}, {constant}",
        )

    instructions = [tuple(line for c, n in leaf.items() for line in add(c, n)) for leaf in votes]
    for root in trees.root:
        write_tree(code, trees, root, instructions.__getitem__, max(map(len, instructions)))
    return code.lines, sums, {WIDE_VALUE, WIDE_CONSTANT}


def _byte_votes(graph: Graph, trees: Trees, votes: list[dict[int, int]], others: list[int]) -> Written:
    """A leaf sets its votes, one word each; they are added to the sums after every tree."""
    vote, sums = dict(zip(others, BYTE_VOTES, strict=False)), dict(zip(others, BYTE_SUMS, strict=False))
    code = Assembly(graph.contract.dtype.kind == "i", f"r{BYTE_VALUE}")
    code.lines = [*(f"clr r{r}" for r in (*vote.values(), BYTE_ZERO)), "rjmp .L%=_trees", ".L%=_add:"]
    code.lines += [
        join(f"add r{sums[c]}, r{vote[c]}", f"adc r{sums[c] + 1}, r{BYTE_ZERO}", f"clr r{vote[c]}") for c in others
    ]
    code.lines += ["ret", ".L%=_trees:"]
    instructions = [tuple(f"ldi r{vote[c]}, {n}" for c, n in leaf.items()) for leaf in votes]
    for root in trees.root:
        write_tree(code, trees, root, instructions.__getitem__, max(map(len, instructions)))
        code.far("call .L%=_add")
    return code.lines, sums, {*vote.values(), BYTE_VALUE}
