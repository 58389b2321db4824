"""Store the Bonsai of ``digits_bonsai.npz`` as the graph that ships: python tests/data/make_digits_graph.py."""

import sys
from pathlib import Path

import tinyml_course as tc

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from random_models import trained_bonsai

TARGET = Path(tc.__file__).parent / "models" / "digits_bonsai.npz"

if __name__ == "__main__":
    print(tc.quantize(trained_bonsai(), tc.load_digits().x_train).save(TARGET))
