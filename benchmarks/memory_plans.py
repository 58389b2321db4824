"""How close the memory planner comes to the lower bound on random graphs, and how long it takes.

Run it with ``python benchmarks/memory_plans.py [GRAPHS]``. For each family of graphs and each number of operators
it prints the share of plans within 1 % of the lower bound, beside TFLite Micro's greedy planner, how many plans are
known to be the smallest there are, the worst distance, and the processor time of a plan.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.table import Table

from tinyml_course.graph import Graph, InputContract, Operator, Tensor
from tinyml_course.memory import MemoryPlan, plan_memory

INT8 = np.dtype(np.int8)
CLOSE = 0.01


@dataclass(frozen=True)
class Family:
    """How the values of a random graph are read.

    Parameters
    ----------
    name : str
        What the table prints.
    again : float
        Share of operators that read one more value.
    reach : int or None
        How many operators back that value may lie; None means any.
    """

    name: str
    again: float
    reach: int | None


FAMILIES = (
    Family("chain", 0.0, 1),
    Family("residual, up to 4 back", 0.35, 4),
    Family("residual, up to 12 back", 0.5, 12),
    Family("any value, half of the operators", 0.5, None),
)
SIZES = (8, 16, 32, 64, 100)


def random_graph(rng: np.random.Generator, family: Family, operators: int) -> Graph:
    """A graph of random shapes: each operator reads the value before it, some a second one."""
    names = [f"v{k}" for k in range(operators + 1)]
    tensors = {name: Tensor(name, (_values(rng),), INT8) for name in names}
    steps = []
    for k in range(operators):
        inputs = [names[k]]
        if k and rng.random() < family.again:
            back = k if family.reach is None else min(k, family.reach)
            inputs.append(names[k - int(rng.integers(1, back + 1))])
        steps.append(Operator("add", tuple(inputs), (names[k + 1],)))
    contract = InputContract(INT8, tensors[names[0]].shape, -128, 127)
    return Graph("random", tensors, tuple(steps), names[0], names[-1], contract, (0,))


def _values(rng: np.random.Generator) -> int:
    """A height, a width and channels as networks have them."""
    side = int(rng.choice((1, 2, 4, 5, 7, 8, 12, 16, 24)))
    return side * side * int(rng.choice((1, 3, 8, 12, 16, 24, 32, 64)))


def main() -> int:
    """Print the table; the exit code tells whether 95 % of all plans are close."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    table = Table(
        "graphs", "operators", "within 1 %", "greedy", "smallest known", "worst", "mean ms", "slowest ms", title="Plans"
    )
    plans: list[MemoryPlan] = []
    for family in FAMILIES:
        for size in SIZES:
            rng, found, seconds = np.random.default_rng(size), list[MemoryPlan](), list[float]()
            for _ in range(count):
                graph, start = random_graph(rng, family, size), time.process_time()
                found.append(plan_memory(graph))
                seconds.append(time.process_time() - start)
            plans += found
            table.add_row(
                family.name,
                str(size),
                f"{_share(found):.0%}",
                f"{np.mean([p.greedy_bytes <= (1 + CLOSE) * p.lower_bound_bytes for p in found]):.0%}",
                f"{np.mean([p.optimal for p in found]):.0%}",
                f"{max(p.excess for p in found):.1%}",
                f"{np.mean(seconds) * 1e3:.1f}",
                f"{max(seconds) * 1e3:.0f}",
            )
    Console().print(table, f"{_share(plans):.1%} of {len(plans):,} plans are within 1 % of the lower bound.", sep="\n")
    return 0 if _share(plans) >= 0.95 else 1


def _share(plans: list[MemoryPlan]) -> float:
    return float(np.mean([plan.excess <= CLOSE for plan in plans]))


if __name__ == "__main__":
    sys.exit(main())
