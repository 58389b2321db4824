"""The same models through every exporter, on the virtual Uno: python benchmarks/peers.

Trains the models, makes a throw-away environment with the peers in it, lets every exporter write its C, puts the
same small program around each, compiles all of them with this project's toolchain, runs the whole test set on
the virtual Uno, and writes a table, a plot and the figures as JSON beside this file and into benchmarks/README.md.
What a peer cannot do is a row of the table.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

# Python puts the folder that it was called with on its path: these modules are beside this one.
from environment import PINNED, peers_python, run_in
from measure import measure_all, toolchain_for_everybody
from ours import our_candidates
from programs import Candidate, candidates_of_peers
from results import write_results
from training import train

import tinyml_course as tc
from tinyml_course.toolchain.cache import cache_folder

HERE = Path(__file__).resolve().parent


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow tells a lot about processors


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def peers_candidates(work: Path, fresh: bool) -> list[Candidate]:
    python = peers_python(fresh)
    run_in(python, HERE / "generate.py", work)
    return candidates_of_peers(work)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fresh", action="store_true", help="make the peers' environment and the models again")
    parser.add_argument("--models", nargs="*", help="only these models, for example: tree logistic")
    parser.add_argument("--jobs", type=int, default=2, help="programs compiled and run at a time (default 2)")
    parser.add_argument("--output", type=Path, default=HERE, help="folder for the results (default: beside this file)")
    options = parser.parse_args()

    start = time.perf_counter()
    work = cache_folder() / "peers"
    work.mkdir(parents=True, exist_ok=True)
    data = tc.load_digits()
    say(f"1/4  Models: trained on {len(data.x_train)} images of digits")
    models = train(data, work, options.fresh)
    say(f"2/4  C: {', '.join(PINNED)} in an environment of their own, and this project")
    candidates = [*our_candidates(models, data, options.models), *peers_candidates(work, options.fresh)]
    if options.models:
        candidates = [one for one in candidates if one.model in options.models]
    say(f"3/4  Board: {len(candidates)} programs at -Os and -O2, {len(data.x_test)} images each")
    rows = measure_all(candidates, models, data, options.jobs)
    say("4/4  Table and plot")
    seconds = time.perf_counter() - start
    readme = HERE.parent / "README.md" if options.output == HERE and not options.models else None
    write_results(rows, options.output, toolchain_for_everybody().description, seconds, readme)
    say(f"{len(rows)} rows in {options.output}, {seconds:.0f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
