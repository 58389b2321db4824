"""Accuracy of the integer-only Bonsai on test data, over seeds and splits.

    python benchmarks/bonsai_accuracy.py                     # the fixed split, seeds 0, 1, 2
    python benchmarks/bonsai_accuracy.py --splits 0 1 2 3 4  # five splits

Nothing is chosen here: the configuration and the recipe come from cross-validation on training data
of split 0 (``bonsai_validation.py``). Those images include test images of the splits 1 to 4, so only split 0
is untouched by that choice. Every run is printed, none is left out.
"""

from __future__ import annotations

import argparse
import json

import numpy as np

import tinyml_course as tc


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--splits", type=int, nargs="+", default=[0], help="random_state of the 70/30 split")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="seeds of the training")
    parser.add_argument("--budget", type=int, default=2048, help="bytes")
    options = parser.parse_args()
    accuracies = []
    for split in options.splits:
        data = tc.load_digits(split_seed=split)
        for seed in options.seeds:
            bonsai = tc.Bonsai(options.budget, seed).fit(data.x_train, data.y_train)
            graph = tc.quantize(bonsai, data.x_train)
            accuracies.append(float((graph.classify(data.x_test) == data.y_test).mean()))
            print(
                f"split {split}  seed {seed}  {graph.model_bytes} B  {accuracies[-1]:.4f}  "
                f"{json.dumps({name: round(value, 4) for name, value in bonsai.trials_.items()})}  "
                f"augment={bonsai.helpers_.augment} distill={bonsai.helpers_.distill}",
                flush=True,
            )
    error = np.std(accuracies, ddof=1) / len(accuracies) ** 0.5 if len(accuracies) > 1 else float("nan")
    print(f"mean of {len(accuracies)} runs: {np.mean(accuracies):.4f} (standard error {error:.4f})")


if __name__ == "__main__":
    main()
